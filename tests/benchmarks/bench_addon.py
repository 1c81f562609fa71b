# SPDX-License-Identifier: GPL-3.0-or-later
"""How the add-on feels in a real window: presses, seconds, pauses, undo steps, the cost of starting up.

    python3 build.py bench addon --out OUT

Needs what ``build.py test --window`` needs (tests/window/program.py) and a package in dist/. The seconds leave out
those in which the test looked for buttons. Pauses are the longest times between two runs of a timer;
they hold what Blender takes for drawing, so the window is a small one, and those with nothing at work are told too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import skimage.data

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "window"), str(Path(__file__).resolve().parent)]

from first_take import take_the_way  # noqa: E402
from program import find_program  # noqa: E402
from session import JOBS, MODULE, Session  # noqa: E402
from summary import Row, report  # noqa: E402

SMALL = (640, 420)
REPEATS = 5
HEAVY = ("torch", "numpy.random", "socket", "urllib.request", "ssl")
START_UP = f"""
import sys, time, importlib, addon_utils
def cost():
    addon_utils.disable({MODULE!r})
    for name in [name for name in sys.modules if name.startswith({MODULE!r})]:
        del sys.modules[name]
    begin = time.perf_counter()
    addon_utils.enable({MODULE!r})
    return time.perf_counter() - begin
before = set(sys.modules)
costs = [cost() for _ in range({REPEATS})]
min(costs)
"""


def walk(photo: Path, package: Path, out: Path) -> list[Row]:
    """The way of somebody new, and back by undo."""
    session = Session(find_program())
    try:
        session.install(package)
        session.show_tab()
        way = take_the_way(session, photo, out)
        session.evaluate("bpy.ops.screen.animation_cancel() and None")
        steps = 0
        while session.evaluate("[o for o in bpy.data.objects if o.type == 'ARMATURE']") and steps < 20:
            session.undo()
            steps += 1
    finally:
        session.close()
    return [
        Row("presses from an empty scene to a playing take", way.presses, 8, at_most=True),
        Row("seconds of it", way.seconds, 60.0, at_most=True),
        Row("times that the sidebar was scrolled to find a button", way.scrolls),
        Row("undo steps back to the empty scene", steps),
    ]


def measure_pauses(photo: Path, package: Path) -> list[Row]:
    """Of an avatar that is built in a small window, and of one in which nothing is done."""
    session = Session(find_program(), size=SMALL)
    try:
        session.install(package)
        session.ask("gaps", on=True)
        session.ask("wait", seconds=5.0)
        idle = session.ask("gaps", on=False)
        session.evaluate(
            "settings = bpy.context.scene.likeness\n"
            f"settings.photo = {str(photo)!r}; settings.name = 'Astronaut'; settings.consent.basis = 'public_domain'\n"
            "str(bpy.ops.likeness.build_avatar())"
        )
        session.ask("gaps", on=True)
        session.ask("watch", code=f"not {JOBS}.is_running()", seconds=100.0)
        pauses = session.ask("gaps", on=False)
        start_up = session.evaluate(START_UP)
        heavy = session.evaluate(f"[name for name in {HEAVY!r} if name in set(sys.modules) - before]")
    finally:
        session.close()
    return [
        Row("longest pause while an avatar is built, ms", 1000 * pauses[0][1], 100.0, at_most=True),
        Row("fifth longest pause, ms", 1000 * pauses[4][1]),
        Row("longest pause with nothing at work, ms", 1000 * idle[0][1]),
        Row("enabling the add-on, best of five, ms", 1000 * start_up, 50.0, at_most=True),
        Row("heavy or network modules that it imports", len(heavy), 0.0, at_most=True),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--package", type=Path, help="the extension's zip; the last one in dist/ if not given")
    options = parser.parse_args()
    found = [options.package] if options.package else sorted((ROOT / "dist").glob("speaking_likeness-*.zip"))
    if not found:
        print("There is no package: run python3 build.py package first.", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "astronaut.png"
        cv2.imwrite(str(photo), skimage.data.astronaut()[..., ::-1])
        rows = [*walk(photo, found[-1], options.out), *measure_pauses(photo, found[-1])]
    return report(rows, options.out)


if __name__ == "__main__":
    sys.exit(main())
