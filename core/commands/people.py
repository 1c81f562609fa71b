# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that makes a synthetic person."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.command import add_command


class _Join(argparse.Action):
    """Arguments as one text with commas between."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        said = getattr(namespace, self.dest)
        setattr(namespace, self.dest, ", ".join(filter(None, (said, *values))))


def add_people(commands: Any) -> None:
    """Add ``person``."""
    person = add_command(commands, "person", "make_person", "make the avatar of a person who does not exist")
    person.add_argument("--seed", type=int, default=0, help="which person: a whole number from 0 on")
    person.add_argument(
        "--set", dest="sliders", nargs="+", action=_Join, default="", metavar="SLIDER=V", help="as skin=0.3 hair=bob"
    )
    person.add_argument("--name", help="what the avatar is called (default: as its folder)")
    person.add_argument("--out", required=True, metavar="NAME.avatar")
