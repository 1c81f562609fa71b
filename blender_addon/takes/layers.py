# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance becomes a take, or some layers or a range of frames of one; what the artist made is never touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..engine.pieces import Pieces, beside
from ..errors import LikenessError
from ..rig.assemble import RIG_ID, check_rig
from ..rig.manual import ensure_manual
from ..words import tell
from .channels import find_target
from .curves import Curves, Fitted, fit_curves, read_keys, sample_times, set_keys, splice_curves, write_curves
from .glances import write_glances
from .mixer import layer_offset, layer_smoothing, layer_strength, set_smoothing, set_strength, settle_solo, sharpen
from .performance import LAYERS, Performance, read_performance
from .record import Record, read_description, write_record
from .ripple import is_same_timing, map_times, move_keys
from .sound import place_sound, remove_sounds
from .strips import FIRST_TAKE, add_strip, fit_strip, make_action, own_action, remove_strip, take_strips
from .take import (
    ACTION_RECORD,
    fit_range,
    list_takes,
    show_take,
    shown_take,
    shown_takes,
    stash_takes,
    take_record,
    take_start,
)

# Seconds within which a range that is performed again goes over into what stands before and after it.
RAMP = 0.15


@dataclass(frozen=True)
class Take:
    """What was put on the rig; frames are the scene's, both included."""

    name: str
    start: int
    end: int
    layers: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """All that is to be written, made before anything that exists is changed. length in frames."""

    take: str
    start: int
    length: int
    fps: float
    record: Record
    curves: dict[str, Curves]
    span: tuple[int, int] | None  # frames of the action
    fitted: Mapping[str, Fitted] = field(default_factory=dict)  # layer -> its keys, where they were made before

    def fit(self) -> _Plan:
        """The plan with the keys of all layers; takes seconds for minutes, and knows no bpy."""
        if self.span is not None:
            return self  # what is spliced depends on what is there
        return replace(self, fitted={layer: fit_curves(curves) for layer, curves in self.curves.items()})

    def keys_of(self, layer: str) -> Fitted:
        fitted = self.fitted.get(layer)
        return fit_curves(self.curves[layer]) if fitted is None else fitted

    def is_alike(self, other: _Plan) -> bool:
        """Whether the other's keys serve this plan: nothing that they depend on was changed meanwhile."""
        return (self.fps, self.length, self.span) == (other.fps, other.length, other.span) and all(
            other.curves.get(layer, {}).keys() == curves.keys() for layer, curves in self.curves.items()
        )


@dataclass(frozen=True)
class _Place:
    """Where a performance goes: as in `apply_performance`."""

    start: int | None
    take: str | None
    span: tuple[int, int] | None
    along: bool


# Gives the rig, found again, and its scene, as the context.
Find = Callable[[], AbstractContextManager[tuple[bpy.types.Object, bpy.types.Scene]]]


def apply_performance(
    armature: bpy.types.Object,
    folder: Path,
    layers: Collection[str] | None = None,
    scene: bpy.types.Scene | None = None,
    start: int | None = None,
    take: str | None = None,
    span: tuple[int, int] | None = None,
    along: bool = False,
) -> Take:
    """Put a performance on a rig as a take that plays from then on.

    layers: names of `LAYERS`, None for all; the take's other layers stay, moved along with the words. start: frame of
    second 0; None leaves the take where it is, a new one begins at the scene's first frame. take: its name, None for
    the one that plays. span: only these frames of the scene (both included) are replaced. along: takes of this rig
    that lie before or after a new one go on playing, as the lines of a conversation do.

    Raises LikenessError: those of `read_performance`, ``rig_missing``, ``layer_unknown``, ``span_empty``,
    ``span_other_speech``.
    """
    place = _Place(start, take, span, along)
    return _put(armature, read_performance(Path(folder)), layers, scene or bpy.context.scene, place)


