# SPDX-License-Identifier: GPL-3.0-or-later
"""`build.py demo` leaves what it promises, and refuses bad input in words."""

from __future__ import annotations

import json

import bpy
import pytest

from blender_addon import compat
from blender_addon.rig import find_rig, rig_parts
from blender_addon.takes.performance import LAYERS


def test_the_demo_leaves_clip_scene_sheet_and_report(film):
    for name in ("clip.mp4", "avatar.blend", "sheet.png", "report.json"):
        assert (film.folder / name).stat().st_size > 0
    assert not [path.name for path in film.folder.iterdir() if path.name.startswith(".")]


def test_the_report_states_seconds_per_stage_and_how_it_was_rendered(film):
    report = film.report
    assert {"avatar", "speech", "performance", "rig", "stills", "take", "clip", "sheet"} < set(report["seconds"])
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    assert report["clip"]["frames"] == len(film.frames)
    assert report["render"]["engine"] == "workbench" and report["render"]["width"] == 384
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
    assert "NASA" in consent["statement"]


@pytest.mark.parametrize(
    "options",
    [
        ("--photo", "no such photo.jpg"),
        ("--script", "   "),
        ("--engine", "workbench", "--size", "8"),
    ],
)
def test_bad_input_ends_with_status_2_and_one_line_of_words(run_demo, options, tmp_path):
    done = run_demo("--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1].endswith(".")
    assert not (tmp_path / "out" / "clip.mp4").exists()
