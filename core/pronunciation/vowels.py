# SPDX-License-Identifier: GPL-3.0-or-later
"""Short vowels that Arabic and Hebrew do not write, where espeak's dictionary does not know them either.

مرحبا comes as m r ħ b a. Which vowels are missing only the sense tells; where, the syllables do.
"""

from __future__ import annotations

from core.pronunciation.symbols import VOWELS, Pronunciation

# espeak voice -> the vowel that is put in, its commonest, and how many consonants may end a word.
_HIDDEN = {"ar": ("a", 2), "he": ("e", 1)}


def with_hidden_vowels(phones: Pronunciation, voice: str) -> Pronunciation:
    """A word's phones with a vowel wherever a syllable needs one; in other languages the same phones.

    A syllable begins with one consonant and ends with one at most.
    """
    if voice not in _HIDDEN:
        return phones
    vowel, coda = _HIDDEN[voice]
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
