# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a shot: rendered one by one, each written whole, those that are there kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bpy

from .. import compat
from ..errors import LikenessError
from ..stage.plan import RenderPlan
from ..stage.settings import planned
from ..words import tell
from .holding import held
from .request import Request

Progress = Callable[[float, str], None]
FIRST = 1
# Kind of file -> Blender's format, and bits a channel.
FILES = {"png": ("PNG", "8"), "exr": ("OPEN_EXR", "16")}
SHUTTER = 0.5  # of a frame's time that it is open, as film cameras have it
BLUR_STEPS = 4  # of EEVEE


def render_pictures(
    scene: bpy.types.Scene, request: Request, plan: RenderPlan, out: Path, transparent: bool, progress: Progress
) -> int:
    """Render a shot's frames into ``000001.png`` and on; returns how many were rendered now.

    transparent: nothing is rendered behind. Raises LikenessError ``render_failed``.
    """

    def wait() -> None:
        progress(0.0, "Waiting for another Blender that renders the same")

    with held(out, wait), planned(scene, plan):
        missing = [n for n in range(FIRST, FIRST + request.frames) if not picture_path(out, n, request.file).is_file()]
        progress(0.0, tell("Rendered frame {done} of {count}", done=0, count=len(missing)))
        _set_output(scene, request, plan, transparent)
        for done, number in enumerate(missing, 1):
            scene.frame_set(number)
            _render(scene, picture_path(out, number, request.file))
            progress(done / len(missing), tell("Rendered frame {done} of {count}", done=done, count=len(missing)))
    return len(missing)


def _set_output(scene: bpy.types.Scene, request: Request, plan: RenderPlan, transparent: bool) -> None:
    """Alpha, files and motion blur. Blender writes alpha straight into PNG and multiplied into EXR, as both want it."""
    render, settings = scene.render, scene.render.image_settings
    render.film_transparent, render.use_compositing = transparent, True
    kind, depth = FILES[request.file]
    for name, value in compat.picture_settings(kind).items():
        setattr(settings, name, value)
    settings.color_mode, settings.color_depth = "RGBA" if request.alpha else "RGB", depth
    if request.file == "exr":
        settings.exr_codec = "ZIP"
    render.use_motion_blur = request.motion_blur and plan.engine != "workbench"
    render.motion_blur_shutter = SHUTTER
    scene.eevee.motion_blur_steps = BLUR_STEPS
    scene.cycles.seed = request.seed


def picture_path(out: Path, number: int, file: str) -> Path:
    """The file of a shot's frame, which count from 1."""
    return out / f"{number:06d}.{file}"


def _render(scene: bpy.types.Scene, path: Path) -> None:
    """One frame, under another name, which is this process's own, until it is whole."""
    half = path.with_name(f".{path.stem}.{os.getpid()}.half{path.suffix}")
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
