# SPDX-License-Identifier: GPL-3.0-or-later
"""How high a voice is, by YIN (de Cheveigné and Kawahara, J. Acoust. Soc. Am. 111(4), 2002).

librosa has it too, but takes seconds to load.
"""

from __future__ import annotations

import numpy as np

_GOOD = 0.1  # of the difference's cumulative mean: the first period below it is taken, else the one with the least


def find_pitch(wave: np.ndarray, rate: int, pitches: tuple[float, float], frame: int, hop: int) -> np.ndarray:
    """(1 + N // hop,) hertz at every ``hop``-th sample of a (N,) wave, between the two pitches; of noise just any.

    frame: samples that are looked at for each, beyond the wave's ends silence.
    """
    shortest = int(rate / pitches[1])
    longest = min(-int(-rate // pitches[0]), frame - 1)
    distance = _distances(_frames(wave, frame, hop), longest)[:, shortest:]
    trough = np.zeros(distance.shape, bool)
    trough[:, 1:] = distance[:, 1:] < distance[:, :-1]
    trough[:, 1:-1] &= distance[:, 1:-1] <= distance[:, 2:]
    trough[:, 0] = distance[:, 0] < distance[:, 1]
    good = trough & (distance < _GOOD)
    taken = np.where(good.any(axis=1), good.argmax(axis=1), distance.argmin(axis=1))
    return rate / (shortest + taken + _lean(distance, taken))


def find_power(wave: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """(1 + N // hop,) root of the mean square of the same frames."""
    frames = _frames(wave, frame, hop)
    return np.sqrt(np.einsum("ij,ij->i", frames, frames) / frame)


def _frames(wave: np.ndarray, frame: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(np.pad(wave, frame // 2), frame)[::hop]


def _distances(frames: np.ndarray, longest: int) -> np.ndarray:
    """(T, longest + 1): how unlike itself each frame is after so many samples, over the mean of all shorter ones."""
    size = 2 ** int(np.ceil(np.log2(2 * frames.shape[1])))
    alike = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2, size)[:, : longest + 1]
    passed = np.cumsum(frames[:, :longest].astype(np.float64) ** 2, axis=1)
    difference = 2 * (alike[:, :1] - alike[:, 1:]) - passed
    mean = np.cumsum(difference, axis=1) / np.arange(1, longest + 1)
    # Before the first sample nothing differs: what is looked for lies after it.
    return np.concatenate([np.ones((len(frames), 1)), difference / (mean + np.finfo(np.float32).tiny)], axis=1)


def _lean(distance: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Parts of a sample by which the least of a parabola through a trough and its neighbours lies beside it."""
    rows, inner = np.arange(len(taken)), (taken > 0) & (taken < distance.shape[1] - 1)
    at = np.clip(taken, 1, distance.shape[1] - 2)
    before, there, after = (distance[rows, at + step] for step in (-1, 0, 1))
    bend, slope = after + before - 2 * there, (after - before) / 2
    inside = inner & (np.abs(slope) < np.abs(bend))
    return np.where(inside, -slope / np.where(inside, bend, 1.0), 0.0)
