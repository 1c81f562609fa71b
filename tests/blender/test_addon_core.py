# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on with the real core, from the buttons on, as a script in background would use it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import bpy
import pytest
from addon import ROOT, Drawn, Layout, require_core_python, why_not

from blender_addon import compat
from blender_addon.engine import jobs, paths
from blender_addon.operators.help import write_report
from blender_addon.panels.setting_up import draw_models, draw_report
from blender_addon.rig.assemble import is_rig


@pytest.fixture
def scene(addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bpy.types.Scene:
    """A saved file, and the core's Python at hand."""
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(require_core_python()))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    return bpy.context.scene


@pytest.fixture
def warm_scene(warm_core: None, scene: bpy.types.Scene) -> bpy.types.Scene:
    """The same with a core that goes on from test to test."""
    return scene


@pytest.fixture
def astronaut(nasa_photo: Path, tmp_path: Path) -> Path:
    """NASA's portrait of Eileen Collins beside the file."""
    return Path(shutil.copy(nasa_photo, tmp_path))


def test_verify_tells_what_the_core_runs_on_and_that_it_works(scene, capfd) -> None:
    assert bpy.ops.likeness.verify_core() == {"FINISHED"}
    assert "The core works" in capfd.readouterr().out
    manager = bpy.context.window_manager
    report = {row.name: row.value for row in manager.likeness_report}
    assert report["Blender"].startswith(bpy.app.version_string) and report["Add-on"] == report["Core"]
    assert "478 landmarks" in report["Test of Faces"]
    assert all(row.is_well for row in manager.likeness_report)
    assert {"face_landmarker", "kokoro"} <= {row.name for row in manager.likeness_models}
    drawn = Drawn()
    draw_report(Layout(drawn), bpy.context)
    draw_models(Layout(drawn), bpy.context)
    assert "478 landmarks" in drawn.text and "Licence Apache-2.0" in drawn.text
    assert drawn.operators[0] == "likeness.copy_report"
    assert "478 landmarks" in write_report()


def test_a_model_is_removed_and_taken_from_a_file(scene, tmp_path: Path, monkeypatch) -> None:
    """In a folder of its own, whose files are links to those of the checkout."""
    real = Path(os.environ.get("SPEAKING_LIKENESS_MODELS") or ROOT / ".models")
    name = "face_detection_yunet.onnx"
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("SPEAKING_LIKENESS_MODELS", str(tmp_path / "models"))
    jobs.stop_core()
    assert "is not face_detection" in why_not(
        bpy.ops.likeness.install_model, model="face_boxes", filepath=str(real / "ready.json")
    )
    models = bpy.context.window_manager.likeness_models
    bpy.ops.likeness.install_model(model="face_boxes", filepath=str(real / name))
    assert models["face_boxes"].state == "ready" and models["face_boxes"].is_own
    assert models["kokoro"].state == "missing" and models["kokoro"].is_optional
    bpy.ops.likeness.remove_model(model="face_boxes")
    assert models["face_boxes"].state == "missing" and not list((tmp_path / "models").iterdir())
    jobs.stop_core()


