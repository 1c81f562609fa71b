# SPDX-License-Identifier: GPL-3.0-or-later
"""When things happen in a shot: words, cues, pauses, who does what meanwhile, and who looks at whom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.film.acting import find_seed, join_speeches, part_acts
from core.film.cut import Cut, Said, Timed
from core.film.film import FilmOptions, choose
from core.film.lines import Spoken, relevant
from core.film.plan import (
    PAUSE_OTHER,
    Timing,
    find_cue,
    find_hurried,
    find_unseen,
    fit_cut,
    make_cut,
    spread_bullets,
    time_inserts,
    time_shot,
)
from core.film.request import choose_preset, find_looks
from core.film.segments import fade, find_fades
from core.script.tags import Tag
from core.speech import Phone, Speech, Word
from core.storyboard.storyboard import Camera, Cue, Insert, Line, Performer, Position, Scene, Shot, Storyboard, Text

RATE, FPS = 16000, 25


def speak(performer: str, text: str, direction: str = "", pause: float | None = None) -> Spoken:
    """A line whose words last 0.4 s each, after 0.2 s of silence and before 0.35 s."""
    texts = text.split()
    words = tuple(Word(0.2 + 0.4 * index, 0.6 + 0.4 * index, word) for index, word in enumerate(texts))
    end = 0.2 + 0.4 * len(texts)
    phones = (
        Phone(0.0, 0.2, "", "viseme_sil", -1),
        *(Phone(word.start, word.end, "a", "viseme_aa", index) for index, word in enumerate(words)),
        Phone(end, end + 0.35, "", "viseme_sil", -1),
    )
    wave = np.full(round((end + 0.35) * RATE), 0.1, np.float32)
    tags = (Tag("nods", len(texts), 1, 1),)
    speech = Speech(text, "en", "v", RATE, wave, phones, words, tags=tags, direction=direction, stressed=(0,))
    return Spoken(Line(performer, text, direction, pause=pause), Path(f"{text}/line.speech"), speech, "v", True)


def time_(lines: list[Spoken], **more: object) -> Timing:
    shot = Shot("S", tuple(one.line for one in lines), **more)  # type: ignore[arg-type]
    return time_shot(shot, lines, FPS)


def said_of(timing: Timing) -> tuple[Said, ...]:
    board = Storyboard("T", (), {name: Performer(name) for name in ("anna", "ben")})
    return make_cut(board, timing, {}, "").said


def test_the_hold_is_before_the_first_and_after_the_last_word() -> None:
    timing = time_([speak("anna", "one two"), speak("ben", "three"), speak("ben", "four", pause=1.0)], hold=(0.1, 0.5))
    words = [(word.text, word.start) for said in said_of(timing) for word in said.words]
    starts = [0.1, 0.5, 0.9 + PAUSE_OTHER, 1.3 + PAUSE_OTHER + 0.45]
    assert [text for text, _ in words] == ["one", "two", "three", "four"]
    assert [start for _, start in words] == pytest.approx(starts)
    assert timing.seconds == pytest.approx(starts[-1] + 0.4 + 1.0 + 0.5, abs=1 / FPS)
    assert time_([], seconds=2.0).frames == 50 and time_([speak("anna", "a")], seconds=3.0).frames == 75


def test_a_cue_is_where_its_word_is_said_the_nth_time() -> None:
    said = said_of(time_([speak("anna", "sign it, sign"), speak("ben", "Sign here.")]))
    words = [word for one in said for word in one.words]
    for nth, index in ((1, 0), (2, 2), (3, 3)):
        assert find_cue(Cue(word="sign", nth=nth), said) == words[index].start
    assert find_cue(Cue(word="sign here"), said) == words[3].start
    assert find_cue(Cue(at=0.7), said) == 0.7 and find_cue(Cue(word="no"), said) is None


def test_bullets_without_a_cue_are_spread_over_the_words_between_the_others() -> None:
    said = said_of(time_([speak("anna", "a b c d e f g h")]))
    bullets = [Text("bullet", "1"), Text("bullet", "2"), Text("bullet", "3", cue=Cue(word="e")), Text("bullet", "4")]
    times = spread_bullets(bullets, said, 5.0)
    starts = [word.start for word in said[0].words]
    assert times == [starts[0], starts[2], starts[4], starts[6]]
    assert spread_bullets([], said, 5.0) == [] and spread_bullets(bullets[:1], said, 5.0) == [starts[0]]


def test_an_insert_goes_when_the_next_one_of_its_place_comes() -> None:
    said = said_of(time_([speak("anna", "a b c d")]))
    left, right = Insert("slide", Path("1"), place="left"), Insert("slide", Path("2"), place="right")
    third = Insert("slide", Path("3"), place="left", cue=Cue(word="c"))
    fourth = Insert("slide", Path("4"), place="full", cue=Cue(at=1.0, until=1.5))
    timed = {one.what.file.name: (one.start, one.end) for one in time_inserts([left, right, third, fourth], said, 3.0)}
    assert timed == {"1": (0.0, said[0].words[2].start), "2": (0.0, 3.0), "3": (said[0].words[2].start, 3.0),
                     "4": (1.0, 1.5)}  # fmt: skip


def test_what_nobody_would_see_is_told() -> None:
    texts = (
        Text("title", "Late", cue=Cue(word="b", until=0.5), position=Position(7, 1)),
        Text("note", "Never", cue=Cue(at=9.0), position=Position(8, 1)), Text("note", "Seen", position=Position(9, 1)),
    )  # fmt: skip
    board = Storyboard("T", (), {"anna": Performer("anna")})
    cut = make_cut(board, time_([speak("anna", "a b")], texts=texts), {}, "")
    assert [sentence.split(" is not")[0] for sentence in find_unseen(cut)] == [
        "S: the title “Late” of line 7", "S: the note “Never” of line 8",
    ]  # fmt: skip


def test_what_is_seen_too_briefly_to_be_read_is_told() -> None:
    line = Position(7, 1)
    texts = (Text("bullet", "Late", "", Cue(word="b"), line), Text("note", "Brief", "", Cue(at=0.2, until=0.6), line),
             Text("note", "Long", "", Cue(at=0.2, until=1.2), line))  # fmt: skip
    board = Storyboard("T", (), {"anna": Performer("anna")})
    cut = make_cut(board, time_([speak("anna", "a b")], texts=texts), {}, "")
    assert find_hurried(cut) == [
        f"S: the {what} of line 7 is seen for {seconds} s; let it begin sooner, or hold the shot longer."
        for what, seconds in (("bullet “Late”", "0.8"), ("note “Brief”", "0.4"))
    ]


def test_lines_that_are_directed_alike_are_one_act_and_acts_do_not_overlap() -> None:
    lines = [speak("anna", "one"), speak("ben", "two"), speak("anna", "three"), speak("anna", "four", "sadly")]
    timing = time_(lines)
    anna, ben = timing.acts["anna"], timing.acts["ben"]
    assert [[one.spoken.line.text for one in act.placed] for act in anna] == [["one", "three"], ["four"]]
    assert len(ben) == 1 and (ben[0].start, ben[0].seconds) == (0.0, timing.seconds)
    assert anna[0].start == 0.0 and anna[1].start == pytest.approx(anna[0].seconds + 1 / FPS)
    assert anna[1].start + anna[1].seconds == pytest.approx(timing.seconds)
    (silent,) = part_acts([], 10, FPS)
    assert silent.placed == () and silent.seconds == 1.0


def test_an_act_is_one_speech_with_the_lines_where_they_are_said() -> None:
    timing = time_([speak("anna", "one two"), speak("ben", "three"), speak("anna", "four")], hold=(0.05, 0.5))
    (act,) = timing.acts["anna"]
    speech = join_speeches(act)
    assert speech.text == "one two four" and speech.duration == pytest.approx(timing.seconds)
    assert [phone.end for phone in speech.phones[:-1]] == [phone.start for phone in speech.phones[1:]]
    assert (speech.phones[0].start, speech.phones[-1].end) == (0.0, speech.duration)
    assert [phone.word for phone in speech.phones if phone.phone] == [0, 1, 2] and speech.stressed == (0, 2)
    assert [tag.word for tag in speech.tags] == [2, 3]
    four = timing.placed[2].first
    assert speech.words[2].start == pytest.approx(four)
    assert speech.wave[round((four + 0.1) * RATE)] > 0 and not speech.wave[round((four - 0.5) * RATE)]


def test_no_two_move_alike_and_nobody_does_the_same_in_every_shot() -> None:
    placed, other = time_([speak("anna", "one")]).placed, time_([speak("anna", "two")]).placed
    seeds = [find_seed(Performer(name), said) for name in ("anna", "ben") for said in (placed, other)]
    assert len(set(seeds)) == 4 and find_seed(Performer("anna", seed=3), placed) == seeds[0] + 3


def test_listeners_look_at_who_speaks_and_partners_at_each_other() -> None:
    talk = time_([speak("anna", "one"), speak("ben", "two")])
    assert find_looks(talk, "anna") == ("ben", []) and find_looks(talk, "ben") == ("anna", [])
    told = time_([speak("anna", "one")], performers=("anna", "ben"))
    assert find_looks(told, "anna") == ("viewer", []) and find_looks(told, "ben") == ("anna", [])
    assert find_looks(time_([speak("anna", "one")]), "anna") == ("viewer", [])
    shown = time_([speak("anna", "one"), speak("ben", "two")], looks="viewer")
    assert find_looks(shown, "anna") == ("viewer", [])
    three = time_([speak("anna", "one"), speak("ben", "two"), speak("cleo", "three")])
    first, turns = find_looks(three, "anna")
    assert (first, [other for _, other in turns]) == ("ben", ["cleo"])
    assert turns[0][0] == pytest.approx(three.placed[2].first - 0.2)


def test_only_pronunciations_of_words_that_are_said_count() -> None:
    own = {"Nguyen": "wɪn", "Ada": "ˈeɪdə", "New York": "x"}
    assert relevant(own, "Hello, Nguyen! In New York.", "en") == {"Nguyen": "wɪn", "New York": "x"}


def test_a_fade_goes_through_the_dark_and_leaves_the_middle_as_it_is() -> None:
    assert find_fades(["cut", "fade", "cut"]) == [(False, True), (True, False), (False, False)]
    frame = np.full((2, 2, 3), 200, np.uint8)
    levels = [int(fade(frame, number, 20, 5, (True, True)).max()) for number in range(20)]
    assert levels[:5] == levels[:-6:-1] == sorted(levels[:5]) and 0 < levels[0] < 40
    assert set(levels[5:15]) == {200}


def test_nobody_changes_sides_from_shot_to_shot() -> None:
    lines = {name: Line(name, "Yes.") for name in ("anna", "ben")}
    shots = (
        Shot("a", (lines["anna"], lines["ben"])), Shot("b", (lines["ben"], lines["anna"])),
        Shot("c", (lines["ben"],), performers=("ben", "anna")),
    )  # fmt: skip
    board = Storyboard("T", (Scene("S", shots),), {name: Performer(name) for name in lines})
    chosen = choose(board, FilmOptions(quality="draft"))
    assert [shot.performers for shot in chosen.shots] == [("anna", "ben"), ("anna", "ben"), ("ben", "anna")]
    assert (chosen.delivery.size, chosen.delivery.engine) == ("360p", "workbench")


def test_the_camera_shows_as_many_as_are_seen_unless_it_is_named() -> None:
    names = ("anna", "ben", "cleo")
    assert [choose_preset(Shot("s", performers=names[:count])) for count in range(4)] == [
        "medium", "medium", "two_shot", "wide",
    ]  # fmt: skip
    assert choose_preset(Shot("s", performers=names, camera=Camera("close_up"))) == "close_up"
    assert choose_preset(Shot("s", performers=names, camera=Camera(move="push_in", subject="ben"))) == "medium"


def test_what_a_screen_shows_is_drawn_above_the_face_in_a_tall_picture() -> None:
    insert = Timed(Insert("slide", Path("a.pdf"), place="screen"), 0.0, 2.0)
    cut = Cut(Shot("s"), 50, 25, (), (insert,), (), False, "", None, False)
    assert fit_cut(cut, (1920, 1080)) == cut
    assert [one.what.place for one in fit_cut(cut, (1080, 1920)).inserts] == ["right"]
