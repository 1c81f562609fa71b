# SPDX-License-Identifier: GPL-3.0-or-later
"""Films from the panels: storyboards checked and edited, films asked for, shots built, clips signed, files verified."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, require_core_python, why_not
from staged_take import Answers, write_spoken_performance

from blender_addon.engine import jobs, paths
from blender_addon.operators.film import film_params
from blender_addon.operators.storyboard import fill_board
from blender_addon.operators.texts import find_text, keep_text, open_text
from blender_addon.operators.trust import policy_lines, read_policy
from blender_addon.rig import find_rig
from blender_addon.rig.assemble import is_rig
from blender_addon.shots.clip import find_face
from blender_addon.shots.faces import measure_head
from blender_addon.stage.shown import find_shown
from blender_addon.takes import list_takes, shown_takes

OPS = bpy.ops.likeness
BOARD = """---
title: A film
performers:
  ada: {avatar: Small.avatar, voice: heart}
---
# One
## Hello
ada: Hello there.
## Bye
camera: close-up
ada: Good bye.
"""


def told(problems: tuple[str, ...] = (), **more) -> dict:
    """What the core says of a storyboard."""
    shots = [{"name": name, "line": 7, "duration": 1.5, "performers": ["ada"], "text": ""} for name in ("Hello", "Bye")]
    rows = [{"message": one, "hint": "Mend it.", "line": 3, "column": 4} for one in problems]
    scenes = [] if problems else [{"name": "One", "shots": shots}]
    return {"title": "A film", "duration": 3.0, "fields": [], "scenes": scenes, "problems": rows, **more}


@pytest.fixture
def core(addon: None, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A core that answers at once."""
    answers = Answers({"check_storyboard": told()})
    monkeypatch.setattr(jobs, "ask", answers)
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    return answers


@pytest.fixture
def board(core: Answers, tmp_path: Path) -> Path:
    """A storyboard that is chosen."""
    path = tmp_path / "film.md"
    path.write_text(BOARD, encoding="utf-8")
    bpy.context.scene.likeness.film.storyboard = str(path)
    return path


def film() -> str:
    return draw(bpy.types.LIKENESS_PT_film).text


def test_the_panel_asks_for_a_storyboard_and_shows_what_is_in_it(board: Path, core: Answers) -> None:
    settings = bpy.context.scene.likeness.film
    settings.storyboard = ""
    assert "Choose a storyboard" in film() and draw(bpy.types.LIKENESS_PT_make_film).operators == []
    settings.storyboard = str(board.with_name("none.md"))
    assert "There is no file" in film()
    assert OPS.choose_storyboard(filepath=str(board)) == {"FINISHED"}
    assert core.asked == [("check_storyboard", {"storyboard": str(board)})]
    drawn = draw(bpy.types.LIKENESS_PT_film)
    assert "shots" in drawn.properties and "likeness.build_shot" in drawn.operators
    core.results["check_storyboard"] = told(("There is no shot.", "There is no avatar."))
    OPS.check_storyboard()
    assert "Line 3, column 4: There is no shot. Mend it." in film()
    assert jobs.current().message == "film.md has 2 mistakes."
    assert draw(bpy.types.LIKENESS_PT_film).operators.count("likeness.edit_storyboard") == 3


def test_what_is_asked_of_a_film_is_what_the_panel_says(board: Path) -> None:
    settings = bpy.context.scene.likeness.film
    asked = film_params(bpy.context)
    assert asked["quality"] == "draft" and asked["shots"] == "" and not {"size", "engine", "codec"} & asked.keys()
    assert asked["out"] == str(board.parent / "films") and Path(asked["fonts"]).is_dir() and asked["blender"]
    settings.formats, settings.size, settings.engine = {"9:16", "16:9"}, "720p", "cycles"
    fill_board(board, told())
    bpy.context.window_manager.likeness_board.shots["Hello"].chosen = False
    asked = film_params(bpy.context)
    assert (asked["formats"], asked["size"], asked["engine"], asked["shots"]) == ("16:9,9:16", "720p", "cycles", "Bye")
    fill_board(board, told())
    assert film_params(bpy.context)["shots"] == "Bye", "a check does not choose again"
    bpy.context.window_manager.likeness_board.shots["Bye"].chosen = False
    assert "Choose at least one shot." in why_not(OPS.make_film)
    fill_board(board, told(fields=["name"]))
    assert "has fields" in why_not(OPS.make_film)


