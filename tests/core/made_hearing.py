# SPDX-License-Identifier: GPL-3.0-or-later
"""What a perfect network would hear of phones at known times, with some doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.speech.inventory import CLASS_OF, CLASSES, PHONES, nearest
from core.speech.net import BLENDSHAPES, FRAMES, LIPS, Heard


def hearing(phones: Sequence[tuple[str, float]], doubt: float = 0.2, seed: int = 0) -> Heard:
    """phones: (IPA, seconds) one after the other. doubt: share of the probability that goes elsewhere."""
    ends = np.cumsum([seconds for _, seconds in phones])
    times = (np.arange(round(ends[-1] * FRAMES)) + 0.5) / FRAMES
    truth = np.array([nearest(ipa)[0] for ipa, _ in phones])[np.searchsorted(ends, times).clip(0, len(phones) - 1)]
    draw = np.random.default_rng(seed)
    likely = doubt * draw.dirichlet(np.full(len(PHONES), 0.3), len(times))
    likely[np.arange(len(times)), truth] += 1 - doubt
    classes = np.stack([likely[:, np.array(CLASS_OF) == index].sum(1) for index in range(len(CLASSES))], axis=1)
    return Heard(
        np.log(classes + 1e-6).astype(np.float32),
        np.log(likely + 1e-6).astype(np.float32),
        np.zeros((len(times), len(LIPS)), np.float32),
        np.zeros((len(times), len(BLENDSHAPES)), np.float32),
    )
