# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances and takes on other rigs: any mesh with shape keys, any armature with bones."""

from .matching import choose_preset, match_preset, still_keys
from .motion import Motion, of_performance, visemes
from .presets import MOVES, TURNS, Preset, Row, read_presets
from .target import Applied, apply_motion, is_target, target_bones, target_keys, target_meshes

PARTS = (*MOVES, *TURNS)

__all__ = [
    "PARTS",
    "PRESETS",
    "Applied",
    "Motion",
    "Preset",
    "Row",
    "apply_motion",
    "choose_preset",
    "is_target",
    "match_preset",
    "of_performance",
    "still_keys",
    "target_bones",
    "target_keys",
    "target_meshes",
    "visemes",
]

PRESETS: dict[str, Preset]


def __getattr__(name: str) -> dict[str, Preset]:
    """``PRESETS`` is read from its files when somebody first asks for it: starting Blender reads none."""
    if name != "PRESETS":
        raise AttributeError(name)
    globals()[name] = presets = read_presets()
    return presets
