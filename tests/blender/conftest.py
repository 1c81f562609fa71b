# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests inside Blender's Python: a user folder of their own, a fresh file around each, an end that ends."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parent.parent), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

# Before bpy is imported: preferences, extensions and caches of the person at the machine stay untouched.
USER_FOLDER = tempfile.mkdtemp(prefix="likeness_blender_")
os.environ["BLENDER_USER_RESOURCES"] = USER_FOLDER

bpy = pytest.importorskip("bpy", reason="these tests need the Python that has bpy")

from small_avatar import write_small_avatar, write_small_performance  # noqa: E402


@pytest.fixture(autouse=True)
def fresh_file() -> Iterator[None]:
    """An empty scene with no objects before each test."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield


@pytest.fixture
def avatar_folder(tmp_path: Path) -> Path:
    """A small avatar on disk."""
    return write_small_avatar(tmp_path)


@pytest.fixture
def performance_folder(tmp_path: Path) -> Path:
    """A small performance of one second on disk, with its sound."""
    return write_small_performance(tmp_path)


@pytest.fixture
def armature(avatar_folder: Path) -> bpy.types.Object:
    """The small avatar as a rig in the scene."""
    from blender_addon.rig import import_avatar

    return import_avatar(avatar_folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once with pytest's status: Python's own exit hangs while bpy has classes registered (4.5)."""
    shutil.rmtree(USER_FOLDER, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "likeness_status", 1))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.likeness_status = int(exitstatus)
