# SPDX-License-Identifier: GPL-3.0-or-later
"""Elementary curves over time that the layers are made of. All take times (T,) in seconds."""

from __future__ import annotations

import numpy as np


def sample_rate(time: np.ndarray) -> float:
    """Samples a second of uniform times; 1 where there is a single one."""
    return 1.0 / float(time[1] - time[0]) if len(time) > 1 else 1.0


def ease(time: np.ndarray, start: float | np.ndarray, end: float | np.ndarray) -> np.ndarray:
    """0 before ``start``, 1 after ``end``, and between them the path of least jerk (Flash and Hogan 1985)."""
    x = np.clip((time - start) / (end - start), 0.0, 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x**2)


def plateau(time: np.ndarray, start: float, end: float, approach: float, release: float) -> np.ndarray:
    """0, rising to 1 at ``start``, 1 until ``end``, and back to 0."""
    return ease(time, start - approach, start) * (1.0 - ease(time, end, end + release))


def steps(time: np.ndarray, starts: np.ndarray, ends: np.ndarray, values: np.ndarray) -> np.ndarray:
    """From 0 to values[0] during starts[0]..ends[0], then to values[1], and so on. Spans may not overlap."""
    if not len(values):
        return np.zeros(len(time))
    now = np.maximum(np.searchsorted(starts, time, side="right") - 1, 0)
    before = np.concatenate(([0.0], values))[now]
    return before + (values[now] - before) * ease(time, np.asarray(starts)[now], np.asarray(ends)[now])


def wander(time: np.ndarray, low: float, high: float, generator: np.random.Generator) -> np.ndarray:
    """Smooth noise of standard deviation 1 with frequencies from ``low`` to ``high`` hertz, falling as 1/f.

    The deviation holds over long times; a short clip sees a part of one wave.
    """
    count = 24
    frequencies = np.geomspace(low, high, count) * np.exp(generator.normal(0.0, 0.05, count))
    phases = generator.uniform(0.0, 2 * np.pi, count)
    amplitudes = frequencies**-0.5
    amplitudes *= np.sqrt(2.0 / np.sum(amplitudes**2))
    curve = np.zeros(len(time))
    for frequency, phase, amplitude in zip(frequencies, phases, amplitudes, strict=True):
        curve += amplitude * np.sin(2 * np.pi * frequency * time + phase)
    return curve
