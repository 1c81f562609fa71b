# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech layer: phones, and the sound itself, become movements of jaw and lips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from core.performance.articulation import (
    FUNNEL,
    FUNNEL_OTHERS,
    LOUDNESS_EXPONENT,
    LOUDNESS_RANGE,
    RELEASED,
    RELEASED_OTHERS,
    SEALS,
    STRESS_OPENING,
    TONGUES,
    articulators,
)
from core.performance.curves import plateau
from core.performance.head import resting
from core.performance.heard import mix, move_contact
from core.performance.manner import Manner
from core.performance.mouth_shape import Mouth, shape_mouth
from core.performance.mouth_style import NATURAL, RANGES, MouthStyle
from core.speech import Phone, Speech
from core.speech.lip_track import LipTrack
from core.speech.phones import VOWEL_VISEMES
from core.speech.visemes import VISEME_SHAPES

_REACH = 6.0  # standard deviations beyond which a phone has no influence; exact rest in silence comes from it
_ASYMMETRY = 0.05  # standard deviation of the difference between the two sides of a mouth
# Lips come together at 200 mm/s and more (Loefqvist and Gracco 1997): how fast they may be on the way to a contact and
# back, in millimetres a second, over which seconds they brake, and millimetres from which they may come.
_SPEED, _BRAKING, _WIDEST = 240.0, 0.015, 25.0
_TOUCHING = 0.055  # seconds in which the channels that part the lips are gone
_UNROUNDING = 0.105  # seconds in which lips draw back to meet the teeth
_PARTING = ("mouthLowerDown", "mouthUpperUp", "mouthFunnel")
_SEALING_CHANNELS = tuple(dict.fromkeys(c for viseme in SEALS for c in VISEME_SHAPES[viseme]))
_AROUND = 0.12  # seconds around sounds in which what is heard of the lips counts, and in which it fades
_ARTICULATION = (0.0, 1.0, 2.0)  # of MouthStyle, where what follows holds
_OPENNESS = (0.55, 1.0, 1.30)  # factor on openings
_CONTRAST = (0.70, 1.0, 1.15)  # on rounding and spreading
_INERTIA = (1.40, 1.0, 0.75)  # on the smoothing of the dominance
_CLEARER, _SMILING, _FROWNING = 0.7, 0.85, 1.0  # of MouthStyle's units, and of a frown, per unit of a manner's sliders


@dataclass(frozen=True)
class Contact:
    """Lips, or lip and teeth, that touch from start to end (seconds); viseme: a key of SEALS."""

    viseme: str
    start: float
    end: float


def move_lips(
    speech: Speech,
    time: np.ndarray,
    strength: float,
    generator: np.random.Generator,
    heard: LipTrack | None = None,
    style: MouthStyle = NATURAL,
    manner: Manner | None = None,
) -> dict[str, np.ndarray]:
    """Channels of the speech layer, (T,) each, at ``time`` (T,) seconds.

    strength scales the openings; heard: the lips as the sound tells them, which openings follow where the phones
    leave them free; without it they follow stress and loudness. manner: adds to the style from moment to moment.
    """
    factors = opening_factors(speech) if heard is None else np.ones(len(speech.phones))
    articulation, smile, frown = _manner_of(style, manner, time)
    inertia = float(np.interp(articulation, _ARTICULATION, _INERTIA).mean())
    mouth = _blend(speech.phones, factors, time, inertia)
    if heard is not None:
        mouth = mix(mouth, _speaking(speech.phones, time), heard.at(time))
    mouth, out = _show_tongue(mouth, speech.phones, time)
    openness, contrast = (strength * np.interp(articulation, _ARTICULATION, row) for row in (_OPENNESS, _CONTRAST))
    mouth = replace(
        mouth,
        opening=openness * mouth.opening,
        jaw=openness * mouth.jaw,
        rounding=contrast * mouth.rounding,
        spreading=contrast * mouth.spreading,
    )
    contacts = find_contacts(speech.phones, heard)
    shaped = shape_mouth(mouth, _reachable(contacts, time), style.jaw_lips, strength * smile, strength * frown)
    curves = shaped | {"tongueOut": min(strength, 1.0) * out}
    curves |= {channel: np.zeros(len(time)) for channel in _SEALING_CHANNELS if channel not in curves}
    curves = _seal(curves, contacts, time)
    return _skew(curves, _ASYMMETRY * float(generator.standard_normal()))


