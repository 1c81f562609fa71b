# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operator that changes the file is one undo step with a name of its own, and comes back by redo.

The table has each operator of the add-on; one that is missing fails the last test.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from staged_take import Answers, edit_state, stage_takes, write_spoken_performance
from test_exchange_in import facecap
from test_retarget import make_face

from blender_addon import operators, pins
from blender_addon.engine import jobs, paths
from blender_addon.operators.storyboard import fill_board
from blender_addon.photo.source import PHOTO_RECORD
from blender_addon.rig import find_rig
from blender_addon.rig.assemble import is_rig
from blender_addon.takes import apply_performance

OPS = bpy.ops.likeness
BOARD = {"title": "A film", "duration": 1.0, "fields": [], "scenes": [], "problems": []}
Room = Path  # what a test has on the disk


def settings() -> Any:
    return bpy.context.scene.likeness


def choose_board(room: Room) -> None:
    """Pins are being set, one of them somewhere else."""
    from test_pins import CHIN, begin_preview, make_refit, pin_of, read_positions, rig_parts

    armature = find_rig(bpy.context)
    refit = make_refit(read_positions(rig_parts(armature)["head"]), None)
    board = pins.make_board(bpy.context.scene, armature, refit)
    bpy.context.view_layer.update()
    begin_preview(armature, refit)
    pin_of(board, CHIN).location.x += 20


def choose_face(room: Room) -> None:
    make_face(["jawOpen", "mouthSmileLeft", "eyeBlinkLeft"])
    OPS.map_target()


def open_curves(room: Room) -> None:
    OPS.edit_curves(layer="head")


def add_word(room: Room) -> None:
    OPS.add_pronunciation()


def move_markers(room: Room) -> None:
    settings().markers = {"FEELINGS"}
    bpy.context.scene.timeline_markers[0].frame += 4


def move_phones(room: Room) -> None:
    settings().markers = {"PHONES"}
    bpy.context.scene.timeline_markers[2].frame += 3


def stretch_feeling(room: Room) -> None:
    settings().feelings[0].strength = 1.0


def pose(room: Room) -> None:
    find_rig(bpy.context).pose.bones["head"].rotation_euler = (0.1, 0.2, 0.3)


def forget_active(room: Room) -> None:
    bpy.context.view_layer.objects.active = None


def add_other(room: Room) -> None:
    """Another avatar that has spoken; the first one stays in hand."""
    first = find_rig(bpy.context)
    OPS.import_avatar(directory=str(room / "Small.avatar"))
    other = find_rig(bpy.context)
    apply_performance(other, room / "other.performance")
    other.location.x = 1.0
    other.select_set(False)
    bpy.context.view_layer.objects.active = first
    first.select_set(True)


def know_photo(room: Room) -> None:
    """The avatar says that it was built from the photo that is chosen."""
    data = (room / "Small.avatar" / "albedo.png").read_bytes()
    find_rig(bpy.context)[PHOTO_RECORD] = json.dumps({"file": "albedo.png", "sha256": hashlib.sha256(data).hexdigest()})


def compare(room: Room) -> None:
    know_photo(room)
    OPS.compare_photo()


def lay_board(room: Room) -> None:
    (room / "film.md").write_text("---\ntitle: A film\n---\n", encoding="utf-8")


def write_board(room: Room) -> None:
    lay_board(room)
    settings().film.storyboard = str(room / "film.md")


def find_shots(room: Room) -> None:
    """The shot that is asked for is of the small avatar, without a line."""
    write_board(room)
    shot = {"name": "One", "line": 4, "duration": 1.0, "performers": [], "text": ""}
    fill_board(room / "film.md", BOARD | {"scenes": [{"name": "All", "shots": [shot]}]})
    asked = {"format": 1, "fps": 24, "frames": 12, "size": [128, 72], "camera": {"preset": "close_up"}}
    asked["performers"] = [{"name": "ada", "avatar": str(room / "Small.avatar")}]
    (room / "shot.json").write_text(json.dumps(asked), encoding="utf-8")


def lose_core(room: Path) -> None:
    """What is dropped is chosen then, and no more; `room` puts it back."""
    paths.core_python = lambda: None


def forget_list(room: Room) -> None:
    settings().feelings[0].category = "fear"


