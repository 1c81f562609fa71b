# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo can be asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from policy import add_policy_option

from blender_addon.errors import LikenessError

ABOUT = "The whole path once: a photo and a script become a talking head, a clip and a report."
SCRIPT = "Hello! This is a synthetic demonstration, made from one photo."


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line; ends the program where they are wrong."""
    parser = argparse.ArgumentParser(prog="build.py demo", description=ABOUT)
    parser.add_argument("--photo", type=Path, help="a photo of one person (default: NASA's portrait)")
    parser.add_argument("--face", type=int, help="which face, where the photo shows several")
    parser.add_argument(
        "--consent", help="why this person's likeness may be used; kept in the avatar. Without it, a photo of yours "
        "becomes a draft with a large mark"
    )
    parser.add_argument("--photo-left", type=Path, help="another photo, of the head's left side")
    parser.add_argument("--photo-right", type=Path, help="the same of the head's right side")
    parser.add_argument("--glasses", default="keep", choices=("keep", "remove"), help="an object, or painted out")
    parser.add_argument("--pins", type=Path, help="landmarks that were set by hand in the photo (JSON)")
    parser.add_argument("--script", default=SCRIPT, help="what to say: a text, or a file that holds it")
    parser.add_argument("--seconds", type=float, help="how long the clip should be")
    parser.add_argument("--size", type=read_size, help="pixels, as 512 or 1280x720")
    parser.add_argument("--engine", default="auto", choices=("auto", "eevee", "cycles", "workbench"))
    parser.add_argument("--samples", type=int, help="a pixel (default: what suits the engine and this machine)")
    add_policy_option(parser)
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder for the results")
    parser.add_argument("--core-python", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def read_size(text: str) -> tuple[int, int]:
    """``512`` or ``1280x720`` as (width, height)."""
    width, _, height = text.lower().partition("x")
    try:
        return int(width), int(height or width)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no size: write 512 or 1280x720") from None


def read_script(script: str) -> str:
    """The text itself, or what the file of that name holds."""
    try:
        is_file = len(script) < 1024 and Path(script).is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        return script
    try:
        return Path(script).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LikenessError(
            "script_unreadable", f"The script {script} cannot be read: {error}.", "Save it as UTF-8 text."
        ) from error
