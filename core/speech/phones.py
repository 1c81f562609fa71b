# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones (IPA) and the viseme that each one shows.

The mapping follows the Oculus/Meta viseme reference, extended over the IPA chart by place of articulation:
what the lips and jaw do decides, not what the tongue hides.
"""

from __future__ import annotations

import unicodedata

# viseme -> phones, space-separated.
_VISEME_PHONES = {
    "PP": "p b m ɓ ʙ pf kp ɡb ŋm",
    "FF": "f v ɱ ʋ ⱱ",
    "TH": "θ ð",
    "DD": "t d ʈ ɖ ɗ ɾ ɽ c ɟ ʄ",
    "kk": "k ɡ ŋ x ɣ q ɢ ɴ χ ʁ ʀ h ɦ ħ ʕ ʔ ʜ ʢ ɠ ʛ ɰ",
    "CH": "ʃ ʒ ʂ ʐ ɕ ʑ tʃ dʒ ʈʂ ɖʐ tɕ dʑ ɧ",
    "SS": "s z ɬ ɮ ts dz ç ʝ",
    "nn": "n l ɲ ɳ ɭ ʎ ʟ ɫ ɺ r",
    "RR": "ɹ ɻ ɚ ɝ",
    "aa": "a ɑ æ ʌ ɐ ɶ",
    "E": "ɛ e ə ɜ ɘ ɞ ɤ",
    "I": "i ɪ j ɨ ɯ",
    "O": "o ɔ ɒ ɵ œ ø",
    "U": "u ʊ w y ʏ ʉ ɥ ʍ ɸ β",  # bilabial fricatives: narrow, lips do not quite touch
}
PHONE_VISEMES: dict[str, str] = {
    phone: "viseme_" + viseme for viseme, phones in _VISEME_PHONES.items() for phone in phones.split()
}

CLOSED_PHONES = frozenset("pbmɓʙ")  # the lips touch
VOWEL_VISEMES = frozenset("viseme_" + name for name in ("aa", "E", "I", "O", "U"))

# Diphthongs, and vowels with an r in them, are two phones with two visemes; the share of time of the first one.
DIPHTHONGS: dict[str, tuple[str, str, float]] = {
    "eɪ": ("e", "ɪ", 0.55),
    "aɪ": ("a", "ɪ", 0.60),
    "oʊ": ("o", "ʊ", 0.50),
    "aʊ": ("a", "ʊ", 0.55),
    "ɔɪ": ("ɔ", "ɪ", 0.55),
    "ɝ": ("ɜ", "ɹ", 0.50),
    "ɚ": ("ə", "ɹ", 0.50),
}


def viseme_of(phone: str) -> str:
    """The viseme of an IPA phone; ``""`` is silence.

    Length, stress, ties and diacritics are looked past. A phone that the chart above does not have shows
    as its first known letter, or as the inconspicuous ``viseme_kk``.
    """
    if not phone:
        return "viseme_sil"
    for form in ("NFC", "NFD"):  # ç is a phone of its own, ã is an a with a tilde
        letters = "".join(filter(_is_letter, unicodedata.normalize(form, phone))).replace("g", "ɡ")
        for length in (2, 1):
            for start in range(len(letters) - length + 1):
                viseme = PHONE_VISEMES.get(letters[start : start + length])
                if viseme:
                    return viseme
    return "viseme_kk"


def _is_letter(character: str) -> bool:
    return unicodedata.category(character) in ("Ll", "Lo")  # stress, length and such are Lm or Mn
