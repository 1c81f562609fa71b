# SPDX-License-Identifier: GPL-3.0-or-later
"""English sentences as unit vectors: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), run by torch.

Its last layers can be others, trained for one question (addon_models/meaning).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.models import model_path

SIZE = 384
_LAYERS, _HEADS, _INNER = 6, 12, 1536
_LONGEST = 128  # tokens that are read of a sentence
_BATCH = 64
# Parts of a layer of BERT as torch's encoder layer names them -> as the file does.
_PARTS = {
    "self_attn.out_proj": "attention.output.dense",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}


def embed(texts: Sequence[str], last: Path | None = None) -> np.ndarray:
    """(N, SIZE) float32, each row of length 1: the dot product of two says how alike their meanings are.

    last: file with other last layers, arrays by the names of torch's encoder (``layers.4.linear1.weight``).
    Texts of other languages than English give vectors that mean little. The same texts give the same bits on the same
    machine. Raises LikenessError ``model_missing`` or ``model_mismatch``.
    """
    vectors = np.zeros((len(texts), SIZE), np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # long ones together: short ones need no padding
    for at in range(0, len(texts), _BATCH):
        chosen = order[at : at + _BATCH]
        vectors[chosen] = _embed([texts[index] for index in chosen], last)
    return vectors


def _embed(texts: list[str], last: Path | None) -> np.ndarray:
    import torch

    tokeniser, tables, encoder = load_network(last)
    encoded = tokeniser.encode_batch(texts)
    tokens = torch.tensor([one.ids for one in encoded])
    mask = torch.tensor([one.attention_mask for one in encoded], dtype=torch.bool)
    with torch.inference_mode():
        states = encoder(look_up(tokens, tables), src_key_padding_mask=~mask)
        return average(states, mask).numpy()


def look_up(tokens: Any, tables: Mapping[str, Any]) -> Any:
    """What goes into the first layer (N, L, SIZE) for tokens (N, L)."""
    from torch.nn.functional import layer_norm

    places = tables["position_embeddings"][: tokens.shape[1]]
    summed = tables["word_embeddings"][tokens] + places + tables["token_type_embeddings"][0]
    return layer_norm(summed, (SIZE,), tables["LayerNorm.weight"], tables["LayerNorm.bias"], eps=1e-12)


def average(states: Any, mask: Any) -> Any:
    """Unit vectors (N, SIZE) of what comes out of the last layer (N, L, SIZE), where mask (N, L) is true."""
    from torch.nn.functional import normalize

    return normalize((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


@cache
def load_network(last: Path | None = None) -> tuple[Any, Mapping[str, Any], Any]:
    """Tokeniser, tables of embeddings, and the encoder; what is not in ``last`` is shared with the original."""
    if last is None:
        return _load_original()
    tokeniser, tables, encoder = _load_original()
    with np.load(last) as data:
        arrays = dict(data)
    return tokeniser, tables, _with_layers(encoder, arrays)


def _with_layers(encoder: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """A copy of an encoder whose layers that the arrays name are theirs."""
    import torch

    numbers = sorted({int(name.split(".")[1]) for name in arrays})
    layers = list(encoder.layers)
    for number in numbers:
        start = f"layers.{number}."
        layer = deepcopy(layers[number])
        layer.load_state_dict(
            {name.removeprefix(start): torch.from_numpy(array.astype(np.float32))
             for name, array in arrays.items() if name.startswith(start)}
        )  # fmt: skip
        layers[number] = layer
    made = copy(encoder)
    made._modules = dict(encoder._modules) | {"layers": torch.nn.ModuleList(layers)}
    return made.eval()


@cache
def _load_original() -> tuple[Any, Mapping[str, Any], Any]:
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(model_path("sentence_tokens")))
    tokeniser.enable_truncation(_LONGEST)
    tokeniser.enable_padding()
    weights = load_file(model_path("sentence_meaning"))
    names = [f"{kind}_embeddings" for kind in ("word", "position", "token_type")]
    tables = {name: weights[f"embeddings.{name}.weight"] for name in names}
    norm = {name: weights[f"embeddings.{name}"] for name in ("LayerNorm.weight", "LayerNorm.bias")}
    return tokeniser, tables | norm, _encoder(weights)


def _encoder(weights: Mapping[str, Any]) -> Any:
    import torch
    from torch import nn

    layer = nn.TransformerEncoderLayer(
        SIZE, _HEADS, _INNER, activation="gelu", layer_norm_eps=1e-12, batch_first=True, dropout=0.0
    )
    encoder = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False).eval()
    state = {}
    for index in range(_LAYERS):
        theirs, ours = f"encoder.layer.{index}.", f"layers.{index}."
        for end in ("weight", "bias"):
            asked = [weights[f"{theirs}attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            state[f"{ours}self_attn.in_proj_{end}"] = torch.cat(asked)
            state |= {f"{ours}{name}.{end}": weights[f"{theirs}{part}.{end}"] for name, part in _PARTS.items()}
    encoder.load_state_dict(state)
    return encoder
