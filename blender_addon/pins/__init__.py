# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting the fit by hand: pins on the photo, and the head as it follows them before the avatar is rebuilt."""

from .board import find_board, leave_board, make_board, pinned_places, reset_pins
from .preview import show_refit
from .refit import Refit, read_refit, write_pins

__all__ = [
    "Refit",
    "find_board",
    "leave_board",
    "make_board",
    "pinned_places",
    "read_refit",
    "reset_pins",
    "show_refit",
    "write_pins",
]
