#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up, show, test, measure and package Speaking Likeness.

    python3 build.py setup [--tests]             environments, models, system libraries
    python3 build.py demo [OPTIONS]              one photo and one script become a clip in out/demo
    python3 build.py test [PATHS] [-k NAME ...]  lint, types and all tests; options go to pytest
    python3 build.py bench NAME [DIR] --out OUT  measure; without a NAME it lists what can be measured
    python3 build.py package                     dist/speaking_likeness-VERSION.zip for Blender

Each command does all the set-up that it needs, once: environments under .venv/ with Python 3.11 and the
locked packages, which pip fetches as this machine configures it. SPEAKING_LIKENESS_TORCH_INDEX may name a
package index that offers torch's CPU build (on Linux the plain one brings gigabytes of CUDA along).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TORCH = "2.13.0"
TEST_SECONDS = 20 * 60  # a suite that takes longer hangs
RUNNING: set[subprocess.Popen] = set()  # programs that were started and not waited for yet


class Stop(Exception):
    """Work cannot go on; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Environment:
    """One Python environment under .venv/."""

    name: str
    version: str  # of Python
    gigabytes: float  # what it takes on the disk while it is made, measured

    @property
    def folder(self) -> Path:
        return VENV / self.name

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def log(self) -> Path:
        return VENV / f"{self.name}.log"


CORE = Environment("core", "3.11", 3.0)
BLENDER = Environment("blender", "3.11", 1.8)
BLENDER_5 = Environment("blender_5", "3.13", 1.8)

CORE_LOCK = "core/requirements.txt"
TOOLS_LOCK = "tests/requirements.txt"
BLENDER_LOCK = "blender_addon/requirements.txt"

# Library that bpy or mediapipe loads -> its Debian package.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libSM.so.6": "libsm6",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# The same elsewhere: installer -> its whole command.
INSTALLERS = {
    "dnf": "dnf install libglvnd-{glx,egl,gles} mesa-dri-drivers libSM libX{i,render,fixes} libxkbcommon",
    "pacman": "pacman -S libglvnd mesa libsm libxi libxrender libxfixes libxkbcommon",
    "zypper": "zypper install libGL1 libEGL1 libGLESv2-2 libSM6 libXi6 libXrender1 libXfixes3 libxkbcommon0",
}

FOREIGN = ("PYTHONPATH", "PYTHONHOME")  # would mix other packages into the environments

# What a log says -> what to do about it.
REASONS = {
    r"No space left on device": "The disk is full: free some gigabytes and run this command again.",
    r"DO NOT MATCH THE HASHES": "A package is not the locked one: look at the index in 'pip config list'.",
    r"NewConnection|NameResolution|ConnectTimeout|Read timed out|ProxyError|Failed to establish|Could not "
    r"resolve|Unable to connect|Temporary failure": "The package index cannot be reached: connect this "
    "machine to the network and run this command again.",
}


say = functools.partial(print, flush=True)


@contextlib.contextmanager
def shown(text: str, state: Callable[[], str]) -> Iterator[None]:
    """Show that ``text`` goes on, for how long, and its state: one moving line, or plain lines in a log."""
    started, done, moving = time.monotonic(), threading.Event(), sys.stdout.isatty()

    def draw() -> None:
        while not done.wait(0.1 if moving else 30):
            seconds = time.monotonic() - started
            line = f"{text} {state()} {seconds:.0f} s"
            bar = "".join("#" if (place - int(seconds * 8)) % 20 < 4 else "." for place in range(20))
            width = shutil.get_terminal_size().columns - 1
            say(f"\r\x1b[K{f'[{bar}] {line}'[:width]}" if moving else line, end="" if moving else "\n")

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        say(("\r\x1b[K" if moving else "") + f"{text}: {time.monotonic() - started:.0f} s")


def run_logged(
    command: Sequence[str | Path], text: str, log: Path, count: tuple[str, ...] = (), total: int = 0
) -> None:
    """Run a command with its output in ``log``; lines that start with one of ``count`` are its progress.

    Raises Stop with the reason that `REASONS` finds in the output, else with its last line.
    """
    lines: list[str] = []
    VENV.mkdir(exist_ok=True)

    def state() -> str:
        met = sum(line.startswith(count) for line in list(lines))
        return f"{met} of {total}" if 0 < met < total else ""

    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with tempfile.TemporaryDirectory(dir=VENV) as temporary, log.open("a", encoding="utf-8") as file:
        environment.update(TMPDIR=temporary, DEBIAN_FRONTEND="noninteractive")  # /tmp may be small
        process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        try:
            with shown(text, state):
                for line in process.stdout:
                    lines.append(line)
                    file.write(line)
                process.wait()
        finally:
            process.kill()
    if process.returncode:
        sentences = [sentence for pattern, sentence in REASONS.items() if re.search(pattern, "".join(lines))]
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no word why")
        raise Stop(sentences[0] if sentences else f"{text} failed, see {log.relative_to(ROOT)}: {last}")


def says(python: str | Path, code: str) -> str:
    """What a Python prints when it runs ``code``; nothing when it does not work."""
    try:
        done = subprocess.run([str(python), "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def find_python(version: str) -> str | None:
    """A Python of that version that works, the running one first. (pyenv's shims often do not work.)"""
    names = [f"python{version}", "python3", "python.exe"]
    candidates = [sys.executable]
    candidates += [os.path.join(folder, name) for folder in os.get_exec_path() for name in names]
    candidates += sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/{version}.*/bin/python{version}")))
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    for python in dict.fromkeys(candidates):
        if os.access(python, os.X_OK) and says(python, probe) == version:
            return python
    return None


def require_python(version: str) -> str:
    python = find_python(version)
    if python is None:
        raise Stop(f"Python {version} is needed and was not found: install it (Debian: apt-get install "
                   f"python{version}-venv, elsewhere from python.org) and run this command again.")
    return python


def prepare(environment: Environment, *locks: str) -> None:
    """Make an environment with the given locks installed. Takes no time when it is there.

    The stamp is removed before the first change and written after the last: an environment whose making was
    interrupted is made anew, and so is one whose lock has changed.
    """
    stamp = environment.folder / "installed.json"
    wanted = {lock: digest(ROOT / lock) for lock in locks}
    installed = json.loads(stamp.read_text()) if stamp.exists() and environment.python.exists() else {}
    if wanted.items() <= installed.items():
        return
    if not installed or any(installed.get(lock, value) != value for lock, value in wanted.items()):
        make_environment(environment)
        installed = {}
    stamp.unlink(missing_ok=True)
    for lock in locks:
        if lock not in installed:
            install(environment, lock)
    stamp.write_text(json.dumps({**installed, **wanted}, indent=1) + "\n")


def make_environment(environment: Environment) -> None:
    python = require_python(environment.version)
    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.log.unlink(missing_ok=True)
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < environment.gigabytes:
        raise Stop(f"The disk has {free:.1f} GB free and the {environment.name} environment takes "
                   f"{environment.gigabytes} GB: free some space and run this command again.")
    command = [python, "-m", "venv", environment.folder]
    text = f"Environment {environment.name}"
    complete = "import venv, ensurepip; print('yes')"
    if not says(python, complete) and is_debian_root():
        apt_install([f"python{environment.version}-venv"], "Python's venv")
    if says(python, complete):
        run_logged(command, text, environment.log)
    elif says(python, "import venv, pip; print('yes')"):
        run_logged([*command, "--without-pip"], text, environment.log)
        pip = [python, "-m", "pip", "--python", environment.python]
        run_logged([*pip, "install", "pip"], "pip", environment.log)
    else:
        raise Stop(f"{python} cannot make environments: run 'sudo apt-get install "
                   f"python{environment.version}-venv', then run this command again.")


def install(environment: Environment, lock: str) -> None:
    pip = [environment.python, "-m", "pip", "install", "--no-input", "--no-deps", "--progress-bar=off",
           "--disable-pip-version-check"]
    total = len(re.findall(r"^\S+==", (ROOT / lock).read_text(), re.MULTILINE))
    command = [*pip, "--require-hashes", "-r", lock]
    run_logged(command, f"Packages of {lock}", environment.log, ("Collecting ", "Processing "), total)
    if lock == CORE_LOCK:
        install_torch(environment, pip)


def install_torch(environment: Environment, pip: Sequence[str | Path]) -> None:
    """torch has no hash: its CPU build is another file than the plain one, and not served everywhere."""
    index = os.environ.get("SPEAKING_LIKENESS_TORCH_INDEX")
    pip = [*pip, "--extra-index-url", index] if index else pip
    if sys.platform == "linux":
        try:
            return run_logged([*pip, f"torch=={TORCH}+cpu"], "torch, CPU build", environment.log)
        except Stop:
            say("No package index here offers torch's CPU build; taking the plain one, gigabytes for CUDA.")
    with_dependencies = [part for part in pip if part != "--no-deps"]
    return run_logged([*with_dependencies, f"torch=={TORCH}"], "torch", environment.log)


def is_debian_root() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str], text: str) -> None:
    log = VENV / "apt.log"
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    try:
        run_logged(command, text, log)
    except Stop:  # the package lists are missing or old
        run_logged(["apt-get", "update", "-q"], "Package lists", log)
        run_logged(command, text, log)


