# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_addon_package.py: installs the zip in a fresh Blender and does what a person would.

Arguments: the zip, a folder to work in, what to do. Prints one line ``SAID`` with JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

MODULE = "bl_ext.user_default.speaking_likeness"


def part(name: str):
    return importlib.import_module(f"{MODULE}.{name}")


def error_of(operator: Callable[..., object]) -> str:
    try:
        operator()
    except RuntimeError as error:
        return str(error)
    return ""


def job() -> dict:
    current = part("engine.jobs").current()
    if current is None:
        return {}
    return {"state": current.state, "message": current.message, "error": str(current.error)}


def look(folder: Path) -> dict:
    said = {"settings": bpy.context.scene.likeness.voice}
    bpy.ops.preferences.addon_disable(module=MODULE)
    assert not hasattr(bpy.types.Scene, "likeness")
    bpy.ops.preferences.addon_enable(module=MODULE)
    return {**said, "enabled_again": bpy.context.scene.likeness.voice}


def check(folder: Path) -> dict:
    error = error_of(bpy.ops.likeness.verify_core)
    paths, process = part("engine.paths"), part("engine.process")
    home = process.core_home(paths.package_folder())
    set_up = error_of(bpy.ops.likeness.set_up_core)
    return {"error": error, "job": job(), "core_home": str(home), "set_up": set_up}


def speak(folder: Path) -> dict:
    from small_avatar import write_small_avatar

    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"))
    bpy.ops.likeness.import_avatar(directory=str(write_small_avatar(folder)))
    bpy.context.scene.likeness.script = "Hello from the extension."
    error = error_of(bpy.ops.likeness.perform_script)
    tracks = bpy.context.view_layer.objects.active.animation_data.nla_tracks
    results = sorted(path.name for path in (folder / "likeness").iterdir())
    return {"error": error, "job": job(), "strips": sum(len(t.strips) for t in tracks), "results": results}


def set_up(folder: Path) -> dict:
    paths = part("engine.paths")
    core = paths.package_folder() / "core"
    (core / "requirements.txt").write_text("")
    (core / "models.py").write_text("def main(arguments):\n    return 0\n")
    (core / "machine.py").write_text("import mediapipe\n")
    bpy.context.preferences.system.use_online_access = True
    error = error_of(bpy.ops.likeness.set_up_core)
    made = job()
    checked = error_of(bpy.ops.likeness.verify_core)
    said = {"error": error, "job": made, "python": str(paths.core_python()), "checked": checked}
    said["is_there"] = paths.core_python().is_file()
    said["made"] = sorted(path.name for path in paths.user_folder().iterdir())
    said["removed"] = error_of(bpy.ops.likeness.remove_everything) or job()["message"]
    return {**said, "left": sorted(map(str, paths.user_folder().glob("*"))), "after": str(paths.core_python())}


def set_up_bundled(folder: Path) -> dict:
    """With a lock of nothing and an empty folder of bundled wheels: offline, and nothing has to be allowed."""
    paths = part("engine.paths")
    core = paths.package_folder() / "core"
    (core / "requirements.txt").write_text("")
    (core / "models.py").write_text("def main(arguments):\n    return 0\n")
    (paths.package_folder() / "core_wheels" / "cp{}{}".format(*sys.version_info[:2])).mkdir(parents=True)
    assert not bpy.app.online_access
    error = error_of(bpy.ops.likeness.set_up_core)
    return {"error": error, "job": job(), "costs": part("operators.core").tell_costs()}


def main() -> None:
    package, folder, step = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
    said = {"module": MODULE, "enabled": MODULE in bpy.context.preferences.addons}
    said.update(globals()[step](folder))
    print("SAID", json.dumps(said), flush=True)


try:
    main()
finally:
    if sys.exc_info()[0] is not None:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
