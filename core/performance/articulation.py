# SPDX-License-Identifier: GPL-3.0-or-later
"""How each kind of sound moves the lips and the jaw: how strongly, how early, how open.

The model is Cohen and Massaro's (1993): every phone has a target and a dominance that rises before it and
falls after it; a curve is the dominance-weighted mean of the targets. The dominance of a phone here is its
own stretch of time, smoothed by a Gaussian, so that short phones fall short of their targets as they do in
fast speech. The numbers are articulation.toml, learned from a person (addon_models/articulation); what stands
below is hand-set.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.speech.phones import viseme_of

TABLE = Path(__file__).with_name("articulation.toml")


@dataclass(frozen=True)
class Gesture:
    """What a phone asks of an articulator: a target in the articulator's unit, and the strength of its dominance,
    which lasts from ``lead`` seconds before the phone to ``lag`` seconds after it."""

    target: float
    strength: float
    lead: float
    lag: float


@dataclass(frozen=True)
class Articulator:
    """rise, fall: standard deviations (seconds) of the smoothing before and after. Gestures by viseme and by phone."""

    rise: float
    fall: float
    visemes: Mapping[str, Gesture]
    phones: Mapping[str, Gesture]

    def gesture(self, phone: str, viseme: str) -> Gesture:
        """What a phone (IPA, "" for silence) asks for that shows as a viseme.

        A phone without numbers of its own, or shown as somebody wants it, is its viseme, as MANNERS says.
        """
        own = self.phones.get(phone)
        if own is not None and viseme_of(phone) == viseme:
            return own
        general, manner = self.visemes[viseme], MANNERS.get(phone, Manner())
        return Gesture(
            general.target * manner.opening, general.strength * manner.dominance, general.lead, general.lag
        )


@dataclass(frozen=True)
class Manner:
    """How a phone differs from its viseme: factors on the opening and on the dominance."""

    opening: float = 1.0
    dominance: float = 1.0


MANNERS: Mapping[str, Manner] = {
    "ʔ": Manner(dominance=0.1),
    "ɨ": Manner(opening=0.85, dominance=0.55),  # reduced vowels
    "ɐ": Manner(opening=0.70, dominance=0.60),
    "ʌ": Manner(opening=0.85),
    "ɑ": Manner(opening=1.10),
    "ɾ": Manner(dominance=0.6),
}


@cache
def articulators() -> Mapping[str, Articulator]:
    """``opening`` between the lips and ``jaw``, how far it drops, in millimetres on a face whose eyes are 63 mm apart;
    ``rounding`` and ``spreading``, 1 being as far as talking goes."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: _articulator(numbers) for name, numbers in table.items()}


def _articulator(numbers: Mapping[str, Any]) -> Articulator:
    visemes = {f"viseme_{name}": Gesture(*row) for name, row in numbers["visemes"].items()}
    shown = {phone: visemes[viseme_of(phone)] for phone in numbers["phones"]}
    phones = {
        phone: Gesture(target, strength, shown[phone].lead, shown[phone].lag)
        for phone, (target, strength) in numbers["phones"].items()
    }
    return Articulator(numbers["rise"], numbers["fall"], visemes, phones)


STRESS_OPENING = {0: 0.88, 1: 1.00, 2: 1.14}  # factor on a vowel's opening
LOUDNESS_EXPONENT = 0.4  # a vowel's opening follows its loudness against the other vowels, this much
LOUDNESS_RANGE = (0.80, 1.20)

# Of rounded lips, the share that is a funnel (pushed forward, parted) and not a pucker (drawn together).
FUNNEL: Mapping[str, float] = {"viseme_U": 0.25, "viseme_O": 0.36, "viseme_CH": 0.50, "viseme_RR": 0.25}
FUNNEL_OTHERS = 0.20


@dataclass(frozen=True)
class Tongue:
    """A tongue's tip that is seen between the teeth: ``out`` is tongueOut; opening and jaw, in millimetres, are what it
    needs at least; edge: share of the phone's time before and after; approach: seconds of the way there and back."""

    out: float
    opening: float
    jaw: float
    edge: float
    approach: float


TONGUES: Mapping[str, Tongue] = {"viseme_TH": Tongue(0.20, opening=4.5, jaw=4.2, edge=0.25, approach=0.050)}


@dataclass(frozen=True)
class Seal:
    """Contact that has to happen whatever stands beside it: lip on lip, or lip on teeth.

    opening: millimetres between the lips. begins: share of the phone's time after which it is full. shortest: seconds
    that the full contact lasts at least. approach: seconds of the way to its shape and back. jaw: how far the jaw may
    stay open during contact. keeps: channels that go on during contact, such as the rounding of a b between two u.
    """

    opening: float
    begins: float
    shortest: float
    approach: float
    jaw: float
    keeps: frozenset[str]


_CORNERS = frozenset(f"mouth{set_}{side}" for set_ in ("Smile", "Frown") for side in ("Left", "Right"))
_PUCKER = "mouthPucker"
# Viseme -> its contact; the later row wins where two meet. A closure of 52 ms is three samples at 60 Hz, and
# no frame at 24 frames a second can miss it.
SEALS: Mapping[str, Seal] = {
    "viseme_FF": Seal(2.9, 0.20, 0.045, approach=0.060, jaw=0.07, keeps=_CORNERS),
    "viseme_PP": Seal(0.0, 0.0, 0.052, approach=0.060, jaw=0.09, keeps=_CORNERS | {_PUCKER}),
}
# Share of a phone's time after which its contact is released: a p is a closure and then a puff.
RELEASED: Mapping[str, float] = {"p": 0.65, "b": 0.65, "ɓ": 0.65, "f": 0.90, "v": 0.85}
RELEASED_OTHERS = 0.95
