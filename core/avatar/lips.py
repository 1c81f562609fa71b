# SPDX-License-Identifier: GPL-3.0-or-later
"""The lips of the template: concentric rings of vertices about the mouth opening."""

from __future__ import annotations

import numpy as np

from core.avatar.template import Template

# Rings counted outward from the border of the mouth cavity (38 vertices each). Looked at on the template:
# lips touch about ring 4, and the vermilion border is ring 8.
CONTACT_RING = 4
VERMILION_RING = 8


def lip_rings(template: Template, count: int = VERMILION_RING) -> np.ndarray:
    """Ring number (V,) of every vertex, 0 at the mouth cavity's border, -1 beyond ``count`` rings."""
    cavity = np.unique(template.faces[template.region == 2])
    skin = template.faces[template.region == 0]
    ring = np.full(len(template.positions), -1)
    ring[np.intersect1d(cavity, np.unique(skin))] = 0
    for number in range(1, count + 1):
        near = (ring[skin] == number - 1).any(axis=1)
        new = np.unique(skin[near])
        ring[new[ring[new] < 0]] = number
    return ring
