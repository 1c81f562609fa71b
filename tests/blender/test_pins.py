# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins on the photo: they lie on the landmarks, the head follows them, and every drag can be taken back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, require_core_python, why_not
from bpy_extras.object_utils import world_to_camera_view
from small_avatar import CHANNELS, write_png

from blender_addon import pins
from blender_addon.engine import jobs
from blender_addon.operators import pins as pin_operators
from blender_addon.photo.placement import PhotoCamera
from blender_addon.pins.board import board_camera, board_rig, find_board, fitted_places, pins_of, set_fitted
from blender_addon.pins.preview import KEY, begin_preview, end_preview, read_positions
from blender_addon.pins.refit import Mark, Refit
from blender_addon.rig import find_rig, import_avatar, rig_parts
from blender_addon.rig.assemble import RIG_ID
from blender_addon.rig.replace import replace_rig

CAMERA = PhotoCamera(
    900.0, 320.0, 400.0, 640, 800, np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]), np.array([0.0, 1.6, 1.2])
)
CHIN, NOSE = 152, 1


def project(points: np.ndarray) -> np.ndarray:
    local = points @ CAMERA.rotation.T + CAMERA.translation
    return local[:, :2] / local[:, 2:] * CAMERA.focal + [CAMERA.cx, CAMERA.cy]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    write_png(path, np.full((800, 640, 3), 90, np.uint8))
    return path


@pytest.fixture
def refit(armature: bpy.types.Object, photo: Path) -> Refit:
    """What the core would say of the small avatar: chin and nose lie on its surface."""
    head = read_positions(rig_parts(armature)["head"])
    return make_refit(head, photo)


def make_refit(head: np.ndarray, picture: Path | None, pinned: dict[int, tuple[float, float]] | None = None) -> Refit:
    pinned = pinned or {}
    found = {
        NOSE: tuple(project(head[[head[:, 1].argmin()]])[0]),
        CHIN: tuple(project(head[[head[:, 2].argmin()]])[0]),
    }
    names = {NOSE: "nose tip", CHIN: "chin"}
    marks = tuple(
        Mark(number, names[number], pinned.get(number, place), place, number in pinned)
        for number, place in found.items()
    )
    return Refit("a" * 64, CAMERA, head, marks, picture)


@pytest.fixture
def board(addon: None, armature: bpy.types.Object, refit: Refit) -> bpy.types.Object:
    board = pins.make_board(bpy.context.scene, armature, refit)
    bpy.context.view_layer.update()
    begin_preview(armature, refit)
    return board


def pin_of(board: bpy.types.Object, landmark: int) -> bpy.types.Object:
    return next(pin for pin in pins_of(board) if pin["likeness_landmark"] == landmark)


def seen(obj: bpy.types.Object, board: bpy.types.Object) -> tuple[float, float]:
    """Where in the photo, in pixels, Blender's own camera sees an object."""
    scene, camera = bpy.context.scene, board_camera(board)
    bpy.context.view_layer.update()
    x, y, _ = world_to_camera_view(scene, camera, obj.matrix_world.translation)
    longer = max(scene.render.resolution_x, scene.render.resolution_y)
    side = 36.0 / camera.data.lens * CAMERA.focal / longer
    width, height = scene.render.resolution_x * side, scene.render.resolution_y * side
    return CAMERA.cx + (x - 0.5) * width, CAMERA.cy - (y - 0.5) * height


def shown_positions(part: bpy.types.Object) -> np.ndarray:
    bpy.context.view_layer.update()
    mesh = part.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    return np.array([vertex.co for vertex in mesh.vertices])


@pytest.mark.parametrize("resolution", [(1920, 1080), (1080, 1080), (600, 1400)])
def test_pins_lie_on_their_landmarks_as_the_photos_camera_sees_them(
    armature: bpy.types.Object, refit: Refit, resolution: tuple[int, int]
) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = resolution
    armature.location.x = 0.7
    board = pins.make_board(scene, armature, refit)
    for mark in refit.marks:
        assert seen(pin_of(board, mark.landmark), board) == pytest.approx(mark.place, abs=0.05)
    nose = bpy.data.objects.new("Nose", None)
    scene.collection.objects.link(nose)
    head = refit.head[refit.head[:, 1].argmin()]
    nose.location = (float(head[0]) + 0.7, float(head[1]), float(head[2]))
    assert seen(nose, board) == pytest.approx(refit.marks[0].place, abs=0.05), "and so does the head"
    assert board.data.size[:] == (640, 800)
    assert board.data.packed_file is not None


