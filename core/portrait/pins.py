# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins: landmarks that a person has set by hand in the photo, where the landmarker was wrong.

A pins file is JSON, ``{"photo_sha256": "...", "pins": [{"landmark": 61, "x": 310.5, "y": 420.0}, ...]}``, in pixels
of the upright photo as `Portrait.image` holds it; ``landmark`` is a number of MediaPipe's mesh or a name below.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from mediapipe.tasks.python.vision import FaceLandmarksConnections
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from core.errors import LikenessError
from core.portrait.portrait import Portrait
from core.portrait.topology import EYE_OUTER
from core.storage import read_json

LANDMARKS = 478
# The landmarks that are worth a name: where a person can say what is right. Left and right are the subject's own.
PIN_NAMES: Mapping[str, int] = {
    "right eye outer corner": 33,
    "right eye inner corner": 133,
    "right upper lid": 159,
    "right lower lid": 145,
    "right pupil": 468,
    "left eye outer corner": 263,
    "left eye inner corner": 362,
    "left upper lid": 386,
    "left lower lid": 374,
    "left pupil": 473,
    "right brow outer end": 70,
    "right brow peak": 105,
    "right brow inner end": 107,
    "left brow outer end": 300,
    "left brow peak": 334,
    "left brow inner end": 336,
    "nose bridge": 168,
    "nose tip": 1,
    "nose base": 2,
    "right nose wing": 129,
    "left nose wing": 358,
    "right mouth corner": 61,
    "left mouth corner": 291,
    "upper lip top": 0,
    "upper lip edge": 13,
    "lower lip edge": 14,
    "lower lip bottom": 17,
    "chin": 152,
    "right jaw angle": 172,
    "left jaw angle": 397,
    "right temple": 127,
    "left temple": 356,
    "forehead": 10,
}
# How far a pin takes its neighbours along, as a share of the distance between the outer eye corners.
REACH = 0.25
# Pupil, and the four points of its rim, which move with it.
IRISES = {468: (469, 470, 471, 472), 473: (474, 475, 476, 477)}


@dataclass(frozen=True)
class Pins:
    """photo_sha256: of the photo's file. places: landmark number -> (x, y) in pixels of the upright photo."""

    photo_sha256: str
    places: Mapping[int, tuple[float, float]]


def read_pins(path: Path) -> Pins:
    """Read and check a pins file.

    Raises LikenessError ``file_missing``, ``file_damaged`` and ``pins_invalid``.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("photo_sha256"), str):
        raise _invalid(f"The pins file {path.name} does not say which photo it belongs to (photo_sha256).")
    entries = document.get("pins")
    if not isinstance(entries, list):
        raise _invalid(f'The pins file {path.name} holds no list "pins".')
    places: dict[int, tuple[float, float]] = {}
    for number, entry in enumerate(entries, 1):
        landmark, place = _read_pin(entry, f"Pin {number} of {path.name}")
        if landmark in places:
            raise _invalid(f"Pin {number} of {path.name} sets the landmark {landmark} a second time.")
        places[landmark] = place
    return Pins(document["photo_sha256"], places)


def pin_portrait(portrait: Portrait, pins: Pins) -> Portrait:
    """The portrait with its landmarks moved by the pins, and the pinned ones named in ``pinned``.

    Raises LikenessError ``pins_other_photo`` and ``pins_outside``.
    """
    if pins.photo_sha256 != portrait.sha256:
        raise LikenessError(
            "pins_other_photo",
            f"The pins were set in another photo than {portrait.path.name}.",
            "Give the photo that they were set in, or leave the pins out.",
        )
    height, width = portrait.image.shape[:2]
    for landmark, (x, y) in pins.places.items():
        if not (0 <= x <= width and 0 <= y <= height):
            raise LikenessError(
                "pins_outside",
                f"The pin {name_landmark(landmark)} lies at {x:.0f}, {y:.0f}, outside of the photo.",
                f"Set it in pixels from the upper left corner; the photo is {width} by {height}.",
            )
    return replace(portrait, landmarks=apply_pins(portrait.landmarks, pins.places), pinned=tuple(sorted(pins.places)))


def list_pins(portrait: Portrait) -> list[dict[str, Any]]:
    """The pins of a portrait as a pins file has them, sorted by landmark."""
    places = portrait.landmarks[list(portrait.pinned), :2]
    return [{"landmark": n, "x": float(x), "y": float(y)} for n, (x, y) in zip(portrait.pinned, places, strict=True)]


def apply_pins(landmarks: np.ndarray, places: Mapping[int, tuple[float, float]]) -> np.ndarray:
    """Landmarks (478, 3) in which the pinned lie exactly at their places (x, y) and their neighbours follow.

    Distances run along the mesh: an upper lip does not move the lower one across the mouth. The depth stays.
    """
    if not places:
        return landmarks
    moved = landmarks.copy()
    pinned = np.array(sorted(places))
    wanted = np.array([places[number] for number in pinned])
    shift = wanted - landmarks[pinned, :2]
    distance = mesh_distance(landmarks, pinned) / (REACH * _eye_corners(landmarks))  # (K, 478)
    moved[:, :2] += spread(distance, shift)
    for pupil, rim in IRISES.items():
        if pupil in places:
            moved[list(rim), :2] = landmarks[list(rim), :2] + wanted[pinned == pupil] - landmarks[pupil, :2]
    moved[pinned, :2] = wanted
    return moved


def spread(distance: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Shifts (N, D) of N points from those (K, D) of K pins; distance (K, N) to them, 1 being out of reach.

    The mean of the pins' shifts, each weighted by nearness (Franke and Nielson's local form of Shepard's method,
    1980), fading out within reach of the nearest pin. So nothing ever moves farther than the pins, however many.
    """
    near = np.clip(1.0 - distance, 0.0, 1.0)
    weight = (near / (distance + 1e-6)) ** 2
    nearest = near.max(axis=0)
    fade = nearest**2 * (3.0 - 2.0 * nearest)
    return fade[:, None] * (weight.T @ shift) / np.maximum(weight.sum(axis=0), 1e-12)[:, None]


