# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between the Blender versions we support (4.2 LTS to 5.2 LTS), and nowhere else.

Checked against bpy 4.2.23, 4.5.15, 5.0.1 and 5.2.3.
"""

from __future__ import annotations

from .actions import (
    add_slot,
    clear_curves,
    curve_bag,
    first_slot,
    new_curve,
    play_slot,
    played_slot,
    same_slot,
    slot_curves,
)
from .compositor import (
    compositor_output,
    compositor_tree,
    glow_node,
    make_compositor,
    mix_colors,
    put_over,
    remove_compositor,
    scale_to_render,
    wrap_around,
)
from .exchange import usd_pictures
from .interface import LOCALES, PATH_OPTIONS, listen, stop_listening, tells_of
from .render import (
    dont_light,
    eevee_engine,
    gpu_renderer,
    limit_dither,
    picture_settings,
    picture_shader,
    sharpen_contact,
    use_nodes,
)
from .sequencer import editor_strips, has_sound, move_strip, play_sound, set_strip_end, strip_span, strip_start
from .settings import stored_settings

__all__ = [
    "LOCALES",
    "PATH_OPTIONS",
    "add_slot",
    "clear_curves",
    "compositor_output",
    "compositor_tree",
    "curve_bag",
    "dont_light",
    "editor_strips",
    "eevee_engine",
    "first_slot",
    "glow_node",
    "gpu_renderer",
    "has_sound",
    "limit_dither",
    "listen",
    "make_compositor",
    "mix_colors",
    "move_strip",
    "new_curve",
    "picture_settings",
    "picture_shader",
    "play_slot",
    "play_sound",
    "played_slot",
    "put_over",
    "remove_compositor",
    "same_slot",
    "scale_to_render",
    "set_strip_end",
    "sharpen_contact",
    "slot_curves",
    "stop_listening",
    "stored_settings",
    "strip_span",
    "strip_start",
    "tells_of",
    "usd_pictures",
    "use_nodes",
    "wrap_around",
]