# Operator -> what is done before, and its arguments (a function of what lies on the disk where they are paths).
CHANGES: dict[str, tuple[Callable[[Room], None] | None, Callable[[Room], dict[str, Any]]]] = {
    "choose_photo": (None, lambda room: {"filepath": str(room / "Small.avatar" / "albedo.png")}),
    "drop_photo": (lose_core, lambda room: {"filepath": str(room / "Small.avatar" / "hair.png")}),
    "drop_sound": (lose_core, lambda room: {"filepath": str(room / "other.speech" / "speech.wav")}),
    "build_avatar": (None, lambda room: {}),
    "import_avatar": (None, lambda room: {"directory": str(room / "Small.avatar")}),
    "make_person": (None, lambda room: {}),
    "roll_person": (None, lambda room: {}),
    "set_variant": (None, lambda room: {"variant": "toon"}),
    "frame_camera": (None, lambda room: {}),
    "dress_stage": (None, lambda room: {}),
    "new_storyboard": (None, lambda room: {}),
    "choose_storyboard": (lay_board, lambda room: {"filepath": str(room / "film.md")}),
    "edit_storyboard": (write_board, lambda room: {}),
    "build_shot": (find_shots, lambda room: {"shot": "One"}),
    "choose_avatar": (forget_active, lambda room: {"name": "Small"}),
    "reset_pins": (choose_board, lambda room: {}),
    "leave_pins": (choose_board, lambda room: {}),
    "apply_pins": (choose_board, lambda room: {}),
    "compare_photo": (know_photo, lambda room: {}),
    "leave_comparison": (compare, lambda room: {}),
    "find_photo": (know_photo, lambda room: {"filepath": str(room / "Small.avatar" / "albedo.png")}),
    "mark_avatar": (None, lambda room: {"author": "Ada"}),
    "look_at_each_other": (add_other, lambda room: {}),
    "look_at": (add_other, lambda room: {"target": "Small.001"}),
    "face_each_other": (add_other, lambda room: {}),
    "next_line": (add_other, lambda room: {"place": "AFTER"}),
    "listen": (add_other, lambda room: {}),
    "perform_script": (None, lambda room: {}),
    "perform_recording": (None, lambda room: {}),
    "perform_silence": (None, lambda room: {"behaviour": "idle"}),
    "import_performance": (None, lambda room: {"directory": str(room / "other.performance")}),
    "choose_voice": (None, lambda room: {"voice": "somebody"}),
    "make_voice": (None, lambda room: {}),
    "find_names": (None, lambda room: {}),
    "add_pronunciation": (None, lambda room: {}),
    "remove_pronunciation": (add_word, lambda room: {}),
    "understand": (None, lambda room: {}),
    "list_feelings": (forget_list, lambda room: {}),
    "show_take": (None, lambda room: {"take": "Take 2"}),
    "rename_take": (None, lambda room: {"name": "Final"}),
    "duplicate_take": (None, lambda room: {}),
    "reorder_take": (None, lambda room: {"direction": "DOWN"}),
    "picture_take": (None, lambda room: {}),
    "remove_take": (None, lambda room: {}),
    "perform_again": (None, lambda room: {}),
    "reroll_layer": (None, lambda room: {"layer": "head"}),
    "set_seed": (None, lambda room: {"layer": "head", "seed": 12}),
    "limit_layer": (None, lambda room: {"layer": "head"}),
    "add_feeling": (None, lambda room: {"seconds": 3.2, "category": "fear"}),
    "remove_feeling": (None, lambda room: {"index": 1}),
    "split_feeling": (None, lambda room: {"seconds": 2.0}),
    "move_feeling": (None, lambda room: {"edge": "END", "seconds": 3.5, "index": 1}),
    "apply_feeling_markers": (move_markers, lambda room: {}),
    "perform_feelings": (stretch_feeling, lambda room: {}),
    "edit_curves": (None, lambda room: {"layer": "head"}),
    "leave_curves": (open_curves, lambda room: {}),
    "translate_script": (None, lambda room: {}),
    "write_table": (None, lambda room: {}),
    "dub_take": (None, lambda room: {}),
    "edit_phone": (None, lambda room: {"index": 2, "seconds": 0.8, "phone": "u", "viseme": "viseme_U"}),
    "add_phone": (None, lambda room: {"phone": "u", "seconds": 1.0}),
    "remove_phone": (None, lambda room: {"index": 3}),
    "nudge_phone": (None, lambda room: {"index": 3, "frames": 2.0}),
    "apply_markers": (move_phones, lambda room: {}),
    "list_phones": (lambda room: settings().phones.clear(), lambda room: {}),
    "make_pose_assets": (None, lambda room: {"pictures": False}),
    "toggle_board": (None, lambda room: {}),
    "apply_pose": (None, lambda room: {"pose": "joy"}),
    "mirror_pose": (pose, lambda room: {}),
    "reset_pose": (lambda room: OPS.apply_pose(pose="joy"), lambda room: {}),
    "key_pose": (pose, lambda room: {}),
    "repair_rig": (lambda room: find_rig(bpy.context).pop("jawOpen"), lambda room: {}),
    "build_studio": (None, lambda room: {}),
    "bake_rig": (None, lambda room: {}),
    "import_capture": (None, lambda room: {"filepath": str(room / "cap.txt")}),
    "map_target": (lambda room: make_face(["jawOpen"]), lambda room: {}),
    "add_row": (choose_face, lambda room: {}),
    "remove_row": (choose_face, lambda room: {}),
    "retarget_take": (choose_face, lambda room: {}),
    "retarget_performance": (choose_face, lambda room: {"directory": str(room / "other.performance")}),
}
# Those that leave the scene alone, or change what Blender's undo does not hold: windows, files, the core.
LEAVES = {
    "cancel_job", "forget_job", "watch_job", "set_up_core", "verify_core", "set_up_cloning", "list_voices", "try_voice",
    "write_captions", "check_rig", "render_clip", "export_rig", "export_motion", "open_guide", "copy_report",
    "open_results", "save_to_library", "play_take", "drag_wipe", "review_take", "report", "open_preferences",
    "make_film", "check_storyboard", "open_file",
    "accept_policy", "verify_file", "revoke_avatar", "forget_avatar", "delete_forgotten",
    "list_models", "fetch_model", "install_model", "remove_model", "remove_everything",
    "show_log",  # a text, which it writes anew each time
    "add_avatar",  # choosing the photo and building the avatar are its steps
    "refit_avatar",  # it follows the move of a pin, which is the step
}  # fmt: skip
# One step however often, as Blender's own ways to another frame.
GROUPED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "go_to_phone": ({"index": 1}, {"index": 0}),
    "go_to_feeling": ({"index": 1}, {"index": 0}),
    "go_to_warning": ({"seconds": 1.5}, {"seconds": 0.5}),
}
# Tested where what they need is: test_pins.py (the core's picture), test_rig_before_controls.py (an avatar from
# before), test_avatar_assets.py (a library).
ELSEWHERE = {"enter_pins", "add_rig_controls", "make_editable"}


