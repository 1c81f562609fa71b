# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech layer: phones become movements of jaw and lips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtr

from core.performance.articulation import (
    ARTICULATORS,
    DOMINANCE,
    LOUDNESS_EXPONENT,
    LOUDNESS_RANGE,
    MANNERS,
    RELEASED,
    RELEASED_OTHERS,
    SEALS,
    STRESS_OPENING,
    Articulator,
    Manner,
)
from core.performance.curves import plateau
from core.speech import Phone, Speech
from core.speech.phones import VOWEL_VISEMES
from core.speech.visemes import VISEME_SHAPES

_REACH = 6.0  # standard deviations beyond which a phone has no influence; exact rest in silence comes from it
_ASYMMETRY = 0.05  # standard deviation of the difference between the two sides of a mouth
_JAW_SLOWNESS = 2.2  # the jaw takes this many times as long as the lips to and from a contact
_SEALING_CHANNELS = tuple(dict.fromkeys(c for viseme in SEALS for c in VISEME_SHAPES[viseme]))


def move_lips(
    speech: Speech, time: np.ndarray, strength: float, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Channels of the speech layer, (T,) each, at ``time`` (T,) seconds. strength scales the openings."""
    openings = opening_factors(speech)
    curves = {
        channel: strength * curve
        for name, articulator in ARTICULATORS.items()
        for channel, curve in _blend(name, articulator, speech.phones, openings, time).items()
    }
    curves |= {channel: np.zeros(len(time)) for channel in _SEALING_CHANNELS if channel not in curves}
    del curves["mouthClose"]  # follows from the jaw
    curves = _seal(curves, speech.phones, time)
    return _skew(curves, _ASYMMETRY * float(generator.standard_normal()))


def opening_factors(speech: Speech) -> np.ndarray:
    """(N,) factor on each phone's target: stress and loudness for vowels, the phone's own manner for all."""
    factors = np.array([MANNERS.get(phone.phone, Manner()).opening for phone in speech.phones])
    vowels = np.array([phone.viseme in VOWEL_VISEMES for phone in speech.phones])
    if not vowels.any():
        return factors
    stress = np.array([STRESS_OPENING[phone.stress] for phone in speech.phones])
    loudness = np.array([_loudness(speech, phone) for phone in speech.phones])
    relative = loudness / max(float(np.median(loudness[vowels])), 1e-6)
    gain = np.clip(relative**LOUDNESS_EXPONENT, *LOUDNESS_RANGE)
    return np.where(vowels, factors * stress * gain, factors)


def _loudness(speech: Speech, phone: Phone) -> float:
    """Root mean square of a phone's sound."""
    part = speech.wave[round(phone.start * speech.rate) : round(phone.end * speech.rate)]
    return float(np.sqrt(np.mean(part.astype(np.float64) ** 2))) if len(part) else 0.0


def _blend(
    name: str, articulator: Articulator, phones: Sequence[Phone], openings: np.ndarray, time: np.ndarray
) -> dict[str, np.ndarray]:
    """Dominance-weighted mean of the phones' targets for one articulator's channels."""
    total = np.zeros(len(time))
    sums = {channel: np.zeros(len(time)) for channel in articulator.channels}
    for phone, opening in zip(phones, openings, strict=True):
        start, end = phone.start - articulator.lead, phone.end
        first = np.searchsorted(time, start - _REACH * articulator.rise)
        last = np.searchsorted(time, end + _REACH * articulator.fall)
        near = slice(int(first), int(last))
        strength = DOMINANCE[phone.viseme][name] * MANNERS.get(phone.phone, Manner()).dominance
        weight = (
            strength
            * ndtr((time[near] - start) / articulator.rise)
            * ndtr((end - time[near]) / articulator.fall)
        )
        total[near] += weight
        for channel in articulator.channels:
            target = VISEME_SHAPES[phone.viseme].get(channel, 0.0)
            if target:
                sums[channel][near] += weight * target * (opening if articulator.opens else 1.0)
    return {channel: curve / np.maximum(total, 1e-9) for channel, curve in sums.items()}


def _seal(
    curves: Mapping[str, np.ndarray], phones: Sequence[Phone], time: np.ndarray
) -> dict[str, np.ndarray]:
    """Put the contacts of SEALS over the blended curves and add ``mouthClose``.

    Where a contact is full every channel has the contact's own shape, and ``mouthClose`` is the share of
    ``jawOpen`` that closes the gap (all of it for lips on lips), so that nothing leaks through.
    """
    curves = dict(curves)
    closed = np.zeros(len(time))
    for viseme, seal in SEALS.items():
        contact = _contact(viseme, phones, time)
        shape = VISEME_SHAPES[viseme]
        jaw, limit = curves["jawOpen"], seal.jaw
        raised = _contact(viseme, phones, time, _JAW_SLOWNESS)
        for channel in curves.keys() - seal.keeps:
            curves[channel] = (1.0 - contact) * curves[channel] + contact * shape.get(channel, 0.0)
        curves["jawOpen"] = (1.0 - raised) * jaw + raised * limit * np.tanh(jaw / limit)
        closed = (1.0 - contact) * closed + contact * shape["mouthClose"] / shape["jawOpen"]
    curves["mouthClose"] = closed * curves["jawOpen"]
    return curves


def _contact(
    viseme: str, phones: Sequence[Phone], time: np.ndarray, slowness: float = 1.0
) -> np.ndarray:
    """(T,) 0..1: how far the lips are in contact for one kind of seal."""
    contact = np.zeros(len(time))
    seal = SEALS[viseme]
    for phone in phones:
        if phone.viseme != viseme:
            continue
        start, end = contact_span(phone)
        approach, release = slowness * seal.approach, slowness * seal.release
        near = slice(*np.searchsorted(time, (start - approach, end + release)))
        pulse = plateau(time[near], start, end, approach, release)
        contact[near] = np.maximum(contact[near], pulse)
    return contact


def contact_span(phone: Phone) -> tuple[float, float]:
    """Seconds of the first and the last moment of full contact; for phones whose viseme is in SEALS."""
    start = phone.start
    end = start + RELEASED.get(phone.phone, RELEASED_OTHERS) * (phone.end - start)
    missing = max(SEALS[phone.viseme].shortest - (end - start), 0.0)
    return start - missing / 2, end + missing / 2


def _skew(curves: Mapping[str, np.ndarray], difference: float) -> dict[str, np.ndarray]:
    """Give the two sides of the mouth slightly different reach; contacts stay as tight as they are."""
    factors = {"Left": 1.0 + difference / 2, "Right": 1.0 - difference / 2}
    return {
        channel: curve * next((f for side, f in factors.items() if channel.endswith(side)), 1.0)
        for channel, curve in curves.items()
    }
