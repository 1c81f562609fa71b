# SPDX-License-Identifier: GPL-3.0-or-later
"""Which voices there are, how one sounds, and a voice of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import compat
from ..consent import draw_consent, is_recorded, why_not_consent, write_consent
from ..engine import jobs, paths
from ..engine.scenes import in_scene
from ..errors import LikenessError
from ..words import tell
from .job import explain, fail, start_job, why_busy, why_no_core
from .script import script_text, speak_params

_LONGEST_TRY = 200  # characters of the script that are tried
_playing: list[object] = []  # a sound ends when nobody holds its handle


def why_not_ask(context: bpy.types.Context) -> str:
    """Why the core cannot be asked for anything now, in words; empty when it can."""
    return why_no_core() or why_busy()


def why_not_try(context: bpy.types.Context) -> str:
    """What is missing for a voice to be tried, in words; empty when nothing is."""
    if not script_text(context).strip():
        return "Write a script first: its beginning is what you hear."
    return why_not_ask(context)


def why_not_make_voice(context: bpy.types.Context) -> str:
    """What is missing for a voice of a sample, in words; empty when nothing is."""
    settings = context.scene.likeness
    if not settings.voice_sample:
        return "Choose a sample of 5 to 30 seconds first."
    for named in (settings.voice_sample, settings.voice_agreement):
        if named and not Path(bpy.path.abspath(named)).is_file():
            return tell("There is no file {named}.", named=named)
    return why_not_ask(context)


class LIKENESS_OT_list_voices(bpy.types.Operator):
    """List all voices that there are, here, to be fetched, and online"""

    bl_idname = "likeness.list_voices"
    bl_label = "List Voices"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_ask(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            voices = results[-1]["voices"]
            show_voices(bpy.context.window_manager, voices)
            job.warnings += results[-1].get("warnings", ())
            return tell("{count} voices are listed.", count=len(voices))

        return start_job(self, self.bl_label, [jobs.ask("list_voices", {})], apply, undo=False)


class LIKENESS_OT_choose_voice(bpy.types.Operator):
    """Let this voice speak"""

    bl_idname = "likeness.choose_voice"
    bl_label = "Choose Voice"
    bl_options = {"REGISTER", "UNDO"}

    voice: bpy.props.StringProperty(
        name="Voice",
        options={"SKIP_SAVE"},
        description="Id of the voice, as the list has it; empty for the best of the language",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.likeness.voice = self.voice or "auto"
        return {"FINISHED"}


class LIKENESS_OT_try_voice(bpy.types.Operator):
    """Hear the beginning of the script in the chosen voice"""

    bl_idname = "likeness.try_voice"
    bl_label = "Try"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_try(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        out = Path(bpy.app.tempdir) / "voice.speech"
        asked = {**speak_params(context), "script": _beginning(script_text(context)), "out": str(out)}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            job.warnings.extend(results[-1]["warnings"])
            if not bpy.app.background:
                _playing[:] = [compat.play_sound(out / "speech.wav")]
            return tell("{duration:.1f} s were spoken.", duration=results[-1]["duration"])

        return start_job(self, "Try the Voice", [jobs.ask("speak", asked)], apply, undo=False)


class LIKENESS_OT_make_voice(bpy.types.Operator):
    """Make a voice that resembles that of a sample, of a person who agreed to it"""

    bl_idname = "likeness.make_voice"
    bl_label = "Make Voice"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_make_voice(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks once whose voice it is, where that was not recorded."""
        if is_recorded(context.scene.likeness.voice_consent):
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(
            self, width=400, title="Whose voice is it?", confirm_text="Make Voice"
        )

    def draw(self, context: bpy.types.Context) -> None:
        draw_consent(self.layout, context.scene.likeness.voice_consent)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, uid = context.scene.likeness, context.scene.session_uid
        missing = why_not_consent(settings.voice_consent)
        if missing:
            return fail(self, LikenessError("consent_incomplete", missing, ""))
        sample = Path(bpy.path.abspath(settings.voice_sample))
        name = paths.name_result(settings.voice_name or sample.stem)
        asked = {
            "sample": str(sample),
            "out": str(paths.free_name(paths.voices_folder(), name, ".voice")),
            "language": settings.language,
            "name": name,
            "consent": write_consent(settings.voice_consent, bpy.path.abspath, "speaker") or "",
            "online": bpy.app.online_access,
        }
        if settings.voice_agreement:
            asked["consent_recording"] = bpy.path.abspath(settings.voice_agreement)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            made = results[-1]
            job.warnings.extend(made["warnings"])
            with in_scene(uid, made["voice"]) as there:
                there.scene.likeness.voice = made["voice"]
            before, after = made["likeness"]["default"], made["likeness"][f"{made['kept']}_pitch"]
            return tell(
                "{name} resembles the sample by {after:.2f}; the language's first voice does by {before:.2f}.",
                name=name,
                after=after,
                before=before,
            )

        return start_job(self, self.bl_label, [jobs.ask("make_voice", asked)], apply)


def show_voices(manager: bpy.types.WindowManager, voices: Sequence[Mapping[str, Any]]) -> None:
    """Put the voices that the core has told into the list."""
    manager.likeness_voices.clear()
    for voice in voices:
        row = manager.likeness_voices.add()
        row.name, row.title = voice["id"], voice["name"]
        row.languages = " ".join(voice["languages"])
        row.sex, row.about, row.licence = voice["sex"], voice["about"], voice["licence"]
        row.megabytes = voice["size"] / 1e6
        row.is_online = voice["is_online"]


def _beginning(script: str) -> str:
    """The first lines of a script, up to a space."""
    if len(script) <= _LONGEST_TRY:
        return script
    return script[:_LONGEST_TRY].rpartition(" ")[0] or script[:_LONGEST_TRY]


CLASSES = (
    LIKENESS_OT_list_voices,
    LIKENESS_OT_choose_voice,
    LIKENESS_OT_try_voice,
    LIKENESS_OT_make_voice,
)
