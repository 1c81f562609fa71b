# SPDX-License-Identifier: GPL-3.0-or-later
"""The tongue: the template's, made slim and low enough to lie inside the lower teeth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.keys import expressed, moving_keys, viseme_deltas
from core.avatar.light import tint
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.teeth import apply_affine, fit_affine
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS
from core.colour import smoothstep

COLOR = (0.40, 0.13, 0.125)  # linear
TEETH_GAP = 1.2e-3  # metres between the tongue's rim and the lower teeth
# Height of the tongue's back over the tips of the lower molars: it rests against the palate's foot in life,
# but a mouth that opens shows a lump if it lies higher.
BACK_RISE = 1.0e-3
TIP_DROP = 2.2e-3  # metres that the tip stays below the lower incisors' edge
SINK = 11e-3  # metres that the root goes down at jawOpen 1, as the floor of the mouth does
DOME = 4e-3  # metres that the middle of its back stays above its rims there: flat, it would look like a shelf
TAPER = 0.32  # share of its width that the tip is slimmer by than the root
GROOVE = 0.9e-3  # metres, along the middle
INCISOR_DEPTH = 7e-3  # metres behind the lower incisors' faces in which the tongue must pass above them
INCISOR_GAP = 0.6e-3  # metres
FLATTEN = 0.4  # share of its thickness that the tongue loses outside the mouth
MOST_LIFT = 8e-3  # metres
ARC_STEPS = np.linspace(0.1, 0.9, 9)  # of tongueOut, at which the tongue must clear the incisors
ARC_LAG = 0.1  # share of its way by which it stays back half way, so that it rises before it leaves
MOST_ARC = 12e-3  # metres
TIP_JAW = 0.14  # jaw at which the tip lies between the teeth
TIP_OUT, TIP_PLAY, TIP_THIN = 1.5e-3, 0.2e-3, 1.5e-3  # metres before the teeth, off their edges, and thick at least
TIP_REACH = (0.010, 0.034)  # metres behind the tip that go with it all the way, and from where on nothing does
THINNEST = 0.45  # of the template's height
BINS = 24  # directions in which the room inside the lower teeth is measured
MIN_TRAVEL = 1e-4  # metres


def build_tongue(
    template: Template, rest: np.ndarray, keys: np.ndarray, teeth: PartMesh, exposure: float
) -> tuple[PartMesh, list[Material]]:
    """Mesh ``tongue`` bound to the jaw, and its material.

    rest: (V, 3) metres, keys: (52, V, 3), both over the template's vertices; teeth: `build_teeth`'s mesh of
    the same head; exposure: see `light.exposure`.
    """
    crowns = _lower_crowns(teeth, template)
    rows, faces = np.unique(template.parts["tongue"], return_inverse=True)
    # The warp may have bent single vertices far from every landmark: all together they say where it lies.
    shape = apply_affine(fit_affine(template.positions[rows], rest[rows]), template.positions[rows])
    positions = _lay(shape, teeth.positions[crowns])
    named: dict[str, np.ndarray] = {}
    for index, name in enumerate(ARKIT_CHANNELS):
        if name in teeth.keys and np.abs(keys[index][rows]).max() > MIN_TRAVEL:
            # With the lower teeth, so that the two never meet, however far the jaw is.
            follow = fit_affine(teeth.positions[crowns], teeth.keys[name][crowns])
            named[name] = apply_affine(follow, positions)
            if name == "jawOpen":
                named[name][:, 2] += DOME * _dome(positions) - SINK * _behind(positions)
    reach = _reach(shape, positions, keys[ARKIT_CHANNELS.index("tongueOut")][rows])
    incisors = crowns[teeth.positions[crowns, 1] < teeth.positions[crowns, 1].min() + INCISOR_DEPTH]
    over = (named["jawOpen"], teeth.positions[incisors], teeth.keys["jawOpen"][incisors])
    named["tongueOut"] = _lift(positions, reach, *over)
    named["tongueOutArc"] = _arc(positions, named["tongueOut"], *over)
    named["tongueTip"] = _tip(positions, named, teeth, crowns)
    named |= moving_keys(viseme_deltas(named), MIN_TRAVEL)
    faces = faces.reshape(-1, 4)
    mesh = PartMesh(
        name="tongue",
        positions=positions,
        faces=faces,
        uv=template.part_uv["tongue"].astype(np.float64),
        material=np.zeros(len(faces), int),
        materials=("tongue",),
        weights=bind(len(positions), "jaw", template.bone_names),
        keys=named,
        subdivision=1,
    )
    return mesh, [Material("tongue", "tongue", color=tint(COLOR, exposure))]


def _lower_crowns(teeth: PartMesh, template: Template) -> np.ndarray:
    """Rows of the lower teeth without their gums."""
    crown = np.zeros(len(teeth.positions), bool)
    faces = teeth.faces[teeth.material == teeth.materials.index("teeth")]
    crown[faces[faces >= 0]] = True
    return np.flatnonzero(crown & (teeth.weights[:, template.bone_names.index("jaw")] > 0.5))


def _lay(shape: np.ndarray, crowns: np.ndarray) -> np.ndarray:
    """The tongue (N, 3) made to lie inside and below the lower crowns (M, 3)."""
    middle = np.array([crowns[:, 0].mean(), crowns[:, 1].max()])  # between the last molars
    low, top = shape[:, 2].min(), shape[:, 2].max()
    molars = crowns[crowns[:, 1] > np.quantile(crowns[:, 1], 0.6), 2].max()
    thin = np.clip((molars + BACK_RISE - low) / (top - low), THINNEST, 1.0)
    laid = shape.copy()
    laid[:, 0] += middle[0] - (shape[:, 0].max() + shape[:, 0].min()) / 2
    laid[:, 2] = low + (shape[:, 2] - low) * thin
    laid[:, 2] -= max(float(laid[:, 2].max()) - molars - BACK_RISE, 0.0)

    laid = _slim(laid, crowns, middle)
    front = laid[:, 1].min()
    incisors = crowns[crowns[:, 1] < crowns[:, 1].min() + 8e-3, 2].max()
    near_tip = np.clip(1 - (laid[:, 1] - front) / 0.02, 0, 1) ** 1.5
    tip_top = float(laid[laid[:, 1] < front + 6e-3, 2].max())
    laid[:, 2] -= near_tip * max(tip_top - (incisors - TIP_DROP), 0.0)
    upper = np.clip((laid[:, 2] - low) / max(float(np.ptp(laid[:, 2])), 1e-6), 0, 1)
    laid[:, 2] -= GROOVE * upper * np.exp(-(((laid[:, 0] - middle[0]) / 3.5e-3) ** 2))
    return laid


def _slim(laid: np.ndarray, crowns: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """The tongue tapered towards its tip and scaled, sideways and forward, to the room inside the crowns.

    One scale each way keeps the tongue's own outline.
    """
    edge, room = _room(crowns, middle)
    laid = laid.copy()
    share = np.clip((middle[1] - laid[:, 1]) / (middle[1] - laid[:, 1].min()), 0, 1)
    laid[:, 0] = middle[0] + (laid[:, 0] - middle[0]) * (1 - TAPER * share**2)
    for axis, low, high in ((0, 50.0, 90.0), (1, 0.0, 90.0), (1, 0.0, 90.0)):
        away = laid[:, :2] - middle
        turn = np.arctan2(away[:, 0], -away[:, 1])
        limit = np.interp(turn, edge, room) - TEETH_GAP
        among = (np.abs(turn) >= np.radians(low)) & (np.abs(turn) <= np.radians(high))
        ratio = limit[among] / np.maximum(np.linalg.norm(away[among], axis=1), 1e-6)
        scale = float(ratio.min(initial=1.0))
        ahead = (away[:, 1] < 0) | (axis == 0)
        laid[:, axis] = np.where(ahead, middle[axis] + away[:, axis] * scale, laid[:, axis])
    return laid


def _behind(positions: np.ndarray) -> np.ndarray:
    """0 on the front half of the tongue, 1 at its root, (N,)."""
    share = (positions[:, 1] - positions[:, 1].min()) / max(float(np.ptp(positions[:, 1])), 1e-6)
    return smoothstep(share, 0.3, 0.8)


def _dome(positions: np.ndarray) -> np.ndarray:
    """1 along the middle of the tongue's back, 0 at its rims and its tip, (N,)."""
    x, y = positions[:, 0], positions[:, 1]
    across = (2 * x - x.max() - x.min()) / max(float(np.ptp(x)), 1e-6)
    along = (y - y.min()) / max(float(np.ptp(y)), 1e-6)
    return (1 - across**2) * smoothstep(along, 0.1, 0.45)


