# SPDX-License-Identifier: GPL-3.0-or-later
"""Script or recording to a take on a rig, and a performance that is there onto a rig."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..consent import write_consent
from ..engine import jobs, paths
from ..engine.pieces import Pieces
from ..engine.scenes import on_object
from ..errors import LikenessError
from ..rig.assemble import RIG_ID, is_rig
from ..words import tell
from .acting import chosen_acting, chosen_moves, show_performed
from .conversation import begin_at, why_no_place
from .folder import FolderOperator
from .job import NO_AVATAR, NOT_CHOSEN, explain, fail, start_job, why_busy, why_no_core
from .pictures import follow_take
from .script import script_text, speak_params, write_pronunciations
from .timeline import refresh_timeline

# Of the time of speaking and performing together. Measured on 2 cores: 0.65 s and 0.02 s for 5 s of speech,
# 3.6 s and 0.33 s for 58 s.
SPEAK_SHARE = 0.93
SILENT_SHARE, SILENT_SECONDS = 0.1, 30.0  # of silence, and how long it is where no length is asked for
# The same of recording and performing: 0.9 s and 0.01 s for 3 s with a script, 7.4 s and 0.08 s for 58 s.
RECORD_SHARE = 0.99
SOUNDS = ".wav;.flac;.mp3;.ogg"


def why_not_import(context: bpy.types.Context) -> str:
    """What is missing for a performance to be put on a rig, in words; empty when nothing is."""
    if rig.find_rig(context) is None:
        if any(is_rig(obj) for obj in context.scene.objects):
            return NOT_CHOSEN
        return NO_AVATAR
    if not context.scene.likeness.layers:
        return "Choose at least one layer."
    return why_busy()


def why_not_perform(context: bpy.types.Context) -> str:
    """What is missing for a take, in words; empty when nothing is."""
    if not script_text(context).strip():
        return "Write a script first."
    return why_not_make(context)


def why_no_sound(context: bpy.types.Context) -> str:
    """What keeps the recording from being read, in words; empty when nothing does."""
    recording = context.scene.likeness.recording
    if not recording:
        return "Choose a recording first."
    if not Path(bpy.path.abspath(recording)).is_file():
        return tell("There is no file {recording}.", recording=recording)
    return ""


def why_not_record(context: bpy.types.Context) -> str:
    """What is missing for a take of a recording, in words; empty when nothing is."""
    return why_no_sound(context) or why_not_make(context)


def choose_recording(settings: bpy.types.PropertyGroup, file: str) -> None:
    """Let this be the recording; the consent of the one before goes with it. Raises LikenessError ``file_missing``."""
    path = Path(bpy.path.abspath(file))
    if not path.is_file():
        raise LikenessError("file_missing", tell("There is no file {path}.", path=path), "Choose another.")
    if settings.recording != file:
        settings.recording = file


def why_not_make(context: bpy.types.Context) -> str:
    """What is missing for the core to make a take, in words; empty when nothing is."""
    return why_not_import(context) or why_no_core() or why_no_place(context)


def why_not_listen(context: bpy.types.Context) -> str:
    """What is missing for a take in which the avatar listens to another one, in words; empty when nothing is."""
    armature = rig.find_rig(context)
    if armature is not None and takes.heard_take(armature, context.scene) is None:
        return "No other avatar has a take to listen to."
    return why_not_make(context)


class LIKENESS_OT_perform_script(bpy.types.Operator):
    """Let the avatar say the script"""

    bl_idname = "likeness.perform_script"
    bl_label = "Speak and Perform"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_perform(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        params = {
            **speak_params(context),
            "seconds": settings.seconds or None,
            "direction": settings.direction,
            "moves": chosen_moves(settings),
            "online": bpy.app.online_access,
        }
        return _start_take(self, context, "speak", params, SPEAK_SHARE)


class LIKENESS_OT_perform_recording(bpy.types.Operator):
    """Let the avatar speak with the recording; the script, if there is one, says which words it holds"""

    bl_idname = "likeness.perform_recording"
    bl_label = "Speak with Recording"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_record(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        params = {
            "sound": bpy.path.abspath(settings.recording),
            "script": script_text(context).strip() or None,
            "language": settings.language,
            "direction": settings.direction,
            "consent": write_consent(settings.recording_consent, bpy.path.abspath, "speaker"),
            "pronunciations": write_pronunciations(settings),
            "trim": settings.trim,
        }
        return _start_take(self, context, "record", params, RECORD_SHARE)


class LIKENESS_OT_perform_silence(bpy.types.Operator):
    """Let the avatar listen or wait, for the length above or half a minute"""

    bl_idname = "likeness.perform_silence"
    bl_label = "Be Silent"

    behaviour: bpy.props.EnumProperty(
        name="Behaviour",
        items=(
            ("listening", "Listen", "Looks at who speaks, nods now and then"),
            ("idle", "Wait", "Looks around, shifts the weight, sighs"),
        ),
        description="What the avatar does while it says nothing",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_make(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        params = {
            "seconds": settings.seconds or SILENT_SECONDS,
            "behaviour": self.behaviour,
            "direction": settings.direction,
        }
        return _start_take(self, context, "keep_silent", params, SILENT_SHARE)


class LIKENESS_OT_listen(bpy.types.Operator):
    """Let the avatar listen while the other one speaks: a take as long as the other's, at the same frames"""

    bl_idname = "likeness.listen"
    bl_label = "Listen to the Other"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_listen(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        heard = takes.heard_take(rig.find_rig(context), scene)
        if heard is None:
            return {"CANCELLED"}
        params = {
            "seconds": (heard[1] - heard[0]) * scene.render.fps_base / scene.render.fps,
            "behaviour": "listening",
            "direction": scene.likeness.direction,
        }
        return _start_take(self, context, "keep_silent", params, SILENT_SHARE, round(heard[0]))


def _start_take(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    method: str,
    params: Mapping[str, Any],
    share: float,
    start: int | None = None,
) -> set[str]:
    """Have the core make a speech by one of its methods, perform it, and put the take on the rig.

    share: of the whole time that the speech takes. start: frame at which it begins; None for what the panel says.
    """
    settings = context.scene.likeness
    armature = rig.find_rig(context)
    try:
        start = begin_at(context, armature, settings.begins) if start is None else start
    except LikenessError as error:
        return fail(operator, error)
    folder = paths.results_folder()
    take = paths.name_take(folder, paths.name_result(armature.name))
    speech, performance = (str(folder / f"{take}.{kind}") for kind in ("speech", "performance"))
    asked = {"speech": speech, "out": performance, **chosen_acting(settings)}
    steps = [jobs.ask(method, {**params, "out": speech}, share), jobs.ask("perform", asked, 1 - share)]
    scene, rig_id, layers = context.scene.session_uid, armature[RIG_ID], set(settings.layers)
    into = takes.next_take(armature) if settings.new_take or start is not None else None

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
        result = results[-1]["performance"]
        find = partial(on_object, scene, RIG_ID, rig_id, result)
        made = yield from takes.put_performance(find, Path(result), layers, into, start=start, along=start is not None)
        job.warnings.extend(made.warnings)
        with find() as (speaker, where):
            show_performed(where.likeness, params["direction"], results[-1])
            refresh_timeline(where, speaker)
            follow_take(where, speaker)
            return tell(
                "{name} performs from frame {start} to {end}.", name=speaker.name, start=made.start, end=made.end
            )

    return start_job(operator, operator.bl_label, steps, apply)


class LIKENESS_OT_import_performance(FolderOperator, bpy.types.Operator):
    """Put a performance that was made before on the avatar: a folder NAME.performance"""

    bl_idname = "likeness.import_performance"
    bl_label = "Import Performance"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_import(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = Path(bpy.path.abspath(self.directory))
        layers = set(context.scene.likeness.layers)
        try:
            armature = rig.find_rig(context)
            into = takes.next_take(armature) if context.scene.likeness.new_take else None
            made = takes.apply_performance(armature, folder, layers, context.scene, take=into)
        except LikenessError as error:
            return fail(self, error)
        refresh_timeline(context.scene, armature)
        follow_take(context.scene, armature)
        for warning in made.warnings:
            self.report({"WARNING"}, warning)
        return {"FINISHED"}


CLASSES = (
    LIKENESS_OT_perform_script,
    LIKENESS_OT_perform_recording,
    LIKENESS_OT_perform_silence,
    LIKENESS_OT_listen,
    LIKENESS_OT_import_performance,
)
