# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: the photo's camera beside the rig, the photo before it, and an empty for every landmark that has a name.

The camera hangs on the armature, the photo on the camera, the pins on the photo, one unit of the photo being one
pixel. So a pin that is dragged, by whatever means Blender has, is a place in the photo, and one undo step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import bpy
import numpy as np

from ..photo.camera import stand_camera
from ..photo.expression import put_expression_back, show_photo_expression
from ..photo.placement import PhotoCamera
from ..rig.assemble import RIG_ID
from .refit import Mark, Places, Refit

# Custom properties. BOARD of camera, photo and pins: the rig. On the photo: its sha256 and size in pixels, the pins
# that the head is fitted to, and what the armature was like before. On a pin: its landmark, and where it lies
# without being one.
BOARD, PIECE = "likeness_board", "likeness_piece"
PHOTO, FITTED = "likeness_photo_sha256", "likeness_fitted"
SIZE, LANDMARK, HOME = "likeness_size", "likeness_landmark", "likeness_home"

PIN_SIZE = 0.012  # radius of a pin as a share of the face's height in the photo
NEAR = 0.9  # of the head's distance: where the photo hangs, in front of everything
OPACITY = 0.5
MOVED = 0.05  # pixels from which on a pin counts as moved


def make_board(scene: bpy.types.Scene, armature: bpy.types.Object, refit: Refit) -> bpy.types.Object:
    """Set up camera, photo and pins for a rig that shows its photo's expression; returns the photo."""
    leave_board(scene)
    collection = bpy.data.collections.new(f"{armature.name} Pins")
    scene.collection.children.link(collection)
    camera = _piece("camera", bpy.data.cameras.new(f"{armature.name} Photo"), armature, armature, collection)
    image = bpy.data.images.load(str(refit.picture)) if refit.picture is not None else None
    if image is not None:
        image.name = f"{armature.name} Photo"
        image.pack()
    photo = _piece("photo", image, camera, armature, collection)
    photo.empty_display_type, photo.data = "IMAGE", image
    photo.empty_display_size = max(refit.camera.width, refit.camera.height)
    photo.use_empty_image_alpha, photo.color[3] = True, OPACITY
    for fixed in (camera, photo):
        fixed.hide_select = True
    photo[PHOTO] = refit.photo_sha256
    show_photo_expression(armature, photo)
    place_camera(scene, photo, refit.camera, refit.head)
    size = PIN_SIZE * _extent(refit.marks)
    for mark in refit.marks:
        pin = _piece("pin", None, photo, armature, collection)
        pin.name = mark.name.capitalize()
        pin.empty_display_type, pin.empty_display_size = "SPHERE", size
        pin.show_in_front = True
        pin.lock_location = (False, False, True)
        pin.lock_rotation = pin.lock_scale = (True, True, True)
        pin[LANDMARK] = mark.landmark
    follow_marks(photo, refit.marks, fresh=True)
    photo[FITTED] = _dump(pinned_places(photo))
    return photo


