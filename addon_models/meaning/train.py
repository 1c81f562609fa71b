# SPDX-License-Identifier: GPL-3.0-or-later
"""Train what sentences and directions are understood with: ``python addon_models/meaning/train.py``.

Two multinomial logistic regressions on core/meaning's vectors: ``feelings`` (categories of core/emotion, from
feelings.toml and passages.toml) and ``manners`` (styles and gestures of core/direction and "nothing", from their tables
and wordings.toml). Writes NAME.npz beside this file, and prints how well each does on fifths of the examples that it
has not seen.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from core.direction.tables import GESTURES, NOTHING, STYLES  # noqa: E402
from core.emotion.categories import CATEGORIES  # noqa: E402
from core.meaning import embed  # noqa: E402

STRENGTHS = {"feelings": 4.0, "manners": 10.0}  # inverse of the penalty on large weights


def main() -> None:
    """Train both."""
    for name, examples in (("feelings", feelings()), ("manners", manners())):
        train(name, examples)


def feelings() -> dict[str, list[str]]:
    """Category -> sentences and passages."""
    plain, passages = read("feelings"), read("passages")
    return {name: [*plain[name], *passages[name]["sentences"], *passages[name]["passages"]] for name in CATEGORIES}


def manners() -> dict[str, list[str]]:
    """Style, gesture or "nothing" -> wordings."""
    wordings = read("wordings")
    tables = {name: [name, *row.like] for table in (STYLES, GESTURES) for name, row in table.items()}
    return {name: [*tables.get(name, ()), *wordings[name]] for name in (*tables, NOTHING)}


def read(name: str) -> Mapping[str, Any]:
    with (HERE / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def train(name: str, examples: Mapping[str, Sequence[str]]) -> None:
    """Fit, write, and tell."""
    names = tuple(examples)
    texts = [text for key in names for text in examples[key]]
    labels = np.array([index for index, key in enumerate(names) for _ in examples[key]])
    vectors = embed(texts)
    model = LogisticRegression(C=STRENGTHS[name], max_iter=2000, class_weight="balanced")
    unseen = cross_val_predict(model, vectors, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    right = {key: float(np.mean(unseen[labels == index] == index)) for index, key in enumerate(names)}
    print(f"{name}: {len(texts)} examples, {np.mean(unseen == labels):.2f} right of those not seen; {right}")
    model.fit(vectors, labels)
    matrix, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    np.savez(HERE / f"{name}.npz", names=np.array(names), matrix=matrix, bias=bias)


if __name__ == "__main__":
    main()
