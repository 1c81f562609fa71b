# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves written, read and mended; frames count from the action's own frame 0."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import bpy
import numpy as np

from .. import compat
from .channels import ROTATION_RANGE, Target
from .keys import SAMPLES, Keys, fit_keys

# How far a key's curve may be off, of the channel's full range.
TOLERANCE = 0.005
# A curve that stays below this everywhere is rest: a ten-thousandth of a key or radian cannot be seen.
STILL = 1e-4
# Two slopes at a key that differ by less (per frame) are one.
SMOOTH = 1e-6

Curves = Mapping[Target, np.ndarray]  # target -> (SAMPLES * N + 1,) values over frames 0..N


def sample_times(length: int, fps: float) -> np.ndarray:
    """Seconds of the samples of a curve over frames 0..length."""
    return np.arange(SAMPLES * length + 1) / SAMPLES / fps


def curve_bag(action: bpy.types.Action, slot: bpy.types.ActionSlot) -> bpy.types.ActionChannelbag:
    """Where an action keeps the F-curves of a slot; made if there is none."""
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def write_curves(bag: bpy.types.ActionChannelbag, curves: Curves) -> None:
    """Let a bag hold these curves and nothing else; what rests has none."""
    moving = {target: curve for target, curve in curves.items() if np.abs(curve).max() >= STILL}
    fitted = _fit(moving)
    for old in list(bag.fcurves):
        bag.fcurves.remove(old)
    for target, keys in fitted.items():
        set_keys(_new_curve(bag, target), _as_points(keys))


def splice_curves(bag: bpy.types.ActionChannelbag, curves: Curves, first: int, last: int, ramp: int) -> None:
    """Put new curves over frames first..last; all keys outside stay as they are, to the last bit.

    Within ramp frames from both ends the old curve goes over into the new one. Where no key stands at an end, the
    change reaches to the next one.
    """
    length = (len(next(iter(curves.values()))) - 1) // SAMPLES
    present = {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}
    zero = np.zeros(SAMPLES * length + 1)
    changes: dict[Target, np.ndarray] = {}
    for target in curves:
        old = read_curve(present[target.path, target.index], length) if (target.path, target.index) in present else zero
        changes[target] = _blend(old, curves[target], first, last, ramp)
    for target, curve in changes.items():
        existing = present.get((target.path, target.index))
        if existing is None:
            if np.abs(curve).max() >= STILL:
                set_keys(_new_curve(bag, target), _as_points(_fit({target: curve})[target]))
            continue
        _splice(existing, target, curve, first, last, length)


def read_curve(fcurve: bpy.types.FCurve, length: int) -> np.ndarray:
    """(SAMPLES * length + 1,) what the keys say over frames 0..length, without modifiers."""
    active = [modifier for modifier in fcurve.modifiers if not modifier.mute]
    for modifier in active:
        modifier.mute = True
    values = np.array([fcurve.evaluate(frame) for frame in np.arange(SAMPLES * length + 1) / SAMPLES])
    for modifier in active:
        modifier.mute = False
    return values


def replace_values(fcurve: bpy.types.FCurve, values: np.ndarray) -> None:
    """Give an F-curve other values over frames 0..N; its modifiers stay."""
    span = ROTATION_RANGE if fcurve.data_path.endswith("rotation_euler") else 1.0
    set_keys(fcurve, _as_points(fit_keys(values[None], np.array([TOLERANCE * span]))[0]))


def copy_curves(source: bpy.types.ActionChannelbag, bag: bpy.types.ActionChannelbag) -> None:
    """Let a bag hold the same F-curves as another, key by key."""
    for old in list(bag.fcurves):
        bag.fcurves.remove(old)
    for curve in source.fcurves:
        group = curve.group.name if curve.group is not None else ""
        set_keys(compat.new_curve(bag, curve.data_path, curve.array_index, group), read_keys(curve))


def fingerprint(bag: bpy.types.ActionChannelbag) -> str:
    """Changes when any key of any F-curve does."""
    digest = hashlib.sha256()
    for curve in bag.fcurves:
        digest.update(f"{curve.data_path}{curve.array_index}".encode())
        for values in read_keys(curve).values():
            digest.update(values.tobytes())
    return digest.hexdigest()


