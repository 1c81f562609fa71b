# SPDX-License-Identifier: GPL-3.0-or-later
"""`build.py demo` leaves what it promises, and refuses bad input in words."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace

import bpy
import pytest
from conftest import PIXELS, ROOT

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.rig import find_rig, rig_parts
from blender_addon.takes.performance import LAYERS


@pytest.fixture
def demo(monkeypatch):
    """The demo's program, and the add-on that it registers, in an empty file."""
    import blender_addon

    monkeypatch.syspath_prepend(ROOT / "sample_scenes")
    import demo

    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    yield demo
    blender_addon.unregister()


def test_the_demo_leaves_clip_scene_sheet_and_report(film):
    for name in ("clip.mp4", "avatar.blend", "sheet.png", "report.json"):
        assert (film.folder / name).stat().st_size > 0
    assert not [path.name for path in film.folder.iterdir() if path.name.startswith(".")]


def test_the_report_states_seconds_per_stage_and_how_it_was_rendered(film):
    report = film.report
    assert {"avatar", "speech", "performance", "rig", "stills", "take", "clip", "sheet"} < set(report["seconds"])
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    assert report["clip"]["frames"] == len(film.frames)
    assert report["render"]["engine"] == "workbench" and report["render"]["width"] == PIXELS
    assert report["render"]["device"] and report["render"]["reason"]
    assert report["scores"] and report["versions"]["blender"] == bpy.app.version_string


def test_the_terminal_shows_stages_and_none_of_blenders_chatter(film):
    assert "Photo to avatar: " in film.told and "Clip: " in film.told
    assert "Fra:" not in film.told and "Saved:" not in film.told


def test_the_saved_scene_opens_elsewhere_with_rig_take_voice_and_camera(film, tmp_path):
    elsewhere = tmp_path / "avatar.blend"
    elsewhere.write_bytes((film.folder / "avatar.blend").read_bytes())
    bpy.ops.wm.open_mainfile(filepath=str(elsewhere))
    armature, scene = find_rig(bpy.context), bpy.context.scene
    assert set(track.name for track in armature.animation_data.nla_tracks) >= set(LAYERS)
    assert scene.camera is not None
    (voice,) = compat.editor_strips(scene.sequence_editor)
    assert voice.sound.packed_file is not None
    assert all(image.packed_file for image in bpy.data.images if image.source == "FILE")
    keys = rig_parts(armature)["head"].data.shape_keys
    opened = []
    for frame in range(scene.frame_start, scene.frame_end, 3):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        opened.append(keys.evaluated_get(graph).key_blocks["jawOpen"].value)
    assert max(opened) - min(opened) > 0.1


def test_the_avatar_says_whose_face_it_is_and_that_it_is_synthetic(film):
    consent = json.loads((film.folder / "demo.avatar" / "avatar.json").read_text(encoding="utf-8"))["consent"]
    assert consent["synthetic"] is True
    assert "NASA" in consent["statement"] and consent["basis"] == "public_domain"


def test_the_clip_is_signed_intact_labelled_and_marked(film, core_python, environ):
    command = [core_python, "-m", "core", "verify", film.clip, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    said = json.loads(done.stdout)
    assert said["state"] == "intact" and said["signed"] and said["provenance"]["label"] == "AI-generated"
    assert said["provenance"]["quality"] == "final" and "Kind: compositeSynthetic" in said["summary"]
    assert said["picture"]["agrees"] is True and said["sound"]["agrees"] is True
    shown = next(one for one in said["consents"] if one.get("avatar"))
    assert shown["subject"] == "Eileen Collins" and shown["basis"] == "public_domain"
    assert film.report["delivery"] == {"quality": "final", "use": "public", "label": True}


def test_before_the_policy_is_accepted_nothing_is_made(run_demo, tmp_path):
    done = run_demo("--out", tmp_path / "out", SPEAKING_LIKENESS_CONFIG=str(tmp_path / "config"))
    assert done.returncode == 2
    assert "# Usage policy" in done.stdout and done.stdout.strip().endswith("the same command with --accept-policy.")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["blender.log"]
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize(("code", "quality"), [("", "final"), ("consent_missing", "draft"), ("revoked", None)])
def test_without_consent_a_photo_becomes_a_draft_and_what_is_revoked_nothing(demo, code, quality):
    class Core:
        """Refuses final clips."""

        def request(self, method, params, on_event):
            return SimpleNamespace(method=method, params=params)

        def wait(self, request):
            assert request.method == "check_clip"
            if code and request.params["quality"] == "final":
                raise LikenessError(code, "It was refused.", "")
            return {}

    said, warnings = [], []
    run = SimpleNamespace(console=SimpleNamespace(say=said.append), report=SimpleNamespace(warnings=warnings))
    if quality is None:
        with pytest.raises(LikenessError):
            demo.choose_quality(run, Core(), None)
        return
    assert demo.choose_quality(run, Core(), None)["quality"] == quality
    assert said == warnings == ([f"It was refused. {demo.DRAFT}"] if code else [])


@pytest.mark.parametrize(
    "options",
    [
        ("--photo", "no such photo.jpg"),
        ("--script", "   "),
        ("--engine", "workbench", "--size", "8"),
    ],
)
def test_bad_input_ends_with_status_2_and_one_line_of_words(run_demo, options, tmp_path):
    done = run_demo("--accept-policy", "--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1].endswith(".")
    assert not (tmp_path / "out" / "clip.mp4").exists()
