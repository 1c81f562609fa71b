# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a picture changes from frame to frame where nothing moves.

Measured in OpenEXR with sRGB's curve: in pictures of 8 bits a change is 0 or 1, and one of 0.01 counts as 1 where it
lies at the border between two steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import imageio.v3
import numpy as np
from summary import Row

from core.colour import encode_srgb
from core.delivery.sequence import read_picture
from core.film.blender import Blender
from core.film.segments import read_faces
from core.progress import silent

STILL = 0.5  # of 255
PERCENTILE = 99.9  # of a picture's pixels
SEEN = 0.5  # of 255: where the cut out picture shows somebody
SPREAD = 0.04  # of the picture's height: as far from somebody as their shadow moves


def measure_flicker(
    shot: Path, out: Path, blender: Path, engine: str, size: tuple[int, int], frames: int, samples: int
) -> Iterator[Row]:
    """A still avatar, then a performing one outside of where it moves."""
    asked = json.loads(shot.read_text(encoding="utf-8"))
    asked |= {"engine": engine, "size": list(size), "frames": frames, "samples": samples, "file": "exr"}
    still = [{**one, "takes": []} for one in asked["performers"]]
    renderer = Blender(blender)
    try:
        pictures, _ = _render(renderer, {**asked, "performers": still}, out / f"still_{engine}")
        yield from _tell(f"flicker, {engine}, still avatar", pictures, np.ones(pictures[0].shape[:2], bool))
        pictures, faces = _render(renderer, asked, out / f"moving_{engine}")
        cut_out, _ = _render(renderer, {**asked, "alpha": True}, out / f"alpha_{engine}")
        elsewhere = ~_moving_parts(cut_out, faces)
        print(f"{engine}: {elsewhere.mean():.0%} of the picture is beside the performer", flush=True)
        shown = np.where(elsewhere[..., None], pictures[0], 0).astype(np.uint8)
        imageio.v3.imwrite(out / f"elsewhere_{engine}.png", shown)
        yield from _tell(f"flicker, {engine}, beside a performing avatar", pictures, elsewhere)
        *_, moving = _tell(f"{engine}: what a performing avatar itself changes", pictures, ~elsewhere)
        yield replace(moving, bar=None)
    finally:
        renderer.close()


def _render(renderer: Blender, request: dict, out: Path) -> tuple[list[np.ndarray], Path]:
    """The frames of a request, sRGB (H, W, 3 or 4) of 255, and their folder."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "shot.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    renderer.render(path, out, silent)
    frames = [read_picture(out / f"{number + 1:06}.exr") for number in range(request["frames"])]
    return [np.dstack([255 * encode_srgb(frame[..., :3]), 255 * frame[..., 3:]]) for frame in frames], out


def _moving_parts(cut_out: Sequence[np.ndarray], faces: Path) -> np.ndarray:
    """(H, W): where somebody is in any frame, and around them; and the boxes of their faces."""
    height, width = cut_out[0].shape[:2]
    moving = np.max([picture[..., 3] for picture in cut_out], axis=0) >= SEEN
    for boxes in read_faces(faces).boxes.values():
        for left, top, right, bottom in boxes[~np.isnan(boxes).any(axis=1)]:
            moving[int(top * height) : int(bottom * height) + 1, int(left * width) : int(right * width) + 1] = True
    reach = 2 * round(SPREAD * height) + 1
    return cv2.dilate(moving.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0


def _tell(what: str, pictures: Sequence[np.ndarray], where: np.ndarray) -> Iterator[Row]:
    """The largest mean and the largest percentile of the differences between two frames."""
    stack = np.stack([picture[..., :3] for picture in pictures])
    apart = np.abs(np.diff(stack, axis=0))[:, where]
    yield Row(f"{what}: mean (of 255)", float(apart.mean(axis=(1, 2)).max()), STILL, at_most=True)
    highest = max(float(np.percentile(one, PERCENTILE)) for one in apart)
    yield Row(f"{what}: {PERCENTILE}th percentile (of 255)", highest, STILL, at_most=True)
