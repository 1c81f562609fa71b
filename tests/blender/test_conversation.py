# SPDX-License-Identifier: GPL-3.0-or-later
"""Several avatars in one scene: they look into each other's eyes, stand well, and speak in turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, why_not
from library_file import link_override
from mathutils import Vector
from small_avatar import write_small_performance

from blender_addon import compat
from blender_addon.engine.pieces import run
from blender_addon.errors import LikenessError
from blender_addon.operators.photo import put_avatar
from blender_addon.rig.assemble import RIG_ID
from blender_addon.rig.avatar import read_avatar
from blender_addon.rig.looking import GLANCES, NAMES, avatar_of, look_at, look_away, looked_at, on_its_own
from blender_addon.stage.facing import turn_towards
from blender_addon.stage.shown import find_shown
from blender_addon.takes import apply_performance, duplicate_take, move_take, shown_take, shown_takes, take_span
from blender_addon.takes.take import remove_take, show_take

EYES = ("eye_left", "eye_right")


@pytest.fixture
def people(avatar_folder: Path) -> Callable[[int], list[bpy.types.Object]]:
    """So many avatars side by side."""
    return lambda count: [run(put_avatar(read_avatar(avatar_folder), bpy.context)) for _ in range(count)]


def evaluated(armature: bpy.types.Object) -> bpy.types.Object:
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    return armature.evaluated_get(graph)


def face(target: bpy.types.Object) -> Vector:
    found = evaluated(target)
    if found.type != "ARMATURE":
        return found.matrix_world.translation.copy()
    return found.matrix_world @ (sum((found.pose.bones[eye].head for eye in EYES), Vector()) / 2)


def misses(armature: bpy.types.Object, target: bpy.types.Object) -> float:
    """Metres by which the axes of the eyes pass by what they look at, the worse of both; in front of them."""
    point, found, worst = face(target), evaluated(armature), 0.0
    for eye in EYES:
        place = found.matrix_world @ found.pose.bones[eye].matrix
        way = point - place.translation
        axis = (place.to_3x3() @ Vector((0, 0, 1))).normalized()
        assert way.dot(axis) > 0, "it looks the other way"
        worst = max(worst, (way - way.dot(axis) * axis).length)
    return worst


def eye_turn(armature: bpy.types.Object) -> float:
    """Degrees that the left eye is turned in the head."""
    found = evaluated(armature)
    head, eye = (found.pose.bones[name].matrix.to_3x3() @ Vector((0, 0, 1)) for name in ("head", "eye_left"))
    return math.degrees(head.angle(eye))


def test_two_avatars_a_metre_apart_look_into_each_others_face_also_when_one_is_moved(addon, people):
    one, other = people(2)
    one.location, other.location = (0, 0, 0), (1, 0, 0)
    assert bpy.ops.likeness.look_at_each_other() == {"FINISHED"}
    bpy.ops.likeness.face_each_other()
    assert (looked_at(one), looked_at(other)) == (other, one)
    for _ in range(2):
        assert max(misses(one, other), misses(other, one)) < 0.03
        assert max(eye_turn(one), eye_turn(other)) < 40, "the head does its share"
        other.location = (0.9, -0.35, 0.12)
        one.pose.bones["head"].rotation_euler = (0.1, -0.15, 0.05)
        other.pose.bones["neck"].rotation_euler = (0.0, 0.1, 0.0)


def test_bodies_turn_towards_each_other_in_part_and_once(addon, people):
    one, other = people(2)
    bpy.ops.likeness.face_each_other()
    turned = [math.degrees(armature.rotation_euler.z) for armature in (one, other)]
    assert turned == pytest.approx([50, -50], abs=3)
    bpy.ops.likeness.face_each_other()
    assert [math.degrees(armature.rotation_euler.z) for armature in (one, other)] == pytest.approx(turned, abs=0.5)
    assert turn_towards(one, one.matrix_world.translation + Vector((0, 0, 2))) == 0.0


def test_of_three_each_looks_at_whom_it_is_told(addon, people):
    first, second, third = people(3)
    first.location, second.location, third.location = (0, 0, 0), (1, -0.3, 0), (0.5, -1, 0)
    bpy.context.view_layer.objects.active = second
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    bpy.ops.likeness.look_at_each_other()
    assert looked_at(first) == looked_at(third) == second
    first.likeness_looks_at = third
    bpy.ops.likeness.look_at(avatar=third.name, target=first.name)
    lamp = bpy.data.objects.new("Window", None)
    bpy.context.collection.objects.link(lamp)
    lamp.location = (1.2, -2, 1.7)
    bpy.ops.likeness.look_at(avatar=second.name, target="Window", share=0.3)
    assert [looked_at(rig) for rig in (first, second, third)] == [third, lamp, first]
    assert second.likeness_looks_at == lamp
    bpy.ops.likeness.face_each_other()
    assert all(misses(rig, looked_at(rig)) < 0.03 for rig in (first, second, third))
    bpy.ops.likeness.look_at(avatar=second.name, target="")
    assert looked_at(second) is None and second["look_at"] == 0.0 and second.likeness_looks_at is None


def test_looking_away_leaves_nothing(people):
    one, other = people(2)
    before = {bone.name: [c.name for c in bone.constraints] for bone in one.pose.bones}
    drivers = len(one.animation_data.drivers)
    look_at(one, other.children[0])
    assert looked_at(one) == other == avatar_of(other.children[0])
    look_at(one, other)
    assert sum(c.name in NAMES for bone in one.pose.bones for c in bone.constraints) == 7
    with on_its_own(one):
        assert looked_at(one) is None
    assert looked_at(one) == other and one["look_at"] == 1.0
    look_away(one)
    assert {bone.name: [c.name for c in bone.constraints] for bone in one.pose.bones} == before
    assert len(one.animation_data.drivers) == drivers
    with pytest.raises(LikenessError, match="itself"):
        look_at(one, one)


def test_glances_of_the_take_stay_on_top_and_the_heads_turns_do_not(addon, people, performance_folder):
    one, other = people(2)
    one.location, other.location = (0, 0, 0), (0, -1, 0)
    other.rotation_euler.z = math.pi
    apply_performance(one, performance_folder)
    bpy.ops.likeness.look_at_each_other()
    apply_performance(one, performance_folder)
    scene, fps = bpy.context.scene, bpy.context.scene.render.fps
    with np.load(performance_folder / "performance.npz") as arrays:
        eye = arrays["gaze/eyeLeftYaw"] / 2  # the performance moves the left eye alone
        turned = arrays["head/headYaw"] + arrays["micro/neckYaw"]
    for frame in (5, 12, 20):
        scene.frame_set(scene.frame_start + frame)
        sample = round(frame / fps * 60)
        glance = eye[sample] + 0.95 * turned[sample]
        assert one[GLANCES[1]] == pytest.approx(glance, abs=0.01)
        assert misses(one, other) == pytest.approx(abs(math.sin(math.hypot(glance, one[GLANCES[0]]))), abs=0.08)
    one.pose.bones["head"].rotation_euler.x += 0.2
    steady = evaluated(one)["glance_yaw"]
    assert steady == pytest.approx(one["glance_yaw"])


def test_lines_follow_each_other_and_play_all(addon, people, performance_folder, tmp_path):
    one, other = people(2)
    scene = bpy.context.scene
    first = apply_performance(one, performance_folder, start=1)
    listening = write_small_performance(tmp_path, "listening", 1.0, scale=0.3)
    apply_performance(other, listening, start=1)
    bpy.context.view_layer.objects.active = other
    reply = write_small_performance(tmp_path, "reply", 2.0)
    made = apply_performance(other, reply, scene=scene, start=60, take="Take 2", along=True)
    assert shown_takes(other) == ("Take 1", "Take 2"), "both lines play"
    scene.frame_set(made.start + 3)
    assert shown_take(other) == "Take 2"
    bpy.ops.likeness.next_line(place="AFTER")
    pause = round(scene.likeness.pause * scene.render.fps)
    assert take_span(other, "Take 2")[0] == first.end + pause
    assert scene.frame_end == take_span(other, "Take 2")[1]
    sounds = {(s["likeness_rig_id"], s["likeness_take"]): s for s in compat.editor_strips(scene.sequence_editor)}
    assert compat.strip_span(sounds[other[RIG_ID], "Take 2"])[0] == first.end + pause
    assert not any(sound.mute for sound in sounds.values())
    channels = {rig: {s.channel for (owner, _), s in sounds.items() if owner == rig[RIG_ID]} for rig in (one, other)}
    assert len(channels[other]) == 1 and not channels[one] & channels[other], "each speaks in a channel of its own"
    scene.frame_set(round(take_span(other, "Take 2")[0]) + 4)
    assert other["jawOpen"] > 0.1 and one["jawOpen"] == pytest.approx(0.0, abs=1e-3)
    move_take(other, "Take 2", 5, scene)
    assert shown_takes(other) == ("Take 2",), "what would play at the same time is put aside"
    assert sounds[other[RIG_ID], "Take 1"].mute
    show_take(other, "Take 1", scene)
    assert shown_takes(other) == ("Take 1",)
    remove_take(other, "Take 1", scene)
    assert shown_takes(other) == ("Take 2",)
    assert shown_takes(one) == ("Take 1",)


def test_the_others_line_tells_where_a_new_take_begins(spoken_scene, asked, avatar_folder, performance_folder):
    one = bpy.context.view_layer.objects.active
    other = run(put_avatar(read_avatar(avatar_folder), bpy.context))
    settings = spoken_scene.likeness
    settings.begins = "AFTER"
    settings.script = "Yes."
    assert "No other avatar has a take" in why_not(bpy.ops.likeness.perform_script)
    assert "to listen to" in why_not(bpy.ops.likeness.listen)
    said = apply_performance(one, performance_folder, start=11)
    assert bpy.ops.likeness.listen() == {"FINISHED"}
    assert asked[0][0] == "keep_silent" and asked[0][1]["behaviour"] == "listening"
    assert take_span(other, shown_take(other)) == pytest.approx((said.start, said.end), abs=1)
    settings.seconds = 1.0
    bpy.ops.likeness.perform_silence(behaviour="idle")
    lines = shown_takes(other)
    assert len(lines) == 2 and take_span(other, lines[1])[0] == round(said.end + 0.2 * spoken_scene.render.fps)


def test_an_overridden_avatar_looks_at_one_of_the_file_after_reload_too(addon, people, avatar_folder, tmp_path):
    people(1)
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    linked = link_override(library)
    own = run(put_avatar(read_avatar(avatar_folder), bpy.context))
    own.location = (0, -1, 0)
    own.rotation_euler.z = math.pi
    bpy.context.view_layer.objects.active = linked
    bpy.ops.likeness.look_at_each_other()
    assert max(misses(linked, own), misses(own, linked)) < 0.03
    linked.location.x = 0.3
    name, own_name = linked.name, own.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    linked, own = (next(o for o in bpy.context.scene.objects if o.name == n) for n in (name, own_name))
    assert looked_at(linked) == own and linked["look_at"] == 1.0
    assert max(misses(linked, own), misses(own, linked)) < 0.03


def test_all_who_are_shown_are_named_before_a_clip_is_rendered(people, performance_folder, tmp_path):
    one, other = people(2)
    apply_performance(one, performance_folder)
    found = find_shown(bpy.context.scene)
    assert [(entry["kind"], entry["name"]) for entry in found] == [("avatar", one.name), ("avatar", other.name)]
    assert all(entry["consent"] for entry in found)


def test_the_panel_lists_the_avatars_and_says_what_is_missing(addon, people, performance_folder):
    panel = bpy.types.LIKENESS_PT_conversation
    assert draw(panel).text == ""  # not there without any
    assert "Two avatars are needed" in why_not(bpy.ops.likeness.look_at_each_other)
    (one,) = people(1)
    assert "Two avatars are needed" in draw(panel).text
    people(1)
    drawn = draw(panel)
    assert drawn.properties.count("likeness_looks_at") == 2 and one.name in drawn.texts
    assert "likeness.next_line" not in drawn.operators
    apply_performance(bpy.context.view_layer.objects.active, performance_folder)
    assert "likeness.next_line" in draw(panel).operators
    with pytest.raises(RuntimeError, match="no object Nobody"):
        bpy.ops.likeness.look_at(target="Nobody")


def test_each_press_is_one_named_step(addon, people):
    people(2)
    steps = ("look_at_each_other", "face_each_other", "look_at", "next_line")
    labels = [getattr(bpy.types, f"LIKENESS_OT_{name}") for name in steps]
    assert all("UNDO" in operator.bl_options and operator.bl_label for operator in labels)


def test_a_copied_line_takes_the_place_of_its_original_only(addon, people, performance_folder) -> None:
    (one,) = people(1)
    apply_performance(one, performance_folder, start=1)
    apply_performance(one, performance_folder, start=101, take="Take 2", along=True)
    assert duplicate_take(one, "Take 2", bpy.context.scene) == "Take 3"
    assert shown_takes(one) == ("Take 1", "Take 3") and take_span(one, "Take 3") == take_span(one, "Take 2")
