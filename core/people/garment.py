# SPDX-License-Identifier: GPL-3.0-or-later
"""What a synthetic person wears: where it ends about the neck, and its cloth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.avatar.cloth_texture import COARSE, SIZE, SOFT
from core.avatar.clothes import RIM, Garment, sew_garment
from core.avatar.neckline import ANGLES
from core.avatar.parts import Material
from core.avatar.template import Template
from core.avatar.texture import enlarge
from core.avatar.unwrap import rasterise_faces
from core.avatar.view import MASK_RANGE
from core.colour import smoothstep, to_srgb
from core.people.noise import Space, sum_noise
from core.people.sliders import Looks

# Garment -> level of its neckline (neckline.py) in front, at the sides and behind, metres.
NECKLINES = {
    "shirt": (-0.088, -0.050, -0.030), "sweater": (-0.074, -0.036, -0.014), "jacket": (-0.088, -0.046, -0.026),
}  # fmt: skip
# Linear RGB.
COLOURS: dict[str, tuple[float, float, float]] = {
    "white": (0.62, 0.61, 0.58), "black": (0.014, 0.014, 0.016), "grey": (0.135, 0.137, 0.142),
    "navy": (0.014, 0.022, 0.052), "blue": (0.050, 0.105, 0.215), "green": (0.040, 0.085, 0.055),
    "red": (0.215, 0.030, 0.030), "ochre": (0.330, 0.180, 0.040), "beige": (0.400, 0.325, 0.230),
}  # fmt: skip
INNER = (0.60, 0.60, 0.59)  # of the shirt under a jacket
BAND = {"shirt": 0.017, "sweater": 0.024, "jacket": 0.017}  # metres of ribbed collar
# A jacket: half the width of its opening, heights from the neck's joint where it begins and closes, its lapels' width.
OPENING, CLOSED, LAPEL = 0.062, (-0.035, -0.235), 0.042


@dataclass(frozen=True)
class _Cloth:
    """Where texels lie, (N, N) each: metres into the cloth from its border; right, back, up from the neck's joint;
    degrees from the front."""

    edge: np.ndarray
    at: np.ndarray
    turn: np.ndarray


def sew(looks: Looks, template: Template, rest: np.ndarray, uv: np.ndarray) -> Garment:
    """The garment over the bust ``rest`` (V, 3)."""
    front, side, back = NECKLINES[looks.choices["clothes"]]
    angle = (np.arange(ANGLES) + 0.5) * 2 * np.pi / ANGLES
    turn = np.cos(angle)
    line = side + np.where(turn > 0, (front - side) * turn**2, (back - side) * turn**2)
    return sew_garment(template, rest, uv, line)


def paint_garment(looks: Looks, garment: Garment) -> Material:
    """Material ``clothes`` on the bust's chart, its alpha ending at collar and lower edge as of a photo's clothes."""
    texels = rasterise_faces(garment.faces, garment.uv, COARSE)
    fields = [garment.edge, garment.fade, garment.bare, garment.turn, *garment.positions.T]
    edge, fade, bare, turn, *at = np.moveaxis(enlarge(texels.paint(np.stack(fields, axis=1)), SIZE), -1, 0)
    middle = np.array([0.0, float(np.median(garment.positions[:, 1])), 1.46])
    cloth = _Cloth(edge, np.stack(at, axis=-1) - middle.astype(np.float32), turn)
    colour = PAINTERS[looks.choices["clothes"]](looks, cloth)
    colour = colour * _folds(looks, cloth)[..., None]
    cover = np.maximum(smoothstep(edge + RIM, -SOFT, SOFT), bare) * fade
    low, high = MASK_RANGE
    alpha = np.where(cover > 0.001, low + cover * (high + 0.02 - low), 0.0)
    bytes_ = (np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Material("clothes", "cloth", np.dstack([to_srgb(colour), bytes_]), painted=True)


def _folds(looks: Looks, cloth: _Cloth) -> np.ndarray:
    """Light and shade (N, N) of soft folds, and in the collar's groove."""
    space = Space(looks.random("folds"))
    long = cloth.at * np.array([1.0, 1.0, 0.45], np.float32)
    waves = 0.05 * space.at(long, 0.06) + 0.03 * space.at(cloth.at, 0.02)
    groove = np.exp(-(((cloth.edge - BAND[looks.choices["clothes"]]) / 0.0012) ** 2))
    return np.exp(waves) * (1 - 0.30 * groove) * (1 - 0.25 * np.exp(-np.maximum(cloth.edge + RIM, 0) / 0.0015))


