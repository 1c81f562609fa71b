# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances and takes on rigs of other makers: mapped by name, edited by hand, saved with the file."""

from __future__ import annotations

import json
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import pytest
from addon import draw, why_not
from small_avatar import write_small_performance

from blender_addon import compat, retarget
from blender_addon.errors import LikenessError
from blender_addon.retarget import PRESETS, Motion, Row, apply_motion, match_preset, of_performance, visemes
from blender_addon.retarget.motion import _table, row_curve
from blender_addon.retarget.presets import read_source, write_source
from blender_addon.rig import import_avatar
from blender_addon.takes import apply_performance
from blender_addon.takes.performance import read_performance


def make_face(names: list[str], name: str = "Stranger") -> bpy.types.Object:
    """A mesh of one vertex with a key per name, which moves it up by 1 m."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0.0, 0.0, 0.0)], [], [])
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis")
    for key in names:
        block = obj.shape_key_add(name=key)
        block.value = 0.0
        block.points[0].co.z = 1.0
    bpy.context.view_layer.objects.active = obj
    return obj


def make_motion(**channels: np.ndarray | float) -> Motion:
    time = np.arange(25) / 24
    return Motion(time, {name: np.broadcast_to(value, time.shape) * 1.0 for name, value in channels.items()})


def values_at(obj: bpy.types.Object, frame: int) -> dict[str, float]:
    bpy.context.scene.frame_set(frame)
    keys = obj.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {key.name: key.value for key in keys.key_blocks[1:]}


def keys_of(preset: retarget.Preset) -> list[str]:
    return [*preset.keys, *(key for table in preset.mouths[:1] for key in table)]


@pytest.fixture
def talking_folder(performance_folder: Path) -> Path:
    """The small performance, in which every viseme is spoken for a while."""
    path = performance_folder / "performance.json"
    description = json.loads(path.read_text())
    names = ("viseme_sil", *_table())
    edges = np.linspace(0.0, description["duration"], len(names) + 1).tolist()
    description["phones"] = [
        {"start": start, "end": end, "phone": "", "viseme": name, "word": -1}
        for start, end, name in zip(edges, edges[1:], names, strict=False)
    ]
    path.write_text(json.dumps(description))
    return performance_folder


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if keys_of(preset)])
@pytest.mark.parametrize("spell", ["{}", "Face.{}", "blendShape1.{}", "upper"])
def test_every_preset_moves_the_keys_of_a_face_that_is_called_so(name, spell, talking_folder):
    preset = PRESETS[name]
    keys = [key.upper() if spell == "upper" else spell.format(key) for key in keys_of(preset)]
    face = make_face([*keys, "chinDimple"])
    rows = match_preset(preset, retarget.target_keys(face), ())
    assert {row.name for row in rows} == set(keys)
    assert retarget.still_keys(rows, retarget.target_keys(face)) == ("chinDimple",)
    motion = of_performance(read_performance(talking_folder))
    made = apply_motion(face, rows, motion, bpy.context.scene, preset)
    assert (made.start, made.end) == (1, 25) and made.warnings == ()
    curves = {row.name: row_curve(row, motion) for row in rows}
    for frame in (1, 5, 13, 25):
        wanted = {key: np.clip(np.interp((frame - 1) / 24, motion.time, curve), 0, 1) for key, curve in curves.items()}
        seen = values_at(face, frame)
        assert {key: seen[key] for key in keys} == pytest.approx(wanted, abs=1e-5)
    moved = [key for key, curve in curves.items() if np.ptp(np.clip(curve, 0, 1)) > 0.1]
    assert moved, "nothing moved at all"


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_best_fit_is_the_makers_own_preset(name):
    preset = PRESETS[name]
    bones = {row.name for row in preset.bones}
    assert retarget.choose_preset(PRESETS, keys_of(preset), bones).id in (name, "arkit" if name == "mpfb" else name)


VARIANTS = {
    "vrm": (["A", "I", "U", "E", "O", "Blink_L", "Blink_R", "Joy"], 8),
    "vrm again": (["Fcl_MTH_A", "Fcl_MTH_I", "Fcl_MTH_U", "Fcl_EYE_Close_L", "Fcl_EYE_Close_R"], 5),
    "oculus": (["vrc.v_aa", "vrc.v_oh", "vrc.v_pp", "vrc.blink_left"], 4),
    "arkit": (["browInnerUp_L", "browInnerUp_R", "EyeBlinkLeft", "jaw_open", "mouthSmile_R"], 5),
    "rhubarb": (["mouth_A", "mouth_B", "mouth_X"], 3),
    "reallusion": (["Eye_Blink_L", "V_Open", "V_Explosive", "V_Dental_Lip"], 4),
    "mpfb": (["eyeBlinkLeft", "aa_02", "p_b_m_21", "f_v_18"], 4),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_other_spellings_of_a_maker_are_found(variant):
    keys, count = VARIANTS[variant]
    rows = match_preset(PRESETS[variant.split()[0]], keys, ())
    assert {row.name for row in rows} == set(keys) and len(rows) == count


def test_a_mouth_is_moved_once_where_a_face_has_shapes_and_visemes():
    both = [*keys_of(PRESETS["mpfb"]), *PRESETS["mpfb"].mouths[1], *PRESETS["mpfb"].mouths[2]]
    rows = match_preset(PRESETS["mpfb"], both, ())
    assert "jawOpen" in {row.name for row in rows}
    assert not any(name.startswith("viseme") for row in rows for _, name in read_source(row.source))


def test_sources_are_sums_of_channels():
    assert read_source("jawOpen") == ((1.0, "jawOpen"),)
    assert read_source(" -0.5*jawOpen + 2 * mouthFunnel-.25*viseme_aa ") == (
        (-0.5, "jawOpen"), (2.0, "mouthFunnel"), (-0.25, "viseme_aa"),
    )  # fmt: skip
    for preset in PRESETS.values():
        for row in preset.bones:
            assert read_source(write_source(read_source(row.source))) == read_source(row.source)
    for text in ("", "jawOpen mouthFunnel", "0.5", "jawOpen*", "jawOpen + ", "print(1)"):
        with pytest.raises(LikenessError) as caught:
            read_source(text)
        assert caught.value.code == "source_unreadable"


def test_gain_and_rows_on_the_same_key_add_up():
    face = make_face(["open"])
    rows = [Row("open", "", "jawOpen", 2.0), Row("open", "", "mouthFunnel", 0.5)]
    apply_motion(face, rows, make_motion(jawOpen=0.3, mouthFunnel=0.2), bpy.context.scene)
    assert values_at(face, 3)["open"] == pytest.approx(0.7, abs=1e-6)


def test_nothing_mapped_is_said_and_nothing_is_lost():
    face = make_face(["snarl"])
    face.data.shape_keys.key_blocks["snarl"].keyframe_insert("value", frame=1)
    own = face.data.shape_keys.animation_data.action
    for rows in ([], [Row("jawOpen", "", "jawOpen")], [Row("snarl", "", "jawOpen", 0.0)]):
        with pytest.raises(LikenessError, match="Nothing on Stranger is mapped") as caught:
            apply_motion(face, rows, make_motion(jawOpen=1.0), bpy.context.scene)
        assert caught.value.code == "nothing_mapped"
    with pytest.raises(LikenessError):
        apply_motion(face, [Row("snarl", "", "jaw open?")], make_motion(jawOpen=1.0), bpy.context.scene)
    assert face.data.shape_keys.animation_data.action == own
    assert list(bpy.data.actions) == [own]


def test_an_action_that_was_there_stays_in_the_file_and_ours_is_replaced():
    face = make_face(["open"])
    face.data.shape_keys.key_blocks["open"].keyframe_insert("value", frame=1)
    own = face.data.shape_keys.animation_data.action
    rows = [Row("open", "", "jawOpen")]
    first = apply_motion(face, rows, make_motion(jawOpen=0.5), bpy.context.scene)
    assert own.use_fake_user and own.name in first.warnings[0]
    second = apply_motion(face, rows, make_motion(jawOpen=0.7), bpy.context.scene)
    assert second.warnings == () and set(bpy.data.actions) == {own, second.action}
    assert values_at(face, 2)["open"] == pytest.approx(0.7)


def test_keys_that_drivers_move_are_named():
    face = make_face(["open", "smile"])
    face.data.shape_keys.driver_add('key_blocks["open"].value').driver.expression = "0.25"
    rows = [Row("open", "", "jawOpen"), Row("smile", "", "jawOpen")]
    made = apply_motion(face, rows, make_motion(jawOpen=0.5), bpy.context.scene)
    assert "open" in made.warnings[0] and "smile" not in made.warnings[0]


def test_an_armature_moves_its_bones_and_all_meshes_on_it():
    bpy.ops.object.armature_add()
    rig = bpy.context.object
    faces = [make_face(["jawOpen"], "Face"), make_face(["jawOpen", "tongueOut"], "Tongue")]
    for face in faces:
        face.parent = rig
    for mode in ("QUATERNION", "XYZ", "AXIS_ANGLE"):
        rig.pose.bones["Bone"].rotation_mode = mode
        rows = [Row("jawOpen", "", "jawOpen"), Row("Bone", "yaw", "headYaw"), Row("Bone", "up", "jawOpen")]
        apply_motion(rig, rows, make_motion(jawOpen=0.5, headYaw=0.6), bpy.context.scene)
        owners = [rig, *(face.data.shape_keys for face in faces)]
        assert len({compat.played_slot(owner.animation_data).as_pointer() for owner in owners}) == 3
        assert [values_at(face, 4)["jawOpen"] for face in faces] == pytest.approx([0.5, 0.5])
        matrix = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones["Bone"].matrix
        assert matrix.to_translation().z == pytest.approx(0.5 * 0.063, abs=1e-5)
        forward = matrix.to_3x3() @ rig.data.bones["Bone"].matrix_local.to_3x3().inverted()
        face_way = np.array(forward) @ (0.0, -1.0, 0.0)
        assert face_way == pytest.approx([np.sin(0.6), -np.cos(0.6), 0.0], abs=1e-5), "to the left, which is +X"
        rig.pose.bones["Bone"].matrix_basis.identity()


def test_an_armature_of_a_gltf_avatar_turns_head_and_eyes_as_well():
    bpy.ops.object.armature_add()
    rig = bpy.context.object
    rig.data.bones[0].name = "Head"
    face = make_face(keys_of(PRESETS["arkit"]), "Face")
    face.parent = rig
    preset = retarget.choose_preset(PRESETS, retarget.target_keys(rig), retarget.target_bones(rig))
    rows = match_preset(preset, retarget.target_keys(rig), retarget.target_bones(rig))
    assert preset.id == "arkit" and {row.part for row in rows if row.name == "Head"} == {"pitch", "yaw", "roll"}


def test_phones_become_visemes_that_go_over_into_each_other():
    time = np.arange(61) / 60
    curves = visemes(time, {}, [(0.0, "viseme_sil"), (0.3, "viseme_PP"), (0.4, "viseme_aa"), (0.8, "viseme_sil")])
    assert len(curves) == 15
    np.testing.assert_allclose(sum(curves.values()), 1.0, atol=1e-6)
    for second, name in ((0.1, "viseme_sil"), (0.35, "viseme_PP"), (0.6, "viseme_aa"), (0.95, "viseme_sil")):
        assert curves[name][round(60 * second)] > 0.95
    assert 0.3 < curves["viseme_aa"][24] < 0.7 and np.abs(np.diff(curves["viseme_aa"])).max() < 0.4


def test_a_mouth_without_phones_is_taken_apart_into_visemes():
    """Every viseme's own mouth is found again; those of t, k and n, which look alike, as any of them."""
    alike = {"viseme_DD", "viseme_kk", "viseme_nn", "viseme_TH"}
    for name, mouth in _table().items():
        curves = visemes(np.arange(2) / 60, {shape: np.full(2, weight) for shape, weight in mouth.items()}, ())
        strongest = max(curves, key=lambda viseme: curves[viseme][0])
        assert strongest == name or {strongest, name} <= alike, (name, strongest)
    rest = visemes(np.arange(2) / 60, {"jawOpen": np.zeros(2)}, ())
    assert rest["viseme_sil"].tolist() == [1.0, 1.0]


