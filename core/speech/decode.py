# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the network hears to phones, without knowing what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from core.speech.inventory import CLASS_OF, CLASSES, PHONES
from core.speech.net import FRAMES, Heard
from core.speech.viterbi import Graph, best_path, make_graph

_CLASS_OF = np.array(CLASS_OF)
CLASS_SHARE = 0.5  # of the class's log probability in a phone's score
_CHANGE = 3.0  # cost of going on to another phone
_SILENCE_CHANGE = 5.5  # of going into or out of silence
# What is added to the scores where nobody knows the words: what shows on the lips counts more than what does not.
# Found, as the costs, by the recall balanced over visible classes on voices and people that nothing was trained on.
_VISIBLE = {"CLOSED": 0.5, "LABDENT": 0.5, "ROUND": -0.25, "OPEN": 0.0, "MID": 0.0, "SIL": 0.0}
_HARDLY_VISIBLE = -0.5
_LEANING = np.array([_VISIBLE.get(CLASSES[index], _HARDLY_VISIBLE) for index in CLASS_OF], np.float32)
_SHORTEST = 2  # frames of a phone
_STRETCH = 30 * FRAMES  # frames searched at a time


@dataclass(frozen=True)
class Segment:
    """A phone of the inventory from start to end (seconds). confidence: 0..1, how sure the network is of its class."""

    start: float
    end: float
    phone: int
    confidence: float


def phone_scores(heard: Heard) -> np.ndarray:
    """(T, 61) how well each phone fits: its own log probability and a share of its class's."""
    return heard.phones + CLASS_SHARE * heard.classes[:, _CLASS_OF]


def decode(heard: Heard) -> tuple[Segment, ...]:
    """Phones that tile the sound, silences (phone 0) among them."""
    scores = phone_scores(heard) + _LEANING
    labels = np.zeros(len(scores), np.int64)
    for start, end in _stretches(heard):
        labels[start:end] = best_path(scores[start:end], _phone_loop())[0] // _SHORTEST
    return tuple(segments(labels, scores, heard))


def segments(labels: np.ndarray, scores: np.ndarray, heard: Heard) -> Iterator[Segment]:
    """Runs of equal labels (T,), with boundaries between the frames where one phone's score passes the other's."""
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    inner = (crossing(scores, edge, int(labels[edge - 1]), int(labels[edge])) for edge in edges[1:-1])
    times = [0.0, *inner, len(labels) / FRAMES]
    for index, (first, last) in enumerate(pairwise(edges)):
        if last > first:
            phone = int(labels[first])
            sure = float(np.exp(heard.classes[first:last, CLASS_OF[phone]]).mean())
            yield Segment(times[index], times[index + 1], phone, sure)


def crossing(scores: np.ndarray, frame: int, before: int, after: int) -> float:
    """Seconds at which the score of ``after`` passes that of ``before``, within half a frame of the edge ``frame``."""
    odds = [float(scores[t, after] - scores[t, before]) for t in (frame - 1, frame)]
    share = 0.5 if odds[1] <= odds[0] else -odds[0] / (odds[1] - odds[0])
    return (frame - 0.5 + min(max(share, 0.0), 1.0)) / FRAMES


def _stretches(heard: Heard) -> Iterator[tuple[int, int]]:
    """Stretches of frames, cut where silence is likeliest, so that memory does not grow with the sound."""
    silence = heard.classes[:, CLASSES.index("SIL")]
    start = 0
    while len(silence) - start > _STRETCH:
        middle = start + _STRETCH // 2
        cut = middle + int(np.argmax(silence[middle : start + _STRETCH]))
        yield start, cut
        start = cut
    yield start, len(silence)


@cache
def _phone_loop() -> Graph:
    """Every phone after every other; each lasts `_SHORTEST` frames at least."""
    count = len(PHONES)
    column = [phone for phone in range(count) for _ in range(_SHORTEST)]
    stay = [0.0 if part == _SHORTEST - 1 else np.inf for _ in range(count) for part in range(_SHORTEST)]
    ways = [(s, s + 1, 0.0) for s in range(count * _SHORTEST) if s % _SHORTEST < _SHORTEST - 1]
    enter, leave = ([phone * _SHORTEST + part for phone in range(1, count)] for part in (0, _SHORTEST - 1))
    ways += [(_SHORTEST - 1, state, _SILENCE_CHANGE) for state in enter]
    ways += [(state, 0, _SILENCE_CHANGE) for state in leave]
    ends = {phone * _SHORTEST + part: 0.0 for phone in range(count) for part in range(_SHORTEST)}
    return make_graph(column, stay, ways, ends, ends, (leave, enter, _CHANGE))
