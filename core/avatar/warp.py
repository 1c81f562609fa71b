# SPDX-License-Identifier: GPL-3.0-or-later
"""Take what the sliders leave over: a smooth warp of the fitted head onto landmarks and outline of every photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree

from core.avatar.landmarks import FACE_OVAL, LIP_OUTER
from core.avatar.observation import Observation, Pose, facing
from core.avatar.template import Template

# Share of the landmarks' own (weak) depth that the warp takes, and its weight where another photo sees it across.
DEPTH_SHARE, DEPTH_TRUST = 0.5, 0.05
# The reach of the mouth in IOD.
MOUTH_REACH = 0.55
SMOOTHING = 2e-3
# Weight of the mirrored landmark's shift where both sides face the camera alike; more where its own side turns away.
MIRROR_SHARE = 0.1
# Cosine of surface and sight between which a landmark is believed in its photo.
SEEN = (0.1, 0.5)
# Landmarks of the face's oval this near to the outline (IOD) give way to it; where the outline is farther off than
# the other distance, it belongs to something else.
OUTLINE_RULES, OUTLINE_FAR = 0.15, 0.12
# Landmarks, itself among them, by whose depths' median one on the face's oval goes, and IOD that it may be off that.
RIM_PEERS, RIM_DEEPER = 9, 0.15
ANCHOR_FREE = 0.5  # IOD around the outline in which nothing holds the warp

Warped = tuple[np.ndarray, list[np.ndarray], list[tuple[float, float]]]


def warp(
    observations: Sequence[Observation], poses: Sequence[Pose], expressions: Sequence[np.ndarray], shape: np.ndarray
) -> Warped:
    """Neutral (V, 3), posed (V, 3) of each photo, and each one's mean landmark distance in IOD before and after.

    shape: (V, 3) of the sliders alone. What lies near the mouth is expression that the 52 keys cannot say: it
    goes to the posed heads only.
    """
    first = observations[0]
    template, at = first.template, first.points
    iod = float(first.scale * poses[0].local(at.on(shape))[:, 2].mean() / poses[0].camera.focal)
    expressed = [np.einsum("k,kvd->vd", expression, template.key_deltas) for expression in expressions]
    views = list(zip(observations, poses, expressed, strict=True))
    before = [_error(seen, pose, at.on(shape + moved)) for seen, pose, moved in views]

    landmarks = _shared_shift(views, shape)
    rims = [_outline_shift(seen, pose, shape + moved) for seen, pose, moved in views]
    centres, shift = _join(first, shape, landmarks, rims, iod)
    mouth = at.on(shape)[np.isin(at.index, LIP_OUTER)].mean(axis=0)
    away = 1 - np.clip(1.5 - np.linalg.norm(centres - mouth, axis=1) / (MOUTH_REACH * iod), 0, 1)
    field = _thin_plate(template, shape, centres, shift * away[:, None], iod)
    neutral = shape + field(shape)

    warped, errors = [], []
    for (seen, pose, moved), error in zip(views, before, strict=True):
        posed = neutral + moved
        across, _ = _shift(seen, pose, at.on(posed))
        rims = [_outline_shift(seen, pose, posed)]
        centres, shift = _join(seen, shape, across @ pose.rotation, rims, iod)
        posed = posed + _thin_plate(template, shape, centres, shift, iod)(shape)
        warped.append(posed)
        errors.append((error, _error(seen, pose, at.on(posed))))
    return neutral, warped, errors


def _shared_shift(views: Sequence[tuple[Observation, Pose, np.ndarray]], shape: np.ndarray) -> np.ndarray:
    """World shift (N, 3) of the landmarks on which the photos agree best: each knows little along its sight."""
    count = len(views[0][0].target)
    normal, pull = np.zeros((count, 3, 3)), np.zeros((count, 3))
    for seen, pose, moved in views:
        posed = shape + moved
        across, along = _shift(seen, pose, seen.points.on(posed))
        cosine = facing(seen.template, posed, seen.points, pose.centre)
        trust = np.clip((cosine - SEEN[0]) / (SEEN[1] - SEEN[0]), 0.02, 1.0)
        wanted = (across + DEPTH_SHARE * along) @ pose.rotation
        wanted = _share_sides(seen.points.on(seen.template.positions), wanted, trust)
        axes = pose.rotation.T * [1.0, 1.0, DEPTH_TRUST] @ pose.rotation
        weight = trust[:, None, None] * axes
        normal += weight
        pull += np.einsum("nab,nb->na", weight, wanted)
    return np.linalg.solve(normal, pull[..., None])[..., 0]


def _shift(seen: Observation, pose: Pose, here: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metres in the camera's frame, (N, 3) across and (N, 3) along the sight, from the head to the landmarks."""
    local = pose.local(here)
    across, along = np.zeros_like(local), np.zeros_like(local)
    across[:, :2] = (seen.target - pose.project(here)) * local[:, 2:] / pose.camera.focal
    metres = float(pose.translation[2]) / pose.camera.focal
    along[:, 2] = _steady_rim(seen, seen.depth * metres - seen.flatten @ local[:, 2], RIM_DEEPER * seen.scale * metres)
    return across, along


