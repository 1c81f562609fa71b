# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a training: how losses and scores went, and which classes are taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from core.speech.inventory import CLASSES

matplotlib.use("Agg")
from matplotlib import pyplot

LOSSES = ("classes", "phones", "lips", "blendshapes", "correlation")
_WIDTH = 7.0  # inches of a panel


def draw_curves(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Losses on the training's own examples, and the scores of held-out voices, over the steps."""
    steps = [entry["step"] for entry in history]
    scores = [name for name in history[-1] if name not in ("step", "minutes", *LOSSES)]
    recalls = [name for name in scores if name.endswith("_balanced")]
    panels = (
        ("loss, of spoilt examples", LOSSES),
        ("recall of the classes, balanced", recalls),
        ("frames with the right phone, and r of GRID's lip opening", [n for n in scores if n not in recalls]),
    )
    figure, axes = pyplot.subplots(1, len(panels), figsize=(_WIDTH * len(panels), 5.0), layout="constrained")
    for part, (title, names) in zip(axes, panels, strict=True):
        for name in names:
            part.plot(steps, [entry.get(name, np.nan) for entry in history], label=name.removesuffix("_balanced"))
        part.set(title=title, xlabel="step")
        part.grid(alpha=0.3)
        part.legend()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def draw_confusion(tables: Mapping[str, np.ndarray], path: Path) -> None:
    """tables: of each source (11, 11) frames, rows the class that is said, columns the one that is heard."""
    figure, axes = pyplot.subplots(
        1, len(tables), figsize=(_WIDTH * len(tables), _WIDTH), layout="constrained", squeeze=False
    )
    for part, (name, table) in zip(axes[0], tables.items(), strict=True):
        share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
        part.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
        for (row, column), value in np.ndenumerate(share):
            if value >= 0.01:
                colour = "white" if value > 0.6 else "black"
                part.text(column, row, f"{100 * value:.0f}", ha="center", va="center", color=colour, fontsize=8)
        part.set_xticks(range(len(CLASSES)), CLASSES, rotation=60, ha="right")
        part.set_yticks(range(len(CLASSES)), CLASSES)
        part.set(title=f"{name}: percent of the frames", xlabel="heard", ylabel="said")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
