# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera that took the photo, as far as its EXIF tags tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import ExifTags, Image

FULL_FRAME_DIAGONAL = math.hypot(36.0, 24.0)  # mm; CIPA DCG-001 defines 35 mm equivalence by the diagonal
DEFAULT_LENS = 50.0  # mm, 35 mm equivalent
DEFAULT_DISTANCE = 1.0  # metres; nobody poses nearer for a photo that has lost its EXIF tags by editing
EYE_CORNERS = 0.090  # metres between the outer eye corners; Farkas 1994: 88 mm (women), 91 mm (men)
PLAUSIBLE_DISTANCE = (0.2, 30.0)  # metres from lens to face; beyond, the tags belong to another frame
_PLAUSIBLE_LENS = (8.0, 1200.0)  # mm, 35 mm equivalent
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # FocalPlaneResolutionUnit -> mm; EXIF 2.32, 4.6.5
_SAME_SHAPE = 0.02  # relative difference of aspect ratios that rounding explains


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in the OpenCV convention (x right, y down, z forward; pixels).

    source: ``exif`` when the focal length was read from the photo, else ``default``.
    """

    focal: float
    cx: float
    cy: float
    width: int
    height: int
    source: str


def estimate_camera(exif: Image.Exif, scale: float, width: int, height: int, eyes: float) -> Camera:
    """Focal length from EXIF, else an assumed one; the principal point is the centre of the frame.

    scale: pixels of the image per pixel of the file; width, height: of the image; eyes: distance between the
    outer eye corners in pixels, measured in 3D so that a turned head does not shorten it.

    Without tags the lens is a 50 mm equivalent, but never so short that the face would stand nearer than one
    metre: a tight head shot is nearly always a crop. Tags that put the face nearer than 0.2 m or beyond 30 m
    are those of an uncropped original and are not believed.
    """
    focal = _focal_from_exif(exif, scale, width, height)
    if focal is not None and PLAUSIBLE_DISTANCE[0] < focal * EYE_CORNERS / eyes < PLAUSIBLE_DISTANCE[1]:
        source = "exif"
    else:
        lens = DEFAULT_LENS / FULL_FRAME_DIAGONAL * math.hypot(width, height)
        focal, source = max(lens, DEFAULT_DISTANCE * eyes / EYE_CORNERS), "default"
    return Camera(focal, width / 2.0, height / 2.0, width, height, source)


def _focal_from_exif(exif: Image.Exif, scale: float, width: int, height: int) -> float | None:
    """Focal length in pixels of the image, or None."""
    tags = exif.get_ifd(ExifTags.IFD.Exif)
    diagonal, ratio = _recorded_frame(tags, scale, width, height)
    lens = _number(tags.get(ExifTags.Base.FocalLengthIn35mmFilm))
    if lens and _PLAUSIBLE_LENS[0] <= lens <= _PLAUSIBLE_LENS[1]:
        return lens / FULL_FRAME_DIAGONAL * diagonal
    length = _number(tags.get(ExifTags.Base.FocalLength))
    density = _number(tags.get(ExifTags.Base.FocalPlaneXResolution))
    unit = _UNIT_MM.get(int(_number(tags.get(ExifTags.Base.FocalPlaneResolutionUnit)) or 2))
    if not (length and density and unit):
        return None
    focal = length * density / unit * ratio
    lens = focal / diagonal * FULL_FRAME_DIAGONAL
    return focal if _PLAUSIBLE_LENS[0] <= lens <= _PLAUSIBLE_LENS[1] else None


def _recorded_frame(tags: dict, scale: float, width: int, height: int) -> tuple[float, float]:
    """Diagonal of the camera's own frame in pixels of the image, and image pixels per camera pixel.

    Where the recorded frame has the photo's shape, the photo was resized; where it has another shape and is
    larger, the photo was cut out of it, so that its pixels have kept their size.
    """
    diagonal = math.hypot(width, height)
    recorded = sorted(
        _number(tags.get(tag)) or 0.0 for tag in (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)
    )
    now = sorted((width / scale, height / scale))
    if recorded[0] <= 0.0:
        return diagonal, scale
    same_shape = abs(recorded[0] / recorded[1] * now[1] / now[0] - 1.0) <= _SAME_SHAPE
    if not same_shape and recorded[0] >= now[0] and recorded[1] >= now[1]:
        return math.hypot(*recorded) * scale, scale
    return diagonal, diagonal / math.hypot(*recorded)


def _number(value: object) -> float | None:
    """A finite positive number, or None for anything else that a file may hold in its place."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0.0 else None
