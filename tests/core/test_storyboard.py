# SPDX-License-Identifier: GPL-3.0-or-later
"""Storyboards: what is written is what is read, and what is wrong is told with its place."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core.errors import LikenessError
from core.storyboard import (
    Storyboard,
    StoryboardInvalid,
    fill,
    parse_storyboard,
    read_storyboard,
    used_fields,
    write_storyboard,
)
from core.storyboard.cues import find_phrase
from core.storyboard.problems import located
from core.storyboard.storyboard import Background, Camera, Cue, Position, Text
from core.storyboard.values import read_voice, write_voice

FRONT = "---\ntitle: T\nperformers:\n  anna: a.avatar\n  ben: b.avatar\n---\n"  # six lines
FULL = """---
title: Signing a document
language: en
performers:
  anna:
    avatar: a.avatar
    voice: espeak:es
    caption: Anna Li
    role: Support
  ben:
    person: {seed: 7, age: 0.4, hair: bob}
    look: toon
background: #eee
light: high key
music: bed.wav, -14 dB, ducked -8 dB
logo: logo.png
use: internal
formats: [16:9, 9:16]
size: 360p
captions: burned, files
label: no
label reason: a film about puppets
thumbnail: at 2.5
pronunciations:
  Nguyen: wɪn
---
# Introduction

## Hello
performers: ben, anna
camera: over slide, slow push-in, on anna
focus: anna, ben (at "link")
slide: deck.pdf page 2, left (from 1 to 4.5)
lower third: Anna Li | Support (at 0.5)
transition: fade
hold: 0.2

anna (warmly, es, pause 0.4): Hello {name}! [nods] Open the link
that is in *your* mail: now.
ben: Gracias.

- Open the link (at "link")
- Sign \\(here)

