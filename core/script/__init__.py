# SPDX-License-Identifier: GPL-3.0-or-later
"""Script: the text that is to be spoken, checked and divided into sentences."""

from core.script.script import Script, Sentence, parse_script
from core.script.tags import Tag

__all__ = ["Script", "Sentence", "Tag", "parse_script"]
