# SPDX-License-Identifier: GPL-3.0-or-later
"""Languages as MP4 names them: ISO 639-2, of three letters."""

from __future__ import annotations

# BCP 47 | ISO 639-2/T, of languages that can be spoken here and have a code of two letters.
_TABLE = """
af afr|am amh|an arg|ar ara|as asm|az aze|ba bak|be bel|bg bul|bn ben|bs bos|ca cat|cs ces|cv chv|cy cym|da dan|de deu
el ell|en eng|eo epo|es spa|et est|eu eus|fa fas|fi fin|fr fra|ga gle|gd gla|gn grn|gu guj|he heb|hi hin|hr hrv|ht hat
hu hun|hy hye|ia ina|id ind|io ido|is isl|it ita|ja jpn|ka kat|kk kaz|kl kal|kn kan|ko kor|ku kur|ky kir|la lat|lb ltz
lt lit|lv lav|mi mri|mk mkd|ml mal|mr mar|ms msa|mt mlt|my mya|nb nob|ne nep|nl nld|no nor|om orm|or ori|pa pan|pl pol
pt por|qu que|ro ron|ru rus|sd snd|si sin|sk slk|sl slv|sq sqi|sr srp|sv swe|sw swa|ta tam|te tel|th tha|ti tir|tk tuk
tn tsn|tr tur|tt tat|ug uig|uk ukr|ur urd|uz uzb|vi vie|yue yue|zh zho
"""
_PAIRS = (pair.split() for line in _TABLE.split("\n") if line for pair in line.split("|"))
_CODES: dict[str, str] = {short: long for short, long in _PAIRS}


def three_letters(language: str) -> str:
    """The code of a BCP 47 language; ``und`` where there is none."""
    code = language.lower().replace("_", "-").partition("-")[0]
    return _CODES.get(code, code if len(code) == 3 and code.isalpha() and code.isascii() else "und")
