# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in a checkout."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
