# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line's commands beyond those of `core/__main__.py`: a file for each noun, with a function in `ADDERS`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_command(commands: Any, name: str, method: str, text: str) -> argparse.ArgumentParser:
    """A command that runs the method of `core/jobs/table.py`; what it prints is `core.__main__.DONE`'s sentence."""
    command = commands.add_parser(name, help=text)
    command.set_defaults(method=method)
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    return command


from core.commands.film import add_film  # noqa: E402 (they need add_command)
from core.commands.people import add_people  # noqa: E402
from core.commands.trust import add_trust  # noqa: E402

# Called with what `add_subparsers` gave; each adds its commands by `add_command`.
ADDERS: tuple[Callable[[Any], None], ...] = (add_film, add_people, add_trust)
