# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo file to upright 8-bit sRGB pixels."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps

from core.errors import LikenessError

MAX_PIXELS = 64_000_000  # refused above, before a pixel is decoded
LONGEST_SIDE = 4096
SHORTEST_SIDE = 32  # a face of 20 px between the eye corners is about 40 px wide
MID_GREY = 128

# Formats whose readers are robust and run no outside program (Pillow would hand EPS to Ghostscript).
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "PPM")
# What Pillow raises on damaged files, depending on the format. OSError covers its own classes.
_DAMAGE = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, struct.error, zlib.error)
_RESAVE = "Open it in an image program and save it again as an ordinary JPEG or PNG."


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    image: (H, W, 3) uint8 sRGB, upright, its longer side at most 4096.
    alpha: (H, W) float32 0..1 where the file had transparency, else None; image is composited on mid grey.
    exif: the file's EXIF tags, empty when it has none.
    scale: pixels of image per pixel of the file, at most 1.
    sha256: of the file's bytes.
    warnings: full sentences.
    """

    image: np.ndarray
    alpha: np.ndarray | None
    exif: Image.Exif
    scale: float
    sha256: str
    warnings: tuple[str, ...]


def read_photo(path: Path) -> Photo:
    """Decode a photo: EXIF orientation, colour profile, transparency, 16 bit, CMYK, grey and palette.

    The content decides, not the name's extension. Of several frames the first is taken.
    Raises LikenessError ``photo_missing``, ``photo_empty``, ``photo_unreadable``, ``photo_too_large`` (above
    64 megapixels, told from the header) or ``photo_too_small``.
    """
    if not path.is_file():
        raise LikenessError("photo_missing", f"There is no photo file {path.name}.", "Choose a photo that exists.")
    try:
        if path.stat().st_size == 0:
            raise LikenessError("photo_empty", f"The photo file {path.name} is empty.", "Copy or download it again.")
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return _decode(_open(file, path.name), path.name, sha256)
    except PermissionError as error:
        raise LikenessError(
            "photo_unreadable",
            f"The photo file {path.name} may not be read.",
            "Give yourself the right to read it.",
        ) from error


def _open(file: io.BufferedReader, name: str) -> Image.Image:
    """Read the header and judge by it. No pixel is decoded."""
    file.seek(0)
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            source = Image.open(file, formats=formats)
        except Image.DecompressionBombError as error:
            raise _too_large(name, "far more than 64") from error
        except _DAMAGE as error:
            raise _unreadable(file, name) from error
    width, height = source.size
    if width * height > MAX_PIXELS:
        raise _too_large(name, f"{width * height / 1e6:.0f}")
    if min(width, height) < SHORTEST_SIDE:
        raise LikenessError(
            "photo_too_small",
            f"{name} is only {width} by {height} pixels large.",
            "Use a photo in which the face alone is at least 100 pixels wide.",
        )
    return source


def _too_large(name: str, megapixels: str) -> LikenessError:
    return LikenessError(
        "photo_too_large",
        f"{name} has {megapixels} megapixels; 64 is the limit.",
        "Reduce it to at most 4096 pixels on its longer side, which is all that is used.",
    )


def _unreadable(file: io.BufferedReader, name: str) -> LikenessError:
    file.seek(4)
    if file.read(8) in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        return LikenessError("photo_unreadable", f"{name} is a HEIC photo, which can't be read here.", _RESAVE)
    return LikenessError("photo_unreadable", f"{name} is no picture, or a damaged one.", _RESAVE)


def _decode(source: Image.Image, name: str, sha256: str) -> Photo:
    try:
        source.load()
        exif = _read_exif(source)
        profile = source.info.get("icc_profile")
        upright = _turn_upright(source)
        alpha = _read_alpha(upright)
        opaque, notes = _to_srgb(_to_eight_bit(upright), profile)
    except _DAMAGE as error:
        raise LikenessError(
            "photo_unreadable",
            f"{name} is cut off or damaged and can't be decoded.",
            "Copy or download it again.",
        ) from error
    image = np.asarray(opaque)
    scale = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    image = _reduce(image, scale)
    if alpha is not None:
        alpha = _reduce(alpha, scale)
        blend = image * alpha[..., None] + MID_GREY * (1.0 - alpha[..., None])
        image = np.rint(blend).astype(np.uint8)
    return Photo(np.ascontiguousarray(image), alpha, exif, scale, sha256, notes)


def _read_exif(source: Image.Image) -> Image.Exif:
    """EXIF is a courtesy: broken tags count as none."""
    try:
        exif = source.getexif()
        exif.get_ifd(0x8769)
    except (*_DAMAGE, AttributeError):
        return Image.Exif()
    return exif


def _turn_upright(source: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(source)
    except _DAMAGE:
        return source


def _read_alpha(source: Image.Image) -> np.ndarray | None:
    """(H, W) float32, or None where everything is opaque."""
    if not source.has_transparency_data:
        return None
    alpha = np.asarray(source.convert("RGBA").getchannel("A"))
    return None if alpha.min() == 255 else alpha.astype(np.float32) / 255.0


def _sixteen_bit(source: Image.Image) -> Image.Image:
    values = np.asarray(source).astype(np.float64)
    return Image.fromarray(np.rint(np.clip(values, 0, 65535) / 257.0).astype(np.uint8))


def _thirty_two_bit(source: Image.Image) -> Image.Image:
    """Pillow's mode I holds 8-bit or 16-bit values in 32-bit integers, depending on the file."""
    values = np.asarray(source)
    return _sixteen_bit(source) if values.max() > 255 else Image.fromarray(values.clip(0).astype(np.uint8))


def _floating(source: Image.Image) -> Image.Image:
    """Grey floats: 0..1 where nothing is brighter than 1, else 0..255."""
    values = np.nan_to_num(np.asarray(source, dtype=np.float64))
    full = 255.0 if values.max() <= 1.0 else 1.0
    return Image.fromarray(np.rint(np.clip(values * full, 0, 255)).astype(np.uint8))


# Pillow's mode -> how its values become 8 bits a channel with their own colour space kept.
_EIGHT_BIT: dict[str, Callable[[Image.Image], Image.Image]] = {
    "I;16": _sixteen_bit,
    "I;16L": _sixteen_bit,
    "I;16B": _sixteen_bit,
    "I;16N": _sixteen_bit,
    "I": _thirty_two_bit,
    "F": _floating,
    "1": lambda source: source.convert("L"),
    "LA": lambda source: source.convert("L"),
    "La": lambda source: source.convert("LA").convert("L"),
    "L": lambda source: source,
    "CMYK": lambda source: source,
}


def _to_eight_bit(source: Image.Image) -> Image.Image:
    convert = _EIGHT_BIT.get(source.mode)
    if convert is not None:
        return convert(source)
    # Palettes with transparency and premultiplied colours lose their alpha correctly only by way of RGBA.
    return source.convert("RGBA").convert("RGB") if source.has_transparency_data else source.convert("RGB")


def _to_srgb(source: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    if not profile:
        return source.convert("RGB"), ()
    try:
        converted = ImageCms.profileToProfile(
            source,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return source.convert("RGB"), ("The photo's colour profile is damaged; its colours are taken as sRGB.",)
    return converted or source.convert("RGB"), ()


def _reduce(pixels: np.ndarray, scale: float) -> np.ndarray:
    """Area averaging; scale 1 returns the pixels as they are."""
    if scale == 1.0:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
