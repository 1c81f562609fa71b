# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance's curves in one picture: feelings, head, gaze, lids, brows, mouth, body."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

from core.performance import Performance

matplotlib.use("Agg")
from matplotlib import pyplot

# Title, curves by name with the channels that they are the sum of, and whether these are rotations.
_PANELS: tuple[tuple[str, dict[str, tuple[str, ...]], bool], ...] = (
    ("head (degrees)", {axis: (f"head{axis}", f"neck{axis}") for axis in ("Pitch", "Yaw", "Roll")}, True),
    ("gaze (degrees)", {axis: (f"eyeLeft{axis}", f"head{axis}", f"neck{axis}") for axis in ("Pitch", "Yaw")}, True),
    ("body (degrees)", {"chest": ("chestPitch",), "left shoulder": ("shoulderLeftLift",)}, True),
    ("eyes", {"blink": ("eyeBlinkLeft",), "wide": ("eyeWideLeft",), "squint": ("eyeSquintLeft",)}, False),
    ("brows", {"inner up": ("browInnerUp",), "outer up": ("browOuterUpLeft",), "down": ("browDownLeft",)}, False),
    ("mouth", {"jaw": ("jawOpen",), "smile": ("mouthSmileLeft",), "frown": ("mouthFrownLeft",)}, False),
)


def draw_curves(performance: Performance, path: Path, title: str) -> None:
    """One panel below the other over the time of the performance, words and feelings above."""
    figure, axes = pyplot.subplots(len(_PANELS), 1, figsize=(22, 14), sharex=True, layout="constrained")
    for part, (name, curves, is_turn) in zip(axes, _PANELS, strict=True):
        for label, channels in curves.items():
            summed = sum(performance.total(channel) for channel in channels)
            part.plot(performance.time, np.degrees(summed) if is_turn else summed, label=label, linewidth=1)
        part.set_ylabel(name)
        part.legend(loc="upper right", ncols=3, fontsize=8)
        part.grid(alpha=0.3)
    top = axes[0].get_ylim()[1]
    for word in performance.words:
        axes[0].text(word.start, top, word.text, rotation=60, fontsize=6, va="bottom")
    for feeling in performance.feelings:
        axes[-1].axvspan(feeling.start, feeling.end, alpha=0.08)
        told = f"{feeling.category} {feeling.strength:.2f}"
        axes[-1].text(feeling.start, 0.9, told, fontsize=7, transform=axes[-1].get_xaxis_transform())
    axes[-1].set_xlabel(f"seconds: {title}")
    figure.savefig(path, dpi=70)
    pyplot.close(figure)
