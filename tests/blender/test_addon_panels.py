# SPDX-License-Identifier: GPL-3.0-or-later
"""The Likeness tab says in words what is missing, and draws only what is there."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import bpy
import pytest
from addon import Drawn, Layout, draw

from blender_addon.engine import jobs, paths
from blender_addon.errors import LikenessError
from blender_addon.operators.acting import chosen_acting, recorded_acting
from blender_addon.operators.photo import build_params
from blender_addon.preferences import LIKENESS_AP_preferences
from blender_addon.takes.record import Record


@pytest.fixture
def core_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Panels do not start the core, they only look whether one is named."""
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))


def photo() -> str:
    return draw(bpy.types.LIKENESS_PT_photo).text


def perform() -> str:
    return draw(bpy.types.LIKENESS_PT_perform).text


def render() -> str:
    return draw(bpy.types.LIKENESS_PT_render).text


def test_all_panels_stand_in_one_tab_of_the_3d_view(addon: None) -> None:
    panels = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("LIKENESS_PT_")]
    assert len(panels) == 47
    assert {(p.bl_space_type, p.bl_region_type, p.bl_category) for p in panels} == {("VIEW_3D", "UI", "Likeness")}


def test_the_photo_panel_asks_for_one_thing_after_the_other(
    addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bpy.context.scene.likeness
    monkeypatch.setattr(paths, "core_python", lambda: None)
    assert "Choose a photo first." in photo()
    settings.photo = str(tmp_path / "none.jpg")
    assert "There is no file" in photo()
    (tmp_path / "none.jpg").touch()
    assert "Set up the core once" in photo() and "Set up the core first" not in photo()
    assert "python3 build.py setup" in photo(), "the first run says what to do right there"
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    drawn = draw(bpy.types.LIKENESS_PT_photo)
    assert drawn.texts == []
    assert drawn.operators == ["likeness.choose_photo", "likeness.build_avatar"]


def test_the_recording_panel_asks_for_one_thing_after_the_other(
    addon: None, avatar_folder: Path, tmp_path: Path, core_at_hand: None
) -> None:
    def recording() -> str:
        return draw(bpy.types.LIKENESS_PT_recording).text

    settings = bpy.context.scene.likeness
    assert recording() == "Choose a recording first."
    settings.recording = str(tmp_path / "hello.wav")
    assert "There is no file" in recording()
    (tmp_path / "hello.wav").touch()
    assert recording() == ""
    assert perform() == "Build or import an avatar first."
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    drawn = draw(bpy.types.LIKENESS_PT_perform)
    assert drawn.text == "" and "likeness.perform_recording" in drawn.operators  # whether there is a script or not


def test_the_photo_is_shown(addon: None, avatar_folder: Path, core_at_hand: None, monkeypatch) -> None:
    """In background Blender makes no icons, so the number of one is given."""
    panel = importlib.import_module("blender_addon.panels.photo")
    monkeypatch.setattr(panel, "photo_icon", lambda path: 7 if path.name == "albedo.png" else 0)
    assert draw(bpy.types.LIKENESS_PT_photo).pictures == 0
    bpy.context.scene.likeness.photo = str(avatar_folder / "albedo.png")
    assert draw(bpy.types.LIKENESS_PT_photo).pictures == 1


def test_side_photos_glasses_and_texture_are_options(addon: None, avatar_folder: Path, core_at_hand: None) -> None:
    settings = bpy.context.scene.likeness
    assert draw(bpy.types.LIKENESS_PT_options).properties == ["photo_left", "photo_right", "glasses", "texture", "pins"]
    settings.photo = str(avatar_folder / "albedo.png")
    asked = build_params(settings)
    assert (asked["glasses"], asked["texture"]) == ("keep", 2048)
    assert "photo_left" not in asked
    settings.photo_left = str(avatar_folder / "none.png")
    assert "There is no file" in photo()
    settings.photo_left, settings.glasses, settings.texture = settings.photo, "remove", "4096"
    asked = build_params(settings)
    assert (asked["photo_left"], asked["glasses"], asked["texture"]) == (settings.photo, "remove", 4096)


def test_the_likeness_of_the_avatar_in_hand_is_told_in_words_with_advice(addon: None, armature) -> None:
    scores = {"sface_yaw0": 0.93, "sface_yaw30": 0.6, "warped_landmark_error": 0.0351, "unheard_of": 1.0}
    armature["likeness_scores"], armature["likeness_warnings"] = json.dumps(scores), json.dumps(["The face is small."])
    drawn = draw(bpy.types.LIKENESS_PT_scores)
    assert drawn.texts[:3] == [
        "Likeness from the front 0.93 (good)",
        "Likeness turned by 30° 0.60 (poor)",
        "Features off by 3.5 % (poor)",
    ]
    assert "The face is small." in drawn.text
    assert "photos of the left and right side" in drawn.text
    assert "pins" in drawn.text
    assert "relaxed mouth" not in drawn.text, "no advice where nothing is amiss"
    assert drawn.properties == ["photo_left", "photo_right", '["delight"]'], "what helps, and the photo's light"
    assert drawn.operators == ["likeness.build_avatar", "likeness.enter_pins"]
    bpy.data.objects.remove(armature)
    assert draw(bpy.types.LIKENESS_PT_scores).texts == []


def test_a_photo_that_is_no_picture_does_the_panel_no_harm(addon: None, tmp_path: Path, core_at_hand: None) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    bpy.context.scene.likeness.photo = str(tmp_path / "text.jpg")
    assert "likeness.build_avatar" in draw(bpy.types.LIKENESS_PT_photo).operators


def test_the_perform_panel_asks_for_one_thing_after_the_other(
    addon: None, avatar_folder: Path, core_at_hand: None
) -> None:
    settings = bpy.context.scene.likeness
    assert "Write a script first." in perform()
    settings.script = "Hello."
    assert "Build or import an avatar first." in perform()
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert perform() == ""
    settings.layers = set()
    assert "Choose at least one layer." in perform()


def test_a_text_of_the_text_editor_is_a_script_too(addon: None, armature, core_at_hand: None) -> None:
    block = bpy.data.texts.new("Script")
    bpy.context.scene.likeness.script_block = block
    assert "Write a script first." in perform()
    block.write("Hello.\nHow are you?")
    assert perform() == ""
    assert "script" not in draw(bpy.types.LIKENESS_PT_script).properties


def test_an_avatar_is_taken_in_hand_by_its_button(addon: None, avatar_folder: Path) -> None:
    assert "Build an avatar from a photo" in draw(bpy.types.LIKENESS_PT_avatar).text
    for _ in range(2):
        bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.context.view_layer.objects.active = None
    drawn = draw(bpy.types.LIKENESS_PT_avatar)
    assert "choose one" in drawn.text and drawn.operators.count("likeness.choose_avatar") == 2
    bpy.ops.likeness.choose_avatar(name="Small")
    assert bpy.context.view_layer.objects.active.name == "Small" and len(bpy.context.selected_objects) == 1
    with pytest.raises(RuntimeError, match="no avatar Nobody"):
        bpy.ops.likeness.choose_avatar(name="Nobody")


def test_of_two_avatars_one_has_to_be_selected(addon: None, avatar_folder: Path, core_at_hand: None) -> None:
    bpy.context.scene.likeness.script = "Hello."
    for _ in range(2):
        bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert perform() == ""  # the one that came last is selected
    bpy.context.view_layer.objects.active = None
    assert "Select the avatar that is to speak." in perform()
    assert "Select the avatar that is to be seen." in render()


def test_the_render_panel_asks_for_one_thing_after_the_other(addon: None, avatar_folder: Path) -> None:
    assert "Build or import an avatar first." in render()
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert "The scene has no camera: press Build Studio first." in render()
    bpy.ops.likeness.build_studio()
    assert "Small.mp4" in render().replace(" ", "")


def test_progress_is_shown_only_while_there_is_something_to_show(addon: None, monkeypatch) -> None:
    assert draw(bpy.types.LIKENESS_PT_job).operators == []
    job = jobs.Job("Build Avatar", fraction=0.4, text="Fitting the head")
    monkeypatch.setattr(jobs, "current", lambda: job)
    drawn = draw(bpy.types.LIKENESS_PT_job)
    assert "Fitting the head" in drawn.texts
    assert drawn.operators == ["likeness.cancel_job"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("done", "Ada is in the scene."),
        ("failed", "No face was found."),
        ("cancelled", "Build Avatar was cancelled; nothing was changed."),
    ],
)
def test_the_outcome_stays_until_it_is_dismissed(addon: None, monkeypatch, state: str, words: str) -> None:
    error = LikenessError("face_not_found", "No face was found.", "Choose another photo.")
    job = jobs.Job("Build Avatar", state=state, message="Ada is in the scene.", warnings=["The face is small."])
    job.error = error if state == "failed" else None
    monkeypatch.setattr(jobs, "current", lambda: job)
    drawn = draw(bpy.types.LIKENESS_PT_job)
    assert words in drawn.text
    assert "The face is small." in drawn.text
    assert ("Choose another photo." in drawn.text) == (state == "failed")
    assert drawn.operators == ["likeness.forget_job"]


