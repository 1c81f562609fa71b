# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command is added."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any, name: str, method: str, text: str) -> argparse.ArgumentParser:
    """A command that runs the method of `core/jobs/table.py`; what it prints is `core.command_line.DONE`'s sentence."""
    command = commands.add_parser(name, help=text)
    command.set_defaults(method=method)
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    return command
