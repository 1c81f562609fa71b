# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawn variant: nothing of the photo is seen, lips and brows are, and it goes back to what was."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from test_looks import everything, render

from blender_addon.errors import LikenessError
from blender_addon.rig import rig_parts
from blender_addon.rig.assemble import PART
from blender_addon.stage import build_studio, set_look, set_variant
from blender_addon.stage.face import measure_face
from blender_addon.stage.toon_material import SHADE


def materials(armature: bpy.types.Object) -> dict[str, list[str]]:
    return {
        name: [slot.material.name for slot in part.material_slots] for name, part in rig_parts(armature).items()
    }


def shown_images(armature: bpy.types.Object) -> set[bpy.types.Image]:
    return {
        node.image
        for part in rig_parts(armature).values()
        for slot in part.material_slots
        for node in slot.material.node_tree.nodes
        if node.type == "TEX_IMAGE"
    }


def values(image: bpy.types.Image) -> np.ndarray:
    return np.array(image.pixels[:]).reshape(image.size[1], image.size[0], image.channels)


def test_a_drawing_shows_no_image_of_the_photo_and_goes_back(armature):
    before, worn, real = everything(), materials(armature), shown_images(armature)
    modifiers = {part.name: list(part.modifiers.keys()) for part in rig_parts(armature).values()}
    set_variant(armature, "toon")
    assert not real & shown_images(armature)
    assert all(image.packed_file for image in shown_images(armature))
    set_variant(armature, "toon")  # twice is the same
    set_variant(armature, "real")
    assert materials(armature) == worn
    assert {part.name: list(part.modifiers.keys()) for part in rig_parts(armature).values()} == modifiers
    assert {kind: names - {SHADE} for kind, names in everything().items()} == before
    assert not bpy.context.scene.display.shading.show_backface_culling
    with pytest.raises(LikenessError) as error:
        set_variant(armature, "sketch")
    assert error.value.code == "variant_unknown"


def test_a_drawing_hides_brows_of_hairs_since_it_draws_its_own(armature):
    rig_parts(armature)["lashes"][PART] = "brows"
    set_variant(armature, "toon")
    (shown,) = {slot.material.name for slot in rig_parts(armature)["brows"].material_slots}
    (clear,) = {slot.material.name for slot in rig_parts(armature)["cornea"].material_slots}
    kinds = [sorted(node.bl_idname for node in bpy.data.materials[name].node_tree.nodes) for name in (shown, clear)]
    assert kinds[0] == kinds[1]


def test_skin_is_one_tone_of_the_photos_mean(armature):
    photo = next(image for image in shown_images(armature) if image.name.endswith("albedo"))
    noise = np.random.default_rng(1).uniform(0.2, 0.8, (photo.size[1], photo.size[0], 1)) * (1.0, 0.8, 0.7)
    photo.pixels.foreach_set(np.dstack([noise, np.ones(noise.shape[:2])])[..., : photo.channels].astype("f4").ravel())
    set_variant(armature, "toon")
    drawn = next(image for image in shown_images(armature) if image.name.endswith("skin toon"))
    pixels = values(drawn)[..., :3].reshape(-1, 3)
    skin = np.median(pixels, axis=0)
    assert (np.abs(pixels - skin).max(axis=1) < 0.01).mean() > 0.5  # the rest is lips, brows, lids and hair
    assert skin[0] > skin[1] > skin[2]
    assert len(np.unique(np.round(pixels * 25).astype(int), axis=0)) < 400  # noise would have thousands


def test_a_drawing_is_rendered_in_few_tones_and_its_keys_still_work(armature, tmp_path):
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 96
    build_studio(scene, armature)
    set_variant(armature, "toon")
    still = render(scene, tmp_path / "still.png", "workbench", (96, 96))
    armature["jawOpen"] = 1.0
    armature.update_tag()
    bpy.context.view_layer.update()
    opened = render(scene, tmp_path / "open.png", "workbench", (96, 96))
    assert np.abs(still - opened).max() > 20
    drawn = render(scene, tmp_path / "drawn.png", "cycles", (96, 96))
    assert drawn.std() > 10


def test_a_drawing_darkens_with_the_look(armature):
    scene = bpy.context.scene
    set_variant(armature, "toon")
    tint = bpy.data.node_groups[SHADE].nodes["Tint"].inputs[1]
    set_look(scene, "three_point", [measure_face(armature)])
    day = np.array(tint.default_value)
    set_look(scene, "night", [measure_face(armature)])
    assert np.array(tint.default_value).mean() < 0.7 * day.mean()
