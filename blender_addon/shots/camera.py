# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera for a shot, in the renderer and in an artist's own scene: framed from performed faces, moved by keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ..errors import LikenessError
from ..rig.looking import avatar_of, looked_at
from ..stage.pieces import ensure_piece
from .aiming import front_of, level_axes, side_for, wrap_angle
from .cameras import ALL, PAIR, Preset, find_move, find_preset
from .faces import PerformedFace, perform_faces
from .framing import SENSOR, Composition, Subjects, View, around, boxes, compose
from .keying import clear_keys, write_keys
from .moving import key_frames, move_view

# Over a shoulder: metres behind who is seen from behind, and degrees beside the line between the two.
BEHIND, BESIDE = 0.5, range(12, 48, 3)
# Of a face that points further away than so many degrees nothing is seen.
AWAY = 110.0
# How often framing is repeated where somebody looks at the camera, and so turns with it.
ROUNDS = 3
# Share of the picture by which framing is stricter than the margins, for what is eased and rounded.
GAP = 0.006
NOTHING = 0.25  # clear shares below this leave no room for a slide, so that a preset's own stands
PIECE = "shot camera"


@dataclass(frozen=True)
class Margins:
    """Where faces may be: clear (left, top, right, bottom) shares at the edges that something covers; safe: across and
    down, the margin within which they stay."""

    clear: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    safe: tuple[float, float] = (0.05, 0.05)

    @property
    def free(self) -> np.ndarray:
        left, top, right, bottom = self.clear
        return np.array((left, top, 1.0 - right, 1.0 - bottom))

    @property
    def allowed(self) -> np.ndarray:
        across, down = self.safe
        low, high = (max(self.clear[0], across), max(self.clear[1], down)), (self.clear[2], self.clear[3])
        return np.array((*low, 1.0 - max(high[0], across), 1.0 - max(high[1], down)))


@dataclass(frozen=True)
class Framed:
    """What `apply_camera` made. boxes: (F, 4) per rig: left, top, right, bottom of its face as shares of the picture,
    NaN where it is not seen; faces: as they perform; seen: the rigs that the picture is of; amount: of the move, less
    than asked for where a face would have left its place."""

    camera: bpy.types.Object
    boxes: Mapping[bpy.types.Object, np.ndarray]
    faces: Mapping[bpy.types.Object, PerformedFace]
    seen: tuple[bpy.types.Object, ...]
    amount: float


def apply_camera(
    scene: bpy.types.Scene,
    armatures: Sequence[bpy.types.Object],
    preset: str = "medium",
    move: str = "still",
    subject: bpy.types.Object | None = None,
    frames: Sequence[int] | None = None,
    amount: float = 1.0,
    lens: float | None = None,
    margins: Margins = Margins(),
    seed: int = 0,
    camera: bpy.types.Object | None = None,
) -> Framed:
    """Frame rigs as they perform, and key the camera's move as ordinary F-curves.

    armatures: who stands in the scene; subject: whom it is about, None for the first. frames: the shot's, None for the
    scene's range. amount: of the move. lens: millimetres, None for the preset's. camera: None for a camera of its own,
    which is made where there is none; it is the scene's then.

    Raises LikenessError: ``camera_unknown``, ``rig_missing``, ``partner_missing``.
    """
    kind, moves = find_preset(preset), find_move(move)
    if not armatures:
        raise LikenessError("rig_missing", "There is no avatar to frame.", "Import an avatar first.")
    chosen = avatar_of(subject) or armatures[0]
    if kind.shows == PAIR and len(armatures) < 2:
        raise LikenessError(
            "partner_missing",
            "A view over a shoulder needs two performers.",
            "Add another one, or choose another camera preset.",
        )
    span = list(range(scene.frame_start, scene.frame_end + 1)) if frames is None else list(frames)
    camera = camera or ensure_piece(scene, PIECE, bpy.data.cameras.new)
    scene.camera = camera
    clear_keys(camera, camera.data)
    follows = any(looked_at(armature) == camera for armature in armatures)
    seen = seen_by(kind, armatures, chosen)
    wanted = _composition(kind, size_of(scene), margins)
    for _ in range(ROUNDS if follows else 1):
        faces = dict(zip(armatures, perform_faces(scene, armatures, span), strict=True))
        view, distance = _frame(kind, faces, chosen, seen, wanted, lens, size_of(scene))
        _write(camera, view, span[:1])
    fps = scene.render.fps / scene.render.fps_base
    subjects = _subjects(kind, faces, chosen, seen)
    moved, part = move_view(view, distance, subjects, wanted, moves, np.array(span) / fps, amount, seed)
    _write(camera, moved, key_frames(span, fps, moves.keys), span)
    if follows:
        faces = dict(zip(armatures, perform_faces(scene, armatures, span), strict=True))
    return Framed(camera, {one: face_boxes(moved, face) for one, face in faces.items()}, faces, seen, part)


