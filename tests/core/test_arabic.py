# SPDX-License-Identifier: GPL-3.0-or-later
"""The vowels that Arabic does not write."""

from __future__ import annotations

import random
import re

import pytest

from core.pronunciation.arabic import add_vowels, count_ending, strip_vowels
from core.pronunciation.words import spoken_words
from core.script import parse_script
from core.voice.line import make_line

pytest.importorskip("dengjen_tashkeel_py")

SENTENCES = """
ذَهَبَ الْوَلَدُ إِلَى الْمَدْرَسَةِ فِي الصَّبَاحِ
السَّلَامُ عَلَيْكُمْ وَرَحْمَةُ اللَّهِ وَبَرَكَاتُهُ
الْعِلْمُ نُورٌ وَالْجَهْلُ ظَلَامٌ
بِسْمِ اللَّهِ الرَّحْمَنِ الرَّحِيمِ
الْحَمْدُ لِلَّهِ رَبِّ الْعَالَمِينَ
يَشْرَبُ الطِّفْلُ الْحَلِيبَ كُلَّ صَبَاحٍ
كَتَبَ الطَّالِبُ الدَّرْسَ فِي الدَّفْتَرِ
الْقَاهِرَةُ عَاصِمَةُ مِصْرَ
مَنْ جَدَّ وَجَدَ وَمَنْ زَرَعَ حَصَدَ
الْوَقْتُ كَالسَّيْفِ إِنْ لَمْ تَقْطَعْهُ قَطَعَكَ
""".strip().splitlines()
_VOWELS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651"  # a letter without a vowel may or may not say so


def _marked(word: str) -> list[tuple[str, frozenset[str]]]:
    """The letters of a word with their vowels, but for those of the article and bare alifs."""
    pieces = re.findall("([^\u064b-\u0652])([\u064b-\u0652]*)", word)
    start = 2 if word.startswith("ال") else 0
    return [(letter, frozenset(marks) & frozenset(_VOWELS)) for letter, marks in pieces[start:] if letter != "ا"]


def test_most_vowels_are_right():
    from dengjen_tashkeel_py import tashkeel

    every, right, inner, inner_right = 0, 0, 0, 0
    for sentence in SENTENCES:
        found = tashkeel(strip_vowels(sentence)).split()
        for wanted, said in zip(sentence.split(), found, strict=True):
            pairs = [(a[1], b[1]) for a, b in zip(_marked(wanted), _marked(said), strict=True)]
            every, right = every + len(pairs), right + sum(a == b for a, b in pairs)
            inner, inner_right = inner + len(pairs) - 1, inner_right + sum(a == b for a, b in pairs[:-1])
    assert right / every > 0.85
    assert inner_right / inner > 0.93


def test_vowels_are_heard():
    def said(text: str) -> list[str]:
        return ["".join(phone for phone, _ in word.phones) for word in spoken_words(parse_script(text, "ar"))]

    assert said("السلام عليكم") == ["ʔasalamu", "ʕalaikum"]
    assert said("كتب الطالب الدرس") == ["kataba", "ʔatalibu", "ʔadars"]
    assert said("سيارة")[0].endswith("a")


def test_case_endings_may_be_left_away():
    assert [count_ending(word) for word in ("الوَلَدُ", "نُورٌ،", "فِي", "صَباح")] == [1, 2, 0, 0]
    (first, *_) = spoken_words(parse_script("الولد في المدرسة", "ar"))
    assert [len(way) for way in first.ways] == [len(first.phones), len(first.phones) - 1]


@pytest.mark.parametrize(
    "text",
    [
        "قال John إن 25 من الطلاب.", "🙂 مرحبا 🙂 world", "ـــ", "٥٠٪ من الناس", "a", "info@example.org", "(الولد)",
        "مرحبا،كيف", "نَصٌّ", "x" * 500, "شركة Apple® و Google",
    ],
)  # fmt: skip
def test_words_stay_as_many_and_theirs(text):
    words = text.split()
    vowelled = add_vowels(words)
    assert len(vowelled) == len(words)
    assert all(said == word for word, said in zip(words, vowelled, strict=True) if word.isascii())
    assert all(strip_vowels(said)[:1] == strip_vowels(word)[:1] for word, said in zip(words, vowelled, strict=True))


def test_vowelled_words_stay_and_mixed_ones_never_fail():
    assert add_vowels(["نَصّ", "قَالَ"]) == ("نَصّ", "قَالَ")
    generator = random.Random(0)
    pieces = ["نص", "الكتاب", "abc", "12", "٣٫٥", "؟", "،", "@", "..", "🙂", "ﷲ", "ئ", "\u064b", "ة", "ا", "1-2"]
    for _ in range(100):
        words = ["".join(generator.choices(pieces, k=3)) for _ in range(generator.randint(1, 50))]
        assert len(add_vowels(words)) == len(words)


def test_a_line_has_the_vowels_and_its_words():
    script = parse_script("سعرها 5 دولار في info@example.org", "ar")
    line = make_line(script.sentences[0])
    assert line.owners[0] == 0 and line.owners[-1] == len(script.words) - 1
    assert "آت" in "".join(strip_vowels(word) for word in line.words)
