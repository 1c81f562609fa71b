# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes in which bones are drawn: wire meshes of metres in a bone's axes (x left, y up, z forward).

One mesh per shape serves all rigs of a file; they lie in a collection that no scene shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import bpy

from .board import FRAME, HANDLES, SIZE, TRAVEL, Handle

COLLECTION = "Likeness Widgets"
WIDGET = "likeness_widget"  # custom property of a shape's object: which wire it is
WIRE_WIDTH = 2.0  # pixels
# Exponent of the board's outline: 2 is an ellipse, more is squarer.
BOARD_ROUND = 2.6
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Wire:
    """Lines to draw: each a run of points, metres."""

    runs: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Shape:
    """Which wire a bone wears, how large, and how far off its head in the bone's axes (metres)."""

    wire: str
    scale: float = 1.0
    offset: Point = (0.0, 0.0, 0.0)


def _arc(
    radius: tuple[float, float],
    centre: tuple[float, float] = (0.0, 0.0),
    start: float = 0.0,
    end: float = 360.0,
    plane: str = "xy",
    points: int = 32,
) -> tuple[Point, ...]:
    """Points of an ellipse from one angle to another (degrees), in the xy (facing) or the xz (lying) plane."""
    run = []
    for number in range(points + 1):
        angle = math.radians(start + (end - start) * number / points)
        u, v = centre[0] + radius[0] * math.cos(angle), centre[1] + radius[1] * math.sin(angle)
        run.append((u, v, 0.0) if plane == "xy" else (u, 0.0, v))
    return tuple(run)


def _box(x: tuple[float, float], y: tuple[float, float]) -> tuple[Point, ...]:
    corners = ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]), (x[0], y[0]))
    return tuple((u, v, 0.0) for u, v in corners)


def _draw_ring() -> Wire:
    """A lying ring of radius 1 with a nose at the front, so that one sees where it looks."""
    return Wire((_arc((1.0, 1.0), plane="xz"), ((-0.12, 0.0, 0.99), (0.0, 0.0, 1.2), (0.12, 0.0, 0.99))))


def _draw_knob() -> Wire:
    """A filled-looking dot: a circle with a cross in it."""
    return Wire((_arc((1.0, 1.0), points=20), ((-0.6, 0.0, 0.0), (0.6, 0.0, 0.0)), ((0.0, -0.6, 0.0), (0.0, 0.6, 0.0))))


def _draw_bar() -> Wire:
    """A slider's grip, wider than high."""
    return Wire((_box((-1.3, 1.3), (-0.55, 0.55)), ((-0.9, 0.0, 0.0), (0.9, 0.0, 0.0))))


def _draw_chin() -> Wire:
    """A line along the lower jaw, from ear to ear, seen from above."""
    return Wire((_arc((1.0, 1.0), start=15, end=165, plane="xz"),))


def _draw_shoulder() -> Wire:
    """An arch over the shoulder, drawn across the body."""
    return Wire((_arc((1.0, 0.5), start=20, end=160),))


def _draw_eye() -> Wire:
    return Wire((_arc((1.0, 1.0)), _arc((0.35, 0.35), points=16)))


def _draw_target() -> Wire:
    """A small ring per eye in one around both: small, since from the front it lies over the face."""
    eyes = tuple(_arc((0.009, 0.009), (x, 0.0), points=20) for x in (-0.0315, 0.0315))
    ticks = tuple(((x, -0.004, 0.0), (x, 0.004, 0.0)) for x in (-0.0315, 0.0315))
    return Wire((*eyes, *ticks, _arc((0.056, 0.02))))


def _rail(handle: Handle) -> tuple[tuple[Point, ...], ...]:
    """The way of a handle: a line for one axis, a box for two, with a tick at rest."""
    (cx, cy), tick = handle.place, 0.003
    x = tuple(cx + travel * TRAVEL for travel in handle.x)
    y = tuple(cy + travel * TRAVEL for travel in handle.y)
    if handle.x == (0, 0):
        return ((cx, y[0], 0.0), (cx, y[1], 0.0)), ((cx - tick, cy, 0.0), (cx + tick, cy, 0.0))
    return (_box((x[0], x[1]), (y[0], y[1])),)


