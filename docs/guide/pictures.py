# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the guide's pictures in a real Blender window, from an empty scene to two avatars that look at each other.

    .venv/core/bin/python docs/guide/pictures.py --package dist/speaking_likeness-VERSION.zip [--only NAME ...]

`WAY` is what happens in that window, in order: acts, and pictures with what has to be open and what is cut out of the
screen. A picture that cannot be taken leaves the old one where it is, and is told of at the end. The portrait is NASA's
of Eileen Collins, in the public domain, as scikit-image brings it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "window"))

from program import find_program  # noqa: E402
from session import JOBS, MODULE, Session  # noqa: E402

FOLDER = HERE / "pictures"
QUALITY = 86  # of JPEG: letters stay crisp
WIDEST = 1000  # pixels of a picture
SIDEBAR = 330  # pixels that the sidebar is to be wide, its tabs included
TABS = 24  # pixels of the tabs at its right
TIMELINE = 170  # pixels that the timeline is to be high
SCRIPT = "Welcome! I am so happy that you are here. Sadly, the old launch pad is gone. But look at the new plan."
DIRECTION = "tired but friendly"

# Registers exactly these panels of ours, open.
SHOW = """
import sys
kinds = [c for c in sys.modules['{module}.panels'].CLASSES if issubclass(c, bpy.types.Panel)]
options = globals().setdefault('OPTIONS', {{c: getattr(c, 'bl_options', set()) for c in kinds}})
for kind in reversed(kinds):
    if kind.is_registered:
        bpy.utils.unregister_class(kind)
there = [kind for kind in kinds if kind.__name__.removeprefix('LIKENESS_PT_') in {names}]
for kind in there:
    kind.bl_options = options[kind] - {{'DEFAULT_CLOSED'}}
    bpy.utils.register_class(kind)
[kind.__name__.removeprefix('LIKENESS_PT_') for kind in there]
"""
# Evaluated once, and there for all acts.
NAMES = """
import contextlib, math, os
from mathutils import Euler, Vector
window = bpy.context.window_manager.windows[0]
area = next(a for a in window.screen.areas if a.type == 'VIEW_3D')
space, settings = area.spaces.active, bpy.context.scene.likeness
def over(kind='VIEW_3D'):
    place = next(a for a in window.screen.areas if a.type == kind)
    part = next(r for r in place.regions if r.type == 'WINDOW')
    return bpy.context.temp_override(window=window, area=place, region=part)
def do(name, *how, **arguments):
    verb = getattr(bpy.ops.likeness, name)
    with over():
        return str(verb(*how, **arguments)) if verb.poll() else 'unable'
def look(x, z, distance, turn=0.0):
    view = space.region_3d
    view.view_perspective, view.view_distance = 'PERSP', distance
    view.view_rotation, view.view_location = Euler((math.pi / 2, 0, turn)).to_quaternion(), Vector((x, -0.08, z))
def near(zoom, x, y):
    with over():
        bpy.ops.view3d.view_center_camera()
    view = space.region_3d
    view.view_camera_zoom, view.view_camera_offset = view.view_camera_zoom + zoom, (x, y)
def between(first, last):
    scene = bpy.context.scene
    whole, scene.frame_start, scene.frame_end = (scene.frame_start, scene.frame_end), first, last
    with over('DOPESHEET_EDITOR'):
        bpy.ops.action.view_all()
    scene.frame_start, scene.frame_end = whole
True
"""


@dataclass(frozen=True)
class Act:
    """Something that happens: code in Blender, then maybe a job that is waited for, or a function of the session."""

    code: str = "True"
    job: bool = False
    function: Callable[[Session], None] | None = None


@dataclass(frozen=True)
class Picture:
    """name: of the file. panels: those that are open, as LIKENESS_PT_name. code: evaluated in Blender before.

    cut: what is kept of the screen, of `CUTS`. share: of the height of what is cut, from the top.
    """

    name: str
    cut: str = "panel"
    panels: tuple[str, ...] = ()
    code: str = "True"
    share: float = 1.0


