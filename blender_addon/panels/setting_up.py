# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody sees who has just installed the add-on, and what Verify found."""

from __future__ import annotations

import bpy

from ..engine import jobs, paths
from ..operators.core import ONLINE_OFF, tell_costs, why_not_set_up
from ..words import tell
from .text import draw_sentence, has_avatar

STATE_ICONS = {"ready": "CHECKMARK", "missing": "IMPORT", "damaged": "ERROR"}
STATES = {"ready": "Ready", "missing": "Not Fetched", "damaged": "Damaged"}


def draw_first_run(layout: bpy.types.UILayout, context: bpy.types.Context, with_avatar: bool) -> None:
    """One sentence and one button where the core is missing; nothing where it is there or being set up.

    They stand once, where the next step is. with_avatar: whether this panel is that place in a scene with an avatar,
    as Perform is, or in one without, as Photo is.
    """
    if paths.core_python() is not None or jobs.is_running() or has_avatar(context) != with_avatar:
        return
    box = layout.box()
    draw_sentence(box, context, "Set up the core once: it does the work beside Blender.", "INFO")
    missing = why_not_set_up()
    draw_sentence(box, context, missing or tell_costs())
    if missing == ONLINE_OFF:
        box.operator("likeness.open_preferences", icon="PREFERENCES").section = "SYSTEM"
    box.operator("likeness.set_up_core", icon="IMPORT")


def draw_report(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The table of the last Verify."""
    rows = context.window_manager.likeness_report
    if not len(rows):
        return
    box = layout.box()
    for row in rows:
        split = box.split(factor=0.25)
        split.label(text=tell(row.name), icon="CHECKMARK" if row.is_well else "ERROR")
        draw_sentence(split.column(), context, row.value, share=0.75)
    box.operator("likeness.copy_report", icon="COPYDOWN")


class LIKENESS_UL_models(bpy.types.UIList):
    """Id, size, licence and state of each model file"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        row.label(text=item.name, icon=STATE_ICONS.get(item.state, "QUESTION"))
        row.label(text=f"{item.megabytes:.1f} MB")
        row.label(text=item.licence)
        row.label(text=STATES.get(item.state, item.state))


def draw_models(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The list, and what can be done with the one that is chosen."""
    manager = context.window_manager
    models = manager.likeness_models
    box = layout.box()
    row = box.row()
    row.label(text="Models")
    row.operator("likeness.list_models", icon="FILE_REFRESH")
    if not len(models):
        return
    box.template_list("LIKENESS_UL_models", "", manager, "likeness_models", manager, "likeness_model", rows=4)
    if not 0 <= manager.likeness_model < len(models):
        return
    model = models[manager.likeness_model]
    draw_sentence(
        box,
        context,
        tell(
            "{name}: {purpose}. Licence {licence}.", name=model.name, purpose=tell(model.purpose), licence=model.licence
        ),
    )
    draw_sentence(box, context, tell("From {source}.", source=model.source))
    row = box.row()
    if model.state != "ready":
        row.operator("likeness.fetch_model", text="Fetch", icon="IMPORT").model = model.name
        row.operator("likeness.install_model", text="Install from File", icon="FILEBROWSER").model = model.name
    if model.is_own:
        row.operator("likeness.remove_model", text="Remove", icon="TRASH").model = model.name


CLASSES = (LIKENESS_UL_models,)