def _steady_rim(seen: Observation, along: np.ndarray, most: float) -> np.ndarray:
    """Depths (N,) in which the face's oval goes with the landmarks about it, ``most`` metres more or less.

    Where it turns away from the camera, a point of the oval is none of the skin's: one that went its own way would
    fold the cheek.
    """
    resting = seen.points.on(seen.template.positions)
    oval = np.isin(seen.points.index, FACE_OVAL)
    steady = along.copy()
    usual = np.median(along[KDTree(resting).query(resting[oval], k=RIM_PEERS)[1]], axis=1)
    steady[oval] = np.clip(along[oval], usual - most, usual + most)
    return steady


def _outline_shift(seen: Observation, pose: Pose, posed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (M,) of the vertices that belong on the photo's outline, each once, and their world shift (M, 3)."""
    rows, inverse = np.unique(seen.pairs.rows, return_inverse=True)
    local = pose.local(posed[seen.pairs.rows])
    gap = np.einsum("md,md->m", seen.pairs.points - pose.project(posed[seen.pairs.rows]), seen.pairs.normals)
    gap = np.where(np.abs(gap) < OUTLINE_FAR * seen.scale, gap, 0.0)
    shift = np.zeros_like(local)
    shift[:, :2] = gap[:, None] * seen.pairs.normals * local[:, 2:] / pose.camera.focal
    mean = np.zeros((len(rows), 3))
    np.add.at(mean, inverse, shift @ pose.rotation)
    return rows, mean / np.bincount(inverse, minlength=len(rows))[:, None]


def _join(
    seen: Observation,
    shape: np.ndarray,
    landmarks: np.ndarray,
    rims: Sequence[tuple[np.ndarray, np.ndarray]],
    iod: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Points (K, 3) on the shape and their shifts, of landmarks (N, 3) and outlines."""
    here = seen.points.on(shape)
    rows = np.concatenate([rows for rows, _ in rims])
    if len(rows) == 0:
        return here, landmarks
    near = KDTree(shape[rows]).query(here)[0] < OUTLINE_RULES * iod
    keep = ~(near & np.isin(seen.points.index, FACE_OVAL)) | seen.pinned
    return (
        np.concatenate([here[keep], shape[rows]]),
        np.concatenate([landmarks[keep], *(shift for _, shift in rims)]),
    )


def _error(seen: Observation, pose: Pose, here: np.ndarray) -> float:
    return float(np.linalg.norm(seen.target - pose.project(here), axis=1).mean() / seen.scale)


def _share_sides(resting: np.ndarray, shift: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Shifts (N, 3) in which a side that turns away takes the mirror image of the side that is seen.

    Landmarks on the far cheek lie on its outline, wherever that falls, not on the anatomical point.
    """
    partner = KDTree(resting).query(resting * [-1.0, 1.0, 1.0])[1]
    other = (trust[partner] * (1.0 - trust + MIRROR_SHARE))[:, None]
    return (trust[:, None] * shift + other * shift[partner] * [-1.0, 1.0, 1.0]) / (trust[:, None] + other)


def _thin_plate(
    template: Template, shape: np.ndarray, centres: np.ndarray, shift: np.ndarray, iod: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Smooth 3D displacement field through ``shift`` at the centres and zero far from them all.

    What lies farther away than any landmark's reach (skull, neck, chest) stays where the sliders put it.
    """
    skin = np.unique(template.faces[template.region <= 1])
    far = skin[KDTree(centres).query(shape[skin])[0] > ANCHOR_FREE * iod]
    anchors = shape[far[::12]]
    values = np.concatenate([shift, np.zeros_like(anchors)])
    places = np.concatenate([centres, anchors]) / iod
    # Points of the two lips coincide in the neutral; a little smoothing keeps the system regular.
    field = RBFInterpolator(places, values, kernel="thin_plate_spline", smoothing=SMOOTHING)
    return lambda points: field(points / iod)