def missing_libraries() -> list[str]:
    """Debian packages of the system libraries that cannot be loaded here."""
    missing = []
    for library, package in LIBRARIES.items() if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def prepare_libraries() -> None:
    if missing_libraries() and is_debian_root():
        apt_install(missing_libraries(), "System libraries")
    packages = missing_libraries()
    if packages:
        apt = "apt-get install " + " ".join(packages)
        command = next((line for name, line in INSTALLERS.items() if shutil.which(name)), apt)
        raise Stop(f"System libraries are missing: run 'sudo {command}', then run this command again.")


def prepare_models(optional: bool = False) -> None:
    """Fetch the model files once, also the optional ones if wanted. A stamp spares later runs the look into each."""
    folder = models_folder()
    stamp = folder / "ready.json"
    listed = digest(ROOT / "addon_models" / "models.toml")
    ready = json.loads(stamp.read_text()) if stamp.exists() else {}
    is_known = ready.get("models.toml") == listed and (ready.get("optional", False) or not optional)
    if not is_known or not all((folder / name).exists() for name in ready["files"]):
        command = [CORE.python, "-m", "core.models", "fetch", *(["--all"] if optional else [])]
        run_logged(command, "Model files", VENV / "models.log")
        names = sorted(path.name for path in folder.iterdir() if path != stamp and path.is_file())
        ready = {"models.toml": listed, "optional": optional, "files": names}
        stamp.write_text(json.dumps(ready, indent=1) + "\n")


