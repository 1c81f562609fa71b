# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig really shows over a take, as the file ``motion.npz`` that the core measures (docs/architecture.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import bpy
import numpy as np

from ..exchange.motion import capture_samples
from ..exchange.sampling import Samples, join_samples, require_shown, sample_rig
from ..rig.assemble import rig_parts
from ..rig.manual import channel_names
from ..words import tell

CHUNK_SECONDS = 0.03  # of Blender's time at once
APART = "likeness_look"  # custom property of the scene in which frames are looked at
HEAD = "head"  # the mesh that has lips
_cost = 0.003  # seconds a frame, as last measured

# A context with the scene, and the rig in it; found again for every chunk.
Place = Callable[[], AbstractContextManager[tuple[bpy.types.Context, bpy.types.Object]]]


def expected_seconds(first: int, last: int) -> float:
    """How long sampling these frames will take, by how long it took before."""
    return (last - first + 1) * _cost


def sample_motion(place: Place, first: int, last: int, path: Path) -> Iterator[tuple[float, str]]:
    """Sample whole frames first..last and write them; a step of `jobs.walk` in small chunks. The scene is not touched.

    Raises LikenessError ``rig_hidden`` and what ``place`` raises.
    """
    global _cost
    frames = np.arange(first, max(last, first + 1) + 1, dtype=np.float64)
    parts: list[Samples] = []
    done, spent = 0, 0.0
    with place() as (context, armature):
        require_shown(armature, context)
        scene = _scene_apart(context, armature)
    try:
        while done < len(frames):
            count = max(int(CHUNK_SECONDS / _cost), 1)
            begin = time.perf_counter()
            with place() as (context, armature), _within(context, scene) as there:
                parts.append(sample_rig(armature, frames[done : done + count], there, channel_names(armature)))
            spent += time.perf_counter() - begin
            done += len(parts[-1].frames)
            _cost = max(spent / done, 1e-5)
            yield done / len(frames), tell("Looked at frame {done} of {count}", done=done, count=len(frames))
    finally:
        bpy.data.scenes.remove(scene)
    with place() as (context, armature):
        rate = context.scene.render.fps / context.scene.render.fps_base
        _write(path, armature, join_samples(parts), rate)


@contextmanager
def _within(context: bpy.types.Context, scene: bpy.types.Scene) -> Iterator[bpy.types.Context]:
    with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
        yield bpy.context


def _scene_apart(context: bpy.types.Context, armature: bpy.types.Object) -> bpy.types.Scene:
    """A scene of nothing but the armature and its head; one that a crash left in the file goes.

    Frames that are gone through there leave the person's own scene and pose alone, and cost less.
    """
    for left in [scene for scene in bpy.data.scenes if APART in scene]:
        bpy.data.scenes.remove(left)
    scene = bpy.data.scenes.new("Likeness Look")
    scene[APART] = True
    scene.render.fps, scene.render.fps_base = context.scene.render.fps, context.scene.render.fps_base
    scene.render.use_simplify, scene.render.simplify_subdivision = True, 0
    for obj in (armature, rig_parts(armature).get(HEAD)):
        if obj is not None:
            scene.collection.objects.link(obj)
    scene.view_layers[0].update()
    return scene


def _write(path: Path, armature: bpy.types.Object, samples: Samples, rate: float) -> None:
    channels = capture_samples(armature, samples, rate).channels
    still = np.zeros(len(samples.frames))

    def turn(name: str) -> np.ndarray:
        return channels.get(name, still)

    head = np.column_stack([turn(f"head{axis}") for axis in ("Pitch", "Yaw", "Roll")])
    gaze = head[:, :2] + np.column_stack([turn(f"eyeLeft{axis}") for axis in ("Pitch", "Yaw")])
    shown = {f"channel/{name}": np.float32(curve) for name, curve in samples.channels.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, rate=np.float64(rate), head=head, gaze=gaze, **shown, **_mouth(armature, samples))


def _mouth(armature: bpy.types.Object, samples: Samples) -> Mapping[str, np.ndarray]:
    """The head at rest and the heights of its keys that move; nothing where the mesh has other faces by now."""
    obj = rig_parts(armature).get(HEAD)
    keys = obj.data.shape_keys if obj is not None else None
    if keys is None or "jawOpen" not in keys.key_blocks:
        return {}
    mesh = obj.data
    starts, counts = (np.empty(len(mesh.polygons), np.int32) for _ in range(2))
    corners = np.empty(len(mesh.loops), np.int32)
    material = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    mesh.polygons.foreach_get("loop_total", counts)
    mesh.polygons.foreach_get("material_index", material)
    mesh.loops.foreach_get("vertex_index", corners)
    if not len(counts) or counts.max() > 4:
        return {}
    faces = np.full((len(counts), 4), -1, np.int32)
    for column in range(4):
        has = counts > column
        faces[has, column] = corners[starts[has] + column]
    rest = _positions(keys.reference_key, len(mesh.vertices))
    made = {"mouth/positions": rest, "mouth/faces": faces, "mouth/material": material}
    for name, weights in samples.keys[obj.name].items():
        if name == "jawOpen" or np.any(weights):
            made[f"mouth/weight/{name}"] = weights
            made[f"mouth/height/{name}"] = _positions(keys.key_blocks[name], len(rest))[:, 2] - rest[:, 2]
    return made


def _positions(key: bpy.types.ShapeKey, count: int) -> np.ndarray:
    """(V, 3) float32 of a shape key."""
    points = np.empty(3 * count, np.float32)
    key.data.foreach_get("co", points)
    return points.reshape(-1, 3)
