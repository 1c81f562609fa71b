# SPDX-License-Identifier: GPL-3.0-or-later
"""Test suites: which there are, in which environment they run, and what came of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.etree import ElementTree

from . import places, programs
from .environments import BLENDER, BLENDERS, CORE, Environment, run
from .programs import say

TEST_SECONDS = 20 * 60  # a suite that takes longer hangs


# What tries processes, files, texts and arithmetic rather than Blender, or takes longest: with every change on one
# Blender only, on all by --all-blenders.
ONCE = tuple(
    f"tests/blender/test_{name}.py"
    for name in (
        "faults", "addon_package", "addon_core", "addon_jobs", "pins", "direction_panel", "scripting_guide",
        "translations", "tooltips", "undo", "shot_cameras", "voices_panel", "phones", "lip_gap", "take_quality",
    )
)


@dataclass(frozen=True)
class Suite:
    """Which paths pytest runs in which environment, and which of the files in them not."""

    environment: Environment
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()


def list_suites(versions: Sequence[str], everywhere: bool = True) -> list[Suite]:
    """Every suite with its folders: the core's, and the add-on's in each of these Blenders that is set up.

    everywhere: all files on all Blenders; otherwise those of `ONCE` on the one that makes the package.
    """
    suites = [Suite(CORE, ("tests/core", "tests/contract"))]
    for version in versions:
        environment = BLENDERS[version][0]
        if environment.python.exists():
            films = ("tests/end_to_end",) if environment is BLENDER else ()
            without = () if everywhere or environment is BLENDER else ONCE
            suites.append(Suite(environment, ("tests/blender", *films), without))
        else:
            say(f"The add-on tests on Blender {version} are left out: no Python {environment.version} is at hand.")
    return suites


def choose_suites(suites: Iterable[Suite], paths: Sequence[str]) -> list[Suite]:
    """The suites with those of the paths that belong to them; all of their own where none is named."""
    chosen = []
    for suite in suites:
        inside = tuple(path for path in paths if path.startswith(suite.paths)) if paths else suite.paths
        if inside:
            chosen.append(Suite(suite.environment, inside, () if paths else suite.without))
    return chosen


def run_suites(suites: Sequence[Suite], options: Sequence[str]) -> list[dict[str, int]]:
    """Outcomes of all suites, on two lanes: the core's beside those in Blender, or every other Blender without it."""
    core = [suite for suite in suites if suite.environment is CORE]
    blenders = [suite for suite in suites if suite.environment is not CORE]
    lanes = [core, blenders] if core else [blenders[::2], blenders[1::2]]
    stopped = threading.Event()

    def walk(lane: Sequence[Suite]) -> list[dict[str, int]]:
        outcomes = []
        for suite in lane:
            if stopped.is_set():
                break
            say(f"== pytest in {suite.environment.folder.relative_to(places.ROOT)}")
            ignored = [f"--ignore={file}" for file in suite.without]
            outcomes.append(run_pytest(suite.environment, suite.paths, [*options, *ignored]))
        return outcomes

    with ThreadPoolExecutor(len(lanes)) as pool:
        futures = [pool.submit(walk, lane) for lane in lanes]
        try:
            return [outcome for future in futures for outcome in future.result()]
        except BaseException:
            stopped.set()
            for process in list(programs.RUNNING):
                programs.kill(process)
            raise


def run_tools() -> int:
    """Lint and types; how many of the two find fault."""
    failed = 0
    for tool in (["ruff", "check", "."], ["pyright"]):
        say(f"== {tool[0]}")
        failed += run([CORE.python, "-m", *tool]) != 0
    return failed


def run_pytest(
    environment: Environment, paths: Sequence[str], options: Sequence[str], **environ: str
) -> dict[str, int]:
    """Run pytest and count outcomes; a run that leaves no report, or fails outside its tests, failed."""
    report = places.VENV / f"{environment.name}.xml"
    report.unlink(missing_ok=True)
    command = [environment.python, "-m", "pytest", *paths, *options, f"--junitxml={report}"]
    status = run(command, TEST_SECONDS, **environ)
    if not report.exists():
        say(f"pytest in {environment.name} ended with status {status} and without a report: it crashed or hung.")
        return {"failed": 1}
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))
    number = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    nothing_chosen = status == 5  # such as -k with a name that this suite has not
    return {
        "passed": number["tests"] - failed - number["skipped"],
        "failed": failed or int(status != 0 and not nothing_chosen),
        "skipped": number["skipped"],
    }
