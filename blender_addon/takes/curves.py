# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves written, read and mended; frames count from the action's own frame 0."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
Fitted = Mapping[Target, Keys]


def sample_times(length: int, fps: float) -> np.ndarray:
    """Seconds of the samples of a curve over frames 0..length."""
    return np.arange(SAMPLES * length + 1) / SAMPLES / fps


def fit_curves(curves: Curves) -> Fitted:
    """Keys for curves; what rests has none. No bpy here, so that it can be done on a thread: most of a take's time."""
    return _fit({target: curve for target, curve in curves.items() if np.abs(curve).max() >= STILL})


def write_curves(bag: bpy.types.ActionChannelbag, fitted: Fitted) -> None:
    """Let a bag hold these curves and nothing else."""
    for old in list(bag.fcurves):
        bag.fcurves.remove(old)
    for target, keys in fitted.items():
        set_keys(_new_curve(bag, target), _as_points(keys))


def add_curves(bag: bpy.types.ActionChannelbag, curves: Curves) -> None:
    """Let a bag hold these curves beside its others; what rests has none."""
    for target in curves:
        old = bag.fcurves.find(target.path, index=target.index)
        if old is not None:
            bag.fcurves.remove(old)
    for target, keys in _fit({t: curve for t, curve in curves.items() if np.abs(curve).max() >= STILL}).items():
        set_keys(_new_curve(bag, target), _as_points(keys))


def splice_curves(bag: bpy.types.ActionChannelbag, curves: Curves, first: int, last: int, ramp: int) -> None:
    """Put new curves over frames first..last; all keys outside stay as they are, to the last bit.

    Within ramp frames from both ends the old curve goes over into the new one. Where no key stands at an end, the
    change reaches to the next one.
    """
    present = {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}
    changes: dict[Target, _Change] = {}
    for target, new in curves.items():
        existing = present.get((target.path, target.index))
        change = _blend(existing, new, first, last, ramp)
        if existing is not None or np.abs(change.values).max() >= STILL:
            changes[target] = change
    for target, keys in _fit({target: change.values for target, change in changes.items()}).items():
        change = changes[target]
        fcurve = change.fcurve or _new_curve(bag, target)
        _splice(fcurve, _as_points(keys), change.begin)


@dataclass(frozen=True)
class _Change:
    """New values for the frames from ``begin`` on, up to the keys that stay; the F-curve that there is."""

    fcurve: bpy.types.FCurve | None
    begin: int
    values: np.ndarray


def _blend(fcurve: bpy.types.FCurve | None, new: np.ndarray, first: int, last: int, ramp: int) -> _Change:
    """The old curve going over into the new one and back, between the keys that stand next outside first..last."""
    length = (len(new) - 1) // SAMPLES
    begin, end = 0, length
    if fcurve is not None:
        frames = read_keys(fcurve)["co"][:, 0]
        whole = frames[(frames == np.round(frames)) & (frames >= 0) & (frames <= length)]  # a person may put some else
        begin = int(max(whole[whole <= first], default=0))
        end = int(min(whole[whole >= last], default=length))
    samples = np.arange(SAMPLES * begin, SAMPLES * end + 1)
    old = np.zeros(len(samples)) if fcurve is None else read_curve(fcurve, samples / SAMPLES)
    inside = np.minimum(samples / SAMPLES - first, last - samples / SAMPLES)
    share = np.clip(inside / max(ramp, 1e-6), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return _Change(fcurve, begin, (1.0 - share) * old + share * new[samples])


def read_curve(fcurve: bpy.types.FCurve, frames: np.ndarray) -> np.ndarray:
    """(N,) what the keys say at frames, without modifiers."""
    active = [modifier for modifier in fcurve.modifiers if not modifier.mute]
    for modifier in active:
        modifier.mute = True
    values = np.array([fcurve.evaluate(frame) for frame in frames])
    for modifier in active:
        modifier.mute = False
    return values


def replace_values(fcurve: bpy.types.FCurve, values: np.ndarray) -> None:
    """Give an F-curve other values over frames 0..N; its modifiers stay."""
    span = ROTATION_RANGE if fcurve.data_path.endswith("rotation_euler") else 1.0
    set_keys(fcurve, _as_points(fit_keys([values], np.array([TOLERANCE * span]))[0]))


def copy_curves(source: bpy.types.ActionChannelbag, bag: bpy.types.ActionChannelbag) -> None:
    """Let a bag hold the same F-curves as another, key by key."""
    for old in list(bag.fcurves):
        bag.fcurves.remove(old)
    for curve in source.fcurves:
        group = curve.group.name if curve.group is not None else ""
        set_keys(compat.new_curve(bag, curve.data_path, curve.array_index, group), read_keys(curve))


def fingerprint(curves: Iterable[bpy.types.FCurve]) -> str:
    """Changes when any key of any F-curve does."""
    digest = hashlib.sha256()
    for curve in curves:
        digest.update(f"{curve.data_path}{curve.array_index}".encode())
        for values in read_keys(curve).values():
            digest.update(values.tobytes())
    return digest.hexdigest()


def _fit(curves: Curves) -> dict[Target, Keys]:
    if not curves:
        return {}
    tolerance = np.array([TOLERANCE * target.span for target in curves])
    return dict(zip(curves, fit_keys(list(curves.values()), tolerance), strict=True))


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


def _splice(fcurve: bpy.types.FCurve, new: Points, begin: int) -> None:
    """Put keys, whose frames count from ``begin``, in the place of those that are there.

    The first and the last of them keep, on the side that looks outward, the handle that stands there already.
    """
    for field in ("co", "handle_left", "handle_right"):
        new[field] = new[field] + np.array([begin, 0.0])
    old = read_keys(fcurve)
    frames, (first, last) = old["co"][:, 0], new["co"][[0, -1], 0]
    for end, frame, field in ((0, first, "handle_left"), (-1, last, "handle_right")):
        there = np.flatnonzero(frames == frame)
        if len(there):
            new[field][end] = old[field][there[0]]
            new["handle_left_type"][end] = new["handle_right_type"][end] = _enum("handle_left_type", "FREE")
    left, right = frames < first, frames > last
    set_keys(fcurve, {field: np.concatenate([old[field][left], new[field], old[field][right]]) for field in FIELDS})
