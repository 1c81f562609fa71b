# SPDX-License-Identifier: GPL-3.0-or-later
"""Times that are about right moved to where the phones are heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import soxr

from core.progress import Progress, silent
from core.speech.decode import crossing, phone_scores
from core.speech.edges import in_order
from core.speech.features import RATE
from core.speech.inventory import nearest
from core.speech.net import FRAMES, hear
from core.speech.speech import Phone
from core.speech.viterbi import best_path, make_graph

REACH = 0.040  # seconds by which a voice's own times may move: they are whole units of 25 ms
_PIECE = 8.0  # seconds, at least, that are worked on at a time
_FAR = -50.0  # score of a frame outside of the reach


def refine(
    phones: Sequence[Phone],
    wave: np.ndarray,
    rate: int,
    reach: float = REACH,
    progress: Progress = silent,
    pauses: bool = True,
) -> tuple[Phone, ...]:
    """The same phones (tiling) of a wave (N,), each boundary moved by ``reach`` seconds at most; the ends stay.

    pauses: where these begin and end moves too; a synthetic voice's own silence knows that better.
    Raises what ``progress`` raises.
    """
    if len(phones) < 2:
        return tuple(phones)
    scores = phone_scores(hear(soxr.resample(wave, rate, RATE), progress))
    edges = np.array([*(phone.start for phone in phones), phones[-1].end])
    units = np.array([nearest(phone.phone)[0] for phone in phones])
    for first, last in _pieces(phones):
        begin, end = (_frame(phones[index]) for index in (first, last))
        begin, end = (0 if first == 0 else begin), (len(scores) if last == len(phones) - 1 else end)
        own = slice(first, last + 1)
        found = move_edges(scores[begin:end], edges[own] - begin / FRAMES, units[own], reach)
        if found is not None:
            before, after = units[first:last], units[first + 1 : last + 1]
            heard = before != after  # between two alike nothing is heard
            if not pauses:
                heard &= (before != 0) & (after != 0)
            edges[first + 1 : last + 1][heard] = found[heard] + begin / FRAMES
    edges = in_order(edges)
    return tuple(
        replace(phone, start=float(start), end=float(end))
        for phone, start, end in zip(phones, edges[:-1], edges[1:], strict=True)
    )


def _pieces(phones: Sequence[Phone]) -> Iterator[tuple[int, int]]:
    """First and last phone of stretches that part in the middle of a pause, which then belongs to both."""
    first = 0
    for index, phone in enumerate(phones):
        if not phone.phone and index > first and phone.end - phones[first].start > _PIECE:
            yield first, index
            first = index
    if first < len(phones) - 1:
        yield first, len(phones) - 1


def _frame(phone: Phone) -> int:
    return round((phone.start + phone.end) / 2 * FRAMES)


def move_edges(scores: np.ndarray, starts: np.ndarray, units: np.ndarray, reach: float) -> np.ndarray | None:
    """Where phones 1 to P - 1 begin (seconds, increasing); None where they do not all fit.

    scores: (T, 61), see `core.speech.decode.phone_scores`. starts: (P,) seconds. units: (P,) of the inventory.
    """
    count = len(units)
    times = (np.arange(len(scores)) + 0.5) / FRAMES
    ends = np.append(starts[1:], len(scores) / FRAMES)
    own = scores[:, units]
    own = np.where((times[:, None] < starts - reach) | (times[:, None] > ends + reach), _FAR, own)
    chain = make_graph(
        range(count), [0.0] * count, [(s, s + 1, 0.0) for s in range(count - 1)], {0: 0.0}, {count - 1: 0.0}
    )
    path, cost = best_path(own.astype(np.float32), chain)
    changes = np.flatnonzero(np.diff(path)) + 1
    if not np.isfinite(cost) or len(changes) != count - 1:
        return None
    return np.array([crossing(own, int(frame), state, state + 1) for state, frame in enumerate(changes)])
