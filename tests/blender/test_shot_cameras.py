# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras frame performed faces: in every format, preset and move they stay where they may be, in every frame."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from small_avatar import write_small_avatar, write_small_performance

from blender_addon.errors import LikenessError
from blender_addon.rig import import_avatar, rig_parts
from blender_addon.rig.looking import EYES
from blender_addon.shots.camera import Framed, Margins, Plate, apply_camera
from blender_addon.shots.cameras import MOVES, PAIR, PRESETS
from blender_addon.shots.cast import place_cast
from blender_addon.shots.faces import measure_head
from blender_addon.shots.gazes import direct_gazes
from blender_addon.shots.request import Performer
from blender_addon.takes import apply_performance

FORMATS = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350)}
FRAMES = range(1, 26)
SLIDE = {"16:9": (0.0, 0.0, 0.45, 0.2), "9:16": (0.0, 0.4, 0.0, 0.15), "1:1": (0.0, 0.0, 0.4, 0.2)}
SLIDE["4:5"] = (0.0, 0.35, 0.0, 0.0)


@pytest.fixture
def pair(tmp_path: Path) -> list[bpy.types.Object]:
    """Two who perform, of whom nobody looks at anybody."""
    scene = bpy.context.scene
    folder, lively = write_small_avatar(tmp_path), write_small_performance(tmp_path, scale=1.0)
    rigs = [import_avatar(folder) for _ in range(2)]
    for rig in rigs:
        apply_performance(rig, lively, scene=scene, start=1)
    scene.frame_start, scene.frame_end = FRAMES[0], FRAMES[-1]
    return rigs


def stand(
    rigs: list[bpy.types.Object],
    form: str,
    looks: tuple[str, str] = ("viewer", "viewer"),
    in_front: int | None = None,
    is_open: bool = False,
) -> None:
    scene, size = bpy.context.scene, FORMATS[form]
    scene.render.resolution_x, scene.render.resolution_y = size
    place_cast(rigs, size[0] / size[1], in_front)
    camera = scene.camera or bpy.data.objects.new("Viewer", bpy.data.cameras.new("Viewer"))
    names = ("a", "b")[: len(rigs)]
    performers = [Performer(name, Path(), looks_at=at) for name, at in zip(names, looks, strict=False)]
    direct_gazes(dict(zip(names, rigs, strict=True)), performers, camera, is_open=is_open)


def seen_boxes(rig: bpy.types.Object, frames: range) -> np.ndarray:
    """(F, 4) where the face is, through Blender's own camera and with the pose as it is in the scene."""
    scene, shape, found = bpy.context.scene, measure_head(rig), []
    for frame in frames:
        scene.frame_set(frame)
        bone = rig.pose.bones["head"]
        turn = rig.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
        points = shape.face + min(rig["jawOpen"], 1.5) * shape.jaw
        shares = [world_to_camera_view(scene, scene.camera, turn @ Vector(point)) for point in points]
        across, down = [share.x for share in shares], [1.0 - share.y for share in shares]
        found.append((min(across), min(down), max(across), max(down)))
    return np.array(found)


def check(framed: Framed, rigs: list[bpy.types.Object], margins: Margins, frames: range) -> None:
    for rig in rigs:
        boxes = seen_boxes(rig, frames)
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        assert (low >= margins.allowed[:2] - 1e-4).all() and (high <= margins.allowed[2:] + 1e-4).all()
        told = framed.boxes[rig][[frame - FRAMES[0] for frame in frames]]
        np.testing.assert_allclose(told, boxes, atol=0.001)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("preset", [name for name, preset in PRESETS.items() if preset.shows != PAIR])
def test_faces_stay_within_the_margins_in_every_frame(pair, preset, form):
    rigs = pair if PRESETS[preset].shows == "all" else pair[:1]
    stand(rigs, form)
    beside = Margins(SLIDE[form], (0.06, 0.08))
    for margins, moves in ((Margins(), ("orbit", "slide")), (beside, ("push_in", "hand_held"))):
        for move in moves:
            framed = apply_camera(bpy.context.scene, rigs, preset, move, frames=FRAMES, margins=margins, seed=3)
            for boxes in framed.boxes.values():
                assert (boxes[:, :2] >= margins.allowed[:2]).all() and (boxes[:, 2:] <= margins.allowed[2:]).all()
            if move == "hand_held":
                check(framed, rigs, margins, range(1, 26, 8))


