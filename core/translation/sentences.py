# SPDX-License-Identifier: GPL-3.0-or-later
"""A script divided for translation: what is said in sentences, with its marks told apart, and what stays as it is.

Marks are directions ``[nods]``, words ``*stressed*``, and merge fields ``{name}`` or ``{{company}}``. Merge fields and
names that are to stay become tokens (``XQ3X``), which count as words of any language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.script import Script, parse_script
from core.script.words import divide_words

TOKEN = re.compile(r"XQ(\d+)X")
DIRECTION = re.compile(r"\[[^\[\]\n]*\]")
FIELD = re.compile(r"\{\{[^{}\n]+\}\}|\{[^{}\n]+\}")
STARRED = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<!\s)\*(?![\w*])")
_STAR = "*"  # the direction that a stressed word is while sentences are found
_OPENING = re.compile(r"([^\w\s*]*)" + STARRED.pattern)
_KEPT_LINE = re.compile(r"\s*(?:#|---|$)")  # headings, shots and paragraph breaks
_LINE_END = re.compile(r"[.!?…。！？।॥።؟][\"”’')\]»」』》〉】）*]*\s*$")
_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[,.;:!?…])")


@dataclass(frozen=True)
class Piece:
    """One sentence. text: without directions and asterisks, with tokens.

    tags: directions, each with the word that it stands before (the count of words for the end). stressed: words.
    """

    text: str
    tags: tuple[tuple[int, str], ...]
    stressed: tuple[int, ...]


@dataclass(frozen=True)
class Divided:
    """lines: kept as they are (text), or sentences. tokens: number -> what the token stands for; fields: the numbers
    of those that are merge fields, the others are names."""

    language: str
    lines: tuple[str | tuple[Piece, ...], ...]
    tokens: Mapping[int, str]
    fields: frozenset[int]
    warnings: tuple[str, ...]

    def pieces(self) -> tuple[Piece, ...]:
        """All sentences."""
        return tuple(piece for line in self.lines if not isinstance(line, str) for piece in line)

    def written(self) -> tuple[str, ...]:
        """All sentences as the script has them, single-spaced."""
        return tuple(self.restore(mark(piece, self.language)) for piece in self.pieces())

    def names(self, piece: Piece) -> tuple[str, ...]:
        """The names in a sentence that are to stay."""
        numbers = [int(match[1]) for match in TOKEN.finditer(piece.text)]
        return tuple(self.tokens[number] for number in numbers if number in self.tokens.keys() - self.fields)

    def restore(self, text: str) -> str:
        """A text with what its tokens stand for."""
        return TOKEN.sub(lambda match: self.tokens.get(int(match[1]), match[0]), text)


def divide_text(text: str, language: str, names: Sequence[str] = ()) -> Divided:
    """Divide a script. names: words that are to stay as they are.

    Raises LikenessError as `parse_script` does, ``script_empty`` among them.
    """
    code = find_language(language).code
    first = 1 + max((int(match[1]) for match in TOKEN.finditer(text)), default=-1)
    tokens: dict[int, str] = {}

    def hide(match: re.Match[str]) -> str:
        number = first + len(tokens)
        tokens[number] = match[0]
        return f"XQ{number}X"

    source = text.splitlines()
    marked = [line if _KEPT_LINE.match(line) else FIELD.sub(hide, line) for line in source]
    fields = frozenset(tokens)
    if names:
        named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)")
        marked = [line if _KEPT_LINE.match(line) else _outside_brackets(named, hide, line) for line in marked]
    lines: list[str | tuple[Piece, ...]] = []
    warnings: dict[str, None] = {}
    numbered = enumerate(marked)
    for is_kept, group in groupby(numbered, key=lambda entry: bool(_KEPT_LINE.match(entry[1]))):
        block = list(group)
        if is_kept or not _has_words("\n".join(line for _, line in block)):
            lines += [source[number] for number, _ in block]
            continue
        for script in _scripts([line for _, line in block], block[0][0], code):
            lines.append(tuple(_pieces(script)))
            warnings.update(dict.fromkeys(script.warnings))
    if all(isinstance(line, str) for line in lines):
        message = "The script has no words to translate."
        raise LikenessError("script_empty", message, "Write at least one word, for example: Hello.")
    return Divided(code, tuple(lines), tokens, fields, tuple(warnings))


def mark(piece: Piece, language: str, *, directions: bool = True, stars: bool = True) -> str:
    """A sentence with its marks among the words."""
    text = piece.text
    spans = word_spans(text, language)
    for index in reversed(piece.stressed if stars else ()):
        start, end = _core(text, *spans[index])
        text = f"{text[:start]}*{text[start:end]}*{text[end:]}"
    return insert_tags(text, language, piece.tags) if directions else text


def insert_tags(text: str, language: str, tags: Sequence[tuple[int, str]]) -> str:
    """A sentence with directions before its words."""
    gap = " " if find_language(language).is_spaced else ""
    starts = [start for start, _ in word_spans(text, language)]
    for word, tag in reversed(tags):
        if word < len(starts):
            text = f"{text[: starts[word]]}[{tag}]{gap}{text[starts[word] :]}"
    behind = [f"{gap}[{tag}]" for word, tag in tags if word >= len(starts)]
    return text + "".join(behind)


def word_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Where the words of a text begin and end in it."""
    spans: list[tuple[int, int]] = []
    end = 0
    for word in divide_words(text, language):
        start = text.index(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def single_spaced(text: str) -> str:
    return " ".join(text.split())


def unmarked(text: str) -> str:
    """A text without directions and asterisks, single-spaced."""
    bare = STARRED.sub(r"\1", DIRECTION.sub(" ", text))
    return _SPACE_BEFORE_STOP.sub("", single_spaced(bare))


def spoken_text(text: str) -> str:
    """A script without its headings and shots, each of which ends a paragraph."""
    return "\n".join("" if _KEPT_LINE.match(line) else line for line in text.splitlines())


def _outside_brackets(pattern: re.Pattern[str], hide: Callable[[re.Match[str]], str], line: str) -> str:
    parts = re.split(rf"({DIRECTION.pattern})", line)
    return "".join(part if index % 2 else pattern.sub(hide, part) for index, part in enumerate(parts))


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, DIRECTION.sub(" ", text)))


