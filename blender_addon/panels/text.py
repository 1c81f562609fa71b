# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences in panels: Blender's labels do not wrap, these do."""

from __future__ import annotations

import bpy

from ..operators.job import NO_AVATAR, NO_TAKE, NOT_CHOSEN, why_busy, why_no_core
from ..rig.assemble import is_rig
from ..words import tell, wrap

PIXELS_PER_LETTER = 7.0  # of the interface font, at scale 1
STANDARD_WIDTH = 260.0  # pixels of the sidebar, where no region says its own


def draw_missing(layout: bpy.types.UILayout, context: bpy.types.Context, why: str, is_here: bool = False) -> None:
    """Why something cannot be done yet, unless that is told elsewhere; its greyed-out button says it in any case.

    What everything lacks alike stands once, where the next step is: no avatar, no take and what is at work in the
    panel of the step itself, which is_here says; no core in the box of the first run (setting_up.py).
    """
    told_here = (why_busy(), NO_AVATAR, NO_TAKE, NOT_CHOSEN)
    if why != why_no_core() and (is_here or why not in told_here):
        draw_sentence(layout, context, why, "INFO")


def has_avatar(context: bpy.types.Context) -> bool:
    """Whether the next step is a take, not an avatar."""
    return any(is_rig(obj) for obj in context.scene.objects)


def draw_sentence(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE", share: float = 1.0
) -> None:
    """A sentence over as many lines as its share of the region's width needs; the icon stands at the first."""
    region = context.region
    width = region.width if region is not None and region.width > 1 else STANDARD_WIDTH
    scale = context.preferences.system.ui_scale or 1.0  # 0 in background
    letters = max(int((width * share / scale - 50) / PIXELS_PER_LETTER), 16)
    column = layout.column(align=True)
    column.scale_y = 0.85
    for number, line in enumerate(wrap(tell(text), letters)):
        column.label(text=line, icon=icon if number == 0 else ("BLANK1" if icon != "NONE" else "NONE"))