def test_the_log_becomes_a_text(addon: None, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(paths, "log_file", lambda name: tmp_path / name)
    assert "Nothing has been logged" in why_not(bpy.ops.likeness.show_log)
    (tmp_path / "likeness_core.log").write_text("it began\n", encoding="utf-8")
    assert bpy.ops.likeness.show_log() == {"FINISHED"}
    text = bpy.data.texts["Speaking Likeness Log"].as_string()
    assert "likeness_core.log" in text and "it began" in text


def test_a_python_that_is_not_there_is_told(scene, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(tmp_path / "no_python"))
    assert "cannot be started" in why_not(bpy.ops.likeness.verify_core)


def test_photo_and_script_become_a_take_on_a_rig(warm_scene, astronaut: Path, tmp_path: Path) -> None:
    scene = warm_scene
    settings = scene.likeness
    bpy.ops.likeness.choose_photo(filepath=str(astronaut))
    settings.name, settings.consent.statement = "Eileen", "Public domain, for a test."
    assert bpy.ops.likeness.build_avatar() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    assert is_rig(armature)
    assert armature.name == "Eileen"
    assert "Public domain" in armature["likeness_consent"]
    assert paths.results_folder() == tmp_path / "likeness"
    assert (tmp_path / "likeness" / "Eileen.avatar" / "avatar.json").is_file()

    settings.script = "Hello, my name is Eileen."
    for take in ("01", "02"):  # the second leaves the first on the disk, and replaces it on the rig
        assert bpy.ops.likeness.perform_script() == {"FINISHED"}
        assert (tmp_path / "likeness" / f"Eileen-{take}.performance").is_dir()
    tracks = {track.name: len(track.strips) for track in armature.animation_data.nla_tracks}
    assert tracks["speech"] == 1
    jaw = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        jaw.append(armature.evaluated_get(bpy.context.evaluated_depsgraph_get())["jawOpen"])
    assert max(jaw) > 0.1, "the mouth opens"
    assert len(compat.editor_strips(scene.sequence_editor)) == 1


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A sound file of somebody who says a sentence."""
    out = tmp_path_factory.mktemp("said") / "a.speech"
    command = ["-m", "core", "speak", "Hello, my name is Eileen.", "--out", out]
    subprocess.run([require_core_python(), *command], cwd=repository, check=True, capture_output=True)
    return out / "speech.wav"


@pytest.fixture
def recording(said: Path, tmp_path: Path) -> Path:
    """The same beside the .blend."""
    return Path(shutil.copy(said, tmp_path / "hello.wav"))


@pytest.mark.parametrize("script", ["", "Hello, my name is Eileen.", "Nobody ever bought purple apples there."])
def test_a_recording_becomes_a_take_on_a_rig(
    warm_scene, avatar_folder: Path, recording: Path, tmp_path: Path, capfd, script: str
) -> None:
    scene = warm_scene
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    armature = bpy.context.view_layer.objects.active
    settings = scene.likeness
    settings.recording, settings.script = "//hello.wav", script  # beside the .blend
    assert bpy.ops.likeness.perform_recording() == {"FINISHED"}
    told = capfd.readouterr().out
    assert f"{armature.name} performs from frame" in told
    assert ("script was not found" in told) == script.startswith("Nobody")
    take = f"{paths.name_result(armature.name)}-01"
    assert {path.name for path in (tmp_path / "likeness").iterdir()} == {f"{take}.speech", f"{take}.performance"}
    assert [track.name for track in armature.animation_data.nla_tracks if track.strips and track.name == "speech"]
    jaw = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        jaw.append(armature.evaluated_get(bpy.context.evaluated_depsgraph_get())["jawOpen"])
    assert max(jaw) > 0.1, "the mouth opens"
    assert len(compat.editor_strips(scene.sequence_editor)) == 1
    words = {marker.name for marker in scene.timeline_markers}
    assert ("“name”" in words) == script.startswith("Hello")


def test_a_sound_that_the_core_refuses_is_told(warm_scene, avatar_folder: Path, tmp_path: Path) -> None:
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    (tmp_path / "memo.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    warm_scene.likeness.recording = "//memo.m4a"
    assert "ffmpeg" in why_not(bpy.ops.likeness.perform_recording)
    assert not list((tmp_path / "likeness").glob("*"))


def test_what_the_core_refuses_is_told_and_nothing_is_left(warm_scene, tmp_path: Path) -> None:
    photo = tmp_path / "nobody.png"
    image = bpy.data.images.new("nobody", 256, 256)
    image.filepath_raw, image.file_format = str(photo), "PNG"
    image.save()
    bpy.ops.likeness.choose_photo(filepath=str(photo))
    before = len(bpy.data.objects)
    assert "face" in why_not(bpy.ops.likeness.build_avatar)
    assert len(bpy.data.objects) == before
    assert not list((tmp_path / "likeness").glob("*"))
