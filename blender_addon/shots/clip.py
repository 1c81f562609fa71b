# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip of the artist's own scene: rendered here, then labelled, marked, encoded and signed by the core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from ..engine import jobs
from ..engine.process import Failed, Progressed
from ..rig.assemble import is_rig
from ..stage.plan import RenderPlan
from ..stage.render import picture_steps, room_beside
from ..stage.sound import mix_sound
from .faces import HEAD, JAW, HeadShape, measure_head

RENDERED = 0.9  # of the whole, when all frames are rendered
NOWHERE = (np.nan,) * 4

Ask = Callable[[str, Mapping[str, Any]], jobs.Step]


def signed_clip_steps(
    scene: bpy.types.Scene, out: Path, plan: RenderPlan, asked: Mapping[str, Any], ask: Ask
) -> Iterator[tuple[float, str]]:
    """Render a scene's frames and sound, and let the core finish them into an MP4; for a timer.

    asked: params of the core's ``finish_clip``, but for files and rate. ask: `jobs.ask`. Closing the generator cancels:
    nothing is left behind, and a file that was there stays.

    Raises LikenessError as `picture_steps`, and as the core does.
    """
    rigs = {obj.name: measure_head(obj) for obj in scene.objects if is_rig(obj)}
    seen: dict[str, list[Sequence[float]]] = {name: [] for name in rigs}

    def look() -> None:
        for name, shape in rigs.items():
            seen[name].append(find_face(scene, scene.objects[name], shape))

    with room_beside(out) as room:
        for fraction, text in picture_steps(scene, room, plan, look):
            yield RENDERED * fraction, text
        np.savez(room / "faces.npz", **{name: np.array(found, np.float32) for name, found in seen.items()})
        sound = mix_sound(scene, room / "sound.wav")
        render = scene.render
        files = {"pictures": str(room), "sound": str(sound) if sound is not None else None, "out": str(out)}
        rate = render.fps / (render.fps_base * scene.frame_step)
        yield from _follow(ask("finish_clip", {**asked, **files, "fps": rate}))


def find_face(scene: bpy.types.Scene, armature: bpy.types.Object, shape: HeadShape) -> Sequence[float]:
    """Left, top, right, bottom of a face in the camera's picture as it stands, as shares; not numbers where unseen."""
    graph = scene.view_layers[0].depsgraph
    posed, camera = armature.evaluated_get(graph), scene.camera.evaluated_get(graph)
    bone = posed.pose.bones[HEAD]
    place = np.array(posed.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted())
    rest = shape.face + min(max(float(posed.get(JAW, 0.0)), 0.0), 1.5) * shape.jaw
    points = rest @ place[:3, :3].T + place[:3, 3]
    shares = np.array([world_to_camera_view(scene, camera, Vector(point)) for point in points])
    if shares[:, 2].min() <= 0.0:
        return NOWHERE
    left, right = shares[:, 0].min(), shares[:, 0].max()
    top, bottom = 1.0 - shares[:, 1].max(), 1.0 - shares[:, 1].min()
    if left >= 1.0 or right <= 0.0 or top >= 1.0 or bottom <= 0.0:
        return NOWHERE
    return tuple(float(np.clip(share, 0.0, 1.0)) for share in (left, top, right, bottom))


def _follow(step: jobs.Step) -> Iterator[tuple[float, str]]:
    """A step of the core within other steps."""
    told = [(RENDERED, "")]

    def take(event: object) -> None:
        if isinstance(event, Progressed):
            told.append((RENDERED + (1.0 - RENDERED) * event.fraction, event.text))

    work = step.begin(take)
    try:
        while work.outcome is None:
            work.poll()
            yield told[-1]
        if isinstance(work.outcome, Failed):
            raise work.outcome.error
    finally:
        if work.outcome is None:
            work.cancel()
