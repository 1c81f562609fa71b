# SPDX-License-Identifier: GPL-3.0-or-later
"""A film of a storyboard of three shots: how long it takes, what a changed sentence costs, and whether it is right in
each format."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import imageio.v3
import numpy as np
from summary import Row

from core.delivery.formats import FORMATS, picture_size, safe_area
from core.film.film import Film, FilmOptions
from core.film.make import make_film
from core.film.segments import read_faces
from core.graphics import draw_cut, find_fonts
from core.trust.verify import verify_file

SLACK = 5.0  # seconds that a changed sentence may cost beyond its shot's share
LATE = 0.04  # seconds that a caption may be off
EDGE = 2e-3  # of the picture: less than a pixel
BYTES = 12  # that are changed, one at a time
CHANGED = "Hello"  # the shot whose sentence is changed
BOARD = """---
title: Made to be measured
performers:
  demo: {{avatar: demo.avatar, caption: Somebody synthetic}}
size: {size}
fps: {fps}
captions: burned, files
---
# Beginning
## Hello
camera: medium
{sentence}
## Chart
camera: over slide
picture: chart.png, right
Here is one chart.
# End
## Goodbye
camera: close-up, push in
Goodbye then.
"""
SENTENCES = ("Hello, nobody made me by hand.", "Hello, a computer has made me.")


def write_board(out: Path, avatar: Path, size: str, fps: int, sentence: str = SENTENCES[0]) -> Path:
    """``film.md`` in a folder, and what it names."""
    out.mkdir(parents=True, exist_ok=True)
    if avatar.resolve() != (out / "demo.avatar").resolve() and not (out / "demo.avatar").is_dir():
        shutil.copytree(avatar, out / "demo.avatar")
    chart = np.full((360, 480, 3), 245, np.uint8)
    for number, height in enumerate((90, 160, 250)):
        cv2.rectangle(chart, (80 + number * 120, 320 - height), (150 + number * 120, 320), (60, 110, 190), -1)
    imageio.v3.imwrite(out / "chart.png", chart)
    board = out / "film.md"
    board.write_text(BOARD.format(size=size, fps=fps, sentence=sentence), encoding="utf-8")
    return board


def draft(blender: Path, size: str, **options: object) -> FilmOptions:
    """What a film of the bench is made with."""
    return replace(FilmOptions(quality="draft", size=size, blender=blender), **options)


def measure_times(folder: Path, avatar: Path, blender: Path, size: str, fps: int) -> tuple[list[Row], Film]:
    """From a storyboard to a clip, again with nothing changed, and again with one sentence changed; the first film."""
    options = draft(blender, size)
    board = write_board(folder, avatar, size, fps)
    first = make_film(board, folder, options)
    same = make_film(board, folder, options)
    write_board(folder, avatar, size, fps, SENTENCES[1])
    second = make_film(board, folder, options)
    frames = {cut.shot.name: cut.frames for cut in second.cuts}
    share = frames[CHANGED] / sum(frames.values()) * first.seconds
    others = [name for name in second.made if name not in ("", CHANGED)]
    print(f"first run {first.seconds:.1f} s, nothing changed {same.seconds:.1f} s, a sentence changed "
          f"{second.seconds:.1f} s; its share is {share:.1f} s; made {dict(second.made)}", flush=True)  # fmt: skip
    return [
        Row(f"seconds per second of clip (draft, {size}, {fps} fps)", first.seconds / first.duration),
        Row("seconds of a run in which nothing changed", same.seconds),
        Row("shots made in a run in which nothing changed", len(same.made), 0, at_most=True),
        Row("seconds after a changed sentence, beyond its shot's share", second.seconds - share, SLACK, at_most=True),
        Row("other shots made after a changed sentence", len(others), 0, at_most=True),
        Row("the changed shot was made (1)", float(CHANGED in second.made), 1),
    ], first


def measure_formats(folder: Path, blender: Path, size: str) -> Iterator[Row]:
    """Faces and captions of the same film in all formats, and what is said of a film with a byte changed."""
    began = time.monotonic()
    film = make_film(folder / "film.md", folder, draft(blender, size, formats=tuple(FORMATS)))
    print(f"all formats: {time.monotonic() - began:.1f} s; {film.warnings}", flush=True)
    for form in FORMATS:
        yield Row(f"{form}: share of frames with the face in the safe area", share_inside(film, form), 1)
    for form in FORMATS:
        yield Row(f"{form}: burned captions, latest after or before their word (s)",
                  find_lateness(film, form, size), LATE, at_most=True)  # fmt: skip
    yield Row("caption files: latest after or before their words (s)", find_file_lateness(film), LATE, at_most=True)
    path = next(path for path in film.files if path.name in film.verified)
    yield Row("delivered films that are intact", share_intact(film), 1)
    yield Row(f"share of {BYTES} changed bytes that are reported", share_noticed(path), 1)


def share_inside(film: Film, form: str) -> float:
    """Of all frames of all shots; a face that is not seen is outside."""
    left, top, right, bottom = safe_area(form)
    inside = []
    for plate in film.plates[form]:
        for boxes in read_faces(plate).boxes.values():
            within = (boxes[:, :2] >= (left - EDGE, top - EDGE)) & (boxes[:, 2:] <= (right + EDGE, bottom + EDGE))
            inside.append(within.all(axis=1))
    return float(np.mean(np.concatenate(inside)))


def find_lateness(film: Film, form: str, size: str) -> float:
    """The largest distance, seconds, of a word's mark in the picture from the word, and of a word from its mark.

    A word that is over within a frame may have none.
    """
    fonts, worst = find_fonts(), 0.0
    for cut, plate in zip(film.cuts, film.plates[form], strict=True):
        layers = draw_cut(cut, picture_size(form, size), read_faces(plate), fonts)
        marks = sorted(layer.start for layer in layers if layer.kind == "caption_word")
        pages = [layer.start for layer in layers if layer.kind == "caption"]
        spoken = [word for said in cut.said for word in said.words]
        words = [word.start for word in spoken]
        seen = [word.start for word in spoken if word.end - word.start >= 1 / cut.fps]
        if not len(seen) <= len(marks) <= len(words):
            return float("nan")
        worst = max([worst, *(min(abs(mark - word) for word in words) for mark in marks)])
        worst = max([worst, *(min(abs(mark - word) for mark in marks) for word in seen)])
        worst = max([worst, *(min(abs(page - word) for word in words) for page in pages)])
    return worst


def find_file_lateness(film: Film) -> float:
    """The largest distance, seconds, of a caption of the WebVTT file from its first word."""
    texts = [path for path in film.files if path.suffix == ".vtt"]
    begins = [_seconds(line.split(" --> ")[0]) for line in texts[0].read_text(encoding="utf-8").splitlines()
              if " --> " in line]  # fmt: skip
    words, first = [], 0.0
    for cut in film.cuts:
        words += [first + word.start for said in cut.said for word in said.words]
        first += cut.frames / cut.fps
    return max(min(abs(begin - word) for word in words) for begin in begins)


def _seconds(told: str) -> float:
    return sum(float(part) * unit for part, unit in zip(reversed(told.strip().split(":")), (1, 60, 3600), strict=False))


def share_intact(film: Film) -> float:
    """Of the films, when they are looked at again."""
    paths = [path for path in film.files if path.name in film.verified]
    return float(np.mean([verify_file(path).state == "intact" for path in paths]))


def share_noticed(path: Path, seed: int = 9) -> float:
    """Of bytes anywhere in the film that are changed, one at a time."""
    whole, noticed = path.read_bytes(), []
    places: Sequence[int] = random.Random(seed).sample(range(len(whole)), BYTES)
    for place in places:
        copy = path.with_name(f"changed{path.suffix}")
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        noticed.append(verify_file(copy, marks=False).state == "altered")
        copy.unlink()
    return float(np.mean(noticed))