def _shirt(looks: Looks, cloth: _Cloth) -> np.ndarray:
    """Jersey with a ribbed collar."""
    return _dyed(looks, COLOURS[looks.choices["clothes_colour"]], cloth, 0.045, "shirt")


def _sweater(looks: Looks, cloth: _Cloth) -> np.ndarray:
    """Knitted: rows of stitches that lean to both sides."""
    plain = _dyed(looks, COLOURS[looks.choices["clothes_colour"]], cloth, 0.05, "sweater")
    x, _, z = np.moveaxis(cloth.at, -1, 0)
    column, row = x / 0.0044, z / 0.0036
    lean = np.abs(column - np.round(column))
    stitch = np.cos(2 * np.pi * (row + 0.9 * lean)) * 0.5 + np.cos(4 * np.pi * lean) * 0.35
    knitted = smoothstep(cloth.edge, BAND["sweater"] - 0.001, BAND["sweater"] + 0.001)
    return plain * np.exp(0.13 * stitch * knitted)[..., None]


def _jacket(looks: Looks, cloth: _Cloth) -> np.ndarray:
    """A blazer over a plain shirt: the opening, the lapels with a notch, and a collar behind the neck."""
    wool = _dyed(looks, COLOURS[looks.choices["clothes_colour"]], cloth, 0.09, None)
    inner = _dyed(looks, INNER, cloth, 0.035, "jacket")
    x, _, z = np.moveaxis(cloth.at, -1, 0)
    share = np.clip((z - CLOSED[1]) / (CLOSED[0] - CLOSED[1]), 0, 1)
    past = np.abs(x) - OPENING * share  # metres outside the opening
    behind = smoothstep(cloth.turn, 70.0, 95.0)
    past = past * (1 - behind) + (cloth.edge - 0.004) * behind
    outside = smoothstep(past, -0.0006, 0.0006)
    width = LAPEL * np.clip(1.25 * np.sin(np.pi * np.clip(share, 0.02, 0.98)) ** 0.7, 0.2, 1.1)
    notch = np.exp(-(((share - 0.80 + 0.8 * (past - 0.5 * width)) / 0.012) ** 2)) * (past > 0.35 * width)
    seam = np.exp(-(((past - width) / 0.0011) ** 2)) + notch * (past < width)
    lapel = (past < width) & (past > 0)
    shade = np.exp(0.10 * lapel - 0.85 * np.clip(seam, 0, 1) * (1 - behind))
    under = 1 - 0.55 * np.exp(-np.maximum(-past, 0) / 0.006)  # the jacket's shade on the shirt
    return inner * under[..., None] * (1 - outside[..., None]) + (wool * shade[..., None]) * outside[..., None]


PAINTERS = {"shirt": _shirt, "sweater": _sweater, "jacket": _jacket}


def _dyed(
    looks: Looks, colour: tuple[float, float, float], cloth: _Cloth, weave: float, band: str | None
) -> np.ndarray:
    """Linear colours (N, N, 3) of cloth with its weave, and the ribs of a collar where it has a band."""
    random = looks.random("cloth")
    own = np.array(colour) * np.exp(0.10 * random.uniform(-1, 1) + 0.05 * random.uniform(-1, 1, 3))
    log = weave * sum_noise(random, (SIZE, SIZE), ((0.6, 1.0), (1.6, 0.5), (12.0, 0.25)))
    if band is not None:
        ribs = np.cos(np.radians(cloth.turn) * 110) * (cloth.edge < BAND[band]) * (cloth.edge > -0.01)
        log = log + 0.10 * ribs
    return (own * np.exp(log)[..., None]).astype(np.float32)
