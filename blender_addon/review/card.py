# SPDX-License-Identifier: GPL-3.0-or-later
"""The card of a take: kept as JSON on its lowest layer's action, together with what the take was like then."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import bpy

from .. import compat
from ..takes.curves import read_keys
from ..takes.strips import LayerStrip, take_strips

ACTION_REVIEW = "likeness_review"
LOOK_SECONDS = 0.5  # between two looks whether a take was edited; panels ask at every redraw


@dataclass(frozen=True)
class Card:
    """measures: ``key``, ``value``, ``grade`` each; warnings: ``kind``, ``start``, ``end`` (seconds), ``text`` each.

    state: of the take when it was measured, see `take_state`.
    """

    measures: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    state: str


def write_card(armature: bpy.types.Object, take: str, result: Mapping[str, Any], state: str) -> None:
    """Keep what the core's ``review`` found of a take that was in this state."""
    found = next(iter(take_strips(armature, take).values()), None)
    if found is not None:
        kept = {"measures": result["measures"], "warnings": result["warnings"], "state": state}
        found.action[ACTION_REVIEW] = json.dumps(kept, ensure_ascii=False)


def read_card(armature: bpy.types.Object, take: str | None) -> Card | None:
    """The card of a take, None where it was not measured."""
    found = next(iter(take_strips(armature, take).values()), None)
    return _read(found.action[ACTION_REVIEW]) if found is not None and ACTION_REVIEW in found.action else None


@lru_cache(maxsize=8)
def _read(text: str) -> Card | None:
    try:
        kept = json.loads(text)
        return Card(tuple(kept["measures"]), tuple(kept["warnings"]), str(kept["state"]))
    except (ValueError, KeyError, TypeError):
        return None


def take_state(armature: bpy.types.Object, take: str | None) -> str:
    """Another text whenever layers, their mix or the artist's own keys are others."""
    strips = take_strips(armature, take)
    whole = [_strip_state(found, first) for first in list(strips.values())[:1] for found in strips.values()]
    animation = armature.animation_data
    if animation is not None and animation.action is not None:
        whole.append(_keys(compat.played_slot(animation)))
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]


_looked: dict[tuple[str, str | None], tuple[float, str]] = {}


def is_stale(armature: bpy.types.Object, take: str, card: Card) -> bool:
    """Whether a take was edited since it was measured; looked at every LOOK_SECONDS at most."""
    now, key = time.monotonic(), (armature.name_full, take)
    if key not in _looked or now - _looked[key][0] > LOOK_SECONDS:
        _looked[key] = (now, take_state(armature, take))
    return _looked[key][1] != card.state


def forget_looks() -> None:
    """Look anew at the next redraw."""
    _looked.clear()


def _strip_state(found: LayerStrip, first: LayerStrip) -> list[Any]:
    strip, track = found.strip, found.track
    place = (strip.frame_start - first.strip.frame_start, strip.frame_end - strip.frame_start)
    cut = (strip.action_frame_start, strip.action_frame_end, strip.scale, strip.repeat, strip.influence)
    limits = [[tuple(point.co) for point in curve.keyframe_points] for curve in strip.fcurves]
    # Solo and muting as they come out: what is not heard counts as much as what is.
    mix = (track.mute, track.is_solo, strip.mute, strip.blend_type, strip.use_animated_influence)
    return [found.layer, place, cut, mix, limits, _keys(compat.played_slot(strip))]


def _keys(slot: bpy.types.ActionSlot | None) -> list[Any]:
    """All keys of a slot as a fingerprint, and what modifies them."""
    digest, mixed = hashlib.sha256(), []
    for curve in compat.slot_curves(slot):
        digest.update(f"{curve.data_path}{curve.array_index}".encode())
        for values in read_keys(curve).values():
            digest.update(values.tobytes())
        for modifier in curve.modifiers:
            points = [(point.frame, point.min, point.max) for point in getattr(modifier, "control_points", ())]
            mixed.append([modifier.type, modifier.mute, modifier.influence, points, _bounds(modifier)])
    return [digest.hexdigest(), mixed]


def _bounds(modifier: bpy.types.FModifier) -> list[float]:
    """An envelope's reference and limits: what the mixer's strength moves."""
    return [getattr(modifier, name, 0.0) for name in ("reference_value", "default_min", "default_max")]
