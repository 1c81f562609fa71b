# SPDX-License-Identifier: GPL-3.0-or-later
"""A speech's words as captions: short enough to be read, parted where the sense parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.pronunciation.languages import find_language
from core.speech import Speech, Word
from core.speech.sentences import find_said

# Letters of a line (fewer where one is a whole word), lines of a caption, and seconds that it stands: within what
# Netflix's Timed Text Style Guide allows (42, 16, 2; 5/6 to 7 seconds).
LINE, LINE_UNSPACED, LINES = 42, 16, 2
LONGEST, SHORTEST = 6.0, 0.8
_BRIDGED = 0.4  # seconds between two captions over which the first one stays
_PARTS = ",;:，、；：،؛—–"
_CLOSING = "\"”’')]»」』》】）"


@dataclass(frozen=True)
class Caption:
    """start, end: seconds. lines: one or two. right_to_left: the direction of the language."""

    start: float
    end: float
    lines: tuple[str, ...]
    right_to_left: bool = False


def make_captions(speech: Speech) -> tuple[Caption, ...]:
    """The captions of a speech, in order, none over another; none where no words are known."""
    language = find_language(speech.language)
    gap, width = (" ", LINE) if language.is_spaced else ("", LINE_UNSPACED)
    sentences = (said.words for said in find_said(speech) if said.words)
    groups = [group for sentence in sentences for group in _divide(sentence, gap, width)]
    captions: list[Caption] = []
    for index, group in enumerate(groups):
        following = groups[index + 1][0].start if index + 1 < len(groups) else speech.duration
        lines = break_lines([word.text for word in group], gap, width)
        end = max(group[-1].end, min(group[0].start + SHORTEST, following))
        if index + 1 < len(groups) and following - end < _BRIDGED:
            end = following
        captions.append(Caption(group[0].start, min(end, following), lines, language.is_right_to_left))
    return tuple(captions)


def break_lines(words: Sequence[str], gap: str, width: int) -> tuple[str, ...]:
    """Words as one line, or as two of which neither is too wide, the first one rather the shorter."""
    text = gap.join(words)
    if len(text) <= width:
        return (text,)
    halves = [(gap.join(words[:cut]), gap.join(words[cut:])) for cut in range(1, len(words))]
    if not halves:
        return (text,)
    return min(halves, key=lambda pair: (max(max(map(len, pair)) - width, 0), _cost(pair)))


def _cost(pair: tuple[str, str]) -> float:
    """How odd a break is: far from the middle, or within a phrase."""
    first, second = pair
    parts = _is_part(first)
    return abs(len(first) - len(second)) + (0.5 if len(first) > len(second) else 0.0) - (8.0 if parts else 0.0)


def _is_part(text: str) -> bool:
    """Whether the sense parts behind a text, within its sentence."""
    return text.rstrip(_CLOSING).endswith(tuple(_PARTS))


def _divide(sentence: Sequence[Word], gap: str, width: int) -> Iterator[Sequence[Word]]:
    """A sentence in captions: cut where it fits, best behind a comma, else near the middle."""
    fits = all(len(line) <= width for line in break_lines([word.text for word in sentence], gap, width))
    if len(sentence) == 1 or (fits and sentence[-1].end - sentence[0].start <= LONGEST):
        yield sentence
        return
    lengths = [len(gap.join(word.text for word in sentence[:cut])) for cut in range(1, len(sentence))]
    total = len(gap.join(word.text for word in sentence))

    def oddness(cut: int) -> float:
        return abs(lengths[cut - 1] - total / 2) - (total / 4 if _is_part(sentence[cut - 1].text) else 0.0)

    best = min(range(1, len(sentence)), key=oddness)
    yield from _divide(sentence[:best], gap, width)
    yield from _divide(sentence[best:], gap, width)
