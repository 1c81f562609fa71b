# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones found by ear in sounds whose engine tells no times."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import pytest

from core.script import parse_script
from core.speech import Phone
from core.voice.hearing import time_by_ear
from core.voice.hibari import HibariProvider
from core.voice.line import Line, make_line
from core.voice.provider import Delivery, Utterance

TEXT = "Hello, my mother bought 12 big apples at 10:30 pm."


@pytest.fixture(scope="module")
def line() -> Line:
    return make_line(parse_script(TEXT).sentences[0])


@pytest.fixture(scope="module")
def said(line: Line) -> Utterance:
    provider = HibariProvider()
    return provider.utter(line, provider.voices()[0], Delivery())


def _assert_contiguous(phones: tuple[Phone, ...], duration: float) -> None:
    assert phones[0].phone and phones[-1].phone
    assert phones[0].start >= 0.0 and phones[-1].end <= duration + 1e-6
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))
    assert all(phone.end > phone.start for phone in phones)


def test_phones_are_found_where_the_voice_says_them(line: Line, said: Utterance):
    phones = time_by_ear(said.wave, said.rate, line)
    _assert_contiguous(phones, said.seconds)
    assert {phone.word for phone in phones if phone.phone} == set(range(len(line.words)))
    names = [[phone.phone for phone in each] for each in (said.phones, phones)]
    blocks = SequenceMatcher(None, *names, autojunk=False).get_matching_blocks()
    pairs = [(said.phones[b.a + i], phones[b.b + i]) for b in blocks for i in range(b.size)]
    assert len(pairs) > 0.9 * len(said.phones)
    errors = np.abs([theirs.start - heard.start for theirs, heard in pairs])
    assert np.median(errors) < 0.025 and np.quantile(errors, 0.9) < 0.06


def test_what_a_person_wants_to_hear_is_looked_for(line: Line, said: Utterance):
    given = make_line(parse_script(TEXT).sentences[0], {"mother": "ˈmʌðɐ"})
    phones = time_by_ear(said.wave, said.rate, given)
    assert "".join(phone.phone for phone in phones if phone.word == 2) == "mʌðɐ"


@pytest.mark.parametrize("seconds", [0.005, 0.05, 0.3, 3.0])
def test_a_sound_without_the_line_is_spread_over_with_low_confidence(seconds: float, line: Line):
    noise = np.random.default_rng(1).normal(size=int(24_000 * seconds)).astype(np.float32) * 0.1
    for wave in (noise, np.zeros_like(noise)):
        phones = time_by_ear(wave, 24_000, line)
        _assert_contiguous(phones, seconds)
        assert {phone.word for phone in phones if phone.phone} == set(range(len(line.words)))
        assert max(phone.confidence for phone in phones if phone.phone) <= 0.2


def test_known_spans_hold_words_that_are_not_heard(line: Line):
    noise = np.random.default_rng(1).normal(size=72_000).astype(np.float32) * 0.1
    spans = {index: (0.1 + 0.3 * index, 0.35 + 0.3 * index) for index in range(len(line.words))}
    phones = time_by_ear(noise, 24_000, line, spans)
    _assert_contiguous(phones, 3.0)
    for phone in phones:
        if phone.word >= 0:
            start, end = spans[phone.word]
            assert start - 0.1 <= phone.start and phone.end <= end + 0.1


def test_nothing_to_say_and_nothing_to_hear_are_no_phones(line: Line):
    assert time_by_ear(np.zeros(0, np.float32), 24_000, line) == ()
    assert time_by_ear(np.zeros(24_000, np.float32), 24_000, Line("...", "en", ("...",), (0,))) == ()
