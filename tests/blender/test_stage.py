# SPDX-License-Identifier: GPL-3.0-or-later
"""The studio frames and lights a face, and a clip comes out of it whole or not at all."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from staged_take import Answers

from blender_addon import compat
from blender_addon.engine.works import Step
from blender_addon.errors import Cancelled, LikenessError
from blender_addon.rig import import_avatar, rig_parts
from blender_addon.shots.clip import signed_clip_steps
from blender_addon.stage import build_studio, plan_render, render_still
from blender_addon.stage.camera import orbit_camera
from blender_addon.stage.face import measure_face
from blender_addon.stage.settings import planned
from blender_addon.stage.shown import find_shown
from blender_addon.takes import apply_performance, shown_take, take_record
from blender_addon.takes.take import write_take_record

PLAN = plan_render("workbench", (64, 64), 5)


def picture(path: Path) -> np.ndarray:
    """(H, W, 3) values of an image file as stored, bottom row first."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    shape = (image.size[1], image.size[0], image.channels)
    bpy.data.images.remove(image)
    return pixels.reshape(shape)[..., :3]


def seen(armature: bpy.types.Object, part: str) -> np.ndarray:
    """(V, 2) picture coordinates of a part's vertices, 0..1 inside the picture."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    mesh = rig_parts(armature)[part].data
    points = [world_to_camera_view(scene, scene.camera, Vector(vertex.co)) for vertex in mesh.vertices]
    return np.array(points)[:, :2]


def short_take(armature: bpy.types.Object, folder: Path, frames: int = 6) -> bpy.types.Scene:
    scene = bpy.context.scene
    apply_performance(armature, folder)
    build_studio(scene, armature)
    scene.frame_end = scene.frame_start + frames - 1
    return scene


@pytest.mark.parametrize("size", [(1080, 1080), (1920, 1080), (1080, 1920)])
def test_the_camera_shows_head_and_shoulders_in_every_format(armature, size):
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    camera = build_studio(scene, armature)["camera"]
    assert scene.camera == camera
    assert camera.data.lens == 85.0
    for part in ("head", "hair"):
        points = seen(armature, part)
        assert points.min() > 0.02 and points.max() < 0.98
    eyes = seen(armature, "eyes").mean(axis=0)
    assert eyes[0] == pytest.approx(0.5, abs=0.01)
    assert 0.5 < eyes[1] < 0.75
    across = np.ptp(seen(armature, "head")[:, 0]) * size[0] / min(size)
    assert across > 0.25  # the face is the subject, not a speck
    assert (seen(armature, "torso")[:, 1] > 0).any()


def test_a_positive_orbit_shows_the_subjects_left_side_at_the_same_distance(armature):
    camera = build_studio(bpy.context.scene, armature)["camera"]
    face = measure_face(armature)
    before = camera.matrix_world.translation.copy()
    orbit_camera(camera, face, np.radians(30))
    after = camera.matrix_world.translation
    assert after.x > 0.3
    assert (after - face.centre).length == pytest.approx((before - face.centre).length, abs=1e-5)
    bpy.context.view_layer.update()
    point = world_to_camera_view(bpy.context.scene, camera, face.centre)
    assert point.x == pytest.approx(0.5, abs=1e-3)


def test_building_the_studio_again_moves_its_pieces_and_adds_none(armature):
    scene = bpy.context.scene
    first = build_studio(scene, armature)
    count = len(bpy.data.objects), len(bpy.data.worlds), len(bpy.data.materials)
    armature.location.x = 0.5
    bpy.context.view_layer.update()
    second = build_studio(scene, armature)
    assert first == second
    assert (len(bpy.data.objects), len(bpy.data.worlds), len(bpy.data.materials)) == count
    assert second["camera"].matrix_world.translation.x == pytest.approx(0.5, abs=1e-3)


def test_a_camera_of_the_artist_stays_the_scenes_camera(armature):
    bpy.ops.object.camera_add(location=(0.0, -1.5, 1.6), rotation=(np.pi / 2, 0.0, 0.0))
    own = bpy.context.scene.camera = bpy.context.object
    build_studio(bpy.context.scene, armature)
    assert bpy.context.scene.camera == own


def test_a_camera_that_sees_no_face_does_not_stay_the_scenes_camera(armature):
    """Such as that of Blender's start file, in which an avatar is a few pixels large."""
    bpy.ops.object.camera_add(location=(7.4, -6.9, 5.0), rotation=(1.11, 0.0, 0.81))
    bpy.context.scene.camera = bpy.context.object
    studio = build_studio(bpy.context.scene, armature)
    assert bpy.context.scene.camera == studio["camera"]


