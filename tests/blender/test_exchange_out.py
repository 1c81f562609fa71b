# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves Blender is what the rig shows, under names that other tools know, and the file stays as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, require_core_python, why_not
from exchange_files import IMPORTERS, NEAR, file_state, lip_gap, match, points, read_back, read_glb, rest_of, watch
from small_avatar import VISEMES, bump

from blender_addon.errors import LikenessError
from blender_addon.exchange import FORMATS, bake_rig, export_motion, export_rig, read_capture
from blender_addon.exchange.capture import ARKIT
from blender_addon.rig import find_rig, import_avatar, rig_parts
from blender_addon.rig.assemble import is_rig
from blender_addon.takes import apply_performance


@pytest.fixture
def full_armature(avatar_folder: Path) -> bpy.types.Object:
    """The small avatar with all 52 channels; ``tongueOut`` moves nothing, as on some faces."""
    path = avatar_folder / "avatar.json"
    description = json.loads(path.read_text())
    with np.load(avatar_folder / "geometry.npz") as file:
        arrays = dict(file)
    there = {channel["name"] for channel in description["channels"]}
    missing = [name for name in ARKIT if name not in there]
    description["channels"] += [{"name": name, "kind": "arkit", "description": name} for name in missing]
    keyed = [name for name in missing if name != "tongueOut"]
    head = next(mesh for mesh in description["meshes"] if mesh["name"] == "head")
    head["keys"] += keyed
    spread = np.random.default_rng(1).normal(0.0, 0.02, (len(keyed), 2))
    moves = [bump(arrays["head.positions"], (x, -0.1, 1.58 + z), (0.0, -0.004, 0.0)) for x, z in spread]
    arrays["head.deltas"] = np.concatenate([arrays["head.deltas"], moves]).astype(np.float32)
    np.savez(avatar_folder / "geometry.npz", **arrays)
    path.write_text(json.dumps(description))
    return import_avatar(avatar_folder)


@pytest.fixture
def acting(full_armature: bpy.types.Object, performance_folder: Path) -> bpy.types.Object:
    """That avatar with a take of 24 frames, and a frown that an artist keyed on top."""
    apply_performance(full_armature, performance_folder)
    for frame, value in ((4, 0.3), (12, 0.6), (20, 0.5)):
        full_armature["browInnerUp"] = value
        full_armature.keyframe_insert('["browInnerUp"]', frame=frame)
    bpy.context.scene.frame_set(1)
    return full_armature


def test_a_glb_has_arkits_names_a_skin_one_animation_and_its_pictures(acting, tmp_path):
    export_rig(acting, tmp_path / "small.glb", "glb", bpy.context)
    content = read_glb(tmp_path / "small.glb")
    head = next(mesh for mesh in content["meshes"] if mesh["name"] == "Small_head")
    names = head["extras"]["targetNames"]
    assert set(ARKIT) | set(VISEMES) <= set(names)
    assert len(ARKIT) == 52 and len(names) == len(set(names))
    assert all(len(primitive["targets"]) == len(names) for primitive in head["primitives"])
    assert [len(skin["joints"]) for skin in content["skins"]] == [9]
    assert [animation["name"] for animation in content["animations"]] == ["Small Take 1"]
    node = next(node for node in content["nodes"] if node.get("name") == "Small_head")
    assert json.loads(node["extras"]["likeness_correctives"])["jawSmile"] == "jawOpen * mouthSmileLeft"
    assert set(node["extras"]) == {"likeness_correctives"}
    assert all("bufferView" in image for image in content["images"])
    materials = {material["name"]: material for material in content["materials"]}
    assert "baseColorTexture" in materials["Small_skin"]["pbrMetallicRoughness"]
    assert "normalTexture" in materials["Small_skin"]
    assert "metallicRoughnessTexture" in materials["Small_skin"]["pbrMetallicRoughness"]
    gloss = materials["Small_skin"]["extensions"]["KHR_materials_specular"]["specularFactor"]
    assert 0.1 < gloss < 0.9, "skin shines less than plastic"
    assert materials["Small_hair"]["alphaMode"] == "MASK"
    assert materials["Small_cornea"]["alphaMode"] == "BLEND"
    assert "A drawing, nobody's face." in content["asset"]["copyright"]


