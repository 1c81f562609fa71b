# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests inside Blender's Python: a user folder of their own, a fresh file around each, an end that ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parent.parent), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from blender_session import pytest_sessionfinish, pytest_unconfigure  # noqa: E402, F401 (hooks; before bpy)

bpy = pytest.importorskip("bpy", reason="these tests need the Python that has bpy")

from addon import require_core_python  # noqa: E402
from small_avatar import write_small_avatar, write_small_performance  # noqa: E402

from blender_addon.engine import jobs  # noqa: E402
from blender_addon.rig import import_avatar  # noqa: E402


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
def warm_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core outlives the add-on of a test, since it takes seconds to start; asked for before ``addon``."""
    monkeypatch.setattr(jobs, "stop_core", lambda: None)


@pytest.fixture
def accepted(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person of whom nothing is on this computer but that they accepted the usage policy; before the core starts."""
    from blender_addon.operators.trust import read_policy

    folder = tmp_path_factory.mktemp("config")
    said = {"format": 1, "version": read_policy()[0], "date": "2026-11-26"}
    (folder / "policy.json").write_text(json.dumps(said))
    monkeypatch.setenv("SPEAKING_LIKENESS_CONFIG", str(folder))
    jobs.stop_core()
    return folder


@pytest.fixture
def addon() -> Iterator[None]:
    """The add-on registered from the checkout, and everything of it gone afterwards."""
    import blender_addon

    blender_addon.register()
    yield
    blender_addon.unregister()


@pytest.fixture
def spoken_scene(
    warm_core: None, addon: None, avatar_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> bpy.types.Scene:
    """A saved file with the small avatar, and the core's Python at hand."""
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(require_core_python()))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.context.view_layer.objects.active = import_avatar(avatar_folder)
    return bpy.context.scene


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Methods and params of all that the core is asked for."""
    requests: list[tuple[str, dict[str, Any]]] = []

    def watched(ask: Callable[..., jobs.Step]) -> Callable[..., jobs.Step]:
        def step(method: str, params: dict[str, Any], share: float = 1.0) -> jobs.Step:
            requests.append((method, dict(params)))
            return ask(method, params, share)

        return step

    monkeypatch.setattr(jobs, "ask", watched(jobs.ask))
    return requests
