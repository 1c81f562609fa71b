# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the chosen person is in the photo: segmentation of several crops, then matting of the edge.

The selfie segmenter (256 x 256 inside) is surest on crops of head and shoulders, so these outweigh the whole
frame, which flags, models and other people confuse. GrabCut decides only where the segmenter hesitates, and
closed-form matting draws the edge inside a thin band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision
from mediapipe.tasks.python.vision.image_segmenter import ImageSegmenter

from core.portrait.detect import Sighting, Window
from core.portrait.edge import solve_alpha
from core.portrait.face import Face
from core.portrait.topology import CHIN, IRISES, OVAL
from core.progress import Progress, silent

REACH = (4.0, 24.0)  # what may belong to the person: centre below the face's and side, in eye distances (2 m)
WORK_SIDE = 768  # pixels of the bust window at most; larger photos are matted smaller and sharpened again
WORK_EYES = 64.0  # eye distance in pixels to which smaller faces are magnified
WORK_FRAME = 1536  # pixels; the longest side of a magnified photo
BUST = (1.2, 8.0)  # what is refined: centre below the face's and side, in eye distances
# Crops that are segmented: centre below the face's, side, weight. Told by looking at five portraits: from 9
# eye distances on, flags and people behind come in.
CROPS = ((-0.3, 5.0, 1.0), (0.8, 6.0, 2.0), (1.2, 7.2, 1.5), (1.5, 9.0, 0.3))
FRAME_WEIGHT = 0.1
SURE_PERSON, LIKELY_PERSON, SURE_REST = 0.97, 0.7, 0.25
LIKELY_EDGE = 0.98
# A backdrop is even when this share of what is no person differs by no more than EVEN levels from a surface of
# second order. Then what differs by OTHER is no backdrop, and what hardly differs and hangs together with it is.
# Where the segmenter is sure of the person, only the very same colour counts, and none that is burned out.
BACKDROP, EVEN_SHARE, EVEN, OTHER, SAME, BURNED = 0.05, 0.97, 6.0, 16.0, 3.0, 248.0
HAIR_BAND, CLOTH_BAND = 0.09, 0.03  # half width of the unknown band above and below the chin, eye distances
CUT_OUT = 0.7  # share of rest and person that a photo's transparency gets right where it is the matte

_SEGMENT_PIXELS = 512


@dataclass(frozen=True)
class _Scene:
    """The photo at working size, and the chosen face in its pixels."""

    image: np.ndarray
    scale: float
    eyes: float
    x: float
    y: float
    chin: float
    oval: np.ndarray

    def window(self, below: float, side: float) -> Window:
        return Window.around(self.x, self.y + below * self.eyes, side * self.eyes)


def matte_person(
    image: np.ndarray,
    face: Face,
    others: Sequence[Sighting],
    segmenter: Path,
    alpha: np.ndarray | None = None,
    progress: Progress = silent,
) -> np.ndarray:
    """(H, W) float32, 1 where the person with this face is, 0 elsewhere. What is held in the hands counts.

    image: (H, W, 3) uint8; others: faces that do not belong to the person; segmenter: the selfie segmenter's
    model file; alpha: (H, W) the photo's own transparency, taken as the matte where the photo is a cut-out.
    """
    height, width = image.shape[:2]
    seen = face.sighting
    near = Window.around(seen.x, seen.y + REACH[0] * face.size, REACH[1] * face.size)
    rows, columns, _ = _overlap(near, width, height)
    image = image[rows, columns]
    others = [replace(other, x=other.x - columns.start, y=other.y - rows.start) for other in others]
    scene = _arrange(image, face.landmarks[:, :2] - (columns.start, rows.start), face.size)
    matte = np.zeros((height, width), np.float32)
    hint = None if alpha is None else alpha[rows, columns]
    matte[rows, columns] = _cut_out(image, scene, others, segmenter, hint, progress)
    return matte


