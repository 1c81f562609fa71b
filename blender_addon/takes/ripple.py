# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that stay are moved along when the speech changes: what happened at a word still does. No bpy here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .record import Record


def map_times(old: Record, new: Record) -> Callable[[np.ndarray], np.ndarray]:
    """Seconds of the old speech -> seconds of the new one: linear between the edges of the words that both have."""
    import difflib  # here, since it is slow to import and seldom needed

    blocks = difflib.SequenceMatcher(
        None, [_plain(word.text) for word in old.words], [_plain(word.text) for word in new.words], autojunk=False
    ).get_matching_blocks()
    pairs = [(0.0, 0.0)]
    for block in blocks:
        for number in range(block.size):
            before, after = old.words[block.a + number], new.words[block.b + number]
            pairs += [(before.start, after.start), (before.end, after.end)]
    pairs.append((old.duration, new.duration))
    rising = [pairs[0]]
    for pair in pairs[1:]:
        if pair[0] > rising[-1][0] and pair[1] >= rising[-1][1]:
            rising.append(pair)
    knots = np.array(rising)
    return lambda seconds: np.interp(seconds, knots[:, 0], knots[:, 1])


def is_same_timing(old: Record, new: Record) -> bool:
    """Whether words and length are where they were."""
    places = [[(word.text, word.start, word.end) for word in record.words] for record in (old, new)]
    return places[0] == places[1] and abs(old.duration - new.duration) < 1e-3


def move_keys(points: dict[str, np.ndarray], move: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """Keys (read_keys' fields) at other frames, whole ones where they were whole; handles keep their share of the gap.

    move: frames -> frames, never falling. Of keys that fall onto one frame the first stays.
    """
    frames = points["co"][:, 0]
    moved = move(frames)
    moved = np.where(frames == np.round(frames), np.round(moved), moved)
    keep = np.concatenate(([True], np.diff(moved) > 1e-3))
    moved, frames = moved[keep], frames[keep]
    points = {field: values[keep].copy() for field, values in points.items()}
    scale = np.diff(moved) / np.diff(frames)
    before, after = np.append(1.0, scale), np.append(scale, 1.0)
    for field, factor in (("handle_left", before), ("handle_right", after)):
        points[field][:, 0] = moved + (points[field][:, 0] - frames) * factor
    points["co"][:, 0] = moved
    return points


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
