# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin: face, ears, neck and bust with the mouth's cavity and the eye sockets, as one mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from core.avatar.parts import PartMesh
from core.avatar.template import Template
from core.colour import smoothstep

MATERIALS = ("skin", "body", "mouth", "socket")
# Template.region -> index into MATERIALS.
REGION_MATERIAL = np.array([0, 1, 2, 3])
# Metres off the hair up to which skin is scalp, and from which on it is bare; rounds of averaging over which it goes
# over into the neck; metres off the clothes from which on it may.
COVERED, FADING, CLEAR_OF_CLOTHES = (0.006, 0.014), 4, (0.004, 0.016)
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


def hold_scalp(head: PartMesh, hair: PartMesh, clothes: PartMesh, bone_names: tuple[str, ...]) -> PartMesh:
    """The head whose scalp and nape go with short hair, which the head bone carries as a whole, as far as it covers
    them; under the clothes the skin moves as it did, since they do so, too."""
    held_by = bone_names.index("head")
    if hair.weights[:, held_by].min() < 1:
        return head
    covered = 1 - smoothstep(KDTree(hair.positions).query(head.positions)[0], *COVERED)
    skin = head.faces[np.isin(head.material, (0, 1))]
    ends = np.stack([skin, np.roll(skin, -1, axis=1)], axis=-1).reshape(-1, 2)
    links = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(covered),) * 2)
    links = links + links.T
    count = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)
    held = covered
    for _ in range(FADING):
        held = np.maximum(covered, links @ held / count)
    held *= smoothstep(KDTree(clothes.positions).query(head.positions)[0], *CLEAR_OF_CLOTHES)
    weights = head.weights.copy()
    others = [bone_names.index(bone) for bone in ("neck", "chest", "shoulder_left", "shoulder_right", "root")]
    taken = weights[:, others] * held[:, None]
    weights[:, others] -= taken
    weights[:, held_by] += taken.sum(axis=1)
    return replace(head, weights=weights)
