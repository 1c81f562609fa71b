# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in misaki's alphabet, which Kokoro and hibari read: IPA with a letter for each affricate and diphthong.

Kokoro's voices are named by the language that they speak; its letter, the first one of the name, chooses the reader.
English is read by hibari's dictionary, Japanese by its kana, Mandarin by its pinyin with tones, all else by espeak-ng.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from core.pronunciation import espeak
from core.pronunciation.dictionary import IPA, STRESS, pronounce
from core.pronunciation.dictionary import VOWELS as LETTER_VOWELS
from core.pronunciation.languages import LANGUAGES
from core.pronunciation.reading import read_aloud
from core.pronunciation.symbols import VOWELS, Pronunciation
from core.speech.inventory import PHONES, nearest
from core.voice.kana import read_japanese
from core.voice.labels import LASTING, Symbol
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
_PUNCTUATION = dict(zip("。．।、，！？：；–～〜«»「」『』《》（）", "...,,!?:;———“”“”“”“”()", strict=True))
_CLOSING = frozenset(';:,.!?—…"()“”')
_CLINGING = frozenset(";:,.!?…)”")  # no space stands before these
_AT_ONCE = 200  # words of a sentence without an end
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


def _read_by_espeak(line: Line, language: str) -> list[Symbol]:
    voice = LANGUAGES[language].voice
    symbols: list[Symbol] = []
    for first in range(0, len(line.words), _AT_ONCE):
        words = line.words[first : first + _AT_ONCE]
        given = {word - first: phones for word, phones in line.given.items() if first <= word < first + len(words)}
        stressed = frozenset(word - first for word in line.stressed)
        said = _said_words(words, voice)
        for index, word in enumerate(words):
            text = write_phones(given[index]) if index in given else said.get(index, "")
            text = stress_first(text) if index in stressed else text
            symbols += [Symbol(character, first + index) for character in with_punctuation(word, text) + " "]
    return symbols[:-1]


def _said_words(words: Sequence[str], voice: str) -> dict[int, str]:
    """word -> its symbols; what espeak says in one go for several words is shared out among them."""
    starts = [0]
    for word in words[:-1]:
        starts.append(starts[-1] + len(word) + 1)
    said: dict[int, str] = {}
    last = 0
    for unit in espeak.say(" ".join(words), voice):
        last = max(last, bisect_right(starts, unit.position) - 1)
        text = "".join(map(_from_espeak, unit.symbols))
        said[last] = f"{said[last]} {text}" if last in said else text
    if all(index in said or not any(map(str.isalnum, word)) for index, word in enumerate(words)):
        return said
    counts: dict[int, int] = {}
    for reading in read_aloud(words, " ", voice):
        counts[reading.word] = counts.get(reading.word, 0) + len(reading.phones)
    return _share_out(said, counts)


def _share_out(said: Mapping[int, str], counts: Mapping[int, int]) -> dict[int, str]:
    """The symbols with those divided that stand for further words. counts: word -> how many phones it has."""
    shared: dict[int, str] = {}
    owners = sorted(said)
    for owner, following in zip(owners, [*owners[1:], max(counts, default=0) + 1], strict=True):
        group = [index for index in range(owner, following) if counts.get(index)]
        if len(group) < 2:
            shared[owner] = said[owner]
            continue
        sounds = [i for i, c in enumerate(said[owner]) if c.isalpha() and c not in LASTING and c not in STRESS]
        total = sum(counts[index] for index in group)
        begin, done = 0, 0
        for index in group:
            done += counts[index]
            place = round(done / total * len(sounds))
            end = sounds[place] if place < len(sounds) else len(said[owner])
            while end > begin and said[owner][end - 1] in STRESS:
                end -= 1
            shared[index] = said[owner][begin:end].strip()
            begin = end
    return shared


def _from_espeak(symbol: str) -> str:
    if symbol.startswith("("):
        return ""  # a mark of another language's word
    marks = "".join(mark for mark in symbol if mark in STRESS)
    plain = "".join(c for c in symbol if c not in STRESS and c != "-")
    length = "ː" if plain.endswith("ː") else ""
    bare = plain.removesuffix("ː")
    return marks + _FROM_ESPEAK.get(bare, bare.replace("g", "ɡ")) + length


def stress_first(text: str) -> str:
    """Symbols of a word with a primary stress; on the first vowel where they have none at all."""
    primary, secondary = "ˈ", "ˌ"
    if primary in text:
        return text
    if secondary in text:
        return text.replace(secondary, primary, 1)
    first = next((i for i, c in enumerate(text) if c in VOWELS or c in LETTER_VOWELS), None)
    return text if first is None else text[:first] + primary + text[first:]


def with_punctuation(word: str, text: str) -> str:
    """Symbols of a word with the punctuation that is written around it."""
    marks = [_PUNCTUATION.get(character, character) for character in word]
    inside = [index for index, character in enumerate(word) if character.isalnum()]
    first, last = (inside[0], inside[-1]) if inside else (0, -1)
    before = "".join(mark for mark in marks[:first] if mark in _CLOSING)
    after = "".join(mark for mark in marks[last + 1 :] if mark in _CLOSING)
    return before + text + after


def _read_tokens(line: Line, read: Callable[[Sequence[str]], Iterator[tuple[int, str]]]) -> list[Symbol]:
    """Symbols of a language without spaces, whose reader gives (word, symbols) in order and its own spaces."""
    symbols: list[Symbol] = []
    told: set[int] = set()
    for word, text in read(line.words):
        if word in line.given and any(map(str.isalpha, text)):
            text = "" if word in told else write_phones(line.given[word])
            told.add(word)
        if symbols and symbols[-1].character == " " and (text == " " or _PUNCTUATION.get(text, text) in _CLINGING):
            symbols.pop()
        symbols += [Symbol(_PUNCTUATION.get(character, character), word) for character in text]
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


def _latin(text: str) -> str:
    """A name in Latin letters, read the English way."""
    units = espeak.say(text, LANGUAGES["en"].voice)
    return " ".join("".join(map(_from_espeak, unit.symbols)) for unit in units)


# Letter of a voice -> its language, and how that is read.
LANGUAGE_OF = {"a": "en", "b": "en", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "zh"}
READERS: Mapping[str, Callable[[Line], list[Symbol]]] = {
    "a": partial(read_english, is_british=False),
    "b": partial(read_english, is_british=True),
    **{letter: partial(_read_by_espeak, language=LANGUAGE_OF[letter]) for letter in "efhip"},
    "j": partial(_read_tokens, read=partial(read_japanese, latin=_latin)),
    "z": partial(_read_tokens, read=partial(read_mandarin, latin=_latin)),
}
