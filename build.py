#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up, show, test, measure and package Speaking Likeness.

    python3 build.py setup [--tests]             environments, models, system libraries
    python3 build.py demo [OPTIONS]              one photo and one script become a clip in out/demo
    python3 build.py demo --storyboard NAME      a storyboard of sample_scenes/storyboards becomes films
    python3 build.py test [PATHS] [-k NAME ...]  lint, types and all tests; options go to pytest
    python3 build.py test --all-blenders         the add-on's tests on Blender 4.2, 4.5, 5.0 and 5.2
    python3 build.py test --window               package, then press its buttons in a real Blender window
    python3 build.py bench NAME [DIR] --out OUT  measure; without a NAME it lists what can be measured
    python3 build.py package                     dist/speaking_likeness-VERSION.zip for Blender
    python3 build.py guide [--pictures]          the guide as a site in dist/guide, with new pictures first
    python3 build.py package --platform NAME     and the core's wheels for linux-x64, windows-x64, macos-arm64
                                                 or all, listed in dist/; with --bundle inside the zip too

Each command does all the set-up that it needs, once: environments under .venv/ with Python 3.11 and the
locked packages, which pip fetches as this machine configures it. SPEAKING_LIKENESS_TORCH_INDEX may name a
package index that offers torch's CPU build (on Linux the plain one brings gigabytes of CUDA along).
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Sequence

from building import guide, packaging, platforms, suites
from building.environments import (
    BLENDER,
    BLENDERS,
    CORE,
    CORE_LOCK,
    OFTEN,
    TOOLS_LOCK,
    find_python,
    prepare,
    require_python,
    run,
)
from building.libraries import prepare_libraries
from building.model_files import prepare_models
from building.places import ROOT
from building.programs import Stop, say


def setup(arguments: Sequence[str]) -> int:
    set_up(for_tests="--tests" in arguments)
    return 0


def set_up(for_tests: bool = False, blenders: Sequence[str] = ()) -> None:
    """Make what the commands need; for tests their tools too, and of these Blenders all whose Python is here."""
    prepare_libraries()
    prepare(CORE, CORE_LOCK, *([TOOLS_LOCK] if for_tests else []))
    prepare(*BLENDERS["4.5"])
    for version in (blenders or OFTEN) if for_tests else ():
        environment, lock = BLENDERS[version]
        if environment.python.exists() or find_python(environment.version):
            prepare(environment, lock)
    prepare_models(optional=for_tests)


def demo(arguments: Sequence[str]) -> int:
    set_up()
    if any(argument.split("=")[0] == "--storyboard" for argument in arguments):
        prepare_models(optional=True)  # the samples speak with voices that are fetched when they are needed
        return run([CORE.python, "sample_scenes/film.py", "--blender", BLENDER.python, *arguments])
    return run([BLENDER.python, "sample_scenes/demo.py", "--core-python", CORE.python, *arguments])


def bench(arguments: Sequence[str]) -> int:
    programs = {path.stem[6:]: path for path in sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))}
    if not arguments or arguments[0] not in programs:
        names = ", ".join(programs) or "nothing yet"
        raise Stop(f"Say what to measure, as in 'build.py bench NAME --out OUT': {names}.")
    program = programs[arguments[0]]
    set_up()
    in_blender = re.search(r'^ENVIRONMENT = "blender"$', program.read_text(encoding="utf-8"), re.MULTILINE)
    return run([(BLENDER if in_blender else CORE).python, program, *arguments[1:]])


def test(arguments: Sequence[str]) -> int:
    options = [argument for argument in arguments if argument not in ("--all-blenders", "--window")]
    paths = [option for option in options if (ROOT / option.split("::")[0]).exists()]
    options = [option for option in options if option not in paths]
    everywhere = "--all-blenders" in arguments
    versions = list(BLENDERS) if everywhere else OFTEN
    set_up(for_tests=True, blenders=versions)
    if "--window" in arguments:
        zip_path = packaging.write_package()
        tried = suites.run_pytest(CORE, paths or ["tests/window"], options, SPEAKING_LIKENESS_PACKAGE=str(zip_path))
        return tell([tried])
    failed = 0 if arguments else suites.run_tools()
    wanted = paths or (["tests/blender"] if everywhere else [])
    chosen = suites.choose_suites(suites.list_suites(versions, everywhere), wanted)
    return tell([{"failed": failed}, *suites.run_suites(chosen, options)])


def tell(outcomes: Sequence[dict[str, int]]) -> int:
    """Say what came of all suites together; 1 where something failed or nothing ran."""
    counts = {name: sum(each.get(name, 0) for each in outcomes) for name in ("passed", "failed", "skipped")}
    say(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


def package(arguments: Sequence[str]) -> int:
    named = list(arguments)
    bundled = "--bundle" in named and not named.remove("--bundle")
    if named and named[0] != "--platform":
        raise Stop("Say 'build.py package', with '--platform NAME' to list a platform's wheels, with '--bundle' too "
                   "to put them into the zip.")
    wanted = platforms.find_platforms(named[1:]) if named or bundled else []
    set_up()
    plain = packaging.write_package()
    for platform in wanted:
        found = [platforms.fetch_wheels(platform, python) for python in platforms.PYTHONS]
        platforms.write_list(platform, found)
        if bundled:
            packaging.validate(platforms.bundle(plain, platform, found))
    return 0


def write_guide(arguments: Sequence[str]) -> int:
    if arguments and list(arguments) != ["--pictures"]:
        raise Stop("Say 'build.py guide', with '--pictures' to take its pictures anew.")
    if arguments:
        set_up(for_tests=True)
        if guide.take_pictures(packaging.write_package()):
            raise Stop("Not all pictures could be taken; those that could are in docs/guide/pictures.")
    guide.build_guide()
    return 0


COMMANDS = {"setup": setup, "demo": demo, "test": test, "bench": bench, "package": package, "guide": write_guide}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print((__doc__ or "").strip())
        return 0 if arguments and arguments[0] in ("-h", "--help", "help") else 2
    # Stopped by a kill as by Ctrl+C: `run` then takes along what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 (this very file may be started by an older one)
            return subprocess.call([require_python("3.11"), __file__, *arguments])
        return COMMANDS[arguments[0]](arguments[1:])
    except Stop as stop:
        print(stop, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; run the command again to go on.", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used ({error.strerror}): make room or permit it, "
              "then run this command again.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
