# SPDX-License-Identifier: GPL-3.0-or-later
"""A script in one language as a script in another, with all that is not words where it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import LikenessError
from core.progress import Progress, silent
from core.pronunciation.languages import find_language
from core.script import parse_script
from core.translation.sentences import (
    DIRECTION,
    FIELD,
    STARRED,
    TOKEN,
    Divided,
    Piece,
    divide_text,
    insert_tags,
    mark,
    single_spaced,
    word_spans,
)
from core.translation.translator import Translator

_CLAUSE_END = re.compile(r"[,;:—–、，；：،؛][\"”’')\]»]*$")


@dataclass(frozen=True)
class Translated:
    """text: the script in the target language. provider: who translated it. sentences: source and target of each, as
    written. warnings: for the person."""

    text: str
    source: str
    target: str
    provider: str
    sentences: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """How a sentence is handed to a translator. token: how its tokens look; found: how they are found again.

    names: names are tokens, otherwise they are words.
    """

    token: str
    found: re.Pattern[str]
    names: bool


_PLAIN = ("XQ{}X", re.compile(r"XQ ?(\d+) ?X", re.IGNORECASE))
_LINED = ("__{}__", re.compile(r"_+ ?(\d+) ?_+"))
# In turn, each for the sentences of which the one before lost something.
ATTEMPTS = (
    Attempt(*_PLAIN, names=True),
    Attempt(*_LINED, names=True),
    Attempt(*_PLAIN, names=False),
    Attempt(*_LINED, names=False),
)


def translate_script(
    text: str,
    source: str,
    target: str,
    translator: Translator,
    names: Sequence[str] = (),
    progress: Progress = silent,
) -> Translated:
    """Translate a script sentence by sentence.

    Directions stand in the same sentence as before: at its beginning or end, before the same clause where there are as
    many, else where as large a share of it is said. Merge fields stay, and names where the translator lets them; lines
    that begin with # or ---, line ends and paragraphs stay. names: words that are not to be translated.

    Raises LikenessError ``languages_same``, ``language_unknown``, ``script_empty``, ``placeholder_lost`` (a merge field
    that the translator dropped), ``translation_empty``, and what `parse_script`, the translator and ``progress`` raise.
    """
    codes = find_language(source).code, find_language(target).code
    if codes[0] == codes[1]:
        message = f"The script is to be translated from {find_language(source).name} to the same language."
        raise LikenessError("languages_same", message, "Choose another language to translate to.")
    divided = divide_text(text, codes[0], names)
    way = _by_writing if translator.is_literal else _by_tokens
    told, warnings = way(divided, codes[1], translator, progress)
    warnings = [*divided.warnings, *warnings, *_odd(divided, told, codes[1])]
    pairs = tuple(zip(divided.written(), map(divided.restore, told), strict=True))
    progress(1.0, "Translated")
    return Translated(_joined(divided, told, codes[1]), *codes, translator.name, pairs, tuple(warnings))


def _by_tokens(
    divided: Divided, target: str, translator: Translator, progress: Progress
) -> tuple[list[str], list[str]]:
    """Sentences in the target language, with tokens, and warnings; for a translator that knows words alone."""
    pieces = divided.pieces()
    told: dict[int, str] = {}
    done: dict[int, Attempt] = {}
    for number, attempt in enumerate(ATTEMPTS):
        waiting = [index for index in range(len(pieces)) if index not in told]
        progress(number / len(ATTEMPTS), "Translating")
        for index, text in _try(divided, waiting, target, translator, attempt, stars=False).items():
            told[index], done[index] = text, attempt
    for index, piece in enumerate(pieces):
        if index not in told:
            lost = FIELD.search(divided.restore(piece.text))
            raise _lost(lost[0] if lost else "all words", divided.restore(piece.text), translator.name)
    warnings = [text for index, piece in enumerate(pieces) for text in _changed(piece, divided, done[index])]
    starred: dict[int, str] = {}
    for attempt in ATTEMPTS:  # asterisks may make a translation worse: they stay where it is the same with them
        waiting = [index for index, piece in enumerate(pieces) if piece.stressed and done[index] is attempt]
        starred |= _try(divided, waiting, target, translator, attempt, stars=True)
    for index, piece in enumerate(pieces):
        if STARRED.sub(r"\1", starred.get(index, "")) == told[index]:
            told[index] = starred[index]
        elif piece.stressed:
            warnings.append(f"The translation of “{divided.restore(piece.text)}” marks no stressed words.")
    texts = [
        insert_tags(told[index], target, _places(piece, divided, told[index], target))
        for index, piece in enumerate(pieces)
    ]
    return texts, warnings


def _try(
    divided: Divided, indices: Sequence[int], target: str, translator: Translator, attempt: Attempt, *, stars: bool
) -> dict[int, str]:
    """Of the sentences of these indices, those that come back with all their tokens and asterisks."""
    if not indices:
        return {}
    pieces = divided.pieces()
    sent = [_send(pieces[index], divided, attempt, stars) for index in indices]
    got = translator.translate(sent, divided.language, target)
    received = [_receive(said, single_spaced(text), attempt) for said, text in zip(sent, got, strict=True)]
    return {index: text for index, text in zip(indices, received, strict=True) if text is not None}


def _by_writing(
    divided: Divided, target: str, translator: Translator, progress: Progress
) -> tuple[list[str], list[str]]:
    """The same by a translator that takes sentences with their marks."""
    progress(0.0, "Translating")
    written = divided.written()
    told = [single_spaced(text) for text in translator.translate(written, divided.language, target)]
    warnings: list[str] = []
    for index, (piece, said, got) in enumerate(zip(divided.pieces(), written, told, strict=True)):
        fields = Counter(FIELD.findall(got))
        lost = next((field for field in FIELD.findall(said) if not fields[field]), None)
        if lost is not None:
            raise _lost(lost, said, translator.name)
        count = len(DIRECTION.findall(got))
        if not count:
            told[index] = insert_tags(got, target, _places(piece, divided, got, target))
        elif count != len(piece.tags):
            warnings.append(f"The translation of “{said}” has {count} directions, the script {len(piece.tags)}.")
        if translator.is_online:
            warnings += [f"“{name}” is not kept in “{got}”." for name in divided.names(piece) if name not in got]
    return told, warnings


def _send(piece: Piece, divided: Divided, attempt: Attempt, stars: bool) -> str:
    text = mark(piece, divided.language, directions=False, stars=stars)

    def form(match: re.Match[str]) -> str:
        number = int(match[1])
        is_word = not attempt.names and number not in divided.fields and number in divided.tokens
        return divided.tokens[number] if is_word else attempt.token.format(number)

    return TOKEN.sub(form, text)


def _receive(sent: str, got: str, attempt: Attempt) -> str | None:
    """What came back with our tokens; None where a token or an asterisk was lost or made twice."""
    if _counted(attempt.found, sent) != _counted(attempt.found, got):
        return None
    if len({(len(STARRED.findall(text)), text.count("*")) for text in (sent, got)}) > 1:
        return None
    return attempt.found.sub(r"XQ\1X", got)


def _counted(pattern: re.Pattern[str], text: str) -> Counter[int]:
    return Counter(int(match[1]) for match in pattern.finditer(text))


def _changed(piece: Piece, divided: Divided, attempt: Attempt) -> list[str]:
    """Sentences about names that the translator had to be given as words."""
    if attempt.names:
        return []
    said = divided.restore(piece.text)
    return [f"The translator may have changed “{name}” in “{said}”." for name in divided.names(piece)]


def _places(piece: Piece, divided: Divided, told: str, target: str) -> list[tuple[int, str]]:
    """The directions of a sentence with the words of its translation that they stand before."""
    source = [piece.text[slice(*span)] for span in word_spans(piece.text, divided.language)]
    words = [told[slice(*span)] for span in word_spans(told, target)]
    return [(_place(word, source, words), tag) for word, tag in piece.tags]


def _place(word: int, source: Sequence[str], words: Sequence[str]) -> int:
    if word <= 0 or word >= len(source):
        return 0 if word <= 0 else len(words)
    before, after = _clauses(source), _clauses(words)
    if word in before and len(before) == len(after):
        return after[before.index(word)]
    share = sum(map(len, source[:word])) / sum(map(len, source))
    total = sum(map(len, words))
    edges = [sum(map(len, words[:index])) / max(total, 1) for index in range(len(words))]
    inner = range(1, len(words)) or range(len(words))  # what stood within stays within
    return min(inner, key=lambda index: abs(edges[index] - share), default=0)


def _clauses(words: Sequence[str]) -> list[int]:
    """The words at which the clauses of a sentence begin, but for the first."""
    return [index + 1 for index, word in enumerate(words[:-1]) if _CLAUSE_END.search(word)]


def _odd(divided: Divided, told: Sequence[str], target: str) -> list[str]:
    """Sentences about translations that cannot be spoken one by one. Raises LikenessError ``translation_empty``."""
    warnings = []
    for piece, text in zip(divided.pieces(), told, strict=True):
        said = divided.restore(piece.text)
        try:
            count = len(parse_script(STARRED.sub(r"\1", text), target).sentences)
        except LikenessError as error:
            if error.code == "script_empty":
                message = f"The translation of “{said}” has no words."
                raise LikenessError("translation_empty", message, "Write it yourself, in a table.") from error
            warnings.append(f"In the translation of “{said}”: {error.message}")
            continue
        if count != 1:
            warnings.append(f"The translation of “{said}” is {count} sentences; to dub it, make it one.")
    return warnings


def _joined(divided: Divided, told: Sequence[str], target: str) -> str:
    """The whole script, line by line."""
    gap = " " if find_language(target).is_spaced else ""
    rest = iter(told)
    lines = [line if isinstance(line, str) else gap.join(next(rest) for _ in line) for line in divided.lines]
    return divided.restore("\n".join(lines)) + "\n"


def _lost(field: str, sentence: str, name: str) -> LikenessError:
    return LikenessError(
        "placeholder_lost",
        f"The translator “{name}” did not keep {field} in “{sentence}”.",
        "Write this sentence otherwise, or translate it in a table.",
    )
