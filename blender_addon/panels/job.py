# SPDX-License-Identifier: GPL-3.0-or-later
"""What is at work, how far it is, how it ended."""

from __future__ import annotations

import bpy

from ..engine import jobs
from ..engine.estimate import tell_left
from ..words import tell
from .text import draw_sentence

# Error code -> the button that mends it.
REMEDIES = {"policy_not_accepted": "likeness.accept_policy"}
STATUS_WIDTH = 18.0  # of the bar in the status bar, in units of a button's height


class LikenessPanel:
    """Where all panels of the add-on stand; what a panel's docstring says is its tooltip."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Likeness"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.bl_description = (cls.__doc__ or "").strip().removesuffix(".")


class LIKENESS_PT_job(LikenessPanel, bpy.types.Panel):
    """The job in hand; not there when there is none"""

    bl_label = "Progress"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return jobs.current() is not None

    def draw(self, context: bpy.types.Context) -> None:
        job = jobs.current()
        if job is not None:
            draw_job(self.layout, context, job)


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, job: jobs.Job) -> None:
    """Bar and cancel button while it runs, its outcome in words afterwards."""
    if job.state == "running":
        row = layout.row()
        row.label(text=job.title)
        left = row.row()
        left.alignment = "RIGHT"
        left.label(text=tell_left(job.seconds_left))
        _draw_bar(layout, job, job.text)
    elif job.error is not None and job.state == "failed":
        column = layout.column()
        column.alert = True
        draw_sentence(column, context, job.error.message, "ERROR")
        draw_sentence(layout, context, job.error.hint)
        if job.error.code in REMEDIES:
            layout.operator(REMEDIES[job.error.code])
    elif job.state == "cancelled":
        draw_sentence(layout, context, _tell_cancelled(job), "CANCEL")
    else:
        draw_sentence(layout, context, job.message, "CHECKMARK")
    for warning in job.warnings:
        draw_sentence(layout, context, warning, "INFO")
    if job.state != "running":
        layout.operator("likeness.forget_job")


def _tell_cancelled(job: jobs.Job) -> str:
    if job.keeps:
        return tell("{title} was cancelled; it goes on from what is finished.", title=tell(job.title))
    return tell("{title} was cancelled; nothing was changed.", title=tell(job.title))


def _draw_bar(layout: bpy.types.UILayout, job: jobs.Job, text: str) -> None:
    row = layout.row(align=True)
    row.progress(factor=job.fraction, type="BAR", text=tell(text))
    row.operator("likeness.cancel_job", text="", icon="X")


def draw_status(header: bpy.types.Header, context: bpy.types.Context) -> None:
    """The job at work at the end of the status bar: bar, time left and cross; key hints stay where they are."""
    job = jobs.current()
    if job is None or job.state != "running":
        return
    row = header.layout.row()
    row.ui_units_x = STATUS_WIDTH
    _draw_bar(
        row, job, tell("{title}: {text}", title=tell(job.title), text=tell_left(job.seconds_left) or tell(job.text))
    )


def register() -> None:
    """Show jobs in the status bar."""
    bpy.types.STATUSBAR_HT_header.append(draw_status)


def unregister() -> None:
    """Leave the status bar as it was."""
    bpy.types.STATUSBAR_HT_header.remove(draw_status)


CLASSES = (LIKENESS_PT_job,)
