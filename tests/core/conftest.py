# SPDX-License-Identifier: GPL-3.0-or-later
"""What several of the core's tests look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_avatar import Built, build_once
from fitted_person import Person, dress_fit
from model_shelf import server, shelf  # noqa: F401 (fixtures)
from performed import SENTENCES
from PIL import Image
from skimage import data

from core.avatar.fit import Fit, fit_portrait, normalise
from core.avatar.store import Avatar, load_avatar
from core.avatar.template import load_template
from core.performance import Performance, perform
from core.portrait import Portrait, load_portrait
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
def nasa_portrait(nasa_photo: Path) -> Portrait:
    """What is read from that portrait."""
    return load_portrait(nasa_photo)


@pytest.fixture(scope="session")
def nasa_fit(nasa_portrait: Portrait) -> Fit:
    """The head that was fitted to it."""
    template = load_template()
    return normalise(fit_portrait(nasa_portrait, template), template)


@pytest.fixture(scope="session")
def nasa_person(nasa_portrait: Portrait, nasa_fit: Fit) -> Person:
    """The same with hair and shoulders."""
    return dress_fit(nasa_portrait, nasa_fit)


@pytest.fixture(scope="session")
def nasa_built(nasa_photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The avatar of that portrait."""
    return build_once(nasa_photo, tmp_path_factory.mktemp("avatars") / "nasa.avatar")


@pytest.fixture(scope="session")
def nasa_avatar(nasa_built: Built) -> Avatar:
    """The same as it is read, without its pictures."""
    return load_avatar(nasa_built.folder)


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
