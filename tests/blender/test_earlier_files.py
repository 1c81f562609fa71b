# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that earlier versions wrote, by their own code (tests/earlier): they open, speak and are posed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bpy
import pytest
from small_avatar import write_small_performance
from test_rig_controls import key_values

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.rig import find_rig, import_avatar
from blender_addon.rig.assemble import is_rig
from blender_addon.rig.check import check
from blender_addon.rig.upgrade import has_controls
from blender_addon.rig.version import KEY, VERSION, version_of
from blender_addon.takes import LAYERS, apply_performance, list_takes, show_take, take_start, take_strips
from blender_addon.upgrade import upgrade_file

EARLIER = Path(__file__).resolve().parent.parent / "earlier"
DATES = sorted(path.name for path in EARLIER.iterdir() if path.is_dir() and path.name[:2] == "20")


@pytest.fixture(params=DATES)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a version wrote, in a folder of its own."""
    return Path(shutil.copytree(EARLIER / request.param, tmp_path / "earlier"))


def open_scene(folder: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(folder / "scene.blend"))
    (armature,) = (obj for obj in bpy.context.scene.objects if is_rig(obj))
    bpy.context.view_layer.objects.active = armature
    return armature


def test_an_earlier_scene_opens_with_its_settings(addon, earlier):
    armature = open_scene(earlier)
    settings = bpy.context.scene.likeness
    assert (settings.script, settings.seed, settings.voice) == ("Hi.", 5, "auto")
    assert settings.consent.statement == "Ada said yes." and settings.consent.basis == "none"
    assert set(settings.layers) == set(LAYERS), "all layers then are all layers now"
    assert settings.version == version_of(armature) == VERSION
    assert upgrade_file() == [], "it is brought up once"


def test_what_was_brought_up_is_reported_once_and_stays(addon, earlier, monkeypatch, tmp_path):
    from blender_addon.operators import appended

    told: list[str] = []
    monkeypatch.setattr(appended, "tell", told.extend)
    open_scene(earlier)
    assert len(told) == 1 and "came from an earlier version" in told[0]
    told.clear()
    bpy.ops.wm.save_as_mainfile(filepath=str(earlier / "scene.blend"))
    open_scene(earlier)
    assert told == []
    assert bpy.context.scene.likeness.consent.statement == "Ada said yes."


def test_an_earlier_take_plays_and_is_replaced_whole(addon, earlier, tmp_path):
    armature, scene = open_scene(earlier), bpy.context.scene
    assert list_takes(armature) == ("Take 1",)
    assert take_start(armature, "Take 1") == 11
    scene.frame_set(11 + 10)
    assert max(key_values(armature).values()) > 0.05, "the earlier take moves the face"
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.5)
    apply_performance(armature, other, take="Take 2", start=11)
    show_take(armature, "Take 1", scene)
    voices = {strip["likeness_take"]: strip.mute for strip in compat.editor_strips(scene.sequence_editor)}
    assert voices == {"Take 1": False, "Take 2": True}, "each take has its own voice"
    apply_performance(armature, other)
    assert len(compat.editor_strips(scene.sequence_editor)) == 2, "the earlier voice does not sound along"
    assert set(take_strips(armature, "Take 1")) == set(LAYERS)
    assert list(take_strips(armature, "Take 1")) == list(LAYERS)
    scene.frame_set(20)
    assert key_values(armature)["jawOpen"] > 0.05


def test_an_earlier_performance_goes_onto_an_earlier_avatar(addon, earlier):
    armature = import_avatar(earlier / "Small.avatar")
    made = apply_performance(armature, earlier / "hello.performance")
    assert {"speech", "head", "gaze"} <= set(made.layers) and not set(made.layers) & {"body", "micro"}
    bpy.context.scene.frame_set(made.start + 10)
    assert max(key_values(armature).values()) > 0.05
    assert armature[KEY] == VERSION


def test_an_earlier_rig_gets_what_animators_hold_by_its_button(addon, earlier):
    armature = open_scene(earlier)
    if not has_controls(armature):
        assert any("Add Rig Controls" in lack.hint for lack in check(armature))
        assert bpy.ops.likeness.add_rig_controls() == {"FINISHED"}
    assert has_controls(armature) and not [lack for lack in check(armature) if "lacks" in lack.message]
    armature["look_at"] = 1.0
    assert bpy.ops.likeness.apply_pose(pose="viseme_aa") == {"FINISHED"}


def test_an_earlier_avatar_is_appended_and_linked(addon, earlier):
    bpy.ops.wm.append(directory=f"{earlier / 'scene.blend'}/Collection/", filename="Small")
    bpy.context.view_layer.update()  # a window does; Blender 4.2 tells of nothing earlier
    (armature,) = (obj for obj in bpy.context.scene.objects if is_rig(obj))
    assert version_of(armature) == VERSION and list_takes(armature) == ("Take 1",)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.link(
        directory=f"{earlier / 'scene.blend'}/Collection/", filename="Small", instance_collections=True
    )
    assert bpy.ops.likeness.make_editable() == {"FINISHED"}
    armature = find_rig(bpy.context)
    assert list_takes(armature) == ("Take 1",)
    assert apply_performance(armature, earlier / "hello.performance").name == "Take 1"


def test_what_a_newer_version_made_is_refused(addon, armature, avatar_folder, performance_folder, tmp_path):
    assert armature[KEY] == VERSION
    armature[KEY] = VERSION + 1
    with pytest.raises(LikenessError, match="newer version of Speaking Likeness") as caught:
        apply_performance(armature, performance_folder)
    assert caught.value.code == "too_new" and "Update the add-on" in caught.value.hint
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "newer.blend"))
    (told,) = upgrade_file()
    assert "update the add-on" in told
    fine = import_avatar(avatar_folder)
    for path, read in (
        (avatar_folder / "avatar.json", lambda: import_avatar(avatar_folder)),
        (performance_folder / "performance.json", lambda: apply_performance(fine, performance_folder)),
    ):
        before = path.read_text()
        path.write_text(json.dumps({**json.loads(before), "format": 2}))
        with pytest.raises(LikenessError, match="newer version") as caught:
            read()
        assert caught.value.code == "too_new"
        path.write_text(before)


def test_new_scenes_are_signed_when_they_are_saved(addon, tmp_path):
    assert bpy.context.scene.likeness.version == 0
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "new.blend"))
    assert bpy.context.scene.likeness.version == VERSION
