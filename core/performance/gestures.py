# SPDX-License-Identifier: GPL-3.0-or-later
"""The gesture layer: nods, shakes, shrugs and the like, where direction, words and stress ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.channels import ARKIT_CHANNELS
from core.direction import GESTURES, Direction
from core.performance.behaviours import BEHAVIOURS
from core.performance.curves import ease
from core.performance.manner import QUIET, Manner
from core.performance.rhythm import Beat, Phrase, find_silences
from core.speech import Speech, Word

_APART = 2.4  # seconds between gestures that nobody has asked for
_BY_WORDS = 0.38  # size of these: of what the table has
_SOFTENED, _SPURRED = 0.9, 0.3  # nats of a gesture's size per unit of energy below 0, and above
# Words that deny -> a small shake; by language. What is asked ends with raised brows and chin.
_DENIALS = {
    "en": (
        "not", "no", "never", "nobody", "nothing", "none", "nowhere", "neither", "cannot", "can't", "don't", "won't",
        "isn't",
    ),
    "de": ("nicht", "nein", "nie", "niemals", "niemand", "nichts", "kein", "keine", "keinen"),
    "es": ("no", "nunca", "jamás", "nadie", "nada", "ningún", "ninguno", "ninguna"),
    "fr": ("non", "jamais", "personne", "rien", "aucun", "aucune", "pas"),
    "it": ("no", "non", "mai", "nessuno", "niente", "nulla"),
    "pt": ("não", "nunca", "jamais", "ninguém", "nada", "nenhum", "nenhuma"),
}  # fmt: skip
_AGREEMENTS = {
    "en": ("yes", "yeah", "exactly", "absolutely", "indeed", "certainly", "definitely", "right"),
    "de": ("ja", "genau", "richtig", "stimmt"), "es": ("sí", "exacto", "claro"), "fr": ("oui", "exactement", "voilà"),
    "it": ("sì", "esatto", "certo"), "pt": ("sim", "exato", "claro"),
}  # fmt: skip
_COMMAS = (",", "、", "،", ";")
_MEMBER, _BREATH = 4, 0.5  # words from comma to comma, and seconds of the pause behind one, in a list
_PROBABLE = {"shake": 0.6, "nod": 0.8, "tilt": 0.5, "chin up": 0.6}


@dataclass(frozen=True)
class Placed:
    """A gesture of `GESTURES` that begins at start (seconds). size: 1 as the table has it."""

    name: str
    start: float
    size: float

    @property
    def seconds(self) -> float:
        return GESTURES[self.name].seconds

    @property
    def look(self) -> tuple[float, float] | None:
        """Pitch and yaw (radians) where the eyes go meanwhile."""
        return GESTURES[self.name].gaze


def place_gestures(
    speech: Speech,
    phrases: Sequence[Phrase],
    beats: Sequence[Beat],
    manner: Manner,
    direction: Direction,
    generator: np.random.Generator,
) -> tuple[Placed, ...]:
    """What is asked for, each at its height on the word behind it, and between these what words suggest."""
    asked = []
    for cue in direction.cues:
        if cue.gesture:
            gesture = GESTURES[cue.gesture]
            at = speech.words[cue.word].start if cue.word < len(speech.words) else _last_sound(speech)
            asked.append(Placed(cue.gesture, max(at - 0.5 * gesture.onset, 0.0), cue.strength))
    placed = list(asked)
    for name, moment in sorted(_suggested(speech, phrases, beats), key=lambda pair: pair[1]):
        if generator.random() > _PROBABLE[name]:
            continue
        gesture = GESTURES[name]
        start = max(moment - gesture.onset, 0.0)
        free = all(
            start > other.start + other.seconds or start + gesture.seconds < other.start for other in asked
        ) and all(abs(start - other.start) >= _APART for other in placed)
        if free and start + gesture.seconds < speech.duration:
            energy = manner.at("energy", moment)
            size = _BY_WORDS * np.exp((_SPURRED if energy > 0 else _SOFTENED) * energy) * generator.uniform(0.7, 1.2)
            placed.append(Placed(name, start, float(size)))
    placed += _behave(speech, phrases, asked, generator)
    return tuple(sorted(placed, key=lambda one: one.start))


def _behave(
    speech: Speech, phrases: Sequence[Phrase], asked: Sequence[Placed], generator: np.random.Generator
) -> list[Placed]:
    """What a listener, or somebody who waits, does in silences, at log-normal intervals."""
    found: list[Placed] = []
    for start, end in find_silences(phrases, speech.duration, QUIET):
        for name, (seconds, size) in BEHAVIOURS[speech.behaviour].gestures.items():
            moment = start + seconds * generator.uniform(0.3, 1.0)
            while moment + GESTURES[name].seconds < end - 0.5:
                if all(abs(moment - other.start) >= _APART for other in (*asked, *found)):
                    found.append(Placed(name, float(moment), float(size * generator.uniform(0.7, 1.3))))
                moment += float(generator.lognormal(np.log(seconds) - 0.08, 0.4))
    return found


def gesticulate(time: np.ndarray, placed: Sequence[Placed], strength: float) -> dict[str, np.ndarray]:
    """Channels (T,) of the gestures: rotations in radians, the face's 0..1."""
    channels: dict[str, np.ndarray] = {}
    for one in placed:
        gesture = GESTURES[one.name]
        near = slice(*np.searchsorted(time, (one.start, one.start + gesture.seconds)))
        for channel in dict.fromkeys(name for key in gesture.keys for name in key):
            curve = channels.setdefault(channel, np.zeros(len(time)))
            curve[near] += one.size * strength * _keyed(time[near] - one.start, channel, gesture.keys, one.name)
    return {
        channel: curve.clip(0.0, 1.0) if channel in ARKIT_CHANNELS else curve for channel, curve in channels.items()
    }


