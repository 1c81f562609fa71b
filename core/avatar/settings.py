# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be chosen when an avatar is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Glasses = Literal["keep", "remove"]


@dataclass(frozen=True)
class AvatarSettings:
    """texture: side of the head's maps in texels (2048 or 4096).

    glasses: ``keep`` makes them an object of their own, ``remove`` paints them out.
    photo_left, photo_right: further photos that show the subject's left and right side (head turned so that this
        side faces the camera), or None.
    pins: file with landmark positions in the photo that were set by hand, or None (core/portrait/pins.py).
    """

    texture: int = 2048
    glasses: Glasses = "keep"
    photo_left: Path | None = None
    photo_right: Path | None = None
    pins: Path | None = None
