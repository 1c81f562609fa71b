# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what lies between the core and Blender, with the real worker; they need no bpy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pipe import BAD_JOBS, Worker

from blender_addon.engine.process import Core


@pytest.fixture
def worker() -> Iterator[Worker]:
    """The worker as Blender starts it."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def bad_worker() -> Iterator[Worker]:
    """The worker with jobs that behave badly."""
    worker = Worker(program=BAD_JOBS)
    yield worker
    worker.close()


@pytest.fixture
def start_core(repository: Path, tmp_path: Path) -> Iterator[Callable[..., Core]]:
    """Makes supervisors, and ends their children after the test."""
    made: list[Core] = []

    def start(python: Path = Path(sys.executable), home: Path = repository, **more: object) -> Core:
        made.append(Core(python, home, tmp_path / "core.log", **more))
        return made[-1]

    yield start
    for core in made:
        core.stop()


@pytest.fixture
def core(start_core: Callable[..., Core]) -> Core:
    """A supervisor of the real core."""
    return start_core()