def _cut_out(
    image: np.ndarray,
    scene: _Scene,
    others: Sequence[Sighting],
    segmenter: Path,
    alpha: np.ndarray | None,
    progress: Progress,
) -> np.ndarray:
    progress(0.0, "Separating the person from the background")
    own = _ownership(scene, others)
    chance = _segment(scene, segmenter) * own
    progress(0.3, "Separating the person from the background")
    clear = None if alpha is None else cv2.resize(alpha, chance.shape[::-1], interpolation=cv2.INTER_AREA)
    if alpha is not None and clear is not None and _is_cut_out(clear, chance):
        body = cv2.dilate(_keep_one_body(clear * own > 0.5, scene).astype(np.uint8), _disc(0.1 * scene.eyes))
        return alpha * cv2.resize(body.astype(np.float32), alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    matte = _refine(scene, chance)
    progress(0.9, "Separating the person from the background")
    matte = _enlarge(matte, scene.image, image)
    return matte if alpha is None else matte * alpha


def _is_cut_out(alpha: np.ndarray, chance: np.ndarray) -> bool:
    """Whether a photo's transparency follows the person: most of what is none is clear, most of who is, is not."""
    rest, person = chance < 0.1, chance > 0.9
    return bool(rest.any() and (alpha[rest] < 0.5).mean() > CUT_OUT and (alpha[person] > 0.5).mean() > CUT_OUT)


def _arrange(image: np.ndarray, points: np.ndarray, eyes: float) -> _Scene:
    """points: (478, 2) landmarks in pixels of this image; eyes: distance between the outer eye corners."""
    height, width = image.shape[:2]
    magnified = max(1.0, min(WORK_EYES / eyes, WORK_FRAME / max(width, height)))
    scale = min(magnified, WORK_SIDE / (BUST[1] * eyes))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    work = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC)
    points = points * scale
    x, y = points[:-IRISES].mean(axis=0)
    oval = np.rint(points[list(OVAL)]).astype(np.int32)
    return _Scene(work, scale, eyes * scale, float(x), float(y), float(points[CHIN, 1]), oval)


def _segment(scene: _Scene, model: Path) -> np.ndarray:
    """(h, w) float32: the segmenter's mean confidence over all crops and their mirror images."""
    height, width = scene.image.shape[:2]
    options = vision.ImageSegmenterOptions(
        base_options=tasks.BaseOptions(model_asset_buffer=model.read_bytes()), output_confidence_masks=True
    )
    with ImageSegmenter.create_from_options(options) as segmenter:
        # The frame is squeezed into the net's square; squared by borders it brings in more of the background.
        frame = cv2.resize(scene.image, (_SEGMENT_PIXELS, _SEGMENT_PIXELS), interpolation=cv2.INTER_AREA)
        seen = cv2.resize(_confidence(segmenter, frame), (width, height), interpolation=cv2.INTER_LINEAR)
        total, weights = seen * FRAME_WEIGHT, np.full((height, width), FRAME_WEIGHT, np.float32)
        for below, side, weight in CROPS:
            window = scene.window(below, side)
            seen = _confidence(segmenter, window.cut(scene.image, _SEGMENT_PIXELS))
            seen = cv2.resize(seen, (window.side, window.side), interpolation=cv2.INTER_LINEAR)
            rows, columns, inside = _overlap(window, width, height)
            share = weight * _feather(window.side)[inside]
            total[rows, columns] += share * seen[inside]
            weights[rows, columns] += share
    return total / weights


def _confidence(segmenter: ImageSegmenter, pixels: np.ndarray) -> np.ndarray:
    masks = []
    for view in (pixels, np.ascontiguousarray(pixels[:, ::-1])):
        result = segmenter.segment(mp.Image(image_format=mp.ImageFormat.SRGB, data=view))
        masks.append(np.array((result.confidence_masks or [])[0].numpy_view(), np.float32).reshape(view.shape[:2]))
    return (masks[0] + masks[1][:, ::-1]) / 2.0


