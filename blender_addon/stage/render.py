# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering, picture by picture: between two of them the work can be shown, cancelled and continued by a timer.

`shots/clip.py` has what becomes of a clip's pictures.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import bpy

from ..errors import LikenessError
from ..words import tell
from .plan import RenderPlan
from .settings import planned


def render_still(scene: bpy.types.Scene, out: Path, plan: RenderPlan, camera: bpy.types.Object | None = None) -> Path:
    """Render the current frame into a PNG file.

    Raises LikenessError: ``camera_missing``, ``output_unwritable``, ``render_failed``.
    """
    _check_camera(scene, camera)
    out = Path(out)
    with room_beside(out) as room, planned(scene, plan), _seen_by(scene, camera):
        _render_frame(scene, room / "still.png")
        os.replace(room / "still.png", out)
    return out


def frames_of(scene: bpy.types.Scene) -> range:
    """The frames of a clip."""
    return range(scene.frame_start, scene.frame_end + 1, scene.frame_step)


def picture_steps(
    scene: bpy.types.Scene, room: Path, plan: RenderPlan, look: Callable[[], None] = lambda: None
) -> Iterator[tuple[float, str]]:
    """Render a scene's frames into ``000001.png`` and on, one at a step; yields (fraction done, text) after each.

    look: called while the scene stands at each frame. Closing the generator gives the scene's settings back.
    Raises LikenessError: ``camera_missing``, ``render_failed``.
    """
    _check_camera(scene, None)
    frames, before = frames_of(scene), scene.frame_current
    with ExitStack() as stack:
        stack.callback(scene.frame_set, before)
        stack.enter_context(planned(scene, plan))
        for done, frame in enumerate(frames, 1):
            scene.frame_set(frame)
            look()
            _render_frame(scene, room / f"{done:06d}.png")
            yield done / len(frames), tell("Rendered frame {done} of {count}", done=done, count=len(frames))


def _render_frame(scene: bpy.types.Scene, path: Path) -> None:
    scene.render.filepath = str(path)
    try:
        # Not render(scene=...): that renders the frame at which the scene in the window stands (4.5, 5.2).
        with bpy.context.temp_override(scene=scene):
            bpy.ops.render.render(write_still=True)
    except RuntimeError as error:
        raise LikenessError(
            "render_failed",
            tell("Blender could not render a picture: {error}.", error=error),
            "Try another render engine.",
        ) from error
    if not path.is_file():
        raise LikenessError(
            "render_failed",
            tell("Blender wrote no picture for frame {frame_current}.", frame_current=scene.frame_current),
            "Look for room on the disk, and try another render engine.",
        )


def _check_camera(scene: bpy.types.Scene, camera: bpy.types.Object | None) -> None:
    if camera is None and scene.camera is None:
        raise LikenessError("camera_missing", "The scene has no camera.", "Build the studio, or add a camera.")


@contextmanager
def _seen_by(scene: bpy.types.Scene, camera: bpy.types.Object | None) -> Iterator[None]:
    before = scene.camera
    scene.camera = camera or before
    try:
        yield
    finally:
        scene.camera = before


@contextmanager
def room_beside(out: Path) -> Iterator[Path]:
    """A folder beside the target for what is not finished; gone afterwards, whatever happens."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{out.stem}.", dir=out.parent))
    except OSError as error:
        raise LikenessError(
            "output_unwritable",
            tell("The folder {parent} cannot be written to: {reason}.", parent=out.parent, reason=error.strerror),
            "Choose a folder that you may write to.",
        ) from error
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
