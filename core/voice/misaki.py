# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in misaki's alphabet, which Kokoro and hibari read: IPA with a letter for each affricate and diphthong.

Kokoro's voices are named by the language that they speak; its letter, the first one of the name, chooses the reader.
English is read by hibari's dictionary, Japanese by its kana, Mandarin by its pinyin with tones, all else by espeak-ng.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from core.pronunciation.dictionary import IPA, STRESS, pronounce
from core.pronunciation.languages import LANGUAGES
from core.pronunciation.symbols import VOWELS, Pronunciation
from core.speech.inventory import PHONES, nearest
from core.voice.espeak_line import PUNCTUATION, decompose, read_by_espeak, write_latin
from core.voice.kana import read_japanese
from core.voice.labels import Symbol
from core.voice.line import Line
from core.voice.pinyin import read_mandarin

ALPHABET = frozenset(
    ' !"(),.:;?AIOQSTWYabcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɒɔɕɖəɚɛɜɟɡɣɤɥɨɪɯɰɲɳɴɸɹɻɽɾʁʂʃʈʊʋʌʎʒʔʝʣʤʥʦʧʨ'
    "ʰʲˈˌː\u0303βθχᵊᵝᵻ—“”…→↓↗↘\uab67"
)
_MARKS = ("", *STRESS)
_LETTERS = {ipa: letter for letter, ipa in reversed(IPA.items())} | {"ɝ": "ɜɹ", "ɚ": "əɹ", "g": "ɡ"}
# espeak's symbols, without stress, that have a letter of their own; hyphens in them mean nothing here.
_FROM_ESPEAK = {
    "aɪ": "I", "aʊ": "W", "dz": "ʣ", "dʒ": "ʤ", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ts": "ʦ", "tʃ": "ʧ", "tɕ": "ʨ",
    "ɔɪ": "Y", "g": "ɡ",
}  # fmt: skip
_CLINGING = frozenset(";:,.!?…)”")  # no space stands before these
# Letter of a language -> symbols that stand there for another phone than IPA says.
SOUNDS: Mapping[str, Mapping[str, str]] = {
    "j": {"ɨ": "ɯ", "β": "w", "ʔ": ""},
    "z": {"\uab67": "ʈʂ"},
}


def read_line(line: Line, letter: str) -> list[Symbol]:
    """The symbols that are read for a line by a voice of the language ``letter``.

    Words whose pronunciation the person gave have just that one; words that stand out have a primary stress. Raises
    LikenessError ``pronunciation_failed``.
    """
    return [symbol for symbol in READERS[letter](line) if symbol.character in ALPHABET]


def read_english(line: Line, is_british: bool) -> list[Symbol]:
    """The symbols of an English line."""
    symbols: list[Symbol] = []
    told: set[int] = set()
    for token in pronounce(line.sentence, is_british, line.stressed):
        said = token.said
        if token.word in line.given:
            said = "" if token.word in told else write_phones(line.given[token.word])
            told.add(token.word)
        said += " " if token.ends_word else ""
        symbols += [Symbol(character, token.word) for character in said]
    return symbols


def write_phones(phones: Pronunciation) -> str:
    """Phones in misaki's alphabet; one that it lacks is the nearest that it has."""
    return "".join(_MARKS[stress] + _letter(phone) for phone, stress in phones)


def _letter(phone: str) -> str:
    letters = _LETTERS.get(phone, phone)
    if ALPHABET.issuperset(letters):
        return letters
    near = (PHONES[index] for index in nearest(phone))
    return "".join(_LETTERS.get(one, one) for one in near if ALPHABET.issuperset(_LETTERS.get(one, one)))


def _from_espeak(symbol: str) -> str:
    symbol = decompose(symbol)
    marks = "".join(mark for mark in symbol if mark in STRESS)
    plain = "".join(c for c in symbol if c not in STRESS and c != "-")
    length = "ː" if plain.endswith("ː") else ""
    bare = plain.removesuffix("ː")
    return marks + _FROM_ESPEAK.get(bare, bare.replace("g", "ɡ")) + length


def _read_by_espeak(line: Line, language: str) -> list[Symbol]:
    return read_by_espeak(line, LANGUAGES[language].voice, _from_espeak, write_phones)


def _read_tokens(line: Line, read: Callable[[Sequence[str]], Iterator[tuple[int, str]]]) -> list[Symbol]:
    """Symbols of a language without spaces, whose reader gives (word, symbols) in order and its own spaces."""
    symbols: list[Symbol] = []
    told: set[int] = set()
    for word, text in read(line.words):
        if word in line.given and any(map(str.isalpha, text)):
            text = "" if word in told else write_phones(line.given[word])
            told.add(word)
        if symbols and symbols[-1].character == " " and (text == " " or PUNCTUATION.get(text, text) in _CLINGING):
            symbols.pop()
        symbols += [Symbol(PUNCTUATION.get(character, character), word) for character in text]
    return _with_stress(symbols)


def _with_stress(symbols: Sequence[Symbol]) -> list[Symbol]:
    """The symbols, each word's first vowel standing out as far as a mouth shows it."""
    marked: list[Symbol] = []
    stressed: set[int] = set()
    for symbol in symbols:
        is_first = symbol.character in VOWELS and symbol.word not in stressed
        stressed |= {symbol.word} if is_first else set()
        marked.append(replace(symbol, stress=2) if is_first else symbol)
    return marked


_latin = partial(write_latin, voice=LANGUAGES["en"].voice, write=_from_espeak)  # of names, the English way
# Letter of a voice -> its language, and how that is read.
LANGUAGE_OF = {"a": "en", "b": "en", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "zh"}
READERS: Mapping[str, Callable[[Line], list[Symbol]]] = {
    "a": partial(read_english, is_british=False),
    "b": partial(read_english, is_british=True),
    **{letter: partial(_read_by_espeak, language=LANGUAGE_OF[letter]) for letter in "efhip"},
    "j": partial(_read_tokens, read=partial(read_japanese, latin=_latin)),
    "z": partial(_read_tokens, read=partial(read_mandarin, latin=_latin)),
}
