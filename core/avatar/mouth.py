# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth that seals: keys that keep the lips together or part them, and the correctives for what they do at once.

The drivers (keys.py) say when a corrective acts; here is what it must do, measured on the face by seal.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.keys import DRIVERS, PARTING, expressed, key_values
from core.avatar.parts import PartMesh
from core.avatar.seal import OVERLAP, Opening, bring_lower_lip, even_corners, round_opening, seal
from core.channels import ARKIT_CHANNELS
from core.colour import smoothstep

# What the lips do with the jaw is as the template has it; the rest of these move lips without it.
WITH_JAW = ("jawOpen", "mouthClose", "tongueOut")
MOVES_LIPS = ("mouth", "jaw", "cheekPuff", "noseSneer")
SHUT_AT = {"jawOpen": 0.2, "mouthClose": 0.2}  # jaw at which a mouth that is held shut is looked at
# Corrective -> the channels at whose values its driver is 1.
HELD_SHUT: dict[str, Mapping[str, float]] = {f"{channel}Shut": {channel: 1.0, **SHUT_AT} for channel in PARTING}
AT_ONCE: dict[str, Mapping[str, float]] = {
    "rolls": {"mouthRollUpper": 1.0, "mouthRollLower": 1.0},
    **{f"pucker{side}": {"mouthPucker": 1.0, f"mouthSmile{side}": 1.0} for side in ("Left", "Right")},
}
# Metres by which lips may cross, and miss that, half way into a key; and by which they do where a mouth is held shut.
HALF_WAY, SLACK, PRESSED = 0.4e-3, 1.05e-3, 0.38e-3
# Metres behind and above the foremost and lowest point of the upper row that are its incisors' edges, and before which
# the top of a bitten lip lies.
INCISORS_DEEP, INCISORS_HIGH, BEFORE_EDGE = 5e-3, 1.5e-3, 0.8e-3
# Corrective -> the channels that act on an open jaw, and what the mouth becomes. The jaw at which it is looked at; over
# which metres from the middle a smile's two sides share it.
OPEN: dict[str, tuple[Mapping[str, float], Opening]] = {
    "puckerOpen": ({"mouthPucker": 1.0}, Opening(share=0.45, roundness=2.0, corners_down=0.16, corners_in=0.08)),
    "smileOpen": ({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}, Opening(0.5, 2.2, 0.04, 0.0)),
}
OPEN_AT, SIDES_MEET = 0.5, (-0.012, 0.012)
ON_ARCS = (
    "jawForward", "mouthRollLower", "mouthRollUpper", "mouthPucker", "mouthShrugLower", "mouthLeft", "mouthRight",
)  # fmt: skip


def seal_keys(rest: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The ARKit keys (52, V, 3) over rest (V, 3), metres, none of which drives one lip through the other: those that
    do not part the lips keep them together."""
    names = [name for name in ARKIT_CHANNELS if name.startswith(MOVES_LIPS) and name not in WITH_JAW]
    index = [ARKIT_CHANNELS.index(name) for name in names]
    moved = even_corners(keys[index])
    together = np.array([name not in PARTING for name in names])
    moved += seal(rest + moved, together)
    # Lips roll and slide on arcs, keys move in straight lines.
    arcs = [names.index(name) for name in ON_ARCS]
    moved[arcs] += 2 * seal(rest + 0.5 * moved[arcs], together[arcs], HALF_WAY, SLACK)
    sealed = keys.copy()
    sealed[index] = moved
    return sealed


def mouth_correctives(rest: np.ndarray, keys: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The correctives of HELD_SHUT, AT_ONCE and OPEN (V, 3) for sealed keys, name -> (V, 3)."""
    made = {}
    for poses, overlap in ((HELD_SHUT, PRESSED), (AT_ONCE, OVERLAP)):
        posed = np.array([rest + expressed(keys, channels) for channels in poses.values()])
        made |= dict(zip(poses, seal(posed, np.ones(len(posed), bool), overlap), strict=True))
    for name, (channels, form) in OPEN.items():
        made[name] = round_opening(rest + expressed(keys, {"jawOpen": OPEN_AT, **channels}), form)
    return made | _by_side(made.pop("smileOpen"), rest)


def _by_side(delta: np.ndarray, rest: np.ndarray) -> dict[str, np.ndarray]:
    """smileOpen as what either side of a smile makes of it; delta, rest: (V, 3)."""
    left = smoothstep(rest[:, :1], *SIDES_MEET)
    return {"smileOpenLeft": left * delta, "smileOpenRight": (1 - left) * delta}


def bite_lip(
    rest: np.ndarray, keys: Mapping[str, np.ndarray], teeth: PartMesh, shown: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """The keys, name -> (V, 3), with the corrective ``bite``, which lays the lower lip on the upper incisors, and what
    follows from it. shown: the channels' values that give the photo's face."""
    upper = teeth.weights.argmax(axis=1) == teeth.weights[0].argmax()  # the upper row comes first
    crown = np.zeros(len(teeth.positions), bool)
    faces = teeth.faces[teeth.material == teeth.materials.index("teeth")]
    crown[faces[faces >= 0]] = True
    row = teeth.positions[upper & crown]
    row = row[row[:, 1] < row[:, 1].min() + INCISORS_DEEP]
    edge = row[row[:, 2] < row[:, 2].min() + INCISORS_HIGH] - [0.0, BEFORE_EDGE, 0.0]
    face = rest + keys["viseme_FF"]
    bite = bring_lower_lip(face, edge)
    bite += seal((face + bite)[None], np.zeros(1, bool))[0]
    used = key_values(DRIVERS, ["bite"], shown)["bite"]
    return dict(keys) | {
        "bite": bite,
        "viseme_FF": keys["viseme_FF"] + bite,
        "photo": keys["photo"] - used * bite,
    }
