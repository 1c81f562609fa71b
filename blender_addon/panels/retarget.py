# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances on other rigs."""

from __future__ import annotations

import bpy

from .. import retarget
from ..exchange.capture import tell_names
from ..operators.retarget import read_rows, why_not_map, why_not_take
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence

# Names that are told of the keys that nothing moves.
MOST = 12


class LIKENESS_UL_rows(bpy.types.UIList):
    """Key or bone, what moves it, how strongly"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        split = layout.split(factor=0.4, align=True)
        part = "" if item.part == "KEY" else f" {tell(item.part.capitalize())}"
        split.label(text=f"{item.target}{part}", icon="SHAPEKEY_DATA" if item.part == "KEY" else "BONE_DATA")
        row = split.row(align=True)
        row.prop(item, "source", text="", emboss=False)
        row.prop(item, "gain", text="", emboss=False)


class LIKENESS_PT_retarget(LikenessPanel, bpy.types.Panel):
    """Mapping of the selected object, and what to put on it"""

    bl_label = "Other Rigs"
    bl_parent_id = "LIKENESS_PT_exchange"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = why_not_map(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
            return
        target = context.view_layer.objects.active
        mapping = target.likeness_mapping
        layout.prop(mapping, "preset", text=target.name)
        layout.operator("likeness.map_target", icon="SORTALPHA")
        if not len(mapping.rows):
            return
        layout.template_list("LIKENESS_UL_rows", "", mapping, "rows", mapping, "row", rows=6)
        row = layout.row(align=True)
        row.operator("likeness.add_row", text="", icon="ADD")
        row.operator("likeness.remove_row", text="", icon="REMOVE")
        if mapping.row < len(mapping.rows):
            entry = mapping.rows[mapping.row]
            column = layout.column(align=True)
            for name in ("target", "part", "source", "gain"):
                column.prop(entry, name)
        still = retarget.still_keys(read_rows(target), retarget.target_keys(target))
        if still:
            draw_sentence(layout, context, tell("Not mapped: {names}.", names=tell_names(still, MOST)), "INFO")
        why = why_not_take(context)
        if why:
            draw_sentence(layout, context, why, "INFO")
        layout.operator("likeness.retarget_take", icon="PLAY")
        layout.operator("likeness.retarget_performance", icon="IMPORT")


CLASSES = (LIKENESS_UL_rows, LIKENESS_PT_retarget)
