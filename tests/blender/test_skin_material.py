# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin's material: maps as data, and a slider that takes the photo's light off."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest

from blender_addon.rig import import_avatar, rig_parts
from blender_addon.rig.controls import DELIGHT, DELIGHT_DEFAULT
from blender_addon.rig.materials import CORNEA_IOR, PAINTED_CORNEA_IOR, PAINTED_SKIN_LEVEL, RELIEF


def skin_nodes() -> bpy.types.Nodes:
    return next(m for m in bpy.data.materials if m.name.endswith(" skin")).node_tree.nodes


def set_delight(armature: bpy.types.Object, value: float) -> None:
    armature[DELIGHT] = value
    armature.update_tag()
    bpy.context.view_layer.update()


def followed(armature: bpy.types.Object) -> float:
    """What the head's own property says once the driver has run."""
    head = rig_parts(armature)["head"]
    return head.evaluated_get(bpy.context.evaluated_depsgraph_get())[DELIGHT]


def brightness(armature: bpy.types.Object, tmp_path) -> float:
    """Mean linear red of the head's cheek in even light, a picture of 24 pixels."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.seed = "CYCLES", 8, 1
    scene.render.resolution_x = scene.render.resolution_y = 24
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.world = bpy.data.worlds.new("Even")
    scene.world.color = (1, 1, 1)
    camera = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler, camera.data.lens = (0, -1, 1.56), (np.pi / 2, 0, 0), 400
    scene.camera = camera
    scene.render.filepath = str(tmp_path / "cheek.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(image.pixels[:]).reshape(24, 24, 4)
    bpy.data.images.remove(image)
    bpy.data.objects.remove(camera)
    return float(pixels[..., 0].mean())


def test_maps_are_read_as_data_and_bend_the_normals(armature):
    nodes = skin_nodes()
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    relief = shader.inputs["Normal"].links[0].from_node
    assert relief.type == "NORMAL_MAP" and relief.space == "TANGENT"
    found = {node.image.name.split("_")[-1]: node.image for node in nodes if node.type == "TEX_IMAGE"}
    for kind in ("light", "normal", "roughness"):
        assert found[kind].colorspace_settings.name == "Non-Color"
    assert relief.inputs["Color"].links[0].from_node.image == found["normal"]
    assert shader.inputs["Roughness"].links[0].from_node.image == found["roughness"]
    assert shader.inputs["Subsurface Weight"].default_value > 0
    assert nodes.active.image.name.endswith("albedo")  # what Workbench shows


def test_the_slider_is_an_artists_and_the_mesh_follows_it(armature):
    ui = armature.id_properties_ui(DELIGHT).as_dict()
    assert (ui["min"], ui["max"], ui["default"]) == (0.0, 1.0, DELIGHT_DEFAULT)
    assert "light" in ui["description"]
    assert armature.is_property_overridable_library(f'["{DELIGHT}"]')
    for value in (0.0, 0.7):
        set_delight(armature, value)
        assert followed(armature) == pytest.approx(value)


def test_the_slider_divides_the_photos_light_out(armature, tmp_path):
    """The small avatar's light map says: half the mean light everywhere."""
    set_delight(armature, 0.0)
    as_it_is = brightness(armature, tmp_path)
    set_delight(armature, 1.0)
    assert brightness(armature, tmp_path) > 1.3 * as_it_is


def test_the_slider_works_on_a_linked_rig(armature, tmp_path):
    collection = armature.users_collection[0].name
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.collections = [collection]
    linked = wanted.collections[0]
    scene = bpy.context.scene
    override = linked.override_hierarchy_create(scene, bpy.context.view_layer)
    assert override is not None
    rig = next(o for o in override.all_objects if o.type == "ARMATURE")
    set_delight(rig, 0.9)
    assert followed(rig) == pytest.approx(0.9)


def test_no_sheen_is_taken_off_a_skin_that_was_painted(avatar_folder):
    """A photo's colours hold the sheen of its light; those of a synthetic person do not."""
    entries = json.loads((avatar_folder / "avatar.json").read_text())
    assert _subtracted(avatar_folder) == 1
    entries["materials"]["skin"]["painted"] = True
    (avatar_folder / "avatar.json").write_text(json.dumps(entries))
    assert _subtracted(avatar_folder) == 0


def test_what_was_painted_shines_by_itself(avatar_folder):
    """A photo's skin and eyes hold their gloss and glints; painted ones have none, dark skin as little as light."""
    photo = _gloss(avatar_folder)
    entries = json.loads((avatar_folder / "avatar.json").read_text())
    for name in ("skin", "cornea"):
        entries["materials"][name]["painted"] = True
    (avatar_folder / "avatar.json").write_text(json.dumps(entries))
    painted = _gloss(avatar_folder)
    assert photo[0] is None and painted[0] == pytest.approx(PAINTED_SKIN_LEVEL)
    assert photo[1] == pytest.approx(CORNEA_IOR) and painted[1] == pytest.approx(PAINTED_CORNEA_IOR)
    assert photo[2] == pytest.approx(RELIEF) and painted[2] > photo[2]


def _gloss(folder) -> tuple[float | None, float, float]:
    """The skin's level of gloss (None: it depends on the colour), the cornea's index and the skin's relief."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    import_avatar(folder)
    nodes = skin_nodes()
    level = next(n for n in nodes if n.bl_idname == "ShaderNodeBsdfPrincipled").inputs["Specular IOR Level"]
    relief = next(n for n in nodes if n.bl_idname == "ShaderNodeNormalMap").inputs["Strength"].default_value
    cornea = next(m for m in bpy.data.materials if m.get("likeness_kind") == "cornea")
    fresnel = next(n for n in cornea.node_tree.nodes if n.bl_idname == "ShaderNodeFresnel")
    return None if level.is_linked else level.default_value, fresnel.inputs["IOR"].default_value, relief


def _subtracted(folder) -> int:
    """How many nodes of the skin take something off its colour."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    import_avatar(folder)
    mixes = [node for node in skin_nodes() if node.bl_idname == "ShaderNodeMix"]
    return sum(node.blend_type == "SUBTRACT" for node in mixes)
