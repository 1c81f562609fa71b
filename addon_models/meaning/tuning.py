# SPDX-License-Identifier: GPL-3.0-or-later
"""The last layers of the sentences' network and a linear layer on them, trained together for one question.

The layers below stay as they are and are run once a text, so that an epoch of 2,600 texts takes about half a minute of
one core. One thread and one seed: the same texts give the same weights within rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch_network import average, load_network, look_up

from core.meaning.sentences import SIZE

FIRST = 4  # layer that is trained, with all behind it
EPOCHS, BATCH = 5, 32
RATE, HEAD_RATE, WARM_UP, DECAY, DROPOUT = 1e-4, 2e-3, 0.1, 0.01, 0.1
_NEAR = 16  # batches among whose texts those of like length are put together


@dataclass(frozen=True)
class Tuned:
    """layers: float16 arrays as `core.meaning.embed` reads them. matrix (N, SIZE), bias (N,): on their vectors."""

    layers: dict[str, np.ndarray]
    matrix: np.ndarray
    bias: np.ndarray


def tune(texts: Sequence[str], labels: np.ndarray, penalty: float) -> Tuned:
    """Train on texts with labels (N,) from 0 up, each label counting the same; penalty: of where the head begins."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    states = _below(texts)
    layers = _trainable()
    start = LogisticRegression(C=penalty, max_iter=2000, class_weight="balanced").fit(_vectors(layers, states), labels)
    head = nn.Linear(SIZE, len(start.classes_))
    head.weight.data, head.bias.data = (torch.tensor(part).float() for part in (start.coef_, start.intercept_))
    _train(layers, head, states, torch.tensor(labels))
    arrays = {
        f"layers.{FIRST + number}.{name}": value.numpy().astype(np.float16)
        for number, layer in enumerate(layers)
        for name, value in layer.state_dict().items()
    }
    return Tuned(arrays, head.weight.detach().numpy(), head.bias.detach().numpy())


def _train(layers: nn.ModuleList, head: nn.Linear, states: Sequence[torch.Tensor], labels: torch.Tensor) -> None:
    """In place."""
    shares = len(labels) / torch.bincount(labels).float() / head.out_features
    groups = [{"params": layers.parameters(), "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    draw = np.random.default_rng(0)
    total = EPOCHS * len(_batches(states, draw))

    def pace(step: int) -> float:
        return min((step + 1) / (WARM_UP * total), (total - step) / ((1 - WARM_UP) * total))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, pace)
    layers.train()
    for _ in range(EPOCHS):
        for batch in _batches(states, draw):
            said = head(_above(layers, [states[index] for index in batch]))
            loss = nn.functional.cross_entropy(said, labels[batch], weight=shares)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
            optimiser.step()
            schedule.step()


def _batches(states: Sequence[torch.Tensor], draw: np.random.Generator) -> list[list[int]]:
    """Indices in batches of texts of like length, all in a random order."""
    order = draw.permutation(len(states)).tolist()
    near = [
        sorted(order[at : at + _NEAR * BATCH], key=lambda index: len(states[index]))
        for at in range(0, len(order), _NEAR * BATCH)
    ]
    batches = [part[at : at + BATCH] for part in near for at in range(0, len(part), BATCH)]
    return [batches[index] for index in draw.permutation(len(batches))]


def _trainable() -> nn.ModuleList:
    layers = nn.ModuleList(deepcopy(layer) for layer in load_network()[1].layers[FIRST:])
    for part in layers.modules():
        if isinstance(part, nn.Dropout):
            part.p = DROPOUT
        elif isinstance(part, nn.MultiheadAttention):
            part.dropout = DROPOUT
    return layers.requires_grad_(True)


def _below(texts: Sequence[str]) -> list[torch.Tensor]:
    """(L, SIZE) of each text: what goes into the layers that are trained."""
    tokeniser, encoder = load_network()
    states: list[Any] = []
    with torch.no_grad():
        for text in texts:
            state = look_up(tokeniser.encode(text).ids)
            for layer in encoder.layers[:FIRST]:
                state = layer(state)
            states.append(state[0])
    return states


def _above(layers: nn.ModuleList, states: Sequence[torch.Tensor]) -> torch.Tensor:
    """(N, SIZE) unit vectors."""
    padded = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    mask = torch.arange(padded.shape[1]) < torch.tensor([[len(state)] for state in states])
    for layer in layers:
        padded = layer(padded, src_key_padding_mask=~mask)
    return average(padded, mask)


def _vectors(layers: nn.ModuleList, states: Sequence[torch.Tensor]) -> np.ndarray:
    layers.eval()
    with torch.no_grad():
        return np.concatenate([_above(layers, states[at : at + BATCH]).numpy() for at in range(0, len(states), BATCH)])
