# SPDX-License-Identifier: GPL-3.0-or-later
"""The wet line: the tear film's rim, which stands between the lower lid's edge and the eyeball and glints.

It grows from the lid's own edge, so that in every shape key it stays where the lid is; the eyeball turns under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from core.avatar.keys import moving_keys
from core.avatar.parts import PartMesh, bind
from core.avatar.rings import along_lid, lid_edges
from core.avatar.template import Template

COLUMNS, ROWS = 33, 5
SPAN = (0.14, 0.95)  # share of the lid's length, from the nose outward
# Metres that it reaches up the eyeball: a meniscus is 0.2 to 0.5 mm high (Tear meniscus height, reviews of OCT).
HEIGHT = 0.5e-3
LIFT = 0.05e-3  # metres in front of the cornea's film
INWARD = 0.25e-3  # metres that its foot lies behind the lid's edge, which subdivision rounds off
MIN_TRAVEL = 2e-5  # metres


def build_tears(
    template: Template,
    rest: np.ndarray,
    keys: Mapping[str, np.ndarray],
    centres: Mapping[str, np.ndarray],
    surface: Callable[[np.ndarray], np.ndarray],
) -> PartMesh:
    """Mesh ``tears`` bound to the head, of the cornea's material.

    rest: (V, 3) metres, keys: name -> (V, 3), over the template's vertices; centres: side -> the eyeball's centre
    (3,); surface: distance of the cornea's film from it at angles (N,) from -Y.
    """
    positions, faces = [], []
    deltas: dict[str, list[np.ndarray]] = {name: [] for name in keys}
    for side, (_, edge) in lid_edges(template).items():
        rooted, centre = along_lid(rest[edge], SPAN, COLUMNS, side), centres[side]
        here = _rise(rooted @ rest[edge] - centre, surface)
        faces.append(_quads(side) + sum(len(p) for p in positions))
        positions.append((centre + here).reshape(-1, 3))
        for name, delta in keys.items():
            moved = _rise(rooted @ (rest[edge] + delta[edge]) - centre, surface)
            deltas[name].append((moved - here).reshape(-1, 3))
    quads = np.concatenate(faces)
    return PartMesh(
        name="tears",
        positions=np.concatenate(positions),
        faces=quads,
        uv=np.full((len(quads), 4, 2), 0.5),
        material=np.zeros(len(quads), int),
        materials=("cornea",),
        weights=bind(sum(len(p) for p in positions), "head", template.bone_names),
        keys=moving_keys({name: np.concatenate(parts) for name, parts in deltas.items()}, MIN_TRAVEL),
    )


def _rise(edge: np.ndarray, surface: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Hollow strip (COLUMNS, ROWS, 3) from the lid's edge (COLUMNS, 3) up the eyeball, all relative to its centre."""
    reach = np.linalg.norm(edge, axis=1, keepdims=True)
    out = edge / reach
    up = np.array([0.0, 0.0, 1.0]) - out[:, 2:] * out
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    share = np.linspace(0.0, 1.0, ROWS)
    turn = (share * HEIGHT / reach)[..., None]
    direction = np.cos(turn) * out[:, None] + np.sin(turn) * up[:, None]
    film = surface(np.arccos(np.clip(-direction[..., 1], -1, 1))) + LIFT
    foot = np.maximum(reach - INWARD, film[:, :1])
    distance = film + (foot - film) * (1 - share) ** 2
    return distance[..., None] * direction


def _quads(side: str) -> np.ndarray:
    """Faces of the strip, wound so that they look at the viewer."""
    index = np.arange(COLUMNS * ROWS).reshape(COLUMNS, ROWS)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=2).reshape(-1, 4)
    return quads if side == "left" else quads[:, ::-1]
