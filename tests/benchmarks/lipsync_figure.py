# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person looks at after the lip-sync bench: sound, phones and lips of a recording, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from core.review.lips import LipCurve, class_of
from core.speech import Speech

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

_COLOURS = {
    "SIL": "#eeeeee", "CLOSED": "#d62728", "LABDENT": "#ff7f0e", "DENTAL": "#bcbd22", "ROUND": "#9467bd",
    "SPREAD": "#17becf", "OPEN": "#2ca02c", "MID": "#8fce8f", "POSTALV": "#e377c2", "CORONAL": "#9db8d9",
    "DORSAL": "#b09080",
}  # fmt: skip
_ROW = 6.0  # seconds in a row
_MOST_ROWS = 20  # the rest of a long recording is not drawn
_WIDTH, _HEIGHT = 16.0, 3.0  # inches of a row
_BINS_A_SECOND = 400  # of the wave's outline


def draw(speech: Speech, curve: LipCurve, sound: Path, path: Path) -> None:
    """The wave, the phones (faint where they are in doubt) above those marked by hand, the lips and the camera's."""
    marked = sound.with_suffix(".phones.tsv")
    strips = [("ours", [(p.start, p.end, p.phone, class_of(p.phone), p.confidence) for p in speech.phones])]
    if marked.is_file():
        strips.insert(0, ("by hand", _marked(marked)))
    rows = min(max(int(np.ceil(speech.duration / _ROW)), 1), _MOST_ROWS)
    seconds = speech.duration if rows == 1 else _ROW
    figure = pyplot.figure(figsize=(_WIDTH, _HEIGHT * rows), layout="constrained")
    for row, part in enumerate(np.atleast_1d(figure.subfigures(rows, 1))):
        axes = part.subplots(3, 1, sharex=True, height_ratios=[0.8, 0.4 * len(strips), 1.4])
        first, last = row * seconds, (row + 1) * seconds
        axes[0].set_xlim(first, last)
        _draw_wave(axes[0], speech)
        for level, (_, phones) in enumerate(strips):
            _draw_phones(axes[1], [one for one in phones if one[0] < last and one[1] > first], level)
        axes[1].set_yticks(np.arange(len(strips)) + 0.5, [name for name, _ in strips])
        axes[1].set_ylim(0, len(strips))
        _draw_lips(axes[2], curve, sound.with_suffix(".lips.tsv"))
        if row == 0:
            said = speech.text or "without a script"
            axes[0].set_title(" / ".join([f"{sound.stem}: {said[:150]}", *speech.warnings]), fontsize=9)
            axes[2].legend(loc="upper right", fontsize=8)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _draw_wave(axes: Axes, speech: Speech) -> None:
    """Its outline: lowest and highest sample of each bin."""
    size = max(speech.rate // _BINS_A_SECOND, 1)
    bins = speech.wave[: len(speech.wave) // size * size].reshape(-1, size)
    time = (np.arange(len(bins)) + 0.5) * size / speech.rate
    axes.fill_between(time, bins.min(axis=1), bins.max(axis=1), color="#406080", linewidth=0)
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
