# SPDX-License-Identifier: GPL-3.0-or-later
"""The rest pose, and the two keys that lead from it to the strict neutral and to the photo's own face.

The rest pose is how the person usually carries the face: neutral plus a share of the photo's expression, with the
lips closed. It is the base of every mesh. Key ``neutral`` takes that share back; key ``photo`` adds what the 52
keys cannot say of the photo's expression, so that photo_expression puts the photo's face back exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import KDTree

from core.avatar.fit import Fit
from core.avatar.keys import expressed, key_strength
from core.avatar.lips import close_lips
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS

# Habitual expression that the rest pose keeps: channel's start -> share of the photo's, and the most that is kept.
# How a person carries brows, lids and cheeks is part of the likeness; the lips stay closed.
REST_SHARE: dict[str, tuple[float, float]] = {
    "mouthSmile": (0.35, 1.0),
    "mouthDimple": (0.35, 1.0),
    "cheekSquint": (1.0, 1.0),
    "eyeSquint": (1.0, 1.0),
    "eyeBlink": (1.0, 0.4),  # a lid that hangs is the person's, a shut one the moment's
    "eyeWide": (1.0, 0.5),
    "eyeLookDown": (1.0, 0.25),
    "brow": (1.0, 1.0),
    "noseSneer": (0.8, 1.0),
}
LEAST = 0.005  # of a channel that is worth a word in photo_expression
# The bust is no part of the photo's expression: near it (metres) the key ``photo`` fades out.
BUST_FADE = 0.025


def rest_expression(expression: Mapping[str, float]) -> dict[str, float]:
    """The part of the photo's expression (ARKit channel -> 0..1 of our keys) that the rest pose keeps."""
    return {
        channel: min(share * value / key_strength(channel), most)
        for channel, value in expression.items()
        for start, (share, most) in REST_SHARE.items()
        if channel.startswith(start) and value > 0
    }


def photo_expression(expression: Mapping[str, float]) -> dict[str, float]:
    """What brings the rest pose back to the photo's face: channel -> value, ``photo`` among them."""
    kept = rest_expression(expression)
    full = {channel: min(value / key_strength(channel), 1.0) for channel, value in expression.items()}
    back = {channel: round(value - kept.get(channel, 0.0), 4) for channel, value in full.items()}
    return {channel: value for channel, value in back.items() if value > LEAST} | {"photo": 1.0}


def rest_pose(template: Template, neutral: np.ndarray, keys: np.ndarray, expression: Mapping[str, float]) -> np.ndarray:
    """Neutral (V, 3) with the habitual share of the expression and closed lips; keys (52, V, 3)."""
    kept = rest_expression(expression)
    weights = np.array([kept.get(channel, 0.0) for channel in ARKIT_CHANNELS])
    return close_lips(template, neutral + np.einsum("k,kvd->vd", weights, keys))


def neutral_delta(template: Template, fit: Fit, rest: np.ndarray) -> np.ndarray:
    """Key ``neutral`` (V, 3): from the rest pose to the strict neutral with closed lips."""
    return close_lips(template, fit.neutral) - rest


def photo_delta(template: Template, fit: Fit, rest: np.ndarray, keys: Mapping[str, np.ndarray]) -> np.ndarray:
    """Key ``photo`` (V, 3): what the other keys, name -> (V, 3), leave out of the photo's face."""
    shown = rest + expressed(keys, photo_expression(fit.expression))
    return (fit.posed - shown) * _off_bust(template)[:, None]


def _off_bust(template: Template) -> np.ndarray:
    """0 on the bust, 1 from BUST_FADE on (V,)."""
    bust = np.unique(template.faces[template.region == 1])
    return np.clip(KDTree(template.positions[bust]).query(template.positions)[0] / BUST_FADE, 0, 1)
