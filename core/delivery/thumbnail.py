# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture that stands for a film."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import LikenessError
from core.storage import write_file

LARGEST = 1280, 2_000_000  # pixels of the longer side, and bytes: what video sites take
_KINDS: Mapping[str, str] = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_QUALITIES = (92, 85, 75, 60)


def write_thumbnail(frame: np.ndarray, path: Path) -> Path:
    """Write a frame (H, W, 3 or 4) uint8 as JPEG or PNG, by its name. What is transparent becomes black in JPEG.

    Raises LikenessError ``thumbnail_format`` and ``output_unwritable``.
    """
    path = Path(path)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise LikenessError("thumbnail_format", f"{path.name} is no JPEG or PNG.", "Call it NAME.jpg or NAME.png.")
    if kind == "JPEG" and frame.shape[2] == 4:
        frame = (frame[..., :3].astype(np.uint16) * frame[..., 3:] // 255).astype(np.uint8)
    picture = Image.fromarray(frame)
    picture.thumbnail((LARGEST[0], LARGEST[0]), Image.Resampling.LANCZOS)
    content = b""
    for quality in _QUALITIES:
        file = io.BytesIO()
        picture.save(file, kind, quality=quality, subsampling=0)
        content = file.getvalue()
        if len(content) <= LARGEST[1] or kind == "PNG":
            break
    return write_file(path, content)
