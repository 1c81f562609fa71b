# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotion track of a take: feelings that do not overlap, added, removed, split and moved. No bpy here.

Times are seconds from the take's start. What a person made has the confidence 1; the core reads category, strength
and times only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import LikenessError
from ..words import tell
from .record import Record

# No feeling is made shorter than this (seconds): the face needs as long to change.
SHORTEST = 0.2
# How long a feeling lasts that is added where there is none (seconds), at most.
ADDED = 2.0
UNSPACED = ("ja", "zh")  # languages whose words are joined by nothing


@dataclass(frozen=True)
class Feeling:
    """What a stretch of a take feels like, as in ``performance.json`` (docs/architecture.md)."""

    start: float
    end: float
    category: str
    strength: float
    valence: float = 0.0
    arousal: float = 0.0
    confidence: float = 1.0
    text: str = ""


Track = tuple[Feeling, ...]


def add_feeling(track: Track, record: Record, seconds: float, category: str, strength: float) -> tuple[Track, int]:
    """Put a feeling at a time, and say where in the track it stands.

    One that is there gives its later part for it; where there is none it lasts up to `ADDED` s, or to the next one.
    Raises LikenessError ``feeling_outside``, ``feeling_short``.
    """
    _check_time(record, seconds)
    here = find_feeling(track, seconds)
    if here is not None:
        track = split_feeling(track, record, seconds)
        added = replace(track[here + 1], category=category, strength=strength, confidence=1.0)
        return (*track[: here + 1], added, *track[here + 2 :]), here + 1
    place = sum(feeling.start <= seconds for feeling in track)
    following = track[place].start if place < len(track) else record.duration
    end = min(seconds + ADDED, following)
    if end - seconds < SHORTEST:
        raise LikenessError("feeling_short", "There is no room for a feeling here.", "Choose an earlier frame.")
    added = Feeling(seconds, end, category, strength, text=tell_words(record, seconds, end))
    return (*track[:place], added, *track[place:]), place


def split_feeling(track: Track, record: Record, seconds: float) -> Track:
    """Make two of the feeling that is there at a time. Raises LikenessError ``feeling_outside``, ``feeling_short``."""
    _check_time(record, seconds)
    here = find_feeling(track, seconds)
    if here is None:
        raise LikenessError("feeling_outside", "There is no feeling at this time.", "Choose a frame within one.")
    old = track[here]
    if min(seconds - old.start, old.end - seconds) < SHORTEST:
        raise LikenessError(
            "feeling_short",
            tell("A part of this feeling would be shorter than {seconds:g} s.", seconds=SHORTEST),
            "Choose a frame nearer to its middle.",
        )
    parts = (
        replace(old, end=seconds, text=tell_words(record, old.start, seconds)),
        replace(old, start=seconds, text=tell_words(record, seconds, old.end)),
    )
    return (*track[:here], *parts, *track[here + 1 :])


def remove_feeling(track: Track, index: int) -> Track:
    """Take a feeling out; nothing is felt there then. Raises LikenessError ``feeling_missing``."""
    _check(track, index)
    return (*track[:index], *track[index + 1 :])


def move_feeling(track: Track, record: Record, index: int, start: float | None, end: float | None) -> Track:
    """Let a feeling begin or end at another time, or both; None leaves it.

    The times are held within the take; neighbours give way until they are as short as may be, and then hold.
    Raises LikenessError ``feeling_missing``.
    """
    _check(track, index)
    made = list(track)
    own = made[index]
    before = made[index - 1] if index else None
    after = made[index + 1] if index + 1 < len(made) else None
    if start is not None:
        least = before.start + SHORTEST if before is not None else 0.0
        begin = max(min(start, (own.end if end is None else end) - SHORTEST), least)
        own = replace(own, start=begin if begin < own.end or end is not None else own.start)
    if end is not None:
        most = after.end - SHORTEST if after is not None else record.duration
        own = replace(own, end=min(max(end, own.start + SHORTEST), most))
    made[index] = own
    if before is not None and before.end > own.start:
        made[index - 1] = replace(before, end=own.start)
    if after is not None and after.start < own.end:
        made[index + 1] = replace(after, start=own.end)
    return tuple(made)


def find_feeling(track: Sequence[Feeling], seconds: float) -> int | None:
    """Number of the feeling at a time."""
    return next((n for n, feeling in enumerate(track) if feeling.start <= seconds < feeling.end), None)


def tell_words(record: Record, start: float, end: float) -> str:
    """The words that begin within a span."""
    said = [word.text for word in record.words if start - 1e-3 <= word.start < end - 1e-3]
    language = str(record.settings.get("language", "")).split("-")[0]
    return ("" if language in UNSPACED else " ").join(said)


def _check(track: Track, index: int) -> None:
    if not 0 <= index < len(track):
        raise LikenessError(
            "feeling_missing", tell("This take has no feeling {number}.", number=index + 1), "Choose one of the list."
        )


def _check_time(record: Record, seconds: float) -> None:
    if not 0.0 <= seconds < record.duration:
        raise LikenessError("feeling_outside", "The take does not play at this time.", "Choose a frame within it.")
