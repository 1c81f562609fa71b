# SPDX-License-Identifier: GPL-3.0-or-later
"""Direction in plain words, feelings, silence, layers performed anew: from the panels on, with the real core."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from addon import draw, why_not
from test_takes import OFF_TURN, layer_keys

from blender_addon import properties
from blender_addon.directing import FEELINGS, SLIDERS
from blender_addon.engine import paths
from blender_addon.takes import set_range, take_record, take_strips
from blender_addon.takes.performance import LAYERS

SCRIPT = "I lost the only key we had. [nod] We are all so happy that you found it again!"


@pytest.fixture
def scene(spoken_scene: bpy.types.Scene) -> bpy.types.Scene:
    spoken_scene.likeness.script = SCRIPT
    return spoken_scene


@pytest.fixture
def talking(scene: bpy.types.Scene) -> bpy.types.Object:
    """The small avatar with a take of SCRIPT."""
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    return bpy.context.view_layer.objects.active


def moved(scene: bpy.types.Scene) -> dict[str, float]:
    """The sliders that are not at rest."""
    sliders = scene.likeness.sliders
    return {name: round(getattr(sliders, name), 3) for name in SLIDERS if abs(getattr(sliders, name)) > 5e-4}


def turned(armature: bpy.types.Object, bone: str, frames: range) -> np.ndarray:
    """(T, 3) the Euler angles of a bone."""
    turns = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        turns.append(tuple(armature.pose.bones[bone].rotation_euler))
    return np.array(turns)


def changed(before: dict[str, list], armature: bpy.types.Object) -> set[str]:
    after = layer_keys(armature)
    return {layer for layer in {*before, *after} if before.get(layer) != after.get(layer)}


def test_the_add_ons_tables_are_those_of_the_core(addon: None, repository: Path) -> None:
    from core.channels import LAYERS as CORE_LAYERS

    def table(name: str) -> dict[str, Any]:
        return tomllib.loads((repository / "core" / name).read_text(encoding="utf-8"))

    sliders = table("direction/sliders.toml")
    assert list(SLIDERS) == list(sliders)
    for name, row in sliders.items():
        assert SLIDERS[name][0] == (-1.0 if row["low"] else 0.0), name
        assert bool(SLIDERS[name][1]) == bool(row["low"]), name
    assert list(FEELINGS) == list(table("emotion/categories.toml"))
    assert LAYERS == CORE_LAYERS == tuple(layer for layer, *_ in properties.LAYERS)
    settings = bpy.context.scene.likeness
    limits = {p.identifier: (p.hard_min, p.hard_max) for p in settings.sliders.bl_rna.properties if p.type == "FLOAT"}
    assert limits == {name: (least, 1.0) for name, (least, *_) in SLIDERS.items()}


def test_a_direction_is_understood_as_sliders(scene: bpy.types.Scene, asked: list) -> None:
    scene.likeness.direction = "tired but friendly"
    assert "press Understand" in draw(bpy.types.LIKENESS_PT_sliders).text
    assert bpy.ops.likeness.understand() == {"FINISHED"}
    ((method, params),) = asked
    assert (method, params["direction"], params["script"]) == ("understand", "tired but friendly", SCRIPT)
    sliders = moved(scene)
    assert sliders["smile"] > 0 and sliders["lids"] < 0 and sliders["energy"] < 0
    panel = draw(bpy.types.LIKENESS_PT_direction).text
    assert "tired" in panel and "friendly" in panel and "1 at places in the script" in panel
    drawn = draw(bpy.types.LIKENESS_PT_sliders)
    assert drawn.properties == list(SLIDERS) and not drawn.texts
    scene.likeness.direction = ""
    assert not moved(scene), "without a direction nothing moves"
    assert "tired" not in draw(bpy.types.LIKENESS_PT_direction).text


def test_what_is_not_understood_is_told_in_the_panel(scene: bpy.types.Scene, capfd) -> None:
    scene.likeness.direction = "tired, zxqv blorp"
    assert bpy.ops.likeness.understand() == {"FINISHED"}
    assert "“zxqv blorp” is not understood" in draw(bpy.types.LIKENESS_PT_direction).text
    assert capfd.readouterr().out.count("is not understood") == 1, "once, though result and core both say it"
    assert moved(scene)["lids"] < 0, "the rest of it is"


def test_a_direction_needs_words_and_a_core(scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.likeness.script = "Hello."
    assert "Write how it is said first" in draw(bpy.types.LIKENESS_PT_direction).text
    assert "Write how it is said first" in why_not(bpy.ops.likeness.understand)
    scene.likeness.direction = "calm"
    monkeypatch.setattr(paths, "core_python", lambda: None)
    assert "Set up the core first" in why_not(bpy.ops.likeness.understand)


def test_a_slider_that_is_moved_by_hand_counts(scene: bpy.types.Scene, asked: list) -> None:
    settings = scene.likeness
    settings.direction = "tired"
    bpy.ops.likeness.understand()
    settings.sliders.tempo, settings.sliders.lids, settings.sliders.posture = -1.0, 0.0, 0.8
    by_hand = moved(scene)
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    for method, params in asked[1:]:  # speak and perform
        written = dict(entry.split("=") for entry in params["moves"].split(","))
        assert {name: float(value) for name, value in written.items()} == by_hand, method
    assert moved(scene) == by_hand, "performing leaves the sliders as they were set"
    record = take_record(bpy.context.view_layer.objects.active, "Take 1")
    assert record.settings["moves"] == by_hand and record.settings["direction"] == "tired"
    slow = record.duration
    settings.sliders.tempo = 1.0
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    assert take_record(bpy.context.view_layer.objects.active, "Take 1").duration < 0.9 * slow, "the voice follows"


def test_a_direction_that_nobody_looked_at_is_understood_when_it_is_performed(scene: bpy.types.Scene) -> None:
    scene.likeness.direction = "tired but friendly"
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    assert moved(scene) == take_record(armature, "Take 1").settings["moves"]
    assert moved(scene)["smile"] > 0 > moved(scene)["lids"]


def test_a_directed_take_has_its_layers_and_feelings(talking: bpy.types.Object) -> None:
    strips = take_strips(talking, "Take 1")
    assert {"speech", "blink", "gaze", "head", "gesture", "body", "breath"} <= set(strips)
    bones = {layer: {path for path, *_ in keys if "bones" in path} for layer, keys in layer_keys(talking).items()}
    for bone in ("chest", "shoulder_left", "shoulder_right"):
        path = f'pose.bones["{bone}"].rotation_euler'
        assert path in bones["body"] | bones["breath"], bone
    assert 'pose.bones["head"].rotation_euler' in bones["gesture"], "the nod that the script asks for"
    settings = bpy.context.scene.likeness
    assert [row.text for row in settings.feelings] == [
        "I lost the only key we had.",
        "We are all so happy that you found it again!",
    ]
    assert settings.feelings[1].category in ("joy", "enthusiasm") and settings.feelings[1].strength > 0.3
    assert "feelings" in draw(bpy.types.LIKENESS_PT_feelings).properties


def test_a_feeling_that_is_changed_is_what_is_performed_again(talking: bpy.types.Object) -> None:
    settings = bpy.context.scene.likeness
    settings.layers = {"head", "body", "expression"}
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    before = layer_keys(talking)
    for row in settings.feelings:
        row.category, row.strength = "sadness", 1.0
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    assert changed(before, talking) == settings.layers
    record = take_record(talking, "Take 1")
    assert [feeling["category"] for feeling in record.of_layer("body").feelings] == ["sadness", "sadness"]
    assert record.feelings[1]["category"] != "sadness", "the mouth is still as it was performed"
    assert {row.category for row in settings.feelings} == {"sadness"}
    sad = layer_keys(talking)
    settings.use_feelings = False
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    assert changed(sad, talking) == settings.layers and not take_record(talking, "Take 1").of_layer("body").feelings


def test_every_layer_follows_the_feelings_that_a_take_is_performed_by(talking: bpy.types.Object) -> None:
    settings, before = bpy.context.scene.likeness, layer_keys(talking)
    seeds = {layer: take_record(talking, "Take 1").seed_of(layer) for layer in before}
    assert bpy.ops.likeness.reroll_layer(layer="gaze", seed=7) == {"FINISHED"}
    assert bpy.ops.likeness.split_feeling(seconds=1.0) == {"FINISHED"}
    for row in settings.feelings:
        row.category, row.strength = "sadness", 1.0
    assert bpy.ops.likeness.perform_feelings() == {"FINISHED"}
    assert changed(before, talking) >= {"speech", "expression", "head", "gaze", "body"}
    record = take_record(talking, "Take 1")
    assert [feeling["category"] for feeling in record.of_layer("expression").feelings] == ["sadness"] * 3
    assert {layer: record.seed_of(layer) for layer in before} == seeds | {"gaze": 7}, "each keeps its seed"
    sad = layer_keys(talking)
    assert bpy.ops.likeness.perform_feelings() == {"FINISHED"}
    assert changed(sad, talking) == set(), "the same again is the same"


def test_edited_feelings_can_be_taken_back_and_are_those_of_one_take(talking: bpy.types.Object) -> None:
    settings = bpy.context.scene.likeness
    found = [row.category for row in settings.feelings]
    settings.feelings[0].category = "disgust"
    settings.layers = {"blink"}
    assert bpy.ops.likeness.reroll_layer(layer="micro") == {"FINISHED"}
    assert settings.feelings[0].category == "disgust", "another layer leaves what is being edited"
    assert bpy.ops.likeness.list_feelings() == {"FINISHED"}
    assert [row.category for row in settings.feelings] == found
    settings.script, settings.layers = "What a lovely day.", set(LAYERS)
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    assert [row.text for row in settings.feelings] == ["What a lovely day."], "a new speech has feelings of its own"


@pytest.mark.parametrize("layer", ["blink", "head", "gaze", "body", "speech"])
def test_another_seed_changes_one_layer_and_each_time_anew(talking: bpy.types.Object, layer: str) -> None:
    seen = [layer_keys(talking)]
    for seed in (1, 2):
        assert bpy.ops.likeness.reroll_layer(layer=layer) == {"FINISHED"}
        assert changed(seen[-1], talking) == {layer}
        assert take_record(talking, "Take 1").seed_of(layer) == seed
        seen.append(layer_keys(talking))
    assert seen[0][layer] != seen[2][layer]


def test_another_seed_keeps_how_the_layer_was_performed(talking: bpy.types.Object, asked: list) -> None:
    settings = bpy.context.scene.likeness
    settings.layers, settings.strength, settings.seed = {"head"}, 0.3, 5
    settings.direction = "calm"
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    settings.direction, settings.strength, settings.seed = "", 1.0, 0
    calm = take_record(talking, "Take 1").of_layer("head").settings["moves"]
    assert calm and bpy.ops.likeness.reroll_layer(layer="head") == {"FINISHED"}
    params = asked[-1][1]
    assert params["strength"] == pytest.approx(0.3)
    assert "head=6" in params["seeds"] and "blink=0" in params["seeds"]
    assert take_record(talking, "Take 1").of_layer("head").settings["moves"] == calm


def test_an_edited_phone_keeps_the_feelings_that_the_mouth_was_performed_by(
    talking: bpy.types.Object, asked: list
) -> None:
    settings = bpy.context.scene.likeness
    settings.feelings[0].category, settings.feelings[0].strength = "joy", 1.0
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    felt = take_record(talking, "Take 1").feelings
    settings.phone = 5
    assert bpy.ops.likeness.nudge_phone(frames=0.5) == {"FINISHED"}
    assert "feelings" in asked[-1][1] and take_record(talking, "Take 1").feelings == felt


def test_a_layer_is_muted_scaled_and_limited_from_the_mixer(talking: bpy.types.Object) -> None:
    scene = bpy.context.scene
    drawn = draw(bpy.types.LIKENESS_PT_mixer)
    layers = take_strips(talking, "Take 1")
    assert drawn.properties == ["more", "mute", "solo", "strength"] * len(layers)
    for layer in layers:
        getattr(scene.likeness, f"mixer_{layer}").more = True
    drawn = draw(bpy.types.LIKENESS_PT_mixer)
    assert drawn.properties == ["more", "mute", "solo", "strength", "offset", "smoothing"] * len(layers)
    shown = ("reroll_layer", "limit_layer", "set_seed", "edit_curves")
    assert drawn.operators == [f"likeness.{name}" for name in shown] * len(layers)

    def chest(frames: range) -> list[float]:
        return turned(talking, "chest", frames)[:, 1].tolist()

    whole = range(scene.frame_start, scene.frame_end)
    for layer in take_strips(talking, "Take 1"):
        if layer != "body":
            take_strips(talking, "Take 1")[layer].track.mute = True
    free = chest(whole)
    assert max(map(abs, free)) > 0.005
    scene.likeness.mixer_body.strength = 0.5
    assert chest(whole) == pytest.approx([0.5 * turn for turn in free], abs=1e-5)
    scene.likeness.mixer_body.strength = 1.0
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 30, 60
    assert bpy.ops.likeness.limit_layer(layer="body") == {"FINISHED"}
    assert chest(range(35, 56)) == pytest.approx(free[35 - whole.start : 56 - whole.start], abs=1e-6)
    assert not any(chest(range(whole.start, 31))) and not any(chest(range(60, whole.stop)))
    assert bpy.ops.likeness.reroll_layer(layer="body") == {"FINISHED"}
    assert any(chest(range(35, 56)))
    assert not any(chest(range(60, whole.stop))), "performed anew it is limited still"
    assert bpy.ops.likeness.limit_layer(layer="body") == {"FINISHED"}
    assert any(chest(range(60, whole.stop)))
    scene.likeness.mixer_body.mute = True
    assert not any(chest(whole)), "it goes to rest, it does not stay where it was"
    scene.likeness.mixer_body.mute = False
    assert any(chest(whole))


def test_a_range_takes_nothing_of_the_artists_away(talking: bpy.types.Object) -> None:
    from blender_addon.errors import LikenessError

    found = take_strips(talking, "Take 1")["head"]
    found.strip.use_animated_influence = True
    with pytest.raises(LikenessError, match="animated by hand"):
        set_range(found, (20, 40), 24.0)
    found.strip.use_animated_influence = False
    with pytest.raises(LikenessError, match="no frames"):
        set_range(found, (20, 20), 24.0)


def test_another_seed_for_a_range_of_frames_leaves_the_rest(talking: bpy.types.Object) -> None:
    scene, before = bpy.context.scene, layer_keys(talking)

    def turns() -> np.ndarray:
        return turned(talking, "chest", range(scene.frame_start, scene.frame_end))

    free = turns()
    scene.likeness.use_range = True
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 40, 70
    assert bpy.ops.likeness.reroll_layer(layer="body") == {"FINISHED"}
    assert changed(before, talking) == {"body"}
    after = turns()
    assert np.abs(after - free)[39:70].max() > 0.002
    assert np.abs(after - free)[[*range(39), *range(70, len(free))]].max() < 2 * OFF_TURN
    assert take_record(talking, "Take 1").seed_of("body") == 1


@pytest.mark.parametrize("behaviour", ["listening", "idle"])
def test_an_avatar_listens_or_waits_without_a_script(scene: bpy.types.Scene, behaviour: str) -> None:
    scene.likeness.script = ""
    scene.likeness.seconds = 6.0
    assert bpy.ops.likeness.perform_silence(behaviour=behaviour) == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    assert set(take_strips(armature, "Take 1")) >= {"blink", "gaze", "head", "body", "breath"}
    turns = turned(armature, "head", range(scene.frame_start, scene.frame_start + 140))
    assert np.ptp(turns, axis=0).max() > np.radians(0.3)
    assert take_record(armature, "Take 1").settings["behaviour"] == behaviour
    scene.likeness.layers = {"head"}
    assert bpy.ops.likeness.perform_again() == {"FINISHED"}
    assert take_record(armature, "Take 1").of_layer("head").settings["behaviour"] == behaviour
