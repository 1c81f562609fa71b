# SPDX-License-Identifier: GPL-3.0-or-later
"""A script spoken so that each of its sentences lasts about as long as it should."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.dubbing.clock import Span, find_spans
from core.progress import Progress, span
from core.script import Script, parse_script
from core.speech import Speech

ASKED = (0.7, 1.4)  # paces that a voice may be asked for: some hardly change at first, then by leaps
_NEAR = 0.02  # share of a sentence's length that it may be off
_TAKES = 5
_ALIKE = 0.005  # paces nearer than that are one


@dataclass(frozen=True)
class Take:
    """folder: where the speech lies. paces: of each sentence of `find_spans`, as heard; 1 is the voice's own."""

    speech: Speech
    folder: Path
    paces: tuple[float, ...]


@dataclass(frozen=True)
class _Try:
    """A sentence at a pace that was asked for, and the seconds that it took."""

    pace: float
    seconds: float


def speak_to_length(
    say: Callable[..., Speech],
    script: Script,
    folder: Path,
    wanted: Sequence[Span],
    limits: tuple[float, float],
    progress: Progress,
) -> Take:
    """Speak a script several times into a folder, and give the take that is right.

    say: `speak`, with what does not change. wanted: how long each sentence should last. limits: of the pace as it is heard.
    Voices say whole units of time, so what a pace does to a sentence is found by trying it.
    Raises LikenessError as `speak` does.
    """
    made: dict[tuple[float, ...], tuple[Speech, Path]] = {}
    tries: list[list[_Try]] = [[] for _ in wanted]
    paces = (1.0,) * len(wanted)
    for number in range(_TAKES + 1):
        out = folder / f"{number}.speech"
        part = span(progress, number / (_TAKES + 1), (number + 1) / (_TAKES + 1))
        asked = _spread(paces, script)
        said = say(out, progress=part, paces=asked)
        made[paces] = said, out
        for entries, pace, now in zip(tries, paces, find_spans(said), strict=True):
            entries.append(_Try(pace, now.seconds))
        targets = [_target(entries, was, limits) for entries, was in zip(tries, wanted, strict=True)]
        best = [_best(entries, target, limits) for entries, target in zip(tries, targets, strict=True)]
        following = tuple(
            _next(entries, nearest, target) for entries, nearest, target in zip(tries, best, targets, strict=True)
        )
        chosen = tuple(nearest.pace for nearest in best)
        paces = following if number < _TAKES - 1 and following not in made else chosen
        if paces in made:
            break
    said, out = made[paces]
    heard = tuple(
        entries[0].seconds / now.seconds if now.seconds > 0.0 else 1.0
        for entries, now in zip(tries, find_spans(said), strict=True)
    )
    return Take(said, out, heard)


def _target(entries: Sequence[_Try], was: Span, limits: tuple[float, float]) -> float:
    """Seconds that a sentence should take, within what its own pace, the first try, allows."""
    own = entries[0].seconds
    return min(max(was.seconds, own / limits[1]), own / limits[0]) if was.seconds > 0.0 else own


def _best(entries: Sequence[_Try], target: float, limits: tuple[float, float]) -> _Try:
    """The nearest of those that do not sound too hurried or drawn out."""
    own = entries[0].seconds
    allowed = [entry for entry in entries if own / limits[1] * 0.99 <= entry.seconds <= own / limits[0] * 1.01]
    return min(allowed, key=lambda entry: abs(entry.seconds - target))


def _next(entries: Sequence[_Try], nearest: _Try, target: float) -> float:
    """The pace to try next; the nearest one where that is good enough or nothing is left to try."""
    if target <= 0.0 or abs(nearest.seconds / target - 1.0) < _NEAR:
        return nearest.pace
    slower = max((entry.pace for entry in entries if entry.seconds > target), default=None)
    faster = min((entry.pace for entry in entries if entry.seconds <= target), default=None)
    if slower is not None and faster is not None:
        pace = math.sqrt(slower * faster)
    else:
        pace = min(max(nearest.pace * nearest.seconds / target, ASKED[0]), ASKED[1])
    is_new = all(abs(pace - entry.pace) > _ALIKE for entry in entries)
    return round(pace, 4) if is_new else nearest.pace


def _spread(paces: Sequence[float], script: Script) -> list[float]:
    """Paces of the sentences as they are found in the speech for the script's own, which may be more: a paragraph may
    end without a full stop."""
    counts = [len(sentence.words) for sentence in parse_script(script.text, script.language).sentences]
    by_word = [pace for pace, count in zip(paces, counts, strict=True) for _ in range(count)]
    firsts = [0]
    for sentence in script.sentences[:-1]:
        firsts.append(firsts[-1] + len(sentence.words))
    return [by_word[first] for first in firsts]
