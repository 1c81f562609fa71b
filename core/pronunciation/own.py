# SPDX-License-Identifier: GPL-3.0-or-later
"""Pronunciations that a person gives: written word -> IPA or a respelling.

``{"Nguyen": "wɪn", "Siobhán": "shi-vawn"}``: what has a letter or mark that only the IPA has, or stands in /slashes/ or
[brackets], is IPA; anything else is read as if it stood in the script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import LikenessError
from core.pronunciation.symbols import VOWELS, Pronunciation, read_ipa
from core.script.words import divide_words

_IPA_ONLY = frozenset("ŋθβχ")  # with the block of IPA letters and the stress and length marks


@dataclass(frozen=True)
class Adapted:
    """A sentence's words after the person's pronunciations.

    words: as they are to be read; kept: for each, its index among the written ones. given: written word -> phones.
    """

    words: tuple[str, ...]
    kept: tuple[int, ...]
    given: Mapping[int, Pronunciation] = field(default_factory=dict)


def read_own(path: Path) -> dict[str, str]:
    """The pronunciations in a text file, one a line: ``Nguyen = wɪn``; lines that begin with # are remarks.

    Raises LikenessError ``file_missing`` and ``pronunciation_unreadable``, which names the line.
    """
    if not path.is_file():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the pronunciations.")
    own: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read as a text in UTF-8."
        raise LikenessError("pronunciation_unreadable", message, "Save it as plain text in UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        word, sign, said = (part.strip() for part in line.partition("="))
        if word.startswith("#") or not line.strip():
            continue
        if not (word and sign and said):
            message = f"Line {number} of {path.name} does not say how a word is pronounced."
            raise LikenessError("pronunciation_unreadable", message, "Write a word and its sound: Nguyen = wɪn")
        own[word] = said
    return own


def adapt(words: Sequence[str], own: Mapping[str, str], language: str) -> Adapted:
    """Put the person's pronunciations into a sentence's words; letter case and punctuation make no difference.

    Raises LikenessError ``pronunciation_unreadable`` for IPA or a respelling without a sound.
    """
    read = list(words)
    given: dict[int, Pronunciation] = {}
    cores = [_core(word) for word in words]
    for key, value in own.items():
        wanted = [_core(word) for word in divide_words(key, language)]
        if not any(wanted):
            continue
        for start in range(len(words) - len(wanted) + 1):
            run = range(start, start + len(wanted))
            if cores[start : run.stop] != wanted or any(index in given or not read[index] for index in run):
                continue
            parts = _parts(key, value, len(wanted))
            for index, part in zip(run, parts, strict=True):
                if _is_ipa(value):
                    given[index] = _stressed(read_ipa(part)) if language == "en" else read_ipa(part)
                else:
                    bare = bare_word(read[index]) or read[index]  # a lone "&" is said as well
                    before, _, after = read[index].partition(bare)
                    read[index] = before + part + after if part else ""
        if language == "ja" and not _is_ipa(value):  # names stand before particles without a space
            read = [word.replace(key, value) for word in read]
    kept = tuple(index for index, word in enumerate(read) if word)
    return Adapted(tuple(read[index] for index in kept), kept, given)


def _parts(key: str, value: str, count: int) -> list[str]:
    """What is said for each of ``count`` words: a part each where there are as many, else all for the first."""
    text = value.strip("/[] ")
    is_said = bool(read_ipa(text)) if _is_ipa(value) else any(map(str.isalpha, text))
    if not is_said:
        raise LikenessError(
            "pronunciation_unreadable",
            f"“{value}” says nothing about how “{key}” is pronounced.",
            "Write it in IPA, such as wɪn, or as plain letters that are read in its place.",
        )
    parts = text.split()
    return parts if len(parts) == count else ["-".join(parts), *[""] * (count - 1)]


def _stressed(phones: Pronunciation) -> Pronunciation:
    """Phones whose first vowel has the stress where nobody says which one; a name without one is mumbled."""
    first = next((index for index, (phone, _) in enumerate(phones) if phone[0] in VOWELS), -1)
    if any(stress for _, stress in phones):
        return phones
    return tuple((phone, 2 if index == first else 0) for index, (phone, _) in enumerate(phones))


def _is_ipa(value: str) -> bool:
    text = unicodedata.normalize("NFC", value.strip())
    is_marked = text[:1] + text[-1:] in ("//", "[]")
    return is_marked or any(character in _IPA_ONLY or "\u0250" <= character <= "\u02ff" for character in text)


def bare_word(word: str) -> str:
    """A word without the punctuation around it."""
    inside = [index for index, character in enumerate(word) if unicodedata.category(character)[0] in "LMN"]
    return word[inside[0] : inside[-1] + 1] if inside else ""


def _core(word: str) -> str:
    return unicodedata.normalize("NFC", bare_word(word)).casefold()