def models_folder() -> Path:
    return Path(os.environ.get("SPEAKING_LIKENESS_MODELS") or ROOT / ".models")


def packaged_models() -> list[Path]:
    """The fetched files that the extension brings along: all that are not optional."""
    import tomllib  # only from Python 3.11 on; an older one may have started this file

    listed = tomllib.loads((ROOT / "addon_models" / "models.toml").read_text(encoding="utf-8"))["model"]
    files = [models_folder() / model["file"] for model in listed if not model.get("optional")]
    return [path for path in files if path.exists()]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def setup(arguments: Sequence[str]) -> int:
    for_tests = "--tests" in arguments
    prepare_libraries()
    prepare(CORE, CORE_LOCK, *([TOOLS_LOCK] if for_tests else []))
    prepare(BLENDER, BLENDER_LOCK)
    if for_tests and (BLENDER_5.python.exists() or find_python(BLENDER_5.version)):
        prepare(BLENDER_5, BLENDER_LOCK)
    prepare_models(optional=for_tests)
    return 0


def demo(arguments: Sequence[str]) -> int:
    setup([])
    return run([BLENDER.python, "sample_scenes/demo.py", "--core-python", CORE.python, *arguments])


def bench(arguments: Sequence[str]) -> int:
    programs = {path.stem[6:]: path for path in sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))}
    if not arguments or arguments[0] not in programs:
        names = ", ".join(programs) or "nothing yet"
        raise Stop(f"Say what to measure, as in 'build.py bench NAME --out OUT': {names}.")
    program = programs[arguments[0]]
    setup([])
    in_blender = re.search(r'^ENVIRONMENT = "blender"$', program.read_text(encoding="utf-8"), re.MULTILINE)
    return run([(BLENDER if in_blender else CORE).python, program, *arguments[1:]])


