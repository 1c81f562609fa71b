# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the lips of an avatar are apart over a whole clip, on its evaluated mesh."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.contact import FaceProbe
from core.avatar.keys import key_curves
from core.avatar.parts import PartMesh
from core.avatar.store import Avatar

CENTRE = 0.004  # metres on either side of the middle of the mouth in which the gap is looked for


def lip_gap(avatar: Avatar, channels: Mapping[str, np.ndarray]) -> np.ndarray:
    """(T,) metres between the inner lips in the middle of the mouth, seen from the front; negative where they overlap.

    channels: (T,) each, those that are missing are 0. Shape keys and correctives count; bones, and the smoothing that
    Blender's subdivision does, do not.
    """
    head = next(mesh for mesh in avatar.meshes if mesh.name == "head")
    return posed_gap(head, key_curves(avatar.drivers, list(head.keys), channels))


def posed_gap(head: PartMesh, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """`lip_gap` of a head whose shape keys have these weights (T,); keys that are missing do not move it."""
    probe = FaceProbe((head,))
    across = head.positions[probe.line, 0]
    middle = (across.max() + across.min()) / 2
    edges = []
    for rows, pick in ((probe.upper, np.min), (probe.lower, np.max)):
        near = rows[np.abs(head.positions[rows, 0] - middle) < CENTRE]
        height = head.positions[near, 2].astype(np.float64)[None]
        for name, curve in weights.items():
            height = height + curve[:, None] * head.keys[name][near, 2]
        edges.append(pick(height, axis=1))
    return edges[0] - edges[1]