@pytest.fixture
def rigify() -> bpy.types.Object:
    """Blender's own human rig with its face, generated."""
    if addon_utils.enable("rigify") is None:
        pytest.skip("this Blender comes without Rigify")
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    yield next(obj for obj in bpy.data.objects if obj.type == "ARMATURE" and obj != metarig)
    addon_utils.disable("rigify")


def bone_places(rig: bpy.types.Object, frame: int, *names: str) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    final = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([final.pose.bones[name].matrix.to_translation() for name in names])


def test_a_rigify_face_opens_smiles_blinks_and_turns(rigify):
    preset = PRESETS["rigify"]
    assert {row.name for row in preset.bones} <= set(retarget.target_bones(rigify)), "bones that Rigify has not"
    rows = match_preset(preset, (), retarget.target_bones(rigify))
    assert retarget.choose_preset(PRESETS, (), retarget.target_bones(rigify)) == preset
    steps = np.clip(np.arange(25) / 8 - np.arange(4)[:, None] * 0.7, 0, 1)  # one after the other, each stays
    motion = make_motion(jawOpen=steps[0] * 0.5, mouthSmileLeft=steps[1], eyeBlinkLeft=steps[2], headYaw=0.0,
                         headPitch=0.0 * steps[3])  # fmt: skip
    apply_motion(rigify, rows, motion, bpy.context.scene, preset)
    names = ("lip.T", "lip.B", "lips.L", "lips.R", "lid.T.L.002", "lid.B.L.002")
    rest, end = bone_places(rigify, 1, *names), bone_places(rigify, 25, *names)
    span = 0.104
    assert (rest[0] - rest[1])[2] < 0.2 * span < (end[0] - end[1])[2], "the mouth opens"
    assert end[2][2] - rest[2][2] > 0.05 * span and end[2][0] > rest[2][0], "the left corner rises and goes out"
    assert end[2][2] - end[3][2] > 0.1 * span, "only the left one"
    lids = (rest[4] - rest[5])[2], (end[4] - end[5])[2]
    assert abs(lids[1]) < 0.15 * lids[0], "the lids meet"
    turned = apply_motion(rigify, rows, make_motion(headYaw=0.5), bpy.context.scene, preset)
    nose = bone_places(rigify, turned.end, "nose_master")[0]
    assert nose[0] > 0.03, "the head turns to its left"


