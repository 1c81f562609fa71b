# SPDX-License-Identifier: GPL-3.0-or-later
"""A classroom: a board on a wall, daylight from a window aside, desks and a shelf behind."""

from __future__ import annotations

import math
import random

from .kit import Kit

WALL = 2.7  # metres behind the face
HIGH = 5.0  # so that pictures for phones do not see over it
BOARD = (2.3, 1.2)
CHALK = (0.62, 0.66, 0.62)


def build_classroom(kit: Kit) -> None:
    _room(kit)
    _board(kit, -0.55)
    _shelf(kit, 1.38)
    _window(kit)
    for x in (-1.05, 1.15):
        _desk(kit, x, 1.35)
    kit.lamp("ceiling light", (3.2, 0.5), (0.0, 1.5, 2.85), (0.0, 2.3, 1.2), 34.0, (1.0, 0.96, 0.90))


def _room(kit: Kit) -> None:
    plaster = kit.paint("plaster", (0.40, 0.38, 0.33), 0.85, (2.0, 2.0, 2.0), 0.06)
    wainscot = kit.paint("wainscot", (0.20, 0.25, 0.25), 0.6, (1.5, 1.5, 1.5), 0.06)
    wood = kit.paint("floor", (0.26, 0.17, 0.10), 0.45, (1.2, 14.0, 3.0), 0.3)
    trim = kit.paint("trim", (0.30, 0.22, 0.14), 0.5, (14.0, 2.0, 2.0), 0.25)
    kit.box("wall", (8.0, 0.1, HIGH), (0.0, WALL + 0.05, HIGH / 2), plaster, 0.0)
    kit.box("wainscot", (8.0, 0.02, 0.86), (0.0, WALL - 0.01, 0.43), wainscot, 0.002)
    kit.box("rail", (8.0, 0.035, 0.05), (0.0, WALL - 0.017, 0.88), trim, 0.008)
    kit.box("skirting", (8.0, 0.03, 0.1), (0.0, WALL - 0.02, 0.05), trim, 0.006)
    kit.box("floor", (8.0, 7.0, 0.04), (0.0, WALL - 3.5, -0.02), wood, 0.0)
    kit.box("right wall", (0.1, 7.0, HIGH), (3.6, WALL - 3.5, HIGH / 2), plaster, 0.0)


def _board(kit: Kit, x: float) -> None:
    width, height = BOARD
    slate = kit.paint("slate", (0.045, 0.105, 0.085), 0.75, (0.9, 0.9, 1.6), 0.35, 0.15)
    frame = kit.paint("frame", (0.33, 0.22, 0.12), 0.45, (3.0, 3.0, 16.0), 0.3)
    metal = kit.paint("tray", (0.32, 0.32, 0.31), 0.35)
    y, z = WALL - 0.03, 1.62
    kit.box("board", (width, 0.02, height), (x, y, z), slate, 0.001)
    for side in (-1, 1):
        kit.box(f"board side {side}", (0.045, 0.035, height + 0.09), (x + side * (width / 2 + 0.02), y, z), frame)
        kit.box(f"board edge {side}", (width, 0.035, 0.045), (x, y, z + side * (height / 2 + 0.022)), frame)
    kit.box("chalk tray", (width * 0.7, 0.08, 0.015), (x, y - 0.04, z - height / 2 - 0.05), metal, 0.004)
    chalk = kit.paint("chalk", CHALK, 0.95, (90.0, 90.0, 90.0), 0.5, 0.0)
    for i, length in enumerate((0.08, 0.05)):
        kit.box(f"chalk {i}", (length, 0.011, 0.011), (x + 0.5 + 0.13 * i, y - 0.05, z - height / 2 - 0.036), chalk)
    _drawing(kit, x, y - 0.0115, z, chalk)


def _drawing(kit: Kit, x: float, y: float, z: float, chalk) -> None:
    """What a lesson leaves: axes with a curve, a triangle, and lines of writing too far away to be read."""
    hand = random.Random(3)

    def draw(name: str, points: list[tuple[float, float]], width: float = 0.009) -> None:
        wobbly = [(px + hand.uniform(-1, 1) * 0.0015, pz + hand.uniform(-1, 1) * 0.0015) for px, pz in points]
        kit.ribbon(name, wobbly, width, (x, y, z), chalk)

    draw("axis x", [(-1.0 + 0.05 * i, -0.28) for i in range(14)])
    draw("axis z", [(-0.95, -0.36 + 0.05 * i) for i in range(14)])
    draw("curve", [(-0.93 + 0.02 * i, -0.26 + 0.5 * math.sin(0.07 * i) ** 2) for i in range(30)])
    draw("triangle", [(0.52, -0.28), (0.98, -0.28), (0.98, 0.04), (0.52, -0.28)])
    for row, (start, length) in enumerate(((0.10, 0.62), (0.10, 0.5), (0.10, 0.56))):
        points, at = [], start
        while at < start + length:
            points.append((at, 0.42 - 0.11 * row + hand.uniform(-0.018, 0.022)))
            at += hand.uniform(0.008, 0.02)
        draw(f"writing {row}", points, 0.006)


