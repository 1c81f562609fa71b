# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person looks at after the lip-sync bench: sound, phones and lips of a recording, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from lipsync_tracks import LipCurve, class_of

from core.speech import Speech

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

_COLOURS = {
    "SIL": "#eeeeee", "CLOSED": "#d62728", "LABDENT": "#ff7f0e", "DENTAL": "#bcbd22", "ROUND": "#9467bd",
    "SPREAD": "#17becf", "OPEN": "#2ca02c", "MID": "#8fce8f", "POSTALV": "#e377c2", "CORONAL": "#9db8d9",
    "DORSAL": "#b09080",
}  # fmt: skip
_SECONDS_PER_INCH = 0.28
_WIDTHS = (9.0, 60.0)  # inches
_BINS = 4000  # of the wave's outline


def draw(speech: Speech, curve: LipCurve, sound: Path, path: Path) -> None:
    """The wave, the phones (faint where they are in doubt) above those marked by hand, the lips and the camera's."""
    marked = sound.with_suffix(".phones.tsv")
    width = float(np.clip(speech.duration / _SECONDS_PER_INCH, *_WIDTHS))
    strips = 2 if marked.is_file() else 1
    figure, axes = pyplot.subplots(
        3, 1, sharex=True, figsize=(width, 4.2), height_ratios=[1.0, 0.45 * strips, 1.6], layout="constrained"
    )
    _draw_wave(axes[0], speech)
    rows = [(p.start, p.end, p.phone, class_of(p.phone), p.confidence) for p in speech.phones]
    _draw_phones(axes[1], rows, strips - 1)
    axes[1].set_yticks([strips - 0.5], ["ours"])
    if strips == 2:
        _draw_phones(axes[1], _marked(marked), 0)
        axes[1].set_yticks([0.5, 1.5], ["by hand", "ours"])
    axes[1].set_ylim(0, strips)
    _draw_lips(axes[2], curve, sound.with_suffix(".lips.tsv"))
    axes[2].set_xlabel("seconds")
    axes[0].set_title(" / ".join([f"{sound.stem}: {speech.text or 'without a script'}", *speech.warnings]), fontsize=9)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def _draw_wave(axes: Axes, speech: Speech) -> None:
    """Its outline: lowest and highest sample of each bin."""
    size = max(len(speech.wave) // _BINS, 1)
    bins = speech.wave[: len(speech.wave) // size * size].reshape(-1, size)
    time = (np.arange(len(bins)) + 0.5) * size / speech.rate
    axes.fill_between(time, bins.min(axis=1), bins.max(axis=1), color="#406080", linewidth=0)
    axes.set_xlim(0, speech.duration)
    axes.set_ylabel("sound")


def _draw_phones(axes: Axes, rows: Sequence[tuple[float, float, str, str, float]], level: int) -> None:
    """rows: start, end, label, class, confidence."""
    for start, end, label, kind, confidence in rows:
        axes.broken_barh(
            [(start, end - start)], (level, 0.95), facecolors=_COLOURS[kind], alpha=0.25 + 0.75 * confidence,
            edgecolors="white", linewidth=0.5,
        )  # fmt: skip
        axes.text((start + end) / 2, level + 0.47, label, ha="center", va="center", fontsize=8, clip_on=True)


def _marked(path: Path) -> list[tuple[float, float, str, str, float]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(float(a), float(b), "" if label == "sil" else label, "SIL", 1.0) for a, b, label, *_ in rows]


def _draw_lips(axes: Axes, curve: LipCurve, camera: Path) -> None:
    axes.plot(curve.time, curve.opening, color="#c03030", label=f"avatar, 1 = {1000 * curve.gap.max():.1f} mm")
    if camera.is_file():
        table = np.genfromtxt(camera, names=True)
        seen = table["inner_gap"] / max(float(np.nanmax(table["inner_gap"])), 1e-6)
        axes.plot(table["t_s"] + 0.02, seen, color="#303030", linewidth=1.0, label="camera")
    axes.set_ylim(-0.03, 1.05)
    axes.set_ylabel("lips apart")
    axes.legend(loc="upper right", fontsize=8)
