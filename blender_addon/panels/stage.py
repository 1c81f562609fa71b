# SPDX-License-Identifier: GPL-3.0-or-later
"""Light, camera and background around the avatar."""

from __future__ import annotations

import bpy

from ..filming import FILED
from ..operators.staging import why_not_dress, why_not_frame
from .job import LikenessPanel
from .text import draw_missing


class LIKENESS_PT_stage(LikenessPanel, bpy.types.Panel):
    """What is around the avatar"""

    bl_label = "Stage"
    bl_order = 6

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.operator("likeness.build_studio", icon="LIGHT_AREA")


class LIKENESS_PT_camera(LikenessPanel, bpy.types.Panel):
    """How the avatars are seen"""

    bl_label = "Camera"
    bl_parent_id = "LIKENESS_PT_stage"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness.staging
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "preset")
        column.prop(settings, "move")
        if settings.move not in ("still", "rack_focus"):
            column.prop(settings, "amount")
        column.prop(settings, "lens")
        column.prop(settings, "depth_of_field")
        draw_missing(layout, context, why_not_frame(context))
        layout.operator("likeness.frame_camera", icon="CAMERA_DATA")


class LIKENESS_PT_surroundings(LikenessPanel, bpy.types.Panel):
    """How the avatars are lit, and what is behind them"""

    bl_label = "Light and Background"
    bl_parent_id = "LIKENESS_PT_stage"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness.staging
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "light")
        column.prop(settings, "background")
        names = {"color": ("color",), "desk": ("screen",), "plate": ("file", "horizon", "plate_lens")}
        for name in names.get(settings.background, ("file",) if settings.background in FILED else ()):
            column.prop(settings, name)
        column.prop(settings, "film_look")
        draw_missing(layout, context, why_not_dress(context))
        layout.operator("likeness.dress_stage", icon="WORLD")


CLASSES = (LIKENESS_PT_stage, LIKENESS_PT_camera, LIKENESS_PT_surroundings)