def test_a_film_that_was_made_is_listed(board: Path, core: Answers) -> None:
    file = str(board.parent / "films" / "film_16x9.mp4")
    core.results["make_film"] = {
        "files": [file], "verified": {"film_16x9.mp4": "intact"}, "duration": 3.0, "warnings": ["Bye: it is short."],
        "made": {"": ["film"], "Bye": ["speech", "plate 16:9"]}, "reused": {"Hello": ["speech"]},
    }  # fmt: skip
    assert OPS.make_film() == {"FINISHED"}
    assert jobs.current().message == "3.0 s of film are made; of its parts 3 are new, 1 were there."
    assert jobs.current().warnings == ["Bye: it is short."]
    drawn = draw(bpy.types.LIKENESS_PT_make_film)
    assert "film_16x9.mp4" in drawn.texts and drawn.operators.count("likeness.open_file") == 2
    assert "There is no file" in why_not(OPS.open_file, filepath=file)
    jobs.current().state = "cancelled"
    assert "Make Film was cancelled; it goes on from what is finished." in draw(bpy.types.LIKENESS_PT_job).text


def test_a_new_storyboard_is_of_the_script_and_the_avatar_in_hand(core: Answers, armature, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert "Write a script first." in why_not(OPS.new_storyboard)
    bpy.context.scene.likeness.script = "Hello."
    core.results["write_storyboard"] = {"storyboard": ""}
    assert OPS.new_storyboard() == {"FINISHED"}
    asked = core.asked[0][1]
    assert json.loads(asked["performers"])[0] | {"voice": ""} == {
        "name": "Small", "avatar": str(tmp_path / "Small.avatar"), "voice": "", "direction": "",
    }  # fmt: skip
    assert asked["script"] == "Hello." and bpy.context.scene.likeness.film.storyboard == asked["out"]


def test_an_edited_storyboard_is_saved_and_one_edited_elsewhere_is_read(board: Path) -> None:
    assert OPS.edit_storyboard(line=3) == {"FINISHED"}
    text = find_text(board)
    assert text.as_string() == BOARD and text.current_line_index == 2
    keep_text(board)
    assert board.read_text() == BOARD
    text.write("# a remark\n")
    keep_text(board)
    assert board.read_text() == text.as_string() != BOARD
    board.write_text(BOARD)
    assert open_text(board).as_string() == BOARD
    text.write("# another\n")
    board.write_text(BOARD + "\n")
    assert "was changed in the Text Editor and by another program" in why_not(OPS.check_storyboard)


def test_a_shot_is_built_beside_what_is_in_the_scene(board: Path, core: Answers, armature, tmp_path: Path) -> None:
    """The avatar that is there performs it; its own take stays, muted."""
    bpy.context.view_layer.objects.active = armature
    spoken = write_spoken_performance(tmp_path)
    OPS.import_performance(directory=str(spoken))
    (mine,) = list_takes(armature)
    performer = {"avatar": str(tmp_path / "Small.avatar")}
    takes = [{"performance": str(spoken), "start": 0.5}]
    asked = {
        "format": 1, "fps": 24, "frames": 48, "size": [160, 90], "light": "night",
        "performers": [{**performer, "name": "ada", "takes": takes}, {**performer, "name": "bea"}],
        "camera": {"preset": "two_shot", "move": "push_in"},
    }  # fmt: skip
    (tmp_path / "shot.json").write_text(json.dumps(asked))
    core.results["prepare_shot"] = {"request": str(tmp_path / "shot.json"), "warnings": []}
    assert "Check the storyboard first." in why_not(OPS.build_shot)
    OPS.check_storyboard()
    assert OPS.build_shot(shot="Bye") == {"FINISHED"}
    scene = bpy.context.scene
    assert sum(is_rig(obj) for obj in scene.objects) == 2 and set(list_takes(armature)) == {mine, "Bye"}
    assert shown_takes(armature) == ("Bye",)
    assert (scene.frame_end, scene.render.resolution_x, scene["likeness_look"]) == (48, 160, "night")
    assert scene.camera.animation_data.action is not None and scene.likeness.use_scene_size


def test_camera_and_stage_are_set_by_their_names(core: Answers, armature, tmp_path: Path) -> None:
    scene, settings = bpy.context.scene, bpy.context.scene.likeness.staging
    bpy.context.view_layer.objects.active = armature
    scene.frame_end = 24
    settings.preset, settings.move, settings.light, settings.film_look = "close_up", "push_in", "rembrandt", True
    settings.background, settings.color = "color", (0.0, 1.0, 0.0)
    assert OPS.frame_camera() == {"FINISHED"} and scene.camera.animation_data is not None
    assert OPS.dress_stage() == {"FINISHED"} and scene["likeness_look"] == "rembrandt"
    left, top, right, bottom = find_face(scene, armature, measure_head(armature))
    assert 0.0 < left < right < 1.0 and 0.0 < top < bottom < 1.0 and bottom - top > 0.3
    settings.preset = "over_shoulder"
    assert "needs two avatars" in why_not(OPS.frame_camera)
    settings.background = "picture"
    assert "Choose the file of the background." in why_not(OPS.dress_stage)
    settings.file = str(tmp_path / "none.png")
    assert "There is no file" in why_not(OPS.dress_stage)
    assert draw(bpy.types.LIKENESS_PT_surroundings).properties == ["light", "background", "file", "film_look"]


def test_who_is_shown_is_told_with_consent_or_without(addon: None, armature, tmp_path: Path) -> None:
    bpy.context.view_layer.objects.active = armature
    folder = write_spoken_performance(tmp_path)
    said = json.loads((folder / "performance.json").read_text())
    said["settings"] |= {"voice": "recording", "consent": {}}
    (folder / "performance.json").write_text(json.dumps(said))
    OPS.import_performance(directory=str(folder))
    avatar, heard = find_shown(bpy.context.scene)
    assert avatar["kind"] == "avatar" and avatar["ids"][0] == armature["likeness_avatar_id"] and avatar["consent"]
    assert heard == {"kind": "recording", "name": "recording", "ids": ["recording"], "consent": {}}


def test_a_clip_is_rendered_signed_and_verified(
    accepted: Path, addon: None, avatar_folder: Path, performance_folder: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(require_core_python()))
    scene = bpy.context.scene
    OPS.import_avatar(directory=str(avatar_folder))
    OPS.import_performance(directory=str(performance_folder))
    OPS.build_studio()
    scene.frame_end = scene.frame_start + 1
    scene.render.resolution_x = scene.render.resolution_y = 256
    settings, delivery = scene.likeness, scene.likeness.delivery
    settings.use_scene_size, settings.engine = True, "workbench"
    settings.clip = str(tmp_path / "clips" / "small.mp4")
    delivery.label = False
    assert "Write why there is no label" in why_not(OPS.render_clip)
    delivery.label = True
    assert OPS.render_clip() == {"FINISHED"}
    clip = tmp_path / "clips" / "small.mp4"
    assert clip.read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in clip.parent.iterdir()] == ["small.mp4"]
    assert OPS.verify_file(filepath=str(clip)) == {"FINISHED"}
    verified = bpy.context.window_manager.likeness_board.verified
    assert "as it was when it was signed" in verified and "A drawing, nobody's face." in verified
    assert "AI-generated" in verified and "as it was when" in draw(bpy.types.LIKENESS_PT_trust).text
    find_rig(bpy.context)["likeness_consent"] = "{}"
    assert "No consent is recorded" in why_not(OPS.render_clip)
    (accepted / "policy.json").unlink()
    assert "The usage policy was not accepted yet" in why_not(OPS.render_clip)
    assert "likeness.accept_policy" in draw(bpy.types.LIKENESS_PT_job).operators
    assert OPS.accept_policy() == {"FINISHED"} and (accepted / "policy.json").is_file()


