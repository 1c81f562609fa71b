# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender with a window and the extension in it; pictures go to out/window."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import skimage.data

sys.path.insert(0, str(Path(__file__).resolve().parent))

from program import ROOT, NoBlender, Program, find_program
from session import Session


@pytest.fixture(scope="session")
def program() -> Program:
    try:
        return find_program()
    except NoBlender as reason:
        pytest.fail(str(reason))


@pytest.fixture(scope="session")
def package() -> Path:
    """The extension's zip: ``SPEAKING_LIKENESS_PACKAGE``, else the last one that was packaged."""
    named = os.environ.get("SPEAKING_LIKENESS_PACKAGE")
    found = [Path(named)] if named else sorted((ROOT / "dist").glob("speaking_likeness-*.zip"))
    if not found:
        pytest.fail("There is no package: run python3 build.py package first.")
    return found[-1]


@pytest.fixture
def installed(program: Program, package: Path) -> Iterator[Session]:
    """An empty scene, the extension installed, nothing of it drawn yet."""
    running = Session(program)
    try:
        running.install(package)
        yield running
    finally:
        running.close()


@pytest.fixture
def session(installed: Session) -> Session:
    """An empty scene, the extension's tab open."""
    installed.show_tab()
    return installed


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NASA's portrait of an astronaut, as scikit-image brings it, in a folder of its own."""
    path = tmp_path_factory.mktemp("photo") / "astronaut.png"
    assert cv2.imwrite(str(path), skimage.data.astronaut()[..., ::-1])
    return path


@pytest.fixture(scope="session")
def pictures() -> Path:
    return ROOT / "out" / "window"