def _manner_of(style: MouthStyle, manner: Manner | None, time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T,) articulation and smile as MouthStyle has them, and how far the corners are down."""
    same = np.ones(len(time))
    if manner is None:
        return style.articulation * same, style.smile * same, 0.0 * same
    articulation = style.articulation + _CLEARER * manner.curve("articulation")
    smile = style.smile + _SMILING * manner.curve("smile")
    rest = resting(time, float(time[-1]))
    felt = np.minimum(style.smile, smile) + rest * np.maximum(smile - style.smile, 0.0)
    frown = _FROWNING * np.maximum(-smile, 0.0) * rest
    return articulation.clip(*RANGES["articulation"]), felt.clip(*RANGES["smile"]), frown


def opening_factors(speech: Speech) -> np.ndarray:
    """(N,) factor on each phone's opening: stress and loudness for vowels, 1 for others."""
    vowels = np.array([phone.viseme in VOWEL_VISEMES for phone in speech.phones])
    if not vowels.any():
        return np.ones(len(vowels))
    stress = np.array([STRESS_OPENING[phone.stress] for phone in speech.phones])
    loudness = np.array([_loudness(speech, phone) for phone in speech.phones])
    relative = loudness / max(float(np.median(loudness[vowels])), 1e-6)
    gain = np.clip(relative**LOUDNESS_EXPONENT, *LOUDNESS_RANGE)
    return np.where(vowels, stress * gain, 1.0)


def _loudness(speech: Speech, phone: Phone) -> float:
    """Root mean square of a phone's sound."""
    part = speech.wave[round(phone.start * speech.rate) : round(phone.end * speech.rate)]
    return float(np.sqrt(np.mean(part.astype(np.float64) ** 2))) if len(part) else 0.0


def _blend(phones: Sequence[Phone], openings: np.ndarray, time: np.ndarray, inertia: float) -> Mouth:
    """The mouth that the phones ask for. openings: (N,) factors on their openings; inertia: on the smoothing."""
    same = np.ones(len(phones))
    made = {
        name: _dominated(name, phones, openings if name in ("opening", "jaw") else same, time, inertia)
        for name in articulators()
    }
    curves = {name: curve for name, (curve, _) in made.items()}
    return Mouth(**curves, funnel=made["rounding"][1])


def _dominated(
    name: str, phones: Sequence[Phone], factors: np.ndarray, time: np.ndarray, inertia: float
) -> tuple[np.ndarray, np.ndarray]:
    """Dominance-weighted mean (T,) of the phones' targets for one articulator, and the share of it that is funnel."""
    articulator = articulators()[name]
    rise, fall = inertia * articulator.rise, inertia * articulator.fall
    total, reached, funnel = (np.zeros(len(time)) for _ in range(3))
    for phone, factor in zip(phones, factors, strict=True):
        gesture = articulator.gesture(phone.phone, phone.viseme)
        start, end = phone.start - gesture.lead, phone.end + gesture.lag
        near = slice(*np.searchsorted(time, (start - _REACH * rise, end + _REACH * fall)))
        weight = gesture.strength * ndtr((time[near] - start) / rise) * ndtr((end - time[near]) / fall)
        total[near] += weight
        reached[near] += weight * gesture.target * factor
        funnel[near] += weight * gesture.target * factor * FUNNEL.get(phone.viseme, FUNNEL_OTHERS)
    return reached / np.maximum(total, 1e-9), funnel / np.maximum(reached, 1e-9)


def _speaking(phones: Sequence[Phone], time: np.ndarray) -> np.ndarray:
    """(T,) 0..1: where the phones are sounds, or lips get ready for one or come back from it."""
    spans: list[tuple[float, float]] = []
    for phone in phones:
        if phone.phone:
            start, end = phone.start - _AROUND, phone.end + _AROUND
            close = spans and start - spans[-1][1] < 2 * _AROUND
            spans[-1:] = [(spans[-1][0], end)] if close else [*spans[-1:], (start, end)]
    return _pulses(spans, time, _AROUND)


def _show_tongue(mouth: Mouth, phones: Sequence[Phone], time: np.ndarray) -> tuple[Mouth, np.ndarray]:
    """The mouth with room for the tongue where TONGUES says so, and ``tongueOut`` (T,)."""
    out = np.zeros(len(time))
    for viseme, tongue in TONGUES.items():
        spans = [
            (phone.start + tongue.edge * (phone.end - phone.start), phone.end - tongue.edge * (phone.end - phone.start))
            for phone in phones
            if phone.viseme == viseme
        ]
        shown = _pulses(spans, time, tongue.approach)
        opening, jaw = (
            np.maximum(curve, shown * least)
            for curve, least in ((mouth.opening, tongue.opening), (mouth.jaw, tongue.jaw))
        )
        mouth = replace(mouth, opening=opening, jaw=jaw)
        out = np.maximum(out, shown * tongue.out)
    return mouth, out


