# SPDX-License-Identifier: GPL-3.0-or-later
"""What is at work, how far it is, how it ended."""

from __future__ import annotations

import bpy

from ..engine import jobs
from .text import draw_sentence


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
        layout.label(text=job.title)
        row = layout.row(align=True)
        row.progress(factor=job.fraction, type="BAR", text=job.text)
        row.operator("likeness.cancel_job", text="", icon="X")
    elif job.error is not None and job.state == "failed":
        column = layout.column()
        column.alert = True
        draw_sentence(column, context, job.error.message, "ERROR")
        draw_sentence(layout, context, job.error.hint)
    elif job.state == "cancelled":
        draw_sentence(layout, context, f"{job.title} was cancelled; nothing was changed.", "CANCEL")
    else:
        draw_sentence(layout, context, job.message, "CHECKMARK")
    for warning in job.warnings:
        draw_sentence(layout, context, warning, "INFO")
    if job.state != "running":
        layout.operator("likeness.forget_job")


CLASSES = (LIKENESS_PT_job,)
