# SPDX-License-Identifier: GPL-3.0-or-later
"""The gap between the lips of an avatar's mesh, over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.avatar.lip_gap import lip_gap
from core.avatar.store import Avatar
from core.avatar.view import posed_meshes


def test_the_gap_is_that_of_the_posed_mesh(nasa_avatar: Avatar) -> None:
    """Frame by frame, correctives included."""
    channels = {"jawOpen": (0.0, 0.2, 0.3, 0.3), "mouthClose": (0.0, 0.0, 0.3, 0.1), "mouthFunnel": (0, 0.4, 0.2, 0.2)}
    gap = lip_gap(nasa_avatar, {name: np.array(curve) for name, curve in channels.items()})
    assert np.abs(gap[[0, 2]]).max() < 0.5e-3
    assert 8e-3 < gap[1] < 14e-3 and 5e-3 < gap[3] < 10e-3
    for frame in range(4):
        still = {name: curve[frame] for name, curve in channels.items()}
        alone = lip_gap(nasa_avatar, {name: np.array([value]) for name, value in still.items()})
        assert alone[0] == gap[frame]
        names = [mesh.name for mesh in nasa_avatar.meshes]
        head = posed_meshes(nasa_avatar, still)[names.index("head")]
        assert abs(_as_it_stands(nasa_avatar, head) - gap[frame]) < 0.2e-3


def _as_it_stands(avatar: Avatar, head: np.ndarray) -> float:
    """The gap of a mesh that has been posed already."""
    meshes = [replace(mesh, positions=head) if mesh.name == "head" else mesh for mesh in avatar.meshes]
    return float(lip_gap(replace(avatar, meshes=meshes), {"jawOpen": np.zeros(1)})[0])
