# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering: frame by frame into pictures, then the pictures and the voice into one mp4.

Pictures first, because between two of them the work can be shown, cancelled and continued by a timer, and
because a file that exists stays whole until the new one is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bpy

from ..errors import LikenessError
from ..words import tell
from .encode import encode_clip
from .marking import find_consents, mark_clip
from .plan import RenderPlan
from .settings import planned

Progress = Callable[[float, str], None]
# Encoding takes about this share of a clip's time.
ENCODING_SHARE = 0.02


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


def render_clip(
    scene: bpy.types.Scene, out: Path, plan: RenderPlan, progress: Progress = lambda fraction, text: None
) -> Path:
    """Render the scene's frame range with its sound into an mp4 (H.264 and AAC).

    progress may raise `Cancelled` between frames; a file that was there before then stays as it was.

    Raises LikenessError: ``camera_missing``, ``output_unwritable``, ``render_failed``.
    """
    steps = _clip_steps(scene, out, plan)
    try:
        for fraction, text in steps:
            progress(fraction, text)
    finally:
        steps.close()
    return Path(out)


def _clip_steps(scene: bpy.types.Scene, out: Path, plan: RenderPlan) -> Iterator[tuple[float, str]]:
    """`render_clip` as steps of one frame each, for a timer; yields (fraction done, text) after each.

    Closing the generator cancels: the scene's settings come back and nothing is left behind.
    """
    out = Path(out)
    consents = find_consents(scene)
    with room_beside(out) as room:
        for fraction, text in picture_steps(scene, room, plan):
            yield (1 - ENCODING_SHARE) * fraction, text
        encode_clip(scene, room, len(frames_of(scene)), plan, room / "clip.mp4")
        _mark(room / "clip.mp4", consents)
        os.replace(room / "clip.mp4", out)
        yield 1.0, tell("Wrote {name}", name=out.name)


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


def _mark(clip: Path, consents: list[dict[str, Any]]) -> None:
    try:
        mark_clip(clip, consents)
    except OSError as error:
        raise LikenessError(
            "output_unwritable",
            tell("The clip could not be marked as synthetic: {error}.", error=error),
            "Look for room on the disk.",
        ) from error


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
