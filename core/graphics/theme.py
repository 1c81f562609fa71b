# SPDX-License-Identifier: GPL-3.0-or-later
"""How all that is drawn over a picture looks: one set of colours, one table of sizes for the shapes of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Color = tuple[int, int, int]
Size = tuple[int, int]  # width, height in pixels


@dataclass(frozen=True)
class Theme:
    """Colours in sRGB; opacities 0..1; lengths as shares of the picture's shorter side."""

    ink: Color = (13, 17, 23)  # panels
    paper: Color = (255, 255, 255)  # text on them
    quiet: Color = (203, 210, 219)  # the lesser of two lines
    accent: Color = (255, 200, 64)
    on_accent: Color = (20, 18, 10)
    panel: float = 0.78
    label_panel: float = 0.56
    scrim: float = 0.62
    radius: float = 0.014
    gap: float = 0.022  # between things, and around text on a panel
    bar: float = 0.0065  # thickness of the accent
    shadow: float = 0.024


@dataclass(frozen=True)
class Sizes:
    """Type as shares of the picture's shorter side; margins and widths as shares of the picture.

    margin: left, top, right, bottom, within which text stays: over tall pictures phones draw their own buttons.
    caption_width, list_width: how wide those may be. panel: the box (left, top, right, bottom) of an insert on the
    right, or above where there is no room beside a face. corner: an insert's width in a corner.
    """

    title: float
    subtitle: float
    name: float
    role: float
    bullet: float
    note: float
    caption: float
    label: float
    logo: float
    margin: tuple[float, float, float, float]
    caption_width: float
    list_width: float
    panel: tuple[float, float, float, float]
    corner: float
    is_stacked: bool  # inserts above the face instead of beside it


# By the picture's shape, widest first: the least width / height that it is for.
SIZES: Mapping[float, Sizes] = {
    1.2: Sizes(0.098, 0.042, 0.048, 0.031, 0.041, 0.028, 0.047, 0.0245, 0.075, (0.05, 0.06, 0.05, 0.065), 0.66, 0.39,
               (0.53, 0.14, 0.95, 0.76), 0.27, False),
    0.9: Sizes(0.092, 0.042, 0.052, 0.035, 0.044, 0.031, 0.054, 0.027, 0.08, (0.055, 0.055, 0.055, 0.06), 0.88, 0.62,
               (0.12, 0.055, 0.88, 0.47), 0.36, True),
    0.65: Sizes(0.094, 0.045, 0.055, 0.037, 0.047, 0.034, 0.058, 0.029, 0.085, (0.055, 0.05, 0.055, 0.06), 0.88, 0.72,
                (0.055, 0.05, 0.945, 0.42), 0.4, True),
    0.0: Sizes(0.104, 0.052, 0.063, 0.043, 0.054, 0.039, 0.07, 0.033, 0.1, (0.06, 0.12, 0.12, 0.22), 0.76, 0.82,
               (0.04, 0.115, 0.96, 0.395), 0.44, True),
}  # fmt: skip
THEME = Theme()


def find_sizes(size: Size) -> Sizes:
    """The row of `SIZES` for a picture of this size."""
    ratio = size[0] / size[1]
    return next(sizes for least, sizes in SIZES.items() if ratio >= least)
