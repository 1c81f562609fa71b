# SPDX-License-Identifier: GPL-3.0-or-later
"""The model files: list, fetch, remove, install from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from ..engine import jobs
from ..words import join, tell
from .job import explain, start_job, why_busy, why_no_core


class ModelOperator:
    """Asks the core for something about one model, then for the list."""

    model: bpy.props.StringProperty(name="Model", description="Its id in the list", options={"SKIP_SAVE"})

    def ask(self, method: str, done: str, **params: Any) -> set[str]:
        """done: the sentence afterwards."""
        steps = [jobs.ask(method, {"model": self.model, **params}), jobs.ask("list_models", {}, 0.05)]

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            fill_models(results[-1]["models"])
            return done

        return start_job(self, self.bl_label, steps, apply, undo=False)


class LIKENESS_OT_list_models(bpy.types.Operator):
    """List the model files, and read each to see whether it is intact"""

    bl_idname = "likeness.list_models"
    bl_label = "Verify Models"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            models = results[0]["models"]
            fill_models(models)
            ready = sum(model["state"] == "ready" for model in models)
            return tell("{ready} of {count} model files are here and intact.", ready=ready, count=len(models))

        return start_job(self, self.bl_label, [jobs.ask("list_models", {})], apply, undo=False)


class LIKENESS_OT_fetch_model(ModelOperator, bpy.types.Operator):
    """Download this model file, or mend it where it is damaged"""

    bl_idname = "likeness.fetch_model"
    bl_label = "Fetch Model"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        online = (
            "" if bpy.app.online_access else "Online access is off: switch it on in the preferences, System, Network."
        )
        return explain(cls, why_no_core() or online or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self.ask(
            "fetch_model", tell("The model {model} is here and intact.", model=self.model), online=bpy.app.online_access
        )


class LIKENESS_OT_remove_model(ModelOperator, bpy.types.Operator):
    """Delete this model file; it can be fetched again"""

    bl_idname = "likeness.remove_model"
    bl_label = "Remove Model"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        row = context.window_manager.likeness_models.get(self.model)
        freed = tell("{megabytes:.0f} MB are freed.", megabytes=row.megabytes) if row is not None else ""
        message = join(freed, tell("What needs {model} fetches it again.", model=self.model))
        return context.window_manager.invoke_confirm(self, event, title=tell(self.bl_label), message=message)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self.ask("remove_model", tell("The model {model} is removed.", model=self.model))


class LIKENESS_OT_install_model(ModelOperator, bpy.types.Operator):
    """Take this model from a file that you have; another file than the right one is refused"""

    bl_idname = "likeness.install_model"
    bl_label = "Install Model from File"

    filepath: bpy.props.StringProperty(
        name="File", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The model's file as it was downloaded"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        file = bpy.path.abspath(self.filepath)
        return self.ask("install_model", tell("The model {model} is here and intact.", model=self.model), file=file)


def fill_models(models: Sequence[Mapping[str, Any]]) -> None:
    """Put the core's list where the preferences show it."""
    rows = bpy.context.window_manager.likeness_models
    rows.clear()
    for model in models:
        row = rows.add()
        row.name, row.purpose, row.licence = model["id"], model["purpose"], model["licence"]
        row.megabytes = model["size"] / 1e6
        row.source = ", ".join(model["sources"])
        row.state, row.is_own, row.is_optional = model["state"], model["is_own"], model["optional"]


CLASSES = (
    LIKENESS_OT_list_models,
    LIKENESS_OT_fetch_model,
    LIKENESS_OT_remove_model,
    LIKENESS_OT_install_model,
)
