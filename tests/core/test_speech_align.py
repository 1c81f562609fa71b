# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones without a script, and words found in what is heard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from made_hearing import hearing

from core.errors import Cancelled
from core.speech.align import Aligned, align
from core.speech.decode import decode
from core.speech.inventory import PHONES

Way = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Said:
    """A word for the aligner."""

    ways: tuple[Way, ...]
    begins: bool = False


def word(*ways: str, begins: bool = False) -> Said:
    return Said(tuple(tuple((ipa, 0) for ipa in way.split()) for way in ways), begins)


MAP, BOY, SHE, FIVE = word("m æ p", begins=True), word("b ɔɪ"), word("ʃ i"), word("f aɪ v")


def sounds(text: str, pace: float = 0.08) -> list[tuple[str, float]]:
    return [("" if ipa == "_" else ipa, 0.3 if ipa == "_" else pace) for ipa in text.split()]


def spoken(found: tuple[Aligned, ...]) -> dict[int, str]:
    return {index: " ".join(one.ipa for one in found if one.word == index) for index in sorted({o.word for o in found})}


def test_decode_finds_phones_and_their_times() -> None:
    truth = sounds("_ m æ p _ ʃ i _")
    found = decode(hearing(truth))
    assert [PHONES[one.phone] for one in found] == [ipa for ipa, _ in truth]
    edges = np.cumsum([seconds for _, seconds in truth])
    np.testing.assert_allclose([one.end for one in found], edges, atol=0.011)
    assert found[0].start == 0.0 and all(a.end == b.start for a, b in pairwise(found))
    assert all(0.5 < one.confidence <= 1.0 for one in found)


def test_doubt_lowers_the_confidence() -> None:
    sure, unsure = (decode(hearing(sounds("_ a _"), doubt))[1].confidence for doubt in (0.1, 0.5))
    assert unsure < sure - 0.2


def test_words_are_found_in_order_with_their_times() -> None:
    found = align(hearing(sounds("_ m æ p b ɔ ɪ _ ʃ i f a ɪ v _")), [MAP, BOY, SHE, FIVE])
    assert spoken(found) == {0: "m æ p", 1: "b ɔ ɪ", 2: "ʃ i", 3: "f a ɪ v"}
    starts = {index: min(one.start for one in found if one.word == index) for index in range(4)}
    np.testing.assert_allclose(list(starts.values()), [0.3, 0.54, 1.08, 1.24], atol=0.011)


def test_the_way_that_is_said_is_chosen() -> None:
    either = word("i ð ɚ", "aɪ ð ə", begins=True)
    assert spoken(align(hearing(sounds("_ a ɪ ð ə _")), [either])) == {0: "a ɪ ð ə"}


def test_a_word_that_is_not_said_is_left_out() -> None:
    found = align(hearing(sounds("_ m æ p _ ʃ i f a ɪ v _")), [MAP, BOY, SHE, FIVE])
    assert set(spoken(found)) == {0, 2, 3}


def test_speech_between_the_words_belongs_to_none_of_them() -> None:
    found = align(hearing(sounds("_ m æ p _ k a l o s t u n e _ b ɔ ɪ _")), [MAP, BOY])
    assert spoken(found) == {0: "m æ p", 1: "b ɔ ɪ"}
    assert min(one.start for one in found if one.word == 1) == pytest.approx(1.86, abs=0.02)
    assert max(one.end for one in found if one.word == 0) == pytest.approx(0.54, abs=0.02)


def test_a_sentence_that_is_not_said_is_left_out() -> None:
    sentence = [word("t u", begins=True), word("l ɔ ŋ"), word("n aɪ t s"), word("ɡ ʊ d"), word("h ɪ ɹ"), word("ɹ ɛ d")]
    found = align(hearing(sounds("_ m æ p _ ʃ i _")), [MAP, *sentence, word("ʃ i", begins=True)])
    assert set(spoken(found)) == {0, 7}


def test_another_text_is_hardly_found() -> None:
    other = [word("k w ɪ k", begins=True), word("b ɹ aʊ n"), word("f ɑ k s"), word("dʒ ʌ m p s")]
    found = align(hearing(sounds("_ s i l o n e t a _ n u l e s o _")), other)
    assert len({one.word for one in found}) <= 1


def test_a_long_sound_is_aligned_without_drift() -> None:
    draw = np.random.default_rng(1)
    vocabulary = {"m æ p": MAP, "b ɔ ɪ": BOY, "ʃ i": SHE, "f a ɪ v": FIVE}
    vocabulary |= {way: word(way) for way in ("t u n", "l ɛ d")}
    chosen = [list(vocabulary)[i] for i in draw.integers(len(vocabulary), size=420)]
    text = "_ " + " ".join(said + (" _" if number % 7 == 6 else "") for number, said in enumerate(chosen))
    truth = sounds(text)
    found = align(hearing(truth, doubt=0.4), [vocabulary[said] for said in chosen])
    begins: list[float] = []
    at = 0.0
    for number, said in enumerate(chosen):
        at += 0.3 if number == 0 or number % 7 == 0 else 0.0
        begins.append(at)
        at += 0.08 * len(said.split())
    starts = {}
    for one in found:
        starts.setdefault(one.word, one.start)
    assert len(starts) == len(chosen)
    assert np.abs(np.array([starts[i] for i in range(len(chosen))]) - begins).max() < 0.03


def test_it_can_be_cancelled() -> None:
    def stop(share: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        align(hearing(sounds("_ m æ p _")), [MAP], stop)


def test_no_words_and_no_sound() -> None:
    assert align(hearing(sounds("_ m æ p _")), []) == ()
    assert align(hearing(sounds("_ _")), [MAP]) == ()
