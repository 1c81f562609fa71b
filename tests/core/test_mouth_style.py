# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to speak: mumbled to over-clear, with the jaw or the lips, smiling; and lips that close in all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from performed import value_at

from core.avatar.contact import FaceProbe
from core.avatar.lip_gap import lip_gap
from core.avatar.store import Avatar
from core.avatar.view import posed_meshes
from core.channels import ARKIT_CHANNELS
from core.direction import STYLES, Direction
from core.errors import LikenessError
from core.jobs import JOBS
from core.performance import MouthStyle, Performance, perform
from core.performance.lips import contact_span
from core.performance.mouth_style import RANGES
from core.speech import Speech
from core.speech.phones import CLOSED_PHONES

SHUT = 0.7e-3  # metres, at the widest place across the lips; at rest they are .4e-3 apart by the same measure


def in_style(speech: Speech, **style: float) -> Performance:
    return perform(speech, layer="speech", style=MouthStyle(**style))


def gap_of(avatar: Avatar, performance: Performance) -> np.ndarray:
    return lip_gap(avatar, performance.layers["speech"])


def test_mumbling_opens_and_rounds_less_and_over_clear_speech_more(speeches: list[Speech], nasa_avatar: Avatar) -> None:
    for speech in speeches:
        mumbled, natural, clear = (in_style(speech, articulation=value) for value in (0.0, 1.0, 2.0))
        wide = [np.quantile(gap_of(nasa_avatar, one), 0.9) for one in (mumbled, natural, clear)]
        assert wide[0] < 0.75 * wide[1] and wide[1] < 0.9 * wide[2]
        rounded = [one.total("mouthPucker").max() for one in (mumbled, natural, clear)]
        assert rounded[0] < 0.9 * rounded[1] < rounded[1] < rounded[2]
        # Clear speech also parts its sounds: the mouth goes further between one and the next.
        moved = [np.abs(np.diff(gap_of(nasa_avatar, one))).sum() for one in (mumbled, natural, clear)]
        assert moved[0] < 0.7 * moved[1] and moved[1] < 0.85 * moved[2]


def test_jaw_or_lips_open_the_mouth_as_far(speeches: list[Speech], nasa_avatar: Avatar) -> None:
    for speech in speeches:
        lips, both, jaw = (in_style(speech, jaw_lips=value) for value in (-1.0, 0.0, 1.0))
        assert 2.0 * lips.total("jawOpen").mean() < both.total("jawOpen").mean() < jaw.total("jawOpen").mean()
        parted = [one.total("mouthLowerDownLeft").mean() for one in (lips, both, jaw)]
        assert parted[0] > 1.5 * parted[1] and parted[2] < 0.2 * parted[1]
        usual = gap_of(nasa_avatar, both)
        for other in (lips, jaw):
            gap = gap_of(nasa_avatar, other)
            assert np.corrcoef(gap, usual)[0, 1] > 0.95
            assert 0.7 < gap.mean() / usual.mean() < 1.2


def test_a_smile_is_there_all_the_while_and_rounds_less(speeches: list[Speech]) -> None:
    for speech in speeches:
        plain, smiling = in_style(speech), in_style(speech, smile=1.0)
        for side in ("Left", "Right"):
            assert (smiling.total(f"mouthSmile{side}") > plain.total(f"mouthSmile{side}") + 0.3).all()
        assert smiling.total("mouthPucker").max() < 0.8 * plain.total("mouthPucker").max()
        assert smiling.total("jawOpen").mean() == pytest.approx(plain.total("jawOpen").mean(), rel=0.15)


@pytest.mark.parametrize(
    ("articulation", "jaw_lips", "smile"), [*product(RANGES["articulation"], RANGES["jaw_lips"], RANGES["smile"])]
)
def test_lips_touch_on_p_b_m_in_every_style(
    speeches: list[Speech], nasa_avatar: Avatar, articulation: float, jaw_lips: float, smile: float
) -> None:
    probe = FaceProbe(nasa_avatar.meshes)
    head = [mesh.name for mesh in nasa_avatar.meshes].index("head")
    speech = speeches[1]  # "My mother probably bought a big brown puppy ..."
    performance = in_style(speech, articulation=articulation, jaw_lips=jaw_lips, smile=smile)
    closures = [phone for phone in speech.phones if phone.phone in CLOSED_PHONES]
    assert len(closures) > 8
    for phone in closures:
        moment = sum(contact_span(phone)) / 2
        channels = {name: value_at(performance, curve, moment) for name, curve in performance.layers["speech"].items()}
        posed = posed_meshes(nasa_avatar, channels)[head]
        assert probe.lip_gap(posed) < SHUT, (phone, channels)


@pytest.mark.parametrize("manner", ["angry", "sad", "cheerful", "disgusted", "skeptical", "afraid"])
def test_lips_touch_on_p_b_m_in_every_mood(speeches: list[Speech], nasa_avatar: Avatar, manner: str) -> None:
    """All layers together: what a mood, a gesture or a small movement adds does not part the lips."""
    probe = FaceProbe(nasa_avatar.meshes)
    head = [mesh.name for mesh in nasa_avatar.meshes].index("head")
    performance = perform(speeches[1], direction=Direction(moves=STYLES[manner].moves))
    names = {channel for layer in performance.layers.values() for channel in layer} & set(ARKIT_CHANNELS)
    for phone in speeches[1].phones:
        if phone.phone in CLOSED_PHONES:
            moment = sum(contact_span(phone)) / 2
            channels = {name: value_at(performance, performance.total(name), moment) for name in names}
            assert probe.lip_gap(posed_meshes(nasa_avatar, channels)[head]) < SHUT, (phone, channels)


def test_a_style_out_of_range_is_said_plainly() -> None:
    for name, value in (("articulation", 2.5), ("jaw_lips", -1.5), ("smile", float("nan"))):
        with pytest.raises(LikenessError, match=name) as caught:
            MouthStyle(**{name: value})
        assert caught.value.code == "style_out_of_range"


def test_the_style_is_kept_with_the_performance_and_its_defaults_are_those_of_the_job(speeches: list[Speech]) -> None:
    performance = in_style(speeches[0], articulation=1.5, smile=0.25)
    kept = {name: performance.settings[name] for name in ("strength", *RANGES)}
    assert kept == {"strength": 1.0, "articulation": 1.5, "jaw_lips": 0.0, "smile": 0.25}
    params = JOBS["perform"].params
    assert {name: params[name].default for name in RANGES} == vars(MouthStyle())
