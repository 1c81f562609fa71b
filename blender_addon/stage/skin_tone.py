# SPDX-License-Identifier: GPL-3.0-or-later
"""How much light a face gives back, by which a look exposes it."""

from __future__ import annotations

import bpy
import numpy as np

from ..rig.materials import KIND
from .picture import read_picture

SKIN = 0.30  # linear luminance of a skin of which nothing is known
# Where in the skin's picture cheeks, nose and mouth lie: shares of its height from the top, and of its width.
CHEEKS = ((0.38, 0.60), (0.36, 0.64))
SAMPLED = (64, 64)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_measured: dict[int, float] = {}  # image -> its face's light: a picture is read once


def measure_skin(head: bpy.types.Object | None) -> float:
    """The median luminance of the colours of a rig's part ``head``; `SKIN` where they cannot be read."""
    slots = [] if head is None else [slot.material for slot in head.material_slots if slot.material]
    skin = next((material for material in slots if material.get(KIND) == "skin"), None)
    image = _colours(skin) if skin is not None else None
    if image is None:
        return SKIN
    if image.session_uid not in _measured:
        _measured[image.session_uid] = _median_light(image)
    return _measured[image.session_uid]


def _colours(skin: bpy.types.Material) -> bpy.types.Image | None:
    """The picture of the skin's colours: of all that it wears the one that is no plain data."""
    images = (node.image for node in skin.node_tree.nodes if node.type == "TEX_IMAGE" and node.image)
    return next((image for image in images if image.colorspace_settings.name != "Non-Color"), None)


def _median_light(image: bpy.types.Image) -> float:
    pixels = read_picture(image, SAMPLED)
    if pixels is None:
        return SKIN
    (top, bottom), (left, right) = ((round(a * n), round(b * n)) for (a, b), n in zip(CHEEKS, SAMPLED, strict=True))
    return float(np.median(pixels[top:bottom, left:right] @ LUMINANCE)) or SKIN
