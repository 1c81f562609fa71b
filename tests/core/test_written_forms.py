# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, dates, money, addresses and acronyms are read in the language's words."""

from __future__ import annotations

import random
import unicodedata

import pytest

from core.pronunciation.forms import find_forms, read_number
from core.pronunciation.languages import LANGUAGES
from core.pronunciation.words import spoken_words
from core.pronunciation.written import write_out
from core.script import parse_script
from core.script.words import divide_words
from core.voice.line import make_line

WRITTEN = (
    "en", "es", "zh", "ar", "hi", "fr", "de", "ja", "pt-BR", "pt-PT", "it", "ru", "sw", "ta", "vi", "nl", "pl", "tr",
    "ko",
)  # fmt: skip


def _out(text: str, language: str) -> str:
    gap = " " if LANGUAGES[language].is_spaced else ""
    return gap.join(write_out(divide_words(text, language), language).words)


def _said(text: str, language: str) -> list[str]:
    """The phones of each spoken word."""
    words = spoken_words(parse_script(text, language))
    return [unicodedata.normalize("NFC", "".join(phone for phone, _ in word.phones)) for word in words]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "info@example.org", "ɪnfoʊ æt ɪɡzæmpəl dɑt ɔɹɡ"),
        ("en", "€5,30", "faɪv jʊɹoʊz ænd θɜɹɾi sɛnts"),
        ("en", "5 €", "faɪv jʊɹoʊz"),
        ("en", "$1.2 million", "wʌn pɔɪnt tu mɪljən dɑləɹz"),
        ("en", "11/25/2026", "noʊvɛmbəɹ twɛntifɪfθ twɛnti twɛnti sɪks"),
        ("en", "25.11.2026", "ðə twɛntifɪfθ ʌv noʊvɛmbəɹ twɛnti twɛnti sɪks"),
        ("en", "+44 20 79", "plʌs fɔɹ fɔɹ tu zɪɹoʊ sɛvən naɪn"),
        ("en", "24/7", "twɛntifɔɹ sɛvən"),
        ("es", "info@example.org", "info aroβa eksample punto oɾɡ"),
        ("es", "5,30 €", "θinko eʊɾos kon tɾeɪnta"),
        ("es", "25/11/2026", "beɪntiθinko ðe noβjembɾe ðe ðos mil βeɪntiseɪs"),
        ("es", "5 km", "θinko kilometɾos"),
        ("es", "10-20", "djɛθ a βeɪnte"),
        ("es", "Felipe II", "felipe seɣundo"),
        ("zh", "$5.30", "wu tjɛn san liŋ meɪ jɥæn"),
        ("zh", "10:30", "ʂɨ tjɛn sanʂɨ fən"),
        ("zh", "50%", "paɪ fən ʈʂɨ wuʂɨ"),
        ("ar", "$5", "xamsa dular"),
        ("ar", "10-20", "ʕaʃaɹa ʔila ʕiʃrun"),
        ("hi", "5 किमी", "pãtʃ kɪlomiʈəɾ"),
        ("fr", "10h30", "diz œʁ tʁɑ̃t"),
        ("fr", "Louis XIV", "lwi katɔʁz"),
        ("fr", "2ème", "døzjɛm"),
        ("de", "am 3. Mai", "am dʁɪtən maɪ"),
        ("de", "14.30 Uhr", "fɪʁtsen uʁ dʁaɪsɪç"),
        ("de", "1985", "nɔɪntsenhʊndɜtfʏnfʊndaxtsɪç"),
        ("de", "info@example.org", "ɪnfo ɛt ɛksamplə pʊŋkt ɔʁk"),
        ("ja", "10時30分", "dʑɯdʑisandʑɯpɯɴ"),
        ("ja", "3.14", "santeɴitɕijoɴ"),
        ("pt-BR", "R$ 5,30", "siŋkʊ xeaɪz i triŋtæ"),
        ("pt-PT", "10-20", "dɛʒ ɐ viŋtɨ"),
        ("it", "1 maggio", "primo madʒo"),
        ("it", "XX secolo", "ventɛzimo sɛkolo"),
        ("ru", "info@example.org", "ɪnfoʊ sʌbɑka ɛɡzampəl totʃka ɔɡ"),
        ("ru", "2%", "dvɑ prʌtsɛnta"),
        ("ru", "5 км", "pɑt kiɭʌmetrʌf"),
        ("sw", "50%", "asilimia hamsini"),
        ("sw", "5 km", "kilomita tano"),
        ("ta", "10:30", "patʉ mʌɳi mupʌdʉ nimiɖʌm"),
        ("vi", "$5", "nam ɗo la"),
        ("vi", "10-20", "mɯəj ɗen haɪ mɯəj"),
        ("nl", "2e", "tʋedə"),
        ("nl", "€5,30", "veɪf øro dɛrtəx"),
        ("pl", "10:30", "dʑɛɕɔnta tʃɨdʑɛɕci"),
        ("pl", "22 zł", "dvadʑɛɕtɕadva zwɔtɛ"),
        ("tr", "%50", "jøzdɛ eli"),
        ("tr", "2. gün", "ikɪndʒɪ ɟøn"),
        ("ko", "10:30", "jʌɫ si sɐm sip pun"),
        ("ko", "3.14", "sɐm tɕʌm iɫ sɐ"),
    ],
)
def test_written_forms_are_said_in_the_language(language: str, text: str, said: str):
    assert " ".join(_said(text, language)) == unicodedata.normalize("NFC", said)