def put_performance(
    find: Find,
    folder: Path,
    layers: Collection[str] | None = None,
    take: str | None = None,
    span: tuple[int, int] | None = None,
    start: int | None = None,
    along: bool = False,
) -> Pieces[Take]:
    """`apply_performance` in pieces: everything is read and fitted on a thread, then put on in one of 50 ms.

    Raises LikenessError as `apply_performance` and ``find`` do.
    """
    performance = yield from beside(lambda: read_performance(folder))
    with find() as (armature, scene):
        name = take or shown_take(armature) or FIRST_TAKE
        plan, _ = _plan(check_rig(armature), performance, _choose(layers), scene, start, name, span)
    fitted = yield from beside(plan.fit)
    with find() as (armature, scene):
        return _put(armature, performance, layers, scene, _Place(start, take, span, along), fitted)


def _put(
    armature: bpy.types.Object,
    performance: Performance,
    layers: Collection[str] | None,
    scene: bpy.types.Scene,
    place: _Place,
    fitted: _Plan | None = None,
) -> Take:
    """fitted: the same plan of a moment ago, with its keys."""
    check_rig(armature)
    wanted = _choose(layers)
    take = place.take or shown_take(armature) or FIRST_TAKE
    plan, missing = _plan(armature, performance, wanted, scene, place.start, take, place.span)
    if fitted is not None and plan.is_alike(fitted):
        plan = replace(plan, fitted=fitted.fitted)

    data = armature.animation_data_create()
    if data.use_tweak_mode:
        data.use_tweak_mode = False
    if take not in shown_takes(armature):
        if take in list_takes(armature):
            show_take(armature, take, scene)
        else:
            stash_takes(armature, scene, (plan.start, plan.start + plan.length) if place.along else None)
    _ripple(armature, plan, wanted)
    for layer in wanted:
        _write_layer(armature, plan, layer)
    _write_record(armature, plan, wanted)
    settle_solo(take_strips(armature, take))
    write_glances(armature)
    ensure_manual(armature)
    warnings = [tell("This avatar has no {missing}.", missing=", ".join(missing))] if missing else []
    if "speech" in wanted and place.span is None:
        if performance.sound is None:
            remove_sounds(scene, armature[RIG_ID], take)
        else:
            place_sound(scene, performance.sound, plan.start, armature[RIG_ID], take)
            if not compat.has_sound():
                warnings.append("This Blender was built without sound, so that the voice is not heard.")
    fit_range(scene, plan.start)
    armature.update_tag()
    made = tuple(layer for layer in wanted if layer in take_strips(armature, take))
    return Take(take, plan.start, plan.start + plan.length, made, tuple(warnings))


def _choose(layers: Collection[str] | None) -> tuple[str, ...]:
    unknown = sorted(set(layers or ()) - set(LAYERS))
    if unknown:
        raise LikenessError(
            "layer_unknown",
            tell("There is no layer {layer}.", layer=unknown[0]),
            tell("Choose from {names}.", names=", ".join(LAYERS)),
        )
    return tuple(layer for layer in LAYERS if layers is None or layer in layers)


def _plan(
    armature: bpy.types.Object,
    performance: Performance,
    wanted: tuple[str, ...],
    scene: bpy.types.Scene,
    start: int | None,
    take: str,
    span: tuple[int, int] | None,
) -> tuple[_Plan, list[str]]:
    """What is to be written, and the channels that the rig lacks."""
    fps = scene.render.fps / scene.render.fps_base
    length = max(int(np.ceil(performance.duration * fps - 1e-6)), 1)
    if start is None:
        there = take_start(armature, take)
        start = scene.frame_start if there is None else round(there)
    inside = None
    if span is not None:
        inside = (max(span[0] - start, 0), min(span[1] - start, length))
        _check_span(armature, performance, take, inside, fps)
    record = read_description({**performance.description, "duration": performance.duration})
    times = sample_times(length, fps)
    missing: dict[str, None] = {}
    curves: dict[str, Curves] = {}
    for layer in wanted:
        curves[layer] = {}
        for channel, curve in performance.layers.get(layer, {}).items():
            target = find_target(armature, channel)
            if target is None:
                missing[channel] = None
            else:
                curves[layer][target] = target.sign * np.interp(times, performance.time, curve)
    return _Plan(take, start, length, fps, record, curves, inside), list(missing)


