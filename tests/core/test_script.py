# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a text before anybody speaks it."""

from __future__ import annotations

import time

import pytest

from core.errors import LikenessError
from core.script import parse_script
from core.script.limit import MAX_CHARACTERS, MAX_WORDS


def _sentences(text: str, language: str = "en") -> list[str]:
    return [sentence.text for sentence in parse_script(text, language).sentences]


def test_text_is_divided_into_sentences():
    assert _sentences("Hello there.  How are you?\nFine!") == ["Hello there.", "How are you?", "Fine!"]


def test_titles_and_initials_do_not_end_a_sentence():
    text = "Dr. Smith met J. K. Rowling at St. Paul. They talked."
    assert _sentences(text) == ["Dr. Smith met J. K. Rowling at St. Paul.", "They talked."]


def test_quotes_and_ellipses_stay_with_their_sentence():
    assert _sentences("“Really?” he asked. Well… yes.") == ["“Really?” he asked.", "Well… yes."]


def test_blank_lines_end_paragraphs():
    script = parse_script("One. Two.\n\nThree.")
    assert [sentence.ends_paragraph for sentence in script.sentences] == [False, True, True]


def test_words_of_the_sentences_are_the_words_of_the_text():
    script = parse_script("Well — it's 10:30 pm,\tand Anne-Marie pays $5. Fine.")
    assert " ".join(word for s in script.sentences for word in s.words) == script.text


@pytest.mark.parametrize("text", ["", "   \n\t ", "...", "😀 🎉", "— !"])
def test_a_script_without_words_is_refused(text: str):
    with pytest.raises(LikenessError) as caught:
        parse_script(text)
    assert caught.value.code == "script_empty"


def test_emoji_are_left_out_with_a_warning_that_names_them():
    script = parse_script("Hello 👋🏽 world ❤️! 👨‍👩‍👧")
    assert script.text == "Hello world!"
    assert len(script.warnings) == 1
    assert "👋" in script.warnings[0]
    assert "❤" in script.warnings[0]


def test_plain_text_gives_no_warning():
    assert parse_script("Hello, world: “it’s” 50 % off – only £3½ at Müller’s café!").warnings == ()


@pytest.mark.parametrize(
    ("text", "named", "system"),
    [("Hi 世界你好.", "世", "CJK"), ("Привет", "П", "Cyrillic"), ("سلام", "س", "Arabic"), ("γεια", "γ", "Greek")],
)
def test_letters_that_the_voice_cannot_say_are_named(text: str, named: str, system: str):
    with pytest.raises(LikenessError) as caught:
        parse_script(text)
    assert caught.value.code == "script_unspeakable"
    assert named in caught.value.message
    assert system in caught.value.message
    assert caught.value.hint


def test_a_long_unspeakable_text_is_not_repeated_in_the_message():
    with pytest.raises(LikenessError) as caught:
        parse_script("".join(chr(0x4E00 + i) for i in range(3000)))
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("text", ["word " * 50_000, "x" * 5_000_000, "世" * 1_000_000, " " * 60_000 + "a"])
def test_a_script_far_too_long_is_cut_at_once(text: str):
    began = time.perf_counter()
    try:
        script = parse_script(text)
    except LikenessError as error:
        assert error.code == "script_unspeakable"
    else:
        assert len(script.words) <= MAX_WORDS and len(script.text) <= MAX_CHARACTERS
    assert time.perf_counter() - began < 1.0


def test_the_longest_script_is_still_accepted():
    script = parse_script("word " * MAX_WORDS)
    assert len(script.text.split()) == MAX_WORDS
    assert script.warnings == ()


def test_of_a_script_of_two_hours_the_first_is_performed_and_the_place_is_told():
    """The rest begins with a sentence, and what is said is parsed again without a word about it."""
    sentence = "The tide comes in at four, and the boats go out at five. "
    script = parse_script((sentence * 10 + "\n") * 160)
    assert script.text.endswith("at five.") and MAX_WORDS - 30 <= len(script.words) <= MAX_WORDS
    assert len(script.warnings) == 1
    line, rest = divmod(len(script.sentences), 10)
    place = f"left out from “The” at line {line + 1}, column {rest * len(sentence) + 1} on."
    assert script.warnings[0].endswith(place)
    assert parse_script(script.text).warnings == ()


