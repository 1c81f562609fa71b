# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at in each film of a campaign finds what can be wrong with it, and nothing in a good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from core.campaign.check import check_film, said_fields
from core.campaign.lips import Seen
from core.delivery import Encoder, SoundPart, join_film, mix_sound
from core.film.cut import Cut, Said, SaidWord
from core.film.film import Film
from core.script import parse_script
from core.storage import write_npz
from core.storyboard.storyboard import Delivery, Line, Scene, Shot, Storyboard
from core.trust.credentials import Provenance, sign_file
from core.voice import speak

SIZE, FPS = (160, 90), 25
BOX = (0.3, 0.1, 0.7, 0.95)
TEXT = "Hello Ada Lovelace, how is Rome?"


@dataclass(frozen=True)
class Made:
    film: Film
    board: Storyboard

    def wrong(self, names: dict[str, str] | None = None, **changes) -> dict[str, str]:
        """What is not well: name -> text."""
        found = check_film(replace(self.film, **changes), self.board, names or {"name": "Ada Lovelace"})
        return {check.name: check.text for check in found if not check.is_well}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    folder = tmp_path_factory.mktemp("check")
    speech = speak(parse_script(TEXT), folder / "a.speech")
    count = int(speech.duration * FPS) + 5
    words = tuple(SaidWord(word.start, word.end, word.text) for word in speech.words)
    line = Line("anna", TEXT)
    said = Said(line, 0.0, speech.duration, folder / "a.speech", folder, "en", words, ())
    shot = Shot("Greeting", (line,), ("anna",))
    cut = Cut(shot, count, FPS, (said,), (), (), False, "", None, False)
    plate = folder / "plate"
    plate.mkdir()
    write_npz(plate / "faces.npz", {"anna": np.tile(np.array(BOX, np.float32), (count, 1))})
    board = Storyboard("Hi", (), {}, delivery=Delivery())

    def build(
        name: str, moves: bool = True, loud: bool = True, frames: int = count, light: int = 120,
        marked: tuple[str, ...] = (),
    ) -> Made:  # fmt: skip
        rng = np.random.default_rng(0)
        picture = np.full((SIZE[1], SIZE[0], 3), light, np.uint8)
        picture[10:85, 50:110] = light + light // 3
        segment = folder / f"{name}-segment.mp4"
        with Encoder(segment, "h264", SIZE, FPS) as film:
            for number in range(frames):
                frame = np.clip(picture + rng.normal(0, 1.0, picture.shape), 0, 255).astype(np.uint8)
                opening = round(4 + 4 * np.sin(number)) if moves else 4
                frame[66 : 66 + opening, 70:90] = 20 * (light > 0)
                film.write(frame)
        sound = mix_sound((SoundPart(folder / "a.speech/speech.wav", 0.0),), count / FPS)
        wave = sound[0] if loud else sound[0] * 0
        path = folder / f"{name}.mp4"
        join_film([segment], wave, sound[1], path, "h264")
        sign_file(path, Provenance("Hi", marked=marked))
        return Made(Film((path,), count / FPS, 0.0, verified={path.name: "intact"}, cuts=(cut,),
                         plates={"16:9": (plate,)}), board)  # fmt: skip

    return build


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPEAKING_LIKENESS_CONFIG", str(tmp_path_factory.getbasetemp() / "config"))


def test_a_good_film_is_found_good(make: Callable[..., Made]):
    made = make("good")
    found = check_film(made.film, made.board, {"name": "Ada Lovelace", "city": "Rome"})
    assert [check.text for check in found if not check.is_well] == []
    assert {check.name for check in found} == {"plays", "length", "sound", "lips", "signed", "said name", "said city"}


def test_a_name_that_is_not_said_is_missed(make: Callable[..., Made]):
    made = make("good")
    wrong = made.wrong({"name": "Grace"})
    assert wrong == {"said name": "“Grace” is not among the words that are said."}


def test_still_lips_are_seen(make: Callable[..., Made]):
    assert make("still", moves=False).wrong() == {"lips": "The lips of anna do not move in Greeting."}