def _scripts(lines: Sequence[str], first: int, language: str) -> list[Script]:
    """The lines of a paragraph, joined where a sentence goes on; the whole of it where that would part sentences.

    first: number of the first line, so that warnings tell the right one.
    """
    groups: list[list[str]] = [[]]
    for line in lines:
        groups[-1].append(line)
        if _LINE_END.search(line):
            groups.append([])
    texts = ["\n".join(group) for group in groups if group]
    whole = _parse("\n".join(lines), first, language)
    if len(texts) == 1 or not all(map(_has_words, texts)):
        return [whole]
    starts = [first + sum(text.count("\n") + 1 for text in texts[:index]) for index in range(len(texts))]
    parts = [_parse(text, start, language) for text, start in zip(texts, starts, strict=True)]
    is_same = [sentence.text for part in parts for sentence in part.sentences] == [
        sentence.text for sentence in whole.sentences
    ]
    return parts if is_same else [whole]


def _parse(text: str, first: int, language: str) -> Script:
    def star(match: re.Match[str]) -> str:
        return " ".join(f"[{_STAR}]{word}" for word in (match[1] + match[2]).split())

    return parse_script("\n" * first + _OPENING.sub(star, text), language)


def _pieces(script: Script) -> Iterator[Piece]:
    start = 0
    for number, sentence in enumerate(script.sentences):
        end = start + len(sentence.words)
        is_last = number == len(script.sentences) - 1
        within = [
            (tag.word - start, tag.text)
            for tag in script.tags
            if start <= tag.word < end or (is_last and tag.word >= end)
        ]
        stressed = tuple(dict.fromkeys(word for word, tag in within if tag == _STAR and word < end - start))
        yield Piece(sentence.text, tuple(entry for entry in within if entry[1] != _STAR), stressed)
        start = end


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """A word's span without the punctuation around it."""
    inside = [at for at in range(start, end) if unicodedata.category(text[at])[0] in "LMN"]
    return (inside[0], inside[-1] + 1) if inside else (start, end)
