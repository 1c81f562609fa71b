# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences as points: the network as it came, and with other last layers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.meaning import SIZE, embed, load_classes
from core.meaning.sentences import load_network

TEXTS = ["The boat left at noon.", "At twelve the ship sailed.", "I hate this.", "", "A " + "very " * 200 + "long one."]


def test_like_sentences_are_near_and_each_is_the_same_among_others() -> None:
    vectors = embed(TEXTS)
    assert vectors.shape == (len(TEXTS), SIZE) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
    np.testing.assert_allclose(vectors, np.concatenate([embed([text]) for text in TEXTS]), atol=1e-5)
    assert embed([]).shape == (0, SIZE)


def test_other_last_layers_take_the_place_of_the_networks_and_leave_it_as_it_is(tmp_path: Path) -> None:
    before = embed(TEXTS)
    weights = load_network().weights
    last = {name: array.astype(np.float16) for name, array in weights.items() if name.startswith("layers.5.")}
    np.savez(tmp_path / "same.npz", **last)
    np.savez(tmp_path / "other.npz", **{name: value * np.float16(0.5) for name, value in last.items()})
    np.testing.assert_allclose(embed(TEXTS, tmp_path / "same.npz"), before, atol=2e-3)
    assert np.abs(embed(TEXTS, tmp_path / "other.npz") - before).max() > 0.05
    np.testing.assert_array_equal(embed(TEXTS), before)


def test_feelings_have_layers_of_their_own_and_manners_have_not() -> None:
    feelings, manners = load_classes("feelings"), load_classes("manners")
    assert feelings.last is not None and feelings.last.stat().st_size < 7.2e6
    assert manners.last is None
    assert feelings.matrix.shape == (len(feelings.names), SIZE)


def test_torch_which_trains_the_layers_says_the_same(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(repository / "addon_models" / "meaning"))
    import torch_network

    tokeniser, encoder = torch_network.load_network()
    for text, vector in zip(TEXTS, embed(TEXTS), strict=True):
        states = torch_network.look_up(tokeniser.encode(text).ids)
        with torch.no_grad():
            expected = torch_network.average(encoder(states), torch.ones(states.shape[:2]))[0].numpy()
        np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_understanding_imports_no_torch(repository: Path) -> None:
    code = "import sys; from core.meaning import embed; embed(['Hello.']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository).returncode == 0
