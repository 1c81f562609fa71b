# SPDX-License-Identifier: GPL-3.0-or-later
"""What several of the core's tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from skimage import data


@pytest.fixture(scope="session")
def nasa_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NASA's portrait of Eileen Collins, which scikit-image ships, as a file."""
    path = tmp_path_factory.mktemp("photo") / "portrait.png"
    Image.fromarray(data.astronaut()).save(path)
    return path
