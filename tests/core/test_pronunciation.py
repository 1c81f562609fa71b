# SPDX-License-Identifier: GPL-3.0-or-later
"""How the words of a script are said, in any language."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import LikenessError
from core.pronunciation import espeak
from core.pronunciation.japanese import read_kana, write_number
from core.pronunciation.languages import LANGUAGES, find_language
from core.pronunciation.own import adapt, read_own
from core.pronunciation.reading import divide, read_aloud
from core.pronunciation.symbols import read_ipa, read_symbols
from core.pronunciation.words import spoken_words
from core.script import parse_script
from core.speech.phones import DIPHTHONGS, PHONE_VISEMES


def _read(text: str, language: str, own: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """(written word, phones without stress) of every spoken word."""
    script = parse_script(text, language)
    return [
        (script.words[word.word], " ".join(phone for phone, _ in word.phones))
        for word in spoken_words(script, own or {})
    ]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "Mi perro come queso.", ["m i", "p e r o", "k o m e", "k e s o"]),
        ("fr", "Bonjour, un enfant boit.", ["b ɔ̃ ʒ u ʁ", "œ̃ n", "ɑ̃ f ɑ̃", "b w a"]),
        ("de", "Zwei Häuser, vier Füße.", ["ts v aɪ", "h ɔɪ z ɜ", "f i ʁ", "f y s ə"]),
        ("it", "Gli amici mangiano gnocchi.", ["ʎ ɪ", "a m i tʃ ɪ", "m a n dʒ a n o", "ɲ o k ɪ"]),
        ("pt-BR", "Não vejo a mãe.", ["n ɐ̃ ʊ", "v e ʒ w", "a", "m ɐ̃ ɪ"]),
        ("hi", "मेरा नाम राम है।", ["m e ɾ a", "n a m", "ɾ a m", "h ɛ"]),
        ("zh", "北京天气好。", ["p eɪ", "tɕ i ŋ", "t j ɛ n", "tɕ i", "χ aʊ"]),
        ("ar", "مرحبا بنت", ["m a r ħ a b a n", "b i n t"]),
        ("ru", "Меня зовут Борис.", ["m i n ɑ", "z ʌ v u t", "b ʌ r i s"]),
        ("tr", "Küçük köpek.", ["k y tʃ ø k", "k œ p ɛ k"]),
        ("ja", "今日は東京へ行きます。", ["k j o w a", "t o k j o e", "i k i m a s"]),
        ("ko", "나무가 크다", ["n ɐ m u k ɐ", "k ɯ d ɐ"]),
        ("pl", "Dzień dobry.", ["dʑ ɛ ɲ", "d ɔ b r ɨ"]),
        ("vi", "Cảm ơn", ["k a m", "ə n"]),
        ("yue", "香港", ["h œ ŋ", "k ɔ ŋ"]),
    ],
)
def test_words_are_said_as_espeak_says_them(language: str, text: str, said: list[str]):
    assert [phones for _, phones in _read(text, language)] == said


@pytest.mark.parametrize(
    ("language", "text", "number", "parts"),
    [
        ("es", "Tengo 25 gatos.", "25", ["β eɪ n t i θ i n k o"]),
        ("fr", "J'ai 22 chats.", "22", ["v ɛ̃ t d ø"]),
        ("de", "Es sind 21 Katzen.", "21", ["aɪ n", "ʊ n t ts v a n ts ɪ ç"]),
        ("it", "Ho 12 gatti.", "12", ["d o d i tʃ ɪ"]),
        ("pt-BR", "São 15 gatos.", "15", ["k i ŋ z ɪ"]),
        ("hi", "यहाँ २५ लोग हैं।", "२५", ["p ʌ tʃ i s"]),
        ("zh", "我有15个朋友。", "15", ["ʂ ɨ w u"]),
        ("ar", "عندي ٢٥ كتابا.", "٢٥", ["x a m s a w a ʕ i ʃ r u n"]),
        ("ru", "У меня 2 книги.", "2", ["d v ɑ"]),
        ("ja", "本を25冊 買う。", "25冊", ["n i dʑ ɯ ɡ o s a ts ɯ"]),
        ("tr", "Benim 25 kitabım var.", "25", ["j i r m i b ɛ ʃ"]),
    ],
)
def test_numbers_are_read_out_and_belong_to_the_word_as_written(
    language: str, text: str, number: str, parts: list[str]
):
    assert [phones for word, phones in _read(text, language) if word == number] == parts


def test_stress_comes_with_the_vowels():
    script = parse_script("El café y la música.", "es")
    phones = {script.words[word.word]: word.phones for word in spoken_words(script)}
    assert phones["café"] == (("k", 0), ("a", 0), ("f", 0), ("e", 2))
    assert [stress for phone, stress in phones["música."] if phone in "uia"] == [2, 0, 0]


def test_liaison_belongs_to_the_word_before():
    assert _read("Les amis ont un ami.", "fr")[:2] == [("Les", "l e z"), ("amis", "a m i")]


def test_liaison_may_be_left_away():
    words = spoken_words(parse_script("Les petits enfants ont froid, mes amis aussi.", "fr"))
    said = [["".join(phone for phone, _ in way) for way in word.ways] for word in words]
    assert said[:3] == [["le"], ["pətiz", "pəti"], ["ɑ̃fɑ̃z", "ɑ̃fɑ̃"]]
    assert ["mez", "me"] in said


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Most of the time in the USA he is one of the best."),
        ("fr", "Qu'est-ce que c'est que cela ?"),
        ("zh", "你好，银行的行长长得很高。"),
        ("es", "A las 10:30 cuesta 5 $ y el 50 % de los demás."),
    ],
)
def test_what_espeak_reads_as_one_is_shared_out_among_the_written_words(language: str, text: str):
    script = parse_script(text, language)
    tongue = find_language(language)
    readings = read_aloud(script.words, " " if tongue.is_spaced else "", tongue.voice)
    assert {reading.word for reading in readings} == set(range(len(script.words)))
    assert all(reading.phones for reading in readings)


@pytest.mark.parametrize(
    ("language", "text"), [("ru", "Конго - Киншаса"), ("hi", "कांगो - किंशासा"), ("ro", "Congo – Brazzaville")]
)
def test_a_dash_has_no_sound(language: str, text: str):
    assert [word for word, _ in _read(text, language)] == [word for word in text.split() if len(word) > 1]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("ur", "۲۵", "p a tʃ i s"),  # espeak knows the digits of Persian, not those of Urdu
        ("ur", "كوموروس", "k o m o r o s"),
        ("as", "লিবিয\u09bcা", "l i b i a"),
        ("as", "ভার্দে", "b a ɾ d e"),
        ("or", "ସ୍ୱାମ୍ପି", "s w a m p i"),
    ],
)
def test_characters_that_espeak_would_spell_out_are_read(language: str, text: str, said: str):
    assert [phones for _, phones in _read(text, language)] == [said]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("ar", "كتب مدرسة", ["k a t a b a", "m a d r a s a"]),
        ("he", "ילד ספרים תודה", ["j e l e d", "s e f r i m", "t o d a"]),
    ],
)
def test_vowels_that_nobody_writes_are_put_in(language: str, text: str, said: list[str]):
    assert [phones for _, phones in _read(text, language)] == said


def test_a_text_without_a_full_stop_is_read_to_its_end():
    text = " ".join(["uno dos tres cuatro"] * 125)
    assert [word for word, _ in _read(text, "es")] == text.split()


def test_shared_phones_go_where_each_word_has_its_own():
    of, the = read_ipa("ʌv"), read_ipa("ðə")
    assert divide(read_ipa("əvðə"), [of, the]) == [read_ipa("əv"), the]
    assert divide(read_ipa("ɪnðə"), [read_ipa("ɪn"), the]) == [read_ipa("ɪn"), the]


def test_words_of_a_whole_script_are_counted_through_and_sentences_begin():
    script = parse_script("Hola, Ana. ¿Qué tal? Bien.", "es")
    words = spoken_words(script)
    assert [word.word for word in words] == [0, 1, 2, 3, 4]
    assert [word.begins for word in words] == [True, False, True, False, True]


@pytest.mark.parametrize("language", ["ru", "hi", "zh", "ar", "el", "he", "ko"])
def test_latin_names_in_other_writing_are_said_the_english_way(language: str):
    own = {"ru": "Это", "hi": "यह", "zh": "我用", "ar": "هذا", "el": "Αυτό", "he": "זה", "ko": "이것"}[language]
    word, phones = _read(f"{own} Google.", language)[-1]
    assert word == "Google."
    assert phones.replace("ə ", "") == "ɡ u ɡ l"


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_language_gives_plain_phones(code: str):
    """Its names of some numbers: no marks, no switches of voice, letters of the IPA only."""
    voice = LANGUAGES[code].voice
    units = espeak.say("25 1998 17 360", voice)
    phones = [phone for unit in units for phone, _ in read_symbols(unit.symbols, voice)]
    assert len(phones) > 20
    for phone in phones:
        assert phone in DIPHTHONGS or phone.rstrip("\u0303") in PHONE_VISEMES, phone


@pytest.mark.parametrize(
    ("code", "found"),
    [("es-MX", "es-419"), ("ES", "es"), ("pt", "pt-BR"), ("zh-Hans-CN", "zh"), ("en_GB", "en"), ("no", "nb")],
)
def test_codes_are_found_in_any_spelling(code: str, found: str):
    assert find_language(code).code == found


def test_signs_that_stand_alone_may_be_given_a_sound():
    adapted = adapt(("Marks", "&", "Spencer"), {"Marks & Spencer": "marks and spencer"}, "en")
    assert adapted.words == ("marks", "and", "spencer")


@pytest.mark.parametrize("code", ["xx", "", "klingon", "thai"])
def test_a_language_that_is_not_there_is_told_with_some_that_are(code: str):
    with pytest.raises(LikenessError) as caught:
        parse_script("Hello.", code)
    assert caught.value.code == "language_unknown"
    assert "Spanish (es)" in caught.value.hint


def test_ipa_is_made_plain():
    assert read_ipa("ˈt͡ʃiːz") == (("tʃ", 0), ("i", 2), ("z", 0))
    assert read_ipa("nʲɪˈkaʊ̯tʰ") == (("n", 0), ("ɪ", 0), ("k", 0), ("aʊ", 2), ("t", 0))
    assert read_symbols(["(en)", "ɡ", "ˈuː", "ɡ", "əl", "(es)"]) == (
        ("ɡ", 0), ("u", 2), ("ɡ", 0), ("ə", 0), ("l", 0),
    )  # fmt: skip
    assert read_symbols(["k", "ˈiɛ5", "n"], "cmn") == (("k", 0), ("j", 0), ("ɛ", 2), ("n", 0))
    assert read_symbols(["ʕ", "ʕ", "ˈr̩", "t", "ɐ̃ʊ̃"]) == (
        ("ʕ", 0), ("r", 0), ("t", 0), ("ɐ̃", 0), ("ʊ̃", 0),
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_a_persons_own_pronunciations_are_followed(language: str):
    own = {"nguyen": "ˈwɪn", "Anna Bach": "/aː bɛ/"}
    words = _read("Nguyen, Anna Bach.", language, own)
    assert words == [("Nguyen,", "w ɪ n"), ("Anna", "a"), ("Bach.", "b ɛ")]


def test_a_respelling_is_read_in_its_place():
    own = {"Siobhán": "shi vawn"}
    assert [phones for word, phones in _read("I know Siobhán.", "en", own) if word == "Siobhán."] == ["ʃ i", "v ɔ n"]
    assert _read("El señor Nguyen", "es", {"Nguyen": "uin"})[-1] == ("Nguyen", "w i n")
    assert _read("我去长安。", "zh", {"长安": "掌 安"})[-2:] == [("长", "ʈʂ ɑ ŋ"), ("安。", "a n")]


@pytest.mark.parametrize(
    ("kana", "phones"),
    [
        ("しゃしん", "ɕ a ɕ i ɴ"),
        ("コンピューター", "k o m p j ɯ t a"),
        ("ファン", "ɸ a ɴ"),
        ("ウィスキー", "w i s ɯ k i"),
        ("にほんご", "n i h o ŋ ɡ o"),
        ("がっこう", "ɡ a k o"),
        ("せんせい", "s e n s e"),
        ("ひゃく", "ç a k ɯ"),
        ("ジェット", "dʑ e t o"),
    ],
)
def test_kana_say_how_they_sound(kana: str, phones: str):
    assert " ".join(read_kana(kana)) == phones


@pytest.mark.parametrize(
    ("digits", "kanji"),
    [("0", "〇"), ("10", "十"), ("25", "二十五"), ("1998", "千九百九十八"), ("120000000", "一億二千万")],
)
def test_numbers_are_written_in_kanji(digits: str, kanji: str):
    assert write_number(digits) == kanji


def test_every_japanese_word_has_its_own_part_of_a_phrase():
    said = [("友達と", "t o m o d a tɕ i t o"), ("映画を", "e ɡ a o"), ("見に", "m i n i"), ("行った。", "i t a")]
    assert _read("友達と映画を見に行った。", "ja") == said
    assert _read("東京で会う", "ja", {"東京": "ひがしのみやこ"})[0] == ("東京で", "ç i ɡ a ɕ i n o m i j a k o d e")


@pytest.mark.parametrize("said", ["/ /", "…", "[]"])
def test_a_pronunciation_without_a_sound_is_refused(said: str):
    with pytest.raises(LikenessError) as caught:
        _read("Hola Ana.", "es", {"Ana": said})
    assert caught.value.code == "pronunciation_unreadable"
    assert "Ana" in caught.value.message


def test_pronunciations_are_read_from_a_file(tmp_path: Path):
    file = tmp_path / "names.txt"
    file.write_text("# names\n\nNguyen = wɪn\nNew York = niu york\n", encoding="utf-8")
    assert read_own(file) == {"Nguyen": "wɪn", "New York": "niu york"}
    file.write_text("Nguyen = wɪn\nSiobhán\n", encoding="utf-8")
    with pytest.raises(LikenessError, match="Line 2"):
        read_own(file)
    with pytest.raises(LikenessError) as caught:
        read_own(tmp_path / "none.txt")
    assert caught.value.code == "file_missing"


def _pid() -> int:
    espeak.say("hola", "es")
    espeak.say(str(time.monotonic_ns()), "es")  # not remembered, so that there is a process
    assert espeak._child.pid is not None
    return espeak._child.pid


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_engine_that_dies_fails_one_question_and_the_next_gets_another():
    pid = _pid()
    os.kill(pid, signal.SIGSTOP)  # it has the question when it dies
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(LikenessError) as caught:
        espeak.say("una frase nueva", "es")
    assert caught.value.code == "pronunciation_failed"
    assert espeak.say("una frase nueva", "es")
    assert espeak._child.pid != pid


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_engine_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch):
    pid = _pid()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(espeak, "PATIENCE", 0.3)
    with pytest.raises(LikenessError) as caught:
        espeak.say("otra frase nueva", "es")
    assert caught.value.code == "pronunciation_failed"
    monkeypatch.undo()
    assert espeak.say("otra frase nueva", "es")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_engine_that_died_between_questions_does_no_harm():
    os.kill(_pid(), signal.SIGKILL)
    assert espeak._child._process is not None
    espeak._child._process.wait()
    assert espeak.say("y una más", "es")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc")
def test_the_engine_ends_with_the_process_that_asked(repository: Path):
    program = (
        "import os, signal; from core.pronunciation import espeak; espeak.say('hola', 'es');"
        "print(espeak._child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    asked = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True)
    pid = int(asked.stdout)
    end = time.monotonic() + 5.0
    while _is_running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