def test_while_a_job_is_at_work_the_panels_say_so_instead_of_offering_another(
    addon: None, avatar_folder: Path, core_at_hand: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bpy.context.scene.likeness
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.ops.likeness.build_studio()
    settings.photo, settings.script = str(avatar_folder / "albedo.png"), "Hello."
    monkeypatch.setattr(jobs, "current", lambda: jobs.Job("Render Clip"))
    for panel in (photo, perform, render):
        assert panel() == "Render Clip is still at work."


def test_sentences_are_wrapped_not_cut(addon: None, monkeypatch) -> None:
    job = jobs.Job("Build Avatar", state="done", message="A sentence of many words. " * 20)
    monkeypatch.setattr(jobs, "current", lambda: job)
    drawn = draw(bpy.types.LIKENESS_PT_job)
    assert drawn.text.count("sentence") == 20
    assert max(map(len, drawn.texts)) < 60


def test_the_preferences_show_where_the_core_is(addon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stage:
        bl_rna = LIKENESS_AP_preferences.bl_rna

    def drawn_text() -> str:
        drawn, stage = Drawn(), Stage()
        stage.layout = Layout(drawn)
        LIKENESS_AP_preferences.draw(stage, bpy.context)
        assert set(drawn.properties) == {"python", "base_python", "unsaved_folder"}
        assert drawn.operators == [
            "likeness.set_up_core",
            "likeness.verify_core",
            "likeness.show_log",
            "likeness.list_models",
            "likeness.set_up_cloning",
            "likeness.set_up_cloning",
            "likeness.accept_policy",
            "likeness.remove_everything",
        ]
        return drawn.text

    monkeypatch.setattr(paths, "core_python", lambda: None)
    assert "The core is not set up yet." in drawn_text()
    assert "python3 build.py setup" in drawn_text(), "why its button is greyed out"
    monkeypatch.setattr(paths, "core_python", lambda: Path("/some/python"))
    assert "/some/python" in drawn_text().replace(" ", "")


def test_the_style_of_speaking_has_three_sliders_which_the_core_knows(addon: None) -> None:
    from core.jobs import JOBS

    drawn = draw(bpy.types.LIKENESS_PT_mouth_style)
    assert drawn.properties == ["articulation", "jaw_lips", "smile"]
    settings = bpy.context.scene.likeness
    params = JOBS["perform"].params
    asked = chosen_acting(settings)
    names = ("seed", "strength", "articulation", "jaw_lips", "smile", "emotion")
    assert asked == {name: params[name].default for name in names} | {"moves": ""}
    settings.smile = 0.5
    assert chosen_acting(settings)["smile"] == 0.5
    settings.articulation = 9.0
    assert settings.articulation == 2.0
    before = recorded_acting(Record(1.0, 4, {"strength": 1.2, "pace": 3}))
    assert before == {"seed": 4, "strength": 1.2, "emotion": "none"}, "takes of before have no style and no feelings"


SENTENCES = ("Set up the core", "is still at work", "Build or import an avatar", "Let the avatar speak first")


def all_texts() -> list[str]:
    """What every panel of the tab says, a text a panel; one in a panel that is not there is not there either."""

    def is_shown(panel: type[bpy.types.Panel]) -> bool:
        parent = getattr(bpy.types, getattr(panel, "bl_parent_id", ""), None)
        is_there = getattr(panel, "poll", lambda _: True)(bpy.context)
        return is_there and (parent is None or is_shown(parent))

    panels = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("LIKENESS_PT_")]
    return [draw(panel).text for panel in panels if is_shown(panel)]


def test_what_all_steps_lack_is_told_where_the_next_step_is(
    addon: None, avatar_folder: Path, performance_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bpy.context.scene.likeness
    monkeypatch.setattr(paths, "core_python", lambda: None)
    settings.photo, settings.script = str(avatar_folder / "albedo.png"), "Hello."
    settings.direction, settings.dub_block = "calm", bpy.data.texts.new("Script es")

    def count(sentence: str) -> int:
        return sum(sentence in text for text in all_texts())

    assert count("Set up the core") == 1 and "Set up the core once" in photo()
    assert count("Let the avatar speak first.") == 0
    assert count("Build or import an avatar first.") == 3, "in Perform, in Render, and in Exchange, which is closed"
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert count("Set up the core") == 1 and "Set up the core once" in perform()
    assert count("Build or import an avatar first.") == count("Let the avatar speak first.") == 0
    bpy.ops.likeness.import_performance(directory=str(performance_folder))
    assert count("Set up the core") == 1 and count("Let the avatar speak first.") == 0
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    assert not any(count(sentence) for sentence in SENTENCES)
