# SPDX-License-Identifier: GPL-3.0-or-later
"""How a direction changes a synthetic voice: its pace, how high it is, and where it is silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import soxr

from core.direction import Direction
from core.script import Script, Sentence
from core.voice.provider import Utterance

# Nats of pace and of pitch per unit of their sliders: emotional speech is up to a quarter quicker or slower, and two
# semitones higher or lower (Murray and Arnott 1993).
_TEMPO, _PITCH = 0.22, 0.115


@dataclass(frozen=True)
class Part:
    """Words that are said in one go. speed, pitch: factors. pause: seconds of silence wanted behind them.

    stressed: indices of words of the sentence that stand out.
    """

    sentence: Sentence
    speed: float = 1.0
    pitch: float = 1.0
    pause: float = 0.0
    stressed: frozenset[int] = frozenset()


def divide(script: Script, direction: Direction, paces: Sequence[float] | None = None) -> list[Part]:
    """The sentences of a script, in pieces where pauses within them are asked for. paces: factors, one a sentence."""
    parts: list[Part] = []
    first = 0
    for sentence, own in zip(script.sentences, paces or [1.0] * len(script.sentences), strict=True):
        words = sentence.words
        cues = [cue for cue in direction.cues if first <= cue.word < first + len(words)]
        cuts = sorted({cue.word - first for cue in cues if cue.pause and cue.word > first} | {0, len(words)})
        for start, end in pairwise(cuts):
            moves = dict(direction.moves)
            for cue in cues:
                if cue.moves and cue.word - first < end:
                    moves = dict(cue.moves)
            behind = first + end
            pause = max((cue.pause for cue in direction.cues if cue.word == behind), default=0.0)
            is_whole = end == len(words)
            text = sentence.text if start == 0 and is_whole else _gap(script).join(words[start:end])
            piece = replace(sentence, text=text, ends_paragraph=sentence.ends_paragraph and is_whole)
            speed, pitch = (
                math.exp(share * moves.get(name, 0.0)) for share, name in ((_TEMPO, "tempo"), (_PITCH, "pitch"))
            )
            stressed = frozenset(index - first - start for index in script.stressed if first + start <= index < behind)
            parts.append(Part(piece, own * speed, pitch, pause, stressed))
        first += len(words)
    return parts


def shift_pitch(utterance: Utterance, factor: float) -> Utterance:
    """An utterance that many times as high, and as much shorter: as a tape runs faster."""
    if factor == 1.0:
        return utterance
    wave = soxr.resample(utterance.wave, utterance.rate * factor, utterance.rate, quality="HQ")
    phones = tuple(
        replace(phone, start=phone.start / factor, end=phone.end / factor) for phone in utterance.phones
    )
    return replace(utterance, wave=wave, phones=phones)


def _gap(script: Script) -> str:
    return " " if " " in script.text else ""