def _overlap(window: Window, width: int, height: int) -> tuple[slice, slice, tuple[slice, slice]]:
    """Rows and columns of the frame under a window, and the same in the window's own pixels."""
    top, bottom = max(0, window.top), min(height, window.top + window.side)
    left, right = max(0, window.left), min(width, window.left + window.side)
    inside = (slice(top - window.top, bottom - window.top), slice(left - window.left, right - window.left))
    return slice(top, bottom), slice(left, right), inside


def _feather(side: int) -> np.ndarray:
    """(side, side) float32: 1 inside, falling to 0 over the outer 12 %, where a crop knows least."""
    ramp = np.minimum(np.arange(side) + 0.5, side - np.arange(side) - 0.5) / (0.12 * side)
    return np.minimum(np.minimum(ramp[:, None], ramp[None, :]), 1.0).astype(np.float32)


def _ownership(scene: _Scene, others: Sequence[Sighting]) -> np.ndarray:
    """(h, w) float32: 1 near the chosen person, 0 near another, a ramp of one face width between them.

    A body is taken as the face and all that hangs below it; distances count in the person's own face widths.
    """
    height, width = scene.image.shape[:2]
    own = np.ones((height, width), np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    face = 1.8 * scene.eyes  # the detector's box is that much wider than the eye corners
    mine = np.hypot(x - scene.x, np.minimum(y - scene.y, 0.0)) / face
    for other in others:
        breadth = other.width * scene.scale
        theirs = np.hypot(x - other.x * scene.scale, np.minimum(y - other.y * scene.scale, 0.0)) / breadth
        own = np.minimum(own, np.clip(0.5 + theirs - mine, 0.0, 1.0))
    return own


def _refine(scene: _Scene, chance: np.ndarray) -> np.ndarray:
    """A matte inside the bust window, a plain outline outside of it."""
    height, width = chance.shape
    window = scene.window(*BUST)
    rows, columns, inside = _overlap(window, width, height)
    body = np.where(chance > 0.5, 1, 0).astype(np.uint8)
    body[rows, columns] = _decide(scene.image[rows, columns], chance[rows, columns])
    body = _keep_one_body(body > 0, scene).astype(np.uint8)
    matte = cv2.GaussianBlur(body.astype(np.float32), (0, 0), max(0.7, 0.015 * scene.eyes))
    chin = int(scene.chin) - rows.start
    local = _draw_edge(scene.image[rows, columns], body[rows, columns], chance[rows, columns], scene, chin)
    # Only where the window ends inside the photo does its refined part have to run out softly.
    soft = _feather(window.side)[inside] if _ends_inside(window, width, height) else 1.0
    matte[rows, columns] = soft * local + (1.0 - soft) * matte[rows, columns]
    return np.clip(matte, 0.0, 1.0)


def _ends_inside(window: Window, width: int, height: int) -> bool:
    right, bottom = window.left + window.side, window.top + window.side
    return window.left > 0 or window.top > 0 or right < width or bottom < height


def _decide(image: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """(h, w) uint8 0/1 by GrabCut, which may not touch what the segmenter is sure of."""
    labels = np.full(chance.shape, cv2.GC_PR_FGD, np.uint8)
    labels[chance < LIKELY_PERSON] = cv2.GC_PR_BGD
    labels[chance > SURE_PERSON] = cv2.GC_FGD
    labels[chance < SURE_REST] = cv2.GC_BGD
    differs = _differs_from_backdrop(image, chance)
    if differs is not None:
        labels[(differs > OTHER) & (chance > BACKDROP)] = cv2.GC_FGD
        labels[_joined(differs, chance)] = cv2.GC_BGD
    person = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if person.any() and not person.all():
        cv2.setRNGSeed(0)  # GrabCut seeds its colour clusters at random
        cv2.grabCut(image, labels, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
        person = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    return person.astype(np.uint8)


def _differs_from_backdrop(image: np.ndarray, chance: np.ndarray) -> np.ndarray | None:
    """Levels (h, w) by which each pixel differs from an even backdrop, or None where there is none."""
    rest = chance < BACKDROP
    if rest.mean() < 0.05:
        return None
    height, width = chance.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    sparse = np.flatnonzero(rest.ravel())[:: max(1, int(rest.sum()) // 4000)]
    known, colours = terms.reshape(-1, 6)[sparse], image.reshape(-1, 3)[sparse].astype(float)
    near = np.abs(colours - np.median(colours, axis=0)).max(axis=1) < 8 * EVEN
    if near.mean() < EVEN_SHARE:
        return None
    surface = np.linalg.lstsq(known[near], colours[near], rcond=None)[0]
    if colours[near].mean() > BURNED or (np.abs(colours - known @ surface).max(axis=1) < EVEN).mean() < EVEN_SHARE:
        return None
    # Averaged over 3 x 3 pixels: a JPEG's noise is no difference.
    return np.abs(cv2.blur(image, (3, 3)).astype(np.float32) - terms @ surface).max(axis=2)


def _joined(differs: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """(h, w) bool: pixels of the backdrop's colour that hang together with what is surely no person."""
    same = differs < np.where(chance > LIKELY_PERSON, SAME, EVEN)
    same = cv2.morphologyEx(same.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, pieces = cv2.connectedComponents(np.maximum(same, (chance < BACKDROP).astype(np.uint8)))
    return np.isin(pieces, np.unique(pieces[chance < BACKDROP])) & (same > 0)


def _keep_one_body(person: np.ndarray, scene: _Scene) -> np.ndarray:
    """The piece that holds the face, without the holes that are smaller than half an eye distance squared."""
    face = np.zeros(person.shape, np.uint8)
    cv2.fillPoly(face, [scene.oval], 1)
    count, pieces = cv2.connectedComponents((person | (face > 0)).astype(np.uint8))
    votes = np.bincount(pieces[face > 0], minlength=count)
    body = pieces == votes[1:].argmax() + 1 if count > 1 else person
    count, holes, stats, _ = cv2.connectedComponentsWithStats((~body).astype(np.uint8))
    small = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] < 0.5 * scene.eyes**2) + 1
    return body | np.isin(holes, small)


def _draw_edge(image: np.ndarray, body: np.ndarray, chance: np.ndarray, scene: _Scene, chin: int) -> np.ndarray:
    """Closed-form matting inside a band around the body's outline, wider where there may be hair."""
    band = _band(body, CLOTH_BAND * scene.eyes, 2)
    above = max(0, chin)
    band[:above] = _band(body, HAIR_BAND * scene.eyes, 4)[:above]
    known = band == 0
    if not (known & (body > 0)).any() or not (known & (body == 0)).any() or known.all():
        return body.astype(np.float32)
    return solve_alpha(image, body, ~known, chance > LIKELY_EDGE)


def _band(body: np.ndarray, radius: float, least: int) -> np.ndarray:
    kernel = _disc(max(radius, least))
    return cv2.dilate(body, kernel) - cv2.erode(body, kernel)


def _disc(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _enlarge(matte: np.ndarray, work: np.ndarray, image: np.ndarray) -> np.ndarray:
    """To the photo's size by the fast guided filter (He, Sun 2015); the guide is the photo's brightness."""
    height, width = image.shape[:2]
    if matte.shape[0] >= height:
        return cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA)
    guide = work.astype(np.float32).mean(axis=2) / 255.0
    mean_guide, mean_matte = _box(guide), _box(matte)
    slope = (_box(guide * matte) - mean_guide * mean_matte) / (_box(guide * guide) - mean_guide**2 + 1e-4)
    offset = mean_matte - slope * mean_guide
    slope, offset = (
        cv2.resize(_box(part), (width, height), interpolation=cv2.INTER_LINEAR) for part in (slope, offset)
    )
    plain = cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR)
    sharp = np.clip(slope * (image.astype(np.float32).mean(axis=2) / 255.0) + offset, 0.0, 1.0)
    return np.where((plain > 0.01) & (plain < 0.99), sharp, plain).astype(np.float32)


def _box(values: np.ndarray) -> np.ndarray:
    return cv2.blur(values, (5, 5), borderType=cv2.BORDER_REFLECT_101)
