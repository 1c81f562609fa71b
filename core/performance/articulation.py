# SPDX-License-Identifier: GPL-3.0-or-later
"""How each kind of sound moves the lips and the jaw: how strongly, how early, how open.

The model is Cohen and Massaro's (1993): every phone has a target and a dominance that rises before it and
falls after it; a channel is the dominance-weighted mean of the targets. The dominance of a phone here is its
own stretch of time, smoothed by a Gaussian, so that short phones fall short of their targets as they do in
fast speech. The targets are core/speech/visemes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERTICAL = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")
ROUNDING = ("mouthFunnel", "mouthPucker")
SPREADING = ("mouthStretchLeft", "mouthStretchRight", "mouthSmileLeft", "mouthSmileRight")


@dataclass(frozen=True)
class Articulator:
    """Channels that move together, and their inertia.

    lead: seconds by which a phone's dominance begins before it. rise, fall: standard deviations (seconds) of
    the smoothing before and after. opens: whether stress, loudness and manner scale it; the shape of the
    lips stays what the sound needs.
    """

    channels: tuple[str, ...]
    lead: float
    rise: float
    fall: float
    opens: bool


# Rounding begins 120 ms and more ahead of its vowel where the consonants before it leave the lips free (as
# Perkell and Matthies 1992 found for /u/); lips are faster than the jaw. Checked on the GRID talker of
# shared/data/speech: at 25 frames a second his jawOpen reaches .35 in a sentence and changes by at most 3.8 a
# second (medians over 649 sentences); the sentences of tests/benchmarks/bench_lipsync.py give .35 and 3.7.
ARTICULATORS: Mapping[str, Articulator] = {
    "jaw": Articulator(("jawOpen",), lead=0.020, rise=0.034, fall=0.038, opens=True),
    "vertical": Articulator(VERTICAL, lead=0.015, rise=0.026, fall=0.028, opens=True),
    "rounding": Articulator(ROUNDING, lead=0.070, rise=0.055, fall=0.045, opens=False),
    "spreading": Articulator(SPREADING, lead=0.030, rise=0.045, fall=0.045, opens=False),
}

# Dominance of a viseme over each articulator: what the sound needs is strong, what it leaves free is weak.
DOMINANCE: Mapping[str, Mapping[str, float]] = {
    f"viseme_{viseme}": dict(zip(ARTICULATORS, row, strict=True))
    for viseme, row in {
        #       jaw  vertical rounding spreading
        "sil": (0.50, 0.60, 0.50, 0.50),
        "PP": (0.60, 1.00, 0.15, 0.30),
        "FF": (0.70, 1.00, 0.30, 0.40),
        "TH": (0.50, 0.60, 0.10, 0.30),
        "DD": (0.45, 0.50, 0.10, 0.25),
        "kk": (0.25, 0.30, 0.05, 0.15),
        "CH": (0.70, 0.70, 1.00, 0.60),
        "SS": (0.85, 0.70, 0.20, 0.60),
        "nn": (0.40, 0.45, 0.10, 0.20),
        "RR": (0.35, 0.40, 0.45, 0.30),
        "aa": (1.00, 1.00, 0.50, 0.60),
        "E": (0.80, 0.80, 0.50, 0.60),
        "I": (0.80, 0.80, 0.70, 1.00),
        "O": (0.90, 0.80, 1.00, 0.80),
        "U": (0.80, 0.80, 1.00, 0.90),
    }.items()
}


@dataclass(frozen=True)
class Manner:
    """How a phone differs from its viseme: factors on the opening and on the dominance."""

    opening: float = 1.0
    dominance: float = 1.0


MANNERS: Mapping[str, Manner] = {
    "h": Manner(dominance=0.2),  # shaped by the vowel that follows
    "ʔ": Manner(dominance=0.1),
    "ə": Manner(opening=0.75, dominance=0.55),  # reduced vowels
    "ɨ": Manner(opening=0.85, dominance=0.55),
    "ɐ": Manner(opening=0.70, dominance=0.60),
    "ʌ": Manner(opening=0.85),
    "ɑ": Manner(opening=1.10),
    "æ": Manner(opening=1.05),
    "i": Manner(opening=0.90),
    "w": Manner(opening=0.50),  # the lips all but touch
    "ɾ": Manner(dominance=0.6),
}

STRESS_OPENING = {0: 0.88, 1: 1.00, 2: 1.14}  # factor on a vowel's opening
LOUDNESS_EXPONENT = 0.3  # a vowel's opening follows its loudness against the other vowels, this much
LOUDNESS_RANGE = (0.85, 1.15)


@dataclass(frozen=True)
class Seal:
    """Contact that has to happen whatever stands beside it: lip on lip, or lip on teeth.

    shortest: seconds that the full contact lasts at least. approach, release: seconds of the way there and
    back. jaw: how far the jaw may stay open during contact. keeps: channels that go on during contact, such
    as the rounding of a b between two u.
    """

    shortest: float
    approach: float
    release: float
    jaw: float
    keeps: frozenset[str]


_SMILE = ("mouthSmileLeft", "mouthSmileRight")
# Viseme -> its contact; the later row wins where two meet. A closure of 52 ms is three samples at 60 Hz, and
# no frame at 24 frames a second can miss it.
SEALS: Mapping[str, Seal] = {
    "viseme_FF": Seal(0.045, approach=0.060, release=0.060, jaw=0.07, keeps=frozenset(_SMILE)),
    "viseme_PP": Seal(0.052, 0.060, 0.055, jaw=0.09, keeps=frozenset((*_SMILE, "mouthPucker"))),
}
# Share of a phone's time after which its contact is released: a p is a closure and then a puff.
RELEASED: Mapping[str, float] = {"p": 0.65, "b": 0.65, "ɓ": 0.65}
RELEASED_OTHERS = 0.95
