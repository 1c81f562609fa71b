# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera, light and backdrop around a rig, and the clip that comes out."""

from .camera import frame_face, orbit_camera
from .plan import RenderPlan, plan_render
from .render import clip_steps, render_clip, render_still
from .studio import build_studio

__all__ = [
    "RenderPlan",
    "build_studio",
    "clip_steps",
    "frame_face",
    "orbit_camera",
    "plan_render",
    "render_clip",
    "render_still",
]
