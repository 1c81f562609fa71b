# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotion track: feelings added, removed, split, moved, in the list and on the timeline; and takes as a list."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, why_not
from staged_take import FEELINGS, SECONDS, Answers, stage_takes, write_spoken_performance
from test_takes import layer_keys

from blender_addon import compat, takes
from blender_addon.engine import jobs, paths
from blender_addon.errors import LikenessError
from blender_addon.operators.acting import read_track
from blender_addon.rig import find_rig
from blender_addon.takes.feelings import (
    SHORTEST,
    Feeling,
    add_feeling,
    move_feeling,
    remove_feeling,
    split_feeling,
)
from blender_addon.takes.record import Record, Word

WORDS = tuple(Word(0.5 + n * 0.6, 1.1 + n * 0.6, text) for n, text in enumerate(("hello", "there", "dear", "friend")))
RECORD = Record(SECONDS, settings={"language": "en"}, words=WORDS)
TRACK = tuple(Feeling(start, end, name, 0.5, text=text) for name, start, end, text in FEELINGS)


def spans(track: tuple[Feeling, ...]) -> list[tuple[str, float, float]]:
    return [(feeling.category, round(feeling.start, 2), round(feeling.end, 2)) for feeling in track]


EDITS = {
    "added within one": (
        lambda: add_feeling(TRACK, RECORD, 2.0, "fear", 0.7)[0],
        [("joy", 0.5, 1.5), ("calm", 1.5, 2.0), ("fear", 2.0, 3.0)],
    ),
    "added before all": (
        lambda: add_feeling(TRACK, RECORD, 0.1, "fear", 0.7)[0],
        [("fear", 0.1, 0.5), ("joy", 0.5, 1.5), ("calm", 1.5, 3.0)],
    ),
    "added behind all": (
        lambda: add_feeling(TRACK, RECORD, 3.5, "fear", 0.7)[0],
        [("joy", 0.5, 1.5), ("calm", 1.5, 3.0), ("fear", 3.5, 4.0)],
    ),
    "added to none": (lambda: add_feeling((), RECORD, 1.0, "fear", 0.7)[0], [("fear", 1.0, 3.0)]),
    "split": (lambda: split_feeling(TRACK, RECORD, 1.0), [("joy", 0.5, 1.0), ("joy", 1.0, 1.5), ("calm", 1.5, 3.0)]),
    "removed": (lambda: remove_feeling(TRACK, 0), [("calm", 1.5, 3.0)]),
    "begun earlier": (lambda: move_feeling(TRACK, RECORD, 1, 1.2, None), [("joy", 0.5, 1.2), ("calm", 1.2, 3.0)]),
    "begun later": (lambda: move_feeling(TRACK, RECORD, 1, 2.0, None), [("joy", 0.5, 1.5), ("calm", 2.0, 3.0)]),
    "ended later": (lambda: move_feeling(TRACK, RECORD, 0, None, 2.0), [("joy", 0.5, 2.0), ("calm", 2.0, 3.0)]),
    "pushed against the next": (
        lambda: move_feeling(TRACK, RECORD, 0, None, 9.0),
        [("joy", 0.5, 3.0 - SHORTEST), ("calm", 3.0 - SHORTEST, 3.0)],
    ),
    "pushed out of the take": (
        lambda: move_feeling(TRACK, RECORD, 1, 1.5, 9.0), [("joy", 0.5, 1.5), ("calm", 1.5, SECONDS)]
    ),
    "shorter than may be": (
        lambda: move_feeling(TRACK, RECORD, 0, None, 0.1), [("joy", 0.5, 0.5 + SHORTEST), ("calm", 1.5, 3.0)]
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_track_is_still_one(edit: str) -> None:
    make, expected = EDITS[edit]
    track = make()
    assert spans(track) == [(name, round(start, 2), round(end, 2)) for name, start, end in expected]
    assert all(before.end <= after.start for before, after in pairwise(track))


def test_the_parts_of_a_feeling_have_their_own_words() -> None:
    assert [feeling.text for feeling in split_feeling(TRACK, RECORD, 1.05)] == ["hello", "there", "dear friend"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda: add_feeling(TRACK, RECORD, 5.0, "joy", 1.0), "feeling_outside"),
        (lambda: add_feeling(TRACK, RECORD, 3.95, "joy", 1.0), "feeling_short"),
        (lambda: split_feeling(TRACK, RECORD, 0.2), "feeling_outside"),
        (lambda: split_feeling(TRACK, RECORD, 0.55), "feeling_short"),
        (lambda: remove_feeling(TRACK, 2), "feeling_missing"),
        (lambda: move_feeling(TRACK, RECORD, -1, 0.0, None), "feeling_missing"),
    ],
)
def test_what_cannot_be_done_says_why(edit, code: str) -> None:
    with pytest.raises(LikenessError) as caught:
        edit()
    assert caught.value.code == code