def test_a_pin_moves_in_the_photo_only(board: bpy.types.Object) -> None:
    pin = pin_of(board, CHIN)
    assert tuple(pin.lock_location) == (False, False, True)
    assert pins.pinned_places(board) == {}
    x, y = seen(pin, board)
    pin.location.x += 12.0
    pin.location.y -= 5.0
    assert pins.pinned_places(board)[CHIN] == pytest.approx((x + 12, y + 5), abs=0.05)
    assert seen(pin, board) == pytest.approx((x + 12, y + 5), abs=0.05)


def test_the_head_and_what_lies_on_it_follow_a_refit(
    board: bpy.types.Object, armature: bpy.types.Object, refit: Refit
) -> None:
    pin = pin_of(board, CHIN)
    pin.location.x += 10.0
    places = pins.pinned_places(board)
    before = {name: shown_positions(part) for name, part in rig_parts(armature).items()}
    moved = refit.head + np.float32([0.004, 0.0, 0.0])
    pins.show_refit(bpy.context.scene, armature, board, make_refit(moved, None, places), places)
    for name in ("head", "eyes", "hair", "teeth"):
        move = shown_positions(rig_parts(armature)[name]) - before[name]
        np.testing.assert_allclose(move, np.tile([0.004, 0.0, 0.0], (len(move), 1)), atol=1e-5)
    assert fitted_places(board) == places
    assert pins.pinned_places(board) == places
    end_preview(armature)
    assert all(
        part.data.shape_keys is None or KEY not in part.data.shape_keys.key_blocks
        for part in rig_parts(armature).values()
    )
    assert rig_parts(armature)["hair"].data.shape_keys is None


def test_a_head_of_which_clothes_hide_a_part_follows_too(armature: bpy.types.Object, refit: Refit) -> None:
    longer = np.concatenate([[[0.0, 0.0, 1.0]], refit.head, [[0.0, 0.0, 1.1]]]).astype(np.float32)
    begin_preview(armature, make_refit(longer, None))
    board = pins.make_board(bpy.context.scene, armature, refit)
    moved = longer.copy()
    moved[1:40] += np.float32([0.0, 0.0, 0.003])
    pins.show_refit(bpy.context.scene, armature, board, make_refit(moved, None), {})
    head = rig_parts(armature)["head"]
    key = head.data.shape_keys.key_blocks[KEY]
    move = np.array([point.co for point in key.data]) - read_positions(head)
    np.testing.assert_allclose(move[:39], np.tile([0.0, 0.0, 0.003], (39, 1)), atol=1e-6)
    assert np.abs(move[39:]).max() < 1e-6


def test_pins_that_nobody_moved_stay_on_their_landmarks(
    board: bpy.types.Object, armature: bpy.types.Object, refit: Refit
) -> None:
    pin_of(board, CHIN).location.x += 10.0
    places = pins.pinned_places(board)
    followed = make_refit(refit.head + np.array([0.002, 0.0, 0.0], np.float32), None, places)
    pins.show_refit(bpy.context.scene, armature, board, followed, places)
    nose = next(mark for mark in followed.marks if mark.landmark == NOSE)
    assert seen(pin_of(board, NOSE), board) == pytest.approx(nose.place, abs=0.05)
    assert list(pins.pinned_places(board)) == [CHIN]
    pins.reset_pins(board)
    assert pins.pinned_places(board) == {}


