# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar in an asset library, and all ways by which Blender brings it into another scene."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, why_not
from small_avatar import write_small_performance
from test_rig_controls import key_values

from blender_addon.engine.pieces import run
from blender_addon.rig import find_rig, rig_parts
from blender_addon.rig.assemble import RIG_ID, is_rig
from blender_addon.rig.avatar import read_avatar
from blender_addon.rig.avatar_asset import CATALOG, PREVIEW_SIZE, instanced_avatar
from blender_addon.rig.catalogs import CATALOG_FILE, catalog_id
from blender_addon.rig.looking import look_at, looked_at
from blender_addon.rig.poses import POSES
from blender_addon.takes import apply_performance, list_takes

LIBRARY = "Actors"


@pytest.fixture
def library(tmp_path: Path):
    """An asset library of the preferences, in a folder whose name no shell likes."""
    folder = tmp_path / "Été 演员"
    folder.mkdir()
    libraries = bpy.context.preferences.filepaths.asset_libraries
    bpy.ops.preferences.asset_library_add(directory=str(folder))
    libraries[-1].name = LIBRARY
    yield folder
    while len(libraries):
        bpy.ops.preferences.asset_library_remove(index=len(libraries) - 1)


@pytest.fixture
def saved(addon, library: Path, armature, avatar_folder: Path, performance_folder: Path) -> Path:
    """The small avatar with a take in the library; nothing is open, and the folder that it came from is gone."""
    apply_performance(armature, performance_folder)
    bpy.context.view_layer.objects.active = armature
    arguments = {"author": "Ada", "description": "A drawing.", "licence": "CC0", "tags": "round, small"}
    assert bpy.ops.likeness.save_to_library(library=LIBRARY, name="Small", **arguments) == {"FINISHED"}
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    shutil.rmtree(avatar_folder)
    return library / "Small.blend"


def by_append(path: Path) -> None:
    bpy.ops.wm.append(directory=f"{path}/Collection/", filename="Small", instance_collections=False)


def by_append_as_instance(path: Path) -> None:
    bpy.ops.wm.append(directory=f"{path}/Collection/", filename="Small", instance_collections=True)


def by_link(path: Path) -> None:
    bpy.ops.wm.link(directory=f"{path}/Collection/", filename="Small", instance_collections=False)


def by_link_as_instance(path: Path) -> None:
    bpy.ops.wm.link(directory=f"{path}/Collection/", filename="Small", instance_collections=True)


def by_instance_add(path: Path) -> None:
    """What dragging out of the asset browser does: append or link, reusing what is there, then an instance."""
    bpy.ops.wm.append(
        directory=f"{path}/Collection/", filename="Small", instance_collections=False, do_reuse_local_id=True
    )
    collection = bpy.data.collections["Small"]
    bpy.context.scene.collection.children.unlink(collection)
    bpy.ops.object.collection_instance_add(collection=collection.name, location=(0.5, -0.25, 0.0))


WAYS = (by_append, by_append_as_instance, by_link, by_link_as_instance, by_instance_add)


def rigs() -> list[bpy.types.Object]:
    return [obj for obj in bpy.context.scene.objects if is_rig(obj)]


def select_what_came() -> None:
    instance = next((obj for obj in bpy.context.scene.objects if instanced_avatar(obj)), None)
    bpy.context.view_layer.objects.active = instance or next(iter(rigs()))


@pytest.mark.parametrize("way", WAYS)
def test_an_avatar_of_the_library_speaks_and_is_posed_in_another_scene(saved, way, tmp_path):
    way(saved)
    select_what_came()
    if way != by_append:
        assert draw(bpy.types.LIKENESS_PT_library).operators == ["likeness.make_editable"]
        assert bpy.ops.likeness.make_editable() == {"FINISHED"}
    rig = find_rig(bpy.context)
    assert rig in rigs() and rig.library is None and len(rigs()) == 1
    assert (rig.override_library is not None) == (way in (by_link, by_link_as_instance))
    assert "make_editable" not in str(draw(bpy.types.LIKENESS_PT_library).operators)
    assert set(rig_parts(rig)) >= {"head", "eyes", "hair"}
    assert list_takes(rig) == ("Take 1",)
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.5)
    apply_performance(rig, other)
    bpy.context.scene.frame_set(9)
    assert key_values(rig)["jawOpen"] > 0.05
    assert bpy.ops.likeness.apply_pose(pose=next(iter(POSES))) == {"FINISHED"}
    if way is by_instance_add:
        assert tuple(rig.matrix_world.translation) == pytest.approx((0.5, -0.25, 0.0), abs=1e-5)
    images = [image for image in bpy.data.images if image.users and image.source == "FILE"]
    assert images and all(image.packed_file for image in images), "no picture is looked for elsewhere"
    bpy.ops.likeness.build_studio()
    name = rig.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    (rig,) = rigs()
    bpy.context.scene.frame_set(9)
    assert rig.name == name and key_values(rig)["jawOpen"] > 0.05


