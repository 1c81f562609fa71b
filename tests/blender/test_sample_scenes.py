# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample scenes: an empty studio that any avatar can step into, and sets as assets."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from blender_addon.rig import import_avatar
from blender_addon.rig.catalogs import catalog_id
from blender_addon.stage import build_studio
from blender_addon.stage.face import STANDARD_FACE
from blender_addon.stage.sets import BUILDERS, build_set


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


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_set_file_is_a_small_asset_with_a_catalog_and_a_picture(repository: Path, name: str):
    path = repository / "sample_scenes" / f"{name}.blend"
    assert path.stat().st_size < 350_000
    bpy.ops.wm.open_mainfile(filepath=str(path))
    (asset,) = (collection for collection in bpy.data.collections if collection.asset_data)
    assert asset.asset_data.description and asset.asset_data.catalog_id == catalog_id("Likeness/Sets")
    assert asset.asset_data.catalog_id in (path.parent / "blender_assets.cats.txt").read_text()
    assert tuple(asset.preview.image_size) == (256, 256)
    # What the add-on builds by itself is what lies in the file.
    scene = bpy.data.scenes.new("Anew")
    built = build_set(scene, name, STANDARD_FACE)
    assert [obj.type for obj in built.collection.objects] == [obj.type for obj in asset.objects]
    assert len(bpy.context.scene.objects) == len(asset.objects) + 4  # camera and lamps


@pytest.mark.parametrize("name", ["studio", *sorted(BUILDERS)])
def test_a_scene_file_names_no_folder_of_the_machine_that_made_it(repository: Path, name: str):
    path = repository / "sample_scenes" / f"{name}.blend"
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert bpy.context.scene.render.filepath == "//clip.mp4"
    zstandard = pytest.importorskip("zstandard", reason="bpy's wheel brings zstandard along")
    data = path.read_bytes()
    plain = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    for folder in (b"/home/", b"/root", b"/work", b"/tmp/", b"C:\\Users"):
        assert folder not in plain