def test_leaving_puts_the_rig_back_as_it_was(armature: bpy.types.Object, refit: Refit) -> None:
    scene = bpy.context.scene
    armature["jawOpen"], armature["mouthSmileLeft"] = 0.3, 0.1
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "images", "cameras", "collections")}
    pins.make_board(scene, armature, refit)
    assert (armature["jawOpen"], armature["mouthSmileLeft"]) == (0.0, pytest.approx(0.4))
    assert armature.data.pose_position == "REST"
    pins.leave_board(scene)
    assert (armature["jawOpen"], armature["mouthSmileLeft"]) == (pytest.approx(0.3), pytest.approx(0.1))
    assert armature.data.pose_position == "POSE"
    assert {kind: len(getattr(bpy.data, kind)) for kind in before} == before
    assert find_board(scene) is None


def test_every_drag_can_be_undone(addon: None, board: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="Board")
    for step in range(2):
        pin_of(find_board(bpy.context.scene), CHIN).location.x += 10.0
        bpy.ops.ed.undo_push(message=f"Move {step}")
    board = find_board(bpy.context.scene)
    home = pin_of(board, CHIN)["likeness_home"][0]
    assert pin_of(board, CHIN).location.x == pytest.approx(home + 20.0)
    for left in (10.0, 0.0):
        bpy.ops.ed.undo()
        board = find_board(bpy.context.scene)
        assert pin_of(board, CHIN).location.x == pytest.approx(home + left)


def test_the_head_follows_a_pin_that_has_come_to_rest_and_one_that_was_undone(
    board: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict] = []

    def fit(title: str, *_: object, **__: object) -> None:
        asked.append(pins.pinned_places(board))
        set_fitted(board, asked[-1])

    monkeypatch.setattr(pin_operators.jobs, "start", fit)
    look, chin = pin_operators._watch, pin_of(board, CHIN)
    look()
    look()
    assert asked == [], "nothing has been moved"
    chin.location.x += 5.0
    look()
    assert asked == [], "it may still be on its way"
    chin.location.x += 5.0
    for _ in range(4):
        look()
    assert asked == [pins.pinned_places(board)]
    chin.location.x -= 10.0
    for _ in range(4):
        look()
    assert asked[1:] == [{}]
    pins.leave_board(bpy.context.scene)
    assert look() is None, "the watch ends with the board"


