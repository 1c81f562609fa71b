# SPDX-License-Identifier: GPL-3.0-or-later
"""The gap between the lips that the core reckons is the one that Blender's evaluated mesh has."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import bpy
import numpy as np
from addon import require_core_python
from exchange_files import points

from blender_addon.rig import import_avatar, rig_parts

# Frames of speaking: jaw and lips together, correctives, closures, a smile.
FRAMES = {
    "jawOpen": (0.0, 0.15, 0.3, 0.3, 0.3, 0.2, 0.1, 0.2, 0.25, 0.1, 0.4, 0.05),
    "mouthClose": (0.0, 0.0, 0.3, 0.1, 0.0, 0.2, 0.1, 0.0, 0.05, 0.0, 0.0, 0.05),
    "mouthFunnel": (0.0, 0.4, 0.2, 0.2, 0.0, 0.0, 0.0, 0.3, 0.0, 0.6, 0.0, 0.0),
    "mouthPucker": (0.0, 0.1, 0.0, 0.0, 0.6, 0.4, 0.0, 0.3, 0.0, 0.6, 0.0, 0.0),
    "mouthLowerDownLeft": (0.0, 0.2, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.3, 0.1, 0.2, 0.0),
    "mouthLowerDownRight": (0.0, 0.2, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.3, 0.1, 0.2, 0.0),
    "mouthUpperUpLeft": (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.1, 0.0),
    "mouthUpperUpRight": (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.1, 0.0),
    "mouthSmileLeft": (0.0, 0.0, 0.2, 0.3, 0.0, 0.0, 0.3, 0.0, 0.2, 0.0, 0.1, 0.2),
    "mouthSmileRight": (0.0, 0.0, 0.2, 0.3, 0.0, 0.0, 0.3, 0.0, 0.2, 0.0, 0.1, 0.2),
    "mouthRollLower": (0.0, 0.0, 0.1, 0.0, 0.0, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0, 0.45),
    "mouthPressLeft": (0.0, 0.0, 0.2, 0.0, 0.0, 0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0),
    "mouthPressRight": (0.0, 0.0, 0.2, 0.0, 0.0, 0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0),
}
# In the core's Python: an avatar's gaps (metres) and the vertices between which they are.
CORE = """
import json, sys, numpy as np
from pathlib import Path
from core.avatar.contact import FaceProbe
from core.avatar.lip_gap import CENTRE, lip_gap
from core.avatar.store import load_avatar
avatar = load_avatar(Path(sys.argv[1]))
probe = FaceProbe(avatar.meshes)
head = probe.meshes["head"].positions
middle = (head[probe.line, 0].max() + head[probe.line, 0].min()) / 2
near = [rows[np.abs(head[rows, 0] - middle) < CENTRE].tolist() for rows in (probe.upper, probe.lower)]
channels = {name: np.array(curve) for name, curve in json.loads(sys.argv[2]).items()}
print(json.dumps({"gaps": lip_gap(avatar, channels).tolist(), "upper": near[0], "lower": near[1]}))
"""


def test_the_gap_between_the_lips_is_that_of_blenders_mesh(nasa_folder: Path) -> None:
    """Within 0.05 mm in each frame, with the rig's own drivers and correctives."""
    command = [require_core_python(), "-c", CORE, nasa_folder, json.dumps(FRAMES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    armature = import_avatar(nasa_folder)
    head = rig_parts(armature)["head"]
    for modifier in [modifier for modifier in head.modifiers if modifier.type == "SUBSURF"]:
        head.modifiers.remove(modifier)
    gaps = []
    for frame in range(len(FRAMES["jawOpen"])):
        for name, curve in FRAMES.items():
            armature[name] = curve[frame]
        armature.update_tag()
        bpy.context.view_layer.update()
        height = points(head)[:, 2]
        gaps.append(height[told["upper"]].min() - height[told["lower"]].max())
    assert np.ptp(gaps) > 0.008, "the mouth does not move"
    np.testing.assert_allclose(gaps, told["gaps"], atol=0.05e-3)
