# SPDX-License-Identifier: GPL-3.0-or-later
"""What the 3D View shows of a new avatar: its face, from the front, with its colours."""

from __future__ import annotations

import math

import bpy
from mathutils import Euler

from ..photo.camera import all_views
from .face import measure_face
from .take_picture import draws_in_software

DISTANCE = 16.0  # of the viewpoint, in eye distances: head and shoulders fill most of the view
BELOW = 1.2  # how far under the eyes the middle of the view is, in eye distances


def show_face(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    """Turn to an avatar's face all views that look freely; those that look through a camera stay as they are.

    A plain solid view shows textures from then on, where a graphics card draws: software takes seconds to get them
    ready. A person's own choice of another shading stays.
    """
    face = measure_face(armature)
    has_card = not bpy.app.background and not draws_in_software()
    for view in all_views(context):
        region = view.region_3d
        if region.view_perspective == "CAMERA":
            continue
        region.view_perspective = "PERSP"
        region.view_rotation = Euler((math.pi / 2, 0.0, armature.matrix_world.to_euler().z)).to_quaternion()
        region.view_location = face.eyes
        region.view_location.z -= BELOW * face.span
        region.view_distance = DISTANCE * face.span
        if has_card and view.shading.type == "SOLID" and view.shading.color_type == "MATERIAL":
            view.shading.color_type = "TEXTURE"