def test_a_glb_opens_in_trimesh_with_every_mesh_where_it_is(acting, tmp_path):
    """In the core's Python, by a reader that is not Blender's."""
    python = require_core_python()
    path = tmp_path / "small.glb"
    export_rig(acting, path, "glb", bpy.context)
    script = (
        "import sys, json, trimesh; scene = trimesh.load(sys.argv[1]);"
        "print(json.dumps({n: trimesh.transform_points(scene.geometry[scene.graph[n][1]].vertices, scene.graph[n][0])"
        ".tolist() for n in scene.graph.nodes_geometry}))"
    )
    done = subprocess.run([python, "-c", script, str(path)], capture_output=True, text=True, check=True)
    read = {name: np.array(places) for name, places in json.loads(done.stdout).items()}
    for name, obj in rig_parts(acting).items():
        found = np.concatenate([places for key, places in read.items() if key.startswith(f"Small_{name}")])
        match(points(obj, evaluated=False) @ [[1, 0, 0], [0, 0, -1], [0, 1, 0]], found)  # glTF's y is up


def test_a_glb_passes_khronos_validator(acting, tmp_path):
    package, node = os.environ.get("SPEAKING_LIKENESS_GLTF_VALIDATOR"), shutil.which("node")
    if not package or node is None:
        pytest.skip("needs node, and SPEAKING_LIKENESS_GLTF_VALIDATOR naming npm's package gltf-validator")
    path = tmp_path / "small.glb"
    export_rig(acting, path, "glb", bpy.context)
    script = (
        "const [p, f] = process.argv.slice(1);"
        "require(p).validateBytes(new Uint8Array(require('fs').readFileSync(f)))"
        ".then(r => console.log(JSON.stringify(r.issues)));"
    )
    done = subprocess.run([node, "-e", script, package, str(path)], capture_output=True, text=True, check=True)
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == 0, issues["messages"]


@pytest.mark.parametrize("kind", list(IMPORTERS))
def test_what_is_read_back_moves_as_the_rig_does(kind, acting, tmp_path):
    scene = bpy.context.scene
    parts = rig_parts(acting)
    for obj in parts.values():
        for modifier in [modifier for modifier in obj.modifiers if modifier.type == "SUBSURF"]:
            obj.modifiers.remove(modifier)
    frames = np.linspace(scene.frame_start, scene.frame_end, 10).round()
    rest = {name: points(obj, evaluated=False) for name, obj in parts.items()}
    seen = watch(parts, frames)
    assert np.ptp(lip_gap(seen["head"], rest["head"])) > 0.005, "the mouth does not move"
    path = tmp_path / f"small{FORMATS[kind].suffix}"
    export_rig(acting, path, kind, bpy.context)

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    read_back(kind, path)
    shift = -1 if kind == "glb" else 0  # a GLB begins at 0 s
    meshes = {obj.name: obj for obj in scene.objects if obj.type == "MESH" and obj.name.startswith("Small")}
    joined = FORMATS[kind].joined
    read = watch(meshes, frames + shift)
    for name, own in rest.items():
        keyed = name in ("head", "tongue")
        found = next(key for key in meshes if ("head" if joined and keyed else name) in key)
        start = rest_of(meshes[found], read[found], frames, kind)
        order = match(own if start is not None else seen[name][0], read[found][0] if start is None else start)
        assert np.abs(read[found][:, order] - seen[name]).max() < 2 * NEAR, name
        if name == "head":
            gap = lip_gap(read[found][:, order], own)
            np.testing.assert_allclose(gap, lip_gap(seen[name], own), atol=2 * NEAR)


def test_fbx_keeps_the_values_of_the_keys(acting, tmp_path):
    frames = (1, 7, 13, 25)
    keys = rig_parts(acting)["head"].data.shape_keys
    wanted = {}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        blocks = keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks
        wanted[frame] = {block.name: block.value for block in blocks[1:]}
    assert wanted[7]["jawSmile"] > 0.05, "no corrective is at work"
    export_rig(acting, tmp_path / "small.fbx", "fbx", bpy.context)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    read_back("fbx", tmp_path / "small.fbx")
    head = next(obj for obj in bpy.context.scene.objects if obj.type == "MESH" and "head" in obj.name)
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        blocks = head.data.shape_keys.key_blocks
        assert set(ARKIT) <= set(blocks.keys())
        assert {n: blocks[n].value for n in wanted[frame]} == pytest.approx(wanted[frame], abs=1e-4)


def test_usd_has_one_face_with_every_key_once(acting, tmp_path):
    export_rig(acting, tmp_path / "small.usdz", "usd", bpy.context)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    IMPORTERS["usd"](str(tmp_path / "small.usdz"))
    (face,) = (obj for obj in bpy.context.scene.objects if obj.type == "MESH" and obj.data.shape_keys is not None)
    assert set(ARKIT) <= set(face.data.shape_keys.key_blocks.keys())


