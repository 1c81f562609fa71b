# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the face of a rig is, for whoever frames or lights it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..rig import rig_parts
from .skin_tone import SKIN, measure_skin

# The skull reaches this far below the eyes, in eye distances; long hair and the neck reach further.
CHIN = 1.9
LEAST_SKIN = 0.01  # of the light: what is darker is no skin


@dataclass(frozen=True)
class Face:
    """A face at rest; world metres.

    eyes: point between the eyes' centres; span: distance between them; top: highest point of head and hair;
    bottom: lowest point of everything; half_width: how far head and hair reach aside; centre: of the skull at
    the height of the eyes, about which a camera walks; skin: share of light (linear luminance) that it gives back.
    """

    eyes: Vector
    span: float
    top: float
    bottom: float
    half_width: float
    centre: Vector
    skin: float = SKIN


# An adult of average size where every avatar stands: what an empty studio is built for.
STANDARD_FACE = Face(
    eyes=Vector((0.0, -0.08, 1.6)),
    span=0.063,
    top=1.74,
    bottom=1.2,
    half_width=0.085,
    centre=Vector((0.0, 0.02, 1.6)),
)


def join_faces(faces: Sequence[Face]) -> Face:
    """One face in the place of several, as wide as they reach together: what a lamp or a set is placed by."""
    if not faces:
        return STANDARD_FACE
    low, high = min(f.eyes.x - f.half_width for f in faces), max(f.eyes.x + f.half_width for f in faces)
    middle = Vector(((low + high) / 2, *(sum(f.eyes[i] for f in faces) / len(faces) for i in (1, 2))))
    return Face(
        eyes=middle,
        span=sum(f.span for f in faces) / len(faces),
        top=max(f.top for f in faces),
        bottom=min(f.bottom for f in faces),
        half_width=(high - low) / 2,
        centre=Vector((middle.x, sum(f.centre.y for f in faces) / len(faces), middle.z)),
        skin=float(np.exp(np.mean(np.log([max(f.skin, LEAST_SKIN) for f in faces])))),
    )


def measure_face(armature: bpy.types.Object) -> Face:
    """Measure a rig at rest: bones say where the eyes are, the meshes how far head and hair reach."""
    matrix = armature.matrix_world
    left, right = (matrix @ armature.data.bones[name].head_local for name in ("eye_left", "eye_right"))
    eyes, span = (left + right) / 2, (left - right).length
    parts = {name: _points(part, matrix) for name, part in rig_parts(armature).items()}
    around = np.concatenate([points for name, points in parts.items() if name in ("head", "hair")])
    skull = around[around[:, 2] > eyes.z - CHIN * span]
    low, high = skull.min(axis=0), skull.max(axis=0)
    return Face(
        eyes=eyes,
        span=span,
        top=float(high[2]),
        bottom=float(min(points[:, 2].min() for points in parts.values())),
        half_width=float(max(high[0] - eyes.x, eyes.x - low[0])),
        centre=Vector((eyes.x, float(low[1] + high[1]) / 2, eyes.z)),
        skin=measure_skin(rig_parts(armature).get("head")),
    )


def _points(obj: bpy.types.Object, place: Matrix) -> np.ndarray:
    """(V, 3) world positions of the neutral mesh at rest under an armature at a place."""
    points = np.empty(3 * len(obj.data.vertices), dtype=np.float32)
    obj.data.vertices.foreach_get("co", points)
    matrix = np.array(place)
    return points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