def seen_by(
    kind: Preset, armatures: Sequence[bpy.types.Object], chosen: bpy.types.Object
) -> tuple[bpy.types.Object, ...]:
    """The rigs that a preset shows; over a shoulder the subject first, then whose shoulder it is."""
    if kind.shows == ALL:
        return tuple(armatures)
    if kind.shows == PAIR:
        other = looked_at(chosen)
        partner = other if other in armatures else next(one for one in armatures if one != chosen)
        return chosen, partner
    return (chosen,)


def size_of(scene: bpy.types.Scene) -> tuple[int, int]:
    """Width and height of a scene's picture as it is seen, in square pixels."""
    render = scene.render
    return (
        round(render.resolution_x * render.pixel_aspect_x),
        round(render.resolution_y * render.pixel_aspect_y),
    )


def face_boxes(view: View, face: PerformedFace) -> np.ndarray:
    """(F, 4) float32 where a face is in the picture, cut at its edges; NaN where it is not seen."""
    found = boxes(view, face.face)
    towards = view.place - face.eyes
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    away = np.einsum("fi,fi->f", towards, face.ahead) < math.cos(math.radians(AWAY))
    outside = (found[:, :2] >= 1.0).any(axis=1) | (found[:, 2:] <= 0.0).any(axis=1)
    found[away | outside] = np.nan
    return np.clip(found, 0.0, 1.0).astype(np.float32)


def _composition(kind: Preset, size: tuple[int, int], margins: Margins) -> Composition:
    clear = list(margins.clear)
    if max(clear) < NOTHING:
        side = 2 if size[0] >= size[1] else 1  # to the right of a wide picture, at the top of a high one
        clear[side] = max(clear[side], kind.reserve[0 if side == 2 else 1])
    reserved = Margins(tuple(clear), margins.safe)
    inner = np.array((GAP, GAP, -GAP, -GAP))
    return Composition(kind.share, kind.eyes, reserved.allowed + inner, reserved.free)


def _subjects(
    kind: Preset,
    faces: Mapping[bpy.types.Object, PerformedFace],
    chosen: bpy.types.Object,
    seen: Sequence[bpy.types.Object],
) -> Subjects:
    shown = [faces[one] for one in (seen if kind.shows == ALL else [chosen])]
    return Subjects(
        faces=[face.face for face in shown],
        hair=[face.hair for face in shown],
        rims=[face.rim for face in shown],
        eyes=[face.eyes for face in shown],
        anchor=np.mean([face.face.reshape(-1, 3).mean(axis=0) for face in shown], axis=0),
        height=float(np.mean([face.height for face in shown])),
    )


def _frame(
    kind: Preset,
    faces: Mapping[bpy.types.Object, PerformedFace],
    chosen: bpy.types.Object,
    seen: Sequence[bpy.types.Object],
    wanted: Composition,
    lens: float | None,
    size: tuple[int, int],
) -> tuple[View, float]:
    subjects = _subjects(kind, faces, chosen, seen)
    front = front_of(list(faces.values()))
    if kind.shows == ALL:
        return compose(subjects, level_axes(front), lens or kind.lens, size, wanted)
    if kind.shows == PAIR:
        return _frame_past(subjects, faces[seen[0]], faces[seen[1]], front, wanted, size)
    return compose(subjects, level_axes(side_for(faces[chosen], front)), lens or kind.lens, size, wanted)


def _frame_past(
    subjects: Subjects,
    face: PerformedFace,
    other: PerformedFace,
    front: float,
    wanted: Composition,
    size: tuple[int, int],
) -> tuple[View, float]:
    """Past somebody's shoulder: as near to the line between both as the head in front lets the face be seen."""
    line = (face.eyes.mean(axis=0) - other.eyes.mean(axis=0))[:2]
    along = math.atan2(-line[0], line[1])
    sign = math.copysign(1.0, wrap_angle(front - along))
    distance = float(np.linalg.norm(line)) + BEHIND
    for beside in BESIDE:
        axes = level_axes(along + sign * math.radians(beside))
        view, far = compose(subjects, axes, 0.0, size, wanted, distance)
        shown, hiding = around(boxes(view, face.face)), around(boxes(view, other.hair))
        if hiding[2] < shown[0] - GAP or hiding[0] > shown[2] + GAP:
            break
    return view, far


def _write(camera: bpy.types.Object, view: View, keys: Sequence[int], span: Sequence[int] | None = None) -> None:
    """Stand a camera as a view says, with keys at some frames of the span, which the view's frames are."""
    clear_keys(camera, camera.data)
    span = list(keys) if span is None else list(span)
    at = [span.index(frame) for frame in keys]
    data = camera.data
    data.type, data.sensor_fit, data.sensor_width, data.lens = "PERSP", "AUTO", SENSOR, view.lens
    data.shift_x, data.shift_y = view.shift
    data.clip_start, data.clip_end = 0.05, 100.0
    camera.parent, camera.rotation_mode, camera.scale = None, "XYZ", (1.0, 1.0, 1.0)
    turns, before = [], None
    for axes in view.axes[at]:
        matrix = Matrix(axes.tolist())
        before = matrix.to_euler("XYZ") if before is None else matrix.to_euler("XYZ", before)
        turns.append(tuple(before))
    write_keys(camera, {"location": view.place[at], "rotation_euler": np.array(turns)}, keys)
    camera.update_tag()
