# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python environments under .venv/: the core's, and one for each Blender."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import places, programs
from .libraries import apt_install, is_debian_root
from .places import digest
from .programs import Stop, run_logged, say, says

TORCH = "2.13.0"


@dataclass(frozen=True)
class Environment:
    """One Python environment under .venv/."""

    name: str
    version: str  # of Python
    gigabytes: float  # what it takes on the disk while it is made, measured

    @property
    def folder(self) -> Path:
        return places.VENV / self.name

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def log(self) -> Path:
        return places.VENV / f"{self.name}.log"


CORE_LOCK = "core/requirements.txt"
TOOLS_LOCK = "tests/requirements.txt"
BLENDER_LOCK = "blender_addon/requirements.txt"
DOCS_LOCK = "docs/requirements.txt"

CORE = Environment("core", "3.11", 3.0)
BLENDER = Environment("blender", "3.11", 1.8)  # makes the demo and the package
BLENDER_5 = Environment("blender_5", "3.13", 1.8)
DOCS = Environment("docs", "3.11", 0.1)  # makes the guide
BLENDERS: Mapping[str, tuple[Environment, str]] = {  # version -> its environment and lock
    "4.2": (Environment("blender_4_2", "3.11", 1.6), "blender_addon/requirements_4_2.txt"),
    "4.5": (BLENDER, BLENDER_LOCK),
    "5.0": (Environment("blender_5_0", "3.11", 1.8), "blender_addon/requirements_5_0.txt"),
    "5.2": (BLENDER_5, BLENDER_LOCK),
}
OFTEN = ("4.5", "5.2")  # tested with every change


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
    wanted = {lock: digest(places.ROOT / lock) for lock in locks}
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
    free = shutil.disk_usage(places.ROOT).free / 1e9
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
    total = len(re.findall(r"^\S+==", (places.ROOT / lock).read_text(), re.MULTILINE))
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


def run(command: Sequence[str | Path], seconds: float | None = None, **environ: str) -> int:
    """Run a program of this repository in the foreground; it is told where the Pythons of both halves are."""
    pythons = {"CORE": CORE.python, "BLENDER": BLENDER.python}
    told = {f"SPEAKING_LIKENESS_{half}_PYTHON": str(python) for half, python in pythons.items()}
    return programs.run(command, {**told, **environ}, seconds)
