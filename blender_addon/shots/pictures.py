# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a shot: rendered one by one, each written whole, those that are there kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bpy

from ..errors import LikenessError
from ..stage.plan import RenderPlan
from ..stage.settings import planned
from ..words import tell
from .request import Request

Progress = Callable[[float, str], None]
FIRST = 1


def render_pictures(scene: bpy.types.Scene, request: Request, plan: RenderPlan, out: Path, progress: Progress) -> int:
    """Render a shot's frames into ``000001.png`` and on; returns how many were rendered now.

    Raises LikenessError: ``render_failed``, ``output_unwritable``.
    """
    missing = [n for n in range(FIRST, FIRST + request.frames) if not picture_path(out, n, request.file).is_file()]
    with planned(scene, plan):
        for done, number in enumerate(missing, 1):
            scene.frame_set(number)
            _render(scene, picture_path(out, number, request.file))
            progress(done / len(missing), tell("Rendered frame {done} of {count}", done=done, count=len(missing)))
    return len(missing)


def picture_path(out: Path, number: int, file: str) -> Path:
    """The file of a shot's frame, which count from 1."""
    return out / f"{number:06d}.{file}"


def _render(scene: bpy.types.Scene, path: Path) -> None:
    """One frame, under another name until it is whole."""
    half = path.with_name(f".{path.stem}.half{path.suffix}")
    scene.render.filepath = str(half)
    try:
        with bpy.context.temp_override(scene=scene):
            bpy.ops.render.render(write_still=True)
        os.replace(half, path)
    except (RuntimeError, OSError) as error:
        raise LikenessError(
            "render_failed",
            tell("Blender could not render a picture: {error}.", error=error),
            "Look for room on the disk, and try another render engine.",
        ) from error
