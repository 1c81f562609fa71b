# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of the world's writing systems: joined, in its direction, with no letter missing."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from drawn_shots import FPS, NOBODY, SIZES, cut_of, say

from core.graphics import draw_cut, find_fonts
from core.graphics.boxes import Box
from core.graphics.captions import find_pages
from core.graphics.layer import paint
from core.graphics.paragraph import Style, find_words, fit, lay_out, runs_right_to_left
from core.graphics.stage import Stage
from core.graphics.theme import THEME

ARABIC, HEBREW = "مرحبا بكم في هذا الفيلم", "שלום לכם וברוכים הבאים"
SAMPLES = {
    "Latin": "Zażółć gęślą jaźń", "Cyrillic": "Съешь ещё этих мягких булок", "Greek": "Ξεσκεπάζω την ψυχοφθόρα",
    "Arabic": ARABIC, "Hebrew": HEBREW, "Devanagari": "क्षत्रिय नमस्ते दुनिया", "Thai": "สวัสดีชาวโลก น้ำ",
    "Chinese": "你好，世界。每个词", "Japanese": "これは日本語の文章です", "Korean": "안녕하세요 세계", "Emoji": "🙂",
}  # fmt: skip
STYLE = Style(40.0, 600)


@pytest.fixture(scope="module")
def fonts():
    return find_fonts()


@pytest.fixture(scope="module")
def blender_fonts(fonts):
    if "Inter" not in fonts.families:
        pytest.skip(f"Blender's fonts are not at hand: {fonts.warnings[0]}")
    return fonts


def _ink(text: str, fonts, style: Style = STYLE) -> np.ndarray:
    block = lay_out(text, style, math.inf, fonts)
    return paint(Box(-20, -20, block.width + 20, block.height + 20), lambda canvas: block.paint(canvas, 0, 0)).pixels


@pytest.mark.parametrize("text", [ARABIC, HEBREW])
def test_words_go_from_right_to_left(text, fonts):
    words = text.split()
    boxes = find_words(words, " ", lay_out(text, STYLE, math.inf, fonts), fonts)
    lefts = [box.left for box in boxes if box]
    assert len(lefts) == len(words)
    assert lefts == sorted(lefts, reverse=True)
    assert all(second.right <= first.left + 1 for first, second in itertools.pairwise(boxes))


def test_words_go_from_left_to_right(fonts):
    words = ["One", "photo", "speaks", "—", "well."]
    boxes = find_words(words, " ", lay_out(" ".join(words), STYLE, math.inf, fonts), fonts)
    assert all(first.right <= second.left + 1 for first, second in itertools.pairwise(boxes))


def test_arabic_letters_are_joined(fonts):
    from scipy import ndimage

    joined, parted = "سلسلة", "\u200c".join("سلسلة")
    pieces = [ndimage.label(_ink(text, fonts)[..., 3] > 100)[1] for text in (joined, parted)]
    assert pieces[0] < pieces[1] - 2
    assert lay_out(joined, STYLE, math.inf, fonts).width < lay_out(parted, STYLE, math.inf, fonts).width


def test_the_full_stop_of_arabic_is_at_its_left(fonts):
    words = ["مرحبا", "بكم", "Blender", "."]
    boxes = find_words(words, " ", lay_out(" ".join(words), STYLE, math.inf, fonts), fonts)
    lefts = [box.left for box in boxes if box]
    assert lefts == sorted(lefts, reverse=True)
    assert runs_right_to_left("«مرحبا»") and not runs_right_to_left("1. Hello") and not runs_right_to_left("…")


@pytest.mark.parametrize(("text", "language"), [(ARABIC, "ar"), (HEBREW, "he")])
def test_the_mark_follows_words_from_right_to_left(text, language, fonts):
    layers = draw_cut(cut_of([say(text, language)]), (1280, 720), NOBODY, fonts)
    marks = [layer for layer in layers if layer.kind == "caption_word"]
    assert len(marks) == len(text.split())
    lefts = [mark.box.left for mark in sorted(marks, key=lambda mark: mark.start)]
    assert lefts == sorted(lefts, reverse=True)