def test_a_long_sentence_is_cut_behind_a_word_and_a_direction_not_within():
    script = parse_script("on and " * MAX_WORDS)
    assert len(script.words) == MAX_WORDS
    script = parse_script("on and " * ((MAX_WORDS - 2) // 2) + "[looks away for a while]" + " on and" * 50)
    assert script.tags == () and len(script.words) == MAX_WORDS - 2
    assert len(script.warnings) == 1 and "from “[looks” at line 1" in script.warnings[0]


def test_control_characters_and_composed_letters_make_no_difference():
    assert parse_script("Cafe\u0301\x00 o\u200bk").text == parse_script("Café ok").text


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("zh", "你好！你是谁？我是王。“真的？！”她问。", ["你好！", "你是谁？", "我是王。", "“真的？！”", "她问。"]),
        ("ja", "こんにちは。おげんきですか？はい。", ["こんにちは。", "おげんきですか？", "はい。"]),
        ("ar", "كيف حالك؟ أنا بخير. شكرا!", ["كيف حالك؟", "أنا بخير.", "شكرا!"]),
        ("hi", "नमस्ते। आप कैसे हैं? मैं ठीक हूँ।", ["नमस्ते।", "आप कैसे हैं?", "मैं ठीक हूँ।"]),
        ("am", "ሰላም። እንዴት ነህ?", ["ሰላም።", "እንዴት ነህ?"]),
        ("hy", "Բարև։ Ինչպես ես։", ["Բարև։", "Ինչպես ես։"]),
        ("ur", "میں ٹھیک ہوں۔ شکریہ۔", ["میں ٹھیک ہوں۔", "شکریہ۔"]),
        ("el", "Τι κάνεις; Είμαι καλά.", ["Τι κάνεις;", "Είμαι καλά."]),
        ("es", "¡Hola! ¿Qué tal? El Sr. López vive aquí.", ["¡Hola!", "¿Qué tal?", "El Sr. López vive aquí."]),
        ("de", "Am 3. Mai kam Dr. Weiß. Er blieb.", ["Am 3. Mai kam Dr. Weiß.", "Er blieb."]),
        ("fr", "Vraiment ? « Oui. » Bon.", ["Vraiment?", "« Oui. »", "Bon."]),
    ],
)
def test_sentences_end_as_the_language_writes_it(language: str, text: str, sentences: list[str]):
    assert _sentences(text, language) == sentences
    assert parse_script(text, language).warnings == ()


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh", "我喜欢Google（和15个“朋友”）。", ["我", "喜", "欢", "Google", "（和", "15", "个", "“朋", "友”）。"]),
        ("yue", "你好，世界", ["你", "好，", "世", "界"]),
        ("zh", "10:30我有1,234.5元，don't.", ["10:30", "我", "有", "1,234.5", "元，", "don't."]),
        ("ja", "わたしはコーヒーをのみます。", ["わたしは", "コーヒーをのみます。"]),
        ("ja", "今日は東京へ行きます。", ["今日は", "東京へ", "行きます。"]),
        ("ko", "안녕하세요, 친구야.", ["안녕하세요,", "친구야."]),
        ("fa", "من می\u200cروم.", ["من", "می\u200cروم."]),
        ("hi", "मैं हूँ।", ["मैं", "हूँ।"]),
    ],
)
def test_words_are_pieces_that_can_be_marked(language: str, text: str, words: list[str]):
    script = parse_script(text, language)
    assert list(script.words) == words
    assert (" " if language in ("ko", "fa", "hi") else "").join(words) == script.text


def test_the_language_is_told_as_the_table_has_it():
    assert parse_script("Olá.", "PT_br").language == "pt-BR"
    assert parse_script("Hello.").language == "en"


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [("es", "A 世界", "CJK"), ("zh", "你好 мир", "Cyrillic"), ("ru", "שלום", "Hebrew"), ("ja", "мир", "Cyrillic")],
)
def test_letters_of_other_languages_are_refused_with_the_languages_name(language: str, text: str, named: str):
    with pytest.raises(LikenessError) as caught:
        parse_script(text, language)
    assert caught.value.code == "script_unspeakable"
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("language", "text", "said", "warning"),
    [
        ("en", "I went to\nthe 東京 ramen, shop.", "I went to the ramen, shop.",
         "An English voice cannot say “東京” (CJK) at line 2, column 5; it is left out."),
        ("en", "Hello there. Привет, мир! Bye.", "Hello there. Bye.",
         "An English voice cannot say “Привет, мир” (Cyrillic) at line 1, column 14; it is left out."),
        ("en", "go東京now", "go now", "An English voice cannot say “東京” (CJK) at line 1, column 3; it is left out."),
        ("es", "Hola a todos 世界", "Hola a todos", "A Spanish voice cannot say “世界” (CJK) at line 1, column 14;"),
        ("zh", "你好，世界 мир", "你好，世界",
         "A Mandarin Chinese voice cannot say “мир” (Cyrillic) at line 1, column 7; it is left out."),
    ],
)  # fmt: skip
def test_some_letters_of_other_languages_are_left_out_and_told(language: str, text: str, said: str, warning: str):
    script = parse_script(text, language)
    assert script.text == said
    assert len(script.warnings) == 1 and script.warnings[0].startswith(warning)
    assert parse_script(script.text, language).warnings == ()


def test_many_places_in_other_letters_are_counted():
    script = parse_script("One мир. Two мир.\n" * 10)
    assert len(script.warnings) == 7
    assert script.warnings[-1] == "So are such letters in 14 more places."


def test_directions_in_other_letters_are_none_of_the_scripts():
    script = parse_script("Hello [微笑] there 世 all. [пауза] Bye.")
    assert [tag.text for tag in script.tags] == ["微笑", "пауза"]
    assert [script.words[tag.word] for tag in script.tags] == ["there", "Bye."]
    assert len(script.warnings) == 1 and "“世”" in script.warnings[0]


@pytest.mark.parametrize(("language", "text"), [("zh", "。！？"), ("hi", "। 👨‍👩‍👧"), ("ar", "؟"), ("ja", "「」・")])
def test_punctuation_of_other_languages_is_no_script(language: str, text: str):
    with pytest.raises(LikenessError) as caught:
        parse_script(text, language)
    assert caught.value.code == "script_empty"


def test_emoji_between_words_of_another_writing_leave_nothing_behind():
    script = parse_script("नमस्ते 👨‍👩‍👧 दोस्त", "hi")
    assert script.text == "नमस्ते दोस्त"
    assert len(script.warnings) == 1


def test_letters_with_a_dot_below_are_one_character():
    script = parse_script("হয\u09bc", "bn")
    assert script.text == "হ\u09df"
    assert parse_script("ल\u0921\u093cका", "hi").text == "ल\u095cका"