@pytest.mark.parametrize("kind", list(FORMATS))
def test_an_export_leaves_the_file_as_it_was(kind, acting, tmp_path):
    bpy.context.view_layer.objects.active = acting
    acting.select_set(True)
    bpy.ops.object.mode_set(mode="POSE")
    bpy.context.scene.frame_set(9)
    acting.pose.bones["shoulder_left"].rotation_euler = (0.1, 0.2, 0.3)  # without a key
    acting["cheekPuff"] = 0.25
    acting.update_tag()
    before = file_state()
    assert before["mode"] == "POSE"
    export_rig(acting, tmp_path / f"small{FORMATS[kind].suffix}", kind, bpy.context)
    assert file_state() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "small.e"))] == []


FAILURES = {
    "no such folder": ("folder_missing", "glb", {}, "none/small.glb"),
    "an exporter that is off": ("exporter_missing", "glb", {"operator": "export_scene.nothing"}, "small.glb"),
    "an exporter that breaks off": ("export_failed", "abc", {"operator": "wm.alembic_import"}, "small.abc"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_export_says_so_and_keeps_the_file_and_the_earlier_export(failure, acting, tmp_path, monkeypatch):
    code, kind, change, name = FAILURES[failure]
    earlier = tmp_path / Path(name).name
    earlier.write_text("earlier")
    monkeypatch.setitem(FORMATS, kind, replace(FORMATS[kind], **change, settings=lambda copy, scene: {}))
    before = file_state()
    with pytest.raises(LikenessError) as caught:
        export_rig(acting, tmp_path / name, kind, bpy.context)
    assert caught.value.code == code and caught.value.hint
    assert file_state() == before
    assert earlier.read_text() == "earlier"


def test_a_rig_that_nothing_evaluates_is_said(acting, tmp_path):
    layer = bpy.context.view_layer.layer_collection.children["Small"]
    layer.exclude = True
    with pytest.raises(LikenessError, match="Outliner"):
        export_rig(acting, tmp_path / "small.glb", "glb", bpy.context)


def test_the_photos_light_is_taken_off_the_picture_as_far_as_the_rig_says(acting, tmp_path):
    """The small avatar's light map is half the face's mean light, so that without it the skin is twice as bright."""

    def skin() -> float:
        export_rig(acting, tmp_path / "small.glb", "glb", bpy.context)
        before = set(bpy.data.images)
        IMPORTERS["glb"](str(tmp_path / "small.glb"))
        image = next(i for i in bpy.data.images if i not in before and "albedo" in i.name)
        return float(((np.array(image.pixels[:3]) + 0.055) / 1.055)[0] ** 2.4)

    lit = skin()
    acting["delight"] = 1.0
    acting.update_tag()
    assert skin() == pytest.approx(min(2 * lit * 127.5 / 128, 1.0), rel=0.02)


def test_a_baked_copy_moves_alike_without_drivers_tracks_and_constraints(acting):
    scene = bpy.context.scene
    frames = np.array([1, 6, 11, 17, 25])
    parts = rig_parts(acting)
    seen = watch(parts, frames)
    scene.frame_set(3)
    before = {name: (len(o.modifiers), len(o.data.shape_keys.animation_data.drivers)) for name, o in parts.items()
              if o.data.shape_keys}  # fmt: skip
    tracks = [(track.name, [strip.action for strip in track.strips]) for track in acting.animation_data.nla_tracks]
    baked = bake_rig(acting, bpy.context)
    assert scene.frame_current == 3
    copies = {obj["likeness_part"]: obj for obj in baked.children}
    again = watch(copies, frames)
    for name in parts:
        np.testing.assert_allclose(again[name], seen[name], atol=NEAR, err_msg=name)
        keys = copies[name].data.shape_keys
        if keys is not None:
            assert not keys.animation_data.drivers and not keys.animation_data.nla_tracks
    keys = [obj.data.shape_keys for obj in copies.values() if obj.data.shape_keys is not None]
    actions = {owner.animation_data.action for owner in (baked, *keys)}
    assert len(actions) == (1 if bpy.app.version >= (4, 4, 0) else 1 + len(keys)), "one where actions have slots"
    assert not is_rig(baked) and find_rig(bpy.context) == acting
    assert before == {name: (len(o.modifiers), len(o.data.shape_keys.animation_data.drivers)) for name, o in
                      parts.items() if o.data.shape_keys}  # fmt: skip
    assert tracks == [(t.name, [strip.action for strip in t.strips]) for t in acting.animation_data.nla_tracks]


def test_handles_for_hands_are_not_exported(acting, tmp_path):
    bpy.context.view_layer.objects.active = acting
    bpy.ops.object.mode_set(mode="EDIT")
    bone = acting.data.edit_bones.new("face_board")
    bone.head, bone.tail, bone.use_deform = (0.3, 0.0, 1.6), (0.3, 0.0, 1.7), False
    bone.parent = acting.data.edit_bones["head"]
    bpy.ops.object.mode_set(mode="OBJECT")
    export_rig(acting, tmp_path / "small.glb", "glb", bpy.context)
    assert "face_board" not in {node.get("name") for node in read_glb(tmp_path / "small.glb")["nodes"]}
    assert "face_board" in acting.data.bones


def test_hidden_and_locked_parts_are_exported_too(acting, tmp_path):
    acting.hide_select = True
    rig_parts(acting)["hair"].hide_viewport = True
    export_rig(acting, tmp_path / "small.glb", "glb", bpy.context)
    assert "Small_hair" in {mesh["name"] for mesh in read_glb(tmp_path / "small.glb")["meshes"]}
    assert acting.hide_select and rig_parts(acting)["hair"].hide_viewport


def test_a_linked_avatar_is_exported_by_its_override(acting, tmp_path):
    export_rig(acting, tmp_path / "own.glb", "glb", bpy.context)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (there, here):
        here.collections = [name for name in there.collections if name == "Small"]
    (linked,) = here.collections
    bpy.context.scene.collection.children.link(linked)
    scene, layer = bpy.context.scene, bpy.context.view_layer
    made = linked.override_hierarchy_create(scene, layer, do_fully_editable=True)
    scene.frame_end = 25
    armature = next(obj for obj in made.all_objects if obj.type == "ARMATURE")
    before = file_state()
    export_rig(armature, tmp_path / "linked.glb", "glb", bpy.context)
    assert file_state() == before
    own, read = (read_glb(tmp_path / name) for name in ("own.glb", "linked.glb"))
    assert [mesh.get("extras") for mesh in read["meshes"]] == [mesh.get("extras") for mesh in own["meshes"]]
    assert len(read["animations"][0]["channels"]) == len(own["animations"][0]["channels"])


def test_what_the_face_board_adds_leaves_with_the_motion(acting, tmp_path):
    board = [bone for bone in acting.pose.bones if any(c.name == "Board" for c in bone.constraints)]
    if not board:
        pytest.skip("this rig has no face board")
    export_motion(acting, tmp_path / "still.csv", bpy.context, rate=24)
    for bone in board:
        bone.location = (0.02, 0.02, 0.0)
    acting.update_tag()
    export_motion(acting, tmp_path / "moved.csv", bpy.context, rate=24)
    still, moved = (read_capture(tmp_path / name).channels for name in ("still.csv", "moved.csv"))
    assert max(np.abs(moved[name] - still[name]).max() for name in ARKIT) > 0.1


def test_visemes_that_live_link_has_no_column_for_are_named(acting, tmp_path):
    assert export_motion(acting, tmp_path / "a.csv", bpy.context) == ()
    acting["viseme_aa"] = 0.5
    acting.update_tag()
    assert "viseme_aa" in export_motion(acting, tmp_path / "a.csv", bpy.context)[0]


def test_the_exchange_panel_offers_every_format_and_says_what_is_missing(addon, avatar_folder, tmp_path):
    assert "Build or import an avatar first." in draw(bpy.types.LIKENESS_PT_exchange).text
    assert "Build or import an avatar first." in why_not(bpy.ops.likeness.export_rig, filepath="a.glb")
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    drawn = draw(bpy.types.LIKENESS_PT_exchange)
    assert drawn.operators.count("likeness.export_rig") == len(FORMATS)
    assert "frames 1 to 250" in drawn.text.replace("\n", " ")
    bpy.context.scene.frame_end = 3
    for kind, entry in FORMATS.items():
        bpy.ops.likeness.export_rig(filepath=str(tmp_path / "new" / "small"), kind=kind)
        assert (tmp_path / "new" / f"small{entry.suffix}").is_file()
    bpy.ops.likeness.export_rig(filepath=str(tmp_path / "new" / "Dr. Small.glb"), kind="fbx")
    assert (tmp_path / "new" / "Dr. Small.fbx").is_file(), "the format chosen last gives the suffix"
    bpy.ops.likeness.export_rig(filepath=str(tmp_path / "new" / "Dr. Small"), kind="abc")
    assert (tmp_path / "new" / "Dr. Small.abc").is_file(), "a point in a name is no suffix"
    bpy.ops.likeness.export_motion(filepath=str(tmp_path / "new" / "small.csv"))
    assert (tmp_path / "new" / "small.csv").is_file()
    assert bpy.ops.likeness.bake_rig() == {"FINISHED"}
