# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole product once: the core's real worker, a rig in Blender, a clip, and eyes that look at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
for folder in (str(ROOT), str(HERE.parent / "blender")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from blender_session import pytest_sessionfinish, pytest_unconfigure  # noqa: E402, F401 (hooks; before bpy)

bpy = pytest.importorskip("bpy", reason="these tests need the Python that has bpy")

# Many closures and wide vowels between pauses.
SCRIPT = "Papa may back a map. My baby mama bought a pie."
# Few, so that the whole ends in minutes on two cores: a face of some hundred pixels is all that is measured.
PIXELS, SAMPLES = 320, 5


@dataclass(frozen=True)
class Seen:
    """One frame of the clip, as the landmarker saw it.

    seconds: of the frame; gap: height between the inner lips over the distance of the outer eye corners,
    None where no face was found; mean and spread: of the grey values, 0..255.
    """

    seconds: float
    gap: float | None
    mean: float
    spread: float


@dataclass(frozen=True)
class Film:
    """What the demo left in ``folder``: speech and report are its JSON files, told is what it printed."""

    folder: Path
    clip: Path
    speech: Mapping[str, Any]
    report: Mapping[str, Any]
    told: str
    frames: tuple[Seen, ...]


@pytest.fixture(scope="session")
def core_python() -> Path:
    """The Python that has the core's packages."""
    named = os.environ.get("SPEAKING_LIKENESS_CORE_PYTHON")
    python = Path(named) if named else ROOT / ".venv" / "core" / "bin" / "python"
    if not python.is_file():
        pytest.skip("no core environment: run build.py setup, or name one in SPEAKING_LIKENESS_CORE_PYTHON")
    return python


@pytest.fixture(scope="session")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of all that is started: the person's own folder, for certificate and policy, is a new one."""
    return {**os.environ, "SPEAKING_LIKENESS_CONFIG": str(tmp_path_factory.mktemp("config"))}


@pytest.fixture(scope="session")
def run_demo(core_python: Path, environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``build.py demo`` without its set-up: a process of its own, with the given options."""

    def run(*options: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, ROOT / "sample_scenes" / "demo.py", "--core-python", core_python, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=900, env={**environ, **more})

    return run


@pytest.fixture(scope="session")
def film(
    run_demo: Callable[..., subprocess.CompletedProcess[str]],
    core_python: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Film:
    """NASA's portrait speaks `SCRIPT`, in the engine that needs neither GPU nor minutes."""
    folder = tmp_path_factory.mktemp("film")
    looks = ("--engine", "workbench", "--size", str(PIXELS), "--samples", str(SAMPLES))
    done = run_demo("--accept-policy", "--script", SCRIPT, *looks, "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    clip = folder / "clip.mp4"
    watched = subprocess.run(
        [core_python, HERE / "watch_clip.py", clip], check=True, timeout=300, capture_output=True, text=True
    )
    return Film(
        folder,
        clip,
        json.loads((folder / "demo.speech" / "speech.json").read_text(encoding="utf-8")),
        json.loads((folder / "report.json").read_text(encoding="utf-8")),
        done.stdout,
        tuple(Seen(**entry) for entry in json.loads(watched.stdout.splitlines()[-1])),
    )
