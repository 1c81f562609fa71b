# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the core's Python is, how it is set up, and where results of unsaved files go."""

import bpy

from .engine import jobs, paths
from .operators.core import CLONING, tell_costs, why_not_set_up
from .panels.job import draw_job
from .panels.setting_up import draw_models, draw_report
from .panels.text import draw_sentence
from .words import tell


class LIKENESS_AP_preferences(bpy.types.AddonPreferences):
    """Preferences of the add-on"""

    bl_idname = paths.PACKAGE

    python: bpy.props.StringProperty(
        name="Use This Python",
        subtype="FILE_PATH",
        description="A Python 3.11 to 3.13 with the core's packages; empty for the one that Set Up makes",
    )
    base_python: bpy.props.StringProperty(
        name="Set Up with Python",
        subtype="FILE_PATH",
        description="A Python 3.11 to 3.13 to make the core's environment with; empty for Blender's own",
    )
    unsaved_folder: bpy.props.StringProperty(
        name="Results of Unsaved Files",
        subtype="DIR_PATH",
        description="Where results go until the file is saved; a saved file has them beside it",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        python = paths.core_python()
        if python is None:
            draw_sentence(layout, context, "The core is not set up yet. It does the work beside Blender.", "ERROR")
            draw_sentence(layout, context, why_not_set_up() or tell_costs(), "INFO")
        else:
            draw_sentence(layout, context, tell("The core runs on {python}", python=python), "CHECKMARK")
        row = layout.row()
        row.operator("likeness.set_up_core", icon="IMPORT")
        row.operator("likeness.verify_core", icon="VIEWZOOM")
        row.operator("likeness.show_log", icon="TEXT")
        job = jobs.current()
        if job is not None:
            draw_job(layout.box(), context, job)
        draw_report(layout, context)
        layout.prop(self, "base_python")
        layout.prop(self, "python")
        draw_models(layout, context)
        layout.prop(self, "unsaved_folder")
        row = layout.row()
        for engine, (label, _) in CLONING.items():
            row.operator(
                "likeness.set_up_cloning", text=tell("Set Up {label}", label=label), icon="USER"
            ).engine = engine
        layout.operator("likeness.accept_policy", icon="TEXT")
        layout.operator("likeness.remove_everything", icon="TRASH")


CLASSES = (LIKENESS_AP_preferences,)
