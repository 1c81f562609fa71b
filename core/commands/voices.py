# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that list and make voices."""

from __future__ import annotations

from typing import Any

from core.cloning.engines import DEFAULT, ENGINES
from core.commands.command import add_command


def add_voices(commands: Any) -> None:
    """Add ``voice``, ``voices`` and ``cloning``."""
    profile = add_command(commands, "voice", "make_voice", "make a voice that resembles the one of a sample")
    profile.add_argument("sample", metavar="SAMPLE", help="5 to 30 seconds of one person who speaks")
    profile.add_argument("--out", required=True, metavar="NAME.voice")
    profile.add_argument("--language", default="en", metavar="CODE", help="en (default), es, fr, hi, it, ja, pt or zh")
    profile.add_argument("--name", help="what the voice is called (default: as its folder)")
    profile.add_argument("--consent", required=True, metavar="FILE.json", help="who speaks, and on what basis")
    profile.add_argument("--online", action="store_true", help="fetch networks that are missing")
    profile.add_argument("--consent-recording", metavar="SOUND", help="in which they say the sentence of consent")

    voices = add_command(commands, "voices", "list_voices", "list the voices")
    voices.add_argument("--language", metavar="CODE", help="only those that speak it: en, es, zh ...")
    voices.add_argument("--online", action="store_true", help="ask services for all that they have")

    cloning = commands.add_parser("cloning", help="set up the cloning of voices")
    actions = cloning.add_subparsers(title="actions", required=True, metavar="install|state")
    for name, method, text in (
        ("install", "install_cloning", "fetch its packages and networks, some gigabytes"),
        ("state", "cloning_state", "say whether it is set up, and how much is fetched for it"),
    ):
        action = add_command(actions, name, method, text)
        action.add_argument("engine", nargs="?", default=DEFAULT, choices=tuple(ENGINES))
