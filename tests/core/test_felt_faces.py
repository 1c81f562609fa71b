# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face shows of a feeling: whose rest pose smiles does not smile through sombre words."""

from __future__ import annotations

import numpy as np
import pytest

from core.channels import ARKIT_CHANNELS, FACE_CHANNELS, ROTATION_CHANNELS
from core.emotion import CATEGORIES, Feeling
from core.performance import Performance, perform
from core.speech import Speech


def _felt(speech: Speech, category: str, strength: float = 0.8) -> Performance:
    kind = CATEGORIES[category]
    feeling = Feeling(0.0, speech.duration, category, strength, kind.valence, kind.arousal, 1.0, speech.text)
    return perform(speech, feelings=(feeling,))


@pytest.mark.parametrize("category", ["sadness", "anger", "fear", "disgust"])
def test_a_dark_feeling_takes_the_habitual_smile_back(category: str, speeches: list[Speech]) -> None:
    take = _felt(speeches[0], category)
    sober = take.layers["expression"]["neutral"]
    assert sober.max() > 0.9 and sober.min() >= 0.0 and sober.max() <= 1.0
    assert sober[0] == sober[-1] == 0.0
    assert np.abs(np.diff(sober)).max() * take.rate < 3.0
    assert {channel for layer in take.layers.values() for channel in layer} <= {*FACE_CHANNELS, *ROTATION_CHANNELS}


@pytest.mark.parametrize("category", ["joy", "enthusiasm", "warmth", "neutral"])
def test_a_bright_feeling_or_none_leaves_it(category: str, speeches: list[Speech]) -> None:
    assert "neutral" not in _felt(speeches[0], category).layers["expression"]


def test_a_slight_feeling_takes_some_of_it(speeches: list[Speech]) -> None:
    whole, slight = (_felt(speeches[0], "sadness", strength).total("neutral") for strength in (0.9, 0.08))
    assert 0.1 < slight.max() < 0.6 < whole.max()


def test_an_angry_face_does_not_raise_its_brows_as_others_do(speeches: list[Speech]) -> None:
    angry, calm = (_felt(speeches[0], category, 1.0).total("browInnerUp") for category in ("anger", "neutral"))
    assert angry.max() < 0.5 * calm.max()


def test_the_strict_neutral_is_no_key_of_arkit() -> None:
    assert set(FACE_CHANNELS) - set(ARKIT_CHANNELS) == {"neutral"}
