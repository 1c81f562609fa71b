# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in an office: its edge before the presenter, and a screen on the wall beside him."""

from __future__ import annotations

import math
import random

from .kit import Kit

WALL = 1.35  # metres behind the face
HIGH = 5.0  # so that pictures for phones do not see over it
SCREEN = (1.06, 0.596)  # 48 inches
SCREEN_PLACE = (0.70, WALL - 0.045, 1.60)
DESK_TOP = 1.255  # as far under the eyes as of one who sits; it covers where a bust ends


def build_desk(kit: Kit) -> None:
    _room(kit)
    _screen(kit)
    _shelf(kit)
    _table(kit)
    kit.lamp("wall wash", (2.6, 0.25), (0.1, 0.55, 2.75), (0.1, WALL, 1.3), 15.0, (1.0, 0.93, 0.84))


def _room(kit: Kit) -> None:
    wall = kit.paint("wall", (0.20, 0.23, 0.25), 0.85, (2.2, 2.2, 2.2), 0.06)
    slats = kit.paint("slats", (0.24, 0.155, 0.09), 0.5, (9.0, 9.0, 1.2), 0.3)
    floor = kit.paint("carpet", (0.10, 0.10, 0.105), 0.95, (60.0, 60.0, 60.0), 0.3)
    kit.box("wall", (7.0, 0.1, HIGH), (0.0, WALL + 0.05, HIGH / 2), wall, 0.0)
    kit.box("floor", (7.0, 6.0, 0.04), (0.0, WALL - 3.0, -0.02), floor, 0.0)
    kit.box("left wall", (0.1, 6.0, 3.0), (-2.6, WALL - 3.0, 1.5), wall, 0.0)
    kit.box("right wall", (0.1, 6.0, 3.0), (2.6, WALL - 3.0, 1.5), wall, 0.0)
    for i in range(16):
        kit.box(f"slat {i}", (0.032, 0.03, HIGH), (-1.52 + 0.055 * i, WALL - 0.015, HIGH / 2), slats, 0.004)


def _screen(kit: Kit) -> None:
    black = kit.paint("screen frame", (0.012, 0.012, 0.014), 0.3)
    width, height = SCREEN
    x, y, z = SCREEN_PLACE
    kit.box("screen case", (width + 0.03, 0.05, height + 0.03), (x, y + 0.027, z), black, 0.008)
    kit.screen(width, height, SCREEN_PLACE)


def _shelf(kit: Kit) -> None:
    wood = kit.paint("shelf wood", (0.30, 0.20, 0.12), 0.5, (2.0, 12.0, 12.0), 0.25)
    for level, length in ((1.28, 0.72), (1.72, 0.72)):
        kit.box(f"shelf {level}", (length, 0.22, 0.028), (-0.86, WALL - 0.14, level), wood)
    _books(kit, -1.18, WALL - 0.13, 1.294)
    _plant(kit, -0.66, WALL - 0.15, 1.294)
    _lamp(kit, -0.98, WALL - 0.16, 1.734)
    frame = kit.paint("screen frame", (0.012, 0.012, 0.014), 0.3)
    paper = kit.paint("print", (0.42, 0.40, 0.36), 0.8, (5.0, 5.0, 5.0), 0.5)
    kit.box("frame", (0.2, 0.018, 0.26), (-0.68, WALL - 0.1, 1.866), frame, 0.003)
    kit.box("print", (0.17, 0.004, 0.23), (-0.68, WALL - 0.111, 1.866), paper, 0.0)


def _books(kit: Kit, x: float, y: float, z: float) -> None:
    hand = random.Random(5)
    colors = ((0.30, 0.10, 0.07), (0.09, 0.14, 0.22), (0.45, 0.40, 0.32), (0.14, 0.15, 0.15), (0.34, 0.24, 0.10))
    for i in range(9):
        thick, high, deep = hand.uniform(0.018, 0.04), hand.uniform(0.17, 0.26), hand.uniform(0.13, 0.17)
        paint = kit.paint(f"spine {i % 5}", colors[i % 5], 0.6)
        kit.box(f"book {i}", (thick, deep, high), (x + thick / 2, y, z + high / 2), paint, 0.003)
        x += thick + 0.001


def _plant(kit: Kit, x: float, y: float, z: float) -> None:
    pot = kit.paint("pot", (0.40, 0.36, 0.31), 0.75)
    leaf = kit.paint("leaf", (0.055, 0.125, 0.045), 0.5, (20.0, 20.0, 20.0), 0.35)
    kit.turned(
        "pot", [(0.0, 0.0), (0.05, 0.0), (0.066, 0.11), (0.06, 0.11), (0.054, 0.09), (0.0, 0.09)], (x, y, z), pot
    )
    hand = random.Random(11)
    for i in range(26):
        around, lean = hand.uniform(0, 2 * math.pi), hand.uniform(0.15, 1.1)
        kit.leaf(f"leaf {i}", hand.uniform(0.12, 0.24), 0.035, (x, y, z + 0.09), (lean, around), leaf)


def _lamp(kit: Kit, x: float, y: float, z: float) -> None:
    brass = kit.paint("brass", (0.32, 0.22, 0.10), 0.35)
    shade = kit.glow("lamp shade", (1.0, 0.70, 0.40), 0.85)
    kit.turned("lamp foot", [(0.0, 0.0), (0.06, 0.0), (0.058, 0.012), (0.009, 0.02), (0.009, 0.14)], (x, y, z), brass)
    kit.turned("lamp shade", [(0.085, 0.12), (0.06, 0.27)], (x, y, z), shade)
    kit.lamp("lamp glow", (0.12, 0.12), (x, y - 0.02, z + 0.3), (x, y + 0.04, z + 1.0), 1.6, (1.0, 0.62, 0.30))


def _table(kit: Kit) -> None:
    wood = kit.paint("table", (0.30, 0.20, 0.125), 0.38, (1.6, 12.0, 12.0), 0.25)
    steel = kit.paint("steel", (0.05, 0.05, 0.055), 0.4)
    y = -0.6
    kit.box("table top", (2.0, 0.76, 0.032), (0.0, y, DESK_TOP - 0.016), wood, 0.007)
    for side in (-1, 1):
        kit.box(f"table leg {side}", (0.07, 0.4, DESK_TOP - 0.03), (side * 0.88, y, (DESK_TOP - 0.03) / 2), steel)
    glaze = kit.paint("mug", (0.50, 0.47, 0.42), 0.3)
    mug = [(0.0, 0.0), (0.036, 0.0), (0.04, 0.006), (0.04, 0.092), (0.036, 0.092), (0.036, 0.012), (0.0, 0.012)]
    kit.turned("mug", mug, (-0.44, y + 0.14, DESK_TOP), glaze)
    cover = kit.paint("notebook", (0.09, 0.13, 0.19), 0.6)
    page = kit.paint("pages", (0.60, 0.57, 0.50), 0.9)
    kit.box("notebook", (0.15, 0.21, 0.004), (0.34, y + 0.05, DESK_TOP + 0.016), cover, 0.001, 12.0)
    kit.box("pages", (0.145, 0.2, 0.012), (0.34, y + 0.05, DESK_TOP + 0.008), page, 0.0, 12.0)