class Core:
    """Stands in for the core: looks at what it is given to finish, and leaves a file."""

    def __init__(self) -> None:
        self.method = ""
        self.params: dict[str, Any] = {}
        self.pictures: list[np.ndarray] = []
        self.faces: dict[str, np.ndarray] = {}
        self.sound: tuple[np.ndarray, int] | None = None

    def __call__(self, method: str, params: Mapping[str, Any]) -> Step:
        self.method, self.params = method, dict(params)
        folder = Path(params["pictures"])
        self.pictures = [picture(path) for path in sorted(folder.glob("0*.png"))]
        self.faces = dict(np.load(folder / "faces.npz"))
        if params["sound"] is not None:
            with wave.open(params["sound"]) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
                self.sound = samples / 32768, file.getframerate()
        Path(params["out"]).write_bytes(b"the clip")
        return Answers({method: {}})(method, params)


def make_clip(scene: bpy.types.Scene, out: Path, progress: Callable[[float, str], None] = lambda *_: None) -> Core:
    """A clip by *Render Clip*'s own steps, finished by a stand-in."""
    core = Core()
    with closing(signed_clip_steps(scene, out, PLAN, {"title": "Clip"}, core)) as steps:
        for fraction, text in steps:
            progress(fraction, text)
    return core


@pytest.mark.skipif(not compat.has_sound(), reason="this bpy was built without sound")
def test_the_core_gets_every_frame_the_faces_and_the_voice(armature, performance_folder, tmp_path):
    scene = short_take(armature, performance_folder, 12)
    out = tmp_path / "clip.mp4"
    told = []
    core = make_clip(scene, out, lambda fraction, text: told.append(fraction))
    assert core.method == "finish_clip" and core.params["title"] == "Clip" and core.params["out"] == str(out)
    assert [one.shape for one in core.pictures] == [(64, 64, 3)] * 12
    assert core.params["fps"] == pytest.approx(24)
    samples, rate = core.sound
    assert len(samples) / rate == pytest.approx(0.5, abs=0.06)
    power = (samples[rate // 10 : rate * 4 // 10] ** 2).mean(axis=0).sum()  # a centred voice, over both sides
    assert power == pytest.approx(0.3**2 / 2, rel=0.1)
    boxes = core.faces[armature.name]
    assert boxes.shape == (12, 4) and (boxes[:, 2:] - boxes[:, :2] > 0.1).all()
    assert told == sorted(told) and 0.5 < told[-1] < 1.0 and len(told) == 12
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_who_is_heard_is_named_before_a_clip_is_rendered(armature, performance_folder):
    scene = short_take(armature, performance_folder, 2)
    record = take_record(armature, shown_take(armature))
    heard = {"speaker": "Ada & <Bob>", "basis": "written"}
    settings = {**record.settings, "voice": "profile:ada", "consent": heard}
    write_take_record(armature, shown_take(armature), replace(record, settings=settings))
    shown, voice = find_shown(scene)
    assert shown["name"] == armature.name and shown["consent"]["statement"] == "A drawing, nobody's face."
    assert voice == {"kind": "voice", "name": "profile:ada", "ids": ["profile:ada"], "consent": heard}


def test_what_a_consent_was_given_for_is_handed_on_as_the_avatar_has_it(avatar_folder):
    """The core looks whether it was exchanged, and says so."""
    path = avatar_folder / "avatar.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["consent"]["given_for"] = {"ids": [said["id"], "5a"], "files": {"geometry.npz": "00"}, "seal": "é"}
    path.write_text(json.dumps(said), encoding="utf-8")
    armature = import_avatar(avatar_folder)
    shown = next(one for one in find_shown(bpy.context.scene) if one["name"] == armature.name)
    assert shown["consent"] == said["consent"] and shown["ids"][0] == said["id"]


def test_a_scene_that_is_not_in_the_window_shows_its_own_frames(armature, performance_folder, tmp_path):
    scene = short_take(armature, performance_folder, 25)
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    pictures = []
    for frame in (1, 5):  # the mouth's first opening
        scene.frame_set(frame)
        pictures.append(picture(render_still(scene, tmp_path / f"{frame}.png", PLAN)))
    assert np.abs(pictures[1] - pictures[0]).max() > 0.1


def test_rendering_leaves_the_artists_settings_alone(armature, performance_folder, tmp_path):
    scene = short_take(armature, performance_folder, 2)
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = 777
    scene.render.filepath = "//mine"
    if hasattr(scene.render.image_settings, "media_type"):  # from 5.0 on
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    scene.cycles.samples = 99
    scene.frame_set(2)
    make_clip(scene, tmp_path / "clip.mp4")
    render_still(scene, tmp_path / "still.png", plan_render("cycles", (32, 32), 1))
    assert (scene.render.engine, scene.render.resolution_x, scene.render.filepath) == (
        "CYCLES",
        777,
        "//mine",
    )
    assert (scene.cycles.samples, scene.frame_current) == (99, 2)
    assert scene.render.image_settings.file_format == "FFMPEG"
    assert len(bpy.data.scenes) == 1 and len(bpy.data.sounds) == 1


def test_a_plan_limits_subdivision_unless_the_artist_has_a_limit(armature):
    render = bpy.context.scene.render
    plan = replace(PLAN, subdivision=0)
    with planned(bpy.context.scene, plan):
        assert (render.use_simplify, render.simplify_subdivision_render) == (True, 0)
    assert (render.use_simplify, render.simplify_subdivision_render) == (False, 6)
    render.use_simplify, render.simplify_subdivision_render = True, 1
    with planned(bpy.context.scene, plan):
        assert render.simplify_subdivision_render == 1


def test_a_cancelled_clip_leaves_the_previous_file_whole(armature, performance_folder, tmp_path):
    scene = short_take(armature, performance_folder)
    out = tmp_path / "clip.mp4"
    out.write_bytes(b"the previous clip")
    done = []

    def cancel_after_two(fraction: float, text: str) -> None:
        done.append(text)
        if len(done) == 2:
            raise Cancelled

    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Cancelled):
        make_clip(scene, out, cancel_after_two)
    assert out.read_bytes() == b"the previous clip"
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert scene.render.engine != "BLENDER_WORKBENCH"


def test_without_a_camera_the_clip_is_refused_in_words(armature, tmp_path):
    with pytest.raises(LikenessError) as caught:
        make_clip(bpy.context.scene, tmp_path / "clip.mp4")
    assert caught.value.code == "camera_missing"


def test_a_target_that_cannot_be_written_is_refused_in_words(armature, performance_folder, tmp_path):
    scene = short_take(armature, performance_folder)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LikenessError) as caught:
        make_clip(scene, tmp_path / "file" / "clip.mp4")
    assert caught.value.code == "output_unwritable"


@pytest.mark.parametrize("engine", ["eevee", "cycles", "workbench"])
def test_every_engine_shows_a_lit_face_before_a_quiet_backdrop(engine, armature, tmp_path):
    scene = bpy.context.scene
    build_studio(scene, armature)
    pixels = picture(render_still(scene, tmp_path / "still.png", plan_render(engine, (96, 96), 4)))
    face = pixels[50:58, 40:56].mean(axis=(0, 1))
    assert 0.3 < face.mean() < 0.9
    assert face[0] > face[2]  # skin is warm
    corner = np.concatenate([pixels[-10:, :10], pixels[-10:, -10:]]).reshape(-1, 3)
    assert 0.02 < corner.mean() < 0.7
    assert corner.std() < 0.1


def test_an_engine_that_does_not_exist_is_refused_in_words():
    with pytest.raises(LikenessError) as caught:
        plan_render("arnold")
    assert caught.value.code == "engine_unknown"


def test_auto_settles_on_an_engine_and_says_why():
    plan = plan_render("auto")
    assert plan.engine in ("eevee", "cycles", "workbench")
    assert plan.device and plan.reason.endswith(".")
    assert plan.width % 2 == plan.height % 2 == 0
