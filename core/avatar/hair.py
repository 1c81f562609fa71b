# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair, or what is worn on the head, as one mesh that goes round the skull, from a single photo.

What the photo shows is the photo; the sides and the back are its outline inflated, with strands or fabric made of
its own. Short hair thins out into the skin at temples, sideburns and nape; long hair falls on over shoulders and
chest. Beards and brows stay on the skin's texture, which follows the face's expressions.

Limits: the back is a guess (no parting, no bun, no pony tail), and so is the hairline beside and behind the ears;
where long hair lies on clothes of its own colour, its end is a guess too; soft edges are flat cards; a hat bulges
like hair and has no brim of its own; a plain hat in a colour that hair has is taken for hair.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import KDTree

from core.avatar.fit import Fit
from core.avatar.hair_line import Worn, hairline_share, worn_hair
from core.avatar.hair_region import HairRegion
from core.avatar.hair_shape import build_volume
from core.avatar.hair_texture import paint_hair
from core.avatar.headwear import is_cloth
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.template import Template, eyeball
from core.colour import smoothstep

# The skull's centre from between the eyes (metres: back, up).
SKULL_BACK, SKULL_UP = 0.085, 0.02
# Hair below the chin goes over from the head's motion to the chest's within this height (metres).
CHIN_BELOW_EYES, FALL = 0.11, 0.12
# Metres off the skin up to which hair goes with it, and from which on it does not; vertices of the skin that tell how.
LIES_ON, NEAREST = (0.008, 0.035), 6
NAPE_ENDS = (0.0, 0.05)  # metres below the chin over which hair leaves the nape for the shoulders


def hair_mask(region: HairRegion, shape: tuple[int, ...]) -> np.ndarray:
    """Share of hair or head-wear (H, W) float32 0..1 in the photo of the given shape (H, W, ...)."""
    canvas, scale = region.canvas, 1 / region.canvas.scale
    matrix = np.array(
        [
            [scale, 0, canvas.origin[0] + 0.5 * (scale - 1)],
            [0, scale, canvas.origin[1] + 0.5 * (scale - 1)],
        ]
    )
    return np.asarray(cv2.warpAffine(region.hair, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR), np.float32)


def build_hair(
    region: HairRegion, fit: Fit, template: Template, rest: np.ndarray
) -> tuple[PartMesh, Material] | None:
    """The hair's mesh and its material, or None on a bald head. rest: (V, 3) metres."""
    canvas, hair = region.canvas, region.hair
    if not hair.any():
        return None
    cloth = is_cloth(region)
    worn = Worn(hair, np.zeros_like(hair)) if cloth else worn_hair(canvas, hair, fit, template, rest)
    volume = build_volume(canvas, worn.hair, fit, template, rest, cloth)
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    centre = eyes + np.array([0.0, SKULL_BACK, SKULL_UP])
    share = hairline_share(canvas, worn.shown, fit, template, rest)
    picture = paint_hair(canvas, worn, share, volume, centre, cloth)
    faces = np.concatenate([volume.triangles, np.full((len(volume.triangles), 1), -1)], axis=1)
    uv = np.concatenate([picture.uv, np.zeros((len(faces), 1, 2))], axis=1)
    mesh = PartMesh(
        name="hair",
        positions=volume.points,
        faces=faces.astype(np.int32),
        uv=uv,
        material=np.zeros(len(faces), np.int32),
        materials=("hair",),
        weights=hair_weights(volume.points, eyes, template, rest),
    )
    return mesh, Material("hair", "cloth" if cloth else "hair", picture.image)


def hair_weights(points: np.ndarray, eyes: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Weights (N, B) of hair at points (N, 3). The head carries short hair as a whole, and the scalp goes with it
    (head.py). Of long hair what hangs below the chin goes over to the chest, and what lies on the nape goes with its
    skin, so that no motion bares it."""
    names = template.bone_names
    below = eyes[2] - CHIN_BELOW_EYES - points[:, 2]
    hanging = smoothstep(below, 0.0, FALL)[:, None]
    if not hanging.any():
        return bind(len(hanging), "head", names)
    free = (1 - hanging) * bind(1, "head", names) + hanging * bind(1, "chest", names)
    skin = np.unique(template.faces[template.region <= 1])
    distance, near = KDTree(rest[skin]).query(points, k=NEAREST)
    share = 1 / np.maximum(distance, 1e-4) ** 2
    under = np.einsum("nk,nkb->nb", share / share.sum(axis=1, keepdims=True), template.weights[skin[near]])
    for bone in ("jaw", "eye_left", "eye_right"):  # hair beside a moving jaw stays
        under[:, names.index("head")] += under[:, names.index(bone)]
        under[:, names.index(bone)] = 0.0
    lying = (1 - smoothstep(distance[:, :1], *LIES_ON)) * (1 - smoothstep(below, *NAPE_ENDS)[:, None])
    weights = lying * under + (1 - lying) * free
    return weights / weights.sum(axis=1, keepdims=True)