def prepare(session: Session, blend: Path) -> None:
    """An empty scene that is saved, a wide sidebar, a high timeline, nothing that shines through."""
    session.evaluate(NAMES)
    session.evaluate(
        "system = bpy.context.preferences.system\n"
        "system.use_region_overlap, system.viewport_aa = False, 'FXAA'\n"
        "bpy.context.preferences.view.show_developer_ui = False\n"
        "view3d = next(a for a in bpy.context.window_manager.windows[0].screen.areas if a.type == 'VIEW_3D')\n"
        "view3d.spaces.active.shading.color_type = 'TEXTURE'\n"  # as a computer with a graphics card has it
        "[bpy.data.objects.remove(thing) for thing in list(bpy.data.objects)]\n"
        "bpy.context.preferences.filepaths.save_version = 0\n"
        f"str(bpy.ops.wm.save_as_mainfile(filepath={str(blend)!r}))"
    )
    session.evaluate(NAMES)
    session.evaluate("window.cursor_warp(window.width - 10, 12)\nTrue")  # simulated moves leave the pointer where it is
    session.evaluate(SHOW.format(module=MODULE, names="{kind.__name__.removeprefix('LIKENESS_PT_') for kind in kinds}"))
    session.show_tab()  # what is open as it is drawn for the first time is remembered as open
    left, bottom, width, height = session.region("UI")
    if width < SIDEBAR:
        y = bottom + height // 2
        session.ask("drag", x=left + 1, y=y, to_x=left + 1 - (SIDEBAR - width), to_y=y)
    widen_timeline(session)


def widen_timeline(session: Session) -> None:
    """Pull the border above the timeline up."""
    top, right = session.evaluate(
        "low = min((a for a in window.screen.areas if a.type != 'VIEW_3D' and a.x < 50), key=lambda a: a.y)\n"
        "[low.y + low.height, low.x + low.width // 2]"
    )
    if top < TIMELINE:
        session.ask("drag", x=right, y=top, to_x=right, to_y=TIMELINE + 20)
    session.ask("wait", seconds=0.5)


def see_timeline(session: Session) -> None:
    """Let the timeline show the take and no more."""
    session.evaluate(
        "kind = min((a for a in window.screen.areas if a.x < 50), key=lambda a: a.y).type\n"
        "with over(kind):\n"
        "    bpy.ops.action.view_all() if kind == 'DOPESHEET_EDITOR' else None\n"
        "True"
    )


