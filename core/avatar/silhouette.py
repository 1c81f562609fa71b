# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the outline of neck, shoulders or garment onto the matte's, as the photo's camera sees both.

Every point of the shape's outline looks for the nearest point of the matte's that faces the same way; the found
shifts are smoothed along the outline and carried to the vertices around. Where hair covers the outline or the photo
ends, the other side's shifts speak, mirrored, and otherwise the neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter1d
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from core.avatar.fit import Fit, project
from core.avatar.hair_region import HairRegion
from core.sampling import sample

# The canvas on which outlines are compared, in the picture's plane through the neck's joint (metres).
STEP = 0.0015
SPARSE = 4  # every so many of the outline's points shift the vertices
ASIDE, ABOVE, BELOW = 0.36, 0.14, 0.30
REACH = 0.075  # an outline is moved by no more (metres)
FACING = 0.5  # cosine between the normals of two outlines that may belong together
DOWNWARD = -0.55  # outline whose normal points down more is the bust's own lower edge
MIRROR_WEIGHT = 0.08  # of the other side's shifts, where this side shows none of its own
FAINT = 0.02  # weight at which a shift has faded by half away from the outline
OWN = 0.1  # share of what is drawn from which on a point of the outline belongs to it
HIDDEN = 0.3  # share of hair from which on the outline under it is unknown
# The plate that carries shifts on: metres from the outline over which it is held, how stiff it is, and how much it is
# drawn back to its start where nothing holds it.
RIM, STIFF, SLACK = 0.012, 0.005, 1e-4
FAR = 4.0  # a shift carries no farther than this many of its reaches


@dataclass(frozen=True)
class Silhouette:
    """The photo's view on neck and shoulders, as a canvas of STEP metres a pixel.

    outline: (n, 2) canvas pixels of the matte's outline that is to be believed, normals (n, 2) out of the person;
    known: (h, w) bool, inside the photo and not under hair.
    """

    scale: float  # canvas pixels per photo pixel
    origin: np.ndarray  # photo pixel at the canvas' corner
    nearest: np.ndarray  # (h, w) index into outline
    outline: np.ndarray
    normals: np.ndarray
    known: np.ndarray

    def at(self, pixels: np.ndarray) -> np.ndarray:
        """Canvas pixels (N, 2) of photo pixels."""
        return (pixels - self.origin) * self.scale

    def beside(self, picture: np.ndarray, away: float) -> np.ndarray:
        """Values (n,) of the photo's picture (H, W) so many metres outside of the outline."""
        return sample(picture, (self.outline + away / STEP * self.normals) / self.scale + self.origin)


@dataclass(frozen=True)
class Drawing:
    """A shape that is drawn onto the outline.

    faces: (F, 4) of all that is seen; share: (V,) how far each vertex may move; ways: (n,) which points of the
    photo's outline only push the shape in (-1), only draw it out (1), or do both (0); least: metres of outline that
    the photo must show.
    """

    faces: np.ndarray
    share: np.ndarray
    ways: np.ndarray | None = None
    least: float = 0.12


