# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of a performance: blinks, gaze, head, brows, stillness, and how two moods are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import signal, stats

from core.performance import Performance

AXES = ("Pitch", "Yaw", "Roll")
_CONTACT = np.radians(4.0)  # from the viewer's eyes: still a look into the face
_SHUT = 0.35  # of eyeBlink: less is no blink
_MOVED = {"head": np.radians(1.6), "brow": 0.12}  # of a word with movement: 3 mm at the nose, 0.5 mm of a brow


@dataclass(frozen=True)
class Blinks:
    """moments: of full closure (seconds). closing, opening: seconds of each."""

    moments: np.ndarray
    closing: np.ndarray
    opening: np.ndarray
    partial: float


def find_blinks(performance: Performance) -> Blinks:
    """All blinks of the blink layer."""
    curve = performance.layers["blink"]["eyeBlinkLeft"].astype(np.float64)
    peaks, about = signal.find_peaks(curve, height=_SHUT, plateau_size=1)
    closing, opening = [], []
    for left, right, height in zip(about["left_edges"], about["right_edges"], about["peak_heights"], strict=True):
        start = left - int(np.argmax(curve[left::-1] < 0.05 * height))
        end = right + int(np.argmax(curve[right:] < 0.05 * height))
        closing.append((left - start) / performance.rate)
        opening.append((end - right) / performance.rate)
    partial = float(np.mean(about["peak_heights"] < 0.9)) if len(peaks) else 0.0
    return Blinks(peaks / performance.rate, np.array(closing), np.array(opening), partial)


def lognormal_distance(intervals: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance between intervals and the log-normal with their own mean and deviation."""
    logs = np.log(intervals)
    return float(stats.kstest(logs, "norm", args=(logs.mean(), logs.std())).statistic)


def gaze_angle(performance: Performance) -> np.ndarray:
    """(T,) radians between where the eyes look and the viewer."""
    turned = [
        sum(performance.total(f"{bone}{axis}") for bone in ("eyeLeft", "head", "neck")) for axis in ("Pitch", "Yaw")
    ]
    return np.hypot(*turned)


def contact_bouts(performance: Performance) -> tuple[float, np.ndarray]:
    """Share of time in contact, and the lengths (seconds) of its bouts; blinks and small walks do not end one."""
    contact = gaze_angle(performance) < _CONTACT
    edges = np.flatnonzero(np.diff(np.concatenate(([0], contact.astype(np.int8), [0]))))
    lengths = (edges[1::2] - edges[::2]) / performance.rate
    return float(contact.mean()), lengths[lengths > 0.15]


def head_angle(performance: Performance, axis: str) -> np.ndarray:
    """(T,) radians of head and neck together."""
    return (performance.total("head" + axis) + performance.total("neck" + axis)).astype(np.float64)


def power_below(performance: Performance, hertz: float) -> float:
    """Share of the power of the head's motion below a frequency."""
    shares = []
    for axis in AXES:
        curve = head_angle(performance, axis)
        frequencies, power = signal.welch(curve - curve.mean(), performance.rate, nperseg=min(len(curve), 512))
        shares.append(power[frequencies < hertz].sum() / max(power.sum(), 1e-12))
    return float(np.mean(shares))


def nods(performance: Performance) -> np.ndarray:
    """Moments (seconds) at which the head is lowest after going down by a degree or more within half a second."""
    pitch = head_angle(performance, "Pitch")
    lows, _ = signal.find_peaks(-pitch, prominence=np.radians(1.0), width=(3, 40))
    return lows / performance.rate


def moved_words(performance: Performance, part: str) -> float:
    """Share of words during which the head ("head") or the brows ("brow") move visibly."""
    if part == "head":
        curve = head_angle(performance, "Pitch")
    else:
        curve = performance.total("browInnerUp") + performance.total("browOuterUpLeft")
    hits = []
    for word in performance.words:
        inside = curve[int(word.start * performance.rate) : int(word.end * performance.rate) + 2]
        hits.append(len(inside) > 2 and float(np.ptp(inside)) > _MOVED[part])
    return float(np.mean(hits)) if hits else 0.0


def brow_lead(performance: Performance) -> np.ndarray:
    """Seconds by which raises of the brows begin before the word nearest to their height begins."""
    curve = performance.layers["expression"]["browInnerUp"].astype(np.float64)
    peaks, about = signal.find_peaks(curve, prominence=0.05)
    starts = np.array([word.start for word in performance.words])
    leads = []
    for peak, left in zip(peaks, about["left_bases"], strict=True):
        rise = curve[left:peak]
        onset = left + int(np.argmax(rise > rise[0] + 0.1 * (curve[peak] - rise[0]))) if len(rise) else peak
        near = starts[np.argmin(np.abs(starts - peak / performance.rate))]
        leads.append(near - onset / performance.rate)
    return np.array(leads)


def nod_timing(performance: Performance, stressed: Sequence[float]) -> float:
    """Mean distance (seconds) of the nods from the nearest of these moments."""
    moments, targets = nods(performance), np.asarray(stressed)
    if not len(moments) or not len(targets):
        return float("nan")
    return float(np.abs(moments[:, None] - targets[None]).min(axis=1).mean())


def features(performance: Performance) -> dict[str, float]:
    """What a viewer without sound could judge a mood by."""
    share, _ = contact_bouts(performance)
    blinks, minutes = find_blinks(performance), performance.duration / 60
    pitch = head_angle(performance, "Pitch")

    def mean(channel: str) -> float:
        return float(performance.total(channel).mean())

    lowered = performance.layers["expression"].get("eyeBlinkLeft", np.zeros(1)).mean()
    return {
        "smile": mean("mouthSmileLeft") - mean("mouthFrownLeft"),
        "brows": mean("browInnerUp") + mean("browOuterUpLeft") - mean("browDownLeft"),
        "lids": mean("eyeWideLeft") - float(lowered) - 0.5 * mean("eyeSquintLeft"),
        "head": float(np.mean([np.degrees(head_angle(performance, axis)).std() for axis in AXES])),
        "nods": len(nods(performance)) / minutes,
        "contact": share,
        "chin": float(np.degrees(pitch.mean())),
        "lean": -float(np.degrees(mean("chestPitch"))),
        "posture": float(np.degrees(mean("shoulderLeftLift") + mean("chestPitch"))),
        "blinks": len(blinks.moments) / minutes,
    }


def separability(rows: np.ndarray, labels: Sequence[str], one: str, other: str) -> float:
    """Area under the ROC curve of a linear classifier of (N, F) features between two labels, on what it has not seen.

    Fifths are left out in turn, twenty times over; leaving single ones out would mix the scores of twenty classifiers,
    each of which is biased against the label of the one left out.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = [index for index, label in enumerate(labels) if label in (one, other)]
    truth = np.array([labels[index] == one for index in chosen])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=20, random_state=0)
    return float(cross_val_score(model, rows[chosen], truth, cv=folds, scoring="roc_auc").mean())
