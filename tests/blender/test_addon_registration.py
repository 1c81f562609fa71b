# SPDX-License-Identifier: GPL-3.0-or-later
"""Registering and unregistering: everything comes, everything goes, as often as one likes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import bpy

import blender_addon
from blender_addon.properties import LIKENESS_PG_settings
from blender_addon.rig import rig_parts


def ours() -> set[str]:
    return {name for name in dir(bpy.types) if re.match("LIKENESS_", name)}


def handlers() -> int:
    lists = (bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre)
    lists += (bpy.app.handlers.load_pre, bpy.app.handlers.load_post)
    lists += (getattr(bpy.app.handlers, "blend_import_post", ()), bpy.app.handlers.depsgraph_update_post)
    return sum(handler.__module__.startswith("blender_addon") for entry in lists for handler in entry)


def test_what_is_registered_is_unregistered_every_time() -> None:
    for _ in range(2):
        blender_addon.register()
        assert {"LIKENESS_PT_photo", "LIKENESS_PT_perform", "LIKENESS_PT_render"} <= ours()
        assert {"LIKENESS_OT_build_avatar", "LIKENESS_OT_perform_script", "LIKENESS_OT_render_clip"} <= ours()
        assert bpy.context.scene.likeness.voice == "auto"
        assert handlers() == (10 if hasattr(bpy.app.handlers, "blend_import_post") else 9)
        blender_addon.unregister()
        assert ours() == set()
        assert not hasattr(bpy.types.Scene, "likeness")
        assert handlers() == 0


def test_it_unregisters_after_the_factory_settings_were_loaded() -> None:
    blender_addon.register()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.unregister()
    assert ours() == set()


def test_every_button_says_what_it_does(addon: None) -> None:
    """The description is the tooltip."""
    for verb in dir(bpy.ops.likeness):
        description = getattr(bpy.ops.likeness, verb).get_rna_type().description
        assert description, verb
        assert not description.endswith("."), f"{verb}: Blender adds the full stop"
    for setting in LIKENESS_PG_settings.bl_rna.properties:
        if setting.identifier not in ("rna_type", "name", "voice", "engine"):
            assert setting.description, setting.identifier


def test_settings_are_not_what_a_rig_depends_on(addon: None, armature: bpy.types.Object) -> None:
    """A file opened without the add-on has to play: no driver may look at the scene's settings."""
    for obj in bpy.data.objects:
        keys = getattr(obj.data, "shape_keys", None)
        for curve in keys.animation_data.drivers if keys and keys.animation_data else ():
            for variable in curve.driver.variables:
                assert variable.targets[0].id in (armature, rig_parts(armature)["head"])


def test_the_manifest_names_the_oldest_blender_that_is_tested(repository: Path) -> None:
    manifest = tomllib.loads((repository / "blender_addon" / "blender_manifest.toml").read_text())
    oldest = tuple(map(int, manifest["blender_version_min"].split(".")))
    assert manifest["id"] == "speaking_likeness"
    assert oldest <= bpy.app.version
    assert oldest[:2] == (4, 2)
