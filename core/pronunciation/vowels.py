# SPDX-License-Identifier: GPL-3.0-or-later
"""Short vowels that Arabic and Hebrew do not write, where espeak's dictionary does not know them either.

مرحبا comes as m r ħ b a. Which vowels are missing only the sense tells; where, the syllables do.
"""

from __future__ import annotations

from core.pronunciation.symbols import VOWELS, Pronunciation

_MATRES = {"v": "o", "j": "i", "h": "a"}  # ו, י and ה, which may be letters or vowels
# espeak voice -> the vowel that is put in, its commonest, and how many consonants may end a word.
_HIDDEN = {"ar": ("a", 2), "he": ("e", 1)}


def with_hidden_vowels(phones: Pronunciation, voice: str) -> Pronunciation:
    """A word's phones with a vowel wherever a syllable needs one; in other languages the same phones.

    A syllable begins with one consonant and ends with one at most.
    """
    if voice not in _HIDDEN:
        return phones
    vowel, coda = _HIDDEN[voice]
    phones = _with_written_vowels(phones) if voice == "he" else phones
    filled: list[tuple[str, int]] = []
    most = 1  # consonants that may stand in a row here
    run = 0
    for index, (phone, stress) in enumerate(phones):
        is_vowel = phone[0] in VOWELS
        if not is_vowel and run >= (min(most, coda) if index + 1 == len(phones) else most):
            filled.append((vowel, 0))
            run, most = 0, 2
        filled.append((phone, stress))
        run, most = (0, 2) if is_vowel else (run + 1, most)
    return tuple(filled)


def _with_written_vowels(phones: Pronunciation) -> Pronunciation:
    """Hebrew ו and י between consonants are mostly o and i, ה at the end of a word mostly a."""
    read = list(phones)
    for index, (phone, stress) in enumerate(phones[1:], start=1):
        is_last = index + 1 == len(phones)
        stands_alone = read[index - 1][0][0] not in VOWELS and (is_last or phones[index + 1][0][0] not in VOWELS)
        if stands_alone and phone in _MATRES and (phone != "h" or is_last):
            read[index] = (_MATRES[phone], stress)
    return tuple(read)
