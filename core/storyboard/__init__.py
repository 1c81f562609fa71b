# SPDX-License-Identifier: GPL-3.0-or-later
"""The storyboard: a film as a text that people read and edit."""

from core.storyboard.fields import fill, used_fields
from core.storyboard.problems import Problem, StoryboardInvalid
from core.storyboard.read import parse_storyboard, read_storyboard
from core.storyboard.storyboard import Storyboard
from core.storyboard.write import write_storyboard

__all__ = [
    "Problem", "Storyboard", "StoryboardInvalid", "fill", "parse_storyboard", "read_storyboard", "used_fields",
    "write_storyboard",
]  # fmt: skip
