# SPDX-License-Identifier: GPL-3.0-or-later
"""Train what sentences and directions are understood with: ``python addon_models/meaning/train.py``.

Multinomial logistic regressions on core/meaning's vectors: ``feelings`` (categories of core/emotion, from feelings.toml
and passages.toml) and ``manners`` (styles and gestures of core/direction and "nothing", from their tables and
wordings.toml). Prints how well each does on fifths of the examples that it has not seen, and writes NAME.npz beside it
all. For feelings the network's last layers are then trained along (tuning.py) and written as feelings_layers.npz;
``train.py --unseen`` measures that too, on a fifth that it has not seen.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tuning import tune  # noqa: E402

from core.direction.tables import GESTURES, NOTHING, STYLES  # noqa: E402
from core.emotion.categories import CATEGORIES  # noqa: E402
from core.meaning import embed  # noqa: E402

SOFTENED = 0.65  # of the logits that are trained along with layers: they are surer than they are right
STRENGTHS = {"feelings": 4.0, "manners": 10.0}  # inverse of the penalty on large weights


def main() -> None:
    """Train both."""
    for name, examples in (("feelings", feelings()), ("manners", manners())):
        train(name, examples)
    texts, labels = flat(feelings())
    if "--unseen" in sys.argv:
        measure_tuned(texts, labels)
    tuned = tune(texts, labels, STRENGTHS["feelings"])
    np.savez(HERE / "feelings_layers.npz", **tuned.layers)
    save("feelings", tuple(feelings()), SOFTENED * tuned.matrix, SOFTENED * tuned.bias)


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
    texts, labels = flat(examples)
    vectors = embed(texts)
    model = LogisticRegression(C=STRENGTHS[name], max_iter=2000, class_weight="balanced")
    unseen = cross_val_predict(model, vectors, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    right = {key: float(np.mean(unseen[labels == index] == index)) for index, key in enumerate(names)}
    print(f"{name}: {len(texts)} examples, {np.mean(unseen == labels):.2f} right of those not seen; {right}")
    model.fit(vectors, labels)
    save(name, names, model.coef_, model.intercept_)


def measure_tuned(texts: Sequence[str], labels: np.ndarray) -> None:
    """Tell how well it does on the first of five fifths, after training on the others."""
    seen, unseen = next(StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels))
    tuned = tune([texts[index] for index in seen], labels[seen], STRENGTHS["feelings"])
    with tempfile.TemporaryDirectory() as name:
        np.savez(Path(name, "layers.npz"), **tuned.layers)
        vectors = embed([texts[index] for index in unseen], Path(name, "layers.npz"))
    right = (vectors @ tuned.matrix.T + tuned.bias).argmax(axis=1) == labels[unseen]
    print(f"feelings with layers trained along: {np.mean(right):.2f} right of {len(right)} not seen")


def flat(examples: Mapping[str, Sequence[str]]) -> tuple[list[str], np.ndarray]:
    """All texts, and the number of the name that each belongs to."""
    texts = [text for group in examples.values() for text in group]
    return texts, np.array([index for index, group in enumerate(examples.values()) for _ in group])


def save(name: str, names: Sequence[str], matrix: np.ndarray, bias: np.ndarray) -> None:
    kept = {"matrix": matrix.astype(np.float32), "bias": bias.astype(np.float32)}
    np.savez(HERE / f"{name}.npz", names=np.array(names), **kept)


if __name__ == "__main__":
    main()
