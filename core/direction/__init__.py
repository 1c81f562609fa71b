# SPDX-License-Identifier: GPL-3.0-or-later
"""Direction: plain words that say how something is said, understood as sliders, gestures and pauses."""

from core.direction.direct import NONE, Cue, Direction, direct
from core.direction.prompts import Understood, understand
from core.direction.tables import GESTURES, SLIDERS, STYLES

__all__ = ["GESTURES", "NONE", "SLIDERS", "STYLES", "Cue", "Direction", "Understood", "direct", "understand"]
