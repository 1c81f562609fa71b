# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators around the job that runs, and what every operator that starts one does alike."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ..engine import jobs, paths
from ..errors import LikenessError
from ..words import join, tell

# What several operators lack alike; the panels tell it at one place (panels/text.py).
NO_AVATAR = "Build or import an avatar first."
NO_TAKE = "Let the avatar speak first."
NOT_CHOSEN = "Select the avatar that is to speak."


def explain(cls: type[bpy.types.Operator], why: str) -> bool:
    """For ``poll``: whether an operator can run; where not, its greyed-out button says why."""
    if why:
        cls.poll_message_set(tell(why))
    return not why


def why_no_core() -> str:
    """Why the core cannot be asked; empty when it can."""
    return "" if paths.core_python() is not None else "Set up the core first, in the preferences of the add-on."


def why_busy() -> str:
    """Why no other job can start now."""
    job = jobs.current()
    return (
        tell("{title} is still at work.", title=tell(job.title)) if job is not None and job.state == "running" else ""
    )


def start_job(
    operator: bpy.types.Operator,
    title: str,
    steps: Sequence[jobs.Step],
    apply: jobs.Apply,
    undo: bool = True,
    keeps: bool = False,
) -> set[str]:
    """Begin a job for an operator and report how it went, or that it has begun."""
    try:
        job = jobs.start(title, steps, apply, undo, keeps)
    except LikenessError as error:
        return fail(operator, error)
    for warning in job.warnings:
        operator.report({"WARNING"}, tell(warning))
    if job.state == "done":
        operator.report({"INFO"}, tell(job.message))
    return {"FINISHED"}


def fail(operator: bpy.types.Operator, error: LikenessError) -> set[str]:
    """Report an expected failure."""
    operator.report({"ERROR"}, join(error.message, error.hint))
    return {"CANCELLED"}


class LIKENESS_OT_cancel_job(bpy.types.Operator):
    """Stop what is at work; nothing is changed"""

    bl_idname = "likeness.cancel_job"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if jobs.is_running() else "Nothing is at work.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        jobs.cancel()
        return {"FINISHED"}


class LIKENESS_OT_forget_job(bpy.types.Operator):
    """Clear what the last work reported"""

    bl_idname = "likeness.forget_job"
    bl_label = "OK"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        jobs.forget()
        return {"FINISHED"}


def is_for_job(context: bpy.types.Context, event: bpy.types.Event) -> bool:
    """Whether Esc is meant for the job: pressed over a 3D View, where nothing else listens to it.

    Fields that are typed in, and operators that began after the job, have taken it before it comes here. Those that
    began earlier and an animation that plays come after, and have the better right to it.
    """
    if context.screen is not None and context.screen.is_animation_playing:
        return False
    if any(other.bl_idname != LIKENESS_OT_watch_job.__name__ for other in context.window.modal_operators):
        return False
    areas = [area for area in context.window.screen.areas if area.type == "VIEW_3D"]
    return any(0 <= event.mouse_x - a.x < a.width and 0 <= event.mouse_y - a.y < a.height for a in areas)


class LIKENESS_OT_watch_job(bpy.types.Operator):
    """Cancel what is at work with Esc over a 3D View, and report how it ended"""

    bl_idname = "likeness.watch_job"
    bl_label = "Watch the Work"
    bl_options = {"INTERNAL"}

    _timer: bpy.types.Timer | None = None
    _job: jobs.Job | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return jobs.is_running() and context.window is not None and not bpy.app.background

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._job = jobs.current()
        self._timer = context.window_manager.event_timer_add(0.25, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        job = self._job
        if job is None or job.state != "running":
            return self._leave(context)
        if event.type == "ESC" and event.value == "PRESS" and is_for_job(context, event):
            jobs.cancel()
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends all modal operators, as when another file is opened; the work goes on."""
        self._remove_timer(context)

    def _leave(self, context: bpy.types.Context) -> set[str]:
        self._remove_timer(context)
        job = self._job
        if job is not None and job.state == "failed" and job.error is not None:
            return fail(self, job.error)
        if job is not None:
            self.report(
                {"INFO"},
                tell(job.message) if job.state == "done" else tell("{title} was cancelled.", title=tell(job.title)),
            )
        return {"FINISHED"}

    def _remove_timer(self, context: bpy.types.Context) -> None:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None


CLASSES = (LIKENESS_OT_cancel_job, LIKENESS_OT_forget_job, LIKENESS_OT_watch_job)
