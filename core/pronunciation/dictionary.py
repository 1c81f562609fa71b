# SPDX-License-Identifier: GPL-3.0-or-later
"""How English text is pronounced: hibari's dictionary and rules (a port of misaki), numbers written out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.pronunciation.attribution import attribute_words
from core.script import Sentence

# misaki's alphabet where it is not IPA; ᵊ and ᵻ are reduced vowels, T the flap of "city".
IPA = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "oʊ", "W": "aʊ", "Y": "ɔɪ", "ʤ": "dʒ", "ʧ": "tʃ",
       "ʣ": "dz", "ʦ": "ts", "ʥ": "dʑ", "ʨ": "tɕ", "T": "ɾ", "ᵊ": "ə", "ᵻ": "ɨ"}  # fmt: skip
STRESS = {"ˌ": 1, "ˈ": 2}
_SECONDARY, _PRIMARY = STRESS
_GUESSED = 2  # hibari's rating of what its network says; dictionary and rules have more
VOWELS = frozenset("AIOQWYaeiouæɑɒɔəɛɜɪʊʌɐᵊᵻ")
LENGTHENING = frozenset("ːʰʲ\u0303")


@dataclass(frozen=True)
class Token:
    """A piece of text as it is said.

    said: misaki's symbols with stress marks; punctuation stands for itself. word: index into
    ``Sentence.words`` of the written word that it reads. ends_word: a space follows. is_known: it stands in the
    dictionary, else a network guesses how it is said.
    """

    text: str
    said: str
    word: int
    ends_word: bool
    is_known: bool = True


def pronounce(
    sentence: Sentence, british: bool = False, stressed: frozenset[int] = frozenset()
) -> tuple[Token, ...]:
    """A sentence's tokens; what is read otherwise than written ("10:30 pm") in several of one word.

    stressed: words that stand out, and so have a primary stress each, also "the" and "of".
    """
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
        is_known = token.rating is None or token.rating > _GUESSED
        tokens.append(Token(token.text, token.phonemes or "", word, bool(token.whitespace), is_known))
    return tuple(_emphasise(tokens, stressed, rules)) if stressed else tuple(tokens)


def _emphasise(tokens: list[Token], stressed: frozenset[int], rules: Any) -> list[Token]:
    """The tokens with a primary stress in each of the stressed words, which has it in its full form."""
    heard = {token.word for token in tokens if _PRIMARY in token.said}
    emphasised = []
    for token in tokens:
        said = token.said
        if token.word in stressed and token.word not in heard and not VOWELS.isdisjoint(said):
            full = rules.lexicon.golds.get(token.text.lower()) or said
            said = stress_symbols(full["DEFAULT"] if isinstance(full, dict) else full)
            heard.add(token.word)
        emphasised.append(replace(token, said=said))
    return emphasised


def stress_symbols(symbols: str) -> str:
    """misaki's symbols of a word with a primary stress: where they have one, a secondary one, else the first vowel."""
    if _PRIMARY in symbols:
        return symbols
    if _SECONDARY in symbols:
        return symbols.replace(_SECONDARY, _PRIMARY, 1)
    first = next((index for index, symbol in enumerate(symbols) if symbol in VOWELS), 0)
    return symbols[:first] + _PRIMARY + symbols[first:]


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
