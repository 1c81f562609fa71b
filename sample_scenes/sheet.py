# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture to judge an avatar and its clip by: labelled stills, and frames of the clip in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import blf
import bpy
import imbuf
import numpy as np

from blender_addon import compat

COLUMNS = 3  # of stills
FRAME_COLUMNS = 6  # of clip frames
GAP = 6
PAPER = 24  # grey of the gaps, 0..255


@dataclass(frozen=True)
class Picture:
    """pixels: (H, W, 3) uint8 sRGB, row 0 at the top; label: what it shows."""

    label: str
    pixels: np.ndarray


def read_picture(path: Path, label: str) -> Picture:
    """Read an image file through Blender, with its values as stored."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        width, height = image.size
        values = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(image)
    rows = values.reshape(height, width, -1)[::-1, :, :3]
    return Picture(label, np.round(rows * 255).astype(np.uint8))


def read_frames(clip: Path, count: int, width: int, room: Path) -> list[Picture]:
    """``count`` frames of a video, evenly spread, scaled to a width: decoded from the file that people get.

    room: a folder for what is not kept.
    """
    movie = bpy.data.movieclips.load(str(clip))
    length, fps, (across, down) = movie.frame_duration, movie.fps, movie.size
    bpy.data.movieclips.remove(movie)
    scene = bpy.data.scenes.new("Sheet")
    pictures = []
    try:
        render = scene.render
        render.resolution_x, render.resolution_y = width, max(round(width * down / across), 1)
        render.resolution_percentage = 100
        scene.view_settings.view_transform = "Standard"
        strips = compat.editor_strips(scene.sequence_editor_create())
        strips.new_movie("clip", str(clip), channel=1, frame_start=1, fit_method="FIT")
        for index in np.linspace(0, length - 1, count).round().astype(int).tolist():
            scene.frame_set(1 + index)
            render.filepath = str(room / f"frame{index}.png")
            with bpy.context.temp_override(scene=scene):
                bpy.ops.render.render(write_still=True)
            pictures.append(read_picture(Path(render.filepath), f"{index / fps:.2f} s"))
    finally:
        bpy.data.scenes.remove(scene)
    return pictures


def write_sheet(stills: Sequence[Picture], frames: Sequence[Picture], out: Path) -> None:
    """Lay the stills in rows of `COLUMNS` and the frames in rows of `FRAME_COLUMNS`, labelled, into a PNG."""
    placed: list[tuple[int, int, Picture]] = []
    top = GAP
    for pictures, columns in ((stills, COLUMNS), (frames, FRAME_COLUMNS)):
        top = _place(pictures, columns, top, placed)
    width = max(left + picture.pixels.shape[1] for left, _, picture in placed) + GAP
    sheet = np.full((top, width, 3), PAPER, dtype=np.uint8)
    for left, upper, picture in placed:
        height, across = picture.pixels.shape[:2]
        sheet[upper : upper + height, left : left + across] = picture.pixels
    _write_picture(sheet, out)
    _write_labels(placed, top, out)


def _place(pictures: Sequence[Picture], columns: int, top: int, placed: list[tuple[int, int, Picture]]) -> int:
    """Add (left, top, picture) in rows; returns where the next row begins."""
    for start in range(0, len(pictures), columns):
        row = pictures[start : start + columns]
        left = GAP
        for picture in row:
            placed.append((left, top, picture))
            left += picture.pixels.shape[1] + GAP
        top += max(picture.pixels.shape[0] for picture in row) + GAP
    return top


def _write_picture(pixels: np.ndarray, out: Path) -> None:
    height, width = pixels.shape[:2]
    image = bpy.data.images.new("Sheet", width, height, alpha=False)
    try:
        values = np.ones((height, width, 4), dtype=np.float32)
        values[..., :3] = pixels[::-1] / np.float32(255)
        image.pixels.foreach_set(values.ravel())
        image.filepath_raw, image.file_format = str(out), "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)


def _write_labels(placed: Sequence[tuple[int, int, Picture]], height: int, out: Path) -> None:
    """Write each picture's label into its lower left corner, white on a soft shadow."""
    image = imbuf.load(str(out))
    font = 0
    blf.enable(font, blf.SHADOW)
    blf.shadow(font, 5, 0.0, 0.0, 0.0, 1.0)
    blf.color(font, 1.0, 1.0, 1.0, 1.0)
    with blf.bind_imbuf(font, image):
        for left, upper, picture in placed:
            down, across = picture.pixels.shape[:2]
            blf.size(font, max(11, across // 22))
            blf.position(font, left + across * 0.03, height - upper - down * 0.975, 0)
            blf.draw_buffer(font, picture.label)
    blf.disable(font, blf.SHADOW)
    imbuf.write(image, filepath=str(out))
    image.free()
