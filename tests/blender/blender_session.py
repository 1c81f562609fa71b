# SPDX-License-Identifier: GPL-3.0-or-later
"""How a test session inside Blender's Python begins and ends; imported by the conftests that need it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

import pytest

# Set when this is first imported, before bpy: preferences and extensions of the person at the machine stay
# untouched.
USER_FOLDER = tempfile.mkdtemp(prefix="likeness_blender_")
os.environ["BLENDER_USER_RESOURCES"] = USER_FOLDER


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember the status for `pytest_unconfigure`, which is not told."""
    session.config.likeness_status = int(exitstatus)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once with pytest's status: Python's own exit hangs while bpy has classes registered (4.5)."""
    shutil.rmtree(USER_FOLDER, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "likeness_status", 1))