def test_the_asset_has_picture_words_consent_and_catalog(saved, library):
    assert f"{catalog_id(CATALOG)}:{CATALOG}:Likeness-Avatars" in (library / CATALOG_FILE).read_text()
    with bpy.data.libraries.load(str(saved), assets_only=True) as (there, _):
        assert there.collections == ["Small"] and not there.objects
    by_link(saved)
    data = bpy.data.collections["Small"].asset_data
    assert (data.author, data.license, data.catalog_id) == ("Ada", "CC0", catalog_id(CATALOG))
    assert {tag.name for tag in data.tags} == {"likeness", "avatar", "round", "small"}
    assert data.description.startswith("A drawing.") and "nobody's face" in data.description
    if bpy.app.version[:2] == (5, 0):
        return  # Blender 5.0 loses every picture in libraries.write; 4.2, 4.5 and 5.2 keep it
    pixels = np.empty(4 * PREVIEW_SIZE**2, dtype=np.float32)
    preview = bpy.data.collections["Small"].preview
    assert tuple(preview.image_size) == (PREVIEW_SIZE, PREVIEW_SIZE)
    preview.image_pixels_float.foreach_get(pixels)
    assert 0.1 < pixels[3::4].mean() < 1.0, "a head before nothing"


def test_two_instances_of_one_avatar_become_two_rigs(saved):
    by_instance_add(saved)
    bpy.ops.object.collection_instance_add(collection="Small", location=(-1, 0, 0))
    for _ in range(2):
        select_what_came()
        assert bpy.ops.likeness.make_editable() == {"FINISHED"}
    first, second = rigs()
    assert first[RIG_ID] != second[RIG_ID]
    before = key_values(first)["jawOpen"]
    second["jawOpen"] = 0.7
    bpy.context.view_layer.update()
    assert key_values(first)["jawOpen"] == pytest.approx(before)
    assert {round(rig.location.x, 3) for rig in (first, second)} == {0.5, -1.0}


def test_a_file_of_the_library_is_not_lost(addon, library, armature):
    bpy.context.view_layer.objects.active = armature
    assert bpy.ops.likeness.save_to_library(library=LIBRARY, name="Ada") == {"FINISHED"}
    before = (library / "Ada.blend").read_bytes()
    with pytest.raises(RuntimeError, match="in the library already"):
        bpy.ops.likeness.save_to_library(library=LIBRARY, name="Ada")
    assert (library / "Ada.blend").read_bytes() == before
    assert bpy.ops.likeness.save_to_library(library=LIBRARY, name="Ada", replace=True) == {"FINISHED"}
    assert sorted(path.name for path in library.iterdir()) == ["Ada.blend", CATALOG_FILE]
    assert all(c.asset_data is None for c in bpy.data.collections), "this file has no asset of its own by that"
    with pytest.raises(RuntimeError, match="no asset library Nowhere"):
        bpy.ops.likeness.save_to_library(library="Nowhere")


def test_without_a_library_the_button_says_where_to_add_one(addon, armature):
    bpy.context.view_layer.objects.active = armature
    while len(bpy.context.preferences.filepaths.asset_libraries):
        bpy.ops.preferences.asset_library_remove(index=0)
    assert "Add an asset library first" in why_not(bpy.ops.likeness.save_to_library)


def test_who_is_looked_at_stays_at_home(addon, library, avatar_folder, armature):
    from blender_addon.operators.photo import put_avatar

    other = run(put_avatar(read_avatar(avatar_folder), bpy.context))
    look_at(armature, other)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.likeness.save_to_library(library=LIBRARY, name="Small")
    assert looked_at(armature) == other and armature["look_at"] == 1.0
    with bpy.data.libraries.load(str(library / "Small.blend")) as (there, _):
        assert [name for name in there.objects if name == armature.name] and other.name not in there.objects


def test_marking_in_a_saved_file_is_quick_and_changes_nothing_else(addon, armature, tmp_path, performance_folder):
    apply_performance(armature, performance_folder)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cast.blend"))
    bpy.context.view_layer.objects.active = armature
    armature.rotation_euler.z = 1.0
    bpy.context.scene.frame_set(9)
    before, scenes, objects = key_values(armature), len(bpy.data.scenes), len(bpy.data.objects)
    began = time.perf_counter()
    assert bpy.ops.likeness.mark_avatar(author="Ada") == {"FINISHED"}
    assert time.perf_counter() - began < 5.0
    assert (len(bpy.data.scenes), len(bpy.data.objects)) == (scenes, objects)
    bpy.context.scene.frame_set(9)
    assert key_values(armature) == pytest.approx(before)
    assert CATALOG in (tmp_path / CATALOG_FILE).read_text()
    collection = armature.users_collection[0]
    assert collection.asset_data.author == "Ada"
    pixels = np.empty(4 * PREVIEW_SIZE**2, dtype=np.float32)
    collection.preview.image_pixels_float.foreach_get(pixels)
    picture = pixels.reshape(PREVIEW_SIZE, PREVIEW_SIZE, 4)[..., 3]
    left, right = picture[:, : PREVIEW_SIZE // 2].mean(), picture[:, PREVIEW_SIZE // 2 :].mean()
    assert left == pytest.approx(right, rel=0.1), "the face, also of a body that was turned"


def test_an_avatar_among_other_things_gets_a_collection_of_its_own(addon, armature):
    home = armature.users_collection[0]
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    home.objects.link(lamp)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.likeness.mark_avatar()
    (marked,) = [collection for collection in bpy.data.collections if collection.asset_data is not None]
    assert set(marked.all_objects) == {armature, *armature.children} and lamp.users_collection == (home,)
    armature["likeness_consent"] = json.dumps({"subject": "Ada", "basis": "written"})
    bpy.ops.likeness.mark_avatar()
    assert "Ada, written consent" in marked.asset_data.description
