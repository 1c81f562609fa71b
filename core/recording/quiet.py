# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recording is as quiet as the room that it was made in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.voice.loudness import LEVEL_STEP, SILENCE_DB, level_track

SHORTEST = 0.15  # seconds below the threshold that are no closure of a stop, which last up to about 0.12 s
_MARGIN, _LOUDEST = 6.0, -28.0  # dB: quiet is that much above the recording's own noise, up to this
_NOISE_SHARE = 5.0  # percent of the recording that are surely no speech


def quiet_runs(wave: np.ndarray, rate: int) -> Iterator[tuple[float, float]]:
    """Stretches (seconds) of at least ``SHORTEST`` in which a (N,) wave holds nothing but its own noise."""
    level = level_track(wave, rate)
    noise = float(np.percentile(level, _NOISE_SHARE)) + _MARGIN
    quiet = level < max(SILENCE_DB, min(noise, _LOUDEST))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if (end - start) * LEVEL_STEP >= SHORTEST:
            yield start * LEVEL_STEP, end * LEVEL_STEP
