# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path once: a photo and a script become a talking head, a clip and a report.

`python3 build.py demo` runs this with the Python that has bpy, and says where the core's Python is. Leaves in
the output folder: clip.mp4, avatar.blend, sheet.png, report.json, the avatar, speech and performance, and
blender.log with what Blender had to say.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

from console import Console, Stage  # noqa: E402
from demo_options import parse_options, read_script  # noqa: E402
from policy import refuse_policy  # noqa: E402
from presenter import CONSENT, export_portrait  # noqa: E402

from blender_addon.errors import Cancelled, LikenessError  # noqa: E402

NAME = "demo"
FILES = ("photo_left", "photo_right", "pins")  # options that name further files of the avatar
FRAMES_SHOWN = 12
DRAFT = "So the clip is a draft with a large mark: say why the likeness may be used with --consent."
# Label of a still -> (camera's walk around the head in degrees, channels).
STILLS: Mapping[str, tuple[float, Mapping[str, float]]] = {
    "front": (0.0, {}),
    "yaw -30": (-30.0, {}),
    "yaw +30": (30.0, {}),
    "jawOpen 1": (0.0, {"jawOpen": 1.0}),
    "eyeBlink 1": (0.0, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
    "mouthSmile 1": (0.0, {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}),
}


@dataclass
class Report:
    """What the run did, for report.json."""

    seconds: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run: what was asked for, and where everything goes."""

    options: argparse.Namespace
    out: Path
    console: Console
    report: Report

    @contextmanager
    def stage(self, key: str, title: str) -> Iterator[Stage]:
        """Show a stage and enter its seconds into the report."""
        with self.console.stage(title) as stage:
            yield stage
        self.report.seconds[key] = round(stage.seconds, 2)


def export_photo(run: Run) -> Path:
    """scikit-image's NASA portrait as a file in the output folder."""
    path = run.out / "portrait.png"
    failed = export_portrait(run.options.core_python, path)
    if failed:
        print(failed, file=sys.stderr)
        raise LikenessError("photo_missing", "The default portrait could not be written.", "Give a photo with --photo.")
    return path


def ask_core(run: Run, core: Any, method: str, params: Mapping[str, Any], stage: Stage) -> Mapping[str, Any]:
    """One request to the worker, shown while it runs; its warnings enter the report."""
    from blender_addon.engine.process import Progressed, Warned

    def show(event: object) -> None:
        if isinstance(event, Progressed):
            stage.progress(event.fraction, event.text)
        elif isinstance(event, Warned):
            run.report.warnings.append(event.text)

    return core.wait(core.request(method, params, show))


def require_policy(run: Run) -> None:
    """Nothing is made before the usage policy is accepted."""
    refusal = refuse_policy(run.options.core_python, run.options.accept_policy, run.console.say)
    if refusal:
        raise LikenessError("policy_not_accepted", refusal, "")


@contextmanager
def started_core(run: Run) -> Iterator[Any]:
    """The core, which writes what it has to say into ``core.log``."""
    from blender_addon.engine.process import Core

    core = Core(run.options.core_python, ROOT, run.out / "core.log")
    try:
        yield core
    finally:
        core.stop()


def make_data(run: Run, core: Any) -> tuple[Path, Path]:
    """Script to speech to performance, photo to avatar; returns avatar and performance.

    The script first: what is wrong with it shows at once, and not after the longer work on the photo.
    """
    options, report = run.options, run.report
    script = read_script(options.script)
    photo = options.photo or export_photo(run)
    consent = options.consent or (None if options.photo else json.dumps(CONSENT))
    avatar, speech = run.out / f"{NAME}.avatar", run.out / f"{NAME}.speech"
    performance = run.out / f"{NAME}.performance"
    with run.stage("speech", "Script to speech") as stage:
        params = {"script": script, "out": str(speech), "seconds": options.seconds}
        spoken = ask_core(run, core, "speak", params, stage)
    with run.stage("performance", "Speech to performance") as stage:
        ask_core(run, core, "perform", {"speech": str(speech), "out": str(performance)}, stage)
    with run.stage("avatar", "Photo to avatar") as stage:
        params = {
            "photo": str(photo.resolve()),
            "out": str(avatar),
            "face": options.face,
            "name": NAME,
            "consent": consent,
            "glasses": options.glasses,
            **{name: str(path.resolve()) for name in FILES if (path := getattr(options, name)) is not None},
        }
        built = ask_core(run, core, "build_avatar", params, stage)
    core.stop()  # its networks' memory is for rendering; it starts again when the clip is finished
    report.facts.update(photo=photo.name, script=script, duration=spoken["duration"], scores=built["scores"])
    report.facts["avatar_seconds"] = built["seconds"]
    report.warnings += [*built["warnings"], *spoken["warnings"]]
    return avatar, performance


def build_scene(run: Run, avatar: Path) -> Any:
    """An empty file with the rig in a studio; returns the armature."""
    import bpy

    from blender_addon.rig import import_avatar
    from blender_addon.stage import build_studio

    with run.stage("rig", "Avatar to rig") as stage:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        armature = import_avatar(avatar)
        stage.progress(0.5, "studio")
        if run.options.size:
            scene.render.resolution_x, scene.render.resolution_y = run.options.size
        else:
            scene.render.resolution_x = scene.render.resolution_y = 1080
        build_studio(scene, armature)
    return armature


def render_stills(run: Run, armature: Any, plan: Any, room: Path) -> list[Any]:
    """The poses of `STILLS`, each seen by a camera that walks around the head."""
    import bpy
    from sheet import read_picture

    from blender_addon.stage import orbit_camera, render_still
    from blender_addon.stage.face import measure_face

    scene, face = bpy.context.scene, measure_face(armature)
    home = scene.camera.matrix_world.copy()
    pictures = []
    with run.stage("stills", "Stills") as stage:
        for number, (label, (yaw, pose)) in enumerate(STILLS.items()):
            stage.progress(number / len(STILLS), label)
            orbit_camera(scene.camera, face, math.radians(yaw))
            known = [channel for channel in pose if channel in armature]
            for channel in known:
                armature[channel] = pose[channel]
            armature.update_tag()
            pictures.append(read_picture(render_still(scene, room / f"still{number}.png", plan), label))
            for channel in known:
                armature[channel] = 0.0
            armature.update_tag()
            scene.camera.matrix_world = home
    return pictures


def choose_quality(run: Run, core: Any, stage: Stage) -> Mapping[str, Any]:
    """What the core is told of the clip: whom it shows, and a draft where nobody recorded a consent.

    Raises LikenessError as the core's ``check_clip`` does, so that nothing is rendered that may not be.
    """
    import bpy

    from blender_addon.operators.render import clip_params

    delivery = bpy.context.scene.likeness.delivery
    try:
        ask_core(run, core, "check_clip", clip_params(bpy.context), stage)
    except LikenessError as error:
        if error.code != "consent_missing":
            raise
        run.report.warnings.append(f"{error.message} {DRAFT}")
        run.console.say(run.report.warnings[-1])
        delivery.quality = "draft"
        ask_core(run, core, "check_clip", clip_params(bpy.context), stage)
    return clip_params(bpy.context)


def render_clip(run: Run, core: Any, clip: Path, plan: Any, stage: Stage) -> None:
    """What *Render Clip* does: pictures and sound by Blender; label, marks, encoding and signature by the core."""
    import bpy

    from blender_addon.engine.paths import fonts_folder
    from blender_addon.engine.process import POLL_SECONDS
    from blender_addon.engine.works import request
    from blender_addon.operators.render import spoken_language
    from blender_addon.shots.clip import RENDERED, signed_clip_steps

    asked = choose_quality(run, core, stage)
    more = {"title": NAME, "language": spoken_language(bpy.context), "fonts": fonts_folder()}
    steps = signed_clip_steps(
        bpy.context.scene, clip, plan, {**asked, **more}, lambda method, params: request(lambda: core, method, params)
    )
    with closing(steps):
        for fraction, text in steps:
            stage.progress(fraction, text)
            if fraction >= RENDERED:
                time.sleep(POLL_SECONDS)  # until the core says more
    run.report.facts["delivery"] = {"quality": asked["quality"], "use": asked["use"], "label": asked["label"]}


def make_clip(run: Run, core: Any, armature: Any, performance: Path, plan: Any) -> Path:
    """Put the performance on the rig, save the scene, render the clip."""
    import bpy

    from blender_addon.takes import apply_performance

    scene, clip = bpy.context.scene, run.out / "clip.mp4"
    with run.stage("take", "Performance to take") as stage:
        take = apply_performance(armature, performance)
        run.report.warnings += take.warnings
        scene.render.filepath = "//clip.mp4"
        stage.progress(0.5, "saving avatar.blend")
        bpy.context.preferences.filepaths.save_version = 0
        bpy.ops.wm.save_as_mainfile(filepath=str(run.out / "avatar.blend"), compress=True)
    with run.stage("clip", "Clip") as stage:
        render_clip(run, core, clip, plan, stage)
    frames = take.end - take.start + 1
    run.report.facts["clip"] = {
        "frames": frames,
        "fps": round(scene.render.fps / scene.render.fps_base, 3),
        "seconds_per_frame": round(run.report.seconds["clip"] / frames, 2),
    }
    return clip


def write_report(run: Run, plan: Any) -> None:
    import platform

    import bpy
    import numpy as np

    manifest = tomllib.loads((ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8"))
    report = run.report
    report.seconds["total"] = round(sum(value for value in report.seconds.values() if isinstance(value, float)), 2)
    described = {
        **report.facts,
        "render": {
            "engine": plan.engine,
            "width": plan.width,
            "height": plan.height,
            "samples": plan.samples,
            "device": plan.device,
            "reason": plan.reason,
        },
        "seconds": report.seconds,
        "warnings": list(dict.fromkeys(report.warnings)),
        "versions": {
            "speaking_likeness": manifest["version"],
            "blender": bpy.app.version_string,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        },
    }
    part = run.out / ".report.json.part"
    part.write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, run.out / "report.json")


def perform_run(run: Run) -> None:
    """All stages in order."""
    with run.stage("start_blender", "Starting Blender"):
        import bpy  # first: the modules that it brings along (blf, imbuf) can be found from then on
        from sheet import FRAME_COLUMNS, GAP, read_frames, write_sheet

        import blender_addon
        from blender_addon.stage import plan_render

        blender_addon.register()
        plan = plan_render(run.options.engine, run.options.size, run.options.samples)
    try:
        with (
            started_core(run) as core,
            tempfile.TemporaryDirectory(prefix=".demo.", dir=run.out) as room,
        ):
            avatar, performance = make_data(run, core)
            armature = build_scene(run, avatar)
            run.console.say(
                f"Rendering with {plan.engine} at {plan.width} x {plan.height}, {plan.samples} samples, "
                f"on {plan.device}. {plan.reason}"
            )
            stills = render_stills(run, armature, plan, Path(room))
            clip = make_clip(run, core, armature, performance, plan)
            with run.stage("sheet", "Sheet"):
                width = (3 * plan.width - 3 * GAP) // FRAME_COLUMNS
                frames = read_frames(clip, FRAMES_SHOWN, width, Path(room))
                write_sheet(stills, frames, Path(room) / "sheet.png")
                os.replace(Path(room) / "sheet.png", run.out / "sheet.png")
        bpy.ops.wm.read_factory_settings(use_empty=True)
    finally:
        blender_addon.unregister()
    write_report(run, plan)


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, or 2 with one sentence and a hint."""
    options = parse_options(arguments)
    out = options.out.resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        console = Console(out / "blender.log")
    except OSError as error:
        print(f"The folder {options.out} cannot be written to: {error.strerror}. Choose another with --out.")
        return 2
    run = Run(options, out, console, Report())
    try:
        with tempfile.TemporaryDirectory(prefix="likeness_blender_") as user_folder:
            os.environ["BLENDER_USER_RESOURCES"] = user_folder
            require_policy(run)
            perform_run(run)
    except LikenessError as error:
        console.say(str(error))
        return 2
    except KeyboardInterrupt:
        console.say(str(Cancelled()))
        return 130
    except Exception as error:
        traceback.print_exc()
        console.say(f"The demo failed unexpectedly: {error}. The details are in {options.out / 'blender.log'}.")
        return 2
    for name in ("clip.mp4", "avatar.blend", "sheet.png", "report.json"):
        console.say(f"{options.out / name}")
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Python's own exit can hang with bpy
