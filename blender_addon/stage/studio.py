# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole studio around a rig, or around the place where a rig will stand."""

from __future__ import annotations

import bpy

from .. import compat
from .backdrop import place_backdrop
from .camera import frame_face
from .face import STANDARD_FACE, measure_face
from .light import place_lamps
from .world import light_world

# Chosen by looking at the same face under Standard, Filmic, AgX and Khronos PBR Neutral: Filmic and AgX wash
# the photo's skin out, Neutral blackens its shadows, Standard gives its colours back under lamps that do not
# burn them.
VIEW_TRANSFORM = "Standard"
# Workbench's own lights darken a photo's colours; this one, soft and from the front, does so least.
WORKBENCH_LIGHT = "paint.sl"


def build_studio(scene: bpy.types.Scene, armature: bpy.types.Object | None = None) -> dict[str, bpy.types.Object]:
    """Put camera, lamps, backdrop and world around a rig; returns the pieces by name.

    Building again moves the same pieces instead of adding others, so a face of another size is framed and
    lit as well. Without a rig the studio stands where avatars stand.
    """
    face = STANDARD_FACE if armature is None else measure_face(armature)
    pieces = place_lamps(scene, face)
    pieces["backdrop"] = place_backdrop(scene, face)
    pieces["camera"] = frame_face(scene, face)
    light_world(scene)
    set_view(scene)
    return pieces


def set_view(scene: bpy.types.Scene) -> None:
    """Colours as the photo has them: the view transform, and Workbench's light."""
    scene.view_settings.view_transform = VIEW_TRANSFORM
    scene.view_settings.look = "None"
    compat.limit_dither(scene)
    shading = scene.display.shading
    shading.light, shading.color_type = "STUDIO", "TEXTURE"
    shading.studio_light = WORKBENCH_LIGHT
    shading.show_cavity = shading.show_shadows = shading.show_specular_highlight = False
