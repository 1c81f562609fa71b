# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar is seen where its photo has it, the photo lies over it to the pixel, and nothing of it stays behind."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, why_not
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Matrix
from small_avatar import write_png

from blender_addon import compat
from blender_addon.photo.camera import rig_camera
from blender_addon.photo.expression import shows_photo
from blender_addon.photo.overlay import COMPARED, draw_photo, end_drawing, find_comparison, load_overlay
from blender_addon.photo.placement import ORIENTATIONS, left_part, photo_corners, share_at
from blender_addon.photo.source import read_orientation
from blender_addon.rig.assemble import PHOTO_PATH
from blender_addon.takes import apply_performance

WIDTH, HEIGHT = 64, 80  # the small avatar's photo has 640 by 800


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Left half red, right half green; the lower rows blue too."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, : WIDTH // 2, 0] = pixels[:, WIDTH // 2 :, 1] = 255
    pixels[HEIGHT // 2 :, :, 2] = 255
    write_png(tmp_path / "photo.png", pixels)
    return tmp_path / "photo.png"


@pytest.fixture
def pictured(addon: None, avatar_folder: Path, photo: Path) -> bpy.types.Object:
    """The small avatar, which says that it was built from the photo."""
    path = avatar_folder / "avatar.json"
    description = json.loads(path.read_text())
    description["photo"] |= {"file": photo.name, "sha256": hashlib.sha256(photo.read_bytes()).hexdigest()}
    path.write_text(json.dumps(description))
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    return bpy.context.view_layer.objects.active


def state(armature: bpy.types.Object) -> dict[str, object]:
    animation = armature.animation_data
    return {
        "values": {name: armature[name] for name in ("jawOpen", "mouthSmileLeft", "photo")},
        "pose": armature.data.pose_position,
        "nla": animation.use_nla if animation else None,
        "action": animation.action.name if animation and animation.action else None,
        "objects": sorted(obj.name for obj in bpy.data.objects),
        "cameras": len(bpy.data.cameras),
        "images": len(bpy.data.images),
    }


def test_comparing_shows_the_photos_face_and_leaving_puts_everything_back(pictured, performance_folder) -> None:
    apply_performance(pictured, performance_folder)
    pictured["jawOpen"] = 0.0
    pictured.keyframe_insert('["mouthSmileLeft"]', frame=1)  # the artist's own action, which lies over all else
    bpy.context.scene.frame_set(9)
    before = state(pictured)
    assert before["action"] is not None
    assert bpy.ops.likeness.compare_photo() == {"FINISHED"}
    bpy.context.scene.frame_set(9)
    assert pictured["mouthSmileLeft"] == pytest.approx(0.4) and pictured["photo"] == 1.0
    camera = find_comparison(bpy.context.scene)
    assert camera.parent == pictured and shows_photo(camera)
    assert "already" in why_not(bpy.ops.likeness.compare_photo)
    assert "comparison" in why_not(bpy.ops.likeness.enter_pins)
    assert bpy.ops.likeness.leave_comparison() == {"FINISHED"}
    assert state(pictured) == before
    assert compat.played_slot(pictured.animation_data) is not None


def test_the_expression_can_be_left_off_and_the_take_plays_then(pictured, performance_folder) -> None:
    apply_performance(pictured, performance_folder)
    bpy.ops.likeness.compare_photo()
    look = bpy.context.scene.likeness.comparison
    look.use_expression = False
    assert pictured.animation_data.use_nla and pictured.data.pose_position == "POSE"
    pictured["mouthSmileLeft"] = 0.0
    look.use_expression = True
    assert not pictured.animation_data.use_nla and pictured["photo"] == 1.0
    bpy.ops.likeness.leave_comparison()
    assert pictured.animation_data.use_nla


def test_a_file_saved_while_comparing_can_be_left_after_it_is_opened_again(pictured, performance_folder, tmp_path):
    apply_performance(pictured, performance_folder)
    pictured.keyframe_insert('["mouthSmileLeft"]', frame=1)
    bpy.ops.likeness.compare_photo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "compared.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "compared.blend"))
    assert not len(bpy.data.images) or all("photo" not in image.name for image in bpy.data.images)
    assert bpy.ops.likeness.leave_comparison() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    assert armature.animation_data.use_nla and armature.animation_data.action is not None


def test_the_camera_sees_the_avatar_where_the_photo_has_it(pictured) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
    pictured.location.x = 0.5  # beside another avatar
    bpy.ops.likeness.compare_photo()
    bpy.context.view_layer.update()
    camera, seen = find_comparison(scene), rig_camera(pictured)
    point = np.array((0.02, -0.08, 1.6))
    x, y, z = seen.rotation @ point + seen.translation
    wanted = np.array((seen.focal * x / z + seen.cx, seen.focal * y / z + seen.cy))
    # A view exactly as large as the frame: what Blender's own projection says of the same point.
    depsgraph = bpy.context.evaluated_depsgraph_get()
    window = camera.calc_matrix_camera(depsgraph, x=1920, y=1080)
    view = np.array(window) @ np.array(camera.matrix_world.inverted())
    corners = photo_corners(seen, np.array(camera.matrix_world), view, (1920, 1080))
    place = world_to_camera_view(scene, camera, pictured.matrix_world @ Matrix.Translation(point).translation)
    share = (np.array((place.x * 1920, place.y * 1080)) - corners[0]) / (corners[2] - corners[0])
    np.testing.assert_allclose(share * (seen.width, seen.height), (wanted[0], seen.height - wanted[1]), atol=0.05)
    assert corners[2, 1] - corners[0, 1] == pytest.approx(1080, abs=0.1)  # it fills the frame's height


def test_an_avatar_of_an_older_version_says_so_in_a_sentence(pictured) -> None:
    del pictured["likeness_camera"]
    assert "older version" in why_not(bpy.ops.likeness.compare_photo)
    from blender_addon.panels.comparison import LIKENESS_PT_comparison

    assert "older version" in draw(LIKENESS_PT_comparison).text


def test_a_photo_that_was_moved_is_found_by_its_bytes(pictured, photo: Path, tmp_path: Path) -> None:
    assert pictured[PHOTO_PATH] == str(photo)
    moved = tmp_path / "elsewhere.png"
    photo.rename(moved)
    assert "is not where it was" in why_not(bpy.ops.likeness.compare_photo)
    other = tmp_path / "other.png"
    write_png(other, np.zeros((8, 8, 3), np.uint8))
    assert "Press Find Photo" in why_not(bpy.ops.likeness.find_photo, filepath=str(other))
    assert bpy.ops.likeness.find_photo(filepath=str(moved)) == {"FINISHED"}
    assert bpy.ops.likeness.compare_photo() == {"FINISHED"}


def test_the_panel_offers_what_fits(pictured) -> None:
    from blender_addon.panels.comparison import LIKENESS_PT_comparison

    assert draw(LIKENESS_PT_comparison).operators == ["likeness.compare_photo", "likeness.find_photo"]
    bpy.ops.likeness.compare_photo()
    drawn = draw(LIKENESS_PT_comparison)
    assert "wipe" in drawn.properties and drawn.operators == ["likeness.drag_wipe", "likeness.leave_comparison"]
    bpy.context.scene.likeness.comparison.kind = "OVERLAY"
    assert "opacity" in draw(LIKENESS_PT_comparison).properties


def test_the_line_lies_under_the_mouse() -> None:
    corners = np.array([(100.0, 50.0), (300.0, 50.0), (300.0, 250.0), (100.0, 250.0)])
    assert share_at(corners, 150.0) == 0.25 and share_at(corners, 0.0) == 0.0 and share_at(corners, 999.0) == 1.0
    np.testing.assert_array_equal(left_part(corners, 0.25)[:, 0], (100, 150, 150, 100))


def test_all_eight_orientations_stand_upright() -> None:
    """Against the definition: where the file's first row and column lie in the upright picture."""
    first = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}  # row, then column
    sides = {"t": (0.5, 1.0), "b": (0.5, 0.0), "l": (0.0, 0.5), "r": (1.0, 0.5)}
    for number, corners in ORIENTATIONS.items():
        low, right, _, up = (np.array(corner, float) for corner in corners)

        def file_place(x: float, y: float) -> np.ndarray:
            return low + x * (right - low) + y * (up - low)  # noqa: B023

        row, column = first[number]
        assert file_place(*sides[row])[1] == 1.0, number
        assert file_place(*sides[column])[0] == 0.0, number


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_read_from_the_bytes_of_a_jpeg(order: str) -> None:
    tiff = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IHHHIHH", 8, 1, 0x0112, 3, 1, 6, 0)
    exif = b"Exif\0\0" + tiff
    start = b"\xff\xd8\xff\xe0\x00\x04ab"
    assert read_orientation(start + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xda") == 6
    assert read_orientation(start) == 1
    assert read_orientation(start + b"\xff\xe1" + struct.pack(">H", 14) + exif[:12]) == 1
    assert read_orientation(b"\x89PNG") == 1


def test_the_photo_is_drawn_to_the_pixel_up_to_the_line(pictured, photo: Path) -> None:
    """Offscreen, where this computer draws anything."""
    if compat.gpu_renderer() is None:
        pytest.skip("nothing draws here")
    import gpu

    overlay = load_overlay(pictured, photo)
    assert not len([image for image in bpy.data.images if image.name.startswith("photo")])
    side = 100
    target = gpu.types.GPUOffScreen(side, side)
    corners = np.array([(10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0)])
    with target.bind():
        frame = gpu.state.active_framebuffer_get()
        frame.clear(color=(0.0, 0.0, 0.0, 1.0))
        with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
            gpu.matrix.load_matrix(Matrix.Diagonal((2 / side, 2 / side, 1, 1)) @ Matrix.Translation((-50, -50, 0)))
            gpu.matrix.load_projection_matrix(Matrix.Identity(4))
            draw_photo(overlay, corners, 1.0, 0.75)
        pixels = frame.read_color(0, 0, side, side, 4, 0, "FLOAT")
    pixels.dimensions = side * side * 4
    seen = np.array(pixels).reshape(side, side, 4)[..., :3]
    target.free()
    end_drawing()
    for (x, y), wanted in {
        (20, 80): (1, 0, 0),
        (20, 20): (1, 0, 1),
        (60, 80): (0, 1, 0),
        (60, 20): (0, 1, 1),
        (75, 50): (0, 0, 0),  # right of the line
        (5, 50): (0, 0, 0),  # beside the photo
    }.items():
        np.testing.assert_allclose(seen[y, x], wanted, atol=0.02, err_msg=f"{x} {y}")
    assert COMPARED not in bpy.context.scene


def test_a_photo_that_blender_turns_otherwise_is_refused(pictured, tmp_path: Path, monkeypatch) -> None:
    if compat.gpu_renderer() is None:
        pytest.skip("nothing draws here")
    from blender_addon.errors import LikenessError

    wide = tmp_path / "wide.png"
    write_png(wide, np.zeros((64, 80, 3), np.uint8))
    end_drawing()
    with pytest.raises(LikenessError) as caught:
        load_overlay(pictured, wide)
    assert caught.value.code == "photo_unreadable" and "80 by 64" in caught.value.message
