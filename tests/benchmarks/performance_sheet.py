# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance as a sheet of pictures, to be looked at without the sound: would you believe it?

The pictures are core/avatar/view.py's, without Blender: all channels, all bones, the skin as it is, in even light.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import imageio.v3
import numpy as np
from scipy import signal

from core.avatar.framing import View, yaw_view
from core.avatar.posing import bone_moves, carried, turned
from core.avatar.scores import eyes_of, head_of
from core.avatar.store import Avatar
from core.avatar.view import over, posed_meshes, render
from core.channels import ROTATION_CHANNELS
from core.performance import Performance

CELL, COLUMNS = 240, 6  # pixels of a frame, frames side by side
EVENLY, STRONGEST = 8, 4  # frames at even distances, and frames of the largest movements
APART = 1.0  # seconds at least between two frames of the latter, and from the others
MARGIN = 1.5  # seconds at both ends, where the performance goes from and to rest
PAPER, LABEL = 110, 34  # grey of the paper, and pixels of the strip with the words
_WIDER, _RAISED = 1.08, 0.02  # the head's size against `yaw_view`, and share of the picture that it lies higher
_TURN = 0.1  # radians that count as much as a channel at 1
_BONES = {"chest": "chest", "neck": "neck", "head": "head", "eyeLeft": "eye_left", "eyeRight": "eye_right"}
# Lifted, the outer end of a shoulder goes up: it rolls away from its own side.
_SHOULDERS = {"shoulderLeftLift": ("shoulder_left", -1.0), "shoulderRightLift": ("shoulder_right", 1.0)}


def draw_sheet(avatar: Avatar, performance: Performance, path: Path) -> None:
    """Write a PNG with ``EVENLY + STRONGEST`` frames in order; below each its time, word and feeling, a dot on the
    strongest."""
    channels = {name for layer in performance.layers.values() for name in layer}
    totals = {name: performance.total(name) for name in channels}
    view = _view(avatar)
    cells = []
    for frame, is_strong in choose_frames(performance):
        values = {name: float(curve[frame]) for name, curve in totals.items()}
        picture = over(render(avatar, view, pose(avatar, values)), PAPER)
        moment = float(performance.time[frame])
        cells.append(_labelled(picture, ("* " if is_strong else "") + _caption(performance, moment)))
    blank = np.full_like(cells[0], PAPER)
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    imageio.v3.imwrite(path, np.vstack(rows))


def choose_frames(performance: Performance) -> list[tuple[int, bool]]:
    """Indices into ``time`` in order, each with whether it is one of the largest movements."""
    time = performance.time
    first, last = min(MARGIN, time[-1] / 3), time[-1] - min(MARGIN, time[-1] / 3)
    chosen = {round(moment * performance.rate): False for moment in np.linspace(first, last, EVENLY)}
    size = _movement(performance)
    peaks, _ = signal.find_peaks(size, distance=round(APART * performance.rate))
    strong: list[int] = []
    for peak in sorted(peaks.tolist(), key=lambda at: -size[at]):
        inside = first <= time[peak] <= last
        far = all(abs(peak - other) >= APART * performance.rate for other in (*chosen, *strong))
        if inside and far and len(strong) < STRONGEST:
            strong.append(peak)
    return sorted({**chosen, **dict.fromkeys(strong, True)}.items())


def _movement(performance: Performance) -> np.ndarray:
    """(T,) how much gestures, head and brows are away from where they are on the whole."""
    size = np.zeros(len(performance.time))
    for layer in ("gesture", "head", "expression"):
        for channel, curve in performance.layers.get(layer, {}).items():
            unit = _TURN if channel in ROTATION_CHANNELS else 1.0
            size += np.abs(curve - np.median(curve)) / unit
    return size


def pose(avatar: Avatar, values: Mapping[str, float]) -> list[np.ndarray]:
    """Positions (V, 3) of every mesh under channels (0..1) and rotations (radians), bones included."""
    turns = {
        bone: turned(*(values.get(f"{channel}{axis}", 0.0) for axis in ("Pitch", "Yaw", "Roll")))
        for channel, bone in _BONES.items()
    }
    turns |= {bone: turned(0.0, 0.0, sign * values.get(name, 0.0)) for name, (bone, sign) in _SHOULDERS.items()}
    moves = bone_moves(avatar.bones, turns)
    shaped = posed_meshes(avatar, values)
    return [carried(where, mesh.weights, moves) for mesh, where in zip(avatar.meshes, shaped, strict=True)]


def _view(avatar: Avatar) -> View:
    """From the front, with neck and shoulders."""
    view = yaw_view(0, head_of(avatar, posed_meshes(avatar, {})), eyes_of(avatar), CELL)
    middle = CELL / 2
    cx, cy = ((at - middle) * _WIDER + middle for at in (view.cx, view.cy))
    return replace(view, focal=view.focal * _WIDER, cx=cx, cy=cy - _RAISED * CELL)


def _caption(performance: Performance, moment: float) -> str:
    """Time and word, and on a second line the feeling."""
    word = next((word.text for word in performance.words if word.start <= moment < word.end), "")
    felt = [feeling for feeling in performance.feelings if feeling.start <= moment]
    feeling = f"{felt[-1].category} {felt[-1].strength:.2f}" if felt else ""
    return f"{moment:.1f} s  {word}\n{feeling}"


def _labelled(picture: np.ndarray, text: str) -> np.ndarray:
    """The picture with a strip of text below. Letters that OpenCV's font lacks are shown as question marks."""
    strip = np.full((LABEL, CELL, 3), PAPER, np.uint8)
    for row, line in enumerate(text.splitlines()):
        at, plain = (6, 14 + 15 * row), line.replace("’", "'").replace("—", "-").encode("ascii", "replace").decode()
        cv2.putText(strip, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([picture, strip])
