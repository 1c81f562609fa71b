# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels moved to where the network, half trained, hears the phones: for sources whose own times are rough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from batches import Source, piece

from core.speech.refine import move_edges

# Seconds by which a label may move. GRID's phones share their word's time evenly at first.
REACH = {"grid": 0.40, "kokoro": 0.12, "hibari": 0.06}


def realign(source: Source, reach: float, hear: Callable[[np.ndarray], np.ndarray]) -> float:
    """Move all labels of a source in place; the median movement in seconds.

    hear: wave (N,) float32 -> (T, 61) log probabilities of the phones. The order of the phones stays.
    """
    moves: list[np.ndarray] = []
    for index in range(len(source)):
        part = slice(source.phone_edges[index], source.phone_edges[index + 1])
        starts, phones = source.starts[part], source.phones[part].astype(np.int64)
        scores = hear(piece(source, index).wave)
        found = move_edges(scores, starts.astype(np.float64), phones, reach)
        if found is not None:
            moves.append(np.abs(found - starts[1:]))
            source.starts[source.phone_edges[index] + 1 : source.phone_edges[index + 1]] = found
    return float(np.median(np.concatenate(moves))) if moves else 0.0
