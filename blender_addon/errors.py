# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected failures inside Blender, told to a person in one sentence (the core's twin: core/errors.py)."""

from __future__ import annotations


class LikenessError(Exception):
    """An expected failure.

    code: stable snake_case identifier that programs and tests compare (``avatar_incomplete``).
    message: what happened and why, one sentence.
    hint: what to do about it, one sentence.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.code = code
        self.message = message
        self.hint = hint


class Cancelled(LikenessError):
    """Raised inside long work when the person pressed ESC or the cross."""

    def __init__(self) -> None:
        super().__init__("cancelled", "The work was cancelled.", "Nothing was changed.")
