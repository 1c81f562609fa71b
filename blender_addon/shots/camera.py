# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera for a shot, in the renderer and in an artist's own scene: framed from performed faces, moved by keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ..errors import LikenessError
from ..rig.looking import avatar_of, looked_at
from ..stage.face import STANDARD_FACE
from ..stage.pieces import ensure_piece
from .aiming import ASIDE, front_of, level_axes, side_for, side_of, wrap_angle
from .cameras import ALL, HIGHEST, MOVES, PAIR, Move, Preset, find_move, find_preset
from .faces import HeadShape, PerformedFace, measure_head, perform_faces
from .focus import draw_focus, follow_eyes, no_focus
from .framing import SENSOR, Composition, Subjects, View, around, boxes, compose, rim_shown
from .keying import clear_keys, read_keys, write_keys
from .moving import key_frames, move_view
from .shoulder import frame_past

# Of a face that points further away than so many degrees nothing is seen.
AWAY = 110.0
# How often framing is repeated where somebody looks at the camera, and so turns with it.
ROUNDS = 3
# Share of the picture by which framing is stricter than the margins, for what is eased and rounded.
GAP = 0.006
ROOM = (0.0, 0.02, 0.045, 0.07)  # shares of the picture that framing leaves free for a move, as far as it needs them
SPACIOUS, TIGHT = 0.7, 0.38  # of the picture; where faces have less, a move gets less room, or hardly any
NOTHING = 0.25  # clear shares below this leave no room for a slide, so that a preset's own stands
# Of the picture's width: how far a face that is turned aside goes to the other side, where so much of it is free.
LEAD, ROOMY = 0.08, 0.8
# How near to the picture's edges things may be, how far hair stays off them, and degrees aside at which that is tried.
EDGE, CLEAR_OF, PAST_HAIR = 0.03, 0.02, range(0, 19, 3)
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
class Plate:
    """The camera that took a picture which stands behind: pitch in radians, upwards; lens in millimetres on the
    scene's picture (`fit_lens`), None for the preset's."""

    pitch: float = 0.0
    lens: float | None = None


@dataclass(frozen=True)
class Framed:
    """What `apply_camera` made. boxes: (F, 4) per rig: left, top, right, bottom of its face as shares of the picture,
    NaN where it is not seen; faces: as they perform; seen: the rigs that the picture is of; amount: of the move, less
    than asked for where a face would have left its place; ends: how high above the picture's lower edge one sees where
    a body ends, as a share; 0 where one does not."""

    camera: bpy.types.Object
    boxes: Mapping[bpy.types.Object, np.ndarray]
    faces: Mapping[bpy.types.Object, PerformedFace]
    seen: tuple[bpy.types.Object, ...]
    amount: float
    ends: float


@dataclass(frozen=True)
class Setup:
    """A camera setup, as what is framed wants it: chosen is whom it is about, seen are the rigs that the picture shows;
    lens, plate and beside as of `apply_camera`; size of the picture in pixels."""

    kind: Preset
    chosen: bpy.types.Object
    seen: tuple[bpy.types.Object, ...]
    wanted: Composition
    size: tuple[int, int]
    lens: float | None
    plate: Plate | None
    beside: np.ndarray | None


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
    depth_of_field: bool = True,
    focus: Sequence[tuple[bpy.types.Object, int]] = (),
    plate: Plate | None = None,
    beside: np.ndarray | None = None,
) -> Framed:
    """Frame rigs as they perform, and key the camera's move as ordinary F-curves.

    armatures: who stands in the scene; subject: whom it is about, None for the first. frames: the shot's, None for the
    scene's range. amount: of the move. lens: millimetres, None for the preset's. camera: None for a camera of its own,
    which is made where there is none; it is the scene's then. focus: on whose eyes the picture is sharp, each from a
    frame on; empty is the subject's. plate: the real camera whose picture stands behind. beside: (P, 3) points of what
    is seen whole, sharp, and beside the subject's head, such as a screen's corners.

    Raises LikenessError: ``camera_unknown``, ``rig_missing``, ``partner_missing``.
    """
    kind, moves = find_preset(preset), find_move(move)
    setup = _set_up(scene, armatures, kind, subject, margins, lens, plate, beside)
    if plate is not None:
        moves = MOVES["still"]  # a moving camera would leave the perspective of the plate
    span = list(range(scene.frame_start, scene.frame_end + 1)) if frames is None else list(frames)
    scene.camera = camera = camera or ensure_piece(scene, PIECE, bpy.data.cameras.new)
    clear_keys(camera, camera.data)
    fps = scene.render.fps / scene.render.fps_base
    shapes = {armature: measure_head(armature) for armature in armatures}
    follows = any(_goes_by(looked_at(armature), camera) for armature in armatures)
    faces, still = _stand(scene, camera, setup, shapes, span, ROUNDS if follows else 1)
    moved, part = _move(setup, faces, still, moves, np.array(span) / fps, amount, seed)
    _write(camera, moved, key_frames(span, fps, moves.keys), span, moves.keys > 0)
    moved = _read(camera, moved, span)
    if follows:
        faces = perform_faces(scene, shapes, span)
    if depth_of_field and plate is None and beside is None:
        _focus(camera, kind, move, moved, faces, focus or [(setup.chosen, span[0])], span, fps)
    else:
        no_focus(camera)
    ends = max(rim_shown(moved, _subjects(kind, faces, setup.chosen, setup.seen)), 0.0)
    return Framed(camera, {one: face_boxes(moved, face) for one, face in faces.items()}, faces, setup.seen, part, ends)


