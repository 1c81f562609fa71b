# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests inside Blender's Python: a user folder of their own, a fresh file around each, an end that ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parent.parent), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from blender_session import pytest_sessionfinish, pytest_unconfigure  # noqa: E402, F401 (hooks; before bpy)

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


@pytest.fixture
def addon() -> Iterator[None]:
    """The add-on registered from the checkout, and everything of it gone afterwards."""
    import blender_addon

    blender_addon.register()
    yield
    blender_addon.unregister()
