# SPDX-License-Identifier: GPL-3.0-or-later
"""What several of the core's tests look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_shelf import server, shelf  # noqa: F401 (fixtures)
from performed import SENTENCES
from PIL import Image
from skimage import data

from core.avatar.build import build_avatar
from core.avatar.store import Avatar, load_avatar
from core.performance import Performance, perform
from core.script import parse_script
from core.speech import Speech
from core.trust.places import FOLDER_VARIABLE
from core.trust.policy import accept_policy
from core.voice import speak


@pytest.fixture(scope="session")
def nasa_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NASA's portrait of Eileen Collins, which scikit-image ships, as a file."""
    path = tmp_path_factory.mktemp("photo") / "portrait.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture(scope="session")
def nasa_avatar(nasa_photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Avatar:
    """The avatar of that portrait, without its pictures."""
    folder = tmp_path_factory.mktemp("avatar") / "face.avatar"
    build_avatar(nasa_photo, folder, name="face")
    return load_avatar(folder)


@pytest.fixture(scope="session")
def speeches(tmp_path_factory: pytest.TempPathFactory) -> list[Speech]:
    """The sentences, spoken."""
    folder = tmp_path_factory.mktemp("performance")
    return [speak(parse_script(text), folder / f"{i}.speech") for i, text in enumerate(SENTENCES)]


@pytest.fixture(scope="session")
def performances(speeches: list[Speech]) -> list[Performance]:
    """The sentences, performed."""
    return [perform(speech) for speech in speeches]


@pytest.fixture(scope="session", autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of its own for certificate, revocations and policy, in which the policy is accepted."""
    folder = tmp_path_factory.mktemp("config")
    before = os.environ.get(FOLDER_VARIABLE)
    os.environ[FOLDER_VARIABLE] = str(folder)
    accept_policy()
    yield folder
    os.environ.pop(FOLDER_VARIABLE)
    if before is not None:
        os.environ[FOLDER_VARIABLE] = before
