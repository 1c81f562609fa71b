# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over a picture: when, where, and how it is mixed with it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_shots import FPS, NOBODY, SIZES, cut_of, faces_at, grey, say, write_slides
from PIL import Image

from core.delivery import Encoder, safe_area
from core.errors import LikenessError
from core.film.cut import Faces, Timed
from core.graphics import (
    Fonts,
    Layer,
    clear_shares,
    compose,
    digest_graphics,
    draw_cut,
    find_fonts,
    label_text,
    slide_picture,
)
from core.graphics.boxes import Box, find_faces
from core.graphics.theme import find_sizes
from core.storyboard.storyboard import Insert, Text

ENGLISH = "A photograph becomes a person who speaks, and every word is lit as it is said."
FRAME = 0.5 / FPS + 1e-6  # what rounding to whole frames may shift
formats = pytest.mark.parametrize("form", SIZES)


@pytest.fixture(scope="module")
def fonts():
    return find_fonts()


def _kind(layers, kind: str) -> list[Layer]:
    return [layer for layer in layers if layer.kind == kind]


@formats
def test_captions_and_their_words_are_seen_when_they_are_heard(form, fonts):
    said = say(ENGLISH)
    layers = draw_cut(cut_of([said], seconds=8.0), SIZES[form], NOBODY, fonts)
    pages, marks = _kind(layers, "caption"), _kind(layers, "caption_word")
    assert len(marks) == len(said.words)
    starts = [word.start for word in said.words]
    for page in pages:
        assert min(abs(page.start - start) for start in starts) <= 0.04
    assert pages[0].start == pytest.approx(starts[0], abs=0.04)
    for word, mark in zip(said.words, marks, strict=True):
        assert abs(mark.start - word.start) <= FRAME
        page = next(page for page in pages if page.start <= mark.start < page.end)
        assert mark.box.overlap(page.box) > 0.9 * mark.box.area
        assert mark.end <= page.end
    for first, second in itertools.pairwise(pages):
        assert first.end <= second.start


def test_captions_do_not_flicker_between_two_or_before_the_cut(fonts):
    first = say("One photograph.", start=0.3)
    for gap, is_bridged in ((0.1, True), (0.5, True), (0.69, True), (0.75, False), (2.0, False)):
        second = say("And a voice.", start=first.words[-1].end + gap)
        cut = cut_of([first, second], seconds=second.words[-1].end + gap)
        pages = _kind(draw_cut(cut, SIZES["16:9"], NOBODY, fonts), "caption")
        ends = (second.words[0].start, cut.frames / FPS)
        for page, said, end in zip(pages, (first, second), ends, strict=True):
            wanted = end if is_bridged else said.words[-1].end + 0.35
            assert page.end == pytest.approx(wanted, abs=FRAME)


@formats
def test_one_word_is_marked_in_each_frame_while_somebody_speaks(form, fonts):
    said = say(ENGLISH)
    layers = _kind(draw_cut(cut_of([said], seconds=8.0), SIZES[form], NOBODY, fonts), "caption_word")
    for frame in range(round(said.words[0].start * FPS) + 1, round(said.words[-1].end * FPS) - 1):
        assert sum(layer.find_picture(frame / FPS) is not None for layer in layers) == 1


@formats
def test_the_label_stands_over_no_face_and_no_caption(form, fonts):
    size = SIZES[form]
    places = [(0.3, 0.1, 0.7, 0.7), (0.0, 0.0, 0.5, 0.6), (0.5, 0.02, 1.0, 0.9), (0.02, 0.3, 0.98, 0.99)]
    texts = [Timed(Text("lower_third", "Anna Lindqvist", "Research"), 0.4, 4.0)]
    for place in places:
        faces = faces_at(place)
        layers = draw_cut(cut_of([say(ENGLISH)], texts), size, faces, fonts)
        (label,) = _kind(layers, "label")
        assert (label.start, label.end) == (0.0, 6.0)
        for face in find_faces(faces, size, FPS, 0.0, 6.0):
            assert label.box.overlap(face) == 0
        for caption in _kind(layers, "caption"):
            assert label.box.overlap(caption.box) == 0
        assert label.box.overlap(Box(0, 0, *size)) == pytest.approx(label.box.area)


def test_the_label_is_where_a_face_never_comes(fonts):
    left, top, low = np.linspace(0.0, 0.55, 150), np.full(150, 0.02), np.full(150, 0.6)
    walk = np.stack([left, top, left + 0.3, low], 1)
    walk[:20] = np.nan
    faces = Faces({"anna": walk.astype(np.float32)})
    (label,) = _kind(draw_cut(cut_of([say(ENGLISH)]), SIZES["16:9"], faces, fonts), "label")
    for box in walk[20:]:
        width, height = SIZES["16:9"]
        assert label.box.overlap(Box(box[0] * width, box[1] * height, box[2] * width, box[3] * height)) == 0


