# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample scenes: an empty studio that any avatar can step into."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from blender_addon.rig import import_avatar
from blender_addon.stage import build_studio


def test_the_studio_file_is_small_and_waits_for_an_avatar(repository: Path, avatar_folder: Path):
    path = repository / "sample_scenes" / "studio.blend"
    assert path.stat().st_size < 200_000
    bpy.ops.wm.open_mainfile(filepath=str(path))
    scene = bpy.context.scene
    lamps = [obj for obj in scene.objects if obj.type == "LIGHT"]
    assert len(lamps) == 3 and scene.camera is not None
    count = len(scene.objects)
    armature = import_avatar(avatar_folder)
    pieces = build_studio(scene, armature)
    assert len(scene.objects) == count + 1 + len(armature.children)
    assert pieces["camera"] == scene.camera


def test_the_studio_file_names_no_folder_of_the_machine_that_made_it(repository: Path, tmp_path: Path):
    bpy.ops.wm.open_mainfile(filepath=str(repository / "sample_scenes" / "studio.blend"))
    assert bpy.context.scene.render.filepath == "//clip.mp4"
    zstandard = pytest.importorskip("zstandard", reason="bpy's wheel brings zstandard along")
    data = (repository / "sample_scenes" / "studio.blend").read_bytes()
    plain = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    for folder in (b"/home/", b"/root", b"/work", b"/tmp/", b"C:\\Users"):
        assert folder not in plain
