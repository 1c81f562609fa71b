# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take was made of: script, phones, words, seed. Kept as JSON on the action of its speech. No bpy here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ..errors import LikenessError
from ..words import tell


@dataclass(frozen=True)
class Phone:
    """A stretch of one sound, in seconds; as in ``speech.json`` (docs/architecture.md)."""

    start: float
    end: float
    phone: str
    viseme: str
    word: int
    stress: int = 0
    confidence: float = 1.0  # how sure it is that this is heard here


@dataclass(frozen=True)
class Word:
    """A word of the script and when it is heard (seconds)."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Record:
    """duration in seconds; the phones tile 0..duration. settings: what `perform` was asked for, by its params.

    feelings: what the sentences feel like, as in ``performance.json``. acted: layer -> seed, settings and feelings of
    one that was performed again since.
    """

    duration: float
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    feelings: tuple[Mapping[str, Any], ...] = ()
    acted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_layer(self, layer: str) -> Record:
        """The record with seed, settings and feelings as this layer was last performed."""
        return replace(self, **{"acted": {}, **self.acted.get(layer, {})})

    def seed_of(self, layer: str) -> int:
        """What a layer drew from."""
        own = self.of_layer(layer)
        return int(own.settings.get("seeds", {}).get(layer, own.seed))

    @property
    def acting(self) -> dict[str, Any]:
        """Seed, settings and feelings."""
        return {"seed": self.seed, "settings": dict(self.settings), "feelings": self.feelings}


def read_description(description: Mapping[str, Any]) -> Record:
    """The record of a ``performance.json``, or of what `write_record` made."""
    return Record(
        float(description["duration"]),
        int(description.get("seed", 0)),
        dict(description.get("settings", {})),
        tuple(Phone(**phone) for phone in description.get("phones", ())),
        tuple(Word(**word) for word in description.get("words", ())),
        tuple(description.get("feelings", ())),
        dict(description.get("acted", {})),
    )


def write_record(record: Record) -> str:
    """As JSON text."""
    parts = {name: [vars(entry) for entry in getattr(record, name)] for name in ("phones", "words")}
    return json.dumps({**vars(record), **parts, "settings": dict(record.settings)}, ensure_ascii=False)


@lru_cache(maxsize=8)
def read_record(text: str) -> Record:
    """The record of a take as `write_record` wrote it; panels ask for it at every redraw.

    Raises LikenessError ``take_damaged``."""
    try:
        return read_description(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise LikenessError(
            "take_damaged",
            tell("What this take was made of cannot be read: {error}.", error=error),
            "Perform the speech again.",
        ) from error


UNSURE = 0.5  # confidence below which a phone is shown as a guess
# No phone is made shorter than this (seconds) by moving what stands beside it.
SHORTEST = 0.01


@dataclass(frozen=True)
class Change:
    """A record with something changed, and from when to when (seconds) the mouth is another one."""

    record: Record
    start: float
    end: float


def move_boundary(record: Record, index: int, seconds: float) -> Change:
    """Let phone ``index`` begin at another time; the one before it ends there. Words move with their phones.

    The time is held between the neighbours' other ends. Raises LikenessError ``phone_fixed`` for the first phone.
    """
    _check(record, index)
    if index == 0:
        raise LikenessError("phone_fixed", "The first phone begins with the speech.", "Move the next one instead.")
    before, phone = record.phones[index - 1], record.phones[index]
    seconds = min(max(seconds, before.start + SHORTEST), phone.end - SHORTEST)
    phones = list(record.phones)
    phones[index - 1], phones[index] = replace(before, end=seconds), replace(phone, start=seconds)
    return _changed(record, phones, before.start, phone.end)


def set_phone(record: Record, index: int, phone: str, viseme: str) -> Change:
    """Let another sound, or only another viseme, stand at ``index``."""
    _check(record, index)
    old = record.phones[index]
    phones = list(record.phones)
    phones[index] = replace(old, phone=phone, viseme=viseme, confidence=1.0)
    return _changed(record, phones, old.start, old.end)


def add_phone(record: Record, seconds: float, phone: str, viseme: str) -> Change:
    """Put a phone at a time: the phone that is there then gives its later part for it."""
    index = next((n for n, p in enumerate(record.phones) if p.start <= seconds < p.end), None)
    if index is None:
        raise LikenessError("phone_outside", "There is no speech at this time.", "Choose a time within the take.")
    old = record.phones[index]
    if old.end - old.start < 2 * SHORTEST:
        raise LikenessError("phone_short", "The phone here is too short to be divided.", "Lengthen it first.")
    seconds = min(max(seconds, old.start + SHORTEST), old.end - SHORTEST)
    new = Phone(seconds, old.end, phone, viseme, old.word)
    phones = [*record.phones[:index], replace(old, end=seconds), new, *record.phones[index + 1 :]]
    return _changed(record, phones, old.start, old.end)


def remove_phone(record: Record, index: int) -> Change:
    """Take a phone out: the one before it (the one after the first) lasts for its time too."""
    _check(record, index)
    if len(record.phones) == 1:
        raise LikenessError("phone_fixed", "The only phone of a speech stays.", "Change it instead.")
    gone = record.phones[index]
    phones = [*record.phones[:index], *record.phones[index + 1 :]]
    if index:
        phones[index - 1] = replace(phones[index - 1], end=gone.end)
    else:
        phones[0] = replace(phones[0], start=gone.start)
    return _changed(record, phones, record.phones[max(index - 1, 0)].start, gone.end)


def _check(record: Record, index: int) -> None:
    if not 0 <= index < len(record.phones):
        raise LikenessError(
            "phone_missing", tell("This take has no phone {number}.", number=index + 1), "Choose one of the list."
        )


def _changed(record: Record, phones: list[Phone], start: float, end: float) -> Change:
    words = list(record.words)
    for number, word in enumerate(words):
        own = [phone for phone in phones if phone.word == number]
        if own:
            words[number] = replace(word, start=own[0].start, end=own[-1].end)
    return Change(replace(record, phones=tuple(phones), words=tuple(words)), start, end)
