# SPDX-License-Identifier: GPL-3.0-or-later
"""English sentences as unit vectors: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019).

Its last layers can be others, trained for one question (addon_models/meaning).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.meaning.encoder import encode, normalise
from core.models import model_path

SIZE = 384
LAYERS, HEADS = 6, 12
_LONGEST = 128  # tokens that are read of a sentence
_BATCH = 16
# Parts of a layer of BERT as torch's encoder layer names them -> as the file does.
_PARTS = {
    "self_attn.out_proj": "attention.output.dense",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}


@dataclass(frozen=True)
class Network:
    """tokeniser: of the package tokenizers. tables: embeddings and their norm. weights: the layers', float32, by the
    names of torch's TransformerEncoder.
    """

    tokeniser: Any
    tables: Mapping[str, np.ndarray]
    weights: Mapping[str, np.ndarray]


def embed(texts: Sequence[str], last: Path | None = None) -> np.ndarray:
    """(N, SIZE) float32, each row of length 1: the dot product of two says how alike their meanings are.

    last: file with other last layers, arrays by the names of torch's encoder (``layers.4.linear1.weight``).
    Texts of other languages than English give vectors that mean little. The same texts give the same bits on the same
    machine. Raises LikenessError ``model_missing`` or ``model_mismatch``.
    """
    vectors = np.zeros((len(texts), SIZE), np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # long ones together: short ones need no padding
    with threadpool_limits(1):  # so small products gain nothing by two threads, and lose much where others work too
        for at in range(0, len(texts), _BATCH):
            chosen = order[at : at + _BATCH]
            vectors[chosen] = _embed([texts[index] for index in chosen], load_network(last))
    return vectors


def _embed(texts: list[str], network: Network) -> np.ndarray:
    encoded = network.tokeniser.encode_batch(texts)
    mask = np.array([one.attention_mask for one in encoded], bool)
    states = encode(look_up(np.array([one.ids for one in encoded]), network.tables), mask, network.weights, HEADS)
    summed = (states * mask[..., None]).sum(axis=1)
    return summed / np.linalg.norm(summed, axis=1, keepdims=True)


def look_up(tokens: np.ndarray, tables: Mapping[str, np.ndarray]) -> np.ndarray:
    """What goes into the first layer (N, L, SIZE) for tokens (N, L)."""
    places = tables["position_embeddings"][: tokens.shape[1]]
    summed = tables["word_embeddings"][tokens] + places + tables["token_type_embeddings"][0]
    return normalise(summed, tables["LayerNorm.weight"], tables["LayerNorm.bias"])


@cache
def load_network(last: Path | None = None) -> Network:
    """The network; what is not in ``last`` is shared with the original."""
    if last is None:
        return _load_original()
    original = _load_original()
    with np.load(last) as data:
        others = {name: array.astype(np.float32) for name, array in data.items()}
    return replace(original, weights={**original.weights, **others})


@cache
def _load_original() -> Network:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(model_path("sentence_tokens")))
    tokeniser.enable_truncation(_LONGEST)
    tokeniser.enable_padding()
    arrays = load_file(model_path("sentence_meaning"))
    names = [f"{kind}_embeddings" for kind in ("word", "position", "token_type")]
    tables = {name: arrays[f"embeddings.{name}.weight"] for name in names}
    norm = {name: arrays[f"embeddings.{name}"] for name in ("LayerNorm.weight", "LayerNorm.bias")}
    return Network(tokeniser, tables | norm, _name_layers(arrays))


def _name_layers(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    named = {}
    for index in range(LAYERS):
        theirs, ours = f"encoder.layer.{index}.", f"layers.{index}."
        for end in ("weight", "bias"):
            asked = [arrays[f"{theirs}attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            named[f"{ours}self_attn.in_proj_{end}"] = np.concatenate(asked)
            named |= {f"{ours}{name}.{end}": arrays[f"{theirs}{part}.{end}"] for name, part in _PARTS.items()}
    return named
