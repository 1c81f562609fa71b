# SPDX-License-Identifier: GPL-3.0-or-later
"""The languages that a recording may be in, as the core has them (tests/contract/test_languages.py), English first."""

_TABLE = """
en English; af Afrikaans; sq Albanian; am Amharic; ar Arabic; hy Armenian; as Assamese; az Azerbaijani;
eu Basque; be Belarusian; bn Bengali; bs Bosnian; pt-BR Brazilian Portuguese; bg Bulgarian; yue Cantonese;
ca Catalan; hr Croatian; cs Czech; da Danish; nl Dutch; eo Esperanto; et Estonian; pt-PT European Portuguese;
fi Finnish; fr French; ka Georgian; de German; el Greek; gu Gujarati; he Hebrew; hi Hindi; hu Hungarian;
is Icelandic; id Indonesian; ga Irish; it Italian; ja Japanese; kn Kannada; kk Kazakh; ko Korean;
es-419 Latin American Spanish; lv Latvian; lt Lithuanian; lb Luxembourgish; mk Macedonian; ms Malay;
ml Malayalam; mt Maltese; zh Mandarin Chinese; mr Marathi; ne Nepali; nb Norwegian; or Odia; fa Persian;
pl Polish; pa Punjabi; ro Romanian; ru Russian; sr Serbian; si Sinhala; sk Slovak; sl Slovenian; es Spanish;
sw Swahili; sv Swedish; ta Tamil; te Telugu; tr Turkish; uk Ukrainian; ur Urdu; vi Vietnamese; cy Welsh
"""

# (identifier, name, description) as an EnumProperty takes them; the identifiers are BCP 47 codes.
_ROWS = (row.strip().split(" ", 1) for row in _TABLE.replace("\n", " ").split(";"))
LANGUAGES = tuple((code, name, f"Its code is {code}") for code, name in _ROWS)
