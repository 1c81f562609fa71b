# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that stands for a film: one of its frames, marked and signed as what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.colour import to_srgb
from core.delivery import read_frames, read_picture, write_thumbnail
from core.film.provenance import describe_still
from core.trust.credentials import Provenance, sign_file
from core.trust.picture_mark import LEAST_SIDE, PictureMarker, find_picture_mark


def write_poster(
    segments: Sequence[Path], starts: Sequence[float], fps: int, second: float, path: Path, film: Provenance
) -> Path:
    """Write the frame at a second of the film as JPEG. starts: seconds at which segments begin; film: what the film
    says of itself. Returns path.

    Raises LikenessError as `read_frames`, `write_thumbnail` and `sign_file` do.
    """
    number = max(index for index, start in enumerate(starts) if start <= second)
    # The middle of a frame is surely within it.
    at = (int((second - starts[number]) * fps + 1e-6) + 0.5) / fps
    frame = next(read_frames(segments[number], fps, at))
    payload = film.payload
    if frame.dtype != np.uint8:  # light, which has no mark
        frame = to_srgb(frame[..., :3])  # alpha is associated: as it is seen over black
        if payload is not None and min(frame.shape[:2]) >= LEAST_SIDE:
            frame = PictureMarker((frame.shape[1], frame.shape[0]), payload).mark(frame)
    write_thumbnail(frame, path)
    found = find_picture_mark([read_picture(path)], is_whole=True) if payload is not None else None
    return sign_file(path, describe_still(film, found is not None and found.payload == payload))
