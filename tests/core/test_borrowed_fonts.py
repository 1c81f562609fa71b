# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters that only the system's fonts have: where these are other ones, what was drawn with them is drawn anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import skia
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from made_film import BOARD, Drawn, write_board

from core.film.film import FilmOptions
from core.film.make import make_film
from core.graphics import find_fonts

LETTER = "\uf8ab"  # of nobody's writing


def _make_font(path: Path, width: int) -> skia.Typeface:
    """A font of one letter, a block so wide."""
    pen = TTGlyphPen(None)
    for number, place in enumerate(((0, 0), (0, 700), (width, 700), (width, 0))):
        (pen.lineTo if number else pen.moveTo)(place)
    pen.closePath()
    block = pen.glyph()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "block"])
    builder.setupCharacterMap({ord(LETTER): "block"})
    builder.setupGlyf({".notdef": block, "block": block})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "block"), (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Blocks", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.save(path)
    return skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(path.read_bytes()))


class System:
    """A computer's fonts; one of them has the letter."""

    def __init__(self, face: skia.Typeface | None) -> None:
        self.face = face

    def matchFamilyStyleCharacter(self, family: str, style: object, languages: list[str], letter: int) -> object:  # noqa: N802
        return self.face if letter == ord(LETTER) else None


@pytest.fixture
def lend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let the system have a letter so wide, or not at all."""

    def choose(width: int) -> None:
        face = _make_font(tmp_path / f"{width}.ttf", width) if width else None
        monkeypatch.setattr("core.graphics.fonts.system_fonts", lambda: System(face))

    return choose


def test_a_borrowed_font_is_known_by_what_is_in_it(lend) -> None:
    lend(300)
    fonts = find_fonts()
    assert fonts.borrowed("Hello") == [] and not fonts.warnings
    [first] = fonts.borrowed(f"Hello {LETTER}")
    assert first.startswith("Blocks ") and fonts.borrowed("Hello") == []
    assert find_fonts().borrowed(LETTER) == [first]
    lend(400)
    assert find_fonts().borrowed(LETTER) not in ([], [first])
    lend(0)
    fonts = find_fonts()
    assert fonts.borrowed(LETTER) == [] and LETTER in fonts.warnings[0]


def test_segments_with_borrowed_letters_are_drawn_anew_on_another_computer(lend, tmp_path: Path) -> None:
    text = BOARD.replace("The end", f"The end {LETTER}")
    board = write_board(tmp_path, text.replace("# Two\n", "# Two\n## Plain\ntitle: And\nseconds: 1\n"))
    options = FilmOptions(formats=("16:9",), shots=("Plain", "Card"), name="two")
    out = tmp_path / "out"
    lend(300)
    assert set(make_film(board, out, options, renderer=Drawn()).made) >= {"Plain", "Card"}
    assert make_film(board, out, options, renderer=Drawn()).made == {}
    lend(400)
    again = make_film(board, out, options, renderer=Drawn())
    assert again.made["Card"] == ("segment 16:9",) and "Plain" not in again.made
    lend(300)
    assert "Card" not in make_film(board, out, options, renderer=Drawn()).made