def test_the_mapping_is_edited_in_the_panel_and_saved_with_the_file(addon, tmp_path, performance_folder):
    face = make_face(["EyeBlinkLeft", "EyeBlinkRight", "JawOpen", "Beard"])
    assert "Press Map by Names first." in why_not(bpy.ops.likeness.retarget_performance, directory="x")
    assert bpy.ops.likeness.map_target() == {"FINISHED"}
    assert face.likeness_mapping.used == "arkit"
    drawn = draw(bpy.types.LIKENESS_PT_retarget)
    assert "Not mapped: Beard." in drawn.text and "rows" in drawn.properties
    bpy.ops.likeness.add_row()
    row = face.likeness_mapping.rows[-1]
    assert row.target == "Beard"
    row.source, row.gain = "0.5*jawOpen", 0.4
    face.likeness_mapping.rows[0].gain = 0.5
    face.likeness_mapping.row = 1
    bpy.ops.likeness.remove_row()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "other.blend"))
    face = bpy.data.objects["Stranger"]
    bpy.context.view_layer.objects.active = face
    rows = [(row.target, row.source, round(row.gain, 3)) for row in face.likeness_mapping.rows]
    assert rows == [("EyeBlinkLeft", "eyeBlinkLeft", 0.5), ("JawOpen", "jawOpen", 1.0), ("Beard", "0.5*jawOpen", 0.4)]
    assert bpy.ops.likeness.retarget_performance(directory=str(performance_folder)) == {"FINISHED"}
    seen = values_at(face, 5)
    assert seen["Beard"] == pytest.approx(0.2 * seen["JawOpen"], abs=0.03) and seen["JawOpen"] > 0.5


