# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of a take that tells it from others: the strongest feeling, the widest mouth, open eyes."""

from __future__ import annotations

import re

import bpy
import numpy as np

from .. import compat
from .strips import take_strips
from .take import take_span

# Channel -> how much it tells; a closed eye tells against a moment.
TELLING = {
    "jawOpen": 0.6,
    "mouthSmileLeft": 1.0,
    "mouthSmileRight": 1.0,
    "mouthFrownLeft": 1.5,
    "mouthFrownRight": 1.5,
    "browInnerUp": 1.0,
    "browDownLeft": 1.0,
    "browDownRight": 1.0,
    "browOuterUpLeft": 0.5,
    "browOuterUpRight": 0.5,
    "eyeBlinkLeft": -4.0,
}
_CHANNEL = re.compile(r'\["(\w+)"\]')
MOST_FRAMES = 400  # that are looked at


def telling_frame(armature: bpy.types.Object, take: str) -> int | None:
    """The scene's frame at which a take is most itself, by its keys alone; None without that take."""
    span = take_span(armature, take)
    if span is None:
        return None
    frames = np.unique(np.linspace(*span, min(span[1] - span[0] + 1, MOST_FRAMES)).round().astype(int))
    told = np.zeros(len(frames))
    for found in take_strips(armature, take).values():
        strip = found.strip
        for curve in compat.slot_curves(compat.played_slot(strip)):
            name = _CHANNEL.fullmatch(curve.data_path)
            share = TELLING.get(name[1]) if name is not None else None
            if share is not None:
                offset = strip.action_frame_start - strip.frame_start
                told += share * np.array([curve.evaluate(frame + offset) for frame in frames.tolist()])
    return int(frames[told.argmax()])
