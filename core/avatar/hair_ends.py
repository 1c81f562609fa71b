# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hair ends that no photo shows: strand by strand, and at the lower edge of short hair that stands off the head
lock by lock, not in the round lip of a solid."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from core.avatar.hair_strands import blurred
from core.colour import smoothstep

SECTORS = 72  # about the skull in which the edge's height is looked for
STANDS_OFF = 0.008  # metres off the head from which on an edge is a lip
FREE = 1.0  # metres over the edge of what has none
# Metres that are cut off everywhere, that locks differ in length, and that the gaps between them are deep.
LIP, UNEVEN, GAPS = 0.002, 0.002, 0.002
WIDTHS, SLANT = (0.0025, 0.007), 0.5  # metres of a lock; metres that it hangs aside for each down
STRANDS, FINE = 0.0012, 0.0012  # metres: width of the strands at a lock's tip, and how they differ in length
SOFT = 0.0016  # metres over which it ends
SEED = 7
ENDS, THINNING = (3.0, 8.0), (0.3, 0.8)  # texels across and along the strands over which hair ends, and shares
# Texels across and along the strands of bare gaps between temple and sideburn, which are the hair's in most heads.
_GAP = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 15))
RAGGED = 0.5  # how much the strands tear the edge where hair thins out unseen


def over_edge(away: np.ndarray, dense: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Metres (V,) by which points of the solid lie over its lower edge, where that stands off the head; else FREE.

    away: (V, 3) from the skull's middle; dense: (V,) whether there is hair; off: (V,) metres off the head.
    """
    sector = ((np.arctan2(away[:, 0], away[:, 1]) / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
    low, lip = np.full(SECTORS, np.inf), np.zeros(SECTORS)
    np.minimum.at(low, sector[dense], away[dense, 2])
    near = dense & (away[:, 2] < low[sector] + LIP + UNEVEN + GAPS)
    np.maximum.at(lip, sector[near], off[near])
    known = np.isfinite(low)
    if not known.any():
        return np.full(len(away), FREE)
    low = np.where(known, low, away[dense, 2].max())
    low = gaussian_filter1d(minimum_filter1d(low, 3, mode="wrap"), 1.0, mode="wrap")
    share = gaussian_filter1d((known & (lip > STANDS_OFF)).astype(float), 1.0, mode="wrap")[sector]
    over = np.clip(away[:, 2] - low[sector], 0, None)
    return over + FREE * (1 - smoothstep(share, 0.4, 0.9))


def locks(over: np.ndarray, across: float) -> np.ndarray:
    """Share (h, w) 0..1 that is left of hair ``over`` (h, w) metres over its edge; across: metres of a column."""
    random = np.random.default_rng(SEED)
    x = np.arange(over.shape[1]) * across
    borders = np.cumsum(random.uniform(*WIDTHS, int(x[-1] / WIDTHS[0]) + 3)) - WIDTHS[1]
    length, lean = random.random(len(borders)), random.uniform(-SLANT, SLANT, len(borders))
    fine = gaussian_filter1d(random.standard_normal(len(x)), STRANDS / across / 2, mode="wrap")
    fine *= FINE / max(float(fine.std()), 1e-6)
    low = np.minimum(over, LIP + UNEVEN + GAPS + 4 * FINE)
    number = np.clip(np.searchsorted(borders, x) - 1, 0, len(borders) - 2)
    # Slanted, the lock that a place belongs to depends on how high over the edge it lies.
    place = x[None] + lean[number][None] * low
    number = np.clip(np.searchsorted(borders, place) - 1, 0, len(borders) - 2)
    middle = (borders[number] + borders[number + 1]) / 2
    aside = np.abs(place - middle) / (borders[number + 1] - borders[number]) * 2
    cut = LIP + UNEVEN * length[number] + GAPS * aside**2 + np.abs(fine)
    return smoothstep(over - cut, -SOFT / 2, SOFT / 2)


def thin_out(hairy: np.ndarray, drawn_out: np.ndarray, there: np.ndarray, strands: np.ndarray) -> np.ndarray:
    """Share of hair (h, w) on the chart; where the photo is ``drawn_out`` (h, w) 0..1 so are the steps at which hair
    ends: there it ends over a width, strand by strand. there: (h, w) 1 where there is any surface."""
    hairy = np.maximum(hairy, cv2.morphologyEx(hairy, cv2.MORPH_CLOSE, _GAP) * there * drawn_out)
    soft = smoothstep(blurred(hairy, *ENDS) / np.maximum(blurred(there, *ENDS), 1e-3), *THINNING)
    hairy = hairy + (soft - hairy) * drawn_out
    ragged = RAGGED * np.clip(strands.mean(axis=2) * 4, -1, 1) * drawn_out
    return np.clip(hairy + ragged * 4 * hairy * (1 - hairy), 0, 1)