@pytest.mark.parametrize(
    ("language", "text", "out"),
    [
        ("es", "tel. 600 123 456", "tel. 6 0 0, 1 2 3, 4 5 6"),
        ("es", "1,2 millones €", "1,2 millones de euros"),
        ("es", "1.234.567", "1234567"),
        ("es", "3,14", "3,14"),
        ("es", "GPU, UE y USA", "G.P.U, U.E y U.S.A"),
        ("es", "LA UE Y LA GPU", "LA UE Y LA GPU"),
        ("es", "ONU NASA UNESCO", "ONU NASA UNESCO"),
        ("es", "2019-2024", "2019 a 2024"),
        ("es", "-5 °C", "menos 5 grados Celsius"),
        ("es", "https://example.org/a-b?x=1", "example punto org barra a guion b"),
        ("fr", "01 23 45 67 89", "0 1, 2 3, 4 5, 6 7, 8 9"),
        ("fr", "2,5 millions €", "2,5 millions d’euros"),
        ("de", "der 3. Mai", "der dritte Mai"),
        ("de", "Karl V. und Karl V.", "Karl der fünfte und Karl der fünfte."),
        ("de", "am 25.11. und seit 3.5.", "am fünfundzwanzigsten November und seit dritten Mai."),
        ("de", "Es ist Version 3.5.", "Es ist Version 3 Punkt 5."),
        ("de", "Er ist 25. Dann ging er.", "Er ist 25. Dann ging er."),
        ("fr", "à 14h, Napoléon III.", "à 14 heures, Napoléon 3."),
        ("ru", "В 2026 г. 1,5 млн", "В две тысячи двадцать шестом году одна целая пять десятых миллиона"),
        ("pl", "o 14:30", "o czternastej 30"),
        ("vi", "Ngày 3/5/2026", "Ngày 3 tháng 5 năm 2026"),
        ("de", "v. 1.2.3", "v. 1 Punkt 2 Punkt 3"),
        ("pl", "w XX wieku", "w dwudziestym wieku"),
        ("pl", "25.11.2026", "dwudziestego piątego listopada dwa tysiące dwudziestego szóstego roku"),
        ("ru", "25 ноября 2026 года", "двадцать пятого ноября две тысячи двадцать шестого года"),
        ("ru", "в 2026 году", "в две тысячи двадцать шестом году"),
        ("ru", "1,2 млн $", "одна целая две десятых миллиона долларов"),
        ("ru", "2-й и 5-го", "второй и пятого"),
        ("hi", "12,34,567", "1234567"),
        ("zh", "电话13800138000", "电话一三八零零一三八零零零"),
        ("zh", "2026年11月25日", "二零二六年11月25日"),
        ("ja", "2026年11月25日", "2026年11月にじゅうごにち"),
        ("cs", "25.11.2026", "25. listopadu 2026"),
        ("en", "STOP NOW PLEASE", "STOP NOW PLEASE"),
        ("en", "end.Start of it", "end.Start of it"),
        ("en", "It is 10:30, 20 °C and 50%.", "It is 10:30, 20 °C and 50%."),
    ],
)
def test_written_forms_are_written_out(language: str, text: str, out: str):
    assert _out(text, language) == out


