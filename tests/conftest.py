# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tests: where the measured data lies, and who cannot run without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"

if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared folder beside the checkout; its photos show real people: measure, never copy."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def portraits(shared: Path) -> Path:
    """Photos of real people, and ``bad/`` with files that are no portrait."""
    return shared / "data" / "portraits"
