# SPDX-License-Identifier: GPL-3.0-or-later
"""The script in another language, and the take that plays said in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..engine import jobs, paths
from ..engine.pieces import Pieces
from ..engine.scenes import in_scene, on_object
from ..errors import LikenessError
from ..languages import LANGUAGES
from ..rig.assemble import RIG_ID
from ..words import tell
from .acting import recorded_acting
from .job import explain, fail, start_job, why_busy, why_no_core
from .pictures import follow_take
from .script import script_text, write_pronunciations
from .takes import why_no_take
from .timeline import refresh_timeline

# Of the time of a dub: performing the take again as it was, and dubbing it.
_AGAIN_SHARE, _DUB_SHARE = 0.2, 0.8


def why_not_translate(context: bpy.types.Context) -> str:
    """What is missing for the script to be translated, in words; empty when nothing is."""
    settings = context.scene.likeness
    if not script_text(context).strip():
        return "Write a script first."
    if settings.dub_language == settings.language:
        return "Choose another language than the script's."
    if settings.translator == "table" and not settings.translation_table:
        return "Choose the table that holds the translation, or write one to be filled."
    if settings.translator == "openai" and not bpy.app.online_access:
        return "Allow Online Access in the preferences, System, first."
    return why_no_core() or why_busy()


def why_not_write_table(context: bpy.types.Context) -> str:
    """What is missing for a table to be written, in words; empty when nothing is."""
    if not script_text(context).strip():
        return "Write a script first."
    return why_no_core() or why_busy()


def why_not_dub(context: bpy.types.Context) -> str:
    """What is missing for a dub, in words; empty when nothing is."""
    if context.scene.likeness.dub_block is None:
        return "Translate the script first, or choose a text that holds it."
    return why_no_take(context) or why_no_core() or why_busy()


class LIKENESS_OT_translate_script(bpy.types.Operator):
    """Translate the script into a text of its own; directions, names and merge fields stay"""

    bl_idname = "likeness.translate_script"
    bl_label = "Translate Script"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_translate(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, uid = context.scene.likeness, context.scene.session_uid
        asked = {
            **_languages(context),
            "provider": settings.translator,
            "pronunciations": write_pronunciations(settings),
        }
        if settings.translator == "table":
            asked["table"] = bpy.path.abspath(settings.translation_table)
        if settings.translator == "openai":
            asked |= {"url": settings.translator_url, "model": settings.translator_model}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            told = results[-1]
            job.warnings.extend(told["warnings"])
            with in_scene(uid, "the translation") as there:
                own = there.scene.likeness
                own.dub_block = _put_text(own.dub_block, f"Script {told['target']}", told["text"])
            return tell(
                "{count} sentences are translated by {provider}.",
                count=len(told["sentences"]),
                provider=told["provider"],
            )

        return start_job(self, self.bl_label, [jobs.ask("translate", asked)], apply)


class LIKENESS_OT_write_table(bpy.types.Operator):
    """Write a table of the script's sentences, to be filled with their translation by hand"""

    bl_idname = "likeness.write_table"
    bl_label = "Write Table to Fill"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_write_table(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        uid = context.scene.session_uid
        name = f"Script {context.scene.likeness.dub_language}.csv"
        asked = {**_languages(context), "template": str(paths.results_folder() / name)}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            with in_scene(uid, asked["template"]) as there:
                there.scene.likeness.translation_table = asked["template"]
            return results[-1]["summary"] + "."

        return start_job(self, self.bl_label, [jobs.ask("translate", asked)], apply)


class LIKENESS_OT_dub_take(bpy.types.Operator):
    """Say the take that plays in the other language, as a new take: gaze, head and expression move along"""

    bl_idname = "likeness.dub_take"
    bl_label = "Dub Take"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_dub(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, scene, armature = context.scene.likeness, context.scene.session_uid, rig.find_rig(context)
        folder = paths.results_folder()
        name = paths.name_take(folder, paths.name_result(armature.name))
        original = Path(bpy.app.tempdir) / "dubbed"
        try:
            _, record = takes.require_record(armature)
            speech = takes.write_speech(armature, context.scene, record, original.with_suffix(".speech"))
        except LikenessError as error:
            return fail(self, error)
        performance = original.with_suffix(".performance")
        again = {"speech": str(speech), "out": str(performance), **recorded_acting(record)}
        asked = {
            "speech": str(speech),
            "performance": str(performance),
            "script": settings.dub_block.as_string(),
            "language": settings.dub_language,
            "voice": settings.dub_voice or "auto",
            "pronunciations": write_pronunciations(settings),
            "online": bpy.app.online_access,
            "out": str(folder / name),
        }
        rig_id, into = armature[RIG_ID], takes.next_take(armature)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
            made = results[-1]["performance"]
            find = partial(on_object, scene, RIG_ID, rig_id, made)
            yield from takes.put_performance(find, Path(made), None, into)
            job.warnings.extend(results[-1]["warnings"])
            with find() as (speaker, where):
                refresh_timeline(where, speaker)
                follow_take(where, speaker)
                return tell(
                    "{name} says it in {language_name}: {into}.",
                    name=speaker.name,
                    language_name=language_name(asked["language"]),
                    into=into,
                )

        steps = [jobs.ask("perform", again, _AGAIN_SHARE), jobs.ask("dub", asked, _DUB_SHARE)]
        return start_job(self, self.bl_label, steps, apply)


def language_name(code: str) -> str:
    """What a language is called."""
    return next(name for known, name, _ in LANGUAGES if known == code)


def _languages(context: bpy.types.Context) -> dict[str, Any]:
    settings = context.scene.likeness
    return {"script": script_text(context), "source": settings.language, "target": settings.dub_language}


def _put_text(before: bpy.types.Text | None, name: str, content: str) -> bpy.types.Text:
    """The translation: the text before where it says the same, else a new one, so that no correction is lost."""
    if before is not None and before.as_string() == content:
        return before
    text = bpy.data.texts.new(name)
    text.from_string(content)
    return text


CLASSES = (LIKENESS_OT_translate_script, LIKENESS_OT_write_table, LIKENESS_OT_dub_take)