def read_silhouette(matte: np.ndarray, fit: Fit, neck: np.ndarray, region: HairRegion) -> Silhouette:
    """The outline of a matte (H, W) 0..1 around the neck's joint (3,); region: the portrait's hair."""
    centre = project(neck[None], fit.rotation, fit.translation, fit.camera)[0]
    depth = float((fit.rotation @ neck + fit.translation)[2])
    scale = depth / fit.camera.focal / STEP
    origin = centre - np.array([ASIDE, ABOVE]) / STEP / scale
    width, height = round(2 * ASIDE / STEP), round((ABOVE + BELOW) / STEP)
    matrix = np.array([[scale, 0, -scale * origin[0]], [0, scale, -scale * origin[1]]])
    # Pixel centres lie at +0.5 in both frames.
    matrix[:, 2] += 0.5 * (scale - 1)
    person = cv2.warpAffine(matte, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    person = cv2.GaussianBlur(person, (0, 0), 0.8)
    y, x = np.mgrid[:height, :width] + 0.5
    pixels = np.stack([x, y], axis=-1) / scale + origin
    size = np.array(matte.shape[::-1])
    inside = np.all((pixels > 2) & (pixels < size - 2), axis=-1)
    hair = region.sample(pixels.reshape(-1, 2)).reshape(height, width)
    covered = cv2.dilate((hair > HIDDEN).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    known = inside & ~covered
    points, normals = _outline((person > 0.5).astype(np.uint8))
    row, column = _cells(points, known.shape)
    good = known[row, column]
    # The outline runs between the last pixel inside and the first outside.
    points, normals = points[good] + 0.5 * normals[good], normals[good]
    nearest = np.zeros(known.shape, int)
    if len(points):
        row, column = _cells(points, known.shape)
        number = np.full(known.shape, -1)
        number[row, column] = np.arange(len(points))
        indices = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
        nearest = number[tuple(np.asarray(indices))]
    return Silhouette(scale, origin, nearest, points, normals, known)


def draw(
    view: Silhouette, fit: Fit, positions: np.ndarray, drawing: Drawing, reach: float, smooth: float
) -> np.ndarray:
    """Positions (V, 3) one round nearer to the outline. How far from the outline a shift carries, and how far along
    it is smoothed: metres."""
    flat = view.at(project(positions, fit.rotation, fit.translation, fit.camera)).astype(np.float32)
    mask, front = _mask(view, flat[drawing.faces])
    points, normals = _outline(mask)
    if not len(points) or not len(view.outline):
        return positions
    seen = np.unique(drawing.faces[front])
    own = drawing.share[seen][KDTree(flat[seen], balanced_tree=False).query(points)[1]] > OWN
    points, shift, weight = _shifts(view, points, normals, own, drawing.ways, smooth / STEP)
    if len(points) * SPARSE * STEP < 2 * drawing.least:  # a point and its mirror image
        return positions
    body = np.flatnonzero(drawing.share > 0)
    reach = reach / STEP
    body = body[_distance(points, flat[body], view.known.shape) < FAR * reach]
    # Squares of distances as a product of matrices: (N, n) numbers of which each is needed once.
    here, there = flat[body] / reach, points.astype(np.float32) / reach
    kernel = here @ there.T
    kernel -= 0.5 * (here**2).sum(axis=1, keepdims=True)
    kernel -= 0.5 * (there**2).sum(axis=1)
    np.exp(kernel, out=kernel)
    kernel *= weight.astype(np.float32)
    moved = (kernel @ shift) / (kernel.sum(axis=1, keepdims=True) + FAINT * np.sqrt(len(points)))
    moved *= STEP * drawing.share[body, None]
    drawn = positions.copy()
    drawn[body] += moved[:, :1] * fit.rotation[0] + moved[:, 1:] * fit.rotation[1]
    return drawn


def carry_on(view: Silhouette, fit: Fit, drawn: np.ndarray, start: np.ndarray, drawing: Drawing) -> np.ndarray:
    """The drawn shape (V, 3), its shifts from the start kept at the outline and elsewhere as a bent plate's.

    What is drawn near the outline stands up as a ridge, seen from aside; this carries it on over front and back.
    """
    flat = view.at(project(drawn, fit.rotation, fit.translation, fit.camera)).astype(np.float32)
    points, normals = _outline(_mask(view, flat[drawing.faces])[0])
    points = points[normals[:, 1] < -DOWNWARD]
    # The shape and what it hangs on.
    faces = drawing.faces[(drawing.share[drawing.faces] > 0).any(axis=1)]
    rows, numbers = np.unique(faces, return_inverse=True)
    if not len(points):
        return drawn
    away = KDTree(points).query(flat[rows])[0] * STEP
    # A rim's vertices bind; what does not belong to the shape stays where it was.
    hold = np.where(drawing.share[rows] < OWN, 100.0, np.exp(-((away / RIM) ** 2))) + SLACK
    faces = numbers.reshape(faces.shape)
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    both = np.concatenate([ends, ends[:, ::-1]])
    links = csr_array((np.full(len(both), 0.5), (both[:, 0], both[:, 1])), shape=(len(rows),) * 2)
    laplacian = diags_array(np.asarray(links.sum(axis=1)).ravel()) - links
    shift = (drawn - start)[rows]
    wanted = (hold - SLACK)[:, None] * shift
    result = drawn.copy()
    plate = (diags_array(hold) + STIFF * laplacian @ laplacian).tocsc()
    solve = splu(plate, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    result[rows] = start[rows] + solve.solve(wanted) * (drawing.share[rows, None] > 0)
    return result


def _mask(view: Silhouette, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture (h, w) 0/1 of faces with canvas corners (F, 4, 2), and which of them (F,) look at the camera."""
    mask = np.zeros(view.known.shape, np.uint8)
    across, down = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    front = across[:, 0] * down[:, 1] < across[:, 1] * down[:, 0]
    cv2.fillPoly(mask, list(np.round((corners[front] - 0.5) * 16).astype(np.int32)), 1, shift=4)
    return mask, front


def _distance(points: np.ndarray, places: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Canvas pixels (N,) from places (N, 2) to the nearest of the points (n, 2), roughly; 0 beside the canvas."""
    free = np.ones(shape, np.uint8)
    free[_cells(points, shape)] = 0
    inside = np.all((places > 0) & (places < shape[::-1]), axis=1)
    return cv2.distanceTransform(free, cv2.DIST_L2, 5)[_cells(places, shape)] * inside


def bounded(drawn: np.ndarray, start: np.ndarray, reach: float) -> np.ndarray:
    """A copy of drawn (V, 3) with no vertex farther than ``reach`` from its start."""
    gone = drawn - start
    length = np.linalg.norm(gone, axis=1, keepdims=True)
    return start + gone * np.minimum(1, reach / np.maximum(length, 1e-9))


def _cells(points: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    cells = np.clip(points.astype(int), 0, np.array(shape[::-1]) - 1)
    return cells[:, 1], cells[:, 0]


def _outline(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) along the borders of a mask (h, w) 0/1 in order, and unit normals (n, 2) out of it.

    The picture's own border is no border of the mask.
    """
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2)), np.zeros((0, 2))
    points = max(contours, key=len)[:, 0].astype(float) + 0.5
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3.0, borderType=cv2.BORDER_REPLICATE)
    row, column = _cells(points, mask.shape)
    normals = -np.stack([cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)], axis=-1)[row, column]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    height, width = mask.shape
    free = np.all((points > 2) & (points < np.array([width, height]) - 2), axis=1)
    return points[free], normals[free]


def _shifts(
    view: Silhouette,
    points: np.ndarray,
    normals: np.ndarray,
    own: np.ndarray,
    ways: np.ndarray | None,
    smooth: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where those of the outline's points (m, 2) that are the shape's own (m,) have to go: points, shifts (k, 2) in
    canvas pixels, weights (k,)."""
    row, column = _cells(points, view.known.shape)
    found = view.nearest[row, column]
    shift = view.outline[found] - points
    # Along the normal alone: sliding along the outline is nobody's business.
    along = (shift * normals).sum(axis=1)
    fits = (
        own
        & ((view.normals[found] * normals).sum(axis=1) > FACING)
        & (np.linalg.norm(shift, axis=1) < REACH / STEP)
        & (normals[:, 1] < -DOWNWARD)
        & view.known[row, column]
    )
    if ways is not None:
        fits &= ways[found] * along >= 0
    weight = fits.astype(float)
    share = gaussian_filter1d(weight, smooth)
    along = gaussian_filter1d(along * weight, smooth) / np.maximum(share, 1e-3)
    keep = weight > 0
    points, shift, weight = points[keep][::SPARSE], (along[:, None] * normals)[keep][::SPARSE], weight[keep][::SPARSE]
    mirrored = np.array([2 * ASIDE / STEP, 0.0]) + points * [-1, 1]
    return (
        np.concatenate([points, mirrored]),
        np.concatenate([shift, shift * [-1, 1]]),
        np.concatenate([weight, MIRROR_WEIGHT * weight]),
    )
