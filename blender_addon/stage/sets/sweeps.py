# SPDX-License-Identifier: GPL-3.0-or-later
"""Seamless sweeps of one even colour: to be keyed out, or to be looked at."""

from __future__ import annotations

from ..backdrop import BEHIND, sweep_mesh
from ..props import hide_from_light
from .kit import Color, Kit

GREEN = (0.0, 0.4397, 0.0513)  # #00b140, linear: the green that keyers expect
BLUE_GREY = (0.1620, 0.2232, 0.2961)


def build_green_screen(kit: Kit) -> None:
    _sweep(kit, GREEN)


def build_flat_color(kit: Kit) -> None:
    _sweep(kit, BLUE_GREY)


def _sweep(kit: Kit, color: Color) -> None:
    """Shines by itself, so that no shadow and no fold is on it, and only for the camera: nothing spills on the face."""
    material = kit.glow("colour", color, is_dimmed=False)
    hide_from_light(kit.mesh("sweep", sweep_mesh(f"{kit.name} sweep"), (0.0, BEHIND, 0.0), material))
