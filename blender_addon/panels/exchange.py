# SPDX-License-Identifier: GPL-3.0-or-later
"""Out to other programs and in from them."""

from __future__ import annotations

import bpy

from ..exchange import FORMATS
from ..operators.exchange import why_not_export
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence


class LIKENESS_PT_exchange(LikenessPanel, bpy.types.Panel):
    """Exports of the avatar in hand, captures onto it"""

    bl_label = "Exchange"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 9

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = why_not_export(context)
        scene = context.scene
        told = missing or tell(
            "Exports hold the frames {frame_start} to {frame_end}.",
            frame_start=scene.frame_start,
            frame_end=scene.frame_end,
        )
        draw_sentence(layout, context, told, "INFO")
        row = layout.row(align=True)
        for kind, entry in FORMATS.items():
            row.operator("likeness.export_rig", text=entry.name).kind = kind
        layout.operator("likeness.export_motion", icon="EXPORT")
        layout.operator("likeness.bake_rig", icon="ACTION")
        layout.operator("likeness.import_capture", icon="IMPORT")


CLASSES = (LIKENESS_PT_exchange,)