def _check_span(
    armature: bpy.types.Object, performance: Performance, take: str, span: tuple[int, int], fps: float
) -> None:
    record = take_record(armature, take)
    if span[1] <= span[0]:
        raise LikenessError(
            "span_empty", "The range of frames lies outside of the take.", "Choose frames within the take."
        )
    if record is None or abs(record.duration - performance.duration) > 1.0 / fps:
        raise LikenessError(
            "span_other_speech",
            "A range of frames can only be performed again with the speech that the take has.",
            "Perform the whole take, or choose a performance of the same speech.",
        )


def _ripple(armature: bpy.types.Object, plan: _Plan, wanted: tuple[str, ...]) -> None:
    """Move the layers that stay along with the words, when these are elsewhere now; all of them with the start."""
    old = take_record(armature, plan.take)
    for layer, found in take_strips(armature, plan.take).items():
        offset = layer_offset(found)
        if layer not in wanted and old is not None and "speech" in wanted and not is_same_timing(old, plan.record):
            move = map_times(old, plan.record)
            smoothing = layer_smoothing(found)
            sharpen(found)
            own_action(found)
            for curve in found.curves.fcurves:
                set_keys(curve, move_keys(read_keys(curve), lambda f, m=move: m(f / plan.fps) * plan.fps))
            fit_strip(armature, found, round(plan.start + offset), plan.length)
            if smoothing:
                set_smoothing(take_strips(armature, plan.take)[layer], smoothing)
        elif found.strip.frame_start != plan.start + offset:
            fit_strip(armature, found, round(plan.start + offset), round(found.strip.action_frame_end))


def _write_layer(armature: bpy.types.Object, plan: _Plan, layer: str) -> None:
    """One layer's keys, in its strip that is there or in a new one; the mixer's settings stay."""
    found = take_strips(armature, plan.take).get(layer)
    curves = plan.curves[layer]
    if found is None:
        action = make_action(armature, plan.take, layer)
        bag = compat.curve_bag(compat.first_slot(action))
        write_curves(bag, plan.keys_of(layer))
        if layer != "speech" and not len(bag.fcurves):
            bpy.data.actions.remove(action)
            return
        add_strip(armature, action, plan.start, plan.length)
        return
    strength, smoothing = layer_strength(found), layer_smoothing(found)
    sharpen(found)
    own_action(found)
    bag = found.curves
    if plan.span is not None and curves:
        splice_curves(bag, curves, *plan.span, ramp=round(RAMP * plan.fps))
    elif plan.span is None:
        write_curves(bag, plan.keys_of(layer))
        fit_strip(armature, found, round(plan.start + layer_offset(found)), plan.length)
        found = take_strips(armature, plan.take)[layer]
    if layer != "speech" and not len(bag.fcurves):
        remove_strip(found)
        return
    if smoothing:
        set_smoothing(found, smoothing)
    set_strength(found, strength)


def _write_record(armature: bpy.types.Object, plan: _Plan, wanted: tuple[str, ...]) -> None:
    """What the take is made of now, on the action of its lowest layer.

    With a new speech the record is new but for the layers that stay; else only those that were performed are.
    """
    strips = take_strips(armature, plan.take)
    if not strips:
        return
    old = take_record(armature, plan.take)
    if old is None:
        record = plan.record
    elif "speech" in wanted and plan.span is None:
        kept = {layer: old.of_layer(layer).acting for layer in strips if layer not in wanted}
        record = replace(plan.record, acted=kept)
    else:
        record = replace(old, acted={**old.acted, **dict.fromkeys(wanted, plan.record.acting)})
    holder, *others = strips.values()
    for found in others:
        if ACTION_RECORD in found.action:
            del found.action[ACTION_RECORD]
    own_action(holder)[ACTION_RECORD] = write_record(record)
