# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Speech and its Performance are compared by: classes of sounds, and how far the lips are apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.avatar.lip_gap import lip_gap
from core.avatar.store import Avatar
from core.performance import Performance
from core.review.lips import LipCurve
from core.speech import Phone
from core.speech.phones import DIPHTHONGS, VOWEL_VISEMES

_WHOLE = {(first, second): name for name, (first, second, _) in DIPHTHONGS.items()}
_GLIDES = frozenset("wjɥʍβɸ")


def lip_curve(avatar: Avatar, performance: Performance) -> LipCurve:
    """The lips of an avatar that performs, all layers together."""
    channels = {name for layer in performance.layers.values() for name in layer}
    gap = lip_gap(avatar, {name: performance.total(name) for name in channels})
    return LipCurve(performance.time, np.maximum(gap, 0.0))


def whole_sounds(phones: Sequence[Phone]) -> list[Phone]:
    """The phones with the halves of each diphthong, and of a vowel with an r in it, as the one sound that people write.

    Before another vowel of the same word an r is a sound of its own.
    """
    joined: list[Phone] = []
    for index, phone in enumerate(phones):
        name = _WHOLE.get((joined[-1].phone, phone.phone)) if joined else None
        following = phones[index + 1 : index + 2]
        is_onset = phone.phone == "ɹ" and any(_is_vowel(one) and one.word == phone.word for one in following)
        if name is not None and joined[-1].word == phone.word and not is_onset:
            joined[-1] = replace(joined[-1], end=phone.end, phone=name)
        else:
            joined.append(phone)
    return joined


def _is_vowel(phone: Phone) -> bool:
    return phone.viseme in VOWEL_VISEMES and phone.phone not in _GLIDES


def write_rows(rows: Iterable[tuple[float, float, str]], path: Path) -> None:
    """Start, end and label, tab-separated."""
    lines = [f"{start:.4f}\t{end:.4f}\t{label}\n" for start, end, label in rows]
    path.write_text("".join(lines), encoding="utf-8")


def write_curve(curve: LipCurve, path: Path) -> None:
    """Time and opening, tab-separated."""
    lines = [f"{time:.4f}\t{value:.4f}\n" for time, value in zip(curve.time, curve.opening, strict=True)]
    path.write_text("".join(lines), encoding="utf-8")
