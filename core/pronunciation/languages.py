# SPDX-License-Identifier: GPL-3.0-or-later
"""The languages whose scripts can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import LikenessError

# BCP 47 code | espeak voice | name | writing systems, as the names of Unicode's characters begin. Latin always is one,
# of which foreign names are read the English way; where it is named, it includes ə. What espeak-ng 1.52 reads too badly
# to be aligned (Thai, Burmese, Kyrgyz, Tatar and others without rules worth the name) stands in `_SPOKEN_TABLE`.
_TABLE = """
af    | af     | Afrikaans             |
am    | am     | Amharic               | ETHIOPIC
ar    | ar     | Arabic                | ARABIC ARABIC-INDIC
as    | as     | Assamese              | BENGALI
az    | az     | Azerbaijani           | LATIN
be    | be     | Belarusian            | CYRILLIC
bg    | bg     | Bulgarian             | CYRILLIC
bn    | bn     | Bengali               | BENGALI
bs    | bs     | Bosnian               |
ca    | ca     | Catalan               |
cs    | cs     | Czech                 |
cy    | cy     | Welsh                 |
da    | da     | Danish                |
de    | de     | German                |
el    | el     | Greek                 | GREEK
en    | en-us  | English               |
eo    | eo     | Esperanto             |
es    | es     | Spanish               |
es-419| es-419 | Latin American Spanish|
et    | et     | Estonian              |
eu    | eu     | Basque                |
fa    | fa     | Persian               | ARABIC EXTENDED ARABIC-INDIC
fi    | fi     | Finnish               |
fr    | fr     | French                |
ga    | ga     | Irish                 |
gu    | gu     | Gujarati              | GUJARATI
he    | he     | Hebrew                | HEBREW
hi    | hi     | Hindi                 | DEVANAGARI
hr    | hr     | Croatian              |
hu    | hu     | Hungarian             |
hy    | hy     | Armenian              | ARMENIAN
id    | id     | Indonesian            |
is    | is     | Icelandic             |
it    | it     | Italian               |
ja    | ja     | Japanese              | HIRAGANA KATAKANA KATAKANA-HIRAGANA CJK IDEOGRAPHIC
ka    | ka     | Georgian              | GEORGIAN
kk    | kk     | Kazakh                | CYRILLIC
kn    | kn     | Kannada               | KANNADA
ko    | ko     | Korean                | HANGUL
lb    | lb     | Luxembourgish         |
lt    | lt     | Lithuanian            |
lv    | lv     | Latvian               |
mk    | mk     | Macedonian            | CYRILLIC
ml    | ml     | Malayalam             | MALAYALAM
mr    | mr     | Marathi               | DEVANAGARI
ms    | ms     | Malay                 |
mt    | mt     | Maltese               |
nb    | nb     | Norwegian             |
ne    | ne     | Nepali                | DEVANAGARI
nl    | nl     | Dutch                 |
or    | or     | Odia                  | ORIYA
pa    | pa     | Punjabi               | GURMUKHI
pl    | pl     | Polish                |
pt-BR | pt-br  | Brazilian Portuguese  |
pt-PT | pt     | European Portuguese   |
ro    | ro     | Romanian              |
ru    | ru     | Russian               | CYRILLIC
si    | si     | Sinhala               | SINHALA
sk    | sk     | Slovak                |
sl    | sl     | Slovenian             |
sq    | sq     | Albanian              |
sr    | sr     | Serbian               | CYRILLIC
sv    | sv     | Swedish               |
sw    | sw     | Swahili               |
ta    | ta     | Tamil                 | TAMIL
te    | te     | Telugu                | TELUGU
tr    | tr     | Turkish               |
uk    | uk     | Ukrainian             | CYRILLIC
ur    | ur     | Urdu                  | ARABIC EXTENDED ARABIC-INDIC
vi    | vi     | Vietnamese            |
yue   | yue    | Cantonese             | CJK IDEOGRAPHIC
zh    | cmn    | Mandarin Chinese      | CJK IDEOGRAPHIC
"""
# Languages that only can be spoken, by espeak itself, which says when it says what. Its data name Faroese, Karakalpak
# and Totontepec Mixe too, but have no words of them; Cherokee is read in Latin letters.
_SPOKEN_TABLE = """
an    | an     | Aragonese             |
ba    | ba     | Bashkir               | CYRILLIC
bpy   | bpy    | Bishnupriya Manipuri  | BENGALI
chr   | chr    | Cherokee              |
cv    | cv     | Chuvash               | CYRILLIC
gd    | gd     | Scottish Gaelic       |
gn    | gn     | Guarani               |
grc   | grc    | Ancient Greek         | GREEK
hak   | hak    | Hakka Chinese         |
haw   | haw    | Hawaiian              |
ht    | ht     | Haitian Creole        |
hyw   | hyw    | Western Armenian      | ARMENIAN
ia    | ia     | Interlingua           |
io    | io     | Ido                   |
jbo   | jbo    | Lojban                |
kl    | kl     | Greenlandic           |
kok   | kok    | Konkani               | DEVANAGARI
ku    | ku     | Kurdish               |
ky    | ky     | Kyrgyz                | CYRILLIC
la    | la     | Latin                 |
lfn   | lfn    | Lingua Franca Nova    |
ltg   | ltg    | Latgalian             |
mi    | mi     | Māori                 |
my    | my     | Burmese               | MYANMAR
nci   | nci    | Classical Nahuatl     |
nog   | nog    | Nogai                 | CYRILLIC
om    | om     | Oromo                 |
pap   | pap    | Papiamento            |
tlh   | piqd   | Klingon               |
qdb   | qdb    | Lang Belta            |
qu    | qu     | Quechua               |
quc   | quc    | Kʼicheʼ               |
qya   | qya    | Quenya                |
sd    | sd     | Sindhi                | ARABIC EXTENDED ARABIC-INDIC
shn   | shn    | Shan                  | MYANMAR
sjn   | sjn    | Sindarin              |
smj   | smj    | Lule Sami             |
th    | th     | Thai                  | THAI
ti    | ti     | Tigrinya              | ETHIOPIC
tk    | tk     | Turkmen               |
tn    | tn     | Setswana              |
tt    | tt     | Tatar                 | CYRILLIC
ug    | ug     | Uyghur                | ARABIC EXTENDED ARABIC-INDIC
uz    | uz     | Uzbek                 |
"""
# Other codes of the same, and what a code without its region means (as CLDR has it).
_ALIASES = {
    "cmn": "zh", "zh-hk": "yue", "zh-mo": "yue", "no": "nb", "nn": "nb", "iw": "he", "in": "id", "pt": "pt-br",
    "es-es": "es", "hr-ba": "bs", "sh": "sr",
}
_LATIN_AMERICA = re.compile(r"es-(ar|bo|cl|co|cr|cu|do|ec|gt|hn|mx|ni|pa|pe|pr|py|sv|us|uy|ve)$")
_RIGHT_TO_LEFT = frozenset(("ARABIC", "HEBREW"))
_UNSPACED = frozenset(("ja", "yue", "zh"))
_KNOWN = ("en", "es", "fr", "de", "it", "pt-BR", "hi", "zh", "ar", "ru")  # named where somebody asks for another


@dataclass(frozen=True)
class Language:
    """A language of the table.

    code: BCP 47. voice: espeak's. writing: first words of the Unicode names of its letters, beside Latin ones.
    is_spaced: whether there are spaces between its words. is_heard: whether its words can be found in a sound.
    is_right_to_left: how its lines run.
    """

    code: str
    name: str
    voice: str
    writing: frozenset[str]
    is_spaced: bool
    is_heard: bool = True

    @property
    def is_right_to_left(self) -> bool:
        return bool(self.writing & _RIGHT_TO_LEFT)


def _read_table(table: str, is_heard: bool) -> dict[str, Language]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return {
        code: Language(code, name, voice, frozenset(writing.split()), code not in _UNSPACED, is_heard)
        for code, voice, name, writing in rows
    }


LANGUAGES = _read_table(_TABLE, True)
SPOKEN_ONLY = _read_table(_SPOKEN_TABLE, False)
_FOUND = {code.lower(): language for code, language in (LANGUAGES | SPOKEN_ONLY).items()}


def require_heard(language: Language) -> None:
    """Raise LikenessError ``language_unheard`` for a language that can be spoken, but not found in a sound."""
    if not language.is_heard:
        raise LikenessError(
            "language_unheard",
            f"Words in {language.name} can be spoken here, but not be found in a recording.",
            "Give the recording without its script and language, or let a voice of espeak say it.",
        )


def find_language(code: str) -> Language:
    """The language of a BCP 47 code in any spelling; a region or script that the table lacks is left away.

    Raises LikenessError ``language_unknown``, which names some that are known.
    """
    wanted = code.strip().lower().replace("_", "-")
    while wanted:
        wanted = _LATIN_AMERICA.sub("es-419", _ALIASES.get(wanted, wanted))
        if wanted in _FOUND:
            return _FOUND[wanted]
        wanted = wanted.rpartition("-")[0]
    some = ", ".join(f"{LANGUAGES[known].name} ({known})" for known in _KNOWN)
    raise LikenessError(
        "language_unknown",
        f"The language “{code[:20]}” is not among the {len(_FOUND)} that can be read here.",
        f"Choose one by its code, such as {some}.",
    )