def test_an_avatars_take_goes_on_another_rig(addon, avatar_folder, tmp_path):
    armature = import_avatar(avatar_folder)
    folder = write_small_performance(tmp_path)
    path = folder / "performance.json"
    description = json.loads(path.read_text())
    description["phones"] = [
        {"start": start, "end": end, "phone": "", "viseme": viseme, "word": -1}
        for start, end, viseme in ((0.0, 0.5, "viseme_aa"), (0.5, 1.0, "viseme_PP"))
    ]
    path.write_text(json.dumps(description))
    apply_performance(armature, folder, start=5)
    face = make_face(["jawOpen", "browInnerUp"])
    visible = make_face(["viseme_aa", "viseme_PP"], "Speaker")
    for target, name, frame, value in ((face, "jawOpen", 9, 1.0), (visible, "viseme_aa", 10, 1.0)):
        bpy.context.view_layer.objects.active = target
        bpy.ops.likeness.map_target()
        assert bpy.ops.likeness.retarget_take() == {"FINISHED"}
        assert values_at(target, frame)[name] == pytest.approx(value, abs=0.05)
    seen = values_at(visible, 24)
    assert seen["viseme_PP"] > 0.95 and seen["viseme_aa"] < 0.05, "phones begin where the take begins"
    assert armature.animation_data.nla_tracks, "the avatar keeps its take"


def test_what_cannot_be_mapped_is_said(addon, avatar_folder):
    assert "Select a mesh with shape keys" in why_not(bpy.ops.likeness.map_target)
    make_face(["snarl"])
    assert "has no key and no bone that is called as in" in why_not(bpy.ops.likeness.map_target)
    make_face(["jawOpen"])
    bpy.ops.likeness.map_target()
    assert "Select the avatar whose take it is" in why_not(bpy.ops.likeness.retarget_take)
    import_avatar(avatar_folder)
    head = bpy.data.objects["Small head"]
    bpy.context.view_layer.objects.active = head
    assert "is an avatar of this add-on" in why_not(bpy.ops.likeness.map_target)


def test_every_preset_file_says_who_it_is():
    for name, preset in PRESETS.items():
        assert (preset.id, bool(preset.name), bool(preset.about)) == (name, True, True)
        path = Path(retarget.__file__).parent / "presets" / f"{name}.toml"
        assert path.read_text().startswith("# SPDX-License-Identifier: GPL-3.0-or-later")
