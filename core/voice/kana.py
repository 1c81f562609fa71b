# SPDX-License-Identifier: GPL-3.0-or-later
"""Japanese in misaki's symbols, as Kokoro learned them: long vowels ː, a doubled consonant ʔ, ʲ before i and y."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from core.pronunciation import japanese

# Phones as core/pronunciation/japanese.py has them -> misaki's symbols.
_SYMBOLS = {"tɕ": "ʨ", "dʑ": "ʥ", "ts": "ʦ", "w": "β"}
_FIRM = {"z": "ʣ"}  # the same before a, e and o
_PALATALISED = {"n": "ɲ", "k": "kʲ", "ɡ": "ɡʲ", "b": "bʲ", "p": "pʲ", "m": "mʲ", "ɾ": "ɾʲ", "t": "tʲ", "d": "dʲ",
                "v": "vʲ", "ts": "ʦʲ", "ɸ": "ɸʲ"}  # fmt: skip
_FRONTED = frozenset(("s", "z", "ts"))  # after which u is ɨ, as after what is palatalised in きゅ and しゅ
_SOFT = frozenset(("ɕ", "ç", "tɕ", "dʑ"))
_NASALS = {"p": "m", "b": "m", "m": "m", "k": "ŋ", "ɡ": "ŋ", "ʨ": "ɲ", "ʥ": "ɲ", "ɲ": "ɲ", "n": "n", "t": "n", "d": "n",
           "ɾ": "n", "z": "n", "ʣ": "n", "ʦ": "n"}  # fmt: skip
_LONG = {("o", "う"), ("e", "い")}
_SMALL = "ぁぃぅぇぉゃゅょゎ"
_VOWELS = "aeioɯɨ"
_ROWS = dict(zip("あいうえお", "aiɯeo", strict=True))


def read_japanese(words: Sequence[str], latin: Callable[[str], str]) -> Iterator[tuple[int, str]]:
    """(word, symbols) in order, with spaces between tokens; punctuation as it is written. latin: reads such names."""
    for word, tokens in japanese.read_tokens(words).items():
        for written, kana in tokens:
            if not any(map(str.isalnum, written)):
                yield word, written.strip()
                yield word, " "
            elif written.isascii() and any(map(str.isalpha, written)):
                yield word, latin(written)
                yield word, " "
            else:
                yield word, write_kana(kana)
                yield word, " "


def write_kana(kana: str) -> str:
    """The symbols of hiragana or katakana."""
    plain = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in kana).replace("s", "す")
    written = ""
    for index, sign in enumerate(plain):
        following = plain[index + 1 : index + 2]
        if sign in _SMALL and index:
            continue  # read with the one before
        vowel = written[-1:] if written[-1:] and written[-1:] in _VOWELS else ""
        if sign == "ー" or (vowel, sign) in _LONG or (vowel and _ROWS.get(sign) == vowel.replace("ɨ", "ɯ")):
            written += "ː" if vowel else ""
        elif sign == "っ":
            written += "ʔ"
        elif sign == "ん":
            written += "ɴ"
        else:
            written += _mora(sign + (following if following and following in _SMALL else ""))
    return _assimilate(written)


def _mora(kana: str) -> str:
    """き, きゃ, ふぁ ..."""
    phones = japanese.read_kana(kana)
    if len(phones) < 2:
        return "".join(phones)
    onset, vowel = phones[0], phones[-1]
    is_small = len(kana) == 2
    if "j" in phones[1:-1] or (vowel == "i" and onset in _PALATALISED):
        return _PALATALISED.get(onset, onset) + ("ɨ" if vowel == "ɯ" else vowel)
    if onset in _SOFT:
        return _SYMBOLS.get(onset, onset) + ("ɨ" if vowel == "ɯ" and is_small else vowel)
    letter = _SYMBOLS.get(onset, onset)
    if "w" in phones[1:-1]:
        letter += "ᵝ"
    if vowel in "aeo":
        letter = _FIRM.get(onset, letter)
    return letter + ("ɨ" if vowel == "ɯ" and onset in _FRONTED else vowel)


def _assimilate(symbols: str) -> str:
    """The syllabic nasal at the place of what follows it."""
    following = [*symbols[1:], ""]
    pairs = zip(symbols, following, strict=True)
    return "".join(_NASALS.get(after, "ɴ") if one == "ɴ" else one for one, after in pairs)
