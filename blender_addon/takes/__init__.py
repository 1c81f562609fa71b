# SPDX-License-Identifier: GPL-3.0-or-later
"""A Performance on a Rig: one action per layer on NLA tracks, the artist's own on top, and the sound."""

from .glances import write_glances
from .layers import Take, apply_performance, put_performance
from .markers import read_changes, read_feeling_markers, show_markers
from .mixer import (
    is_muted,
    is_solo,
    layer_offset,
    layer_range,
    layer_smoothing,
    layer_strength,
    set_muted,
    set_offset,
    set_range,
    set_smoothing,
    set_solo,
    set_strength,
)
from .performance import LAYERS
from .speech import apply_changes, require_record, write_speech
from .strips import take_strips
from .take import (
    duplicate_take,
    free_name,
    list_takes,
    move_take,
    next_take,
    remove_take,
    rename_take,
    reorder_take,
    show_take,
    shown_take,
    shown_takes,
    take_record,
    take_span,
    take_start,
)
from .turns import end_of_others, heard_take

__all__ = [
    "LAYERS",
    "Take",
    "apply_changes",
    "apply_performance",
    "duplicate_take",
    "end_of_others",
    "free_name",
    "heard_take",
    "is_muted",
    "is_solo",
    "layer_offset",
    "layer_range",
    "layer_smoothing",
    "layer_strength",
    "list_takes",
    "move_take",
    "next_take",
    "put_performance",
    "read_changes",
    "read_feeling_markers",
    "remove_take",
    "rename_take",
    "reorder_take",
    "require_record",
    "set_muted",
    "set_offset",
    "set_range",
    "set_smoothing",
    "set_solo",
    "set_strength",
    "show_markers",
    "show_take",
    "shown_take",
    "shown_takes",
    "take_record",
    "take_span",
    "take_start",
    "take_strips",
    "write_glances",
    "write_speech",
]