def _keyed(time: np.ndarray, channel: str, keys: Sequence[Mapping[str, float]], name: str) -> np.ndarray:
    """A gesture's curve for one channel, in seconds since its start: key by key, held, and back to rest."""
    gesture = GESTURES[name]
    curve, before = np.zeros(len(time)), 0.0
    for number, key in enumerate(keys):
        value = key.get(channel, 0.0)
        curve += (value - before) * ease(time, number * gesture.onset, (number + 1) * gesture.onset)
        before = value
    release = len(keys) * gesture.onset + gesture.hold
    return curve - before * ease(time, release, release + gesture.release)


def _suggested(
    speech: Speech, phrases: Sequence[Phrase], beats: Sequence[Beat]
) -> list[tuple[str, float]]:
    """Gestures that words suggest, with the moment (seconds) at which they are at their height.

    The head goes from side to side over the members of a list.
    """
    found: list[tuple[str, float]] = []
    for table, name in ((_DENIALS, "shake"), (_AGREEMENTS, "nod")):
        words = frozenset(table.get(speech.language, ()))
        for word in speech.words:
            if word.text.strip(" .,;:!?…\"'“”‘’()-–—").lower().replace("’", "'") in words:
                found.append((name, (word.start + word.end) / 2))
    for phrase in phrases:
        if phrase.is_question:
            found.append(("chin up", phrase.end))
    found += [("tilt", (word.start + word.end) / 2) for word in _listed(speech)]
    return found


def _listed(speech: Speech) -> list[Word]:
    """The last words of the members of lists: two commas or more, a few words apart, in one breath."""
    commas = [
        index
        for index, word in enumerate(speech.words[:-1])
        if word.text.endswith(_COMMAS) and speech.words[index + 1].start - word.end < _BREATH
    ]
    pairs = [(before, after) for before, after in pairwise(commas) if after - before <= _MEMBER]
    return [speech.words[index] for index in sorted({index for pair in pairs for index in pair})]


def _last_sound(speech: Speech) -> float:
    return max((phone.end for phone in speech.phones if phone.phone), default=0.0)
