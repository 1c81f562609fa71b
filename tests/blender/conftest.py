# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests inside Blender's Python: a user folder of their own, a fresh file around each, an end that ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
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
from blender_addon.takes import curves  # noqa: E402
from blender_addon.takes.keys import Keys, fit_keys  # noqa: E402


@pytest.fixture(autouse=True)
def fresh_file() -> Iterator[None]:
    """An empty scene with no objects before each test."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield


@pytest.fixture(scope="session", autouse=True)
def fits_kept() -> Iterator[None]:
    """The same curves are fitted once: nearly every test puts the same small performance onto a rig.

    `fit_keys` knows no bpy and gives the same for the same; its own tests call it itself.
    """
    kept: dict[tuple[bytes, ...], list[Keys]] = {}

    def fit(wanted: Sequence[np.ndarray], tolerance: np.ndarray) -> list[Keys]:
        asked = (tolerance.tobytes(), *(curve.tobytes() for curve in wanted))
        if asked not in kept:
            kept[asked] = fit_keys(wanted, tolerance)
            for keys in kept[asked]:
                for array in (keys.frames, keys.values, keys.before, keys.after):
                    array.flags.writeable = False  # what changes it would change it for all tests
        return list(kept[asked])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves, "fit_keys", fit)
        yield


@pytest.fixture
def avatar_folder(tmp_path: Path) -> Path:
    """A small avatar on disk."""
    return write_small_avatar(tmp_path)


@pytest.fixture
def performance_folder(tmp_path: Path) -> Path:
    """A small performance of one second on disk, with its sound."""
    return write_small_performance(tmp_path)


@pytest.fixture(scope="session")
def nasa_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NASA's portrait of Eileen Collins, public domain, as scikit-image ships it."""
    photo = tmp_path_factory.mktemp("photo") / "astronaut.png"
    code = "import sys, skimage.data, PIL.Image as I; I.fromarray(skimage.data.astronaut()).save(sys.argv[1])"
    subprocess.run([require_core_python(), "-c", code, photo], check=True)
    return photo


@pytest.fixture(scope="session")
def nasa_folder(nasa_photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The avatar of that portrait, which no test changes."""
    folder = tmp_path_factory.mktemp("nasa") / "astronaut.avatar"
    command = [require_core_python(), "-m", "core", "avatar", nasa_photo, "--out", folder]
    subprocess.run(command, cwd=HERE.parent.parent, check=True, capture_output=True)
    return folder


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
