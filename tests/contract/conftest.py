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
def own_worker() -> Iterator[Worker]:
    """The worker as Blender starts it, for a test that ends it or hears its first words."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    """Workers that go on from test to test, by the program that they run."""
    workers: dict[str, Worker] = {}
    yield workers
    for worker in workers.values():
        worker.close()


@pytest.fixture
def worker(workers: dict[str, Worker]) -> Worker:
    """The worker as Blender starts it, which has nothing to do and nothing more to say."""
    return _at_rest(workers, "")


@pytest.fixture
def bad_worker(workers: dict[str, Worker]) -> Worker:
    """The worker with jobs that behave badly, which has nothing to do and nothing more to say."""
    return _at_rest(workers, BAD_JOBS)


def _at_rest(workers: dict[str, Worker], program: str) -> Worker:
    if program not in workers:
        workers[program] = Worker(program=program)
    assert workers[program].is_alive(), "the test before has ended it"
    return workers[program]


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
