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
from core.avatar.keys import DRIVERS, key_strength, key_values
from core.avatar.lips import close_lips
from core.avatar.rings import SOCKET, rings_about
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
LID_RINGS = (4, 10)  # about the eyes: up to the first all is lid, from the second on nothing


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


def base_deltas(
    template: Template, fit: Fit, rest: np.ndarray, keys: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Keys ``neutral`` and ``photo`` (V, 3), and ``neutralBlinkLeft``/``Right`` that let shut lids stay shut.

    keys: name -> (V, 3) of all that photo_expression moves, arcs included.
    """
    neutral = close_lips(template, fit.neutral) - rest
    values = key_values(DRIVERS, keys, photo_expression(fit.expression))
    shown = rest + np.einsum("k,kvd->vd", np.array(list(values.values())), np.array([keys[name] for name in values]))
    photo = (fit.posed - shown) * _off_bust(template)[:, None]
    ring = rings_about(template, SOCKET, LID_RINGS[1])
    lids = np.where(ring >= 0, np.clip((LID_RINGS[1] - ring) / (LID_RINGS[1] - LID_RINGS[0]), 0, 1), 0.0)
    sides = {"Left": template.positions[:, 0] > 0, "Right": template.positions[:, 0] < 0}
    shut = {f"neutralBlink{side}": -neutral * (lids * here)[:, None] for side, here in sides.items()}
    return {"neutral": neutral, "photo": photo} | shut


def _off_bust(template: Template) -> np.ndarray:
    """0 on the bust, 1 from BUST_FADE on (V,)."""
    bust = np.unique(template.faces[template.region == 1])
    return np.clip(KDTree(template.positions[bust]).query(template.positions)[0] / BUST_FADE, 0, 1)