@pytest.fixture
def rigged(addon: None, avatar_folder: Path, tmp_path: Path) -> bpy.types.Object:
    return stage_takes(avatar_folder, tmp_path)


def listed() -> list[tuple[str, float, float]]:
    return spans(read_track(bpy.context.scene.likeness))


def marks() -> list[tuple[str, int]]:
    return [(marker.name, marker.frame) for marker in bpy.context.scene.timeline_markers]


def test_feelings_are_edited_at_the_current_frame(rigged: bpy.types.Object) -> None:
    scene = bpy.context.scene
    assert listed() == [("joy", 0.5, 1.5), ("calm", 1.5, 3.0)]
    scene.frame_set(1 + 48)
    assert bpy.ops.likeness.split_feeling() == {"FINISHED"}
    assert listed() == [("joy", 0.5, 1.5), ("calm", 1.5, 2.0), ("calm", 2.0, 3.0)] and scene.likeness.feeling == 2
    scene.frame_set(1 + 60)
    assert bpy.ops.likeness.move_feeling(edge="END") == {"FINISHED"}
    assert listed()[2] == ("calm", 2.0, 2.5)
    scene.frame_set(1 + 72)
    assert bpy.ops.likeness.add_feeling(category="fear") == {"FINISHED"}
    assert listed()[3] == ("fear", 3.0, 4.0) and scene.likeness.feeling == 3
    assert bpy.ops.likeness.remove_feeling(index=0) == {"FINISHED"}
    bpy.ops.likeness.go_to_feeling(index=0)
    assert scene.frame_current == 1 + 36
    scene.frame_set(200)
    assert "does not play at this time" in why_not(bpy.ops.likeness.add_feeling)


def test_a_time_that_is_typed_into_the_list_pushes_the_neighbour(rigged: bpy.types.Object) -> None:
    settings = bpy.context.scene.likeness
    settings.markers = {"FEELINGS"}
    settings.feelings[1].start = 1.0
    assert listed() == [("joy", 0.5, 1.0), ("calm", 1.0, 3.0)]
    settings.feelings[0].end = 9.0
    assert listed() == [("joy", 0.5, 2.8), ("calm", 2.8, 3.0)]
    settings.feelings[0].category = "anger"
    assert marks() == [("‹anger›", 13), ("‹calm›", 68), ("‹·›", 73)]


def test_feelings_stand_on_the_timeline_and_follow_their_markers(rigged: bpy.types.Object) -> None:
    scene, settings = bpy.context.scene, bpy.context.scene.likeness
    settings.markers = {"FEELINGS"}
    assert marks() == [("‹joy›", 13), ("‹calm›", 37), ("‹·›", 73)]
    assert takes.read_feeling_markers(scene, RECORD, TRACK, 1) == TRACK

    def apply(change) -> list[tuple[str, float, float]]:
        change(scene.timeline_markers)
        assert bpy.ops.likeness.apply_feeling_markers() == {"FINISHED"}
        return listed()

    assert apply(lambda m: setattr(m[1], "frame", 49)) == [("joy", 0.5, 1.5), ("calm", 2.0, 3.0)]
    assert marks() == [("‹joy›", 13), ("‹·›", 37), ("‹calm›", 49), ("‹·›", 73)]
    assert apply(lambda m: m.remove(m[1])) == [("joy", 0.5, 2.0), ("calm", 2.0, 3.0)]
    assert apply(lambda m: setattr(m[0], "name", "‹Surprise›"))[0] == ("surprise", 0.5, 2.0)
    assert apply(lambda m: m.new("‹fear›", frame=85))[2] == ("fear", 3.5, 4.0)
    assert apply(lambda m: m.remove(m[0]))[0] == ("calm", 2.0, 3.0)


