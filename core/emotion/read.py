# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotion track of a speech."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.emotion.categories import CATEGORIES, NEUTRAL
from core.emotion.feeling import Feeling
from core.emotion.text import NAMES, read_sentences
from core.emotion.voice import Tone, listen
from core.speech import Speech
from core.speech.sentences import find_said

_VOICE = 0.35  # share of the voice in the arousal, where it is heard beside words
_SHOWN = 1.25  # strength of a feeling that is certain: what is doubtful shows less
_LONGEST = 12.0  # seconds of a stretch where no words are known
_VALENCE = np.array([category.valence for category in CATEGORIES.values()])
_AROUSAL = np.array([category.arousal for category in CATEGORIES.values()])


def read_feelings(speech: Speech) -> tuple[Feeling, ...]:
    """What each sentence of a speech feels like; where there are no words, each stretch between pauses.

    Raises LikenessError as core.meaning does.
    """
    spans = list(_sentences(speech)) or list(_stretches(speech))
    if not spans:
        return ()
    texts = [text for _, _, text in spans]
    said = read_sentences(texts, speech.language) if any(texts) else _unknown(len(texts))
    tones = listen(speech, [(start, end) for start, end, _ in spans])
    return tuple(
        _feeling(span, odds, tone) for span, odds, tone in zip(spans, said, tones, strict=True)
    )


def _feeling(span: tuple[float, float, str], odds: np.ndarray, tone: Tone) -> Feeling:
    start, end, text = span
    share = (_VOICE if text else 1.0) if tone.is_heard else 0.0
    valence = float(odds @ _VALENCE)
    arousal = float((1.0 - share) * (odds @ _AROUSAL) + share * tone.arousal)
    if not text:
        odds = _by_arousal(arousal)
    best = int(np.argmax(odds))
    sure = float(odds[best])
    felt = float(np.clip(_SHOWN * sure + 0.3 * share * tone.arousal, 0.0, 1.0))
    strength = 0.0 if NAMES[best] == NEUTRAL else felt
    rounded = [round(value, 3) for value in (strength, valence, arousal, sure)]
    return Feeling(start, end, NAMES[best], rounded[0], rounded[1], rounded[2], rounded[3], text)


def _by_arousal(arousal: float) -> np.ndarray:
    """A voice without words tells how stirred somebody is, hardly by what."""
    odds = np.zeros(len(NAMES))
    stirred = "enthusiasm" if arousal > 0 else "calm"
    odds[NAMES.index(stirred)] = min(abs(arousal), 0.9)
    odds[NAMES.index(NEUTRAL)] = 1.0 - odds.sum()
    return odds


def _unknown(count: int) -> np.ndarray:
    odds = np.zeros((count, len(NAMES)))
    odds[:, NAMES.index(NEUTRAL)] = 1.0
    return odds


def _sentences(speech: Speech) -> Iterator[tuple[float, float, str]]:
    """Start, end and text of the sentences that are said."""
    for said in find_said(speech):
        heard = [word for word in said.words if word.end > word.start]
        if heard:
            yield heard[0].start, heard[-1].end, said.sentence.text


def _stretches(speech: Speech) -> Iterator[tuple[float, float, str]]:
    """Start and end of what is said between pauses, joined up to ``_LONGEST`` seconds."""
    runs: list[list[float]] = []
    for phone in speech.phones:
        if not phone.phone:
            continue
        if runs and phone.end - runs[-1][0] < _LONGEST and phone.start - runs[-1][1] < 1.0:
            runs[-1][1] = phone.end
        else:
            runs.append([phone.start, phone.end])
    yield from ((start, end, "") for start, end in runs)