def _reachable(contacts: Sequence[Contact], time: np.ndarray) -> np.ndarray:
    """Millimetres (T,) that lips can be apart at most if they are to be in contact in time."""
    most = np.full(len(time), _WIDEST)
    reach = 2 * _WIDEST / _SPEED
    for contact in contacts:
        near = slice(*np.searchsorted(time, (contact.start - reach, contact.end + reach)))
        away = np.maximum(np.maximum(contact.start - time[near], time[near] - contact.end), 0.0)
        way = SEALS[contact.viseme].opening + _SPEED * (np.hypot(away, _BRAKING) - _BRAKING)
        most[near] = np.minimum(most[near], way)
    return most


def _seal(curves: Mapping[str, np.ndarray], contacts: Sequence[Contact], time: np.ndarray) -> dict[str, np.ndarray]:
    """Put the contacts of SEALS over the curves.

    Where a contact is full every channel has the contact's own shape, and ``mouthClose`` is the share of
    ``jawOpen`` that closes the gap (all of it for lips on lips), so that nothing leaks through.
    """
    curves = dict(curves)
    closed = curves["mouthClose"] / np.maximum(curves["jawOpen"], 1e-6)
    for viseme, seal in SEALS.items():
        shape = VISEME_SHAPES[viseme]
        spans = [(contact.start, contact.end) for contact in contacts if contact.viseme == viseme]
        jaw = curves["jawOpen"]
        quick, slow, slowest = (_pulses(spans, time, seconds) for seconds in (_TOUCHING, seal.approach, _UNROUNDING))
        for channel in curves.keys() - seal.keeps:
            contact = quick if channel.startswith(_PARTING) else slowest if channel == "mouthPucker" else slow
            curves[channel] = (1.0 - contact) * curves[channel] + contact * shape.get(channel, 0.0)
        curves["jawOpen"] = (1.0 - quick) * jaw + quick * seal.jaw * np.tanh(jaw / seal.jaw)
        closed = (1.0 - quick) * closed + quick * shape["mouthClose"] / shape["jawOpen"]
    curves["mouthClose"] = closed * curves["jawOpen"]
    return curves


def _pulses(spans: Sequence[tuple[float, float]], time: np.ndarray, approach: float) -> np.ndarray:
    """(T,): 1 from start to end of each span (seconds), and on the way there and back for ``approach`` seconds."""
    pulses = np.zeros(len(time))
    for start, end in spans:
        near = slice(*np.searchsorted(time, (start - approach, end + approach)))
        pulses[near] = np.maximum(pulses[near], plateau(time[near], start, end, approach, approach))
    return pulses


def find_contacts(phones: Sequence[Phone], heard: LipTrack | None = None) -> tuple[Contact, ...]:
    """The contacts of all phones whose viseme is in SEALS, moved a little to where the lips are heard to be closest."""
    found = []
    for phone in phones:
        if phone.viseme in SEALS:
            start, end = contact_span(phone)
            shift = move_contact(start, end, heard) if heard is not None else 0.0
            found.append(Contact(phone.viseme, start + shift, end + shift))
    return tuple(found)


def contact_span(phone: Phone) -> tuple[float, float]:
    """Seconds of the first and the last moment of full contact as a phone has it whose viseme is in SEALS."""
    seal, length = SEALS[phone.viseme], phone.end - phone.start
    start = phone.start + seal.begins * length
    end = phone.start + RELEASED.get(phone.phone, RELEASED_OTHERS) * length
    missing = max(seal.shortest - (end - start), 0.0)
    return start - missing / 2, end + missing / 2


def _skew(curves: Mapping[str, np.ndarray], difference: float) -> dict[str, np.ndarray]:
    """Give the two sides of the mouth slightly different reach; contacts stay as tight as they are."""
    factors = {"Left": 1.0 + difference / 2, "Right": 1.0 - difference / 2}
    return {
        channel: curve * next((f for side, f in factors.items() if channel.endswith(side)), 1.0)
        for channel, curve in curves.items()
    }
