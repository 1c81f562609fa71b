# SPDX-License-Identifier: GPL-3.0-or-later
"""How direction and feelings change a synthetic voice: its pace, its melody, and where it is silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.direction import Direction
from core.script import Script, Sentence
from core.voice.mood import PLAIN, Mood

# Nats of pace, pitch and range per unit of their sliders: emotional speech is up to a quarter quicker or slower, two
# semitones higher or lower, and its melody wider where it is lively (Murray and Arnott 1993).
_TEMPO, _PITCH, _RANGE = ("tempo", 0.22), ("pitch", 0.115), ("energy", 0.15)


@dataclass(frozen=True)
class Part:
    """Words that are said in one go.

    speed, pitch, range: factors of the pace, of the median pitch, and of the semitones around it. pause: seconds of
    silence wanted behind them; rest: factor of the natural one, where none is wanted.
    stressed: indices of words of the sentence that stand out.
    """

    sentence: Sentence
    speed: float = 1.0
    pitch: float = 1.0
    pause: float = 0.0
    stressed: frozenset[int] = frozenset()
    range: float = 1.0
    rest: float = 1.0


def divide(
    script: Script, direction: Direction, paces: Sequence[float] | None = None, moods: Sequence[Mood] = ()
) -> list[Part]:
    """The sentences of a script, in pieces where pauses within them are asked for.

    paces: factors, one a sentence. moods: of the sentences; the direction comes on top of them.
    """
    parts: list[Part] = []
    first = 0
    count = len(script.sentences)
    told = zip(script.sentences, paces or [1.0] * count, moods or [PLAIN] * count, strict=True)
    for sentence, own, mood in told:
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
            speed, pitch, spread = (
                math.exp(share * moves.get(name, 0.0)) for name, share in (_TEMPO, _PITCH, _RANGE)
            )
            stressed = frozenset(index - first - start for index in script.stressed if first + start <= index < behind)
            asked = (own * speed * mood.rate, pitch * mood.pitch, pause, stressed, spread * mood.range, mood.pause)
            parts.append(Part(piece, *asked))
        first += len(words)
    return parts


def _gap(script: Script) -> str:
    return " " if " " in script.text else ""
