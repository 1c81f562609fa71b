# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar's bones, placed at the template's joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.avatar.template import Template, eyeball

# bone: parent, joint of the template at its head, length (metres). All point up, so that every bone has the
# same local axes. MakeHuman's "mouth" joint is the jaw's hinge below the ear, its "jaw" joint the chin.
_BONES: tuple[tuple[str, str | None, str, float], ...] = (
    ("root", None, "spine", 0.05),
    ("chest", "root", "chest", 0.2),
    ("shoulder_left", "chest", "clavicle_left", 0.06),
    ("shoulder_right", "chest", "clavicle_right", 0.06),
    ("neck", "chest", "neck", 0.08),
    ("head", "neck", "head", 0.16),
    ("jaw", "head", "mouth", 0.04),
    ("eye_left", "head", "eye_left", 0.03),
    ("eye_right", "head", "eye_right", 0.03),
)


@dataclass(frozen=True)
class Bone:
    """A bone in rest pose: head and tail (3,) in metres, parent's name or None."""

    name: str
    parent: str | None
    head: np.ndarray
    tail: np.ndarray


def place_bones(template: Template, rest: np.ndarray) -> tuple[Bone, ...]:
    """The skeleton for rest positions (V, 3); parents come first."""
    bones = []
    for name, parent, joint, length in _BONES:
        head = rest[template.joints[joint]].mean(axis=0)
        if name.startswith("eye_"):
            head = eyeball(template, rest, name.removeprefix("eye_"))[0]
        elif not name.startswith("shoulder"):
            head = head * [0.0, 1.0, 1.0]  # the body's middle, whatever the warp did to one side
        bones.append(Bone(name, parent, head, head + np.array([0.0, 0.0, length])))
    return tuple(bones)