def test_each_word_knows_which_written_one_it_reads():
    words = ("Escriba", "a", "info@example.org,", "son", "5", "km.")
    written = write_out(words, "es")
    assert written.words == (
        "Escriba", "a", "info", "arroba", "example", "punto", "org,", "son", "5", "kilómetros.",
    )  # fmt: skip
    assert written.owners == (0, 1, 2, 2, 2, 2, 2, 3, 4, 5)
    script = parse_script("Write to info@example.org now.")
    assert [word.word for word in spoken_words(script)] == [0, 1, 2, 2, 2, 2, 2, 3]
    assert make_line(script.sentences[0]).owners == (0, 1, 2, 2, 2, 2, 2, 3)


def test_a_person_s_own_pronunciation_goes_before():
    script = parse_script("La GPU es MP4.", "es")
    line = make_line(script.sentences[0], {"GPU": "/ɡpu/"})
    assert line.words[1] == "GPU" and 1 in line.given
    assert _said("x", "es") and write_out(("GPU",), "es", frozenset((0,))).words == ("GPU",)


def test_numbers_are_read_with_the_language_s_marks():
    assert read_number("1.234,5", find_forms("es")).value == read_number("1,234.5", find_forms("hi")).value
    assert read_number("1,234", find_forms("de")).fraction == "234"
    assert read_number("1.234", find_forms("de")).whole == "1234"


@pytest.mark.parametrize("language", ["en", "es", "zh", "ar", "ja", "ko", "ru"])
@pytest.mark.parametrize(
    "text",
    ["@ a", ".. a", "a €", "1234567890123456789012345678901234567890", "99/99/9999 a", "0000-00-00",
     "1.1.1.1.1.1.1.1.1", "a🙂b@c.de", "(٥٠٪) a", "-- 5", "½ ¼", "€€5$", "I IV XL", "1/0"],
)  # fmt: skip
def test_odd_texts_do_no_harm(language: str, text: str):
    words = divide_words(text, language)
    written = write_out(words, language)
    assert list(written.owners) == sorted(written.owners)
    assert all(written.words) and len(written.words) == len(written.owners)


def test_texts_of_chance_keep_their_words():
    generator = random.Random(0)
    pieces = ["info@x.org", "12,3", "1.2.3", "€", "5", "-", "%", "km", "ABC", "XX", "Karl", "&", "#", "10:30", "2.",
              "年",
              "h", "25.11.2026", "٥", "نص", "한국", "1er", "wiek", " ", " "]  # fmt: skip
    for _ in range(600):
        language = generator.choice(list(LANGUAGES))
        words = divide_words("a " + "".join(generator.choices(pieces, k=8)), language)
        written = write_out(words, language)
        assert list(written.owners) == sorted(written.owners) and written.owners[-1] < len(words)
        assert not LANGUAGES[language].is_spaced or all(len(word.split()) == 1 for word in written.words)


def test_every_language_has_its_rows():
    for language in WRITTEN:
        forms = find_forms(language)
        assert all(forms.word(name) for name in ("at", "dot", "slash", "dash", "underscore", "plus"))
        if language != "en":
            assert all(forms.word(name) for name in ("percent", "date", "time", "hour", "half", "minus"))
            assert forms.rows["currency"]["$"]
