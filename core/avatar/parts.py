# SPDX-License-Identifier: GPL-3.0-or-later
"""What an avatar is made of: meshes with keys and weights, and materials with pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from core.colour import LUMINANCE, to_linear, to_srgb


@dataclass(frozen=True)
class Material:
    """kind: one of skin, mouth, eye, cornea, teeth, tongue, lash, hair, cloth, glasses (docs/architecture.md).

    image: (H, W, 3 or 4) uint8 sRGB with row 0 at the top, or None; color: linear RGB used without image.
    maps: further pictures of the same layout that the kind's shader knows (``normal``, ``roughness``, ``light``),
        (H, W, 3) or (H, W) uint8, linear values.
    painted: whether the picture was painted as the bare surface is, without the sheen that a photo's colours hold.
    """

    name: str
    kind: str
    image: np.ndarray | None = None
    color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    maps: Mapping[str, np.ndarray] = field(default_factory=dict)
    painted: bool = False


def without_colour(material: Material) -> Material:
    """The material as a grey photo would show it."""
    grey = float(np.array(material.color) @ LUMINANCE)
    image = (
        None if material.image is None else to_srgb(np.repeat(to_linear(material.image) @ LUMINANCE[:, None], 3, -1))
    )
    return replace(material, color=(grey, grey, grey), image=image)


@dataclass(frozen=True)
class PartMesh:
    """One mesh of the avatar in its rest pose.

    positions: (V, 3) metres; faces: (F, 4), -1 in the last column of triangles; uv: (F, 4, 2), v up;
    materials: names; material: (F,) index into them; weights: (V, B) over the skeleton's bones;
    keys: shape key name -> (V, 3) deltas (a key that does not move the mesh is left out).
    subdivision: levels of Catmull-Clark at render time.
    """

    name: str
    positions: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    materials: tuple[str, ...]
    weights: np.ndarray
    keys: Mapping[str, np.ndarray] = field(default_factory=dict)
    smooth: bool = True
    subdivision: int = 0


def bind(count: int, bone: str, bone_names: tuple[str, ...]) -> np.ndarray:
    """Weights (count, B) that bind every vertex to one bone."""
    weights = np.zeros((count, len(bone_names)))
    weights[:, bone_names.index(bone)] = 1.0
    return weights
