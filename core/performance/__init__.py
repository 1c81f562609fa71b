# SPDX-License-Identifier: GPL-3.0-or-later
"""Performance: a Speech becomes named layers of curves over time."""

from core.performance.mouth_style import MouthStyle
from core.performance.perform import perform
from core.performance.performance import Performance, load_performance, save_performance

__all__ = ["MouthStyle", "Performance", "load_performance", "perform", "save_performance"]