@formats
def test_captions_leave_a_face_that_is_low_in_the_picture(form, fonts):
    size = SIZES[form]
    faces = faces_at((0.25, 0.42, 0.75, 0.98))
    layers = draw_cut(cut_of([say(ENGLISH)]), size, faces, fonts)
    (face,) = find_faces(faces, size, FPS, 0.0, 6.0)
    assert all(caption.box.overlap(face) == 0 for caption in _kind(layers, "caption"))


@formats
def test_text_stays_within_what_every_screen_shows(form, fonts):
    size = SIZES[form]
    left, top, right, bottom = safe_area(form)
    texts = [
        Timed(Text("title", "How a photo learns to speak in a very long sentence", "Part 1"), 0.0, 2.0),
        Timed(Text("lower_third", "Dr. Anna-Maria Lindqvist-Andersson", "Head of Research, Nordics"), 2.0, 4.0),
        Timed(Text("bullet", "One photo, no scan at all"), 4.0, 6.0),
        Timed(Text("bullet", "Any language, also from right to left"), 4.5, 6.0),
        Timed(Text("note", "Measured on 200 films"), 2.0, 4.0),
    ]
    layers = draw_cut(cut_of([say(ENGLISH)], texts), size, faces_at((0.35, 0.15, 0.65, 0.5)), fonts)
    safe = Box(left * size[0], top * size[1], right * size[0], bottom * size[1]).grow(1.0)
    for layer in layers:
        if layer.kind not in ("shade", "label"):
            assert layer.box.overlap(safe) == pytest.approx(layer.box.area), layer.kind


@formats
def test_inserts_and_captions_cover_only_what_is_to_be_kept_clear(form, fonts, tmp_path):
    size = SIZES[form]
    slides = write_slides(tmp_path / "slides.pdf", [0xFFFFFFFF])
    for place in ("left", "right", "corner"):
        insert = Insert("slide", slides, place=place)
        clear = clear_shares([insert], True, size)
        free = Box(clear["left"] * size[0], clear["top"] * size[1],
                   (1 - clear["right"]) * size[0], (1 - clear["bottom"]) * size[1])  # fmt: skip
        assert free.area > 0.1 * size[0] * size[1]
        middle = (free.left + free.right) / 2 / size[0], (free.top + free.bottom) / 2 / size[1]
        face = faces_at((middle[0] - 0.05, middle[1] - 0.05, middle[0] + 0.05, middle[1] + 0.05))
        layers = draw_cut(cut_of([say(ENGLISH)], inserts=[Timed(insert, 0.0, 6.0)]), size, face, fonts)
        assert _kind(layers, "insert")
        for layer in _kind(layers, "insert") + _kind(layers, "caption"):
            assert layer.box.overlap(free) < 0.01 * free.area, (place, layer.kind)
    assert clear_shares([Insert("picture", slides, place="full")], False, size) == dict.fromkeys(clear, 0.0)


