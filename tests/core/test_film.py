# SPDX-License-Identifier: GPL-3.0-or-later
"""Films from end to end with a renderer that draws by arithmetic: what comes out, what is reused, what is refused."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_film import BOARD, Drawn, write_board
from PIL import Image

from core.colour import to_linear
from core.delivery import probe, read_sound, write_picture
from core.errors import Cancelled, LikenessError
from core.film.cache import Cache
from core.film.film import Film, FilmOptions
from core.film.make import make_film, prepare_shot
from core.graphics import find_fonts
from core.jobs import check_params, run_job
from core.progress import silent
from core.storyboard.storyboard import Shot
from core.trust.verification import tell
from core.trust.verify import verify_file
from core.voice.loudness import measure_loudness, true_peak

FORMATS = ("16:9", "9:16")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("film")


@pytest.fixture(scope="module")
def made(folder: Path) -> tuple[Film, Drawn]:
    """The film, made for the first time."""
    renderer = Drawn()
    return make_film(write_board(folder), folder / "out", FilmOptions(), silent, renderer), renderer


def test_each_format_is_a_signed_film_with_chapters_captions_and_a_thumbnail(made, folder: Path) -> None:
    film, renderer = made
    names = [f"film_{form}{suffix}" for form in ("16x9", "9x16") for suffix in (".mp4", ".srt", ".vtt", ".jpg")]
    assert [path.name for path in film.files] == names
    assert film.verified == {"film_16x9.mp4": "intact", "film_9x16.mp4": "intact"}
    for form, size in (("16x9", (456, 256)), ("9x16", (256, 456))):
        media = probe(folder / "out" / f"film_{form}.mp4")
        assert media.size == size and media.has_sound and media.fps == 8
        assert media.seconds == pytest.approx(film.duration, abs=1e-6)
        assert [one.title for one in media.chapters] == ["One", "Two"]
        assert media.chapters[1].start == pytest.approx(film.duration - 1.0, abs=1e-3)
    assert [names for names, _ in renderer.asked] == [("anna", "ben")] * 2 + [("ben",)] * 2 + [()] * 2


def test_what_is_signed_names_avatars_script_and_consent_and_the_marks_are_there(made) -> None:
    seen = verify_file(made[0].files[0])
    assert seen.state == "intact" and seen.provenance is not None
    kinds = {(one.kind, one.id or one.name) for one in seen.provenance.ingredients}
    assert kinds >= {("avatar", "anna"), ("avatar", "ben"), ("voice", "heart"), ("script", "film.md")}
    assert seen.picture is not None and seen.picture.agrees and seen.sound is not None
    assert {record.get("basis") for record in seen.consents} == {"synthetic"}
    assert "none was recorded" not in tell(seen)
    assert seen.provenance.label == "AI-generated" and seen.provenance.use == "public"


def test_the_sound_is_as_loud_as_was_asked_for_with_its_mark_too(made) -> None:
    wave, rate = read_sound(made[0].files[0])
    assert measure_loudness(wave, rate) == pytest.approx(-16.0, abs=0.2) and true_peak(wave) <= 10 ** (-1 / 20)


def test_a_mark_that_cannot_be_found_is_not_claimed_and_told_each_time(made, folder: Path, tmp_path: Path) -> None:
    """Little is said in this shot; in another size its pictures have no mark either."""
    unheard = "The invisible mark in the sound of {}.mp4 cannot be found: less than about 4 s are heard. "
    options = FilmOptions(formats=("16:9",), shots=("Yes",), name="short", cache=folder / "out" / "film.cache")
    film = make_film(write_board(folder), tmp_path, options, silent, Drawn())
    assert [text for text in film.warnings if text.startswith(unheard.format("short_16x9"))]
    assert verify_file(film.files[0]).provenance.marked == ("picture",)
    for _ in range(2):
        small = replace(options, size="144p", name="small")
        film = make_film(write_board(folder), tmp_path, small, silent, Drawn())
        assert "small_16x9.mp4 has no invisible mark in its pictures: 256 x 144 is too small" in film.warnings[0]
        assert film.warnings[1].startswith(unheard.format("small_16x9"))
    seen = verify_file(film.files[0])
    assert seen.provenance.marked == () and sum("made without an invisible mark" in one for one in seen.warnings) == 2


def test_a_still_says_that_it_is_one_and_has_a_mark_whatever_it_was_taken_from(made, folder: Path, tmp_path) -> None:
    class Lit(Drawn):
        def render(self, request: Path, out: Path, progress) -> dict:
            answer = super().render(request, out, progress)
            for path in out.glob("[0-9]*.png"):
                write_picture(to_linear(np.asarray(Image.open(path))).astype(np.float32), path.with_suffix(".exr"))
            return answer

    options = FilmOptions(
        formats=("16:9",), shots=("Yes",), size="720p", codec="exr", name="lit", cache=folder / "out" / "film.cache"
    )
    lit = make_film(write_board(folder), tmp_path, options, silent, Lit())
    assert "they hold light as it is" in lit.warnings[0]
    for still in (lit.files[-1], next(path for path in made[0].files if path.suffix == ".jpg")):
        seen = verify_file(still)
        told = " ".join(one.get("description", "") for one in seen.actions)
        assert seen.state == "intact" and "sound" not in told and "spoken" not in told and "voice" not in tell(seen)
        assert "A frame of the film" in told and not {one.kind for one in seen.ingredients} & {"voice", "recording"}
    seen = verify_file(lit.files[-1])
    assert seen.picture is not None and seen.picture.agrees and seen.provenance.marked == ("picture",)


def test_captions_stand_when_their_words_are_said(made, folder: Path) -> None:
    """Within 40 ms, in the film's own seconds."""
    from core.speech import load_speech

    speeches = sorted((folder / "out" / "film.cache" / "speech").glob("*/line.speech"))
    said = {speech.text: speech for speech in map(load_speech, speeches)}
    captions = (folder / "out" / "film_16x9.srt").read_text()
    starts = [
        int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000
        for h, m, s, ms in re.findall(r"(\d+):(\d+):(\d+),(\d+) -->", captions)
    ]
    first = said["Open the link."]
    before, after = Shot("").hold
    last = max(phone.end for phone in first.phones if phone.phone) - first.words[0].start
    shot = -(-(before + last + after) * 8 // 1) / 8  # in whole frames
    assert starts == pytest.approx([before, shot + before], abs=0.04)


def test_made_again_everything_is_reused_and_nothing_rendered(made, folder: Path) -> None:
    renderer = Drawn()
    again = make_film(folder / "film.md", folder / "out", FilmOptions(), silent, renderer)
    assert not again.made and not renderer.asked
    assert again.files == made[0].files and again.reused[""] == ("film_16x9.mp4", "film_9x16.mp4")


def test_a_changed_sentence_makes_its_own_shot_anew_and_no_other(made, folder: Path) -> None:
    renderer = Drawn()
    board = write_board(folder, BOARD.replace("ben: Yes.", "ben: No."))
    film = make_film(board, folder / "out", FilmOptions(), silent, renderer)
    made_here = {"speech", "performance", *(f"{what} {form}" for what in ("plate", "segment") for form in FORMATS)}
    assert set(film.made) == {"Yes", ""} and set(film.made["Yes"]) == made_here
    assert set(film.reused) == {"Hello", "Card"}
    assert [names for names, _ in renderer.asked] == [("ben",)] * 2


def test_a_changed_title_draws_anew_what_is_over_the_plate_and_renders_nothing(made, folder: Path) -> None:
    renderer = Drawn()
    board = write_board(folder, BOARD.replace("title: The end", "title: That was it"))
    film = make_film(board, folder / "out", FilmOptions(formats=("16:9",)), silent, renderer)
    assert film.made["Card"] == ("segment 16:9",) and not renderer.asked
    assert film.reused["Card"] == ("plate 16:9",)


def test_other_fonts_or_another_way_to_draw_make_segments_anew_and_no_plate(
    made, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = FilmOptions(formats=("16:9",), shots=("Yes",), name="yes", cache=folder / "out" / "film.cache")
    board, out = write_board(folder), tmp_path / "out"
    make_film(board, out, options, silent, Drawn())
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    own = find_fonts().folder
    (fonts / "Inter.woff2").write_bytes(next(own.glob("Inter*")).read_bytes() if own else b"")
    film = make_film(board, out, replace(options, fonts=fonts), silent, Drawn())
    assert film.made["Yes"] == ("segment 16:9",) and film.reused["Yes"][-1] == "plate 16:9"
    again = make_film(board, out, replace(options, fonts=fonts), silent, Drawn())
    assert "Yes" not in again.made
    monkeypatch.setattr("core.film.segments.digest_graphics", lambda: "another")
    assert make_film(board, out, replace(options, fonts=fonts), silent, Drawn()).made["Yes"] == ("segment 16:9",)


def test_a_film_that_somebody_touched_is_delivered_anew(made, folder: Path) -> None:
    board = write_board(folder)
    options = FilmOptions(formats=("16:9",))
    film = make_film(board, folder / "out", options, silent, Drawn()).files[0]
    film.write_bytes(film.read_bytes() + b"!")
    again = make_film(board, folder / "out", options, silent, Drawn())
    assert again.made == {"": ("film_16x9.mp4",)} and again.verified["film_16x9.mp4"] == "intact"


def test_two_at_once_deliver_one_film_and_a_failure_leaves_no_half_of_one(
    made, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = write_board(folder)
    options = FilmOptions(formats=("16:9",))
    make_film(board, folder / "out", options, silent, Drawn()).files[0].unlink()

    def fail(path: Path, provenance: object) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(LikenessError, match="out cannot be written: No space left"):
        patched.setattr("core.film.finish.sign_file", fail)
        make_film(board, folder / "out", options, silent, Drawn())
    assert not list(folder.glob("out/.*"))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: make_film(board, folder / "out", options, silent, Drawn()), range(2)))
    assert sorted(len(film.made) for film in both) == [0, 1]
    assert verify_file(both[0].files[0], marks=False).state == "intact"


def test_without_consent_there_is_a_draft_with_a_large_mark_and_no_final(folder: Path, tmp_path: Path) -> None:
    board = write_board(tmp_path, consent={"statement": ""})
    cache = folder / "out" / "film.cache"
    with pytest.raises(LikenessError) as caught:
        make_film(board, tmp_path / "out", FilmOptions(cache=cache), silent, Drawn())
    assert caught.value.code == "consent_missing" and not list(tmp_path.glob("out/*.mp4"))
    assert caught.value.message.startswith("film.md, line 4, column 18: No consent is recorded for the avatar “anna”")
    options = FilmOptions(quality="draft", formats=("1:1",), shots=("Yes",), size="256p", cache=cache)
    film = make_film(board, tmp_path / "out", options, silent, Drawn())
    seen = verify_file(film.files[0], marks=False)
    assert seen.provenance is not None and seen.provenance.quality == "draft"
    assert "Consent: none was recorded for the avatar" in tell(seen)


def test_a_cancelled_film_delivers_nothing_and_goes_on_later(tmp_path: Path, folder: Path) -> None:
    board = write_board(tmp_path, BOARD.replace("Open the link.", "Yes."))

    def stop(fraction: float, text: str) -> None:
        if text.startswith("Yes, 9:16"):
            raise Cancelled

    options = FilmOptions(shots=("Hello", "Yes"), cache=folder / "out" / "film.cache")
    board.write_text(board.read_text().replace('(at "link")', "(at 0.1)"))
    with pytest.raises(Cancelled):
        make_film(board, tmp_path / "out", options, stop, Drawn())
    assert not list(tmp_path.glob("out/*.mp4"))
    renderer = Drawn()
    film = make_film(board, tmp_path / "out", options, silent, renderer)
    assert "plate 16:9" in film.reused["Yes"] and len(renderer.asked) <= 1


def test_what_the_renderer_refuses_is_told_with_its_shot_and_a_full_disk_is_not(made, folder: Path, tmp_path) -> None:
    class Refusing(Drawn):
        code = "plate_missing"

        def render(self, request: Path, out: Path, progress) -> dict:
            raise LikenessError(self.code, "It is no plate.", "Choose another one.")

    renderer = Refusing()
    options = FilmOptions(shots=("Yes",), size="260p", cache=folder / "out" / "film.cache")
    for code, start in (("plate_missing", "film.md, line 19, column 4: It is"), ("output_unwritable", "It is")):
        renderer.code = code
        with pytest.raises(LikenessError) as caught:
            make_film(write_board(tmp_path), tmp_path / "out", options, silent, renderer)
        assert caught.value.message.startswith(start) and caught.value.code == code


def test_fields_need_a_row_and_what_is_asked_for_must_be_there(tmp_path: Path) -> None:
    board = write_board(tmp_path, BOARD.replace("ben: Yes.", "ben: Yes, {name}."))
    with pytest.raises(LikenessError, match=r"film\.md, line 20, column 11: nothing says what \{name\} is"):
        make_film(board, tmp_path / "out", FilmOptions(), silent, Drawn())
    see_through = write_board(tmp_path, BOARD.replace("fps: 8", "fps: 8\nalpha: yes"))
    with pytest.raises(LikenessError, match=r"film\.md, line 8, column 8: .* holds no transparency"):
        make_film(see_through, tmp_path / "out", FilmOptions(), silent, Drawn())
    write_board(tmp_path, BOARD.replace("ben: Yes.", "ben: Yes, {name}."))
    for options, code in ((FilmOptions(shots=("No",)), "shot_unknown"), (FilmOptions(engine="x"), "bad_params")):
        with pytest.raises(LikenessError) as caught:
            make_film(board, tmp_path / "out", replace(options, row={"name": "Ada"}), silent, Drawn())
        assert caught.value.code == code


def test_a_shot_is_prepared_for_an_artist_from_what_the_film_made(made, folder: Path) -> None:
    speeches = len(list((folder / "out" / "film.cache" / "speech").iterdir()))
    request, warnings = prepare_shot(folder / "film.md", "Yes", folder / "out")
    asked = json.loads(request.read_text())
    assert warnings == () and [one["name"] for one in asked["performers"]] == ["ben"]
    assert asked["size"] == [456, 256]
    assert all(Path(one["performance"]).is_dir() for one in asked["performers"][0]["takes"])
    assert len(list((folder / "out" / "film.cache" / "speech").iterdir())) == speeches
    with pytest.raises(LikenessError) as raised:
        prepare_shot(folder / "film.md", "No", folder / "out")
    assert raised.value.code == "shot_unknown"


def test_a_request_names_whole_paths_wherever_the_film_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The renderer may work in another folder, as one in a container does."""
    write_board(tmp_path, BOARD.replace("ben: Yes.", "background: ben.avatar/wall.png\nben: Yes."))
    Image.new("RGB", (8, 8)).save(tmp_path / "ben.avatar" / "wall.png")
    monkeypatch.chdir(tmp_path)
    request = json.loads(prepare_shot(Path("film.md"), "Yes", Path("out"))[0].read_text())
    paths = [request["performers"][0]["avatar"], request["background"]["picture"]]
    paths += [take["performance"] for take in request["performers"][0]["takes"]]
    assert len(paths) == 3 and all(Path(path).is_absolute() and Path(path).exists() for path in paths)


def test_a_blender_that_is_not_there_is_told_before_anything_is_spoken(tmp_path: Path) -> None:
    with pytest.raises(LikenessError, match="There is no program") as caught:
        make_film(write_board(tmp_path), tmp_path / "out", FilmOptions(blender=tmp_path / "blender"))
    assert caught.value.code == "blender_missing" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"name": "../../elsewhere"}, "Files cannot be called"),
        ({"name": "x" * 300}, "longer than 80 bytes"),
        ({"samples": 0}, "0 is no number of samples"),
        ({"samples": -1}, "-1 is no number of samples"),
        ({"fps": 0}, "0 is no number of frames a second"),
        ({"fps": 121}, "121 is no number of frames a second"),
    ],
)
def test_names_that_lead_elsewhere_and_no_numbers_are_refused(tmp_path: Path, asked: dict, words: str) -> None:
    params = {"storyboard": str(write_board(tmp_path)), "out": str(tmp_path / "out"), **asked}
    with pytest.raises(LikenessError, match=words) as caught:
        run_job("make_film", check_params("make_film", params), silent)
    assert caught.value.code == "bad_params" and not (tmp_path / "out").exists()


def test_a_storyboard_is_checked_without_making_anything(tmp_path: Path) -> None:
    board = write_board(tmp_path)
    told = run_job("check_storyboard", check_params("check_storyboard", {"storyboard": str(board)}), silent)
    shots = [shot for scene in told["scenes"] for shot in scene["shots"]]
    assert [shot["name"] for shot in shots] == ["Hello", "Yes", "Card"] and not told["problems"]
    assert 1.35 < shots[0]["duration"] < 4.0 and shots[2]["duration"] == 1.0
    params = {"storyboard": str(board), "text": BOARD.replace("seconds: 1", "seconds: one")}
    told = run_job("check_storyboard", check_params("check_storyboard", params), silent)
    assert [(one["line"], one["column"]) for one in told["problems"]] == [(24, 10)]
    assert not (tmp_path / "film.cache").exists()


def test_the_cache_is_cleaned_from_what_was_of_use_longest_ago(made, folder: Path) -> None:
    cache = Cache(folder / "out" / "film.cache")
    before = len(list(cache.folder.glob("plate/*")))
    assert before > 2 and cache.clean(10**9) == 0
    cache.used = {("plate", next(cache.folder.glob("plate/*")).name)}
    assert cache.clean() > 0
    assert [path.name for path in cache.folder.glob("*/*")] == [name for _, name in cache.used]
