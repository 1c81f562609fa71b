# SPDX-License-Identifier: GPL-3.0-or-later
"""A prompt in plain words understood: which manners or gestures it means, how strongly, and what they move."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.direction.tables import GESTURES, NOTHING, STYLES, WORDS, bounded
from core.meaning import load_classes, odds

LEAST_LIKELY = 0.10  # probability below which the best manner is a guess; see tests/core/test_direction.py
_BESIDE, _MOST = 0.35, 3  # share of the best one's probability that others have that are meant as well, and how many
_CLAUSES = re.compile(r"\s*(?:[,;/&+]|\b(?:but|and|yet|(?<!as )though|although|while)\b)\s*", re.IGNORECASE)
_NOT = re.compile(r"^(?:not|no|never|without|don[’']t|do not|isn[’']t|less|stop|nothing)\b\s*", re.IGNORECASE)
_OPPOSED = -0.6  # strength of what is asked not to be
_PERCENT = re.compile(r"(\d{1,3})\s*%")
# Words of strength, the longest first.
_STRENGTHS = {
    "at full strength": 1.3, "just a touch": 0.4, "just a little": 0.45, "a little bit": 0.5, "a touch of": 0.4,
    "a hint of": 0.35, "a touch": 0.4, "a little": 0.5, "a bit": 0.5, "kind of": 0.6, "slightly": 0.5, "somewhat": 0.6,
    "subtly": 0.4, "mildly": 0.5, "faintly": 0.35, "extremely": 1.5, "incredibly": 1.5, "strongly": 1.3, "deeply": 1.3,
    "totally": 1.3, "utterly": 1.4, "super": 1.4, "really": 1.25, "very": 1.3, "quite": 1.1, "highly": 1.3,
}  # fmt: skip
_STRENGTH = re.compile(rf"\b(?:{'|'.join(_STRENGTHS)})\b", re.IGNORECASE)
_AGAINST = -0.35  # cosine of two manners' moves that pull against each other


@dataclass(frozen=True)
class Match:
    """One manner or gesture of the tables. strength: 1 as the table has it; below 0 its opposite.

    like: its probability.
    """

    name: str
    strength: float
    like: float
    said: str


@dataclass(frozen=True)
class Understood:
    """What a prompt means. moves: the sliders of all its manners, within their limits. unknown: its other parts."""

    prompt: str
    matches: tuple[Match, ...] = ()
    moves: Mapping[str, float] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def gestures(self) -> tuple[Match, ...]:
        return tuple(match for match in self.matches if match.name in GESTURES)


def understand(prompt: str, language: str = "en", gestures: bool = False) -> Understood:
    """What a prompt asks for. gestures: it may be a movement too, as directions in a script are.

    English is matched by meaning, clause by clause; other languages by the words of words.toml, and then as if it were
    English. What means nothing is told in ``unknown`` and a warning with the nearest manner.
    Raises LikenessError as `core.meaning.embed` does.
    """
    prompt = " ".join(prompt.split())
    matches: list[Match] = []
    unknown: list[str] = []
    warnings: list[str] = []
    for clause in [clause for clause in _CLAUSES.split(prompt) if clause.strip(" .!?")]:
        said, strength = _strength(clause)
        found = _by_word(said, strength, language, gestures) or _by_meaning(said, strength, gestures)
        if found[0].like >= LEAST_LIKELY:
            matches += found
        else:
            unknown.append(clause)
            warnings.append(f"“{clause}” is not understood; the nearest manner is “{found[0].name}”.")
    styles = [match for match in matches if match.name in STYLES]
    warnings += _quarrels(styles)
    return Understood(prompt, tuple(matches), _summed(styles), tuple(unknown), tuple(warnings))


def _strength(clause: str) -> tuple[str, float]:
    """A clause without its words of strength, and the strength."""
    strength = 1.0
    percent = _PERCENT.search(clause)
    if percent:
        strength = min(int(percent[1]), 150) / 100
        clause = _PERCENT.sub("", clause)
    for word in _STRENGTH.findall(clause):
        strength *= _STRENGTHS[word.lower()]
    clause = _STRENGTH.sub("", clause)
    denied = _NOT.match(clause)
    if denied:
        return clause[denied.end() :].strip() or clause, _OPPOSED * strength
    return " ".join(clause.split()) or clause, min(strength, 1.5)


def _by_word(said: str, strength: float, language: str, gestures: bool) -> list[Match]:
    """By the table of words of a language; the longest one decides."""
    said = f" {said.lower()} "
    found = [
        (len(stem), name)
        for name, stems in WORDS.get(language, {}).items()
        for stem in stems
        if (stem in said if language in ("zh", "ja") else f" {stem}" in said) and (gestures or name in STYLES)
    ]
    return [Match(max(found)[1], strength, 1.0, said.strip())] if found else []


def _by_meaning(said: str, strength: float, gestures: bool) -> list[Match]:
    """The likeliest manner with those that are nearly as likely, which share the strength; or one gesture.

    What more likely means nothing has a likelihood of 0.
    """
    classes = load_classes("manners")
    asked = [index for index, name in enumerate(classes.names) if gestures or name not in GESTURES]
    likely = odds(classes.logits([said])[:, asked])[0].tolist()
    ranked = sorted(zip(likely, (classes.names[index] for index in asked), strict=True), reverse=True)
    nothing = next(value for value, name in ranked if name == NOTHING)
    ranked.remove((nothing, NOTHING))
    best = ranked[0]
    if best[1] in GESTURES or best[0] < nothing:
        return [Match(best[1], round(strength, 3), 0.0 if best[0] < nothing else round(best[0], 3), said)]
    meant = [(value, name) for value, name in ranked[:_MOST] if name in STYLES and value >= _BESIDE * best[0]]
    total = sum(value for value, _ in meant)
    return [Match(name, round(strength * value / total, 3), round(value, 3), said) for value, name in meant]


def _summed(matches: Sequence[Match]) -> dict[str, float]:
    """The sliders of several manners: they add, each with a share that leaves room for the others."""
    share = 1.0 / max(len({match.said for match in matches}), 1) ** 0.4
    moves: dict[str, float] = {}
    for match in matches:
        for name, value in STYLES[match.name].moves.items():
            moves[name] = moves.get(name, 0.0) + share * match.strength * value
    return bounded(moves)


def _quarrels(matches: Sequence[Match]) -> list[str]:
    """Sentences about manners that pull against each other."""
    quarrels = []
    for index, first in enumerate(matches):
        for second in matches[index + 1 :]:
            if first.said != second.said and _cosine(first, second) < _AGAINST:
                quarrels.append(f"“{first.said}” and “{second.said}” pull against each other; what is left is small.")
    return quarrels


def _cosine(first: Match, second: Match) -> float:
    a, b = (
        {name: match.strength * value for name, value in STYLES[match.name].moves.items()} for match in (first, second)
    )
    sizes = [sum(value**2 for value in moves.values()) ** 0.5 for moves in (a, b)]
    return sum(value * b.get(name, 0.0) for name, value in a.items()) / max(sizes[0] * sizes[1], 1e-9)
