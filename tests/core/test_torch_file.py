# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights that torch saved are read without torch, and nothing in the file is run."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from core.models import missing_bytes, model_path
from core.voice import identity
from core.voice.torch_file import read_torch_file


def test_tensors_come_as_torch_reads_them(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    whole = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    content = {"model_state": OrderedDict(a=whole, b=whole.T[1:], c=torch.tensor([7])), "step": 3}
    torch.save(content, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    read = read_torch_file(tmp_path / "old.pt")
    assert read["step"] == 3
    for name, tensor in content["model_state"].items():
        np.testing.assert_array_equal(read["model_state"][name], tensor.numpy())


def test_a_file_that_wants_to_run_something_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self):
            return os.system, ("touch harmed",)

    with (tmp_path / "evil.pt").open("wb") as file:
        for content in (1, 2, {}, Evil()):
            pickle.dump(content, file)
    with pytest.raises(pickle.UnpicklingError, match="no place"):
        read_torch_file(tmp_path / "evil.pt")


@pytest.mark.skipif(missing_bytes((identity.MODEL,)) > 0, reason="optional models are not here")
def test_numpy_hears_the_voices_that_torch_hears() -> None:
    torch = pytest.importorskip("torch")
    bands = np.random.default_rng(0).exponential(1.0, (3, 50, 40)).astype(np.float32)
    stored = torch.load(model_path(identity.MODEL), map_location="cpu", weights_only=True)["model_state"]
    lstm, linear = torch.nn.LSTM(40, 256, num_layers=3, batch_first=True), torch.nn.Linear(256, 256)
    for name, layer in (("lstm", lstm), ("linear", linear)):
        own = {key[len(name) + 1 :]: part for key, part in stored.items() if key.startswith(f"{name}.")}
        layer.load_state_dict(own)
    with torch.no_grad():
        heard = torch.relu(linear(lstm(torch.from_numpy(bands))[1][0][-1]))
        expected = torch.nn.functional.normalize(heard, dim=1).numpy()
    np.testing.assert_allclose(identity._hear(bands, identity._load()), expected, atol=1e-5)
