# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences' network in torch, which is what trains it; `core.meaning` runs it without torch."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from core.meaning import sentences
from core.meaning.encoder import EPSILON
from core.meaning.sentences import HEADS, LAYERS, SIZE

_INNER = 1536


def average(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Unit vectors (N, SIZE) of what comes out of the last layer (N, L, SIZE), where mask (N, L) is true."""
    return normalize((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


@cache
def load_network() -> tuple[Any, nn.TransformerEncoder]:
    """Tokeniser and encoder."""
    network = sentences.load_network()
    layer = nn.TransformerEncoderLayer(
        SIZE, HEADS, _INNER, activation="gelu", layer_norm_eps=EPSILON, batch_first=True, dropout=0.0
    )
    encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False).eval()
    encoder.load_state_dict({name: torch.tensor(array) for name, array in network.weights.items()})
    return network.tokeniser, encoder


def look_up(tokens: list[int]) -> torch.Tensor:
    """(1, L, SIZE) that goes into the first layer."""
    return torch.from_numpy(sentences.look_up(np.array([tokens]), sentences.load_network().tables))
