# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of BERT in plain numpy, so that understanding needs no torch: a few sentences are milliseconds of work."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import erf

EPSILON = 1e-12  # of BERT's layer norms


def encode(states: np.ndarray, mask: np.ndarray, weights: Mapping[str, np.ndarray], heads: int) -> np.ndarray:
    """(N, L, S) float32 that comes out of all layers for what goes into the first one; mask (N, L): what is text.

    weights: by the names of torch's TransformerEncoder (``layers.0.self_attn.in_proj_weight``).
    """
    count = 1 + max(int(name.split(".")[1]) for name in weights)
    hidden = np.where(mask, 0.0, -np.inf).astype(np.float32)[:, None, None, :]
    for number in range(count):
        start = f"layers.{number}."
        layer = {name.removeprefix(start): array for name, array in weights.items() if name.startswith(start)}
        states = normalise(states + _attend(states, hidden, layer, heads), layer["norm1.weight"], layer["norm1.bias"])
        inner = _gelu(_linear(states, layer, "linear1."))
        states = normalise(states + _linear(inner, layer, "linear2."), layer["norm2.weight"], layer["norm2.bias"])
    return states


def normalise(states: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Layer norm over the last axis."""
    centred = states - states.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(EPSILON)) * weight + bias


def _attend(states: np.ndarray, hidden: np.ndarray, layer: Mapping[str, np.ndarray], heads: int) -> np.ndarray:
    texts, length, size = states.shape
    asked = _linear(states, layer, "self_attn.in_proj_").reshape(texts, length, 3, heads, size // heads)
    query, key, value = np.moveaxis(asked, 2, 0).swapaxes(2, 3)  # each (N, heads, L, S / heads)
    scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(size // heads)) + hidden
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return _linear((shares @ value).swapaxes(1, 2).reshape(states.shape), layer, "self_attn.out_proj.")


def _linear(states: np.ndarray, layer: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return states @ layer[f"{name}weight"].T + layer[f"{name}bias"]


def _gelu(states: np.ndarray) -> np.ndarray:
    return states * (erf(states * np.float32(np.sqrt(0.5))) + 1) / 2
