# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar folder becomes a rig that an artist can pose."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from small_avatar import AVATAR_ID, BASES, BONES, CHANNELS, VISEMES, make_meshes

from blender_addon.errors import LikenessError
from blender_addon.rig import find_rig, import_avatar, rig_parts


def evaluated_points(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) world positions after keys, drivers and bones."""
    bpy.context.view_layer.update()
    final = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    points = np.empty(3 * len(final.data.vertices), dtype=np.float32)
    final.data.vertices.foreach_get("co", points)
    matrix = np.array(final.matrix_world)
    return points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def set_channel(armature: bpy.types.Object, name: str, value: float) -> None:
    armature[name] = value
    armature.update_tag()


def data_counts() -> dict[str, int]:
    kinds = ("objects", "collections", "armatures", "meshes", "materials", "images", "shape_keys")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def edit_description(folder: Path, change) -> None:
    path = folder / "avatar.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))


def test_every_mesh_has_the_vertices_faces_and_uvs_of_the_file(armature):
    parts = rig_parts(armature)
    meshes = make_meshes()
    assert set(parts) == set(meshes)
    for name, entry in meshes.items():
        arrays, mesh = entry["arrays"], parts[name].data
        np.testing.assert_allclose(evaluated_points(parts[name]), arrays["positions"], atol=1e-6)
        assert [len(face.vertices) for face in mesh.polygons] == (arrays["faces"] >= 0).sum(axis=1).tolist()
        assert [m.name for m in mesh.materials] == [f"Small {m}" for m in entry["materials"]]
        uv = np.empty(2 * len(mesh.loops), dtype=np.float32)
        mesh.uv_layers["UVMap"].uv.foreach_get("vector", uv)
        np.testing.assert_array_equal(uv.reshape(-1, 2), arrays["uv"][arrays["faces"] >= 0])
        groups = {group.index: group.name for group in parts[name].vertex_groups}
        bones = [bone for bone, _, _ in BONES]
        for vertex in mesh.vertices:
            wanted = {bones[b]: w for b, w in enumerate(arrays["weights"][vertex.index]) if w > 0}
            assert {groups[g.group]: g.weight for g in vertex.groups} == pytest.approx(wanted, abs=1e-6)


def test_a_channel_moves_its_key_on_every_mesh_by_exactly_its_delta(armature):
    meshes = make_meshes()
    for value in (0.6, 1.5, -0.5):
        set_channel(armature, "jawOpen", value)
        for name in ("head", "tongue"):
            arrays = meshes[name]["arrays"]
            delta = arrays["deltas"][meshes[name]["keys"].index("jawOpen")]
            moved = evaluated_points(rig_parts(armature)[name])
            assert np.abs(delta).max() > 0.01
            if name == "tongue" or value > 0:  # the head's mouthClose follows min(mouthClose, jawOpen) below 0
                np.testing.assert_allclose(moved, arrays["positions"] + value * delta, atol=1e-6)


def test_the_photos_expression_set_as_it_is_stored_gives_the_sum_of_its_keys(armature):
    expression = json.loads(armature["likeness_photo_expression"])
    for channel, value in expression.items():
        set_channel(armature, channel, value)
    head = make_meshes()["head"]
    wanted = head["arrays"]["positions"] + sum(
        value * head["arrays"]["deltas"][head["keys"].index(channel)] for channel, value in expression.items()
    )
    assert "photo" in expression
    np.testing.assert_allclose(evaluated_points(rig_parts(armature)["head"]), wanted, atol=1e-6)


def test_correctives_follow_their_expression(armature):
    bpy.context.view_layer.update()
    keys = rig_parts(armature)["head"].data.shape_keys
    for jaw, close, smile in ((0.0, 0.8, 1.0), (0.3, 0.8, 0.5), (1.0, 0.4, 1.0)):
        set_channel(armature, "jawOpen", jaw)
        set_channel(armature, "mouthClose", close)
        set_channel(armature, "mouthSmileLeft", smile)
        bpy.context.view_layer.update()
        final = keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        assert final["mouthClose"].value == pytest.approx(min(jaw, close), abs=1e-6)
        assert final["jawSmile"].value == pytest.approx(jaw * smile, abs=1e-6)


def test_drivers_need_no_python(armature):
    for obj in rig_parts(armature).values():
        keys = obj.data.shape_keys
        if keys is None:
            continue
        assert len(keys.animation_data.drivers) == len(keys.key_blocks) - 1
        for curve in keys.animation_data.drivers:
            assert curve.driver.is_valid
            if curve.driver.type == "SCRIPTED":
                assert curve.driver.is_simple_expression
            else:
                assert curve.driver.type == "AVERAGE" and len(curve.driver.variables) == 1


def test_channels_rest_at_zero_within_artist_limits_and_can_be_overridden(armature):
    for name in (*CHANNELS, *VISEMES, *BASES):
        ui = armature.id_properties_ui(name).as_dict()
        assert armature[name] == 0.0 == ui["default"]
        assert (ui["min"], ui["soft_min"], ui["soft_max"], ui["max"]) == (-1.0, 0.0, 1.0, 2.0)
        assert ui["description"]
        assert armature.is_property_overridable_library(f'["{name}"]')


def test_bones_point_up_so_that_local_axes_are_right_up_and_forward(armature):
    assert {bone.name for bone in armature.data.bones if bone.use_deform} == {name for name, _, _ in BONES}
    for name, parent, head in BONES:
        bone = armature.data.bones[name]
        assert (bone.parent.name if bone.parent else None) == parent
        np.testing.assert_allclose(bone.head_local, head, atol=1e-6)
        axes = np.array(bone.matrix_local)[:3, :3].T
        np.testing.assert_allclose(axes, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-6)
        assert armature.pose.bones[name].rotation_mode == "XYZ"
        assert bone.collections


def test_what_one_bone_holds_hangs_on_it_and_moves_as_if_it_were_deformed(armature):
    parts, meshes = rig_parts(armature), make_meshes()
    assert parts["hair"].parent_bone == "head" and not parts["hair"].modifiers
    assert [modifier.type for modifier in parts["eyes"].modifiers] == ["ARMATURE"], "two bones hold the eyes"
    armature.location, armature.rotation_euler.z = (0.3, 0.2, 0.1), 0.4
    armature.pose.bones["head"].rotation_euler = (0.2, 0.5, -0.1)
    armature.pose.bones["chest"].rotation_euler = (0.1, 0.0, 0.0)
    moved = evaluated_points(parts["hair"])
    final = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    head = final.pose.bones["head"]
    turn = np.array(final.matrix_world @ head.matrix @ head.bone.matrix_local.inverted())
    rest = meshes["hair"]["arrays"]["positions"]
    np.testing.assert_allclose(moved, rest @ turn[:3, :3].T + turn[:3, 3], atol=1e-6)


def test_subdivision_waits_for_the_render(armature):
    modifiers = rig_parts(armature)["head"].modifiers
    assert [modifier.type for modifier in modifiers] == ["ARMATURE", "SUBSURF"]
    assert (modifiers[1].levels, modifiers[1].render_levels) == (0, 1)


def test_images_travel_inside_the_blend_and_name_no_folder_of_this_machine(armature, tmp_path):
    path = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)
    images = [image for image in bpy.data.images if image.name.startswith("Small")]
    assert len(images) == 5
    for image in images:
        assert image.packed_file is not None
        assert image.filepath == f"//{image.name.split()[1]}.png"
    assert str(tmp_path / "Small.avatar").encode() not in path.read_bytes()


def test_the_rig_says_what_made_it(armature):
    assert armature["likeness_avatar_id"] == AVATAR_ID
    assert json.loads(armature["likeness_consent"])["statement"] == "A drawing, nobody's face."
    assert json.loads(armature["likeness_scores"]) == {"jawOpen": 0.1}
    assert all(part["likeness_avatar_id"] == AVATAR_ID for part in rig_parts(armature).values())


def test_importing_twice_gives_two_rigs_that_do_not_touch_each_other(armature, avatar_folder):
    second = import_avatar(avatar_folder)
    assert second["likeness_rig_id"] != armature["likeness_rig_id"]
    assert not set(rig_parts(second).values()) & set(rig_parts(armature).values())
    set_channel(second, "jawOpen", 1.0)
    still = evaluated_points(rig_parts(armature)["head"])
    np.testing.assert_allclose(still, make_meshes()["head"]["arrays"]["positions"], atol=1e-6)
    assert np.abs(evaluated_points(rig_parts(second)["head"]) - still).max() > 0.01


def test_the_rig_in_hand_is_the_active_one_else_the_only_one(armature, avatar_folder):
    layer = bpy.context.view_layer
    layer.objects.active = None
    assert find_rig(bpy.context) == armature
    second = import_avatar(avatar_folder)
    layer.objects.active = None
    assert find_rig(bpy.context) is None
    layer.objects.active = rig_parts(second)["head"]
    assert find_rig(bpy.context) == second


def test_an_import_leaves_the_selection_and_the_active_object_alone(avatar_folder):
    bpy.ops.object.camera_add()
    camera = bpy.context.object
    import_avatar(avatar_folder)
    assert bpy.context.view_layer.objects.active == camera


DAMAGES = {
    "no avatar.json": ("avatar_missing", lambda f: (f / "avatar.json").unlink()),
    "half a json": ("avatar_unreadable", lambda f: (f / "avatar.json").write_text('{"format": 1,')),
    "a later format": ("too_new", lambda f: edit_description(f, lambda d: d.update(format=2))),
    "no geometry": ("avatar_incomplete", lambda f: (f / "geometry.npz").unlink()),
    "half a geometry": ("avatar_unreadable", lambda f: (f / "geometry.npz").write_bytes(b"PK\3\4 half")),
    "a missing image": ("avatar_incomplete", lambda f: (f / "albedo.png").unlink()),
    "a mesh without arrays": (
        "avatar_incomplete",
        lambda f: edit_description(f, lambda d: d["meshes"][0].update(name="nose")),
    ),
    "a key that nothing moves": (
        "avatar_incomplete",
        lambda f: edit_description(f, lambda d: d["channels"].pop(0)),
    ),
    "a driver that needs Python": (
        "driver_not_simple",
        lambda f: edit_description(f, lambda d: d["drivers"].update(jawSmile="print(jawOpen)")),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_avatar_says_so_and_leaves_the_file_as_it_was(damage, armature, avatar_folder):
    code, break_it = DAMAGES[damage]
    break_it(avatar_folder)
    before = data_counts()
    with pytest.raises(LikenessError) as caught:
        import_avatar(avatar_folder)
    assert caught.value.code == code
    assert caught.value.hint
    assert data_counts() == before
