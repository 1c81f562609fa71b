# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender half of bench_rig.py.

BLENDER_PYTHON rig_measures.py measure X.avatar X.performance OUT.json
BLENDER_PYTHON rig_measures.py keys X.avatar OUT_FOLDER SIZE
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="likeness_rig_"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
import numpy as np
from likeness_views import aim, eye_middle, head_points, prepare_scene, set_pose

import blender_addon
from blender_addon import takes
from blender_addon.rig import import_avatar
from blender_addon.takes.channels import find_target
from blender_addon.takes.performance import read_performance
from core.avatar.framing import View, yaw_view
from core.channels import ARKIT_CHANNELS, VISEMES

MINUTE = 60.0
FRAMES = 400  # that are timed
EDITS = 9
# The contact sheet's pictures: how near, and the middle of the face from that of the eyes (metres).
ZOOM, FACE_MIDDLE = 2.1, np.array([0.0, -0.02, -0.035])


def seconds_of(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(avatar: Path, folder: Path, out: Path) -> None:
    """Write all figures as JSON."""
    blender_addon.register()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    rigs: list[bpy.types.Object] = []
    figures: dict[str, float] = {"rig_seconds": seconds_of(lambda: rigs.append(import_avatar(avatar)))}
    (armature,) = rigs
    bpy.context.view_layer.objects.active = armature
    performance = read_performance(folder)
    spent = [seconds_of(lambda: takes.apply_performance(armature, folder)) for _ in range(3)]
    figures["take_seconds"] = statistics.median(spent) * MINUTE / performance.duration
    frames = np.linspace(scene.frame_start, scene.frame_end, FRAMES).astype(int)
    spent = [seconds_of(lambda frame=frame: scene.frame_set(int(frame))) for frame in frames]
    figures["frame_set_ms"] = 1e3 * statistics.median(spent)
    figures["layers"] = len(takes.take_strips(armature, takes.shown_take(armature)))
    figures |= key_figures(armature, performance, scene)
    figures["edit_seconds"] = edit_seconds(scene)
    figures["blend_with_take_mb"] = blend_size()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    import_avatar(avatar)
    figures["blend_mb"] = blend_size()
    out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    blender_addon.unregister()


def key_figures(armature: bpy.types.Object, performance, scene: bpy.types.Scene) -> dict[str, float]:
    """How far the keys are off the performance at whole frames (share of the full range), and how many they are."""
    fps = scene.render.fps / scene.render.fps_base
    worst, shares, counts = 0.0, {}, []
    for layer, found in takes.take_strips(armature, takes.shown_take(armature)).items():
        bag = found.curves
        frames = np.arange(round(found.strip.action_frame_end) + 1)
        for channel, curve in performance.layers[layer].items():
            target = find_target(armature, channel)
            fcurve = bag.fcurves.find(target.path, index=target.index)
            truth = target.sign * np.interp(frames / fps, performance.time, curve)
            said = np.zeros(len(frames)) if fcurve is None else [fcurve.evaluate(frame) for frame in frames]
            worst = max(worst, float(np.abs(said - truth).max()) / target.span)
        keys = [len(fcurve.keyframe_points) / len(frames) for fcurve in bag.fcurves]
        shares[layer] = statistics.mean(keys)
        counts += keys
    return {"key_error": worst, "keys_share": max(shares.values()), "keys_share_all": statistics.mean(counts)}


def blend_size() -> float:
    """Megabytes of the compressed .blend; textures and sound are not in it."""
    for packed in (*bpy.data.sounds, *bpy.data.images):
        if packed.packed_file is not None:
            packed.unpack(method="REMOVE")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rig.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, copy=True)
        return path.stat().st_size / 1e6


def edit_seconds(scene: bpy.types.Scene) -> float:
    """From pressing the button to the mouth that has followed, with the core at work already."""
    bpy.ops.likeness.list_phones()
    scene.likeness.phone = len(scene.likeness.phones) // 2
    bpy.ops.likeness.nudge_phone(frames=1.0)  # starts the core
    return statistics.median(
        seconds_of(lambda n=n: bpy.ops.likeness.nudge_phone(frames=(-1.0) ** (n + 1))) for n in range(EDITS)
    )


def close_up(view: View, middle: np.ndarray) -> View:
    """The view ZOOM times as near, with a world point (3,) in its middle."""
    x, y, depth = view.rotation @ middle + view.translation
    focal = ZOOM * view.focal
    return replace(view, focal=focal, cx=view.size / 2 - focal * x / depth, cy=view.size / 2 - focal * y / depth)


def draw_keys(avatar: Path, out: Path, size: int) -> None:
    """One picture per key and viseme at 1, and of the rest pose."""
    out.mkdir(parents=True, exist_ok=True)
    scene = prepare_scene(size, 8)
    armature = import_avatar(avatar)
    view = yaw_view(0, head_points(armature), eye_middle(armature), size)
    aim(scene.camera, close_up(view, eye_middle(armature) + FACE_MIDDLE))
    for name in ("rest", *ARKIT_CHANNELS, *VISEMES):
        if name in armature or name == "rest":
            pose = {} if name == "rest" else {name: 1.0}
            set_pose(armature, pose)
            scene.render.filepath = str(out / f"{name}.png")
            bpy.ops.render.render(write_still=True)
            set_pose(armature, dict.fromkeys(pose, 0.0))


def main(arguments: list[str]) -> int:
    if arguments[0] == "measure":
        measure(*map(Path, arguments[1:]))
    else:
        draw_keys(Path(arguments[1]), Path(arguments[2]), int(arguments[3]))
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Python's own exit can hang with bpy
