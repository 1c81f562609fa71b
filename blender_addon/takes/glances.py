# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a take looks, seen from who is looked at: the eyes' glances without what takes back the head's turns.

A rig that looks at somebody (`rig/looking.py`) holds that target however its head turns; what its gaze layer does
beyond, glances aside and the walk over a face, lies in the same layer as two curves of their own.
"""

from __future__ import annotations

import bpy
import numpy as np

from .. import compat
from ..rig.looking import GLANCES
from .channels import Target
from .curves import add_curves, read_curve
from .keys import SAMPLES
from .strips import own_action, take_strips
from .take import list_takes

# Share of the head's rotation that the performed eyes take back: _COUNTER of core/performance/gaze.py.
COUNTER = 0.95
EYES, HEADS = ("eye_left", "eye_right"), ("head", "neck")
# Property of the rig -> local axis of the bones that it is read of, and its sign.
AXES = dict(zip(GLANCES, ((0, -1), (1, 1)), strict=True))


def write_glances(armature: bpy.types.Object) -> int:
    """Let every take of a rig that can look at somebody hold its glances; returns of how many takes it does."""
    if not all(name in armature for name in GLANCES):
        return 0
    return sum(_write(armature, take) for take in list_takes(armature))


def _write(armature: bpy.types.Object, take: str) -> bool:
    strips = take_strips(armature, take)
    gaze = strips.get("gaze")
    if gaze is None:
        return False
    frames = np.arange(SAMPLES * round(gaze.strip.action_frame_end) + 1) / SAMPLES
    sums = {name: np.zeros(len(frames)) for name in GLANCES}
    for layer, found in strips.items():
        bag = compat.curve_bag(compat.played_slot(found.strip))
        for name, (axis, sign) in AXES.items():
            for bone in (*(EYES if layer == "gaze" else ()), *HEADS):
                curve = bag.fcurves.find(f'pose.bones["{bone}"].rotation_euler', index=axis)
                if curve is not None:
                    share = COUNTER if bone in HEADS else 1 / len(EYES)
                    sums[name] += sign * share * read_curve(curve, frames)
    own_action(gaze)
    bag = compat.curve_bag(compat.played_slot(gaze.strip))
    targets = {name: Target(f'["{name}"]', 0, 1, "Glances", 1.0) for name in GLANCES}
    add_curves(bag, {targets[name]: curve for name, curve in sums.items()})
    return True