def test_every_move_keeps_to_the_margins(pair):
    stand(pair[:1], "16:9")
    for move in MOVES:
        framed = apply_camera(bpy.context.scene, pair[:1], "over_slide", move, frames=FRAMES, seed=5)
        check(framed, pair[:1], Margins((0.0, 0.0, 0.55, 0.0)), range(1, 26, 12))
        assert framed.amount == 1.0 or move == "slide"
        assert not framed.ends


@pytest.mark.parametrize("form", FORMATS)
def test_over_a_shoulder_one_face_is_seen_free_of_the_other_head(pair, form):
    scene = bpy.context.scene
    stand(pair, form, ("b", "a"), 1)
    framed = apply_camera(scene, pair, "over_shoulder", "push_in", pair[0], FRAMES)
    assert framed.seen == (pair[0], pair[1])
    check(framed, pair[:1], Margins(), range(1, 26, 6))
    scene.frame_set(12)
    hair = rig_parts(pair[1])["hair"]
    ahead = [world_to_camera_view(scene, scene.camera, hair.matrix_world @ Vector(v.co)) for v in hair.data.vertices]
    left, right = min(p.x for p in ahead), max(p.x for p in ahead)
    assert right > 0 and left < 1, "the other one is in the picture"
    box = framed.boxes[pair[0]][11]
    assert right < box[0] or left > box[2]


def test_the_presets_differ_in_how_large_the_face_is(pair):
    stand(pair[:1], "16:9")
    heights = {}
    for preset in ("wide", "medium", "close_up", "extreme_close_up"):
        box = apply_camera(bpy.context.scene, pair[:1], preset, frames=FRAMES).boxes[pair[0]]
        heights[preset] = float(np.median(box[:, 3] - box[:, 1]))
    assert list(heights.values()) == sorted(heights.values())
    assert heights["extreme_close_up"] > 0.6 and heights["wide"] < 0.35


def test_two_who_talk_are_both_seen(pair):
    for form in FORMATS:
        stand(pair, form, ("b", "a"))
        framed = apply_camera(bpy.context.scene, pair, "two_shot", frames=FRAMES)
        check(framed, pair, Margins(), range(1, 26, 6))
        one, other = (framed.boxes[rig] for rig in pair)
        assert (one[:, 2] < other[:, 0]).all(), "who stands left is seen left"


def test_two_who_look_at_each_other_are_seen_half_from_the_side(pair):
    scene = bpy.context.scene
    for form in FORMATS:
        stand(pair, form, ("b", "a"), is_open=True)
        framed = apply_camera(scene, pair, "two_shot", frames=FRAMES)
        scene.frame_set(1)
        for rig in pair:
            face = framed.faces[rig]
            towards = (np.array(framed.camera.matrix_world.translation) - face.eyes.mean(axis=0))[:2]
            ahead = face.ahead.mean(axis=0)[:2]
            cosine = ahead @ towards / np.linalg.norm(ahead) / np.linalg.norm(towards)
            assert 15 < math.degrees(math.acos(cosine)) < 50
            assert max(abs(turned) for turned in eye_turns(rig)) < 23, "no iris lies in the corner of its eye"


def eye_turns(rig: bpy.types.Object) -> list[float]:
    """Degrees by which the eyes turn aside in their head."""
    turns = {bone.name: bone.matrix.to_quaternion() @ bone.bone.matrix_local.to_quaternion().inverted()
             for bone in rig.pose.bones if bone.name in (*EYES, "head")}  # fmt: skip
    return [math.degrees((turns["head"].inverted() @ turns[eye]).to_euler().z) for eye in EYES]


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_what_stands_behind_is_seen_whole_beside_the_head(pair, side):
    scene, rig = bpy.context.scene, pair[0]
    stand(pair[:1], "16:9")
    eyes = measure_head(rig).face.mean(axis=0)
    corners = np.array([(side * x, 1.3, eyes[2] + z) for x in (0.17, 1.23) for z in (-0.3, 0.3)])
    framed = apply_camera(scene, [rig], frames=FRAMES, margins=Margins((0, 0, 0, 0.24)), beside=corners)
    assert not framed.camera.data.dof.use_dof, "it is sharp"
    check(framed, [rig], Margins((0, 0, 0, 0.24)), range(1, 26, 12))
    shares = np.array([world_to_camera_view(scene, scene.camera, Vector(corner)) for corner in corners])[:, :2]
    assert (shares > 0.02).all() and (shares[:, 0] < 0.98).all() and (shares[:, 1] > 0.23).all()
    box = framed.boxes[rig]
    assert shares[:, 0].min() > box[:, 2].max() if side > 0 else shares[:, 0].max() < box[:, 0].min()