def test_lips_that_cannot_be_told_are_a_warning(make: Callable[..., Made], tmp_path: Path):
    def look(made: Made, boxes: np.ndarray, **changes) -> list[tuple[bool, bool, str]]:
        plate = tmp_path / "plate"
        plate.mkdir(exist_ok=True)
        write_npz(plate / "faces.npz", {"anna": boxes.astype(np.float32)})
        film = replace(made.film, plates={"16:9": (plate,)}, **changes)
        found = [one for one in check_film(film, made.board, {}) if one.name == "lips"]
        return [(one.is_well, one.is_told, one.text) for one in found]

    still = make("untold", moves=False)
    cut = still.film.cuts[0]
    boxes = np.tile(np.array(BOX), (cut.frames, 1))
    small, brief, unseen = boxes * 0.1, boxes.copy(), np.full_like(boxes, np.nan)
    brief[12:] = np.nan
    text = "Whether the lips of anna move in Greeting of untold.mp4 could not be told: {}."
    for track, why in (
        (small, "the face is seen too briefly, or too small"),
        (brief, "the face is seen too briefly, or too small"),
        (unseen, "the face is not in the picture"),
    ):
        assert look(still, track) == [(True, False, text.format(why))]
    said = replace(cut.said[0], words=cut.said[0].words[:1])
    assert look(still, boxes, cuts=(replace(cut, said=(said,)),))[0][2] == text.format("too little is said")
    # Seen for long enough they are told, and still ones fail.
    brief[:45] = boxes[:45]
    assert look(still, brief) == [(False, True, "The lips of anna do not move in Greeting.")]
    # Who is not among those whom the shot shows is not looked for.
    hidden = replace(cut, shot=replace(cut.shot, performers=("ben",)))
    assert look(still, boxes, cuts=(hidden,)) == [(True, True, "Nobody is seen to speak.")]


def test_a_word_or_two_do_not_matter_where_the_same_lips_are_told_elsewhere():
    from core.campaign.check import _check_lips

    long, short = ("Hello", "anna"), ("Yes", "anna")
    brief = Seen(None, "too little is said", is_meant=True)
    assert [one.is_told for one in _check_lips(Path("a.mp4"), {long: Seen(9.0), short: brief})] == [True]
    assert [one.is_told for one in _check_lips(Path("a.mp4"), {short: brief})] == [False]
    unclear = Seen(None, "the face is seen too briefly, or too small")
    assert [one.is_told for one in _check_lips(Path("a.mp4"), {long: Seen(9.0), short: unclear})] == [True, False]


def test_what_the_greetings_say_is_looked_for_and_is_there():
    """All fields with a letter are among the words that are said, in all four languages; and voices are a woman's."""
    from core.campaign.table import read_table
    from core.script.words import divide_words
    from core.storyboard import read_storyboard
    from core.storyboard.cues import find_phrase
    from core.voice.catalogue import find_voice

    folder = Path(__file__).parents[2] / "sample_scenes" / "storyboards"
    rows = read_table(folder / "greeting.csv").rows
    unfilled = read_storyboard(folder / "greeting.md")
    assert len(rows) == 4
    for row in rows:
        said = said_fields(unfilled, row.values)
        assert set(said) == {"hi", "name", "hello", "thanks", "wish", "goodbye"}, "a mark of exclamation is not said"
        board = read_storyboard(folder / "greeting.md", row.values)
        words = [divide_words(line.text, board.language) for shot in board.shots for line in shot.lines]
        for value in said.values():
            assert any(find_phrase(one, value, 1, board.language) is not None for one in words), value
        assert find_voice(row.values["voice"], board.language)[1].sex == "female"


def test_silence_is_heard(make: Callable[..., Made]):
    wrong = make("silent", loud=False).wrong()
    assert set(wrong) == {"sound", "said name"} and "is silent" in wrong["sound"] and "is not" in wrong["said name"]


def test_missing_and_black_pictures_are_seen(make: Callable[..., Made]):
    wrong = make("short", frames=20).wrong()
    assert {"plays", "length"} <= set(wrong) and "20 frames instead of" in wrong["plays"]
    assert "is black" in make("black", light=0).wrong()["plays"]


def test_a_flipped_byte_is_seen(make: Callable[..., Made]):
    made = make("flipped")
    path = made.film.files[0]
    content = bytearray(path.read_bytes())
    content[content.index(b"mdat") + 2000] ^= 1
    path.write_bytes(content)
    assert "altered" in made.wrong()["signed"]


def test_a_mark_that_a_film_claims_has_to_be_there_and_no_other(make: Callable[..., Made]):
    assert make("unclaimed").wrong() == {}  # too short for one, as its maker saw
    assert "mark is not found in its sound" in make("unmarked", marked=("sound",)).wrong()["signed"]


def test_what_cannot_be_read_at_all_is_told(make: Callable[..., Made]):
    made = make("broken")
    made.film.files[0].write_bytes(b"nothing")
    assert "cannot be read" in made.wrong()["plays"]


def test_fields_that_are_said_are_found():
    shot = Shot("B", (Line("anna", "Hello {name}, from {City}."), Line("anna", "", recording=Path("{file}.wav"))))
    found = said_fields(Storyboard("x", (Scene("A", (shot,)),), {}), {"Name": "Ada", "city": "Rome", "role": "x"})
    assert found == {"name": "Ada", "City": "Rome"}