def mesh_distance(landmarks: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Distance (K, 478) in pixels along the mesh's edges from K landmarks to all; infinite where no edge leads."""
    edges = mesh_edges()
    length = np.linalg.norm(landmarks[edges[:, 0], :2] - landmarks[edges[:, 1], :2], axis=1)
    graph = csr_matrix((length + 1e-9, edges.T), (LANDMARKS, LANDMARKS))
    return dijkstra(graph, directed=False, indices=sources)


@functools.cache
def mesh_edges() -> np.ndarray:
    """(E, 2) edges of MediaPipe's face mesh; eyes and mouth are open, the irises are no part of it."""
    edges = {tuple(sorted((edge.start, edge.end))) for edge in FaceLandmarksConnections.FACE_LANDMARKS_TESSELATION}
    return np.array(sorted(edges))


def name_landmark(number: int) -> str:
    """``right mouth corner``, or ``landmark 62`` for one without a name."""
    return next((name for name, named in PIN_NAMES.items() if named == number), f"landmark {number}")


def _eye_corners(landmarks: np.ndarray) -> float:
    right, left = landmarks[list(EYE_OUTER), :2]
    return float(np.linalg.norm(left - right))


def _read_pin(entry: Any, which: str) -> tuple[int, tuple[float, float]]:
    if not isinstance(entry, dict) or not {"landmark", "x", "y"} <= entry.keys():
        raise _invalid(f'{which} is not of the form {{"landmark": 61, "x": 310.5, "y": 420.0}}.')
    landmark, place = entry["landmark"], (entry["x"], entry["y"])
    if isinstance(landmark, str):
        if landmark not in PIN_NAMES:
            raise _invalid(f"{which} names no landmark that is known: {landmark[:60]}.")
        landmark = PIN_NAMES[landmark]
    if not isinstance(landmark, int) or isinstance(landmark, bool) or not 0 <= landmark < LANDMARKS:
        raise _invalid(f"{which} is of landmark {landmark!r}; there are 0 to {LANDMARKS - 1}.")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in place):
        raise _invalid(f"{which} has a place that is no pair of numbers.")
    if not all(math.isfinite(value) for value in place):
        raise _invalid(f"{which} has a place that is not finite.")
    return landmark, (float(place[0]), float(place[1]))


def _invalid(message: str) -> LikenessError:
    names = ", ".join(list(PIN_NAMES)[:3])
    return LikenessError("pins_invalid", message, f"Landmarks are numbers of MediaPipe's mesh or names as {names}.")
