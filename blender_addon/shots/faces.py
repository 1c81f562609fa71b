# SPDX-License-Identifier: GPL-3.0-or-later
"""Where faces are while they are performed: measured from posed bones, in a scene of nothing but them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..rig import rig_parts
from ..stage.face import CHIN, measure_face

HEAD = "head"
EYES = ("eye_left", "eye_right")
# Points that stand for a rounded shape: those that reach furthest in so many directions.
DIRECTIONS = 64
JAW = "jawOpen"


@dataclass(frozen=True)
class HeadShape:
    """A head at rest, in the armature's own space; metres.

    face: (P, 3) points around skull, chin and ears; jaw: (P, 3) how far they move with the jaw wide open; hair: (H, 3)
    points around head and hair; rim: (R, 3) points of the body's lower end, where the avatar is cut off.
    """

    face: np.ndarray
    jaw: np.ndarray
    hair: np.ndarray
    rim: np.ndarray


@dataclass(frozen=True)
class PerformedFace:
    """A face over F frames; world metres.

    face: (F, P, 3); hair: (F, H, 3); rim: (F, R, 3); eyes: (F, 3) between the eyes; ahead: (F, 3) where the head looks.
    body: (3,) where the body points at first; height: of the face from chin to skull.
    """

    face: np.ndarray
    hair: np.ndarray
    rim: np.ndarray
    eyes: np.ndarray
    ahead: np.ndarray
    body: np.ndarray
    height: float


def measure_head(armature: bpy.types.Object) -> HeadShape:
    """The points that stand for a rig's face, hair and lower end."""
    face = measure_face(armature)
    low = (armature.matrix_world.inverted_safe() @ face.eyes).z - CHIN * face.span
    parts = rig_parts(armature)
    skull = _points(parts["head"])
    keep = skull[:, 2] > low
    chosen = np.flatnonzero(keep)[_outermost(skull[keep])]
    hair = [_points(parts[name]) for name in ("head", "hair") if name in parts]
    around = np.concatenate(hair)
    around = around[around[:, 2] > low]
    return HeadShape(
        face=skull[chosen],
        jaw=_jaw_moves(parts["head"])[chosen],
        hair=around[_outermost(around)],
        rim=_rim(np.concatenate([_points(part) for part in parts.values()])),
    )


def perform_faces(
    scene: bpy.types.Scene, shapes: Mapping[bpy.types.Object, HeadShape], frames: Sequence[int]
) -> dict[bpy.types.Object, PerformedFace]:
    """Each rig's face at the scene's frames, as its takes, constraints and looks move it. The scene stays as it is."""
    armatures = list(shapes)
    heads = np.empty((len(armatures), len(frames), 4, 4))
    eyes = np.empty((len(armatures), len(frames), 3))
    jaws = np.empty((len(armatures), len(frames)))
    with _bare_scene(scene, armatures) as bare:
        for number, frame in enumerate(frames):
            bare.frame_set(frame)
            graph = bare.view_layers[0].depsgraph
            for which, armature in enumerate(armatures):
                posed = armature.evaluated_get(graph)
                place = np.array(posed.matrix_world)
                bone = posed.pose.bones[HEAD]
                heads[which, number] = place @ np.array(bone.matrix @ bone.bone.matrix_local.inverted())
                middle = np.mean([posed.pose.bones[name].head for name in EYES], axis=0)
                eyes[which, number] = place[:3, :3] @ middle + place[:3, 3]
                jaws[which, number] = posed.get(JAW, 0.0)
    return {
        armature: _perform(armature, shapes[armature], head, eye, jaw)
        for armature, head, eye, jaw in zip(armatures, heads, eyes, jaws, strict=True)
    }


def _perform(
    armature: bpy.types.Object, shape: HeadShape, heads: np.ndarray, eyes: np.ndarray, jaws: np.ndarray
) -> PerformedFace:
    turns, places = heads[:, :3, :3], heads[:, None, :3, 3]
    rest = shape.face[None] + np.clip(jaws, 0.0, 1.5)[:, None, None] * shape.jaw[None]
    body = np.array(armature.matrix_world)
    rim = shape.rim @ body[:3, :3].T + body[:3, 3]
    scale = float(np.linalg.norm(body[:3, 2]))
    ahead = turns @ np.array((0.0, -1.0, 0.0))
    return PerformedFace(
        face=np.einsum("fij,fpj->fpi", turns, rest) + places,
        hair=np.einsum("fij,pj->fpi", turns, shape.hair) + places,
        rim=np.broadcast_to(rim, (len(heads), *rim.shape)),
        eyes=eyes,
        ahead=ahead / np.linalg.norm(ahead, axis=1, keepdims=True),
        body=body[:3, :3] @ np.array((0.0, -1.0, 0.0)) / scale,
        height=float(np.ptp(shape.face[:, 2])) * scale,
    )


@contextmanager
def _bare_scene(scene: bpy.types.Scene, armatures: Sequence[bpy.types.Object]) -> Iterator[bpy.types.Scene]:
    """A scene of the rigs alone: a frame costs a twentieth of one with meshes and keys."""
    bare = bpy.data.scenes.new("Likeness Faces")
    try:
        bare.render.fps, bare.render.fps_base = scene.render.fps, scene.render.fps_base
        for armature in armatures:
            bare.collection.objects.link(armature)
        yield bare
    finally:
        bpy.data.scenes.remove(bare)


def _points(part: bpy.types.Object) -> np.ndarray:
    """(V, 3) a mesh at rest, in the armature's space."""
    points = np.empty(3 * len(part.data.vertices), dtype=np.float32)
    part.data.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def _outermost(points: np.ndarray) -> np.ndarray:
    """Indices of the points that reach furthest in directions spread evenly over a sphere."""
    steps = np.arange(DIRECTIONS) + 0.5
    height, turn = 1.0 - 2.0 * steps / DIRECTIONS, np.pi * (1.0 + 5.0**0.5) * steps
    flat = np.sqrt(1.0 - height**2)
    directions = np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)
    directions = np.concatenate([directions, np.eye(3), -np.eye(3)])
    return np.unique(np.argmax(points @ directions.T, axis=0))


def _jaw_moves(head: bpy.types.Object) -> np.ndarray:
    """(V, 3) how a mesh moves with the jaw wide open."""
    keys = head.data.shape_keys
    key = keys.key_blocks.get(JAW) if keys is not None else None
    if key is None:
        return np.zeros((len(head.data.vertices), 3), dtype=np.float32)
    there, rest = (np.empty(3 * len(head.data.vertices), dtype=np.float32) for _ in range(2))
    key.data.foreach_get("co", there)
    key.relative_key.data.foreach_get("co", rest)
    return (there - rest).reshape(-1, 3)


def _rim(points: np.ndarray) -> np.ndarray:
    """The lower end of a body in slices from side to side: in each the lowest point, at both its front and back."""
    left, right = points[:, 0].min(), points[:, 0].max()
    slices = np.clip(((points[:, 0] - left) / max(right - left, 1e-6) * 16).astype(int), 0, 15)
    return np.array([part[part[:, 2].argmin()] for n in range(16) if len(part := points[slices == n])])
