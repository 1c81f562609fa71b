# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the sets of sample_scenes as assets: classroom, desk, green screen and flat colour, each a small .blend.

The add-on builds the same sets by itself (`blender_addon/stage/sets`); these files are for the asset browser. Run it
with the Python that has bpy, of the oldest Blender that shall open them:

    .venv/blender/bin/python sample_scenes/build_sets.py [FOLDER]
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

from blender_addon.rig.catalogs import add_catalogs, catalog_id  # noqa: E402
from blender_addon.rig.pose_assets import set_preview  # noqa: E402
from blender_addon.stage import build_studio, plan_render, render_still, set_background  # noqa: E402
from blender_addon.stage.face import STANDARD_FACE  # noqa: E402
from blender_addon.stage.sets import BUILDERS  # noqa: E402

CATALOG = "Likeness/Sets"
PREVIEW_SIZE = 256  # pixels
TAGS = ("likeness", "set")
ABOUT = {
    "classroom": "A classroom: a board with chalk, daylight from a window, desks and a shelf with books.",
    "desk": "An office: a desk before the presenter, and a screen on the wall beside him for slides.",
    "green_screen": "A green screen that is even by itself and spills nothing on the face.",
    "flat_color": "A seamless sweep of one colour, without light or shadow on it.",
}


def build(name: str, folder: Path) -> Path:
    """Write one set, lit and with a camera, as a compressed .blend that names no folder of this machine."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.name = name.replace("_", " ").capitalize()
    render = scene.render
    render.resolution_x, render.resolution_y = 1920, 1080
    render.filepath = "//clip.mp4"
    build_studio(scene)
    set_background(scene, {"set": name}, [STANDARD_FACE])
    collection = next(c for c in scene.collection.children if c.get("likeness_background"))
    collection.asset_mark()
    data = collection.asset_data
    data.catalog_id, data.description, data.license = catalog_id(CATALOG), ABOUT[name], "GPL-3.0-or-later"
    for tag in TAGS:
        data.tags.new(tag, skip_if_exists=True)
    collection.instance_offset = next(obj for obj in collection.objects if obj.parent is None).location
    set_preview(collection, picture_of(scene, folder), PREVIEW_SIZE)
    bpy.data.orphans_purge(do_recursive=True)
    bpy.context.preferences.filepaths.save_version = 0
    out = folder / f"{name}.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(out), compress=True)
    return out


def picture_of(scene: bpy.types.Scene, folder: Path) -> list[float]:
    """RGBA of the empty set as its camera sees it, PREVIEW_SIZE squared, rows from the bottom."""
    with tempfile.TemporaryDirectory(dir=folder) as room:
        plan = plan_render("cycles", (PREVIEW_SIZE, PREVIEW_SIZE), 16)
        image = bpy.data.images.load(str(render_still(scene, Path(room) / "set.png", plan)))
        pixels = list(image.pixels)
        bpy.data.images.remove(image)
    return pixels


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
    for each in BUILDERS:
        print(build(each, target))
    add_catalogs(target, [CATALOG])
    shutil.rmtree(os.environ["BLENDER_USER_RESOURCES"], ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)  # Python's own exit can hang with bpy
