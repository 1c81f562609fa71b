# SPDX-License-Identifier: GPL-3.0-or-later
"""A Performance on a Rig: one action per layer on NLA tracks, the artist's own on top, and the sound."""

from .layers import Take, apply_performance

__all__ = ["Take", "apply_performance"]
