# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording: a sound file of somebody who speaks becomes a Speech, with or without its script."""

from core.recording.record import record

__all__ = ["record"]
