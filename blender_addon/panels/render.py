# SPDX-License-Identifier: GPL-3.0-or-later
"""From a take to a clip."""

from __future__ import annotations

import bpy

from ..operators.render import clip_path, why_not_render
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence


class LIKENESS_PT_render(LikenessPanel, bpy.types.Panel):
    """Size, engine and file of the clip"""

    bl_label = "Render"
    bl_order = 7

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "engine")
        column.prop(settings, "use_scene_size")
        column.prop(settings, "clip")
        delivery = settings.delivery
        column.row().prop(delivery, "quality", expand=True)
        column.prop(delivery, "use")
        column.prop(delivery, "label")
        if not delivery.label:
            column.prop(delivery, "label_reason")
        missing = why_not_render(context)
        draw_sentence(layout, context, missing or tell("Into {path}", path=clip_path(context)), "INFO")
        layout.operator("likeness.render_clip", icon="RENDER_ANIMATION")
        layout.operator("likeness.write_captions", icon="TEXT")


CLASSES = (LIKENESS_PT_render,)