@pytest.mark.parametrize("script", SAMPLES)
def test_no_letter_is_missing(script, blender_fonts):
    before = list(blender_fonts.warnings)
    assert blender_fonts.covers(SAMPLES[script])
    ink = _ink(SAMPLES[script], blender_fonts)
    assert (ink[..., 3] > 128).sum() > 100
    assert blender_fonts.warnings == before


def test_a_letter_that_no_font_has_is_told_once():
    fonts = find_fonts()
    for _ in range(2):
        lay_out("\U0001f000\U00013080\uf8ab", STYLE, math.inf, fonts)
    told = [warning for warning in fonts.warnings if "\uf8ab" in warning]
    assert len(told) == 1


def test_lines_are_of_about_one_length(fonts):
    block = fit("One photo becomes a person who speaks any language", STYLE, 700, 3, fonts)
    assert block.lines == 2
    whole = lay_out("One photo becomes a person who speaks any language", STYLE, math.inf, fonts)
    assert block.width < 0.66 * whole.width


def test_what_is_too_long_is_written_smaller(fonts):
    block = fit("Donaudampfschifffahrtsgesellschaft", STYLE, 500, 1, fonts)
    assert block.lines == 1 and block.width <= 500
    assert block.style.size < STYLE.size


def _pages(text: str, form: str, fonts, each: float = 0.37, lines: int = 2) -> list[list[str]]:
    """The lines of each page."""
    size = SIZES[form]
    stage = Stage(size, FPS, 9.0, NOBODY, fonts, THEME, "en", caption_lines=lines)
    pages = find_pages(cut_of([say(text, each=each)], seconds=9.0), stage)
    return [[" ".join(word.text for word in line) for line in page.lines] for page in pages]


def test_captions_break_where_the_sense_parts(blender_fonts):
    """Behind a comma rather than in the middle, and not between an article and what it belongs to."""
    assert _pages("A computer said your name, and it practised.", "9:16", blender_fonts) == [
        ["A computer", "said your name,"], ["and it practised."]]  # fmt: skip
    assert _pages("Un ordenador dijo tu nombre, y lo ensayó.", "9:16", blender_fonts) == [
        ["Un ordenador", "dijo tu nombre,"], ["y lo ensayó."]]  # fmt: skip
    for form in SIZES:
        for page in _pages("People say that I was made from one photo of the face.", form, blender_fonts):
            assert page[-1].split()[-1] not in ("I", "of", "the")


def test_no_caption_is_gone_before_it_is_read(blender_fonts):
    for lines in (1, 2):
        pages = _pages("So, why is the sky that we see blue?", "9:16", blender_fonts, each=0.25, lines=lines)
        assert all(sum(len(line.split()) for line in page) > 1 for page in pages), "a word alone is a flash"


def test_captions_of_languages_without_spaces(blender_fonts):
    said = say("一枚の 写真が 話す 人に なり、 どんな 言語でも 単語が 光ります。", "ja")
    for size in SIZES.values():
        layers = draw_cut(cut_of([said]), size, NOBODY, blender_fonts)
        assert sum(layer.kind == "caption_word" for layer in layers) == len(said.words)


def test_letters_that_stand_closer_break_no_line_and_joined_ones_do_not(fonts):
    for text, language in (("إلى ليلى", "ar"), ("For Siobhan", "en")):
        tight = Style(75.0, 700, language=language, leading=1.08, spacing=-0.02)
        assert lay_out(text, tight, 590.0, fonts).lines == 1
    spaced, plain = (lay_out("ليلى", Style(75.0, language="ar", spacing=s), 590.0, fonts).width for s in (-0.02, 0.0))
    assert spaced == plain


@pytest.mark.skipif(sys.platform != "linux", reason="only there fonts are found by fontconfig")
def test_nothing_is_told_of_the_systems_rules_for_fonts_and_all_else_is(tmp_path):
    """In a process of its own: fontconfig warns once, of what is newer than it."""
    rules = tmp_path / "fonts.conf"
    rules.write_text("<fontconfig><new-element /><dir>/usr/share/fonts</dir></fontconfig>")
    program = (
        "import os, skia\nfrom core.graphics import system\nfrom core.graphics.fonts import find_fonts\n"
        "make = skia.FontMgr\nskia.FontMgr = lambda: (os.write(2, b'of another\\n'), make())[1]\n"
        "find_fonts()\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "FONTCONFIG_FILE": str(rules)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert told.stderr == "of another\n"
