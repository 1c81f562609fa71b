# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that a synthetic person's hair wears: locks side by side, root above tip, and a strip of undercoat.

Each lock is drawn in several depths of shade: the same lock lies darker under others than on top of them.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.colour import smoothstep, to_srgb
from core.people.hair_colour import hair_colour
from core.people.sliders import Looks

SIZE = 1024
LOCKS, SHADES = 4, (0.52, 0.78, 1.0)  # kinds of lock, and how light each is drawn
COAT = 256  # texels of width that hold the undercoat
WIDE = (SIZE - COAT) // (LOCKS * len(SHADES))  # texels of a lock's width
STRANDS = 46  # of a lock
ROOT_SHADE = 0.62  # of a lock's root beside its middle
BLEACH = 0.22  # by how much the tips are lighter (log)
UNEVEN, SALTED = 0.42, {"grey": 0.75}  # deviation of single strands (log), and of those of which some are white
TINTED, WARMER = 0.10, np.array([1.0, 0.25, -0.6])  # by which one lock is warmer than another (log)


def lock_uv(lock: np.ndarray, shade: np.ndarray, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """UV (..., 2) of a lock's kind, its shade's number, and shares 0..1 across and from the root along it."""
    column = (lock * len(SHADES) + shade) * WIDE
    u = (column + 0.5 + across * (WIDE - 1)) / SIZE
    return np.stack([u, 1 - (0.5 + along * (SIZE - 1)) / SIZE], axis=-1)


def coat_uv(across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """UV (..., 2) of the undercoat at shares 0..1 of its strip."""
    return np.stack([(SIZE - COAT + 1 + across * (COAT - 2)) / SIZE, 1 - (0.5 + along * (SIZE - 1)) / SIZE], axis=-1)


def paint_hair(looks: Looks, short: bool, buzzed: bool) -> np.ndarray:
    """(SIZE, SIZE, 4) uint8 sRGB with alpha; short: cut hair ends more abruptly; buzzed: one
    sees the scalp between it."""
    random, colour = looks.random("locks"), hair_colour(looks)
    picture = np.zeros((SIZE, SIZE, 4), np.float32)
    for lock in range(LOCKS):
        light, cover = _draw_lock(random, short, SALTED.get(looks.choices["hair_colour"], UNEVEN))
        own = colour * np.exp(TINTED * float(random.standard_normal()) * WARMER)
        for number, shade in enumerate(SHADES):
            column = (lock * len(SHADES) + number) * WIDE
            picture[:, column : column + WIDE, :3] = own * shade * np.exp(light)[..., None]
            picture[:, column : column + WIDE, 3] = cover
    coat, deep = _draw_coat(random, buzzed), np.linspace(0, 1, SIZE)[:, None]
    picture[:, SIZE - COAT :, :3] = colour * (0.8 if buzzed else 0.62) * np.exp(coat)[..., None]
    thin = smoothstep(deep, 0.0, 0.36 if buzzed else 0.14)
    full = 0.0 if buzzed else smoothstep(deep, 0.07, 0.19)
    picture[:, SIZE - COAT :, 3] = thin * ((0.46 if buzzed else 0.85) + (0.9 if buzzed else 0.5) * coat) + full
    alpha = (np.clip(picture[..., 3], 0, 1) * 255 + 0.5).astype(np.uint8)
    return np.dstack([to_srgb(np.clip(picture[..., :3], 0, 1)), alpha])


def _draw_lock(random: np.random.Generator, short: bool, uneven: float) -> tuple[np.ndarray, np.ndarray]:
    """Lightness (log) and alpha (SIZE, WIDE) of a lock, strand by strand."""
    scale = 3
    wide, high = WIDE * scale, SIZE
    light, cover = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    along = np.linspace(0, 1, 60)
    order = random.permutation(STRANDS)
    for strand in order:
        middle = (strand + random.uniform(0, 1)) / STRANDS
        drawn_in = 0.5 + (middle - 0.5) * (1 - 0.35 * along**2)  # towards the tip the lock narrows
        wave = 0.018 * np.sin(along * random.uniform(3, 7) + random.uniform(0, 6.3)) * along
        edge = abs(middle - 0.5) * 2
        first = max(0.0, 0.22 * (edge - 0.45)) * random.uniform(0, 1)
        last = random.uniform(0.55, 1.0) if short else random.uniform(0.62, 1.0)
        last -= 0.25 * max(0.0, edge - 0.5) * random.uniform(0, 1)
        shown = (along >= first) & (along <= last)
        line = np.stack([(drawn_in + wave) * wide, along * high], axis=1)[shown]
        width = random.uniform(1.3, 3.9) * scale * (1 - 0.4 * edge)
        value = random.normal(0, uneven)
        _draw_strand(light, cover, line, width, value)
    gloss = 0.10 * np.sin(np.linspace(0, 2 * np.pi, high) + random.uniform(0, 6.3))
    root = np.log(ROOT_SHADE) * (1 - smoothstep(np.linspace(0, 1, high), 0.0, 0.35))
    tip = BLEACH * np.linspace(0, 1, high) ** 2
    fine = cv2.GaussianBlur(random.standard_normal((high, wide)).astype(np.float32), (0, 0), sigmaX=1.2, sigmaY=26)
    light += 0.16 * fine / fine.std() + (gloss + root + tip)[:, None]
    size = (WIDE, SIZE)
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA), cv2.resize(cover, size, interpolation=cv2.INTER_AREA)


def _draw_strand(light: np.ndarray, cover: np.ndarray, line: np.ndarray, width: float, value: float) -> None:
    """Lay a strand along a line (N, 2) over a lock; its tip thins out."""
    if len(line) < 8:
        return
    points = np.round(line * 16).astype(np.int32)
    for start, share in ((0, 1.0), (int(len(line) * 0.8), 0.6), (int(len(line) * 0.92), 0.3)):
        end = {0: int(len(line) * 0.8) + 1, int(len(line) * 0.8): int(len(line) * 0.92) + 1}.get(start, len(line))
        piece = [points[start:end]]
        thick = max(1, round(width * share))
        cv2.polylines(cover, piece, False, 1.0, thick, cv2.LINE_8, 4)
        cv2.polylines(light, piece, False, value, thick, cv2.LINE_8, 4)


def _draw_coat(random: np.random.Generator, buzzed: bool) -> np.ndarray:
    """Lightness (log) (SIZE, COAT) of short hair that lies on the scalp, running down the picture."""
    noise = np.zeros((SIZE, COAT), np.float32)
    drawn_out = ((0.7, 2.4, 1.0), (1.5, 4.0, 0.5), (9.0, 30.0, 0.2))
    for across, along, share in drawn_out if buzzed else ((0.8, 14.0, 1.0), (2.0, 30.0, 0.8), (7.0, 60.0, 0.5)):
        layer = random.standard_normal((SIZE, COAT)).astype(np.float32)
        layer = cv2.GaussianBlur(layer, (0, 0), sigmaX=across, sigmaY=along)
        noise += share * layer / layer.std()
    return 0.28 * noise / noise.std()