def _draw_board() -> Wire:
    """A face with the ways of all handles in it."""
    wide, high = SIZE
    outline = []
    for x, y, _ in _arc((1.0, 1.0), points=48):  # rounder than an ellipse: room for handles beside the chin
        far = (abs(x) ** BOARD_ROUND + abs(y) ** BOARD_ROUND) ** (1 / BOARD_ROUND)
        outline.append((wide * x / far, high * y / far, 0.0))
    eyes = [_arc((0.021, 0.011), (side * 0.042, 0.028), points=24) for side in (-1, 1)]
    brows = [_arc((0.028, 0.010), (side * 0.041, 0.110), 25, 155, points=12) for side in (-1, 1)]
    nose = ((-0.004, 0.022, 0.0), (-0.009, -0.028, 0.0), (0.009, -0.028, 0.0))
    rails = [run for handle in HANDLES.values() for run in _rail(handle)]
    return Wire((tuple(outline), *eyes, *brows, nose, *rails))


WIRES: dict[str, Callable[[], Wire]] = {
    "ring": _draw_ring,
    "knob": _draw_knob,
    "bar": _draw_bar,
    "chin": _draw_chin,
    "shoulder": _draw_shoulder,
    "eye": _draw_eye,
    "target": _draw_target,
    "board": _draw_board,
}
# Bone -> its shape. Sizes were chosen on heads whose eyes are 63 mm apart.
SHAPES: dict[str, Shape] = {
    "root": Shape("ring", 0.34, (0.0, 0.06, 0.0)),
    "chest": Shape("ring", 0.24, (0.0, 0.17, -0.01)),
    "shoulder_left": Shape("shoulder", 0.09, (0.12, 0.045, 0.0)),
    "shoulder_right": Shape("shoulder", 0.09, (-0.12, 0.045, 0.0)),
    "neck": Shape("ring", 0.10, (0.0, 0.04, 0.02)),
    "head": Shape("ring", 0.16, (0.0, 0.21, 0.02)),
    "jaw": Shape("chin", 0.075, (0.0, -0.075, 0.035)),
    "eye_left": Shape("eye", 0.013, (0.0, 0.0, 0.045)),
    "eye_right": Shape("eye", 0.013, (0.0, 0.0, 0.045)),
    "look_at": Shape("target"),
    FRAME: Shape("board"),
    **{
        name: Shape("bar", 0.0055) if (0, 0) in (handle.x, handle.y) else Shape("knob", 0.0062)
        for name, handle in HANDLES.items()
    },
}


def shape_bones(armature: bpy.types.Object) -> None:
    """Draw the rig's bones in their shapes; a shape that the artist chose stays."""
    for name, shape in SHAPES.items():
        bone = armature.pose.bones.get(name)
        if bone is None or (bone.custom_shape is not None and WIDGET not in bone.custom_shape):
            continue
        bone.custom_shape = _find_widget(shape.wire)
        bone.use_custom_shape_bone_size = False
        bone.custom_shape_scale_xyz = (shape.scale,) * 3
        bone.custom_shape_translation = shape.offset
        bone.custom_shape_wire_width = WIRE_WIDTH


def share_widgets() -> None:
    """Let rigs that brought their own shapes along, from another file, wear those of this file; theirs go."""
    widgets = [obj for obj in bpy.data.objects if WIDGET in obj and obj.library is None]
    if not widgets or len(widgets) <= len(_home().objects):
        return
    for widget in widgets:
        home = _home()
        kept = next((obj for obj in home.objects if obj[WIDGET] == widget[WIDGET]), None)
        if kept is None:
            home.objects.link(widget)
        elif kept != widget:
            mesh = widget.data
            widget.user_remap(kept)
            bpy.data.objects.remove(widget)
            if mesh.users == 0:
                bpy.data.meshes.remove(mesh)


def _home() -> bpy.types.Collection:
    """This file's collection of shapes, made where it is not there."""
    found = next((c for c in bpy.data.collections if c.name == COLLECTION and c.library is None), None)
    if found is not None:
        return found
    home = bpy.data.collections.new(COLLECTION)
    home.hide_viewport = home.hide_render = True
    home.use_fake_user = True  # no scene shows it, and yet it stays in the file
    return home


def _find_widget(name: str) -> bpy.types.Object:
    """The object of a wire in this file, made where it is not there."""
    home = _home()
    found = next((obj for obj in home.objects if obj.get(WIDGET) == name), None)
    if found is not None:
        return found
    wire, title = WIRES[name](), f"WGT likeness {name}"
    points = [point for run in wire.runs for point in run]
    starts = [sum(len(run) for run in wire.runs[:number]) for number in range(len(wire.runs))]
    edges = [
        (start + n, start + n + 1) for start, run in zip(starts, wire.runs, strict=True) for n in range(len(run) - 1)
    ]
    mesh = bpy.data.meshes.new(title)
    mesh.from_pydata(points, edges, [])
    widget = bpy.data.objects.new(title, mesh)
    widget[WIDGET] = name
    home.objects.link(widget)
    return widget
