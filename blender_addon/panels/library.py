# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar as an asset, and avatars that came from a library."""

from __future__ import annotations

import bpy

from ..operators.library import to_edit, why_no_asset
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence, has_avatar


class LIKENESS_PT_library(LikenessPanel, bpy.types.Panel):
    """Into a library, and out of one."""

    bl_label = "Library"
    bl_parent_id = "LIKENESS_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 3

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_avatar(context) or to_edit(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, linked = self.layout, to_edit(context)
        if linked is not None:
            draw_sentence(
                layout,
                context,
                tell("{name} comes from a library and cannot be changed yet.", name=linked.name),
                "INFO",
            )
            layout.operator("likeness.make_editable", icon="LIBRARY_DATA_OVERRIDE")
            return
        missing = why_no_asset(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        layout.operator("likeness.mark_avatar", icon="ASSET_MANAGER")
        layout.operator("likeness.save_to_library", icon="FILE_TICK")


CLASSES = (LIKENESS_PT_library,)
