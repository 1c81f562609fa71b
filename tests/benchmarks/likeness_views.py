# SPDX-License-Identifier: GPL-3.0-or-later
"""The views of an avatar by which its likeness is judged, rendered by Blender from the saved rig.

    BLENDER_PYTHON likeness_views.py JOBS.json [--size 512] [--samples 16] [--views photo_view yaw+00 ...]

JOBS.json is a list of {"avatar": folder, "out": folder, "pose": {channel: value}}. Each out gets
``photo_view.png`` (the photo's camera and expression), ``yaw+00.png``, ``yaw-15.png`` ... (rest pose, or ``pose``)
and ``views.json``, which says where in the photo the first one's window lies. Yaw > 0 turns the head to the
subject's left. Even white light, transparent film; the head with its hair fills two thirds of the picture.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="likeness_views_"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bpy  # noqa: E402
import numpy as np  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402

from blender_addon import compat  # noqa: E402
from blender_addon.rig import import_avatar, rig_parts  # noqa: E402

YAWS = (0, -15, 15, -30, 30, -45, 45)
FILL = 2 / 3  # share of the picture's height that the head takes
DISTANCE = 1.0  # metres from the eyes to the lens in the views that are not the photo's
CHIN_BELOW_EYES = 0.125  # metres; below it neck, shoulders and long hair begin


@dataclass(frozen=True)
class View:
    """Camera of one picture. focal in pixels of a window whose left upper corner and side are given in pixels."""

    name: str
    rotation: np.ndarray  # OpenCV: camera = rotation @ world + translation
    translation: np.ndarray
    focal: float
    centre: tuple[float, float]
    window: tuple[float, float, float]


def view_name(yaw: int) -> str:
    return f"yaw{yaw:+03d}"


def head_points(armature: bpy.types.Object) -> np.ndarray:
    """World points (N, 3) of head and hair above the neck, as posed."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    eyes = eye_middle(armature)
    found = []
    for name, part in rig_parts(armature).items():
        if name in ("head", "hair"):
            mesh = part.evaluated_get(depsgraph).to_mesh()
            points = np.empty(3 * len(mesh.vertices), np.float32)
            mesh.vertices.foreach_get("co", points)
            found.append(points.reshape(-1, 3) + np.array(part.matrix_world.translation))
    points = np.concatenate(found)
    return points[points[:, 2] > eyes[2] - CHIN_BELOW_EYES]


def eye_middle(armature: bpy.types.Object) -> np.ndarray:
    left, right = (np.array(armature.data.bones[f"eye_{side}"].head_local) for side in ("left", "right"))
    return (left + right) / 2


def project(points: np.ndarray, rotation: np.ndarray, translation: np.ndarray, focal: float) -> np.ndarray:
    local = points @ rotation.T + translation
    return focal * local[:, :2] / local[:, 2:]


def frame(points: np.ndarray) -> tuple[float, float, float]:
    """The square window (left, top, side) in which projected points (N, 2) fill FILL of the height."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = float(high[1] - low[1]) / FILL
    middle = (low + high) / 2
    return float(middle[0]) - side / 2, float(middle[1]) - side / 2, side


def photo_view(armature: bpy.types.Object) -> View:
    camera = json.loads(armature["likeness_camera"])
    rotation, translation = np.array(camera["rotation"]), np.array(camera["translation"])
    centre = (camera["cx"], camera["cy"])
    flat = project(head_points(armature), rotation, translation, camera["focal"]) + centre
    return View("photo_view", rotation, translation, camera["focal"], centre, frame(flat))


def yaw_view(armature: bpy.types.Object, yaw: int) -> View:
    """The head seen as if it had turned by ``yaw`` degrees; the camera walks about the skull's middle."""
    eyes = eye_middle(armature)
    points = head_points(armature)
    pivot = np.array([eyes[0], (points[:, 1].min() + points[:, 1].max()) / 2, eyes[2]])
    angle = math.radians(yaw)
    # The head's turn to its left by yaw is the camera's walk to its right.
    forward = np.array([math.sin(angle), math.cos(angle), 0.0])
    rotation = np.stack([[math.cos(angle), -math.sin(angle), 0.0], [0.0, 0.0, -1.0], forward])
    origin = pivot - forward * (DISTANCE + pivot[1] - eyes[1])
    translation = -rotation @ origin
    flat = project(points, rotation, translation, 1000.0)
    return View(view_name(yaw), rotation, translation, 1000.0, (0.0, 0.0), frame(flat))


def aim(camera: bpy.types.Object, view: View) -> None:
    left, top, side = view.window
    flip = np.diag([1.0, -1.0, -1.0])
    matrix = Matrix((view.rotation.T @ flip).tolist()).to_4x4()
    matrix.translation = Vector((-view.rotation.T @ view.translation).tolist())
    camera.matrix_world = matrix
    data = camera.data
    data.sensor_fit, data.sensor_width = "HORIZONTAL", 36.0
    data.lens = view.focal / side * data.sensor_width
    data.shift_x = -((view.centre[0] - left) / side - 0.5)
    data.shift_y = (view.centre[1] - top) / side - 0.5
    data.clip_start, data.clip_end = 0.01, 100.0


def prepare_scene(size: int, samples: int) -> bpy.types.Scene:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_adaptive_sampling = samples, False
    scene.cycles.use_denoising = False
    scene.cycles.seed = 1
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Standard"
    for key, value in compat.picture_settings().items():
        setattr(scene.render.image_settings, key, value)
    scene.render.image_settings.color_mode = "RGBA"
    scene.world = bpy.data.worlds.new("Even")
    tree = compat.use_nodes(scene.world)
    light, output = tree.nodes.new("ShaderNodeBackground"), tree.nodes.new("ShaderNodeOutputWorld")
    light.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    tree.links.new(light.outputs[0], output.inputs["Surface"])
    scene.camera = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    scene.collection.objects.link(scene.camera)
    return scene


def set_pose(armature: bpy.types.Object, pose: dict[str, float]) -> None:
    for channel, value in pose.items():
        armature[channel] = value
    armature.update_tag()
    bpy.context.view_layer.update()


def render_job(job: dict, size: int, samples: int, views: Sequence[str] | None) -> None:
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    scene = prepare_scene(size, samples)
    armature = import_avatar(Path(job["avatar"]))
    windows = {}
    expression = json.loads(armature["likeness_photo_expression"])

    def render(view: View) -> None:
        aim(scene.camera, view)
        windows[view.name] = view.window
        scene.render.filepath = str(out / f"{view.name}.png")
        bpy.ops.render.render(write_still=True)

    if views is None or "photo_view" in views:
        set_pose(armature, expression)
        render(photo_view(armature))
        set_pose(armature, dict.fromkeys(expression, 0.0))
    set_pose(armature, job.get("pose", {}))
    for yaw in YAWS:
        if views is None or view_name(yaw) in views:
            render(yaw_view(armature, yaw))
    (out / "views.json").write_text(json.dumps(windows, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--views", nargs="*")
    options = parser.parse_args(arguments)
    status = 0
    for job in json.loads(options.jobs.read_text(encoding="utf-8")):
        try:
            render_job(job, options.size, options.samples, options.views)
            print(f"VIEWS {job['out']}", flush=True)
        except Exception:
            traceback.print_exc()
            status = 1
    return status


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Python's own exit can hang with bpy
