# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sounds a recording holds and when, from what the mouth network hears in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.progress import Progress, silent
from core.pronunciation.spoken import SpokenWord
from core.recording.settling import with_pauses
from core.speech import Phone
from core.speech.align import Aligned
from core.speech.align import align as align_words
from core.speech.decode import decode, phone_scores
from core.speech.inventory import PHONES
from core.speech.net import FRAMES, Heard
from core.speech.phones import viseme_of

_DEFICIT = 4.0  # nats a frame by which the words of another script fit worse than what is heard
_MOST = 5.0  # nats that a frame can lose: somebody may say more than the script has


@dataclass(frozen=True)
class Found:
    """A script's words in a sound. phones: tile it; ``Phone.word`` indexes the words, -1 in pauses and other speech.

    fit: at most 1: the share of the words that are found times the root of the share of speech around them, less what
    they fit that speech worse (nats a frame) than the phones do that are likeliest without them, over `_DEFICIT`.
    """

    phones: tuple[Phone, ...]
    fit: float


def recognise(heard: Heard, duration: float) -> tuple[Phone, ...]:
    """The phones of a sound without knowing what is said; they tile it, ``""`` where it is still.

    duration: of the sound, in seconds. ``Phone.word`` is -1, stress 0; the confidence is the network's alone.
    """
    phones = [
        Phone(one.start, one.end, PHONES[one.phone], viseme_of(PHONES[one.phone]), -1, 0, one.confidence)
        for one in decode(heard)
    ]
    return (*phones[:-1], replace(phones[-1], end=duration))


def align(
    heard: Heard, recognised: Sequence[Phone], words: Sequence[SpokenWord], progress: Progress = silent
) -> Found | None:
    """Where these words are said in a sound; None where none of them is.

    recognised: as `recognise` gives them. Words that are not said have no phones, and what is said besides is
    silence. Vowels carry the stress of the pronunciation. Raises what ``progress`` raises.
    """
    found = align_words(heard, words, progress)
    if not found:
        return None
    sounds = [Phone(one.start, one.end, one.ipa, viseme_of(one.ipa), one.word, one.stress) for one in found]
    share = len({one.word for one in found}) / len(words) * _covered(recognised, found) ** 0.5
    return Found(with_pauses(sounds, recognised[-1].end), share - _deficit(heard, recognised, found) / _DEFICIT)


def _covered(recognised: Sequence[Phone], found: Sequence[Aligned]) -> float:
    """Share of the recognised sounds' time that lies between the first and the last of what was found."""
    sounds = [(phone.start, phone.end) for phone in recognised if phone.phone]
    first, last = found[0].start, found[-1].end
    inside = sum(max(min(end, last) - max(start, first), 0.0) for start, end in sounds)
    return inside / max(sum(end - start for start, end in sounds), 1e-6)


def _deficit(heard: Heard, recognised: Sequence[Phone], found: Sequence[Aligned]) -> float:
    """Nats a frame that speech, between the first word found and the last, loses against what is recognised."""
    free = _tracked([(one.start, one.end, PHONES.index(one.phone)) for one in recognised], len(heard))
    told = _tracked([(one.start, one.end, one.unit) for one in found], len(heard))
    first, last = round(found[0].start * FRAMES), round(found[-1].end * FRAMES)
    speech = first + np.flatnonzero(free[first:last])
    scores = phone_scores(heard)[speech]
    rows = np.arange(len(speech))
    lost = scores[rows, free[speech]] - scores[rows, told[speech]]
    return float(np.clip(lost, 0.0, _MOST).mean()) if len(speech) else 0.0


def _tracked(spans: Sequence[tuple[float, float, int]], count: int) -> np.ndarray:
    """(T,) the phone in each frame, silence outside of the spans (start, end, phone)."""
    track = np.zeros(count, np.int64)
    for start, end, phone in spans:
        track[round(start * FRAMES) : round(end * FRAMES)] = phone
    return track
