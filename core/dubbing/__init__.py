# SPDX-License-Identifier: GPL-3.0-or-later
"""Dubbing: a performed speech said again, mostly in another language."""

from core.dubbing.dub import Dubbed, Fitted, dub

__all__ = ["Dubbed", "Fitted", "dub"]
