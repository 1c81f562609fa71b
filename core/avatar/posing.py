# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones that turn and the meshes that follow, as Blender's armature moves them: what tests and benchmarks measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.avatar.skeleton import Bone

_LOCAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # a bone's axes, in columns, in the world


def turned(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """Rotation (3, 3) in the world of a bone that turns by radians, in the order of Blender's XYZ Euler angles.

    Signs are docs/architecture.md's: pitch looks up, yaw to the subject's left, roll leans to the left shoulder.
    """
    (cx, cy, cz), (sx, sy, sz) = (f(np.array([-pitch, yaw, -roll])) for f in (np.cos, np.sin))
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_z = np.array([[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]])
    return _LOCAL @ about_z @ about_y @ about_x @ _LOCAL.T


def bone_moves(bones: Sequence[Bone], turns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Where every bone takes what hangs on it: (B, 4, 4) for turns (3, 3) by the names of the bones that turn."""
    moves: dict[str, np.ndarray] = {}
    for bone in bones:
        own = np.eye(4)
        own[:3, :3] = turns.get(bone.name, np.eye(3))
        own[:3, 3] = bone.head - own[:3, :3] @ bone.head
        moves[bone.name] = own if bone.parent is None else moves[bone.parent] @ own
    return np.array(list(moves.values()))


def carried(positions: np.ndarray, weights: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Positions (V, 3) of a mesh with weights (V, B) under `bone_moves` (B, 4, 4): linear blend skinning."""
    blend = np.tensordot(weights, moves, axes=1)
    return np.einsum("vij,vj->vi", blend[:, :3, :3], positions) + blend[:, :3, 3]