def test_the_policy_is_shown_whole() -> None:
    version, text = read_policy()
    lines = policy_lines(text)
    assert version and "Usage policy" in lines and not any("**" in line or len(line) > 96 for line in lines)
    assert "Impersonation to deceive" in " ".join(lines) and "is noted on this computer only." in " ".join(lines)


def test_what_is_forgotten_is_listed_before_it_is_deleted(core: Answers, armature, tmp_path: Path) -> None:
    bpy.context.view_layer.objects.active = armature
    thing = {"path": str(tmp_path / "Small.avatar"), "why": "it is the avatar", "kind": "avatar"}
    core.results["forget"] = {"things": [thing], "deleted": False}
    core.results["revoke"] = {"name": "Small"}
    assert "Press Forget Avatar first." in why_not(OPS.delete_forgotten)
    assert OPS.forget_avatar() == {"FINISHED"}
    assert core.asked[-1][1].get("yes") is None and "Small.avatar" in draw(bpy.types.LIKENESS_PT_trust).text
    assert OPS.delete_forgotten() == {"FINISHED"}
    assert core.asked[-1][1]["yes"] is True and core.asked[-1][1]["avatar"] == str(tmp_path / "Small.avatar")
    assert "likeness.delete_forgotten" not in draw(bpy.types.LIKENESS_PT_trust).operators
    assert OPS.revoke_avatar(reason="Asked for") == {"FINISHED"}
    assert core.asked[-1][1] == {"what": str(tmp_path / "Small.avatar"), "reason": "Asked for"}


def test_a_person_is_of_a_number_and_of_sliders_that_are_asked_for(core: Answers, avatar_folder: Path) -> None:
    core.results["make_person"] = {"avatar": str(avatar_folder)}
    settings = bpy.context.scene.likeness.person
    seed = settings.seed
    OPS.roll_person()
    assert settings.seed != seed
    assert OPS.make_person() == {"FINISHED"} and core.asked[-1][1]["sliders"] == ""
    settings.own, settings.skin, settings.hair = True, 0.5, "bob"
    OPS.make_person()
    assert "skin=0.500" in core.asked[-1][1]["sliders"] and "hair=bob" in core.asked[-1][1]["sliders"]
    assert np.all([is_rig(obj) for obj in bpy.context.selected_objects])
    assert draw(bpy.types.LIKENESS_PT_person).properties[-1] == "hair"
