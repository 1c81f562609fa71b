# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech layer: what lips and jaw do at each sound."""

from __future__ import annotations

import numpy as np
import pytest
from performed import lip_gap, require_stillness, value_at

from core.performance import Performance, perform
from core.speech import Phone, Speech, Word
from core.speech.phones import CLOSED_PHONES, VOWEL_VISEMES, viseme_of

LEAKS = [c + side for c in ("mouthUpperUp", "mouthLowerDown", "mouthStretch") for side in ("Left", "Right")]
LEAKS.append("mouthFunnel")


def _spell(phones: str, length: float = 0.09) -> Speech:
    """A speech of evenly long phones between half a second of silence, with a hum as its sound."""
    edges = 0.5 + length * np.arange(len(phones.split()) + 1)
    spoken = [
        Phone(float(a), float(b), phone, viseme_of(phone), 0, 2 if viseme_of(phone) in VOWEL_VISEMES else 0)
        for a, b, phone in zip(edges, edges[1:], phones.split(), strict=False)
    ]
    end = float(edges[-1])
    silence = (Phone(0.0, 0.5, "", "viseme_sil", -1), Phone(end, end + 0.5, "", "viseme_sil", -1))
    wave = np.zeros(round((end + 0.5) * 24_000), np.float32)
    wave[12_000:-12_000] = 0.1
    return Speech("x", "en", "hum", 24_000, wave, (silence[0], *spoken, silence[1]), (Word(0.5, end, "x"),))


def _middle(phone: Phone) -> float:
    return (phone.start + phone.end) / 2


def test_lips_close_on_every_p_b_m(performances: list[Performance]):
    count = 0
    for performance in performances:
        gap = lip_gap(performance)
        for phone in performance.phones:
            if phone.phone in CLOSED_PHONES:
                count += 1
                moment = phone.start + 0.4 * (phone.end - phone.start)
                assert value_at(performance, gap, moment) < 0.005, (phone, performance.words[phone.word])
                for channel in LEAKS:
                    assert value_at(performance, performance.total(channel), moment) < 0.01, (channel, phone)
    assert count > 30


def test_lips_stay_closed_for_at_least_forty_milliseconds(performances: list[Performance]):
    for performance in performances:
        shut = lip_gap(performance) < 0.01
        for phone in performance.phones:
            if phone.phone in CLOSED_PHONES:
                near = (performance.time > phone.start - 0.05) & (performance.time < phone.end + 0.05)
                assert (shut & near).sum() / performance.rate >= 0.040, phone


@pytest.mark.parametrize("rate", [24, 25, 30])
def test_a_clip_shows_every_closure_in_some_frame(rate: int, performances: list[Performance]):
    for performance in performances:
        gap = lip_gap(performance)
        frames = np.arange(int(performance.duration * rate)) / rate
        shown = np.interp(frames, performance.time, gap)
        for phone in performance.phones:
            if phone.phone in CLOSED_PHONES:
                near = (frames > phone.start - 0.05) & (frames < phone.end + 0.05)
                assert shown[near].min() < 0.01, phone


def test_lips_touch_the_teeth_on_f_and_v():
    for phone in ("f", "v"):
        performance = perform(_spell(f"ɑ {phone} ɑ"))
        moment = _middle(performance.phones[2])
        assert value_at(performance, performance.total("mouthRollLower"), moment) > 0.4
        assert value_at(performance, performance.total("mouthLowerDownLeft"), moment) < 0.01
        assert 0.01 < value_at(performance, lip_gap(performance), moment) < 0.06


def test_open_vowels_open_more_than_consonants():
    gaps = {}
    for phone in "ɑæitsnkp":
        performance = perform(_spell(f"ə {phone} ə"))
        gaps[phone] = value_at(performance, lip_gap(performance), _middle(performance.phones[2]))
    assert min(gaps["ɑ"], gaps["æ"]) > 1.3 * max(gaps[phone] for phone in "itsnk")
    assert min(gaps[phone] for phone in "itnk") > gaps["s"] > gaps["p"]


def test_open_vowels_open_wide_in_running_speech(performances: list[Performance]):
    for performance in performances:
        gap = lip_gap(performance)
        vowels = [value_at(performance, gap, _middle(p)) for p in performance.phones if p.phone in ("a", "ɑ", "æ")]
        others = [
            value_at(performance, gap, _middle(p))
            for p in performance.phones
            if p.phone and p.viseme not in VOWEL_VISEMES
        ]
        assert np.mean(vowels) > 1.8 * np.mean(others)


