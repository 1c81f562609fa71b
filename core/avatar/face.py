# SPDX-License-Identifier: GPL-3.0-or-later
"""The fitted head's rest pose with all that moves its skin: lids that close, lips that seal, visemes, correctives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.avatar.eyes import LID_GAP, SIDES, eye_radius
from core.avatar.fit import Fit
from core.avatar.keys import scale_keys, viseme_deltas
from core.avatar.landmarks import load_landmark_points
from core.avatar.lids import brows_off_lids, close_lids, lay_lids, shut_lids
from core.avatar.mouth import mouth_correctives, seal_keys
from core.avatar.rest import neutral_delta, photo_delta, rest_pose
from core.avatar.template import Template, eyeball
from core.channels import ARKIT_CHANNELS, BASE_CHANNELS

# The lids clear a sphere this much larger than the template's eyeball: the cornea's room (eyes.py fills it).
LID_SPHERE = 1.03


@dataclass(frozen=True)
class Lids:
    """The face with lids that close, before its mouth does: rest (V, 3) metres, keys (52, V, 3) of ARKit, neutral
    (V, 3), which takes the rest pose back, and the lids' arcs by name; all over the template's vertices."""

    rest: np.ndarray
    keys: np.ndarray
    neutral: np.ndarray
    arcs: dict[str, np.ndarray]


@dataclass(frozen=True)
class Face:
    """What the parts are made around: rest (V, 3) metres, keys (52, V, 3) of ARKit, all keys by name, those of the
    lids and the neutral face among them; all over the template's vertices."""

    rest: np.ndarray
    keys: np.ndarray
    named: Mapping[str, np.ndarray]
    based: Mapping[str, np.ndarray]


def shape_lids(fit: Fit, template: Template) -> Lids:
    """The rest pose and ARKit's keys of a fitted head, with lids that close and clear the eyeballs."""
    keys = scale_keys(template, fit.neutral, load_landmark_points())
    rest = rest_pose(template, fit.neutral, keys, fit.expression)
    spheres = {side: eyeball(template, rest, side) for side in SIDES}
    room = {side: (centre, LID_SPHERE * radius) for side, (centre, radius) in spheres.items()}
    keys, arcs = close_lids(template, rest, brows_off_lids(template, keys), room)
    reach = eye_radius(template, rest, keys, spheres) + LID_GAP
    centres = {side: centre for side, (centre, _) in spheres.items()}
    moved = np.concatenate([keys, neutral_delta(template, fit, rest)[None]])
    rest, moved = lay_lids(template, rest, moved, centres, reach)
    return Lids(rest, moved[:-1], moved[-1], arcs)


def shape_mouth(fit: Fit, template: Template, face: Lids) -> Face:
    """All keys of the face: lips that seal, correctives, visemes and the bases."""
    rest, keys = face.rest, seal_keys(face.rest, face.keys)
    named = dict(zip((*ARKIT_CHANNELS, "neutral"), (*keys, face.neutral), strict=True))
    lids = face.arcs | shut_lids(template, named)
    named |= lids | mouth_correctives(rest, named)
    named |= {"photo": photo_delta(template, fit, rest, named)}
    based = lids | {name: named[name] for name in BASE_CHANNELS}
    return Face(rest, keys, named | viseme_deltas(named), based)
