# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands ``film`` and ``storyboard``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from core.commands.command import add_command


def add_film(commands: Any) -> None:
    """Add both."""
    film = add_command(commands, "film", "make_film", "make a film of a storyboard")
    film.add_argument("storyboard", metavar="STORYBOARD.md")
    film.add_argument("--out", required=True, metavar="FOLDER", help="where the films go, and what they are made of")
    film.add_argument("--shot", dest="shots", action=_JoinLines, default="", metavar="NAME", help="only this one")
    film.add_argument("--set", dest="row", action=_Set, metavar="FIELD=VALUE", help="what a {field} is")
    film.add_argument("--name", help="of the files (default: the storyboard's)")
    add_film_options(film)

    board = add_command(commands, "storyboard", "check_storyboard", "check a storyboard, and say what it holds")
    board.add_argument("storyboard", metavar="STORYBOARD.md")
    board.add_argument("--set", dest="row", action=_Set, metavar="FIELD=VALUE", help="what a {field} is")


def add_film_options(command: argparse.ArgumentParser) -> None:
    """What holds for a film, whether there is one or one for each row of a table."""
    command.add_argument("--draft", dest="quality", action="store_const", const="draft", help="fast, with a large mark")
    command.add_argument(
        "--format", dest="formats", action=_Join, default="", metavar="16:9", help="may be given several times"
    )
    command.add_argument("--size", metavar="1080p", help="pixels of the shorter side")
    command.add_argument("--fps", type=int, metavar="N", help="frames a second")
    command.add_argument("--engine", metavar="eevee|cycles|workbench", help="what renders")
    command.add_argument("--samples", type=int, metavar="N", help="a pixel")
    command.add_argument("--codec", metavar="h264|h265|av1|prores|png|exr", help="of the files")
    command.add_argument("--blender", metavar="PATH", help="Blender, or a Python that has bpy")
    command.add_argument("--cache", metavar="FOLDER", help="what is made on the way (default: NAME.cache there)")
    command.add_argument("--cache-gigabytes", type=float, metavar="N", help="what it may hold at most (default: 20)")
    command.add_argument("--fonts", metavar="FOLDER", help="fonts to write with, instead of Blender's")
    command.add_argument("--online", action="store_true", help="allow voices that are services on the internet")


class _Join(argparse.Action):
    """Several of an option as one text, with commas."""

    mark = ","

    def __call__(self, parser: Any, namespace: Any, values: Any, option: str | None = None) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, f"{before}{self.mark}{values}" if before else values)


class _JoinLines(_Join):
    """With ends of lines, since names may have commas."""

    mark = "\n"


class _Set(argparse.Action):
    """Several ``FIELD=VALUE`` as one JSON object."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: str | None = None) -> None:
        name, sign, value = str(values).partition("=")
        if not sign:
            parser.error(f"{option} needs FIELD=VALUE, not {values}")
        row = json.loads(getattr(namespace, self.dest) or "{}")
        setattr(namespace, self.dest, json.dumps({**row, name.strip(): value}, ensure_ascii=False))
