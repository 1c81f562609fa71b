# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels put where the network, half trained, hears the phones: for sources whose own times are rough or unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from batches import Source, piece

from core.speech.align import align
from core.speech.features import RATE
from core.speech.net import Heard
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


LEAST_FOUND, LEAST_SURE = 0.9, 0.30  # share of a recording's words, mean confidence: below it is left out
_SHORTEST_PAUSE = 0.04  # seconds; shorter gaps between words belong to the phone before


@dataclass(frozen=True)
class Word:
    """What the aligner wants to know of a word."""

    ways: tuple[tuple[tuple[str, int], ...], ...]
    begins: bool


def find_words(path: Path, hear: Callable[[np.ndarray], Heard]) -> Source:
    """The recordings of a file of prepare_people.py whose words are found, as a source with phones at their times."""
    data = np.load(path)
    sound, names = data["wave"], data["sources"]  # each access reads the whole array anew
    edges = np.concatenate(([0], np.cumsum(data["lengths"])))
    waves: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    phones: list[np.ndarray] = []
    sources: list[str] = []
    for index, text in enumerate(data["words"].tolist()):
        wave = sound[edges[index] : edges[index + 1]]
        words = [
            Word(tuple(tuple((ipa, 0) for ipa in way) for way in ways), begins) for begins, ways in json.loads(text)
        ]
        times, units = _label(hear(wave.astype(np.float32) / 32768), words, len(wave) / RATE)
        if len(times):
            waves.append(wave)
            starts.append(times)
            phones.append(units)
            sources.append(str(names[index]))
    counts = np.concatenate(([0], np.cumsum([len(part) for part in phones])))
    lengths = np.concatenate(([0], np.cumsum([len(wave) for wave in waves])))
    whole = (np.concatenate(parts) for parts in (waves, starts, phones))
    wave, times, units = whole
    return Source(wave, lengths, times, units, counts, np.array(sources), None, None)


def _label(heard: Heard, words: list[Word], duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Starts (seconds) and phones that tile a recording; empty where its words are not surely in it."""
    found = align(heard, words)
    share = len({one.word for one in found}) / len(words)
    if share < LEAST_FOUND or np.mean([one.confidence for one in found]) < LEAST_SURE:
        return np.zeros(0, np.float32), np.zeros(0, np.uint8)
    times, units, at = [0.0], [0], 0.0
    for one in found:
        if one.start - at >= _SHORTEST_PAUSE and units[-1]:
            times.append(at)
            units.append(0)
        times.append(one.start)
        units.append(one.unit)
        at = one.end
    if duration - at >= _SHORTEST_PAUSE:
        times.append(at)
        units.append(0)
    return np.array(times, np.float32), np.array(units, np.uint8)
