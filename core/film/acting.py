# SPDX-License-Identifier: GPL-3.0-or-later
"""What a performer does throughout a shot: speaks where it is their turn, and listens where it is not.

All of it is one performance wherever one direction holds, so that nothing jumps between two lines.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.film.cache import Cache
from core.film.lines import Spoken
from core.jobs.performance import perform
from core.progress import Progress, span
from core.pronunciation.languages import find_language
from core.speech import Phone, Speech, save_speech
from core.speech.phones import viseme_of
from core.speech.silence import RATE, keep_silent
from core.storyboard.storyboard import Performer

SPEECH, PERFORMANCE = "act.speech", "act.performance"  # in an entry
_LEAST = 1.0  # seconds of an act, as `keep_silent` wants it


@dataclass(frozen=True)
class Placed:
    """A line that is spoken. start: second of the shot at which its sound begins; what is before 0 is cut."""

    spoken: Spoken
    start: float

    @property
    def first(self) -> float:
        """Seconds of the shot at which the first sound is heard."""
        return self.start + self.spoken.first

    @property
    def last(self) -> float:
        return self.start + self.spoken.last


@dataclass(frozen=True)
class Act:
    """A performance from a second of the shot on, in whole frames."""

    placed: tuple[Placed, ...]
    start: float
    seconds: float


@dataclass(frozen=True)
class Acted:
    """An act that is performed. folder: of the performance."""

    act: Act
    folder: Path
    was_made: bool


def part_acts(placed: Sequence[Placed], frames: int, fps: int) -> tuple[Act, ...]:
    """The acts of a performer, one after the other from the shot's beginning to its end.

    placed: their lines, in order. Lines that are directed alike in one language belong to one act.
    """
    groups = [tuple(group) for _, group in groupby(placed, _manner)] or [()]
    bounds = [0]
    for before, after in pairwise(groups):
        between = (before[-1].last + after[0].first) / 2
        bounds.append(min(max(round(between * fps), bounds[-1] + 1), frames))
    # Each ends on the frame before the next one's first: takes that overlap do not play.
    ends = [bound - 1 for bound in bounds[1:]] + [frames]
    return tuple(
        Act(group, first / fps, max((last - first) / fps, _LEAST if len(groups) == 1 else 1 / fps))
        for group, first, last in zip(groups, bounds, ends, strict=True)
    )


def find_seed(performer: Performer, placed: Sequence[Placed]) -> int:
    """The seed of a performer in a shot where this is said: no two nod and blink together, and nobody does in every
    shot what they did in the last one."""
    told = "|".join((performer.name, *(one.spoken.line.text for one in placed)))
    return (zlib.crc32(told.encode()) + performer.seed) % 2**31


def act_out(cache: Cache, act: Act, performer: Performer, seed: int, progress: Progress) -> Acted:
    """Perform an act. Raises LikenessError as `core.jobs.performance.perform` does."""
    of: dict[str, Any] = {
        "said": [[one.spoken.folder.parent.name, round(one.start - act.start, 4)] for one in act.placed],
        "seconds": round(act.seconds, 4),
        "seed": seed,
    }
    if not act.placed:  # who listens does so in character
        of["direction"] = performer.direction

    def write(folder: Path) -> None:
        speech = folder / SPEECH
        if act.placed:
            save_speech(join_speeches(act), speech)
        else:
            keep_silent(max(act.seconds, _LEAST), speech, "listening", performer.direction)
        perform(
            span(progress, 0.1, 1.0), speech, folder / PERFORMANCE, seed, 1.0, None, None, None, "read", None,
            "", "", "", "",
        )  # fmt: skip

    folder, was_made = cache.make("act", of, write, progress)
    return Acted(act, folder / PERFORMANCE, was_made)


def join_speeches(act: Act) -> Speech:
    """The lines of an act as one speech, with silence between them, as long as the act."""
    first = act.placed[0].spoken.speech
    rate = first.rate
    wave = np.zeros(max(round(act.seconds * rate), 1), np.float32)
    gap = " " if find_language(first.language).is_spaced else ""
    phones: list[Phone] = []
    words, tags, stressed, texts = [], [], [], []
    for one in act.placed:
        speech, shift = one.spoken.speech, one.start - act.start
        _lay(wave, speech.wave, round(shift * rate))
        count = len(words)
        end = len(wave) / rate
        phones += [_moved(phone, shift, count) for phone in speech.phones if phone.phone]
        words += [
            replace(word, start=min(max(word.start + shift, 0.0), end), end=min(max(word.end + shift, 0.0), end))
            for word in speech.words
        ]
        tags += [replace(tag, word=tag.word + count) for tag in speech.tags]
        stressed += [index + count for index in speech.stressed]
        texts.append(speech.text)
    return replace(
        first, text=gap.join(texts), wave=wave, phones=tile(phones, len(wave) / rate), words=tuple(words),
        tags=tuple(tags), stressed=tuple(stressed), warnings=(), behaviour="listening",
    )  # fmt: skip


def tile(phones: Sequence[Phone], seconds: float) -> tuple[Phone, ...]:
    """Phones from 0 to the end without gaps: silence where nothing is said."""
    tiled: list[Phone] = []
    at = 0.0
    for phone in phones:
        start, end = max(phone.start, at), min(phone.end, seconds)
        if end <= start:
            continue
        if start - at > 1e-6:
            tiled.append(_silence(at, start))
        else:
            start = at
        tiled.append(replace(phone, start=start, end=end))
        at = end
    if seconds - at > 1e-6:
        tiled.append(_silence(at, seconds))
    return tuple(tiled)


def _moved(phone: Phone, shift: float, count: int) -> Phone:
    word = phone.word + count if phone.word >= 0 else -1
    return replace(phone, start=phone.start + shift, end=phone.end + shift, word=word)


def _silence(start: float, end: float) -> Phone:
    return Phone(start, end, "", viseme_of(""), -1)


def _lay(wave: np.ndarray, part: np.ndarray, first: int) -> None:
    part = part[max(-first, 0) :]
    first = max(first, 0)
    count = min(len(part), len(wave) - first)
    if count > 0:
        wave[first : first + count] += part[:count]


def _manner(one: Placed) -> tuple[str, str, str, int]:
    speech = one.spoken.speech
    return speech.direction, speech.language, speech.voice, speech.rate or RATE
