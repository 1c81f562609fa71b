# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of pictures that films are delivered in, their sizes, and where text and faces are safe in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import LikenessError

# What all screens show of text, as shares of width and height at each side: EBU R 95, SMPTE ST 2046-1.
TITLE_SAFE = 0.05
SIZES = ("720p", "1080p", "1440p", "2160p")  # offered; any other from _SMALLEST to _LARGEST may be asked for
_SMALLEST, _LARGEST = 32, 4320  # pixels of the shorter side


@dataclass(frozen=True)
class Format:
    """ratio: width to height. covered: shares of the picture at left, top, right and bottom over which the apps of
    phones draw their own buttons and texts. use: what it is for, in words."""

    name: str
    ratio: tuple[int, int]
    use: str
    covered: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


# What is covered is the least that TikTok, Reels and Shorts leave free together: name and search above, buttons at the
# right, who posted it and what they wrote below.
FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("16:9", (16, 9), "Screens and video sites"),
        Format("9:16", (9, 16), "Phones, held upright", (0.06, 0.12, 0.12, 0.22)),
        Format("1:1", (1, 1), "Feeds, square"),
        Format("4:5", (4, 5), "Feeds, upright"),
    )
}


def find_format(name: str) -> Format:
    """Raises LikenessError ``format_unknown``."""
    if name not in FORMATS:
        raise LikenessError("format_unknown", f"There is no format {name!r}.", f"Use {' or '.join(FORMATS)}.")
    return FORMATS[name]


def picture_size(name: str, size: str) -> tuple[int, int]:
    """Width and height in pixels, both even, of a format at a size such as ``1080p``: pixels of the shorter side.

    Raises LikenessError ``format_unknown`` and ``size_unknown``.
    """
    across, down = find_format(name).ratio
    found = re.fullmatch(r"([0-9]{2,4})p", size)
    shorter = int(found[1]) if found else 0
    if not _SMALLEST <= shorter <= _LARGEST:
        raise LikenessError(
            "size_unknown",
            f"There is no picture size {size!r}.",
            f"Use {', '.join(SIZES[:-1])} or {SIZES[-1]}; drafts may be smaller, such as 360p.",
        )
    width, height = (2 * round(shorter * side / min(across, down) / 2) for side in (across, down))
    return width, height


def safe_area(name: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the part of a format's picture, in shares of it, in which text is seen whole.

    Its origin is the picture's upper left corner. Raises LikenessError ``format_unknown``.
    """
    left, top, right, bottom = (max(TITLE_SAFE, share) for share in find_format(name).covered)
    return left, top, 1 - right, 1 - bottom
