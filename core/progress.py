# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress and cancellation of long work, handed down as one plain callable."""

from __future__ import annotations

from collections.abc import Callable

# Called as progress(fraction 0..1, text); raises errors.Cancelled when the work is to stop.
Progress = Callable[[float, str], None]


def silent(fraction: float, text: str) -> None:
    """A Progress that shows nothing and never cancels."""


def span(progress: Progress, start: float, end: float) -> Progress:
    """A Progress whose 0..1 covers start..end of the given one, for a part of a longer job."""

    def report(fraction: float, text: str) -> None:
        progress(start + (end - start) * fraction, text)

    return report
