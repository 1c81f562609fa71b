# SPDX-License-Identifier: GPL-3.0-or-later
"""From what lips and jaw are to do, in millimetres, to the channels that do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Millimetres between the lips per unit of a channel, in the middle of a mouth whose face has its eyes 63 mm apart;
# measured with core/avatar/lip_gap.py on the avatar of scikit-image's portrait, where they add up within 4 %.
# mouthClose takes back what jawOpen gives.
JAW, FUNNEL = 35.5, 10.5
LOWER, UPPER = 4.5, 5.4  # both sides of mouthLowerDown, of mouthUpperUp
LIPS = (1.15, 0.70)  # parts that lower and upper lip have in parting
# How far lips part by themselves (1 is all of LIPS): as usual, and where they do it without the jaw.
MOST_LIPS, MOST_LIPS_ALONE = 0.32, 0.90
# Millimetres and share of the opening that the jaw is open at most: closing lips take it along.
JAW_AHEAD = (0.6, 0.68)
LEFT_OVER = 0.3  # share of what the lips cannot do that a jaw is quick enough to do in their place
JAW_ALONE = 0.15  # what is left of the jaw there
# How much of their shape round lips have at a rounding r is tanh(ROUND_SOON r): the means of targets are never extreme.
ROUND_SOON = 1.5
NARROW = (1.60, 1.50)  # pucker of round lips: (without a funnel, less this times the share of funnel)
SOFT = 0.75  # pucker above which it comes to 1 gently
SPREAD = {"mouthStretch": 0.18, "mouthSmile": 0.16}  # per spreading
SMILE = {"mouthSmile": 0.45, "mouthStretch": 0.08}  # per smile
FROWN = 0.80  # mouthFrown per frown
UNROUNDED = 0.35  # share of the rounding that a smile takes


@dataclass(frozen=True)
class Mouth:
    """Curves (T,). opening: millimetres between the lips; jaw: millimetres that it would open them by; rounding,
    spreading: 0..1 and a little more; funnel: share of the rounding."""

    opening: np.ndarray
    jaw: np.ndarray
    rounding: np.ndarray
    spreading: np.ndarray
    funnel: np.ndarray


def shape_mouth(
    mouth: Mouth, most: np.ndarray, jaw_lips: float, smile: np.ndarray, frown: np.ndarray
) -> dict[str, np.ndarray]:
    """Channels (T,) of lips and jaw whose gap is the wanted opening, or ``most`` (T,) millimetres where that is less.

    jaw_lips: as MouthStyle has it. smile, frown: (T,) 0..1, how far the corners of the mouth are up, down.

    Where the jaw does not drop far enough for the opening the lips part, and some of what they cannot do, the jaw does.
    Where the jaw drops further, and where there may not be so much, ``mouthClose`` brings the lips together.
    """
    rounding = np.tanh(ROUND_SOON * mouth.rounding) * (1.0 - UNROUNDED * smile)
    # A funnel alone parts the lips; it may not by more than they are to open.
    funnel = np.minimum(rounding * mouth.funnel, np.maximum(mouth.opening, 0.0) / FUNNEL)
    pucker = _full_at_one(rounding * (NARROW[0] - NARROW[1] * mouth.funnel))
    wanted = mouth.opening - FUNNEL * funnel
    jaw = np.clip(mouth.jaw, 0.0, JAW_AHEAD[0] + JAW_AHEAD[1] * np.maximum(wanted, 0.0))
    jaw, most_lips = _balance(jaw, wanted, jaw_lips)
    per_unit = LOWER * LIPS[0] + UPPER * LIPS[1]
    lips = np.clip((wanted - jaw) / per_unit, 0.0, most_lips)
    jaw = jaw + LEFT_OVER * np.maximum(wanted - per_unit * lips - jaw, 0.0)
    open_ = jaw + per_unit * lips + FUNNEL * funnel
    close = np.clip(open_ - np.minimum(mouth.opening, most), 0.0, jaw)
    curves = {"jawOpen": jaw / JAW, "mouthClose": close / JAW, "mouthFunnel": funnel, "mouthPucker": pucker}
    pairs = {"mouthLowerDown": LIPS[0] * lips, "mouthUpperUp": LIPS[1] * lips}
    for name, amount in SPREAD.items():
        pairs[name] = amount * mouth.spreading + SMILE[name] * smile
    if frown.any():
        pairs["mouthFrown"] = FROWN * frown
    return curves | {name + side: curve for name, curve in pairs.items() for side in ("Left", "Right")}


def _full_at_one(curve: np.ndarray) -> np.ndarray:
    """A curve (T,) that comes to 1 gently instead of being cut off there."""
    over = np.maximum(curve - SOFT, 0.0)
    return np.minimum(curve, SOFT) + (1.0 - SOFT) * np.tanh(over / (1.0 - SOFT))


def _balance(jaw: np.ndarray, wanted: np.ndarray, jaw_lips: float) -> tuple[np.ndarray, float]:
    """The jaw's millimetres, and how far lips may part, between what MouthStyle calls the lips and the jaw alone."""
    if jaw_lips > 0.0:
        return jaw + jaw_lips * np.maximum(wanted - jaw, 0.0), MOST_LIPS
    alone = -jaw_lips
    return jaw * (1.0 - alone * (1.0 - JAW_ALONE)), MOST_LIPS + alone * (MOST_LIPS_ALONE - MOST_LIPS)
