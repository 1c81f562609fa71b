# SPDX-License-Identifier: GPL-3.0-or-later
"""The views of an avatar by which its likeness is judged, rendered by Blender from the saved rig.

    BLENDER_PYTHON likeness_views.py JOBS.json [--size 512] [--samples 16] [--views photo_view yaw+00 ...]

JOBS.json is a list of {"avatar": folder, "out": folder, "pose": {channel: value}}. Each out gets
``photo_view.png`` (the photo's camera and expression), ``yaw+00.png``, ``yaw-15.png`` ... (rest pose, or ``pose``),
the `POSES` at half the size, and ``views.json``, which says where in the photo the first one's window lies.
Yaw > 0 turns the head to the subject's left.
Even white light, transparent film; the head with its hair fills two thirds of the picture.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="likeness_views_"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bpy
import numpy as np
from mathutils import Matrix, Vector

from blender_addon import compat
from blender_addon.rig import import_avatar, rig_parts
from core.avatar.framing import YAWS, View, head_part, photo_view, view_name, yaw_view


def head_points(armature: bpy.types.Object) -> np.ndarray:
    """World points (N, 3) of head and hair above the neck, as posed."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    found = []
    for name, part in rig_parts(armature).items():
        if name in ("head", "hair"):
            mesh = part.evaluated_get(depsgraph).to_mesh()
            points = np.empty(3 * len(mesh.vertices), np.float32)
            mesh.vertices.foreach_get("co", points)
            found.append(points.reshape(-1, 3) + np.array(part.matrix_world.translation))
    return head_part(np.concatenate(found), eye_middle(armature))


def eye_middle(armature: bpy.types.Object) -> np.ndarray:
    left, right = (np.array(armature.data.bones[f"eye_{side}"].head_local) for side in ("left", "right"))
    return (left + right) / 2


def aim(camera: bpy.types.Object, view: View) -> None:
    matrix = Matrix((view.rotation.T @ np.diag([1.0, -1.0, -1.0])).tolist()).to_4x4()
    matrix.translation = Vector((-view.rotation.T @ view.translation).tolist())
    camera.matrix_world = matrix
    data = camera.data
    data.sensor_fit, data.sensor_width = "HORIZONTAL", 36.0
    data.lens = view.focal / view.size * data.sensor_width
    data.shift_x = 0.5 - view.cx / view.size
    data.shift_y = view.cy / view.size - 0.5
    data.clip_start, data.clip_end = 0.01, 100.0


def prepare_scene(size: int, samples: int) -> bpy.types.Scene:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_adaptive_sampling = samples, False
    scene.cycles.use_denoising = True  # 16 samples leave noise, which the identity network takes for another skin
    scene.cycles.seed = 1
    scene.cycles.pixel_filter_type = "BOX"  # a pixel is what falls on it, as in the photo that it is compared with
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


# Picture -> channels of the poses that show what a still face hides.
POSES: dict[str, dict[str, float]] = {
    "jaw_open": {"jawOpen": 1.0},
    "eyes_shut": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "smile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
}


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
    expression = json.loads(armature["likeness_photo_expression"])

    def render(name: str, view: View) -> None:
        aim(scene.camera, view)
        scene.render.filepath = str(out / f"{name}.png")
        bpy.ops.render.render(write_still=True)

    if views is None or "photo_view" in views:
        set_pose(armature, expression)
        view, window = photo_view(json.loads(armature["likeness_camera"]), head_points(armature), size)
        render("photo_view", view)
        set_pose(armature, dict.fromkeys(expression, 0.0))
        record = {"photo_view": [window.left, window.top, window.side]}
        (out / "views.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    set_pose(armature, job.get("pose", {}))
    head, eyes = head_points(armature), eye_middle(armature)
    for yaw in YAWS:
        if views is None or view_name(yaw) in views:
            render(view_name(yaw), yaw_view(yaw, head, eyes, size))
    scene.render.resolution_percentage = 50
    for name, pose in POSES.items():
        if views is None or name in views:
            set_pose(armature, pose)
            render(name, yaw_view(0, head, eyes, size))
            set_pose(armature, dict.fromkeys(pose, 0.0))


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
