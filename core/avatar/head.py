# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin: face, ears, neck and bust with the mouth's cavity and the eye sockets, as one mesh."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.parts import PartMesh
from core.avatar.template import Template

MATERIALS = ("skin", "body", "mouth", "socket")
# Template.region -> index into MATERIALS.
REGION_MATERIAL = np.array([0, 1, 2, 3])
MIN_TRAVEL = 2e-5  # metres; a key that moves no vertex of the mesh farther is left out


def build_head(
    template: Template, rest: np.ndarray, keys: Mapping[str, np.ndarray], uv: np.ndarray
) -> PartMesh:
    """rest (V, 3), keys name -> (V, 3) over all template vertices; uv (F, 4, 2)."""
    rows, faces = np.unique(template.faces, return_inverse=True)
    weights = template.weights[rows].astype(np.float64)
    eye_columns = [template.bone_names.index(bone) for bone in ("eye_left", "eye_right")]
    head_column = template.bone_names.index("head")
    weights[:, head_column] += weights[:, eye_columns].sum(axis=1)  # lids do not turn with the eyes
    weights[:, eye_columns] = 0.0
    return PartMesh(
        name="head",
        positions=rest[rows],
        faces=faces.reshape(-1, 4),
        uv=uv,
        material=REGION_MATERIAL[template.region],
        materials=MATERIALS,
        weights=weights,
        keys={
            name: deltas[rows] for name, deltas in keys.items() if np.abs(deltas[rows]).max() > MIN_TRAVEL
        },
        subdivision=1,
    )