def test_pins_that_cannot_be_fitted_to_are_tried_once(board: bpy.types.Object, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(pin_operators.jobs, "start", lambda title, *_, **__: tried.append(title))
    monkeypatch.setattr(pin_operators.jobs, "current", lambda: jobs.Job("Fit to Pins", state="failed"))
    pin_of(board, CHIN).location.x += 500.0
    for _ in range(4):
        pin_operators._watch()
    assert tried == ["Fit to Pins"]


def test_an_avatar_of_another_head_is_refused_in_words(armature: bpy.types.Object, refit: Refit) -> None:
    with pytest.raises(pin_operators.LikenessError) as caught:
        begin_preview(armature, make_refit(refit.head + np.float32(0.05), None))
    assert caught.value.code == "refit_other_head"


def test_a_rebuilt_avatar_takes_the_place_of_the_old_one_with_its_animation(
    armature: bpy.types.Object, avatar_folder: Path, performance_folder: Path
) -> None:
    from blender_addon.takes import apply_performance

    apply_performance(armature, performance_folder)
    armature.location, rig_id = (1.0, 2.0, 0.0), armature[RIG_ID]
    new = import_avatar(avatar_folder)
    new["likeness_scores"] = json.dumps({"sface_yaw0": 0.5})
    objects = len(bpy.data.objects)
    made = replace_rig(armature, new)
    assert made == armature and made[RIG_ID] == rig_id
    assert len(bpy.data.objects) == objects - 1 - len(rig_parts(made))
    assert made.location[:] == (1.0, 2.0, 0.0)
    assert json.loads(made["likeness_scores"]) == {"sface_yaw0": 0.5}
    assert {part.name for part in rig_parts(made).values()} == {f"{made.name} {name}" for name in rig_parts(made)}
    scene = bpy.context.scene
    scene.frame_set(scene.frame_start + 5)
    head = rig_parts(made)["head"].evaluated_get(bpy.context.evaluated_depsgraph_get())
    jaw = made.evaluated_get(bpy.context.evaluated_depsgraph_get())["jawOpen"]
    assert jaw > 0.05
    assert head.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(jaw, abs=1e-4)
    assert all(channel in made for channel in CHANNELS)


def test_the_panel_says_what_pins_need(addon: None, avatar_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blender_addon.engine.paths.core_python", lambda: Path("python"))
    assert draw(bpy.types.LIKENESS_PT_pins).operators == []
    assert "Build or import an avatar first." in why_not(bpy.ops.likeness.enter_pins)
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert "Choose a photo first." in draw(bpy.types.LIKENESS_PT_pins).text
    bpy.context.scene.likeness.photo = str(avatar_folder / "albedo.png")
    assert "built from none.jpg, not from albedo.png" in why_not(bpy.ops.likeness.enter_pins)
    assert "No pins are being set." in why_not(bpy.ops.likeness.leave_pins)


def test_the_panel_of_a_board_offers_what_can_be_done(board: bpy.types.Object) -> None:
    assert "Nothing is pinned yet." in draw(bpy.types.LIKENESS_PT_pins).text
    pin_of(board, CHIN).location.x += 10.0
    drawn = draw(bpy.types.LIKENESS_PT_pins)
    assert "Pinned: 1." in drawn.text
    assert drawn.operators == [
        f"likeness.{name}" for name in ("refit_avatar", "reset_pins", "apply_pins", "leave_pins")
    ]
    pin_of(board, CHIN).select_set(True)
    bpy.context.view_layer.objects.active = pin_of(board, CHIN)
    assert find_rig(bpy.context) == board_rig(bpy.context.scene, board), "a pin in hand means its avatar"
    assert bpy.ops.likeness.reset_pins() == {"FINISHED"}
    assert pins.pinned_places(board) == {}


# With the real core


@pytest.fixture
def eileen(
    addon: None, nasa_photo: Path, nasa_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bpy.types.Object]:
    """The avatar of NASA's portrait, which scikit-image ships, in a saved file, as if it was built there."""
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(require_core_python()))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    photo = shutil.copy(nasa_photo, tmp_path)
    bpy.ops.likeness.choose_photo(filepath=str(photo))
    built = shutil.copytree(nasa_folder, tmp_path / "likeness" / nasa_folder.name)
    bpy.ops.likeness.import_avatar(directory=str(built))
    yield bpy.context.view_layer.objects.active
    jobs.forget()


def test_a_dragged_pin_moves_the_head_and_stays_in_the_rebuilt_avatar(eileen: bpy.types.Object, tmp_path: Path) -> None:
    scene, rig_id = bpy.context.scene, eileen[RIG_ID]
    assert bpy.ops.likeness.enter_pins() == {"FINISHED"}
    board = find_board(scene)
    assert len(pins_of(board)) >= 28
    chin = pin_of(board, CHIN)
    chin.location.y -= 6.0
    where = pins.pinned_places(board)[CHIN]
    assert bpy.ops.likeness.refit_avatar() == {"FINISHED"}
    key = rig_parts(eileen)["head"].data.shape_keys.key_blocks[KEY]
    moved = np.array([point.co for point in key.data]) - read_positions(rig_parts(eileen)["head"])
    assert 0.001 < np.linalg.norm(moved, axis=1).max() < 0.03
    assert bpy.ops.likeness.apply_pins() == {"FINISHED"}
    assert find_board(scene) is None
    assert eileen[RIG_ID] == rig_id
    (pin,) = json.loads(eileen["likeness_settings"])["pins"]
    assert (pin["landmark"], pin["x"], pin["y"]) == (CHIN, pytest.approx(where[0]), pytest.approx(where[1]))
    saved = json.loads((tmp_path / "likeness" / "astronaut.pins.json").read_text())
    assert saved["photo_sha256"] == hashlib.sha256((tmp_path / "astronaut.png").read_bytes()).hexdigest()
    assert bpy.ops.likeness.enter_pins() == {"FINISHED"}
    assert pins.pinned_places(find_board(scene))[CHIN] == pytest.approx(where, abs=0.05), "it is there again"
    assert bpy.ops.likeness.leave_pins() == {"FINISHED"}