def test_what_was_edited_is_what_is_performed(
    rigged: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_spoken_performance(tmp_path, "other", scale=0.5)
    answers = Answers({"perform": {"performance": str(other), "moves": {}, "warnings": []}})
    monkeypatch.setattr(jobs, "ask", answers)
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    assert "perform_feelings" not in str(draw(bpy.types.LIKENESS_PT_feelings).operators)
    bpy.ops.likeness.add_feeling(category="fear", seconds=3.0)
    assert "likeness.perform_feelings" in draw(bpy.types.LIKENESS_PT_feelings).operators
    before = layer_keys(rigged)
    assert bpy.ops.likeness.perform_feelings(layers={"head", "expression"}) == {"FINISHED"}
    ((_, params),) = answers.asked
    felt = json.loads(Path(params["feelings"]).read_text())
    assert [row["category"] for row in felt] == ["joy", "calm", "fear"]
    assert {layer for layer, keys in layer_keys(rigged).items() if keys != before[layer]} == {"head", "expression"}
    for _ in range(len(bpy.context.scene.likeness.feelings)):
        bpy.ops.likeness.remove_feeling(index=0)
    assert "Nothing is felt here" in draw(bpy.types.LIKENESS_PT_feelings).text
    assert bpy.ops.likeness.perform_feelings() == {"FINISHED"}
    assert answers.asked[-1][1]["emotion"] == "none" and "feelings" not in answers.asked[-1][1]


def poses(armature: bpy.types.Object) -> np.ndarray:
    """(T, N) every channel and every turn of a bone."""
    rows = []
    for frame in range(1, 1 + round(SECONDS * 24), 5):
        bpy.context.scene.frame_set(frame)
        turns = [turn for bone in armature.pose.bones for turn in bone.rotation_euler]
        rows.append([*turns, *(value for value in armature.values() if isinstance(value, float))])
    return np.array(rows)


def test_solo_plays_a_layer_and_puts_the_others_to_rest(rigged: bpy.types.Object) -> None:
    scene, layers = bpy.context.scene, takes.take_strips(rigged, "Take 1")
    scene.likeness.mixer_micro.mute = True
    whole = poses(rigged)
    scene.likeness.mixer_head.solo = True
    alone = poses(rigged)
    for layer in layers:
        if layer != "head":
            getattr(scene.likeness, f"mixer_{layer}").mute = True
    for layer in layers:  # what is muted meanwhile is remembered, and silent anyway
        assert getattr(scene.likeness, f"mixer_{layer}").mute == (layer != "head")
    np.testing.assert_array_equal(poses(rigged), alone)
    scene.likeness.mixer_head.solo = False
    np.testing.assert_array_equal(poses(rigged), alone, "solo is what muting all the others is")
    assert np.ptp(alone, axis=0).max() > 0.1, "the head moves"
    for layer in layers:
        getattr(scene.likeness, f"mixer_{layer}").mute = layer == "micro"
    np.testing.assert_array_equal(poses(rigged), whole)


def test_layers_that_are_played_alone_play_together_and_are_so_in_the_copy(rigged: bpy.types.Object) -> None:
    settings = bpy.context.scene.likeness
    settings.mixer_head.solo = settings.mixer_speech.solo = True
    both = poses(rigged)
    assert {layer for layer, f in takes.take_strips(rigged, "Take 1").items() if not f.track.mute} == {"speech", "head"}
    assert bpy.ops.likeness.duplicate_take() == {"FINISHED"}
    assert takes.shown_take(rigged) == "Take 3" and settings.mixer_head.solo
    np.testing.assert_array_equal(poses(rigged), both)
    settings.mixer_head.solo = settings.mixer_speech.solo = False
    bpy.ops.likeness.show_take(take="Take 1")
    np.testing.assert_array_equal(poses(rigged), both)


def test_a_copy_of_a_take_is_a_take_of_its_own(rigged: bpy.types.Object) -> None:
    settings = bpy.context.scene.likeness
    settings.mixer_head.strength, settings.mixer_gaze.smoothing, settings.mixer_body.offset = 0.5, 2.0, 3.0
    bpy.ops.likeness.limit_layer(layer="breath")
    whole = poses(rigged)
    assert bpy.ops.likeness.duplicate_take(take="Take 1") == {"FINISHED"}
    np.testing.assert_array_equal(poses(rigged), whole)
    assert (settings.mixer_head.strength, settings.mixer_gaze.smoothing) == (0.5, 2.0)
    heard = [strip for strip in compat.editor_strips(bpy.context.scene.sequence_editor) if not strip.mute]
    heard_takes = [strip["likeness_take"] for strip in heard]
    assert heard_takes == (["Take 3"] if compat.has_sound() else []), "the wheel of Blender 4.2 copies no sound"
    settings.mixer_gaze.smoothing, settings.mixer_head.strength = 0.0, 1.0
    bpy.ops.likeness.show_take(take="Take 1")
    np.testing.assert_array_equal(poses(rigged), whole)
    assert takes.take_record(rigged, "Take 3") == takes.take_record(rigged, "Take 1")
    bpy.ops.likeness.remove_take(take="Take 3")
    assert takes.list_takes(rigged) == ("Take 1", "Take 2") and takes.shown_take(rigged) == "Take 1"


def test_takes_have_an_order(rigged: bpy.types.Object) -> None:
    bpy.ops.likeness.reorder_take(direction="DOWN")
    assert takes.list_takes(rigged) == ("Take 2", "Take 1")
    bpy.ops.likeness.reorder_take(direction="DOWN")
    assert takes.list_takes(rigged) == ("Take 2", "Take 1"), "the last one stays where it is"
    bpy.ops.likeness.duplicate_take(take="Take 2")
    assert takes.list_takes(rigged) == ("Take 2", "Take 3", "Take 1"), "a copy stands behind its original"
    assert draw(bpy.types.LIKENESS_PT_takes).operators.count("likeness.show_take") == 2


def test_curves_of_a_layer_are_opened_and_left(rigged: bpy.types.Object) -> None:
    whole, own = poses(rigged), rigged.animation_data.action
    assert bpy.ops.likeness.edit_curves(layer="head") == {"FINISHED"}
    head = takes.take_strips(rigged, "Take 1")["head"].action
    assert rigged.animation_data.use_tweak_mode and rigged.animation_data.action == head
    assert "Keys go into the layer head" in draw(bpy.types.LIKENESS_PT_mixer).text
    bpy.context.scene.likeness.mixer_head.strength = 0.5
    assert takes.take_strips(rigged, "Take 1")["head"].action == head, "what is open is not copied"
    bpy.context.scene.likeness.mixer_head.strength = 1.0
    assert bpy.ops.likeness.edit_curves(layer="gaze") == {"FINISHED"}
    assert bpy.ops.likeness.leave_curves() == {"FINISHED"}
    assert not rigged.animation_data.use_tweak_mode and rigged.animation_data.action == own
    np.testing.assert_array_equal(poses(rigged), whole)
    assert "No curves are open" in why_not(bpy.ops.likeness.leave_curves)
    bpy.ops.likeness.edit_curves(layer="head")
    assert bpy.ops.likeness.show_take(take="Take 2") == {"FINISHED"}
    assert not rigged.animation_data.use_tweak_mode and find_rig(bpy.context) == rigged
