# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure phones are is what the network hears of them, whoever placed them."""

from __future__ import annotations

from made_hearing import hearing

from core.speech import Phone
from core.speech.confidence import with_confidence
from core.speech.phones import viseme_of

SAID = (("", 0.3), ("m", 0.1), ("a", 0.2), ("t", 0.1), ("", 0.4))


def _phones(names: str) -> list[Phone]:
    """Phones at the times of SAID, ``_`` for silence."""
    at, phones = 0.0, []
    for name, (_, seconds) in zip(names, SAID, strict=True):
        ipa = name.strip("_")
        phones.append(Phone(at, at + seconds, ipa, viseme_of(ipa), -1))
        at += seconds
    return phones


def test_what_is_heard_is_sure_and_what_is_not_is_a_guess() -> None:
    right = with_confidence(_phones("_mat_"), hearing(SAID))
    assert all(phone.confidence > 0.8 for phone in right)
    wrong = with_confidence(_phones("_fup_"), hearing(SAID))
    assert all(phone.confidence < 0.5 for phone in wrong if phone.phone)


def test_sounds_that_look_alike_are_as_sure() -> None:
    for right, alike in zip(
        with_confidence(_phones("_mat_"), hearing(SAID)), with_confidence(_phones("_bɛk_"), hearing(SAID)), strict=True
    ):
        assert abs(right.confidence - alike.confidence) < 0.05


def test_a_phone_at_the_very_end_is_judged_too() -> None:
    late = [Phone(1.095, 1.1, "t", viseme_of("t"), -1)]
    assert 0.0 <= with_confidence(late, hearing(SAID))[0].confidence <= 1.0