def _shelf(kit: Kit, x: float) -> None:
    wood = kit.paint("shelf wood", (0.36, 0.25, 0.15), 0.5, (2.0, 3.0, 16.0), 0.25)
    width, depth, top, y = 1.0, 0.3, 1.32, WALL - 0.19
    for side in (-1, 1):
        kit.box(f"shelf side {side}", (0.025, depth, top), (x + side * width / 2, y, top / 2), wood)
    kit.box("shelf back", (width, 0.012, top), (x, y + depth / 2, top / 2), wood, 0.0)
    for level in (0.08, 0.5, 0.92, top):
        kit.box(f"shelf board {level}", (width, depth, 0.025), (x, y, level), wood)
    for level in (0.5, 0.92):
        _books(kit, x - width / 2 + 0.03, y - 0.02, level + 0.0125, 0.9, f"{level}")
    _books(kit, x - width / 2 + 0.03, y - 0.02, top + 0.0125, 0.42, "top")
    sea = kit.paint("globe", (0.12, 0.22, 0.30), 0.35, (6.0, 6.0, 6.0), 0.6)
    metal = kit.paint("tray", (0.32, 0.32, 0.31), 0.35)
    ball = [(0.13 * math.sin(a), 0.2 - 0.13 * math.cos(a)) for a in (math.pi * i / 18 for i in range(19))]
    kit.turned("globe", ball, (x + 0.27, y, top + 0.0125), sea)
    kit.turned("globe foot", [(0.0, 0.0), (0.08, 0.0), (0.07, 0.015), (0.012, 0.03), (0.012, 0.08)],
               (x + 0.27, y, top + 0.0125), metal)  # fmt: skip


SPINES = (
    ("red book", (0.27, 0.075, 0.06)),
    ("blue book", (0.07, 0.12, 0.22)),
    ("green book", (0.10, 0.17, 0.10)),
    ("ochre book", (0.38, 0.25, 0.09)),
    ("cream book", (0.48, 0.43, 0.34)),
    ("grey book", (0.16, 0.16, 0.17)),
)


def _books(kit: Kit, x: float, y: float, z: float, length: float, name: str) -> None:
    hand = random.Random(name)
    end, count = x + length, 0
    while x < end:
        thick, high, deep = hand.uniform(0.018, 0.045), hand.uniform(0.2, 0.31), hand.uniform(0.16, 0.21)
        paint = kit.paint(*SPINES[hand.randrange(len(SPINES))], 0.65)
        kit.box(f"book {name} {count}", (thick, deep, high), (x + thick / 2, y, z + high / 2), paint, 0.003)
        x, count = x + thick + hand.choice((0.001, 0.001, 0.02)), count + 1


def _window(kit: Kit) -> None:
    """To the viewer's left: seen only when the camera turns, but its light is on everything."""
    white = kit.paint("window frame", (0.55, 0.54, 0.50), 0.4)
    plaster = kit.paint("plaster", (0.40, 0.38, 0.33), 0.85)
    sky = kit.glow("sky", (0.62, 0.74, 0.88), 1.0)
    x, y = -3.0, 0.9
    kit.box("left wall below", (0.1, 7.0, 0.9), (x - 0.05, WALL - 3.5, 0.45), plaster, 0.0)
    kit.box("left wall above", (0.1, 7.0, 0.6), (x - 0.05, WALL - 3.5, 2.7), plaster, 0.0)
    kit.card("sky", 6.0, 1.6, (x - 0.09, y, 1.65), sky, 90.0)
    for offset in (-1.2, -0.4, 0.4, 1.2):
        kit.box(f"window post {offset}", (0.08, 0.06, 1.5), (x - 0.02, y + offset, 1.65), white)
    for level in (0.92, 1.65, 2.38):
        kit.box(f"window bar {level}", (0.08, 4.0, 0.05), (x - 0.02, y, level), white)
    kit.lamp("window light", (3.0, 1.5), (x + 0.1, 1.2, 1.75), (0.6, WALL, 1.2), 120.0, (0.93, 0.97, 1.0))


def _desk(kit: Kit, x: float, y: float) -> None:
    wood = kit.paint("desk wood", (0.42, 0.30, 0.18), 0.4, (2.0, 14.0, 3.0), 0.22)
    steel = kit.paint("steel", (0.12, 0.13, 0.14), 0.4)
    kit.box(f"desk top {x}", (0.75, 0.5, 0.025), (x, y, 0.74), wood, 0.006)
    for side in (-1, 1):
        for end in (-1, 1):
            kit.box(f"desk leg {x} {side} {end}", (0.03, 0.03, 0.73), (x + side * 0.34, y + end * 0.21, 0.365), steel)
    kit.box(f"chair back {x}", (0.4, 0.02, 0.2), (x, y + 0.52, 0.74), wood, 0.008)
    kit.box(f"chair seat {x}", (0.4, 0.38, 0.02), (x, y + 0.34, 0.44), wood, 0.008)
    for side in (-1, 1):
        kit.box(f"chair post {x} {side}", (0.025, 0.025, 0.84), (x + side * 0.18, y + 0.53, 0.42), steel)