def _set_up(
    scene: bpy.types.Scene,
    armatures: Sequence[bpy.types.Object],
    kind: Preset,
    subject: bpy.types.Object | None,
    margins: Margins,
    lens: float | None,
    plate: Plate | None,
    beside: np.ndarray | None,
) -> Setup:
    _require_performers(kind, armatures)
    chosen, size = avatar_of(subject) or armatures[0], size_of(scene)
    wanted = _composition(kind, size, margins, plate is None)
    return Setup(kind, chosen, seen_by(kind, armatures, chosen), wanted, size, lens, plate, beside)


def _stand(
    scene: bpy.types.Scene,
    camera: bpy.types.Object,
    setup: Setup,
    shapes: Mapping[bpy.types.Object, HeadShape],
    span: Sequence[int],
    rounds: int,
) -> tuple[Mapping[bpy.types.Object, PerformedFace], tuple[View, float]]:
    """The faces as they perform before the camera, and what `_frame` makes of them; the camera stands so."""
    for _ in range(rounds):
        faces = perform_faces(scene, shapes, span)
        still = _frame(setup, faces, setup.wanted)
        _write(camera, still[0], span[:1])
    return faces, still


def _move(
    setup: Setup,
    faces: Mapping[bpy.types.Object, PerformedFace],
    still: tuple[View, float],
    move: Move,
    times: np.ndarray,
    amount: float,
    seed: int,
) -> tuple[View, float]:
    """The still view of `_frame` moved, with as much room to all sides as that needs; and how much of it there is."""
    wanted = setup.wanted
    subjects = _subjects(setup.kind, faces, setup.chosen, setup.seen, setup.beside)
    least = min(wanted.allowed[2:] - wanted.allowed[:2])
    tight = min(1.0, least / SPACIOUS) * min(1.0, least / TIGHT)
    moved, part = still[0], -1.0
    for room in ROOM:
        view, distance = _frame(setup, faces, wanted.narrowed(room * tight)) if room else still
        tried, most = move_view(view, distance, subjects, wanted, move, times, amount, seed)
        moved, part = (tried, most) if most > part else (moved, part)
        if part >= amount:
            break
    return moved, part


def _require_performers(kind: Preset, armatures: Sequence[bpy.types.Object]) -> None:
    if not armatures:
        raise LikenessError("rig_missing", "There is no avatar to frame.", "Import an avatar first.")
    if kind.shows == PAIR and len(armatures) < 2:
        raise LikenessError(
            "partner_missing",
            "A view over a shoulder needs two performers.",
            "Add another one, or choose another camera preset.",
        )


def frame_nobody(camera: bpy.types.Object, size: tuple[int, int]) -> None:
    """See the empty stage, from where a face would be seen."""
    distance, kind = 2.0, find_preset("medium")
    place = np.array((*STANDARD_FACE.eyes.xy, STANDARD_FACE.eyes.z)) - distance * np.array((0.0, 1.0, 0.0))
    _write(camera, View(place[None], level_axes(0.0)[None], kind.lens, (0.0, 0.0), size), [1])
    no_focus(camera)


def _goes_by(target: bpy.types.Object | None, camera: bpy.types.Object) -> bool:
    """Whether what somebody looks at is the camera, or goes where that goes."""
    held = [constraint.target for constraint in target.constraints if hasattr(constraint, "target")] if target else []
    return target == camera or camera in held


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


def _composition(kind: Preset, size: tuple[int, int], margins: Margins, shifts: bool) -> Composition:
    clear = list(margins.clear)
    if max(clear) < NOTHING:
        side = 2 if size[0] >= size[1] else 1  # to the right of a wide picture, at the top of a high one
        clear[side] = max(clear[side], kind.reserve[0 if side == 2 else 1])
    reserved = Margins(tuple(clear), margins.safe)
    inner = np.array((GAP, GAP, -GAP, -GAP))
    share = kind.share * min(1.0, HIGHEST * size[0] / size[1])
    edge = (EDGE, EDGE, 1.0 - EDGE, 1.0 - max(margins.clear[3], EDGE))
    return Composition(
        share, kind.eyes, reserved.allowed + inner, reserved.free, shifts=shifts, larger=kind.larger, around=edge
    )


