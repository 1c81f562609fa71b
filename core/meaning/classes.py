# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sentence is likely to mean, of a table of meanings: linear layers on `embed`.

Weights, examples, training and figures: addon_models/meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.meaning.sentences import embed

FOLDER = Path(__file__).resolve().parents[2] / "addon_models" / "meaning"
LAST = {"feelings": FOLDER / "feelings_layers.npz"}  # of the network, where they are trained along


@dataclass(frozen=True)
class Classes:
    """names: what there is. matrix: (N, 384), bias: (N,), of a multinomial logistic regression.

    last: file with the network's last layers, see `embed`.
    """

    names: tuple[str, ...]
    matrix: np.ndarray
    bias: np.ndarray
    last: Path | None = None

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """(T, N) for as many English texts. Raises LikenessError as `embed` does."""
        return embed(texts, self.last).astype(np.float64) @ self.matrix.T + self.bias


@cache
def load_classes(name: str) -> Classes:
    """``feelings`` or ``manners``."""
    with np.load(FOLDER / f"{name}.npz") as data:
        matrix, bias = (data[part].astype(np.float64) for part in ("matrix", "bias"))
        return Classes(tuple(data["names"].tolist()), matrix, bias, LAST.get(name))


def odds(logits: np.ndarray) -> np.ndarray:
    """(T, N) probabilities, each row adding up to 1."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
