# SPDX-License-Identifier: GPL-3.0-or-later
"""From a plate to a segment: what is drawn over it, the fades, the invisible mark, and the encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.delivery import Encoder, find_codec, read_picture
from core.film.cache import Cache, file_digest
from core.film.cut import Cut, Faces, Timed
from core.graphics import Fonts, compose, digest_graphics, draw_cut
from core.progress import Progress
from core.storage import read_json, read_npz
from core.storyboard.storyboard import Delivery, Insert, Text
from core.trust.picture_mark import LEAST_SIDE, PictureMarker

FADE = 0.4  # seconds in which a picture comes out of the dark, or goes there


@dataclass(frozen=True)
class Style:
    """What holds for all segments of a film in one format. payload: of the mark, None for none."""

    form: str
    size: tuple[int, int]
    delivery: Delivery
    payload: int | None

    @property
    def segment(self) -> str:
        """What it is called in its entry."""
        return f"segment{find_codec(self.delivery.codec).suffix}"


def is_markable(delivery: Delivery, size: tuple[int, int]) -> bool:
    """Whether pictures can carry the mark: those of light and the smallest cannot."""
    return delivery.codec != "exr" and min(size) >= LEAST_SIDE


def make_segment(
    cache: Cache, cut: Cut, plate: Path, style: Style, fades: tuple[bool, bool], fonts: Fonts, progress: Progress
) -> tuple[Path, bool]:
    """The segment of a shot, and whether it was made now. fades: whether it comes out of, and goes into the dark.

    Raises LikenessError as `draw_cut`, `read_picture` and `Encoder` do.
    """
    delivery = style.delivery
    told = tell_cut(cut)
    of = {
        "plate": plate.name,
        "cut": told,
        "format": style.form,
        "codec": [delivery.codec, delivery.quality, delivery.alpha],
        "mark": style.payload,
        "fades": list(fades),
        # Letters that our fonts lack are drawn with whatever this computer has.
        "drawn": [digest_graphics(), fonts.digest, *fonts.borrowed(json.dumps(told, ensure_ascii=False))],
    }

    def write(folder: Path) -> None:
        faces = read_faces(plate)
        faces = replace(faces, ends=0.0) if delivery.alpha else faces  # nothing hides what is see-through
        layers = draw_cut(cut, style.size, faces, fonts)
        marker = PictureMarker(style.size, style.payload) if style.payload is not None else None
        path = folder / style.segment
        with Encoder(path, delivery.codec, style.size, cut.fps, delivery.alpha, delivery.quality) as film:
            for number in range(cut.frames):
                progress(number / cut.frames, f"Drawing frame {number + 1} of {cut.frames}")
                frame = compose(read_plate(plate, number, delivery), layers, number / cut.fps)
                frame = fade(frame, number, cut.frames, round(FADE * cut.fps), fades)
                film.write(marker.mark(frame) if marker is not None else frame)

    folder, was_made = cache.make("segment", of, write, progress)
    return folder / style.segment, was_made


def tell_cut(cut: Cut) -> dict[str, Any]:
    """All of a cut that is seen, as plain JSON with contents in the place of paths."""
    texts = [[one.what.kind, one.what.text, one.what.second, _times(one)] for one in cut.texts]
    # Where an insert is on the set's screen it is part of the plate.
    inserts = [
        [one.what.kind, file_digest(one.what.file), one.what.page, one.what.place, _times(one)] for one in cut.inserts
    ]
    captions = [
        [
            one.language,
            [[word.text, round(word.start, 4), round(word.end, 4)] for word in one.words],
            [[caption.lines, round(caption.start, 4), round(caption.end, 4)] for caption in one.captions],
        ]
        for one in cut.said
    ]  # fmt: skip
    return {
        "frames": cut.frames,
        "fps": cut.fps,
        "texts": texts,
        "inserts": inserts,
        "captions": captions if cut.burned else [],
        "language": cut.said[0].language if cut.said else "",
        "label": cut.label,
        "logo": file_digest(cut.logo) if cut.logo is not None else "",
        "draft": cut.is_draft,
    }


def read_faces(plate: Path) -> Faces:
    """Where faces are in a plate."""
    path, told = plate / "faces.npz", plate / "plate.json"
    ends = float(read_json(told).get("ends", 0.0)) if told.is_file() else 0.0
    return Faces(read_npz(path) if path.is_file() else {}, ends)


def read_plate(plate: Path, number: int, delivery: Delivery) -> np.ndarray:
    """A frame of a plate, counted from 0, with as many channels as are delivered."""
    frame = read_picture(plate / f"{number + 1:06}.{'exr' if delivery.codec == 'exr' else 'png'}")
    if delivery.alpha and frame.shape[2] == 3:
        opaque = np.full((*frame.shape[:2], 1), 255 if frame.dtype == np.uint8 else 1, frame.dtype)
        return np.concatenate((frame, opaque), axis=2)
    return frame if delivery.alpha else np.ascontiguousarray(frame[..., :3])


def fade(frame: np.ndarray, number: int, frames: int, count: int, fades: tuple[bool, bool]) -> np.ndarray:
    """The frame as far as it is out of the dark."""
    count = min(count, frames // 3)
    steps = [number + 1] if fades[0] and number < count else []
    steps += [frames - number] if fades[1] and frames - number <= count else []
    if not steps:
        return frame
    share = 0.5 - 0.5 * np.cos(np.pi * min(steps) / (count + 1))
    faded = frame.astype(np.float32) * np.float32(share)
    return (faded + 0.5).astype(np.uint8) if frame.dtype == np.uint8 else faded


def _times(one: Timed[Insert] | Timed[Text]) -> list[float]:
    return [round(one.start, 4), round(one.end, 4)]


def find_fades(transitions: Sequence[str]) -> list[tuple[bool, bool]]:
    """Of each shot, by its transition and the next one's."""
    following = [*transitions[1:], "cut"]
    return [(into == "fade", out == "fade") for into, out in zip(transitions, following, strict=True)]


