# SPDX-License-Identifier: GPL-3.0-or-later
"""A Performance on a Rig: one action per layer on NLA tracks, the artist's own on top, and the sound."""

from .layers import Take, apply_performance
from .mixer import set_offset, set_smoothing, set_strength
from .strips import take_strips
from .take import list_takes, next_take, remove_take, rename_take, show_take, shown_take, take_record

__all__ = [
    "Take",
    "apply_performance",
    "list_takes",
    "next_take",
    "remove_take",
    "rename_take",
    "set_offset",
    "set_smoothing",
    "set_strength",
    "show_take",
    "shown_take",
    "take_record",
    "take_strips",
]