def _room(crowns: np.ndarray, middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions (radians from straight ahead) and the distance at which the nearest lower tooth stands."""
    away = crowns[:, :2] - middle
    turn = np.arctan2(away[:, 0], -away[:, 1])
    distance = np.linalg.norm(away, axis=1)
    centres = np.linspace(-np.pi / 2, np.pi / 2, BINS + 1)
    width = np.pi / BINS
    room = np.array([distance[np.abs(turn - c) <= width].min(initial=np.inf) for c in centres])
    known = np.isfinite(room)
    return centres[known], room[known]


def _reach(shape: np.ndarray, positions: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """The template's tongueOut (N, 3) for the tongue that was laid low: what leaves the mouth ends where the
    template's does, so that it passes over the lower teeth, and flatter, as a tongue does."""
    travel = np.linalg.norm(delta, axis=1)
    share = travel / max(float(travel.max()), 1e-9)
    place = np.linspace(positions[:, 1].min(), positions[:, 1].max(), 12)
    width = place[1] - place[0]
    below = [positions[np.abs(positions[:, 1] - y) <= width, 2].min() for y in place]
    thick = positions[:, 2] - np.interp(positions[:, 1], place, below)
    reach = delta + share[:, None] * (shape - positions) * [0.0, 1.0, 1.0]
    reach[:, 2] -= FLATTEN * share * thick
    return reach


def _lift(
    positions: np.ndarray, reach: np.ndarray, follow: np.ndarray, crowns: np.ndarray, jaw: np.ndarray
) -> np.ndarray:
    """tongueOut raised so that the tongue lies over the lower incisors once it is out.

    reach, follow: the tongue's tongueOut and jawOpen; crowns, jaw: the lower incisors and their jawOpen, both
    at 1.
    """
    share = _share_of_way(reach)
    need = _short(positions + follow + reach, crowns + jaw, share)
    raised = reach.copy()
    raised[:, 2] += min(1.05 * need, MOST_LIFT) * share
    return raised


def _arc(
    positions: np.ndarray, reach: np.ndarray, follow: np.ndarray, crowns: np.ndarray, jaw: np.ndarray
) -> np.ndarray:
    """Corrective key (N, 3) that takes the tongue over the lower incisors' tips, not straight through them.

    Arguments as `_lift`'s. At tongueOut t its driver makes it 4t(1 - t) (keys.py); t is never more than
    jawOpen, so the teeth are looked at with the jaw that far open and with the jaw wide open.
    """
    share = _share_of_way(reach)
    arc = -ARC_LAG * reach * [0.0, 1.0, 0.0]
    need = 0.0
    for out in ARC_STEPS:
        bulge = 4 * out * (1 - out)
        for open_ in (out, 1.0):
            tongue = positions + open_ * follow + out * reach + bulge * arc
            need = max(need, _short(tongue, crowns + open_ * jaw, share) / bulge)
    arc[:, 2] += min(need, MOST_ARC) * share
    return arc


def _tip(
    positions: np.ndarray, named: Mapping[str, np.ndarray], teeth: PartMesh, crowns: np.ndarray
) -> np.ndarray:
    """Corrective key (N, 3) that lays the tip between teeth which are a little apart, as for the sound of "th".

    named: the tongue's keys (N, 3); crowns: rows of the lower teeth's crowns in ``teeth``.
    """
    channels = {"jawOpen": TIP_JAW, "tongueOut": TIP_JAW}
    away = {name: key for name, key in named.items() if name != "tongueTip"}
    posed = positions + expressed(away, channels)
    dental = teeth.positions + TIP_JAW * teeth.keys["jawOpen"]
    crown = np.zeros(len(dental), bool)
    faces = teeth.faces[teeth.material == teeth.materials.index("teeth")]
    crown[faces[faces >= 0]] = True
    crown[crowns] = False
    upper, lower = dental[crown], dental[crowns]
    front = upper[:, 1].min()
    top, bottom = (row[row[:, 1] < row[:, 1].min() + INCISOR_DEPTH] for row in (upper, lower))
    high, low = top[:, 2].min() - TIP_PLAY, bottom[:, 2].max() + TIP_PLAY
    # The first part of the tongue goes forward as one, the rest stretches after it.
    behind = positions[:, 1] - positions[:, 1].min()
    share = 1 - smoothstep(behind, *TIP_REACH)
    moved = posed.copy()
    moved[:, 1] += share * (front - TIP_OUT - posed[:, 1].min())
    flat = share > 0.5
    middle, half = (posed[flat, 2].max() + posed[flat, 2].min()) / 2, np.ptp(posed[flat, 2]) / 2
    squeezed = (high + low) / 2 + (posed[:, 2] - middle) * max(high - low, TIP_THIN) / (2 * half)
    moved[:, 2] += smoothstep(share, 0.0, 0.8) * (squeezed - posed[:, 2])
    return moved - posed


def _share_of_way(reach: np.ndarray) -> np.ndarray:
    """How far each vertex (N,) travels, 1 for the farthest."""
    way = np.linalg.norm(reach, axis=1)
    return way / max(float(way.max()), 1e-9)


def _short(tongue: np.ndarray, incisors: np.ndarray, share: np.ndarray) -> float:
    """Metres that the tip must rise, and the rest by its share, for what is over the incisors to clear them."""
    over = (tongue[:, 1] < incisors[:, 1].max()) & (share > 0.2)
    short = incisors[:, 2].max() + INCISOR_GAP - tongue[over, 2]
    return float((short / share[over]).max(initial=0.0))
