# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is drawn over a picture: text of any writing system, captions, slides, logo and label."""

from core.graphics.draw import draw_cut
from core.graphics.fonts import Fonts, find_fonts
from core.graphics.images import slide_picture
from core.graphics.inserts import clear_shares
from core.graphics.layer import Layer, Picture, compose
from core.graphics.marks import label_text
from core.graphics.version import digest_graphics

__all__ = [
    "Fonts", "Layer", "Picture", "clear_shares", "compose", "digest_graphics", "draw_cut", "find_fonts", "label_text",
    "slide_picture",
]  # fmt: skip
