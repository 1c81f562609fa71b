# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera, light and backdrop around a rig, and the pictures that come out."""

from .background import clear_background, fit_card, set_background
from .camera import frame_face, orbit_camera
from .face import measure_face
from .film_look import apply_film_look, has_film_look
from .looks import LOOKS, set_look
from .plan import RenderPlan, plan_render
from .render import render_still
from .screen import set_screen
from .studio import build_studio
from .toon import set_variant

__all__ = [
    "LOOKS",
    "RenderPlan",
    "apply_film_look",
    "build_studio",
    "clear_background",
    "fit_card",
    "frame_face",
    "has_film_look",
    "measure_face",
    "orbit_camera",
    "plan_render",
    "render_still",
    "set_background",
    "set_look",
    "set_screen",
    "set_variant",
]
