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
    label_panel: float = 0.66
    scrim: float = 0.62
    radius: float = 0.014
    gap: float = 0.022  # between things, and around text on a panel
    bar: float = 0.0065  # thickness of the accent
    shadow: float = 0.024


@dataclass(frozen=True)
class Sizes:
    """Type as shares of the picture's shorter side; margins and widths as shares of the picture.

    margin: left, top, right, bottom, within which text stays: over tall pictures phones draw their own buttons.
    caption_width, list_width, list_height: what those may fill. panel: the box (left, top, right, bottom) of an insert
    on the right, or above where there is no room beside a face (the label goes elsewhere then). corner: an insert's
    width in a corner. captions_above: captions always stand above the face, as they do below an insert.
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
    list_height: float
    panel: tuple[float, float, float, float]
    corner: float
    is_stacked: bool  # inserts above the face instead of beside it
    captions_above: bool = False


# By the picture's shape, widest first: the least width / height that it is for.
SIZES: Mapping[float, Sizes] = {
    1.2: Sizes(
        title=0.098, subtitle=0.042, name=0.048, role=0.031, bullet=0.041, note=0.028, caption=0.047, label=0.0245,
        logo=0.075, margin=(0.05, 0.06, 0.05, 0.065), caption_width=0.7, list_width=0.39, list_height=0.62,
        panel=(0.53, 0.14, 0.95, 0.76), corner=0.27, is_stacked=False,
    ),
    0.9: Sizes(
        title=0.092, subtitle=0.042, name=0.052, role=0.035, bullet=0.044, note=0.031, caption=0.054, label=0.027,
        logo=0.08, margin=(0.055, 0.055, 0.055, 0.06), caption_width=0.89, list_width=0.86, list_height=0.32,
        panel=(0.12, 0.06, 0.88, 0.435), corner=0.36, is_stacked=True,
    ),
    0.65: Sizes(
        title=0.094, subtitle=0.045, name=0.055, role=0.037, bullet=0.047, note=0.034, caption=0.058, label=0.029,
        logo=0.085, margin=(0.055, 0.05, 0.055, 0.06), caption_width=0.89, list_width=0.86, list_height=0.32,
        panel=(0.055, 0.055, 0.945, 0.41), corner=0.4, is_stacked=True,
    ),
    0.0: Sizes(
        title=0.104, subtitle=0.052, name=0.063, role=0.043, bullet=0.054, note=0.039, caption=0.07, label=0.033,
        logo=0.1, margin=(0.06, 0.12, 0.12, 0.22), caption_width=0.76, list_width=0.82, list_height=0.27,
        panel=(0.04, 0.122, 0.96, 0.415), corner=0.44, is_stacked=True, captions_above=True,
    ),
}  # fmt: skip
THEME = Theme()


def find_sizes(size: Size) -> Sizes:
    """The row of `SIZES` for a picture of this size."""
    ratio = size[0] / size[1]
    return next(sizes for least, sizes in SIZES.items() if ratio >= least)
