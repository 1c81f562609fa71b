# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and PDF pages as pixels."""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import LikenessError
from core.graphics.theme import Size
from core.storage import write_file
from core.storyboard.storyboard import Insert


@functools.lru_cache(maxsize=16)
def read_picture(path: Path) -> np.ndarray:
    """A picture file as (height, width, 4) uint8 with straight alpha, upright.

    Raises LikenessError ``picture_missing`` and ``picture_unreadable``.
    """
    try:
        with Image.open(path) as image:
            pixels = np.array(ImageOps.exif_transpose(image).convert("RGBA"))
    except FileNotFoundError as error:
        raise LikenessError("picture_missing", f"There is no picture {path}.", "Check its path.") from error
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise LikenessError(
            "picture_unreadable", f"{path.name} cannot be read as a picture: {error}.", "Save it as PNG or JPEG."
        ) from error
    pixels.flags.writeable = False
    return pixels


@functools.lru_cache(maxsize=16)
def read_page(path: Path, page: int, size: Size) -> np.ndarray:
    """A page of a PDF, from 1, as large as fits into a size: (height, width, 4) uint8.

    Raises LikenessError ``slides_missing``, ``slides_unreadable`` and ``slide_missing``.
    """
    import pypdfium2

    if not path.is_file():
        raise LikenessError("slides_missing", f"There is no file of slides {path}.", "Check its path.")
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise LikenessError(
            "slides_unreadable", f"{path.name} cannot be read as a PDF: {error}.", "Export the slides as PDF again."
        ) from error
    try:
        if not 1 <= page <= len(document):
            raise LikenessError(
                "slide_missing", f"{path.name} has {len(document)} pages, but page {page} is asked for.",
                "Change the page in the storyboard.",
            )  # fmt: skip
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(size[0] / width, size[1] / height)
        bitmap = sheet.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
        pixels = np.array(bitmap.to_numpy()[..., :3])
    finally:
        document.close()
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def read_insert(insert: Insert, size: Size) -> np.ndarray:
    """The picture or page of an insert (of no video), a page as large as fits into a size."""
    if insert.file.suffix.lower() == ".pdf":
        return read_page(insert.file, insert.page, size)
    return read_picture(insert.file)


def slide_picture(insert: Insert, size: Size, folder: Path) -> Path:
    """A PNG of an insert's picture or page that fits into a size, for the set's screen; its name tells its content."""
    pixels = read_insert(insert, size)
    image = Image.fromarray(pixels)
    image.thumbnail(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    name = hashlib.sha256(file.getvalue()).hexdigest()[:20]
    path = Path(folder, f"{name}.png")
    return path if path.is_file() else write_file(path, file.getvalue())
