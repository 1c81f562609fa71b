# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the faces in a photo becomes the Portrait, and when none can."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.errors import LikenessError
from core.portrait.face import Doubt, Doubtful, Face

SMALLEST_EYES = 20.0  # pixels between the outer eye corners
SHARP_EYES = 80.0
# Share of the face mesh outside of the photo: .04 where a twentieth of the face's width is gone, .07 where a
# tenth is.
CUT = 0.05
NIBBLED = 0.005
MOST_TURNED = math.radians(50.0)
WELL_TURNED = math.radians(35.0)

_FRONT = "Use a photo that looks roughly into the camera."
_WHOLE = "Use a photo that shows the whole face."

# Why a sure sighting is no usable face -> code, message, hint.
_REFUSALS: dict[Doubt, tuple[str, str, str]] = {
    "cut": ("face_cut", "The face is cut off by the border of the photo.", _WHOLE),
    "turned": ("face_turned", "The face is turned away by more than 50 degrees.", _FRONT),
    "unsteady": (
        "face_implausible",
        "What looks like a face could not be read as one twice the same way.",
        "Use a sharp photo of a person's uncovered face.",
    ),
    "drawn": (
        "face_implausible",
        "The face seems to be drawn, not photographed.",
        "Use a photo of a person; drawings and cartoons don't work.",
    ),
}


def choose_face(
    faces: Sequence[Face], doubtful: Sequence[Doubtful], number: int | None, width: int, height: int
) -> tuple[Face, tuple[str, ...]]:
    """The face with that number, 1 being the largest (default), and warnings about it in full sentences.

    faces: the largest first; width, height: of the photo in pixels.
    Raises LikenessError ``face_not_found``, ``face_implausible``, ``face_index``, ``face_too_small``,
    ``face_cut`` or ``face_turned``.
    """
    if not faces:
        raise _nothing_usable(doubtful)
    if number is not None and not 1 <= number <= len(faces):
        count = f"{len(faces)} usable faces" if len(faces) > 1 else "only one usable face"
        raise LikenessError(
            "face_index",
            f"Face {number} was asked for, but the photo shows {count}.",
            f"Give a number from 1, the largest, to {len(faces)}." if len(faces) > 1 else "Leave it out.",
        )
    face = faces[(number or 1) - 1]
    outside = face.outside(width, height)
    if face.eyes < SMALLEST_EYES:
        raise LikenessError(
            "face_too_small",
            f"The face is too small: {int(face.eyes)} pixels between the outer eye corners, 20 are needed.",
            "Use a larger photo, or one taken from nearer.",
        )
    if outside > CUT:
        raise LikenessError(*_REFUSALS["cut"])
    if abs(face.yaw) > MOST_TURNED:
        raise LikenessError(
            "face_turned",
            f"The face is turned away by about {_degrees(face)} degrees; 50 is the limit.",
            _FRONT,
        )
    return face, tuple(_warnings(face, faces, doubtful, number, outside))


def _nothing_usable(doubtful: Sequence[Doubtful]) -> LikenessError:
    if doubtful:
        return LikenessError(*_REFUSALS[doubtful[0].reason])
    return LikenessError(
        "face_not_found",
        "No face was found in the photo.",
        "Use an upright photo of a person whose face is well lit and looks roughly into the camera.",
    )


def _warnings(
    face: Face, faces: Sequence[Face], doubtful: Sequence[Doubtful], number: int | None, outside: float
) -> list[str]:
    said: list[str] = []
    if len(faces) > 1 and number is None:
        said.append(f"The photo shows {len(faces)} faces, numbered by size; face 1, the largest, was taken.")
    if number is None and doubtful and doubtful[0].sighting.width > 1.2 * face.width:
        said.append("A larger face was passed over, because it is cut off, turned away or unclear.")
    if face.eyes < SHARP_EYES:
        said.append(
            f"The face is small: {int(face.eyes)} pixels between the outer eye corners, "
            "where 80 or more make a sharp avatar."
        )
    if outside > NIBBLED:
        said.append("The border of the photo cuts a little off the face; the rest is guessed.")
    if abs(face.yaw) > WELL_TURNED:
        said.append(f"The face is turned by about {_degrees(face)} degrees; its far side is guessed.")
    return said


def _degrees(face: Face) -> int:
    return round(math.degrees(abs(face.yaw)))
