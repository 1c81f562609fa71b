# SPDX-License-Identifier: GPL-3.0-or-later
"""Rough times of phones moved to where they are heard."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from made_hearing import hearing

from core.speech import Phone, refine
from core.speech.inventory import nearest
from core.speech.phones import viseme_of
from core.speech.refine import REACH, move_edges


def timeline(text: str, pace: float = 0.09) -> list[Phone]:
    phones: list[Phone] = []
    at = 0.0
    for ipa in text.split():
        ipa = "" if ipa == "_" else ipa
        end = at + (pace if ipa else 0.4)
        phones.append(Phone(at, end, ipa, viseme_of(ipa), -1))
        at = end
    return phones


def shaken(phones: list[Phone], seconds: float) -> list[Phone]:
    draw = np.random.default_rng(5)
    edges = [phone.start for phone in phones[1:]] + draw.uniform(-seconds, seconds, len(phones) - 1)
    edges = [0.0, *edges.tolist(), phones[-1].end]
    return [replace(phone, start=a, end=b) for phone, a, b in zip(phones, edges[:-1], edges[1:], strict=True)]


@pytest.fixture
def true() -> list[Phone]:
    return timeline(" ".join(["_ m æ p ʃ i _ f a b u t ɔ _ l ɛ d k o s"] * 12) + " _")


def hear_as(monkeypatch: pytest.MonkeyPatch, phones: list[Phone]) -> np.ndarray:
    """The network hears exactly these phones; the wave that it is given."""
    heard = hearing([(phone.phone, phone.end - phone.start) for phone in phones], doubt=0.3)
    monkeypatch.setattr(refine, "hear", lambda wave, progress: heard)
    return np.zeros(round(phones[-1].end * 16_000), np.float32)


def test_shaken_boundaries_come_back(true: list[Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    wave = hear_as(monkeypatch, true)
    found = refine.refine(shaken(true, 0.035), wave, 16_000)
    assert [phone.phone for phone in found] == [phone.phone for phone in true]
    late = np.array([a.start - b.start for a, b in zip(found, true, strict=True)])
    assert np.abs(late).max() <= 0.011
    assert all(a.end == b.start for a, b in pairwise(found))


def test_no_boundary_moves_farther_than_the_reach(true: list[Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    wave = hear_as(monkeypatch, true)
    late = [replace(phone, start=phone.start + 0.2 * (n > 0), end=phone.end + 0.2) for n, phone in enumerate(true)]
    found = refine.refine(late, np.concatenate([wave, np.zeros(3200, np.float32)]), 16_000)
    moved = np.array([a.start - b.start for a, b in zip(found, late, strict=True)])
    assert np.abs(moved).max() <= REACH + 0.011


def test_what_does_not_fit_stays() -> None:
    heard = hearing([("a", 0.05)])
    units = np.array([nearest(ipa)[0] for ipa in ("a", "b", "a", "b", "a", "b", "a")])
    assert move_edges(heard.phones, np.linspace(0, 0.05, 7), units, 0.04) is None


def test_one_phone_has_no_boundary() -> None:
    alone = (Phone(0.0, 1.0, "", "viseme_sil", -1),)
    assert refine.refine(alone, np.zeros(16_000, np.float32), 16_000) == alone
