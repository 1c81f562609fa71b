# SPDX-License-Identifier: GPL-3.0-or-later
"""Light read from a picture: where its key comes from, of which colour it is, and how deep its shadows are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
import numpy as np

from .light import LAMPS, Lamp
from .picture import read_picture
from .world import WORLD_STRENGTH, world_pictures

BACKDROP = "likeness_backdrop"  # on an image: it is what the camera sees behind, as a card or a plate
SIZE = (96, 48)  # pixels that a picture is looked at with
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
# Degrees to which the brighter side of a flat picture turns the key, and the most that a key is turned anyway.
TURN, MOST = 75.0, 105.0
TINT = 0.55  # share of the picture's colour that a lamp takes on: a face wholly of it would look ill
EXPOSED = 0.26  # mean luminance of a picture in which a face is lit as in the studio


@dataclass(frozen=True)
class Match:
    """lamps as of a look; ambient and strength: of the even light; brightness: of the picture, 1 as the studio's."""

    lamps: dict[str, Lamp]
    ambient: tuple[float, float, float]
    strength: float
    brightness: float


@dataclass(frozen=True)
class Reading:
    """azimuth, elevation: degrees as of `Lamp`; key, ambient: linear colours of luminance 1; contrast: 0 flat to 1."""

    azimuth: float
    elevation: float
    key: tuple[float, float, float]
    ambient: tuple[float, float, float]
    contrast: float
    mean: float


def match_look(scene: bpy.types.Scene) -> Match | None:
    """The light of the picture behind: the world's, or one marked as backdrop; None where there is none."""
    panoramas = world_pictures(scene)
    image = next(iter(panoramas), None) or next((image for image in bpy.data.images if BACKDROP in image), None)
    if image is None:
        return None
    pixels = read_picture(image, SIZE)
    return None if pixels is None else make_match(read_light(pixels, is_round=bool(panoramas)))


def read_light(pixels: np.ndarray, is_round: bool) -> Reading:
    """Direction, colours and contrast of the light in a picture, or in one of all directions around."""
    height, width = pixels.shape[:2]
    light = pixels @ WEIGHTS
    across = (np.arange(width) + 0.5) / width * 2 - 1
    down = 1 - (np.arange(height) + 0.5) / height * 2
    area = np.cos(down * math.pi / 2)[:, None] if is_round else np.ones((height, 1))
    mean = float((light * area).sum() / (area.sum() * width))
    bright = np.maximum(light - mean, 0.0) * area
    total = bright.sum() + 1e-9
    if is_round:  # the picture's middle is behind the face: half a turn from the camera
        around, above = across * math.pi, down * math.pi / 2
        x = (bright * np.cos(above)[:, None] * np.sin(around)).sum() / total
        y = (bright * np.cos(above)[:, None] * np.cos(around)).sum() / total
        z = (bright * np.sin(above)[:, None]).sum() / total
        azimuth = math.degrees(math.atan2(x, -y))
        elevation = math.degrees(math.atan2(z, math.hypot(x, y)))
    else:
        x, z = (bright.sum(axis=0) @ across) / total, (bright.sum(axis=1) @ down) / total
        azimuth = TURN * math.tanh(2.5 * x)
        elevation = 22.0 + 30.0 * z
    low, middle, high = np.quantile(light, (0.1, 0.5, 0.95))
    contrast = float(np.clip(math.log2((high + 0.01) / (0.5 * (low + middle) + 0.01)) / 5.0, 0.0, 1.0))
    key = pixels[light >= high].mean(axis=0)
    return Reading(
        float(np.clip(azimuth, -MOST, MOST)),
        float(np.clip(elevation, 5.0, 55.0)),
        _tint(key),
        _tint(pixels.reshape(-1, 3).mean(axis=0)),
        contrast,
        mean,
    )


def make_match(reading: Reading) -> Match:
    """Lamps that light a face as a picture is lit."""
    brightness = float(np.clip((reading.mean / EXPOSED) ** 0.5, 0.4, 1.15))
    key, fill, rim = LAMPS["key"], LAMPS["fill"], LAMPS["rim"]
    side = -1.0 if reading.azimuth > 0 else 1.0
    steep, deep = abs(reading.azimuth) / 90.0, reading.contrast
    # A key from the side meets less of the face, so that it has to be stronger; a coloured lamp as well.
    watts = {
        "key": key.watts * (1.0 + 0.45 * steep**2) * (0.9 + 0.4 * deep) / _luminance(reading.key),
        "fill": fill.watts * (1.0 - 0.72 * deep) / _luminance(reading.ambient),
        "rim": 1.3 * rim.watts / _luminance(reading.key),
    }
    key_size = 1.3 - 0.8 * deep
    lamps = {
        "key": Lamp(reading.azimuth, reading.elevation, key.distance, key_size, brightness * watts["key"], reading.key),
        "fill": Lamp(40.0 * side, -8.0, fill.distance, fill.size, brightness * watts["fill"], reading.ambient),
        "rim": Lamp(-150.0 * side, 38.0, rim.distance, rim.size, brightness * watts["rim"], reading.key),
    }
    return Match(lamps, reading.ambient, brightness * WORLD_STRENGTH * (1.1 - 0.6 * deep), brightness)


def _luminance(color: tuple[float, float, float]) -> float:
    return float(np.dot(color, WEIGHTS))


def _tint(color: np.ndarray) -> tuple[float, float, float]:
    """A colour brought to a lamp's: of full strength, and only a share of its tint."""
    full = color / max(float(color.max()), 1e-6)
    mixed = 1.0 + TINT * (full - 1.0)
    return tuple(float(part) for part in mixed / mixed.max())
