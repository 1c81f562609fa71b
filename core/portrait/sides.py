# SPDX-License-Identifier: GPL-3.0-or-later
"""Further photos that show the left and the right side of the same head."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.errors import LikenessError
from core.portrait.identity import SAME_PERSON, cut_face, likeness, shared_reader
from core.portrait.portrait import Portrait, Side, load_portrait
from core.progress import Progress, silent, span

# From which turn on a photo shows depth that the front does not: 8 degrees move the nose by a tenth of the IOD.
LEAST_TURN = math.radians(12.0)
# Yaw > 0 turns the face to the subject's left, which shows the camera its right side.
SIGN: Mapping[Side, float] = {"left": -1.0, "right": 1.0}
_TURN = "Turn the head by 20 to 45 degrees for it, so that its {side} side faces the camera."


def add_sides(portrait: Portrait, photos: Mapping[Side, Path | None], progress: Progress = silent) -> Portrait:
    """The portrait with the side photos read and checked; None stands for a side without one.

    Raises LikenessError as `load_portrait` does, ``side_other_person`` when the identity network says so, and
    ``side_not_turned`` or ``side_swapped`` when the head shows another side than the one that was named.
    """
    given: list[tuple[Side, Path]] = [(side, path) for side, path in photos.items() if path is not None]
    sides: dict[Side, Portrait] = {}
    for number, (side, path) in enumerate(given):
        part = span(progress, number / len(given), (number + 1) / len(given))
        sides[side] = _load(side, path, part)
        _check_turn(side, sides[side])
    if sides:
        _check_person(portrait, sides)
    return replace(portrait, sides=sides)


def _load(side: Side, path: Path, progress: Progress) -> Portrait:
    try:
        return load_portrait(path, None, progress)
    except LikenessError as error:
        hint = _TURN.format(side=side) if error.code == "face_turned" else error.hint
        message = f"The photo of the {side} side cannot be used. {error.message}"
        raise LikenessError(error.code, message, hint) from error


def _check_turn(side: Side, photo: Portrait) -> None:
    turn = SIGN[side] * photo.yaw
    if abs(turn) < LEAST_TURN:
        raise LikenessError(
            "side_not_turned",
            f"The photo of the {side} side shows the face from the front, turned by {_degrees(turn)} degrees only.",
            _TURN.format(side=side),
        )
    if turn < 0:
        other = "right" if side == "left" else "left"
        raise LikenessError(
            "side_swapped",
            f"The photo of the {side} side shows the head's {other} side; left and right are the subject's own.",
            f"Give it as the photo of the {other} side.",
        )


def _check_person(portrait: Portrait, sides: Mapping[Side, Portrait]) -> None:
    reader = shared_reader()
    front = reader.describe(cut_face(portrait.image, portrait.landmarks))
    for side, photo in sides.items():
        alike = likeness(front, reader.describe(cut_face(photo.image, photo.landmarks)))
        if alike < SAME_PERSON:  # false where no face was found, which then says nothing
            raise LikenessError(
                "side_other_person",
                f"The photo of the {side} side seems to show somebody else "
                f"({alike:.2f} alike, at least {SAME_PERSON:.2f} for one person).",
                "Use photos of one person, taken on the same day.",
            )


def _degrees(turn: float) -> int:
    return round(math.degrees(abs(turn)))
