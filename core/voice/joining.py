# SPDX-License-Identifier: GPL-3.0-or-later
"""Utterances trimmed to their sound and set one after the other without clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.speech import Phone
from core.speech.phones import viseme_of
from core.voice.provider import Utterance

_MARGIN = 0.040  # seconds kept before the first and after the last phone, where breath fades
_FADE = 0.010  # seconds


def trim(utterance: Utterance) -> Utterance:
    """The sound from just before the first phone to just after the last, faded at both ends."""
    rate = utterance.rate
    first = max(round((utterance.phones[0].start - _MARGIN) * rate), 0)
    last = min(round((utterance.phones[-1].end + _MARGIN) * rate), len(utterance.wave))
    wave = utterance.wave[first:last].copy()
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(round(_FADE * rate)) / round(_FADE * rate), dtype=np.float32)
    wave[: len(ramp)] *= ramp
    wave[-len(ramp) :] *= ramp[::-1]
    return Utterance(wave, rate, tuple(shift(phone, -first / rate) for phone in utterance.phones))


def join(utterances: Sequence[Utterance], pauses: Sequence[float]) -> Utterance:
    """One utterance of several.

    pauses: len(utterances) - 1 silences in seconds, from phone to phone; never shorter than the margins.
    """
    rate = utterances[0].rate
    waves = [utterances[0].wave]
    phones = list(utterances[0].phones)
    length = len(waves[0])
    for utterance, pause in zip(utterances[1:], pauses, strict=True):
        margins = length / rate - phones[-1].end + utterance.phones[0].start
        gap = max(round((pause - margins) * rate), 0)
        waves += [np.zeros(gap, np.float32), utterance.wave]
        offset = (length + gap) / rate
        phones.append(_silence(phones[-1].end, offset + utterance.phones[0].start))
        phones += [shift(phone, offset) for phone in utterance.phones]
        length += gap + len(utterance.wave)
    return Utterance(np.concatenate(waves), rate, tuple(phones))


def enclose(utterance: Utterance, lead: float, tail: float) -> Utterance:
    """The utterance with so many seconds of silence before its first phone and after its last.

    The phones of the result tile its whole duration.
    """
    rate, phones = utterance.rate, utterance.phones
    before = max(round((lead - phones[0].start) * rate), 0)
    after = max(round((tail - len(utterance.wave) / rate + phones[-1].end) * rate), 0)
    wave = np.pad(utterance.wave, (before, after))
    moved = [shift(phone, before / rate) for phone in phones]
    first = _silence(0.0, moved[0].start)
    last = _silence(moved[-1].end, len(wave) / rate)
    return Utterance(wave, rate, (first, *moved, last))


def lengthen(utterance: Utterance, seconds: float) -> Utterance:
    """An enclosed utterance, its last silence drawn out until it lasts ``seconds``; never shorter."""
    missing = max(round(seconds * utterance.rate) - len(utterance.wave), 0)
    wave = np.pad(utterance.wave, (0, missing))
    *phones, last = utterance.phones
    return Utterance(wave, utterance.rate, (*phones, replace(last, end=len(wave) / utterance.rate)))


def shift(phone: Phone, seconds: float) -> Phone:
    """The phone at a later time."""
    return replace(phone, start=phone.start + seconds, end=phone.end + seconds)


def _silence(start: float, end: float) -> Phone:
    return Phone(start, end, "", viseme_of(""), -1)