def find_board(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The photo that is being pinned in a scene."""
    return next((obj for obj in scene.objects if obj.get(PIECE) == "photo"), None)


def board_rig(scene: bpy.types.Scene, photo: bpy.types.Object) -> bpy.types.Object | None:
    """The armature that a board belongs to."""
    return next((obj for obj in scene.objects if obj.type == "ARMATURE" and obj.get(RIG_ID) == photo.get(BOARD)), None)


def board_camera(photo: bpy.types.Object) -> bpy.types.Object:
    """The camera that sees the photo as it was taken."""
    return photo.parent


def pins_of(photo: bpy.types.Object) -> list[bpy.types.Object]:
    """The pins on a photo."""
    return [obj for obj in photo.children if obj.get(PIECE) == "pin"]


def pinned_places(photo: bpy.types.Object) -> dict[int, tuple[float, float]]:
    """Landmark -> place in the photo, of the pins that lie elsewhere than the landmark itself."""
    return {int(pin[LANDMARK]): _pixels(photo, pin.location) for pin in pins_of(photo) if is_moved(pin)}


def fitted_places(photo: bpy.types.Object) -> dict[int, tuple[float, float]]:
    """The pins that the head is fitted to."""
    return {int(number): (x, y) for number, (x, y) in json.loads(photo[FITTED]).items()}


def set_fitted(photo: bpy.types.Object, places: Places) -> None:
    """Remember what the head is fitted to."""
    photo[FITTED] = _dump(places)


def is_moved(pin: bpy.types.Object) -> bool:
    """Whether somebody has set this pin."""
    home = pin[HOME]
    return max(abs(pin.location[0] - home[0]), abs(pin.location[1] - home[1])) > MOVED


def reset_pins(photo: bpy.types.Object, pins: Iterable[bpy.types.Object] | None = None) -> None:
    """Take pins (all, where none are named) back to their landmarks."""
    for pin in pins_of(photo) if pins is None else pins:
        pin.location = (*pin[HOME], 0.0)


def follow_marks(photo: bpy.types.Object, marks: Iterable[Mark], fresh: bool = False) -> None:
    """Let pins that nobody has moved lie on their landmarks. fresh: also set those that are pinned already."""
    pins = {int(pin[LANDMARK]): pin for pin in pins_of(photo)}
    for mark in marks:
        pin = pins.get(mark.landmark)
        if pin is None:
            continue
        if fresh or not (mark.pinned or is_moved(pin)):
            pin.location = _local(photo, mark.place)
        pin[HOME] = _local(photo, mark.found if mark.pinned else mark.place)[:2]


def place_camera(scene: bpy.types.Scene, photo: bpy.types.Object, seen: PhotoCamera, head: np.ndarray) -> None:
    """Stand the camera where the photo was taken, and hang the photo before the head (V, 3) in its frame."""
    stand_camera(scene, board_camera(photo), seen)
    depth = NEAR * float((head @ seen.rotation.T + seen.translation)[:, 2].min())
    scale = depth / seen.focal
    photo[SIZE] = (seen.width, seen.height)
    photo.matrix_parent_inverse.identity()
    photo.location = ((seen.width / 2 - seen.cx) * scale, (seen.cy - seen.height / 2) * scale, -depth)
    photo.rotation_euler, photo.scale = (0.0, 0.0, 0.0), (scale, scale, scale)


def leave_board(scene: bpy.types.Scene) -> None:
    """Take the board down, and let the armature be as it was."""
    photo = find_board(scene)
    if photo is None:
        return
    armature = board_rig(scene, photo)
    if armature is not None:
        put_expression_back(armature, photo)
    pieces = [obj for obj in scene.objects if obj.get(PIECE) and obj.get(BOARD) == photo[BOARD]]
    image, lens = photo.data, board_camera(photo).data
    collections = {collection for piece in pieces for collection in piece.users_collection}
    bpy.data.batch_remove(pieces)
    bpy.data.batch_remove([block for block in (image, lens) if block is not None and block.users == 0])
    bpy.data.batch_remove([c for c in collections if not len(c.objects) and not len(c.children)])


def _piece(
    kind: str,
    data: bpy.types.ID | None,
    parent: bpy.types.Object,
    armature: bpy.types.Object,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    name = f"{armature.name} {kind}"
    obj = bpy.data.objects.new(name, data if kind == "camera" else None)
    obj.parent = parent
    obj[PIECE], obj[BOARD] = kind, armature[RIG_ID]
    collection.objects.link(obj)
    return obj


def _extent(marks: Iterable[Mark]) -> float:
    rows = [mark.place[1] for mark in marks]
    return max(rows) - min(rows)


def _pixels(photo: bpy.types.Object, location: Iterable[float]) -> tuple[float, float]:
    x, y, _ = location
    width, height = photo[SIZE]
    return x + width / 2, height / 2 - y


def _local(photo: bpy.types.Object, place: tuple[float, float]) -> tuple[float, float, float]:
    width, height = photo[SIZE]
    return place[0] - width / 2, height / 2 - place[1], 0.0


def _dump(places: Places) -> str:
    return json.dumps({str(number): place for number, place in sorted(places.items())})