def test_rounded_vowels_round_and_spread_vowels_spread():
    rounded, spread = (perform(_spell(f"t {vowel} t", 0.15)) for vowel in ("u", "i"))
    moment = _middle(rounded.phones[2])
    assert value_at(rounded, rounded.total("mouthPucker"), moment) > 0.35
    assert value_at(spread, spread.total("mouthPucker"), moment) < 0.02
    assert value_at(spread, spread.total("mouthSmileLeft"), moment) > 0.12


def test_rounding_begins_before_its_vowel():
    """In "s t u" the lips are on their way 120 ms before the vowel, over both consonants."""
    performance = perform(_spell("i s t u", 0.12))
    pucker = performance.total("mouthPucker")
    start = performance.phones[4].start
    assert value_at(performance, pucker, start - 0.12) > 0.03
    assert value_at(performance, pucker, start) > 0.2


def test_rounding_goes_on_through_a_closure():
    performance = perform(_spell("u b u", 0.1))
    pucker = performance.total("mouthPucker")
    assert value_at(performance, pucker, _middle(performance.phones[2])) > 0.25


def test_short_phones_fall_short_of_their_targets():
    slow, fast = (perform(_spell("t ɑ t", length)) for length in (0.16, 0.05))
    assert lip_gap(slow).max() > 1.2 * lip_gap(fast).max()


def test_stressed_and_louder_vowels_open_more():
    speech = _spell("t ɑ t ə t ɑ t", 0.12)
    unstressed = tuple(Phone(p.start, p.end, p.phone, p.viseme, p.word, 0) for p in speech.phones)
    assert lip_gap(perform(speech)).max() > 1.1 * lip_gap(perform(_with(speech, phones=unstressed))).max()
    loud = speech.wave.copy()
    second = speech.phones[6]
    loud[round(second.start * 24_000) : round(second.end * 24_000)] *= 3.0
    performance = perform(_with(speech, wave=loud))
    first, second = (value_at(performance, lip_gap(performance), _middle(performance.phones[i])) for i in (2, 6))
    assert second > 1.05 * first


def _with(speech: Speech, **changes: object) -> Speech:
    fields = {name: getattr(speech, name) for name in ("text", "language", "voice", "rate", "wave", "phones")}
    return Speech(**{**fields, **changes}, words=speech.words)  # type: ignore[arg-type]


def test_the_mouth_is_shut_and_still_in_silence(performances: list[Performance]):
    checked = 0
    for performance in performances:
        checked += require_stillness(performance)
    assert checked > 10


def test_nothing_but_the_speech_layer_moves_the_mouth_while_it_speaks(performances: list[Performance]):
    """Dimples apart: the micro layer presses lips in pauses only."""
    for performance in performances:
        spoken = np.zeros(len(performance.time), bool)
        for phone in performance.phones:
            if phone.phone:
                spoken |= (performance.time >= phone.start) & (performance.time <= phone.end)
        for layer, channels in performance.layers.items():
            for channel, curve in channels.items():
                if layer != "speech" and channel.startswith(("mouth", "jaw", "tongue")):
                    assert curve[spoken].max() <= (0.1 if channel.startswith("mouthDimple") else 0.02), (layer, channel)


def test_the_tongue_shows_on_th_and_on_nothing_else():
    performance = perform(_spell("i θ ɑ ð i t f ɑ p u", 0.1))
    out, jaw = performance.total("tongueOut"), performance.total("jawOpen")
    for phone in performance.phones:
        shown = value_at(performance, out, _middle(phone))
        assert (shown > 0.15 and value_at(performance, jaw, _middle(phone)) > 0.1) == (phone.phone in ("θ", "ð")), phone
    closed = [phone for phone in performance.phones if phone.phone in ("f", "p")]
    assert all(value_at(performance, out, _middle(phone)) == 0.0 for phone in closed)


def test_w_and_r_are_rounded_and_narrow():
    for phone, rounded in (("w", 0.7), ("u", 0.55), ("ɹ", 0.35)):
        performance = perform(_spell(f"ɑ {phone} ɑ", 0.12))
        moment = _middle(performance.phones[2])
        assert value_at(performance, performance.total("mouthPucker"), moment) > rounded, phone
        assert value_at(performance, lip_gap(performance), moment) < 0.13, phone
