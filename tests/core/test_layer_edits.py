# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers muted, scaled, limited to a range and drawn anew, and how fast a body moves at most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.channels import LAYERS
from core.errors import LikenessError
from core.performance import perform
from core.performance.curves import ease, steps
from core.performance.layer_edits import edit_layers, parse_edits, parse_seeds
from core.performance.limits import LIMITS, limit
from core.performance.performance import Performance
from core.script import parse_script
from core.speech import Speech
from core.voice import speak

RATE = 60.0


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    script = parse_script("Nothing in this house is older than the clock, and I never wind it.")
    return speak(script, tmp_path_factory.mktemp("said") / "a.speech")


@pytest.fixture(scope="module")
def performance(said: Speech) -> Performance:
    return perform(said)


def test_a_muted_layer_is_still_and_the_others_stay(performance: Performance) -> None:
    edited = edit_layers(performance, parse_edits("head, blink", "", ""))
    for layer, channels in edited.layers.items():
        for channel, curve in channels.items():
            wanted = 0.0 * curve if layer in ("head", "blink") else performance.layers[layer][channel]
            np.testing.assert_array_equal(curve, wanted)


def test_a_scaled_layer_is_so_much_larger(performance: Performance) -> None:
    edited = edit_layers(performance, parse_edits("", "head=0.5,blink=2", ""))
    np.testing.assert_allclose(edited.layers["head"]["headYaw"], 0.5 * performance.layers["head"]["headYaw"])
    assert edited.layers["blink"]["eyeBlinkLeft"].max() <= 1.0


def test_a_layer_acts_within_its_range_and_eases_into_it(performance: Performance) -> None:
    edited = edit_layers(performance, parse_edits("", "", "body=1-2.5"))
    curve, whole = (take.layers["body"]["chestYaw"] for take in (edited, performance))
    time = performance.time
    outside = (time < 0.69) | (time > 2.81)
    inside = (time > 1.0) & (time < 2.5)
    assert np.abs(whole[outside]).max() > 0.0
    assert np.abs(curve[outside]).max() == 0.0
    np.testing.assert_array_equal(curve[inside], whole[inside])
    assert np.abs(np.diff(curve)).max() < 3 * np.abs(np.diff(whole)).max() + 1e-4


def test_a_layer_with_a_seed_of_its_own_is_drawn_anew_alone(said: Speech, performance: Performance) -> None:
    other = perform(said, seeds=parse_seeds("blink=7"))
    for layer in LAYERS:
        for channel, curve in performance.layers[layer].items():
            assert np.array_equal(curve, other.layers[layer][channel]) == (layer != "blink"), (layer, channel)


@pytest.mark.parametrize(
    ("mute", "scale", "ranges", "said"),
    [
        ("hat", "", "", "hat"), ("", "head", "", "head"), ("", "head=3", "", "head=3"),
        ("", "head=nan", "", "head=nan"), ("", "", "head=2", "head=2"), ("", "", "head=3-2", "head=3-2"),
        ("", "", "hat=1-2", "hat=1-2"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(mute: str, scale: str, ranges: str, said: str) -> None:
    with pytest.raises(LikenessError) as caught:
        parse_edits(mute, scale, ranges)
    assert caught.value.code == "layers_unreadable"
    assert f"“{said}”" in caught.value.message


@pytest.mark.parametrize("text", ["head", "head=-1", "hat=3", "head=1.5"])
def test_seeds_that_cannot_be_read_are_said(text: str) -> None:
    with pytest.raises(LikenessError, match="is not a layer with a seed"):
        parse_seeds(text)


@pytest.mark.parametrize("channel", ["headYaw", "neckPitch", "chestRoll", "shoulderLeftLift"])
def test_a_jump_is_turned_into_a_movement(channel: str) -> None:
    curve = np.where(np.arange(600) < 300, 0.0, 0.15)
    limited = limit(channel, curve, RATE)
    speed, acceleration = next(pair for start, pair in LIMITS.items() if channel.startswith(start))
    assert np.abs(np.diff(limited)).max() * RATE <= speed
    assert np.abs(np.diff(limited, 2)).max() * RATE**2 <= acceleration
    np.testing.assert_allclose(limited[[0, -1]], curve[[0, -1]], atol=1e-3)


def test_what_is_slow_enough_stays_bit_for_bit() -> None:
    curve = 0.05 * np.sin(np.arange(600) / RATE)
    assert limit("headYaw", curve, RATE) is curve
    assert limit("eyeLeftYaw", np.where(np.arange(60) < 30, 0.0, 0.3), RATE).max() == 0.3


def test_steps_go_from_value_to_value() -> None:
    time = np.linspace(0.0, 5.0, 301)
    starts, ends, values = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.2, 4.9]), np.array([0.3, -0.2, 0.1])
    wanted = 0.3 * ease(time, 1.0, 1.5) - 0.5 * ease(time, 2.0, 2.2) + 0.3 * ease(time, 4.0, 4.9)
    np.testing.assert_allclose(steps(time, starts, ends, values), wanted, atol=1e-12)
    assert not steps(time, np.array([]), np.array([]), np.array([])).any()


def test_the_command_line_edits_layers(tmp_path: Path) -> None:
    from core.__main__ import main
    from core.performance import load_performance

    speech, out = tmp_path / "a.speech", tmp_path / "a.performance"
    assert main(["silence", "--out", str(speech), "--seconds", "4"]) == 0
    assert main(["perform", str(speech), "--out", str(out), "--mute", "head", "--ranges", "blink=0-1"]) == 0
    made = load_performance(out)
    assert not np.any(made.layers["head"]["headPitch"])
    assert not np.any(made.layers["blink"]["eyeBlinkLeft"][made.time > 1.31])
    assert main(["perform", str(speech), "--out", str(out), "--scale", "hat=1"]) == 2
    assert load_performance(out).seed == made.seed