def _subjects(
    kind: Preset,
    faces: Mapping[bpy.types.Object, PerformedFace],
    chosen: bpy.types.Object,
    seen: Sequence[bpy.types.Object],
    beside: np.ndarray | None = None,
) -> Subjects:
    shown = [faces[one] for one in (seen if kind.shows == ALL else [chosen])]
    return Subjects(
        faces=[face.face for face in shown],
        hair=[face.hair for face in shown],
        rims=[face.rim for face in shown],
        eyes=[face.eyes for face in shown],
        anchor=np.mean([face.face.reshape(-1, 3).mean(axis=0) for face in shown], axis=0),
        height=float(np.mean([face.height for face in shown])),
        things=[] if beside is None else [np.broadcast_to(beside, (len(shown[0].eyes), *beside.shape))],
    )


def _frame(setup: Setup, faces: Mapping[bpy.types.Object, PerformedFace], wanted: Composition) -> tuple[View, float]:
    """A view that stands still, and how far from the subjects it is taken, in metres."""
    kind, chosen, plate, size = setup.kind, setup.chosen, setup.plate, setup.size
    subjects = _subjects(kind, faces, chosen, setup.seen, setup.beside)
    front = front_of(list(faces.values()))
    if kind.shows == PAIR and plate is None:
        return frame_past(subjects, faces[setup.seen[0]], faces[setup.seen[1]], front, wanted, size)
    side = front
    if kind.shows != ALL:
        side = side_for(faces[chosen], front)
        wanted = _lead(wanted, wrap_angle(side_of(faces[chosen].ahead.mean(axis=0)[:2]) - side))
    given = (setup.lens if plate is None else plate.lens or setup.lens) or kind.lens
    if setup.beside is not None:
        return _frame_beside(subjects, side, given, size, wanted)
    return compose(subjects, level_axes(side, plate.pitch if plate else 0.0), given, size, wanted)


def _frame_beside(
    subjects: Subjects, side: float, lens: float, size: tuple[int, int], wanted: Composition
) -> tuple[View, float]:
    """Faces beside what is seen behind them: from as far aside as no hair hides any of it."""
    best, least, sign = None, math.inf, 0.0
    for aside in PAST_HAIR:
        view, far = compose(subjects, level_axes(side + sign * math.radians(aside)), lens, size, wanted)
        hair, thing = (
            around(np.stack([boxes(view, one) for one in ones])) for ones in (subjects.hair, subjects.things)
        )
        sign = sign or math.copysign(1.0, thing[0] + thing[2] - hair[0] - hair[2])
        hidden = hair[2] - thing[0] if sign > 0 else thing[2] - hair[0]
        if best is None or hidden < least:
            best, least = (view, far), hidden
        if hidden <= -CLEAR_OF:
            break
    assert best is not None
    return best


def _lead(wanted: Composition, aside: float) -> Composition:
    """Leave room before a face that is turned aside by so many radians, where nothing else needs the room."""
    if wanted.free[2] - wanted.free[0] < ROOMY:
        return wanted
    by = LEAD * float(np.clip(aside / ASIDE, -1.0, 1.0))
    return replace(wanted, free=wanted.free - np.array((by, 0.0, by, 0.0)))


def _focus(
    camera: bpy.types.Object,
    kind: Preset,
    move: str,
    view: View,
    faces: Mapping[bpy.types.Object, PerformedFace],
    subjects: Sequence[tuple[bpy.types.Object, int]],
    frames: Sequence[int],
    fps: float,
) -> None:
    """Follow one, or draw from one to the next; a rack focus of which nothing is said goes to the subject, half way."""
    if len(subjects) == 1 and move != "rack_focus":
        follow_eyes(camera, subjects[0][0], faces[subjects[0][0]], kind.f_stop)
        return
    drawn: list[tuple[PerformedFace | None, int]] = [(faces[one], at) for one, at in subjects]
    if len(drawn) == 1:
        other = next((face for one, face in faces.items() if one != subjects[0][0]), None)
        drawn = [(other, frames[0]), (drawn[0][0], frames[0] + len(frames) // 3)]
    draw_focus(camera, view, drawn, frames, fps, kind.f_stop)


def _write(
    camera: bpy.types.Object,
    view: View,
    keys: Sequence[int],
    span: Sequence[int] | None = None,
    flows: bool = False,
) -> None:
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
    write_keys(camera, {"location": view.place[at], "rotation_euler": np.array(turns)}, keys, flows)
    camera.update_tag()


def _read(camera: bpy.types.Object, view: View, span: Sequence[int]) -> View:
    """The view as the camera's curves have it between their keys."""
    places, turns = (read_keys(camera, path, span) for path in ("location", "rotation_euler"))
    axes = np.array([Euler(turn).to_matrix() for turn in turns])
    return replace(view, place=places, axes=axes)
