# SPDX-License-Identifier: GPL-3.0-or-later
"""How English text is pronounced: hibari's dictionary and rules (a port of misaki), numbers written out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from core.pronunciation.attribution import attribute_words
from core.script import Sentence

# misaki's alphabet where it is not IPA; ᵊ and ᵻ are reduced vowels, T the flap of "city".
IPA = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "oʊ", "W": "aʊ", "Y": "ɔɪ", "ʤ": "dʒ", "ʧ": "tʃ",
       "ʣ": "dz", "ʦ": "ts", "ʥ": "dʑ", "ʨ": "tɕ", "T": "ɾ", "ᵊ": "ə", "ᵻ": "ɨ"}  # fmt: skip
STRESS = {"ˌ": 1, "ˈ": 2}
VOWELS = frozenset("AIOQWYaeiouæɑɒɔəɛɜɪʊʌɐᵊᵻ")
LENGTHENING = frozenset("ːʰʲ\u0303")


@dataclass(frozen=True)
class Token:
    """A piece of text as it is said.

    said: misaki's symbols with stress marks; punctuation stands for itself. word: index into
    ``Sentence.words`` of the written word that it reads. ends_word: a space follows.
    """

    text: str
    said: str
    word: int
    ends_word: bool


def pronounce(sentence: Sentence, british: bool = False) -> tuple[Token, ...]:
    """A sentence's tokens; what is read otherwise than written ("10:30 pm") in several of one word."""
    from hibari.g2p.normalize import normalize

    text = normalize(sentence.text)
    spoken = text.split()
    owners = attribute_words(sentence.words, spoken)
    word_at: list[int] = []  # per character of text
    for index, word in enumerate(spoken):
        word_at += [owners[index]] * (text.index(word, len(word_at)) + len(word) - len(word_at))
    rules = _load_rules(british)
    tokens: list[Token] = []
    cursor = 0
    for token in rules.phonemize_tokens(rules.tokenize(text)):
        found = text.find(token.text, cursor)
        cursor = cursor if found < 0 else found
        word = word_at[min(cursor, len(word_at) - 1)]
        cursor += len(token.text) if found >= 0 else 0
        tokens.append(Token(token.text, token.phonemes or "", word, bool(token.whitespace)))
    return tuple(tokens)


def read_symbols(symbols: str) -> tuple[tuple[str, int], ...]:
    """misaki's symbols as phones: (IPA, stress 0..2); diphthongs and affricates are one phone each."""
    phones: list[tuple[str, int]] = []
    stress = 0
    for character in symbols:
        stress = STRESS.get(character, stress)
        if not character.isalpha() or character in STRESS or character in LENGTHENING:
            continue
        is_vowel = character in VOWELS
        phones.append((IPA.get(character, character), stress if is_vowel else 0))
        stress = 0 if is_vowel else stress
    return tuple(phones)


@cache
def _load_rules(british: bool) -> Any:
    from hibari.g2p import G2P

    return G2P(british=british)
