# SPDX-License-Identifier: GPL-3.0-or-later
"""A framed camera that moves, as far as the faces stay where they may be. No bpy here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .cameras import Move, Offset
from .framing import Composition, Subjects, View, overflow, rim_shown

SEEN_MORE = 0.05  # share of the picture by which a body's end that is seen anyway may be seen more
STEPS = 10  # in which the largest amount of a move is searched


def offset_view(view: View, anchor: np.ndarray, distance: float, offset: Offset) -> View:
    """A standing camera, moved about its anchor."""
    axes, places = [], []
    for frame in range(len(view.place)):
        base = view.axes[frame]
        arm = (view.place[frame] - anchor) * (1.0 - offset.nearer[frame])
        arm = arm + distance * (offset.aside[frame] * base[:, 0] + offset.above[frame] * base[:, 1])
        walk = _turn(offset.around[frame], 2)
        pitch, yaw, roll = offset.turn[frame]
        places.append(anchor + walk @ arm)
        axes.append(walk @ base @ _turn(yaw, 1) @ _turn(pitch, 0) @ _turn(roll, 2))
    return replace(view, place=np.array(places), axes=np.array(axes))


def move_view(
    view: View,
    distance: float,
    subjects: Subjects,
    wanted: Composition,
    move: Move,
    seconds: np.ndarray,
    amount: float,
    seed: int,
) -> tuple[View, float]:
    """The view with a move, and how much of it: the most, up to ``amount``, with which the picture stays composed."""
    length = float(seconds[-1] - seconds[0])
    progress = (seconds - seconds[0]) / length if length > 0 else np.zeros_like(seconds)

    def moved(part: float) -> View:
        offset = move.offset(progress, seconds - seconds[0], part, seed)
        return offset_view(view, subjects.anchor, distance, offset)

    # What the standing camera cannot keep, a moving one need not.
    least = max(overflow(view, subjects, wanted), 0.0), max(rim_shown(view, subjects), 0.0)
    least = (least[0], least[1] + SEEN_MORE if least[1] else 0.0)
    for step in range(STEPS, 0, -1):
        part = amount * step / STEPS
        tried = moved(part)
        if overflow(tried, subjects, wanted) <= least[0] and rim_shown(tried, subjects) <= least[1]:
            return tried, part
    return moved(0.0), 0.0


def key_frames(frames: Sequence[int], fps: float, apart: float) -> list[int]:
    """At which of a shot's frames keys are: first and last, and between them as many seconds apart as said."""
    if len(frames) < 2:
        return list(frames[:1])
    step = len(frames) - 1 if apart <= 0 else max(round(apart * fps), 1)
    count = max(round((len(frames) - 1) / step), 1)
    return sorted({frames[round(n * (len(frames) - 1) / count)] for n in range(count + 1)})


def _turn(angle: float, axis: int) -> np.ndarray:
    """The rotation by an angle about one of the three axes."""
    one, other = [n for n in range(3) if n != axis]
    turn = np.eye(3)
    sign = -1.0 if axis == 1 else 1.0
    turn[one, one] = turn[other, other] = np.cos(angle)
    turn[one, other], turn[other, one] = -sign * np.sin(angle), sign * np.sin(angle)
    return turn
