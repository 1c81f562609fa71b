# SPDX-License-Identifier: GPL-3.0-or-later
"""The 15 visemes as mouth shapes: viseme -> ARKit channel -> weight.

One row is the mouth in the middle of a clearly spoken sound. The avatar builds its viseme shape keys from
this table and the performance takes its targets from it, so that a clip driven by visemes and one driven
by ARKit channels show the same mouth. Weights are for heads whose ``jawOpen`` = 1 is a mouth wide open
(ARKit's, MakeHuman's): talking uses about a third of it. ``mouthClose`` never exceeds ``jawOpen``, since it
means lips that meet over an open jaw.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.channels import ARKIT_CHANNELS, VISEMES

# viseme: spoken as in; jaw and lips. A channel named without a side stands for both sides.
_ROWS: dict[str, dict[str, float]] = {
    "sil": {},  # relaxed and closed
    "PP": {"jawOpen": 0.04, "mouthClose": 0.04, "mouthPress": 0.20, "mouthRollLower": 0.12,
           "mouthRollUpper": 0.08},  # p b m: pressed lips
    "FF": {"jawOpen": 0.08, "mouthClose": 0.04, "mouthRollLower": 0.45, "mouthUpperUp": 0.12,
           "mouthShrugUpper": 0.05},  # f v: lower lip under the upper teeth
    "TH": {"jawOpen": 0.14, "mouthLowerDown": 0.14, "mouthUpperUp": 0.10, "mouthStretch": 0.05,
           "tongueOut": 0.20},  # θ ð: the tongue's tip between the teeth
    "DD": {"jawOpen": 0.12, "mouthLowerDown": 0.16, "mouthUpperUp": 0.08, "mouthStretch": 0.06},  # t d
    "kk": {"jawOpen": 0.15, "mouthLowerDown": 0.14, "mouthUpperUp": 0.07},  # k g h
    "CH": {"jawOpen": 0.09, "mouthFunnel": 0.38, "mouthPucker": 0.15, "mouthUpperUp": 0.08,
           "mouthLowerDown": 0.14},  # ʃ tʃ dʒ: protruded, teeth together
    "SS": {"jawOpen": 0.06, "mouthStretch": 0.13, "mouthSmile": 0.08, "mouthLowerDown": 0.26,
           "mouthUpperUp": 0.13},  # s z: teeth together, lips apart
    "nn": {"jawOpen": 0.12, "mouthLowerDown": 0.13, "mouthUpperUp": 0.06},  # n l
    "RR": {"jawOpen": 0.10, "mouthFunnel": 0.22, "mouthPucker": 0.55, "mouthLowerDown": 0.05},  # ɹ
    "aa": {"jawOpen": 0.36, "mouthLowerDown": 0.18, "mouthUpperUp": 0.12, "mouthStretch": 0.06},  # ɑ æ ʌ
    "E": {"jawOpen": 0.22, "mouthLowerDown": 0.18, "mouthUpperUp": 0.10, "mouthStretch": 0.12,
          "mouthSmile": 0.08},  # ɛ e ə
    "I": {"jawOpen": 0.17, "mouthLowerDown": 0.18, "mouthUpperUp": 0.09, "mouthStretch": 0.16,
          "mouthSmile": 0.18},  # i ɪ: spread
    "O": {"jawOpen": 0.26, "mouthFunnel": 0.38, "mouthPucker": 0.20},  # o ɔ: rounded, open
    "U": {"jawOpen": 0.09, "mouthFunnel": 0.22, "mouthPucker": 0.95},  # u ʊ w: rounded, narrow
}


def _both_sides(row: Mapping[str, float]) -> Mapping[str, float]:
    """Spell out the sides of channels that have two."""
    sides = {name: (name,) if name in ARKIT_CHANNELS else (name + "Left", name + "Right") for name in row}
    return MappingProxyType({channel: row[name] for name in row for channel in sides[name]})


VISEME_SHAPES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {viseme: _both_sides(_ROWS[viseme.removeprefix("viseme_")]) for viseme in VISEMES}
)
