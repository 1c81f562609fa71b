# SPDX-License-Identifier: GPL-3.0-or-later
"""The gaze layer: eyes that hold the viewer, look away to think, and stay on their target while the head moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.performance.behaviours import Behaviour
from core.performance.curves import plateau, steps
from core.performance.gestures import Placed
from core.performance.head import LIVELY, resting
from core.performance.manner import Manner
from core.performance.rhythm import Phrase

# Speakers look at their listener about 60 % of the time, in bouts of about 2 s (Argyle and Cook 1976; Cook 1977).
CONTACT, AWAY = 2.0, 1.33  # mean seconds of a bout of either
SPREAD = 0.5  # standard deviation of the logarithm of both
SHORTEST = 0.35  # seconds
_HELD = 0.9  # nats of the contacts' length, and less of the others', per unit of the slider
# Looking at a face is a walk over eyes and mouth: a degree or so every second.
MEAN_FIXATION = 1.0
SMALL = np.radians([0.5, 0.9])  # standard deviation of pitch and yaw of a fixation
# Looking away: radians to the side, and up or down. Glances up and aside go with thinking.
_ASIDE = np.radians([6.0, 15.0])
_UP_DOWN = np.radians(4.0)  # standard deviation
_BIAS = np.radians(9.0)  # per unit of the slider of the gaze
_AT_TURN, _AT_END = 0.55, 0.75  # probability to look away as a turn begins, to look back as a phrase ends
_TURN = 0.6  # seconds of silence before which somebody's turn begins
LIMIT = np.radians([16.0, 24.0])

# Main sequence: a saccade takes 21 ms + 2.2 ms a degree (Carpenter 1988); two samples at 60 Hz are the shortest that
# can be shown as a movement.
_SACCADE = (0.021, 0.0022 * 180.0 / np.pi)
_SHORTEST_SACCADE = 0.034
_COUNTER = 0.95  # share of the head's rotation that the eyes take back (vestibulo-ocular reflex)
_HEAD_SHARE, _HEAD_TIME = 0.22, 0.60  # of a large shift that the head makes, in which seconds
_LID_RANGE = np.radians(25.0)  # eye pitch at which the lids have followed all the way


@dataclass(frozen=True)
class Shift:
    """The eyes go to pitch and yaw (radians from the viewer) at a moment (seconds)."""

    moment: float
    pitch: float
    yaw: float
    is_contact: bool

    @property
    def size(self) -> float:
        return float(np.hypot(self.pitch, self.yaw))


def plan_gaze(
    duration: float,
    phrases: Sequence[Phrase],
    manner: Manner,
    placed: Sequence[Placed],
    behaviour: Behaviour,
    generator: np.random.Generator,
) -> tuple[Shift, ...]:
    """Where the eyes go and when; the last shift is back to the viewer. placed: gestures, some with a look.

    behaviour: of silences.
    """
    shifts: list[Shift] = []
    for start, end, is_contact in _bouts(duration, phrases, manner, behaviour, generator):
        moment = start
        away = np.zeros(2) if is_contact else _direction(manner.at("gaze", start), generator)
        while moment < end - SHORTEST / 2:
            walk = generator.normal(0.0, 1.0, 2).clip(-1.7, 1.7) * SMALL * (1.0 if is_contact else 1.6)
            shifts.append(Shift(moment, float(away[0] + walk[0]), float(away[1] + walk[1]), is_contact))
            moment += max(_lognormal(MEAN_FIXATION, generator), SHORTEST)
    for gesture in placed:
        if gesture.look is not None:
            start, end = gesture.start, gesture.start + gesture.seconds
            shifts = [shift for shift in shifts if not start - 0.1 <= shift.moment <= end]
            shifts += [Shift(start, *gesture.look, False), Shift(end, 0.0, 0.0, True)]
    shifts = [shift for shift in sorted(shifts, key=lambda shift: shift.moment) if shift.moment < duration - 0.6]
    return (*shifts, Shift(max(duration - 0.3, (shifts[-1].moment if shifts else 0.0) + 0.1), 0.0, 0.0, True))


def look(
    time: np.ndarray,
    shifts: Sequence[Shift],
    turning: Sequence[Mapping[str, np.ndarray]],
    manner: Manner,
    strength: float,
) -> dict[str, np.ndarray]:
    """Rotations (radians) of eyes and, for large shifts, head, and the lids that follow, (T,) each.

    turning: the channels of other layers that turn the head; the eyes stay on their target meanwhile.
    """
    moments = np.array([shift.moment for shift in shifts])
    places = np.array([(shift.pitch, shift.yaw) for shift in shifts])
    sizes = np.hypot(*np.diff(places, axis=0, prepend=np.zeros((1, 2))).T)
    seconds = np.maximum(_SACCADE[0] + _SACCADE[1] * sizes, _SHORTEST_SACCADE)
    ends = np.minimum(moments + seconds, np.append(moments[1:], np.inf))
    rest = resting(time, float(time[-1]))
    share = _HEAD_SHARE * np.exp(LIVELY * manner.curve("energy"))
    channels: dict[str, np.ndarray] = {}
    for index, axis in enumerate(("Pitch", "Yaw")):
        glance = steps(time, moments, ends, places[:, index]) * strength
        own = strength * share * _turned(time, shifts, index) * rest
        turned = own + sum(layer[bone + axis] for layer in turning for bone in ("head", "neck") if bone + axis in layer)
        curve = LIMIT[index] * np.tanh((glance - _COUNTER * turned) / LIMIT[index])
        channels[f"eyeLeft{axis}"] = curve
        channels[f"eyeRight{axis}"] = curve.copy()
        channels[f"head{axis}"] = own
    pitch = channels["eyeLeftPitch"]
    for channel, follow in (("eyeLookDown", -pitch), ("eyeLookUp", pitch)):
        lids = np.clip(follow, 0.0, None) / _LID_RANGE
        channels[channel + "Left"] = lids
        channels[channel + "Right"] = lids.copy()
    return channels


def _turned(time: np.ndarray, shifts: Sequence[Shift], axis: int) -> np.ndarray:
    """(T,) where the head goes along: to what is looked at away from the viewer, and back."""
    curve = np.zeros(len(time))
    index = 0
    while index < len(shifts):
        shift = shifts[index]
        index += 1
        if shift.is_contact:
            continue
        while index < len(shifts) and not shifts[index].is_contact:
            index += 1
        end = shifts[index].moment if index < len(shifts) else float(time[-1])
        start = shift.moment + _HEAD_TIME * 0.6
        if end > start:
            near = slice(*np.searchsorted(time, (start - _HEAD_TIME, end + _HEAD_TIME)))
            curve[near] += (shift.pitch, shift.yaw)[axis] * plateau(time[near], start, end, _HEAD_TIME, _HEAD_TIME)
    return curve


def _bouts(
    duration: float, phrases: Sequence[Phrase], manner: Manner, behaviour: Behaviour, generator: np.random.Generator
) -> list[tuple[float, float, bool]]:
    """Start, end (seconds) and whether it is a contact, one after the other; the first is."""
    turns = [phrase.start for before, phrase in pairwise(phrases) if phrase.start - before.end > _TURN]
    ends = [phrase.end for phrase in phrases]
    away_at = [moment for moment in turns if generator.random() < _AT_TURN]
    back_at = [moment for moment in ends if generator.random() < _AT_END]
    bouts: list[tuple[float, float, bool]] = []
    moment, is_contact = 0.0, True
    while moment < duration:
        held = np.exp(_HELD * manner.at("contact", moment) * (1.0 if is_contact else -1.0))
        if is_contact and not _speaks(phrases, moment):
            held *= behaviour.contact
        end = moment + max(_lognormal((CONTACT if is_contact else AWAY) * held, generator), SHORTEST)
        # A turn that begins, or a phrase that ends, soon before or after draws the change to itself.
        near = [at for at in (away_at if is_contact else back_at) if moment + SHORTEST < at and abs(at - end) < 0.7]
        end = min(near, key=lambda at: abs(at - end)) if near else end
        bouts.append((moment, min(end, duration), is_contact))
        moment, is_contact = end, not is_contact
    return bouts


def _speaks(phrases: Sequence[Phrase], moment: float) -> bool:
    return any(phrase.start - 0.8 <= moment <= phrase.end + 0.8 for phrase in phrases)


def _direction(bias: float, generator: np.random.Generator) -> np.ndarray:
    """Pitch and yaw (radians) of a place beside the viewer."""
    side = 1.0 if generator.random() < 0.5 else -1.0
    return np.array([generator.normal(0.0, _UP_DOWN) + _BIAS * bias, side * generator.uniform(*_ASIDE)])


def _lognormal(mean: float, generator: np.random.Generator) -> float:
    return float(generator.lognormal(np.log(mean) - SPREAD**2 / 2, SPREAD))