<!-- a remark
over two lines -->
# The end
title: That is it \\| really | of it
seconds: 3
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Avatars, a picture, a sound and a PDF of two pages, as far as a check looks at them."""
    folder = tmp_path_factory.mktemp("board")
    for name in ("a.avatar", "b.avatar"):
        (folder / name).mkdir()
        (folder / name / "avatar.json").write_text("{}")
    with wave.open(str(folder / "bed.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 800, "NONE", ""))
        sound.writeframes(bytes(1600))
    for name in ("bad.png", "bad.mp4", "bad.pdf", "bad.mp3"):
        (folder / name).write_bytes(b"rubbish")
    picture = Image.new("RGB", (8, 8))
    picture.save(folder / "logo.png")
    picture.save(folder / "logo.mp3", "PNG")
    picture.save(folder / "deck.pdf", save_all=True, append_images=[picture])
    return folder


@pytest.fixture(scope="module")
def read(folder: Path) -> Callable[[str], Storyboard]:
    return lambda text: parse_storyboard(text, folder, "film.md")


def problems_of(read: Callable[[str], Storyboard], text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(StoryboardInvalid) as caught:
        read(text)
    assert caught.value.code == "storyboard_invalid" and caught.value.message.startswith("film.md")
    return [(one.position.line, one.position.column, f"{one.message} {one.hint}") for one in caught.value.problems]


def test_all_that_a_storyboard_can_say_is_read(read) -> None:
    board = read(FULL)
    assert [scene.name for scene in board.scenes] == ["Introduction", "The end"]
    hello, end = board.shots
    anna, ben = hello.lines
    assert anna.text == "Hello {name}! [nods] Open the link that is in *your* mail: now."
    assert (anna.performer, anna.direction, anna.language, anna.pause) == ("anna", "warmly", "es", 0.4)
    assert (anna.position.line, anna.position.column) == (38, 31)
    assert (ben.performer, ben.text, hello.performers) == ("ben", "Gracias.", ("ben", "anna"))
    assert hello.camera == Camera("over_slide", "push_in", "anna", 0.5, (("anna", Cue()), ("ben", Cue(word="link"))))
    (slide,) = hello.inserts
    assert (slide.kind, slide.file.name, slide.page, slide.place) == ("slide", "deck.pdf", 2, "left")
    assert slide.cue == Cue(at=1.0, until=4.5)
    assert hello.texts == (
        Text("lower_third", "Anna Li", "Support", Cue(at=0.5)),
        Text("bullet", "Open the link", cue=Cue(word="link")),
        Text("bullet", "Sign (here)"),
    )
    assert (hello.transition, hello.hold, end.seconds, end.name) == ("fade", (0.2, 0.2), 3.0, "The end")
    assert end.texts == (Text("title", "That is it | really", "of it"),)
    assert board.background == Background(color="#eeeeee") and board.light == "high_key"
    assert board.performers["ben"].person == {"seed": 7.0, "age": 0.4, "hair": "bob"}
    assert board.music is not None and (board.music.level, board.music.ducked) == (-14.0, -8.0)
    delivery = board.delivery
    assert (delivery.formats, delivery.captions) == (("16:9", "9:16"), ("burned", "files"))
    assert (delivery.label, delivery.label_reason, delivery.thumbnail) == (False, "a film about puppets", Cue(at=2.5))


def test_what_is_written_reads_back_the_same(read) -> None:
    board = read(FULL)
    again = read(write_storyboard(board))
    assert again == board
    assert write_storyboard(again) == write_storyboard(board)


def test_a_single_performer_needs_no_name_and_no_headings(read) -> None:
    board = read("---\navatar: a.avatar\nvoice: heart\n---\nRemember: always read it.\n\nThe plan: sign\nit.\n")
    (shot,) = board.shots
    assert [line.text for line in shot.lines] == ["Remember: always read it.", "The plan: sign it."]
    assert {line.performer for line in shot.lines} == set(board.performers) == {"a"}
    assert board.title == "film" and board.performers["a"].voice == "heart"


def test_a_colon_within_a_sentence_is_said(read) -> None:
    (shot,) = read(f"{FRONT}## S\nanna: It is\ncalled so: a plan. At\n10:30 see https://a.b/c.\n").shots
    assert shot.lines[0].text == "It is called so: a plan. At 10:30 see https://a.b/c."


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("## S\ncamra: close-up\nanna: Hi.", 8, 1, "Did you mean “camera”?"),
        ("## S\nanna: Hi.\n\nbem: Hello.", 10, 1, "Did you mean “ben”?"),
        ("## S\nweather: fine\nanna: Hi.", 8, 1, "“weather” is no setting"),
        ("## S\nHello there.", 8, 1, "It is not said who says “Hello there.”. Write anna: or ben:"),
        ("## S\ncamera: closeup\nanna: Hi.", 8, 9, "Did you mean “close up”?"),
        ("## S\nlight: dark\nanna: Hi.", 8, 8, "There is no light “dark”"),
        ("## S\nbackground: #12345\nanna: Hi.", 8, 13, "“#12345” is no colour"),
        ("## S\nbackground: beach.jpg\nanna: Hi.", 8, 13, "There is no file beach.jpg"),
        ("## S\npicture: none.png\nanna: Hi.", 8, 10, "There is no file none.png"),
        ("## S\npicture: logo.png, above\nanna: Hi.", 8, 20, "There is no place “above”"),
        ("## S\nslide: deck.pdf page 3\nanna: Hi.", 8, 8, "deck.pdf has no page 3. It has 2 pages."),
        ("## S\nperformers: anna, bem\nanna: Hi.", 7, 4, "There is no performer “bem”. Did you mean “ben”?"),
        ("## S\ncamera: close-up, on ben\nanna: Hi.", 8, 9, "ben is not seen in this shot."),
        ("## S\nseconds: soon\nanna: Hi.", 8, 10, "“soon” is no number"),
        ("## S\nseconds: 3\nseconds: 4\nanna: Hi.", 9, 1, "a second “seconds”"),
        ("## S\nanna: Sign it.\n- Signed (at \"signed\")", 9, 15, "“signed” is not said in the shot “S”. Did you"),
        ("## S\nanna: Sign it.\n- Sign (at \"sign\" #2)", 9, 13, "“sign” is said once"),
        ("## S\nanna: Sign it.\n- Sign (at noon)", 9, 9, "“at noon” is no cue"),
        ("## S\nseconds: 2\n- Signed", 9, 3, "Nothing is said while this bullet appears."),
        ("## S\ncamera: medium", 7, 4, "Nothing says how long the shot “S” is."),
        ("## S\nanna:\n\nben: Hi.", 8, 1, "anna says nothing."),
        ("## S\nanna: Hi.\n## S\nben: Hi.", 9, 4, "There are 2 shots “S”"),
        ("##\nanna: Hi.", 7, 1, "This shot has no name."),
        ("### S\nanna: Hi.", 7, 1, "A heading of 3 signs"),
        ("## S\nanna: Привет", 8, 7, "An English voice cannot say"),
        ("## S\nanna (recording no.wav): Hi.", 8, 26, "There is no file no.wav"),
        ("## S\npicture: bad.png\nanna: Hi.", 8, 10, "bad.png cannot be read as a picture. Save it"),
        ("## S\nvideo: bad.mp4\nanna: Hi.", 8, 8, "bad.mp4 cannot be read as a video. Save"),
        ("## S\nslide: bad.pdf\nanna: Hi.", 8, 8, "bad.pdf cannot be read as a PDF"),
        ("## S\nanna: Hi.\n<!-- a remark\nanna: Bye.", 9, 1, "This remark does not end. Write --> behind it."),
    ],
)
def test_a_mistake_is_told_with_its_place(read, body: str, line: int, column: int, words: str) -> None:
    found = problems_of(read, FRONT + body + "\n")
    assert (line, column) in [place[:2] for place in found]
    assert words in next(told for at, beside, told in found if (at, beside) == (line, column))


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "The storyboard is empty."),
        ("---\ntitle: T\n", 1, 1, "The front matter does not end."),
        ("---\ntitle: [T\n---\nHi.", 2, 10, "The front matter is no YAML"),
        ("---\ntitel: T\navatar: a.avatar\n---\nHi.", 2, 1, "Did you mean “title”?"),
        ("---\navatar: a.avatar\nbackground: \"#zzz\"\n---\nHi.", 3, 14, "“#zzz” is no colour"),
        ("---\navatar: a.avatar\nfps: fast\n---\nHi.", 3, 6, "“fast” is no whole number"),
        ("---\navatar: a.avatar\nformats: [16:9, 2:1]\n---\nHi.", 3, 17, "There is no format “2:1”"),
        ("---\navatar: a.avatar\nlanguage: xx\n---\nHi.", 3, 11, "The language “xx”"),
        ("---\navatar: a.avatar\nlabel: no\n---\nHi.", 3, 8, "is off, but not why"),
        ("---\nperformers:\n  anna: no.avatar\n---\nHi.", 3, 3, "There is no avatar no.avatar"),
        ("---\nperformers:\n  anna: {avatar: a.avatar, voise: x}\n---\nHi.", 3, 28, "Did you mean “voice”?"),
        ("---\navatar: a.avatar\nmusic: bad.mp3\n---\nHi.", 3, 8, "bad.mp3 cannot be read as a sound"),
        ("---\navatar: a.avatar\nsize: 10p\n---\nHi.", 3, 7, "There is no picture size '10p'"),
        ("---\navatar: a.avatar\nvoice: nobody\n---\nHi.", 3, 8, "There is no voice “nobody” here. Choose"),
        ("---\navatar: a.avatar\nvoice: no.voice\n---\nHi.", 3, 8, "There is no voice no.voice. It was looked for"),
        ("---\navatar: a.avatar\nvoice: heart\nstyle: loud\n---\nHi.", 4, 8, "“heart” has no style “loud”"),
        ("---\nlanguage: de\nperformers:\n  anna: {avatar: a.avatar, voice: heart}\n---\nJa.", 4, 35,
         "The voice “heart” speaks English"),
        ("---\ntitle: T\nperformers:\n  anna:\n    avatar: no.avatar\n---\nHi.", 5, 13, "There is no avatar no.avatar"),
        ("---\navatar: a.avatar\nmusic: logo.mp3\n---\nHi.", 3, 8, "logo.mp3 cannot be read as a sound"),
        ("---\navatar: a.avatar\nlogo: bed.wav\n---\nHi.", 3, 7, "bed.wav cannot be read as a picture"),
        ("---\nperson: {seed: x}\n---\nHi.", 2, 9, "The seed “x” is no whole number."),
        ("---\nperson: {skin: warm}\n---\nHi.", 2, 9, "skin was warm, which is no number from 0 to 1"),
        ("---\nperformers:\n  camera: a.avatar\n---\nHi.", 3, 3, "A performer cannot be called “camera”"),
        ("---\nperformers:\n  anna:\n---\nHi.", 3, 3, "anna is shown, but has no avatar."),
        ("---\ntitle: T\n---\nHi.", 4, 1, "Nobody says “Hi.”"),
    ],
)
def test_a_mistake_in_the_front_matter_is_told(read, text: str, line: int, column: int, words: str) -> None:
    found = problems_of(read, text)
    assert [(line, column)] == [one[:2] for one in found if words in one[2]], found


def test_all_problems_are_told_at_once_and_no_more_than_ten(read) -> None:
    lines = "".join(f"weather {number}: fine\n" for number in range(12))
    with pytest.raises(StoryboardInvalid) as caught:
        read(f"{FRONT}## S\n{lines}anna: Hi.\n")
    told = caught.value.message.splitlines()
    assert told[0] == "film.md has 12 problems." and len(told) == 12
    assert told[1].startswith("  Line 8, column 1:") and told[-1] == "  And 2 more."


def test_old_and_windows_ends_of_lines_are_such(read) -> None:
    text = FRONT + "## S\ncamera: wide\n\nanna: Hi.\n"
    assert read(text.replace("\n", "\r\n")) == read(text.replace("\n", "\r")) == read(text)


def test_what_is_no_utf_8_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "film.md"
    file.write_bytes("---\ntitle: Größe".encode("latin-1"))
    with pytest.raises(LikenessError, match="line 2, column 10: This is no text in UTF-8"):
        read_storyboard(file)
    with pytest.raises(LikenessError, match="There is no file"):
        read_storyboard(tmp_path / "none.md")


def test_the_comma_before_who_is_seen_may_be_missing(read) -> None:
    shot = read(FRONT + "## One\ncamera: close-up, slow push-in on ben\n\nben: Hello.").shots[0]
    assert (shot.camera.preset, shot.camera.move, shot.camera.subject) == ("close_up", "push_in", "ben")


def test_a_voice_profile_lies_beside_the_storyboard_and_is_written_as_it_was(read, folder: Path) -> None:
    people = "  anna: {avatar: a.avatar, voice: no.voice}\n  ben: {avatar: b.avatar, voice: 'pocket:x/no.voice'}"
    found = problems_of(read, f"---\nperformers:\n{people}\n---\n## S\nanna: Hi.\n\nben: Hi.")
    assert [(one[0], one[1]) for one in found] == [(3, 35), (4, 35)]
    assert str(folder / "x" / "no.voice") in found[1][2]
    anna = read_voice("ada.voice", folder)
    assert anna == f"profile:{folder / 'ada.voice'}" == read_voice("profile:ada.voice", folder)
    for voice in ("ada.voice", "pocket:x/ada.voice", "heart", "espeak:de+f1"):
        assert write_voice(read_voice(voice, folder), lambda path: path.relative_to(folder).as_posix()) == voice


def test_what_a_row_fills_in_is_looked_at_too(folder: Path) -> None:
    text = (
        "---\navatar: a.avatar\ncodec: \"{codec}\"\nvoice: \"{voice}\"\n---\n## One\n"
        "looks: {looks}\npicture: logo.png, {place}\n\nHello.\n"
    )
    row = {"codec": "gif", "voice": "espeak:de", "looks": "away", "place": "above"}
    with pytest.raises(StoryboardInvalid) as caught:
        parse_storyboard(text, folder, "film.md", row)
    assert [(one.position.line, one.position.column, one.message) for one in caught.value.problems] == [
        (3, 9, "There is no codec “gif”."),
        (4, 9, "The voice “espeak:de” speaks German, and the script is in English."),
        (6, 4, "There is no way to look “away”."),
        (8, 10, "There is no place “above”."),
    ]
    assert parse_storyboard(text, folder, "film.md").fields  # a row may name another language, and does here
    right = {"codec": "av1", "looks": "viewer", "place": "left", "language": "de"}
    assert parse_storyboard(text, folder, "film.md", row | right).language == "de"


def test_a_rows_value_is_said_and_directs_nothing(read) -> None:
    text = "---\navatar: a.avatar\n---\n## One\ntitle: {name}\n\n[smiles] Hello {name}!"
    board = fill(read(text), {"name": "*Ben* [laughs]"})
    assert board.shots[0].lines[0].text == "[smiles] Hello Ben (laughs)!"
    assert board.shots[0].texts[0].text == "*Ben* [laughs]"


def test_fields_are_found_and_filled_from_a_row(read, folder: Path) -> None:
    text = (
        "---\navatar: a.avatar\nbackground: {backdrop}\n---\n## One\npicture: {logo}.png\n\nHello {name}, of {firm}.\n"
        "\n- {firm} (at \"{name}\")\n## Two\nBye.\n"
    )
    board = read(text)
    assert {name: (at.line, at.column) for name, at in board.fields.items()} == {
        "backdrop": (3, 13), "logo": (6, 10), "name": (8, 7), "firm": (8, 18),
    }  # fmt: skip
    assert used_fields(board.shots[0]) == {"logo", "name", "firm"} and not used_fields(board.shots[1])
    with pytest.raises(StoryboardInvalid) as caught:
        fill(board, {"logo": "logo", "name": "Ada", "firm": " "})
    assert [(one.position.line, one.message) for one in caught.value.problems] == [
        (3, "The row has no backdrop."), (8, "The row has no firm."),
    ]  # fmt: skip
    row = {"Backdrop": "#f00", "logo": "logo", "name": "Ada", "firm": "Æon", "language": "es", "voice": "espeak:es",
           "pronunciations": "Ada = ˈeɪdə; Æon = aeon"}  # fmt: skip
    filled = parse_storyboard(text, folder, "film.md", row)
    assert filled.background == Background(color="#ff0000") and not filled.fields
    assert filled.shots[0].lines[0].text == "Hello Ada, of Æon." and filled.shots[0].inserts[0].file.name == "logo.png"
    assert (filled.language, filled.performers["a"].voice) == ("es", "espeak:es")
    assert filled.pronunciations == {"Ada": "ˈeɪdə", "Æon": "aeon"}
    with pytest.raises(StoryboardInvalid, match=r"line 6, column 10: There is no file none\.png"):
        parse_storyboard(text, folder, "film.md", {**row, "logo": "none"})


@pytest.mark.parametrize(
    ("words", "phrase", "nth", "language", "index"),
    [
        (("Sign", "the", "co-sign", "line,", "sign!"), "SIGN", 2, "en", 4),
        (("the", "sign-in", "page"), "sign in page", 1, "en", 1),
        (("assigned",), "sign", 1, "en", None),
        (("我", "们", "开", "始"), "开始", 1, "zh", 2),
        (("नमस्ते", "दुनिया"), "दुनिया", 1, "hi", 1),
    ],
)
def test_a_phrase_is_found_where_it_begins(words, phrase: str, nth: int, language: str, index: int | None) -> None:
    assert find_phrase(words, phrase, nth, language) == index


def test_what_is_refused_later_is_told_with_its_place_unless_the_storyboard_has_no_part_in_it() -> None:
    def refuse(code: str, *, twice: bool = False) -> str:
        with pytest.raises(LikenessError) as caught, located("film.md", Position(8, 3)):
            if twice:
                with located("film.md", Position(9, 1)):
                    raise LikenessError(code, "It is broken.", "Mend it.")
            raise LikenessError(code, "It is broken.", "Mend it.")
        assert caught.value.code == code and caught.value.hint == "Mend it."
        return caught.value.message

    assert refuse("file_damaged") == "film.md, line 8, column 3: It is broken."
    assert refuse("file_damaged", twice=True) == "film.md, line 9, column 1: It is broken."
    assert refuse("output_unwritable") == refuse("cancelled") == "It is broken."
