# SPDX-License-Identifier: GPL-3.0-or-later
"""As few Bézier keys as a curve needs. No bpy here.

A key holds the curve's own value at a whole frame; between two keys runs one cubic. Keys are laid from left to right,
each as far from the last as the tolerance lets it, smooth ones first: a corner has to save a lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

# Samples of a curve per frame: what lies between frames is seen through motion blur, and must not swing out.
SAMPLES = 2
# How many times the tolerance a sample between frames may be off, and what it weighs in a fit.
SLACK = 5.0
WEIGHT = 0.3
# Curves are cut into stretches of this many frames, which are all worked on side by side; so no two keys are further
# apart, but for those of a curve that rests.
STRETCH = 96
# Lengths, in frames, that a cubic is tried at.
LENGTHS = (*range(1, 13), 14, 16, 20, 24, 32, 40, 48, 64, 80, STRETCH)
# What a cubic is to be like, and what a frame of its length counts: smooth from the last one and on the curve's own
# tangent at its end; smooth from the last one; beginning with a corner.
PREFERENCES = (1.0, 0.9, 0.5)
# The same for a curve that would have a key at more than this share of its frames.
THRIFTY = (1.0, 1.0, 0.9)
DENSE = 0.25
# After this many lengths in a row that do not fit, longer ones are not tried.
PATIENCE = 3
# Neighbouring values that differ by less are one value.
FLAT = 1e-5


@dataclass(frozen=True)
class Keys:
    """Keys of one curve: frames (K,), whole and rising; values (K,); slopes per frame before and after them, (K,)."""

    frames: np.ndarray
    values: np.ndarray
    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class _Cubics:
    """Stretches of curves: which curve, first and last frame (S,), slopes (S, 2) at both."""

    curve: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    slopes: np.ndarray


def fit_keys(curves: Sequence[np.ndarray], tolerance: np.ndarray) -> list[Keys]:
    """Keys for C curves, each (SAMPLES * N + 1,) over frames 0..N; no whole frame is off by more than tolerance (C,).

    Where one slope serves both sides of a key, it has one; else the key is a corner.
    """
    found = _fit(curves, tolerance, PREFERENCES)
    dense = [n for n, keys in enumerate(found) if len(keys.frames) > max(DENSE * len(curves[n]) / SAMPLES, 2)]
    if dense:
        again = _fit([curves[number] for number in dense], tolerance[dense], THRIFTY)
        for number, keys in zip(dense, again, strict=True):
            found[number] = keys
    return found


def _fit(curves: Sequence[np.ndarray], tolerance: np.ndarray, preferences: tuple[float, ...]) -> list[Keys]:
    frames = np.array([(len(curve) - 1) // SAMPLES for curve in curves])
    padded = np.stack(
        [np.pad(c, (0, SAMPLES * (int(frames.max()) + STRETCH) + 1 - len(c)), mode="edge") for c in curves]
    )
    stretches = [(number, start) for number, count in enumerate(frames) for start in range(0, max(count, 1), STRETCH)]
    owner, start = np.array(stretches).T
    rows = padded[owner[:, None], SAMPLES * start[:, None] + np.arange(SAMPLES * STRETCH + 1)]
    laid = _lay_cubics(rows, np.minimum(STRETCH, frames[owner] - start), tolerance[owner], preferences)
    curve, shift = owner[laid.curve], start[laid.curve]
    order = np.lexsort((laid.begin + shift, curve))
    cubics = _Cubics(curve[order], (laid.begin + shift)[order], (laid.end + shift)[order], laid.slopes[order])
    slopes = _join(padded, tolerance, cubics)
    edges = np.searchsorted(cubics.curve, np.arange(len(curves) + 1))
    return [
        _collect(padded[number, ::SAMPLES], cubics.begin[a:b], cubics.end[a:b], slopes[a:b])
        for number, (a, b) in enumerate(pairwise(edges))
    ]


@cache
def _basis(length: int) -> np.ndarray:
    """Hermite's cubics over so many frames: (SAMPLES * length + 1, 4) for value, slope, value, slope."""
    t = np.arange(SAMPLES * length + 1) / (SAMPLES * length)
    return np.stack(
        [2 * t**3 - 3 * t**2 + 1, (t**3 - 2 * t**2 + t) * length, 3 * t**2 - 2 * t**3, (t**3 - t**2) * length], axis=1
    )


@cache
def _weights(length: int) -> np.ndarray:
    """(SAMPLES * length + 1,) what each sample counts."""
    return np.where(np.arange(SAMPLES * length + 1) % SAMPLES, WEIGHT, 1.0)


@cache
def _solver(length: int) -> np.ndarray:
    """(2, SAMPLES * length + 1): samples less the ends' part -> both slopes of the least squares."""
    weights = _weights(length)[:, None]
    return np.linalg.pinv(_basis(length)[:, [1, 3]] * weights) * weights.T


