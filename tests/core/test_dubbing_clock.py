# SPDX-License-Identifier: GPL-3.0-or-later
"""From an original's time to its dub's: marks at sentences, holds, and heads no faster than they can turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.dubbing.clock import Clock, Span, compare_clocks, find_spans, hold
from core.dubbing.layers import move_layer
from core.performance.limits import LIMITS, limit
from core.script import parse_script
from core.voice import speak


def test_paces_of_sentences_change_how_long_they_last(tmp_path: Path) -> None:
    script = parse_script("The birch canoe slid on the smooth planks. The boy was there when the sun rose.")
    plain, paced = (
        find_spans(speak(script, tmp_path / "a.speech", paces=paces)) for paces in (None, [1.3, 0.8])
    )
    assert paced[0].seconds < 0.93 * plain[0].seconds
    assert paced[1].seconds > 1.08 * plain[1].seconds


def test_a_clock_rises_and_keeps_its_ends() -> None:
    clock = Clock(np.array([0.0, 1.0, 3.0, 4.0]), np.array([0.0, 2.0, 2.5, 6.0]))
    held = hold(clock, [(0.0, 0.2), (0.9, 1.1), (1.15, 1.3), (2.9, 3.2), (3.9, 4.0)])
    for times in (held.old, held.new):
        assert (np.diff(times) > 0.0).all()
        assert times[0] == 0.0
    assert (held.old[-1], held.new[-1]) == (4.0, 6.0)
    assert float(held.to_new(3.05)) == pytest.approx(float(clock.to_new(3.05)), abs=1e-9)
    assert float(held.to_new(3.2) - held.to_new(2.9)) == pytest.approx(0.3)


def test_sentences_that_are_not_heard_are_no_marks() -> None:
    spans = [replace(span, end=span.start) for span in find_spans_of(("a", 1.0, 2.0), ("b", 3.0, 4.0))]
    clock = compare_clocks(spans, find_spans_of(("x", 1.0, 5.0), ("y", 6.0, 7.0)), 5.0, 10.0)
    assert float(clock.to_new(2.5)) == pytest.approx(5.0)


def find_spans_of(*rows: tuple[str, float, float]) -> list[Span]:
    return [Span(text, start, end, 1) for text, start, end in rows]


def test_heads_do_not_turn_faster_than_they_can() -> None:
    time = np.arange(241) / 60
    channels = {"headYaw": (0.5 * np.sin(2 * np.pi * 0.8 * time)).astype(np.float32)}
    clock = Clock(np.array([0.0, 4.0]), np.array([0.0, 0.8]))
    moments = np.arange(49) / 60
    moved = move_layer("head", channels, time, clock, moments)["headYaw"]
    plain = np.interp(clock.to_old(moments), time, channels["headYaw"])
    assert np.abs(np.diff(plain)).max() * 60 > LIMITS["head"][0]
    np.testing.assert_allclose(moved, limit("headYaw", plain, 60.0), atol=1e-6)
    assert np.abs(np.diff(moved)).max() < np.abs(np.diff(plain)).max()
