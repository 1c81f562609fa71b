# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that make and measure a performance."""

from __future__ import annotations

from typing import Any

from core.commands.command import add_command


def add_performance(commands: Any) -> None:
    """Add ``understand``, ``perform`` and ``review``."""
    understand = add_command(commands, "understand", "understand", "say what a direction means")
    understand.add_argument("direction", metavar="TEXT")
    understand.add_argument("--script", default="", metavar="SCRIPT", help="text or file with directions in []")
    understand.add_argument("--language", default="en", metavar="CODE")
    _add_perform(commands)

    review = add_command(commands, "review", "review", "measure how good a performance is")
    review.add_argument("performance", metavar="X.performance")
    review.add_argument("--avatar", metavar="X.avatar", help="on which lips are measured")
    review.add_argument("--speech", metavar="X.speech", help="whose sound is measured")


def _add_perform(commands: Any) -> None:
    perform = add_command(commands, "perform", "perform", "make a performance of a speech")
    perform.add_argument("speech", metavar="X.speech")
    perform.add_argument("--out", required=True, metavar="X.performance")
    perform.add_argument("--seed", type=int, default=0)
    perform.add_argument("--strength", type=float, default=1.0)
    perform.add_argument("--layer", help="write this layer only")
    perform.add_argument("--direction", metavar="TEXT", help="how it is said, instead of the speech's own direction")
    perform.add_argument("--moves", metavar="SLIDER=V,...", help="sliders instead of what the direction means")
    perform.add_argument("--feelings", metavar="FILE", help="a JSON list of feelings instead of those that are read")
    perform.add_argument("--emotion", default="read", metavar="read|none", help="of words and voice")
    perform.add_argument("--seeds", default="", metavar="LAYER=N,...", help="seeds of single layers")
    perform.add_argument("--mute", default="", metavar="LAYER,...", help="layers that are left still")
    perform.add_argument("--scale", default="", metavar="LAYER=F,...", help="how large layers are, 0 to 2")
    perform.add_argument("--ranges", default="", metavar="LAYER=S-S,...", help="seconds within which layers act")
    perform.add_argument("--articulation", type=float, default=1.0, help="0 mumbled, 1 natural (default), 2 over-clear")
    perform.add_argument("--jaw-lips", type=float, default=0.0, help="what opens the mouth: -1 the lips, 1 the jaw")
    perform.add_argument("--smile", type=float, default=0.0, help="smiling while speaking, 0 to 1")
