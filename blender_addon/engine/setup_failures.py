# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: what the output of a failed step of the set-up means, in sentences."""

from __future__ import annotations

import re

from ..errors import LikenessError
from ..words import join, tell

# What the output of a failed step says -> code, sentence, hint.
REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"No space left on device|not enough space",
        "disk_full",
        "The disk is full.",
        "Free some gigabytes, then set up the core again. It goes on where it stopped.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|Read timed out|ReadTimeoutError|ProxyError|"
        r"Failed to establish|Temporary failure in name resolution",
        "network_unreachable",
        "The package index cannot be reached.",
        "Check the network connection, then set up the core again. It goes on where it stopped.",
    ),
    (
        r"IncompleteRead|incomplete-download|Connection broken|Connection aborted|ConnectionResetError|"
        r"RemoteDisconnected|Remote end closed|Connection reset",
        "network_cut",
        "The connection was cut while packages were being fetched.",
        "Set up the core again when the network is back. It goes on where it stopped.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "package_mismatch",
        "A downloaded package is not the one that was locked.",
        "Set up the core again; if it stays so, look at what package index pip is set up with.",
    ),
    (
        r"WinError 206|Long Path support",
        "path_too_long",
        "A path inside the core's environment is too long for Windows.",
        "Switch on long paths in Windows, or make the environment elsewhere and name its Python in the preferences.",
    ),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)",
        "python_incomplete",
        "This Python cannot make environments: its venv module is missing.",
        "Name another Python in the preferences, or install its venv package (Debian: python3-venv).",
    ),
    (
        r"No matching distribution|Could not find a version",
        "package_missing",
        "A package of the core is not offered for this Python on this system.",
        "Name a Python 3.11 to 3.13 in the preferences, then set up the core again.",
    ),
)


def explain_failure(text: str, output: str, code: int, log: str) -> LikenessError:
    """The failure of a step called ``text`` that ended with a status and said ``output``."""
    where = tell("The log is {log}.", log=log)
    for pattern, name, message, hint in REASONS:
        if re.search(pattern, output):
            return LikenessError(name, message, join(hint, where))
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), f"status {code}")
    return LikenessError("setup_failed", tell("{text} failed: {last}.", text=tell(text), last=last.rstrip(".")), where)
