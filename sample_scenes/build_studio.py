# SPDX-License-Identifier: GPL-3.0-or-later
"""Build sample_scenes/studio.blend: camera, three lamps and a backdrop, waiting for an avatar.

Run it with the Python that has bpy:

    .venv/blender/bin/python sample_scenes/build_studio.py [OUT.blend]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# Blender writes the home folder into a new file's browser, and reads the person's own settings.
os.environ["HOME"] = os.environ["USERPROFILE"] = os.sep
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="likeness_blender_")

import bpy  # noqa: E402

from blender_addon.stage import build_studio  # noqa: E402


def build(out: Path) -> None:
    """Write the studio as a small compressed .blend that names no folder of this machine."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.name = "Studio"
    render = scene.render
    render.resolution_x = render.resolution_y = 1080
    render.filepath = "//clip.mp4"
    build_studio(scene)
    bpy.data.orphans_purge(do_recursive=True)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(out), compress=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE / "studio.blend")
    shutil.rmtree(os.environ["BLENDER_USER_RESOURCES"], ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)  # Python's own exit can hang with bpy