def test_a_page_of_slides_is_drawn_at_its_time_and_place(fonts, tmp_path):
    size = SIZES["16:9"]
    slides = write_slides(tmp_path / "slides.pdf", [0xFFFF0000, 0xFF00FF00])
    insert = Timed(Insert("slide", slides, page=2, place="right"), 1.0, 4.0)
    layers = draw_cut(cut_of(inserts=[insert], label=""), size, NOBODY, fonts)
    (layer,) = layers
    frame = grey(size)
    assert compose(frame, layers, 0.96) is frame
    assert compose(frame, layers, 4.0) is frame
    seen = compose(frame, layers, 2.0)
    left, top, right, bottom = layer.box.round_out()
    assert (right - left) / (bottom - top) == pytest.approx(16 / 9, rel=0.03)
    assert seen[bottom - 8, (left + right) // 2].tolist() == [0, 255, 0]
    corner = seen[top + (bottom - top) // 4, left + (right - left) // 5]
    assert corner.tolist() == [0, 0, 0]
    assert np.array_equal(seen[:, : left - 30], frame[:, : left - 30])


def test_what_is_wrong_with_an_insert_is_told(fonts, tmp_path):
    slides = write_slides(tmp_path / "slides.pdf", [0xFFFF0000])
    (tmp_path / "broken.pdf").write_bytes(b"no slides")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for insert, code in (
        (Insert("slide", slides, page=2), "slide_missing"),
        (Insert("slide", tmp_path / "none.pdf"), "slides_missing"),
        (Insert("slide", tmp_path / "broken.pdf"), "slides_unreadable"),
        (Insert("picture", tmp_path / "none.png"), "picture_missing"),
        (Insert("picture", tmp_path / "broken.png"), "picture_unreadable"),
    ):
        with pytest.raises(LikenessError) as error:
            draw_cut(cut_of(inserts=[Timed(insert, 0.0, 2.0)]), SIZES["16:9"], NOBODY, fonts)
        assert error.value.code == code


def test_a_slide_for_the_screen_is_a_picture_that_fits(tmp_path):
    slides = write_slides(tmp_path / "slides.pdf", [0xFF0000FF])
    path = slide_picture(Insert("slide", slides, place="screen"), (640, 480), tmp_path)
    with Image.open(path) as image:
        assert image.size == (640, 360)
        assert image.convert("RGB").getpixel((600, 300)) == (0, 0, 255)
    assert slide_picture(Insert("slide", slides, place="screen"), (640, 480), tmp_path) == path


def test_a_video_insert_goes_on_with_the_time(fonts, tmp_path):
    film = tmp_path / "film.mp4"
    with Encoder(film, "h264", (64, 36), FPS) as encoder:
        for number in range(20):
            encoder.write(np.full((36, 64, 3), 40 + number * 10, np.uint8))
    layers = draw_cut(cut_of(inserts=[Timed(Insert("video", film, place="left"), 1.0, 5.0)], label=""),
                      SIZES["16:9"], NOBODY, fonts)  # fmt: skip
    middle = layers[0].box
    x, y = round((middle.left + middle.right) / 2), round((middle.top + middle.bottom) / 2)
    for seconds, value in ((1.68, 40 + 17 * 10), (4.0, 230), (1.6, 40 + 15 * 10)):
        assert compose(grey(SIZES["16:9"]), layers, seconds)[y, x].mean() == pytest.approx(value, abs=4)


def test_logo_draft_and_empty_label(fonts, tmp_path):
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (300, 100), (255, 0, 0, 128)).save(logo)
    layers = draw_cut(cut_of(logo=logo, label="", is_draft=True), SIZES["16:9"], NOBODY, fonts)
    assert [layer.kind for layer in layers] == ["logo", "draft"]
    box = layers[0].box
    assert box.width / box.height == pytest.approx(3.0)
    seen = compose(grey(SIZES["16:9"]), layers[:1], 1.0)
    center = seen[round((box.top + box.bottom) / 2), round((box.left + box.right) / 2)]
    assert center[0] == pytest.approx(186, abs=12) and center[1] < 70
    drawn = np.abs(compose(grey(SIZES["16:9"]), layers[1:], 1.0).astype(int) - 128).max(axis=2) > 8
    rows, columns = np.nonzero(drawn)
    assert np.ptp(columns) > 0.5 * SIZES["16:9"][0] and np.ptp(rows) > 0.5 * SIZES["16:9"][1]


@formats
def test_every_text_goes_away_again(form, fonts):
    kinds = ("title", "lower_third", "bullet", "note")
    texts = [Timed(Text(kind, "Anna Lindqvist", "Research"), 1.0, 3.0) for kind in kinds]
    layers = draw_cut(cut_of(texts=texts, label=""), SIZES[form], NOBODY, fonts)
    frame = grey(SIZES[form])
    assert {layer.kind for layer in layers} == {"shade", "title", "lower_third", "bullet", "note"}
    assert compose(frame, layers, 0.96) is frame and compose(frame, layers, 3.0) is frame
    for layer in layers:
        assert not np.array_equal(compose(frame, [layer], 2.0), frame)
        assert np.abs(compose(frame, [layer], 2.96).astype(int) - frame).mean() < 0.6 * np.abs(
            compose(frame, [layer], 2.0).astype(int) - frame).mean()  # fmt: skip


def test_type_is_larger_where_pictures_are_tall():
    wide, tall = find_sizes(SIZES["16:9"]), find_sizes(SIZES["9:16"])
    for name in ("title", "name", "role", "bullet", "note", "caption", "label"):
        assert getattr(tall, name) > getattr(wide, name)


def test_the_label_is_in_the_language_of_the_film():
    assert label_text("en") == label_text("en-GB") == label_text("tlh") == "AI-generated"
    assert label_text("de-AT") == "KI-generiert"
    assert label_text("pt-BR") == "Gerado por IA"
    assert all(label_text(language) for language in ("ar", "zh-Hant", "ja", "hi"))


def test_bullets_build_at_their_times(fonts):
    texts = [Timed(Text("bullet", text), start, 6.0) for text, start in (("One", 0.5), ("Two", 1.5), ("Three", 2.5))]
    layers = draw_cut(cut_of(texts=texts, label=""), SIZES["16:9"], NOBODY, fonts)
    assert [layer.start for layer in layers] == pytest.approx([0.5, 1.5, 2.5], abs=FRAME)
    for first, second in itertools.pairwise(layers):
        assert first.box.bottom <= second.box.top
        assert first.box.left == second.box.left


def test_a_folder_without_fonts_is_told(tmp_path):
    fonts = find_fonts(tmp_path)
    assert "Blender's fonts cannot be used" in fonts.warnings[0]
    assert fonts.families == ["DejaVuSans"]
    assert Path(tmp_path).is_dir()


@pytest.mark.parametrize("form", ["9:16", "1:1", "4:5"])
def test_above_a_face_an_insert_leaves_one_line_to_captions_and_one_bullet_at_a_time(form, fonts, tmp_path):
    """So that slides stay large, and faces too."""
    size = SIZES[form]
    insert = Insert("slide", write_slides(tmp_path / "slides.pdf", [0xFFFFFFFF]), place="right")
    bullets = [Timed(Text("bullet", text), 1.0 + n, 6.0) for n, text in enumerate(("Short waves", "Far", "Wide"))]
    clear = clear_shares([insert], True, size, bullets, True)
    assert 1 - clear["bottom"] - clear["top"] > 0.15, "room for a face"
    face = faces_at((0.4, clear["top"] + 0.01, 0.6, 1 - clear["bottom"] - 0.01))
    layers = draw_cut(cut_of([say(ENGLISH)], bullets, [Timed(insert, 0.0, 6.0)]), size, face, fonts)
    (slide,), pages = _kind(layers, "insert"), _kind(layers, "caption")
    assert slide.box.width > 0.5 * size[0]
    style = find_sizes(size).caption * min(size)
    assert all(page.box.height < 2.2 * style for page in pages)
    shown = [[layer for layer in _kind(layers, "bullet") if layer.find_picture(at)] for at in (0.5, 1.5, 2.5, 3.5, 5.9)]
    assert [len(one) for one in shown] == [0, 1, 1, 1, 1]
    lows = {round(one.box.top) for one in _kind(layers, "bullet")}
    assert len(lows) == 1 and min(lows) >= slide.box.bottom
    (room,) = find_faces(face, size, FPS, 0.0, 6.0)
    assert all(one.box.overlap(room) == 0 for one in (*pages, *_kind(layers, "bullet"), slide))


@pytest.mark.parametrize("form", ["9:16", "1:1", "4:5"])
def test_below_an_insert_come_its_list_captions_and_the_face_with_the_label_beside_it(form, fonts, tmp_path):
    """So that bodies go on to the picture's foot, and nothing that has to be read is where phones draw."""
    size = SIZES[form]
    (left, top, right, bottom), (width, height) = safe_area(form), size
    insert = Insert("slide", write_slides(tmp_path / "slides.pdf", [0xFFFFFFFF]), place="right")
    for bullets in ([], [Timed(Text("bullet", "Short waves scatter"), 1.0, 6.0)]):
        clear = clear_shares([insert], True, size, bullets, True)
        low, middle = min(1 - clear["bottom"], bottom), (left + min(1 - clear["right"], right)) / 2
        half = 0.4 * (low - clear["top"]) * height / width  # of a face that is as large as there is room for
        face = faces_at((middle - half, clear["top"], middle + half, low))
        layers = draw_cut(cut_of([say(ENGLISH)], bullets, [Timed(insert, 0.0, 6.0)]), size, face, fonts)
        (slide,), (label,), pages = _kind(layers, "insert"), _kind(layers, "label"), _kind(layers, "caption")
        above = [one.box.bottom for one in _kind(layers, "bullet")] or [slide.box.bottom]
        assert all(max(above) <= page.box.top and page.box.bottom <= clear["top"] * height for page in pages)
        safe = Box(left * width, top * height, right * width, bottom * height).grow(1.0)
        assert label.box.overlap(safe) == pytest.approx(label.box.area)
        (room,) = find_faces(face, size, FPS, 0.0, 6.0)
        for other in (room, slide.box, *(page.box for page in pages)):
            assert label.box.overlap(other) == 0


def test_where_phones_cover_the_foot_captions_stand_above_the_head_and_other_texts_below_it(fonts):
    size = SIZES["9:16"]
    name, title = Text("lower_third", "Anna Lindqvist", "Research"), Text("title", "Light")
    texts = [Timed(name, 0.5, 3.0), Timed(title, 3.5, 6.0)]
    clear = clear_shares([], True, size, texts, True)
    assert 1 - clear["top"] - clear["bottom"] > 0.27, "room for a face"
    for top in (clear["top"], clear["top"] + 0.1):  # a large one, and a smaller one
        face = faces_at((0.3, top, 0.64, 1 - clear["bottom"]))
        layers = draw_cut(cut_of([say(ENGLISH)], texts), size, face, fonts)
        pages, (label,) = _kind(layers, "caption"), _kind(layers, "label")
        assert all(label.box.bottom <= page.box.top and page.box.bottom <= top * size[1] for page in pages)
        assert max(page.box.bottom for page in pages) > (top - 0.2) * size[1], "near the head"
        for layer in _kind(layers, "lower_third") + _kind(layers, "title"):
            assert layer.box.top >= (1 - clear["bottom"]) * size[1], layer.kind


def test_a_title_alone_stands_above_such_captions(fonts):
    size = SIZES["9:16"]
    texts = [Timed(Text("title", "For Ada"), 0.0, 2.6)]
    clear = clear_shares([], True, size, texts, True)
    assert 1 - clear["top"] - 0.22 > 0.33 and clear["bottom"] == 0.0, "room for a face, down to where phones draw"
    layers = draw_cut(cut_of([say(ENGLISH)], texts), size, faces_at((0.3, clear["top"], 0.64, 0.78)), fonts)
    pages, titles, (label,) = _kind(layers, "caption"), _kind(layers, "title"), _kind(layers, "label")
    assert label.box.bottom <= min(title.box.top for title in titles)
    assert max(title.box.bottom for title in titles) <= min(page.box.top for page in pages)
    assert max(page.box.bottom for page in pages) <= clear["top"] * size[1]


@formats
def test_a_list_stands_below_the_insert_and_hides_nothing_of_it(form, fonts, tmp_path):
    size = SIZES[form]
    insert = Insert("slide", write_slides(tmp_path / "slides.pdf", [0xFFFFFFFF]), place="left")
    bullets = [Timed(Text("bullet", text), 1.0 + n, 6.0) for n, text in enumerate(("Short waves", "Everywhere"))]
    clear = clear_shares([insert], True, size, bullets, True)
    face = faces_at((max(clear["left"], 0.2), clear["top"], 1 - clear["right"] - 0.1, 1 - clear["bottom"]))
    layers = draw_cut(cut_of([say(ENGLISH)], bullets, [Timed(insert, 0.0, 6.0)]), size, face, fonts)
    (slide,), listed = _kind(layers, "insert"), _kind(layers, "bullet")
    assert len(listed) == 2 and all(bullet.box.overlap(slide.box) == 0 for bullet in listed)
    assert all(bullet.box.top >= slide.box.bottom for bullet in listed)
    assert slide.box.width > {"16:9": 0.41, "9:16": 0.75, "1:1": 0.5, "4:5": 0.6}[form] * size[0], "it can be read"
    assert all(bullet.box.overlap(page.box) == 0 for bullet in listed for page in _kind(layers, "caption"))


def test_where_a_body_would_be_seen_to_end_a_shade_lies_over_it(fonts):
    size = SIZES["9:16"]
    face = faces_at((0.3, 0.3, 0.7, 0.55))
    assert not _kind(draw_cut(cut_of([say(ENGLISH)]), size, face, fonts), "shade")
    layers = draw_cut(cut_of([say(ENGLISH)]), size, replace(face, ends=0.2), fonts)
    assert layers[0].kind == "shade", "all else lies over it"
    seen = compose(np.full((size[1], size[0], 3), 200, np.uint8), layers[:1], 1.0)[:, 10, 0]
    assert seen[round(0.83 * size[1])] < 30 and seen[-1] < 30 and seen[round(0.6 * size[1])] == 200


def test_what_is_drawn_has_a_version_of_its_source_and_its_fonts(tmp_path):
    source, other = tmp_path / "a", tmp_path / "b"
    for folder, end in ((source, "\n"), (other, "\r\n")):
        folder.mkdir()
        (folder / "theme.py").write_bytes(f"INK = 1{end}".encode())
    assert digest_graphics(source) == digest_graphics(other)  # as Windows checks it out
    changed = tmp_path / "c"
    changed.mkdir()
    (changed / "theme.py").write_bytes(b"INK = 2\n")
    assert digest_graphics(changed) != digest_graphics(source) and len(digest_graphics()) == 16
    fonts = find_fonts()
    assert fonts.digest == find_fonts().digest
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "Inter.ttf").write_bytes(b"")
    assert Fonts(tmp_path / "fonts").digest != fonts.digest
