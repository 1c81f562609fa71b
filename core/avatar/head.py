# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin: face, ears, neck and bust with the mouth's cavity and the eye sockets, as one mesh."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.keys import edge_height, key_strength
from core.avatar.parts import PartMesh
from core.avatar.rings import CONTACT_RING, lip_rings
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS

MATERIALS = ("skin", "body", "mouth")
# Template.region -> index into MATERIALS.
REGION_MATERIAL = np.array([0, 1, 2, 2])
# Habitual expression that the rest pose keeps: channel's start -> share of the photo's. How a person carries
# brows and cheeks is part of the likeness; the lips stay closed.
REST_SHARE: dict[str, float] = {
    "mouthSmile": 0.3,
    "mouthDimple": 0.3,
    "cheekSquint": 0.5,
    "eyeSquint": 0.35,
    "brow": 0.8,
    "noseSneer": 0.3,
}
MIN_TRAVEL = 2e-5  # metres; a key that moves no vertex of the mesh farther is left out
# The lips' lines of contact overlap by this much when shut, and what moves along lies within this reach (metres).
LIP_OVERLAP = 0.0003
LIP_REACH = 0.012
LOWER_LIP_SHARE = 0.4  # of the jaw's drop at the middle of the lip; what drops as far belongs to the lower lip


def rest_expression(expression: Mapping[str, float]) -> dict[str, float]:
    """The part of the photo's expression (ARKit channel -> 0..1 of our keys) that the rest pose keeps."""
    return {
        channel: share * value / key_strength(channel)
        for channel, value in expression.items()
        for start, share in REST_SHARE.items()
        if channel.startswith(start) and value > 0
    }


def photo_expression(expression: Mapping[str, float]) -> dict[str, float]:
    """What brings the rest pose back to the photo's expression: ARKit channel -> value of our key, 0..1."""
    kept = rest_expression(expression)
    full = {channel: min(value / key_strength(channel), 1.0) for channel, value in expression.items()}
    return {channel: value - kept.get(channel, 0.0) for channel, value in full.items()}


def rest_positions(neutral: np.ndarray, keys: np.ndarray, kept: Mapping[str, float]) -> np.ndarray:
    """Neutral (V, 3) plus the kept expression; keys (52, V, 3)."""
    weights = np.array([kept.get(channel, 0.0) for channel in ARKIT_CHANNELS])
    return neutral + np.einsum("k,kvd->vd", weights, keys)


def close_lips(template: Template, rest: np.ndarray) -> np.ndarray:
    """Bring the lips' lines of contact together, each going half the way, and the skin of each lip along."""
    ring = lip_rings(template)
    # The jaw takes the lower lip along and leaves the upper; height would sort the folded inner rings wrongly.
    drop = template.key_deltas[ARKIT_CHANNELS.index("jawOpen")][:, 2]
    line = np.flatnonzero(ring == CONTACT_RING)
    below = drop < LOWER_LIP_SHARE * drop[line].min()
    upper, lower = line[~below[line]], line[below[line]]
    skin = np.unique(template.faces)
    near = skin[np.linalg.norm(rest[skin] - rest[line].mean(axis=0), axis=1) < 0.05]
    above = ~below[near]
    closed = rest.copy()
    for edge, other, sign, mine in ((upper, lower, -1.0, near[above]), (lower, upper, 1.0, near[~above])):
        opposite = edge_height(rest, other, rest[edge, 0])
        gap = np.maximum(-sign * (rest[edge, 2] - opposite) + LIP_OVERLAP, 0.0)
        distance = np.linalg.norm(rest[mine, None] - rest[edge][None], axis=2)
        follow = np.exp(-((distance / 0.0015) ** 2)) + 1e-12
        follow /= follow.sum(axis=1, keepdims=True)
        fade = np.clip(1 - distance.min(axis=1) / LIP_REACH, 0, 1)
        closed[mine, 2] += sign * fade * (follow @ gap) / 2
    return closed


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