def identifier(cls: type) -> str:
    return cls.bl_idname.removeprefix("likeness.")


ALL = {identifier(cls): cls for cls in operators.CLASSES if issubclass(cls, bpy.types.Operator)}


@pytest.fixture
def room(addon: None, avatar_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two takes, all that is asked for filled in, and a core that answers at once."""
    armature = stage_takes(avatar_folder, tmp_path)
    other = write_spoken_performance(tmp_path, "other", scale=0.5)
    facecap(tmp_path / "cap.txt")
    performed = {"performance": str(other), "moves": {"smile": 0.4}, "warnings": [], "voice": "v", "duration": 4.0}
    voice = {"voice": "pocket:x", "kept": "own", "likeness": {"default": 0.1, "own_pitch": 0.2}, "warnings": []}
    translated = {"target": "es", "text": "Hola.", "sentences": [["Hi.", "Hola."]], "provider": "argos"}
    answers = Answers(
        {
            **dict.fromkeys(("speak", "record", "keep_silent", "perform", "dub"), performed),
            "build_avatar": {"avatar": str(avatar_folder)},
            "make_person": {"avatar": str(avatar_folder)},
            "write_storyboard": {"storyboard": str(tmp_path / "film.md")},
            "check_storyboard": BOARD,
            "prepare_shot": {"request": str(tmp_path / "shot.json"), "warnings": []},
            "understand": {"moves": {"smile": 0.4}, "matches": [], "cues": [], "warnings": []},
            "pronounce": {"words": [{"text": "Wyn", "known": False, "own": False, "ipa": "wɪn"}]},
            "make_voice": voice,
            "translate": {**translated, "warnings": [], "summary": "1 row"},
        }
    )
    monkeypatch.setattr(jobs, "ask", answers)
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    photo, own = avatar_folder / "albedo.png", settings()
    own.photo, own.script, own.direction, own.translator = str(photo), "Hello Wyn.", "calm", "argos"
    own.recording = own.voice_sample = str(tmp_path / "spoken.speech" / "speech.wav")
    own.voice_consent.subject, own.voice_consent.basis = "Ada", "self"
    own.voice_consent.statement = "I agree."
    own.dub_block = bpy.data.texts.new("Script es")
    own.dub_block.write("Salud.")
    assert is_rig(armature)
    return tmp_path


def steps(capfd: pytest.CaptureFixture) -> list[str]:
    """Names of the undo steps, oldest first."""
    capfd.readouterr()
    bpy.context.window_manager.print_undo_steps()
    return re.findall(r"name='(.*)'", capfd.readouterr().out)


@pytest.mark.parametrize("name", CHANGES)
def test_an_edit_is_one_named_step_that_is_undone_and_redone(name: str, room: Path, capfd) -> None:
    before, arguments = CHANGES[name]
    if before is not None:
        before(room)
    bpy.ops.ed.undo_push(message="Before")
    state, count = edit_state(), len(steps(capfd))
    assert getattr(OPS, name)("EXEC_DEFAULT", True, **arguments(room)) == {"FINISHED"}
    made = steps(capfd)[count:]
    assert made == [ALL[name].bl_label], "one step, called as its button is"
    after = edit_state()
    assert after != state, "nothing was changed"
    bpy.ops.ed.undo()
    assert edit_state() == state
    bpy.ops.ed.redo()
    assert edit_state() == after
    bpy.ops.ed.undo()
    assert edit_state() == state


@pytest.mark.parametrize("name", sorted(GROUPED))
def test_going_to_another_frame_is_one_step_however_often(name: str, room: Path, capfd) -> None:
    assert ALL[name].bl_options == {"REGISTER", "UNDO_GROUPED"} and ALL[name].bl_undo_group == "Frame Change"
    bpy.ops.ed.undo_push(message="Before")
    frame, count = bpy.context.scene.frame_current, len(steps(capfd))
    there, elsewhere = GROUPED[name]
    for arguments in (there, elsewhere, there):
        assert getattr(OPS, name)("EXEC_DEFAULT", True, **arguments) == {"FINISHED"}
    assert len(steps(capfd)) == count + 1 and bpy.context.scene.frame_current != frame
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_current == frame


def test_every_operator_says_whether_it_is_an_undo_step() -> None:
    assert ALL.keys() == {*CHANGES, *LEAVES, *GROUPED, *ELSEWHERE}
    for name in LEAVES:
        assert "UNDO" not in getattr(ALL[name], "bl_options", set()), name


def test_a_mixer_that_is_moved_is_undone_with_all_that_it_did(room: Path) -> None:
    """Blender pushes a step when a slider is let go; what its setter wrote has to come back with it."""
    for name, value in (("mute", True), ("solo", True), ("strength", 0.5), ("offset", 3.0), ("smoothing", 2.0)):
        bpy.ops.ed.undo_push(message="Before")
        state = edit_state()
        setattr(settings().mixer_head, name, value)
        assert edit_state() != state, name
        bpy.ops.ed.undo_push(message=name.capitalize())
        bpy.ops.ed.undo()
        assert edit_state() == state, name


def test_a_name_that_is_typed_is_undone(room: Path) -> None:
    bpy.ops.ed.undo_push(message="Before")
    state = edit_state()
    settings().take_name = "Final"
    assert settings().take_name == "Final"
    settings().take_name = "Take 2"
    assert settings().take_name == "Take 3", "a name that is taken is numbered"
    settings().take_name = " "
    assert settings().take_name == "Take 3"
    bpy.ops.ed.undo_push(message="Name of the Take")
    bpy.ops.ed.undo()
    assert edit_state() == state
