# SPDX-License-Identifier: GPL-3.0-or-later
"""A portrait camera framed from the face itself."""

from __future__ import annotations

import math

import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Matrix, Vector

from .face import Face
from .pieces import ensure_piece

# Millimetres on a 36 mm sensor: the lens of head-and-shoulders portraits.
LENS = 85.0
SENSOR = 36.0
# Framing in eye distances (about 63 mm): air above the hair, shoulders below, the same air aside.
AIR_ABOVE = 0.6
BELOW_EYES = 3.7
AIR_ASIDE = 0.8
LEAST_FACE = 0.04  # of the picture's height from the eyes to the top of the head, of a camera that looks at a face


def frame_face(scene: bpy.types.Scene, face: Face) -> bpy.types.Object:
    """Place the studio's camera in front of a face so that it fills the scene's picture format.

    A scene takes it as its own camera, unless it has another one that sees the face: that is the artist's. Blender's
    start file has one that does not.
    """
    high = face.top + AIR_ABOVE * face.span
    low = max(face.eyes.z - BELOW_EYES * face.span, face.bottom)
    height, width = high - low, 2 * (face.half_width + AIR_ASIDE * face.span)
    render = scene.render
    across = render.resolution_x * render.pixel_aspect_x
    down = render.resolution_y * render.pixel_aspect_y
    # The sensor is fitted to the picture's longer side, which sees SENSOR / LENS times the distance.
    longer = max(across, down)
    distance = max(height * longer / down, width * longer / across) * LENS / SENSOR
    camera = ensure_piece(scene, "camera", bpy.data.cameras.new)
    camera.data.lens, camera.data.sensor_width, camera.data.sensor_fit = LENS, SENSOR, "AUTO"
    camera.data.clip_start, camera.data.clip_end = 0.05, 50.0
    camera.data.dof.focus_distance = distance
    place = Vector((face.eyes.x, face.eyes.y - distance, (high + low) / 2))
    camera.matrix_world = Matrix.Translation(place) @ Matrix.Rotation(math.pi / 2, 4, "X")
    if scene.camera is None or not sees_face(scene, scene.camera, face):
        scene.camera = camera
    return camera


def sees_face(scene: bpy.types.Scene, camera: bpy.types.Object, face: Face) -> bool:
    """Whether a face is in a camera's picture, and large enough there to be what the picture is of."""
    top, eyes = (world_to_camera_view(scene, camera, Vector((*face.eyes.xy, z))) for z in (face.top, face.eyes.z))
    return eyes.z > 0.0 and 0.0 < eyes.x < 1.0 and 0.0 < eyes.y < 1.0 and abs(top.y - eyes.y) > LEAST_FACE


def orbit_camera(camera: bpy.types.Object, face: Face, yaw: float) -> None:
    """Walk a camera around the head by ``yaw`` radians; positive shows the subject's left side."""
    turn = Matrix.Translation(face.centre) @ Matrix.Rotation(yaw, 4, "Z") @ Matrix.Translation(-face.centre)
    camera.matrix_world = turn @ camera.matrix_world
