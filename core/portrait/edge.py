# SPDX-License-Identifier: GPL-3.0-or-later
"""Closed-form matting of a thin band.

Levin, Lischinski, Weiss: A Closed-Form Solution to Natural Image Matting, IEEE PAMI 30(2), 2008. Written out
here because the library for it (pymatting 1.1.16) compiles for 45 s at its first import, and at every import
where its folder can't be written. Same equations, same result, solved for the unknown pixels alone.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, diags_array
from scipy.sparse.linalg import spsolve

SMOOTHNESS = 1e-6  # the paper's epsilon for colours 0..1
# Weight of the pull towards the person where that is likely. It fills the specks that bright strands in dark hair
# leave; from .2 on, and with a pull towards the background as well, halos come in (looked at on five heads).
PULL = 0.05
_WINDOW = 9  # pixels of a 3 x 3 window


def solve_alpha(
    image: np.ndarray, person: np.ndarray, unknown: np.ndarray, likely: np.ndarray | None = None
) -> np.ndarray:
    """(H, W) float32 alpha: `person` where it is known, the matting solution where it is not.

    image: (H, W, 3) uint8; person: (H, W) 0/1; unknown: (H, W) bool, best a band a few pixels wide;
    likely: (H, W) bool, where an unknown pixel is more probably person.
    """
    alpha = person.astype(np.float64)
    pixels, entries = _laplacian(image, unknown)
    if len(pixels) == 0:
        return alpha.astype(np.float32)
    size = image.shape[0] * image.shape[1]
    number = np.full(size, -1)
    free = np.flatnonzero(unknown.ravel())
    number[free] = np.arange(len(free))
    row = np.repeat(pixels, _WINDOW, axis=1).ravel()
    column = np.tile(pixels, (1, _WINDOW)).ravel()
    wanted = number[row] >= 0
    row, column, entries = number[row[wanted]], column[wanted], entries.ravel()[wanted]
    inner = number[column] >= 0
    shape = (len(free), len(free))
    matrix = coo_matrix((entries[inner], (row[inner], number[column[inner]])), shape=shape).tocsc()
    known = -entries[~inner] * alpha.ravel()[column[~inner]]
    right = np.bincount(row[~inner], weights=known, minlength=len(free))
    if likely is not None:
        pull = PULL * likely.ravel()[free]
        matrix, right = matrix + diags_array(pull, format="csc"), right + pull
    alpha[unknown] = np.asarray(spsolve(matrix, right))
    return np.clip(alpha, 0.0, 1.0).astype(np.float32)


def _laplacian(image: np.ndarray, unknown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of all 3 x 3 windows with an unknown pixel: (N, 9) flat pixel indices, (N, 9, 9) matrix entries."""
    indices = np.arange(unknown.size).reshape(unknown.shape)
    windows = np.lib.stride_tricks.sliding_window_view(indices, (3, 3)).reshape(-1, _WINDOW)
    pixels = windows[unknown.ravel()[windows].any(axis=1)]
    colours = image.reshape(-1, 3)[pixels] / 255.0
    centred = colours - colours.mean(axis=1, keepdims=True)
    covariance = centred.transpose(0, 2, 1) @ centred / _WINDOW + np.eye(3) * SMOOTHNESS / _WINDOW
    likeness = (1.0 + centred @ np.linalg.inv(covariance) @ centred.transpose(0, 2, 1)) / _WINDOW
    return pixels, np.eye(_WINDOW) - likeness