def cut_panel(session: Session, image: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The sidebar without its tabs, down to where its content ends."""
    left, bottom, width, height = session.region("UI")
    shown = image[len(image) - bottom - height : len(image) - bottom, left : left + width]
    shown = shown[:-6, : width - TABS]  # without the region's own edge
    differs = np.abs(shown[:, 10:].astype(int) - shown[-1, 10:]).max(axis=(1, 2)) > 4
    return shown[: np.nonzero(differs)[0].max() + 14] if differs.any() else shown


def cut_view(session: Session, image: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The 3D View without header, toolbar and sidebar."""
    left, bottom, width, height = session.region("WINDOW")
    return image[len(image) - bottom - height : len(image) - bottom, left : left + width]


def cut_timeline(session: Session, image: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The editor in the lower left."""
    x, y, width, height = session.evaluate(
        "low = min((a for a in window.screen.areas if a.x < 50), key=lambda a: a.y)\n"
        "[low.x, low.y, low.width, low.height]"
    )
    return image[len(image) - y - height : len(image) - y, x : x + width]


def cut_change(session: Session, image: np.ndarray, before: np.ndarray) -> np.ndarray:
    """What is on the screen now and was not before: a dialog, another window."""
    changed = (np.abs(image.astype(int) - before).max(axis=2) > 24).astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(cv2.dilate(changed, np.ones((25, 25), np.uint8)))
    x, y, width, height, _ = max(boxes[1:count], key=lambda box: box[4])
    return image[y + 12 : y + height - 12, x + 12 : x + width - 12]


def cut_window(session: Session, image: np.ndarray, before: np.ndarray) -> np.ndarray:
    """All of it."""
    return image


CUTS = {name.removeprefix("cut_"): function for name, function in list(globals().items()) if name.startswith("cut_")}

BARE = (
    "space.overlay.show_overlays = space.show_gizmo_navigate = False\n"
    "space.show_region_toolbar = space.show_region_tool_header = False\nTrue"
)
DRAWN = "space.overlay.show_overlays = True\nTrue"
FRONT = "look(0, 1.55, 0.95)\nTrue"
AGREED = "settings.consent.basis = 'public_domain'; settings.consent.subject = 'Eileen Collins'\nTrue"
WITHOUT_CORE = "CORE = os.environ.pop('SPEAKING_LIKENESS_CORE_PYTHON', '')\nTrue"
PREFERENCES = """
bpy.context.preferences.active_section = 'ADDONS'
bpy.context.window_manager.addon_search = 'Speaking'
with over():
    bpy.ops.screen.userpref_show()
with contextlib.suppress(RuntimeError):
    bpy.ops.preferences.addon_expand(module={module!r})
True
"""
CLOSE = """
for other in list(bpy.context.window_manager.windows)[1:]:
    with bpy.context.temp_override(window=other):
        bpy.ops.wm.window_close()
os.environ['SPEAKING_LIKENESS_CORE_PYTHON'] = CORE
True
"""
SECOND = """
import pathlib
folder = next(pathlib.Path(bpy.data.filepath).parent.rglob('*.avatar'))
do('import_avatar', directory=str(folder))
rigs = [o for o in bpy.context.scene.objects if o.type == 'ARMATURE']
for o in rigs:
    o.select_set(True)
do('face_each_other'), do('look_at_each_other')
look(0.35, 1.5, 1.5)
True
"""

WAY: tuple[Act | Picture, ...] = (
    Picture("photo_empty", panels=("photo",)),
    Act(WITHOUT_CORE),
    Picture("first_run", panels=("photo",)),
    Picture("preferences", "change", code=PREFERENCES.format(module=MODULE)),
    Act(CLOSE),
    Act("settings.photo = PHOTO; settings.name = 'Astronaut'\nTrue"),
    Picture("whose_face", "change", ("photo",), "do('build_avatar', 'INVOKE_DEFAULT')"),
    Act(function=lambda session: session.ask("key", kind="ESC", x=560, y=560)),
    Act(AGREED),
    Act("do('build_avatar')"),
    Act(function=lambda session: session.wait_until(f"{JOBS}.current().fraction > 0.4")),
    Picture("building", panels=("job", "photo")),
    Act(job=True),
    Act(FRONT),
    Picture("built", "window", ("photo", "avatar", "scores")),
    Picture("quality", panels=("avatar", "scores")),
    Picture("options", panels=("photo", "options")),
    Act(BARE),
    Act("render = bpy.context.scene.render; render.resolution_x = render.resolution_y = 1080\nTrue"),
    Act("do('compare_photo')"),
    Picture("compare_panel", panels=("avatar", "comparison")),
    Picture("wipe", "view", code="settings.comparison.wipe = 0.44\nnear(24, -0.03, 0.14)"),
    Act("do('leave_comparison')"),
    Act("do('enter_pins')", job=True),
    Act("space.overlay.show_overlays = True\nTrue"),
    Act("space.overlay.show_bones = space.overlay.show_relationship_lines = False\nTrue"),
    Picture("pins", "view", ("photo", "pins"), "near(38, -0.04, 0.18)"),
    Picture("pins_panel", panels=("photo", "pins")),
    Act("space.overlay.show_bones = space.overlay.show_relationship_lines = True\ndo('leave_pins')"),
    Act("render.resolution_x, render.resolution_y = 1920, 1080\nTrue"),
    Act(BARE),
    Act(FRONT),
    Act(f"settings.script = {SCRIPT!r}; settings.direction = {DIRECTION!r}\nTrue"),
    Picture("script", panels=("script",)),
    Act("do('understand')", job=True),
    Picture("direction", panels=("direction", "sliders")),
    Act("do('perform_script')", job=True),
    Act(function=see_timeline),
    Act("settings.markers = {'WORDS'}; bpy.context.scene.frame_set(40)\nTrue"),
    Picture("first_take", "window", ("script", "direction", "perform", "takes")),
    Picture("takes", panels=("perform", "takes")),
    Act("do('review_take')", job=True),
    Picture("take_quality", panels=("perform", "takes", "review")),
    Act("settings.mixer_head.more = True\nTrue"),
    Picture("mixer", panels=("perform", "takes", "mixer")),
    Act("do('list_phones'); settings.phone = 12\nTrue"),
    Act("between(1, 60); settings.markers = {'PHONES'}\nTrue"),
    Picture("phones", panels=("perform", "takes", "phones")),
    Picture("phone_markers", "timeline"),
    Act(function=see_timeline),
    Act("do('list_feelings')"),
    Picture("feelings", panels=("direction", "feelings")),
    Picture("feeling_markers", "timeline", code="settings.markers = {'FEELINGS'}\nTrue"),
    Act("settings.markers = {'WORDS'}\nTrue"),
    Act(DRAWN),
    Picture("face_board", "view", ("avatar", "rig"), "look(0.12, 1.58, 0.85)\nTrue"),
    Picture("rig", panels=("avatar", "rig", "poses")),
    Act("do('edit_curves', layer='expression')"),
    Picture("curves", "timeline", ("perform", "takes", "mixer")),
    Act("do('leave_curves')"),
    Act("bpy.context.preferences.filepaths.asset_libraries.new(name='Cast', directory=os.path.dirname(PHOTO))\nTrue"),
    Picture("library", panels=("avatar", "library")),
    Picture("exchange", panels=("exchange",)),
    Picture("help", panels=("help", "keys")),
    Act(BARE),
    Act("do('build_studio')"),
    Picture("render", panels=("stage", "render")),
    Picture("studio", "view", code="space.region_3d.view_perspective = 'CAMERA'\nnear(0, 0, 0)"),
    Act(SECOND),
    Picture("conversation", "view", ("stage", "conversation")),
    Picture("conversation_panel", panels=("stage", "conversation")),
)


def show(session: Session, panels: Sequence[str]) -> None:
    """Open these panels. Raises AssertionError where the add-on has one of them not."""
    there = session.evaluate(SHOW.format(module=MODULE, names=repr(tuple(panels))))
    session.ask("wait", seconds=0.5)
    missing = set(panels) - set(there)
    assert not missing, f"there is no panel {', '.join(sorted(missing))}"


def take(session: Session, picture: Picture) -> None:
    """Set up, look, cut, write."""
    if picture.panels:
        show(session, picture.panels)
    session.ask("move", x=560, y=560)  # where dialogs open
    session.ask("wait", seconds=0.4)
    before = session.screen.read()
    session.evaluate(picture.code)
    session.ask("wait", seconds=0.5)
    session.ask("move", x=1590, y=40)
    session.ask("wait", seconds=1.0)
    image = CUTS[picture.cut](session, session.screen.read(), before)
    image = image[: round(len(image) * picture.share)]
    assert image.size and image.std() > 3, "nothing is seen"
    scale = min(1.0, WIDEST / image.shape[1])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    FOLDER.mkdir(exist_ok=True)
    assert cv2.imwrite(str(FOLDER / f"{picture.name}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    print(f"{picture.name}: {image.shape[1]} x {image.shape[0]}", flush=True)


def act(session: Session, deed: Act) -> None:
    """Do it, and wait for its job."""
    told = session.evaluate(deed.code)
    assert told != "unable", f"Blender says no: {deed.code}"
    if deed.function is not None:
        deed.function(session)
    if deed.job and session.evaluate(f"{JOBS}.current() is not None"):
        outcome = session.finish_job(240.0)
        assert outcome.startswith("done"), outcome
        session.evaluate("do('forget_job')")
    session.ask("wait", seconds=0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the guide's pictures.")
    parser.add_argument("--package", type=Path, required=True, help="the extension's zip")
    parser.add_argument("--only", nargs="*", help="names of the pictures to take")
    chosen = parser.parse_args()
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="film-", ignore_cleanup_errors=True) as folder:
        photo = Path(folder, "astronaut.png")
        cv2.imwrite(str(photo), skimage.data.astronaut()[..., ::-1])
        session = Session(find_program())
        try:
            session.install(chosen.package.resolve())
            prepare(session, Path(folder, "talking.blend"))
            session.evaluate(f"PHOTO = {str(photo)!r}\nTrue")
            for step in WAY:
                name = step.name if isinstance(step, Picture) else step.code.strip().splitlines()[-1]
                if isinstance(step, Picture) and chosen.only and step.name not in chosen.only and step.code == "True":
                    continue
                try:
                    take(session, step) if isinstance(step, Picture) else act(session, step)
                    failed.pop(name, None)
                except AssertionError as error:
                    failed[name] = str(error).strip().splitlines()[-1] if str(error).strip() else traceback.format_exc()
                    print(f"FAILED {name}: {failed[name]}", flush=True)
        finally:
            session.close()
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "All pictures are taken.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
