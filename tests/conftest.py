# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tests: where the measured data lies, and who cannot run without it."""

from __future__ import annotations

import os
import shlex
import subprocess
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


@pytest.fixture(scope="session")
def quick_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This Python; an environment that it makes is a copy of the one that it has made first.

    For tests of what comes after: pip unpacks and compiles itself into each new one, which takes seconds.
    """
    if os.name != "posix":
        return Path(sys.executable)
    folder = tmp_path_factory.mktemp("quick")
    made, python = shlex.quote(str(folder / "made")), shlex.quote(sys.executable)
    subprocess.run([sys.executable, "-m", "venv", folder / "made"], check=True)
    shim = folder / "python"
    shim.write_text(
        "#!/bin/sh\n"
        'if [ "$1 $2" = "-m venv" ]; then\n'
        "  for last; do :; done\n"
        f'  rm -rf "$last" && mkdir -p "$last" && exec cp -R {made}/. "$last"\n'
        f'fi\nexec {python} "$@"\n'
    )
    shim.chmod(0o755)
    return shim
