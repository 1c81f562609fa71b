# SPDX-License-Identifier: GPL-3.0-or-later
"""Boundaries between phones."""

from __future__ import annotations

import numpy as np

SHORTEST_PHONE = 0.015  # seconds; boundaries that cross after a correction are pushed apart to this


def in_order(edges: np.ndarray) -> np.ndarray:
    """Boundaries at least ``SHORTEST_PHONE`` apart, between the first and the last one, moved as little as
    pushing from both sides needs."""
    count = len(edges)
    steps = SHORTEST_PHONE * np.arange(count)
    edges = np.minimum(edges, edges[-1] - steps[::-1])
    return np.maximum.accumulate(edges - steps) + steps