def test(arguments: Sequence[str]) -> int:
    setup(["--tests"])
    paths = [argument for argument in arguments if (ROOT / argument.split("::")[0]).exists()]
    options = [argument for argument in arguments if argument not in paths]
    suites: list[tuple[Environment, tuple[str, ...]]] = [
        (CORE, ("tests/core", "tests/contract")),
        (BLENDER, ("tests/blender", "tests/end_to_end")),
    ]
    if BLENDER_5.python.exists():
        suites.append((BLENDER_5, ("tests/blender",)))
    else:
        say(f"The add-on tests on Blender 5 are left out: no Python {BLENDER_5.version} is at hand.")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for tool in () if arguments else (["ruff", "check", "."], ["pyright"]):
        say(f"== {tool[0]}")
        counts["failed"] += run([CORE.python, "-m", *tool]) != 0
    chosen = [(place, [p for p in paths if p.startswith(folders)] if paths else folders) for place, folders in suites]
    for outcomes in run_suites([(place, inside) for place, inside in chosen if inside], options):
        for outcome, number in outcomes.items():
            counts[outcome] += number
    say(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


def run_suites(
    suites: Sequence[tuple[Environment, Sequence[str]]], options: Sequence[str]
) -> list[dict[str, int]]:
    """Outcomes of all suites: those in Blender one after the other, and beside them the core's, each on a core."""
    lanes = [[suite for suite in suites if (suite[0] is CORE) == core] for core in (True, False)]
    stopped = threading.Event()

    def walk(lane: Sequence[tuple[Environment, Sequence[str]]]) -> list[dict[str, int]]:
        outcomes = []
        for environment, paths in lane:
            if stopped.is_set():
                break
            say(f"== pytest in {environment.folder.relative_to(ROOT)}")
            outcomes.append(run_pytest(environment, paths, options))
        return outcomes

    with ThreadPoolExecutor(len(lanes)) as pool:
        futures = [pool.submit(walk, lane) for lane in lanes]
        try:
            return [outcome for future in futures for outcome in future.result()]
        except BaseException:
            stopped.set()
            for process in list(RUNNING):
                kill(process)
            raise


def run_pytest(environment: Environment, paths: Sequence[str], options: Sequence[str]) -> dict[str, int]:
    """Run pytest and count outcomes; a run that leaves no report, or fails outside its tests, failed."""
    report = VENV / f"{environment.name}.xml"
    report.unlink(missing_ok=True)
    status = run([environment.python, "-m", "pytest", *paths, *options, f"--junitxml={report}"], TEST_SECONDS)
    if not report.exists():
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


def run(command: Sequence[str | Path], seconds: float | None = None) -> int:
    """Run a program of this repository in the foreground, with a user folder of its own for Blender."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": folder, "PYTHONPATH": str(ROOT),
                       "SPEAKING_LIKENESS_CORE_PYTHON": str(CORE.python),
                       "SPEAKING_LIKENESS_BLENDER_PYTHON": str(BLENDER.python)}
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        RUNNING.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"It did not end within {seconds:.0f} s and was stopped.")
            return 1
        finally:
            kill(process)
            RUNNING.discard(process)


def kill(process: subprocess.Popen) -> None:
    """End a process that still runs, with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
        process.wait()


def package(arguments: Sequence[str]) -> int:
    setup([])
    tool = [BLENDER.python, next(BLENDER.folder.rglob("bl_pkg/cli/blender_ext.py"))]
    with tempfile.TemporaryDirectory(dir=VENV) as temporary:
        stage, built = Path(temporary, "stage"), Path(temporary, "built.zip")
        stage_package(stage, packaged_models())
        manifest = (stage / "blender_manifest.toml").read_text(encoding="utf-8")
        version = re.findall(r'^version = "(.+)"$', manifest, re.MULTILINE)[0]
        target = ROOT / "dist" / f"speaking_likeness-{version}.zip"
        log = VENV / "package.log"
        run_logged([*tool, "build", "--source-dir", stage, "--output-filepath", built], "Package", log)
        final = Path(temporary, target.name)
        normalise(built, final)
        run_logged([*tool, "validate", final], "Validation", log)
        target.parent.mkdir(exist_ok=True)
        final.replace(target)
    say(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB, sha256 {digest(target)}")
    return 0


def stage_package(stage: Path, models: Sequence[Path]) -> None:
    """Lay out the extension in a new folder: the add-on, and inside it the core and the model files."""
    shutil.copytree(ROOT / "blender_addon", stage, ignore=shutil.ignore_patterns("requirements.txt"))
    shutil.copytree(ROOT / "core", stage / "core")
    shutil.copytree(ROOT / "addon_models", stage / "addon_models", ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(ROOT / "LICENSE", stage)
    for path in models:
        shutil.copy(path, stage / "addon_models")


def normalise(source: Path, target: Path) -> None:
    """The same archive with sorted names and one date, so that the same tree gives the same bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED, 9)


COMMANDS = {"setup": setup, "demo": demo, "test": test, "bench": bench, "package": package}


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