def _offer_slopes(samples: np.ndarray, held: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """(3, R, 2) slopes at both ends of cubics through the ends of samples (R, L), for the three PREFERENCES.

    held (R,): the slope that the key at the beginning has already; tangent (R,): the curve's own at the end.
    """
    length = (samples.shape[1] - 1) // SAMPLES
    cubics, weights = _basis(length), _weights(length)
    rest = samples - samples[:, :1] * cubics[:, 0] - samples[:, -1:] * cubics[:, 2]
    last = cubics[:, 3] * weights**2
    fitted = (rest - held[:, None] * cubics[:, 1]) @ last / (last @ cubics[:, 3])
    free = rest @ _solver(length).T
    return np.stack([np.stack([held, tangent], 1), np.stack([held, fitted], 1), free])


def _misfit(samples: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(..., R) how far cubics with slopes (..., R, 2) are off samples (R, L) through whose ends they go."""
    length = (samples.shape[1] - 1) // SAMPLES
    cubics = _basis(length)
    ends = samples[:, :1] * cubics[:, 0] + samples[:, -1:] * cubics[:, 2]
    off = np.abs(ends + slopes @ cubics[:, [1, 3]].T - samples)
    off[..., np.arange(samples.shape[1]) % SAMPLES != 0] /= SLACK
    return off.max(axis=-1)


def _lay_cubics(rows: np.ndarray, sizes: np.ndarray, tolerance: np.ndarray, preferences: tuple[float, ...]) -> _Cubics:
    """Cubics over rows of samples (R, L), each up to its frame ``sizes`` (R,)."""
    tangents = np.gradient(rows, axis=1)[:, ::SAMPLES] * SAMPLES
    place, held = np.zeros(len(rows), dtype=np.int64), tangents[:, 0].copy()
    active = np.flatnonzero(sizes > 0)
    found = []
    while len(active):
        spans, offered = _longest(rows, tangents, active, place[active], held[active], sizes[active], tolerance[active])
        chosen = (spans * np.array(preferences)[:, None]).argmax(axis=0)
        everyone = np.arange(len(active))
        span, slopes = spans[chosen, everyone].astype(np.int64), offered[chosen, everyone]
        found.append((active, place[active], place[active] + span, slopes))
        place[active] += span
        held[active] = slopes[:, 1]
        active = active[place[active] < sizes[active]]
    return _Cubics(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _longest(
    rows: np.ndarray,
    tangents: np.ndarray,
    active: np.ndarray,
    place: np.ndarray,
    held: np.ndarray,
    sizes: np.ndarray,
    tolerance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """How many frames the next cubic of each active row can span (3, A), and its slopes (3, A, 2), by preference.

    A span of one frame is always possible: a straight line.
    """
    everyone = np.arange(len(active))
    step = rows[active, SAMPLES * (place + 1)] - rows[active, SAMPLES * place]
    spans = np.broadcast_to([[0.0], [0.0], [1.0]], (len(PREFERENCES), len(active))).copy()
    slopes = np.broadcast_to(step[None, :, None], (*spans.shape, 2)).copy()
    missed = np.zeros(len(active), dtype=np.int64)
    left = sizes - place
    for length in LENGTHS:
        tried = everyone[(missed < PATIENCE) & (left >= length)]
        if not len(tried):
            break
        samples = rows[active[tried, None], SAMPLES * place[tried, None] + np.arange(SAMPLES * length + 1)]
        offered = _offer_slopes(samples, held[tried], tangents[active[tried], place[tried] + length])
        fits = _misfit(samples, offered) <= tolerance[tried]
        spans[:, tried] = np.where(fits, length, spans[:, tried])
        slopes[:, tried] = np.where(fits[..., None], offered, slopes[:, tried])
        missed[tried] = np.where(fits.any(axis=0), 0, missed[tried] + 1)
    return spans, slopes


def _join(curves: np.ndarray, tolerance: np.ndarray, cubics: _Cubics) -> np.ndarray:
    """Slopes (S, 2) with the two at a key made one wherever both cubics stay within the tolerance."""
    slopes = cubics.slopes.copy()
    meeting = np.flatnonzero(cubics.curve[1:] == cubics.curve[:-1])
    length = (cubics.end - cubics.begin).astype(float)
    for parity in (0, 1):  # keys that share no cubic, together
        for lean in (0.0, 1.0):  # towards the longer cubic's slope, then the shorter one's
            keys = meeting[(meeting % 2 == parity) & (slopes[meeting, 1] != slopes[meeting + 1, 0])]
            share = np.abs(lean - length[keys] / (length[keys] + length[keys + 1]))
            common = share * slopes[keys, 1] + (1 - share) * slopes[keys + 1, 0]
            trial = slopes.copy()
            trial[keys, 1] = trial[keys + 1, 0] = common
            both = np.concatenate([keys, keys + 1])
            off = _misfits(curves, cubics, both, trial[both])
            fits = (off <= tolerance[cubics.curve[both]]).reshape(2, -1).all(axis=0)
            slopes[keys[fits], 1] = slopes[keys[fits] + 1, 0] = common[fits]
    return slopes


def _misfits(curves: np.ndarray, cubics: _Cubics, those: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(M,) how far those cubics are off their curves, with slopes (M, 2) instead of their own."""
    off = np.zeros(len(those))
    lengths = (cubics.end - cubics.begin)[those]
    for length in np.unique(lengths):
        alike = np.flatnonzero(lengths == length)
        first = SAMPLES * cubics.begin[those[alike], None]
        samples = curves[cubics.curve[those[alike], None], first + np.arange(SAMPLES * length + 1)]
        off[alike] = _misfit(samples, slopes[alike])
    return off


def _collect(values: np.ndarray, begin: np.ndarray, end: np.ndarray, slopes: np.ndarray) -> Keys:
    """Keys out of one curve's cubics, without those in the middle of a rest."""
    if not len(begin):
        return Keys(np.zeros(1, dtype=np.int64), values[:1], np.zeros(1), np.zeros(1))
    frames = np.append(begin, end[-1])
    before = np.append(slopes[0, 0], slopes[:, 1])
    after = np.append(slopes[:, 0], slopes[-1, 1])
    still = (np.abs(np.diff(values[frames])) < FLAT) & (np.abs(slopes).max(axis=1) < FLAT)
    keep = ~np.concatenate(([False], still[1:] & still[:-1], [False]))
    return Keys(frames[keep], values[frames[keep]], before[keep], after[keep])