def test_a_still_camera_has_no_curves_and_a_move_has_few_keys(pair):
    stand(pair[:1], "16:9")
    scene = bpy.context.scene
    camera = apply_camera(scene, pair[:1], "medium", "still", frames=FRAMES).camera
    assert camera.animation_data is None or camera.animation_data.action is None
    places = []
    for move, most in (("push_in", 2), ("orbit", 4), ("hand_held", 11), ("slide", 2)):
        apply_camera(scene, pair[:1], "medium", move, frames=FRAMES)
        from blender_addon import compat

        curves = compat.slot_curves(compat.played_slot(camera.animation_data))
        assert curves and all(2 <= len(curve.keyframe_points) <= most for curve in curves)
        scene.frame_set(1)
        begin = camera.matrix_world.copy()
        scene.frame_set(25)
        places.append((begin.translation - camera.matrix_world.translation).length)
    assert min(places) > 1e-4
    assert len([action for action in bpy.data.actions if action.name.startswith(camera.name)]) <= 1


def test_the_same_seed_holds_the_camera_the_same_way(pair):
    stand(pair[:1], "16:9")
    scene, found = bpy.context.scene, []
    for seed in (1, 1, 2):
        camera = apply_camera(scene, pair[:1], "medium", "hand_held", frames=FRAMES, seed=seed).camera
        scene.frame_set(9)
        found.append(np.array(camera.matrix_world))
    assert np.array_equal(found[0], found[1]) and not np.allclose(found[0], found[2], atol=1e-5)


def test_focus_follows_the_eyes_and_is_drawn_from_one_to_the_other(pair):
    stand(pair, "16:9")
    pair[1].location.y += 0.8
    scene = bpy.context.scene
    camera = apply_camera(scene, pair[:1], "close_up", frames=FRAMES).camera
    lens = camera.data.dof
    assert lens.use_dof and lens.focus_object == pair[0] and lens.focus_subtarget.startswith("eye_")
    apply_camera(scene, pair, "two_shot", "rack_focus", frames=FRAMES, focus=[(pair[0], 1), (pair[1], 5)])
    for frame, rig in ((1, pair[0]), (25, pair[1])):
        scene.frame_set(frame)
        eyes = rig.matrix_world @ ((rig.pose.bones["eye_left"].head + rig.pose.bones["eye_right"].head) / 2)
        assert lens.focus_distance == pytest.approx(-(camera.matrix_world.inverted() @ eyes).z, abs=0.02)
    apply_camera(scene, pair, "two_shot", frames=FRAMES, depth_of_field=False)
    assert not lens.use_dof


def test_a_plate_keeps_its_own_lens_and_pitch(pair):
    stand(pair[:1], "16:9")
    margins = Margins((0.0, 0.0, 0.45, 0.0))
    plate = Plate(math.radians(-4.0), 28.0)
    framed = apply_camera(bpy.context.scene, pair[:1], "medium", "push_in", frames=FRAMES, margins=margins, plate=plate)
    data, turn = framed.camera.data, framed.camera.rotation_euler
    assert data.lens == 28.0 and (data.shift_x, data.shift_y) == (0.0, 0.0) and not data.dof.use_dof
    assert math.degrees(turn.x) == pytest.approx(86.0, abs=1e-3) and turn.y == pytest.approx(0.0, abs=1e-6)
    assert framed.camera.animation_data is None or framed.camera.animation_data.action is None
    check(framed, pair[:1], margins, range(1, 26, 6))


@pytest.mark.parametrize(
    ("preset", "move", "code"),
    [
        ("portrait", "still", "camera_unknown"),
        ("medium", "jump", "camera_unknown"),
        ("over_shoulder", "still", "partner_missing"),
    ],
)
def test_what_cannot_be_framed_is_said_in_a_sentence(armature, preset, move, code):
    with pytest.raises(LikenessError) as caught:
        apply_camera(bpy.context.scene, [armature], preset, move)
    assert caught.value.code == code and str(caught.value).endswith(".")


def test_an_artists_own_camera_can_be_taken(armature):
    data = bpy.data.cameras.new("Own")
    own = bpy.data.objects.new("Own", data)
    bpy.context.scene.collection.objects.link(own)
    armature.rotation_euler.z = math.radians(90)
    bpy.context.view_layer.update()
    framed = apply_camera(bpy.context.scene, [armature], "close_up", frames=range(1, 3), camera=own)
    assert framed.camera == own == bpy.context.scene.camera
    assert own.location.x > 1.0, "it stands before the face, wherever that looks"
    assert not np.isnan(framed.boxes[armature]).any()
