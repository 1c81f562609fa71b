# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole direction: a prompt for all that is said, and cues at places in the script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.direction.prompts import Understood, understand
from core.script import Tag

LONGEST_PAUSE = 10.0  # seconds
_PAUSE = re.compile(
    r"(?:long |short )?(?:pause|break|wait|beat|silence|pausa|pausen?|пауза|停顿|停頓|間|وقفة)\s*(?:for\s+|of\s+)?"
    r"(?:(\d+(?:[.,]\d+)?)\s*(ms|s|sec|seconds?)?)?",
    re.IGNORECASE,
)
_NO_BLINK = re.compile(r"(?:no|without|don[’']t|do not) blink\w*|eyes (?:stay )?open", re.IGNORECASE)
_PAUSES = {"long": 1.2, "short": 0.3, "": 0.6}  # seconds where none are given


@dataclass(frozen=True)
class Cue:
    """A direction at a place. word: of the script, before which it stands.

    pause: seconds of silence. gesture: of `GESTURES`, with strength. moves: sliders that hold to the end of the
    sentence. no_blink: the eyes stay open over the word.
    """

    word: int
    said: str
    place: str
    pause: float = 0.0
    gesture: str = ""
    strength: float = 1.0
    moves: Mapping[str, float] = field(default_factory=dict)
    no_blink: bool = False


@dataclass(frozen=True)
class Direction:
    """moves: sliders for the whole script. cues: in order of their words. warnings: for the person."""

    prompt: str = ""
    moves: Mapping[str, float] = field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
    warnings: tuple[str, ...] = ()
    understood: Understood | None = None


NONE = Direction()


def direct(prompt: str, tags: Sequence[Tag] = (), language: str = "en") -> Direction:
    """Understand a prompt (``""``: none) and the directions in a script.

    What is not understood is told in ``warnings`` with its place, and the rest is done.
    Raises LikenessError as `core.meaning.embed` does, where there is something to understand.
    """
    understood = understand(prompt, language) if prompt.strip() else None
    warnings = list(understood.warnings) if understood else []
    cues: list[Cue] = []
    for tag in tags:
        cue, said = _cue(tag, language)
        warnings += [f"{sentence[:-1]}, at {tag.place}." for sentence in said]
        if cue is not None:
            cues.append(cue)
    warnings += _overruled(cues)
    moves = understood.moves if understood else {}
    return Direction(prompt, moves, tuple(cues), tuple(warnings), understood)


def pause_of(text: str) -> float:
    """Seconds that a direction asks to be silent; 0 where it is no pause."""
    match = _PAUSE.fullmatch(text.strip())
    if match is None:
        return 0.0
    if match[1] is None:
        return next(seconds for word, seconds in _PAUSES.items() if text.strip().lower().startswith(word))
    seconds = float(match[1].replace(",", ".")) / (1000.0 if (match[2] or "").lower() == "ms" else 1.0)
    return min(seconds, LONGEST_PAUSE)


def _cue(tag: Tag, language: str) -> tuple[Cue | None, Sequence[str]]:
    pause = pause_of(tag.text)
    if pause > 0.0:
        return Cue(tag.word, tag.text, tag.place, pause=pause), ()
    if _NO_BLINK.fullmatch(tag.text):
        return Cue(tag.word, tag.text, tag.place, no_blink=True), ()
    understood = understand(tag.text, language, gestures=True)
    if not understood.matches:
        return None, understood.warnings
    gesture = next(iter(understood.gestures), None)
    cue = Cue(
        tag.word, tag.text, tag.place,
        gesture=gesture.name if gesture else "",
        strength=abs(gesture.strength) if gesture else 1.0,
        moves=understood.moves,
    )  # fmt: skip
    return cue, understood.warnings


def _overruled(cues: Sequence[Cue]) -> list[str]:
    """Sentences about manners at the same word, of which the last one is done."""
    manners = [cue for cue in cues if cue.moves]
    return [
        f"“{first.said}” at {first.place} is overruled by “{second.said}” at the same word."
        for first, second in pairwise(manners)
        if first.word == second.word
    ]