def _blend(old: np.ndarray, new: np.ndarray, first: int, last: int, ramp: int) -> np.ndarray:
    frames = np.arange(len(old)) / SAMPLES
    inside = np.minimum(frames - first, last - frames)
    share = np.clip(inside / max(ramp, 1e-6), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return (1.0 - share) * old + share * new


def _fit(curves: Curves) -> dict[Target, Keys]:
    if not curves:
        return {}
    tolerance = np.array([TOLERANCE * target.span for target in curves])
    return dict(zip(curves, fit_keys(np.stack(list(curves.values())), tolerance), strict=True))


def _new_curve(bag: bpy.types.ActionChannelbag, target: Target) -> bpy.types.FCurve:
    return compat.new_curve(bag, target.path, target.index, target.group)


# What is read and written of every key, with its width and type.
FIELDS: dict[str, tuple[int, type]] = {
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "handle_left_type": (1, np.int32),
    "handle_right_type": (1, np.int32),
    "interpolation": (1, np.int32),
}
Points = dict[str, np.ndarray]  # field of FIELDS -> (K, width)


def _enum(name: str, value: str) -> int:
    return bpy.types.Keyframe.bl_rna.properties[name].enum_items[value].value


def _as_points(keys: Keys) -> Points:
    """Keys as Blender has them: handles a third of the way, one line through a key unless it is a corner."""
    co = np.stack([keys.frames, keys.values], axis=1)
    gaps = np.diff(keys.frames).astype(float)
    third = np.concatenate((gaps[:1], gaps, gaps[-1:])) / 3 if len(gaps) else np.full(2, 1 / 3)
    smooth = np.abs(keys.before - keys.after) < SMOOTH
    kind = np.where(smooth, _enum("handle_left_type", "ALIGNED"), _enum("handle_left_type", "FREE"))[:, None]
    return {
        "co": co,
        "handle_left": co - np.stack([third[:-1], third[:-1] * keys.before], axis=1),
        "handle_right": co + np.stack([third[1:], third[1:] * keys.after], axis=1),
        "handle_left_type": kind,
        "handle_right_type": kind,
        "interpolation": np.full((len(co), 1), _enum("interpolation", "BEZIER")),
    }


def read_keys(fcurve: bpy.types.FCurve) -> Points:
    """All keys of an F-curve."""
    count = len(fcurve.keyframe_points)
    points = {}
    for field, (width, kind) in FIELDS.items():
        values = np.empty(count * width, dtype=kind)
        fcurve.keyframe_points.foreach_get(field, values)
        points[field] = values.reshape(count, width)
    return points


def set_keys(fcurve: bpy.types.FCurve, points: Points) -> None:
    """Let an F-curve have these keys and no others."""
    fcurve.keyframe_points.clear()
    fcurve.keyframe_points.add(len(points["co"]))
    for field, (_, kind) in FIELDS.items():
        fcurve.keyframe_points.foreach_set(field, np.ascontiguousarray(points[field], dtype=kind).ravel())
    fcurve.update()


def _splice(fcurve: bpy.types.FCurve, target: Target, curve: np.ndarray, first: int, last: int, length: int) -> None:
    """New keys between the keys that stand next outside first..last."""
    old = read_keys(fcurve)
    frames = old["co"][:, 0]
    whole = (frames == np.round(frames)) & (frames >= 0) & (frames <= length)  # a person may have put some elsewhere
    before, after = np.flatnonzero(whole & (frames <= first)), np.flatnonzero(whole & (frames >= last))
    begin = int(frames[before[-1]]) if len(before) else 0
    end = int(frames[after[0]]) if len(after) else length
    part = curve[SAMPLES * begin : SAMPLES * end + 1]
    new = _as_points(_fit({target: part})[target])
    for field in ("co", "handle_left", "handle_right"):
        new[field] = new[field] + np.array([begin, 0.0])
    left, right = frames < begin, frames > end
    if len(before):
        new["handle_left"][0] = old["handle_left"][before[-1]]
        new["handle_left_type"][0] = new["handle_right_type"][0] = _enum("handle_left_type", "FREE")
    if len(after):
        new["handle_right"][-1] = old["handle_right"][after[0]]
        new["handle_left_type"][-1] = new["handle_right_type"][-1] = _enum("handle_left_type", "FREE")
    set_keys(fcurve, {field: np.concatenate([old[field][left], new[field], old[field][right]]) for field in FIELDS})
