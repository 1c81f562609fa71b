# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions before and since 4.4, which gave them slots: several things then share one action, each with a slot.

Where there are none (4.2), an action stands for its only slot, and holds the F-curves itself; what comes second gets
a sibling action. A bag is what has ``fcurves`` and ``groups``.
"""

from __future__ import annotations

import bpy

LAYERED = bpy.app.version >= (4, 4, 0)


def add_slot(action: bpy.types.Action, id_type: str, name: str) -> bpy.types.ActionSlot:
    """A new slot for one thing of the type (``OBJECT``, ``KEY``)."""
    if LAYERED:
        return action.slots.new(id_type=id_type, name=name)
    if action.id_root == id_type or len(action.fcurves) or action.users - action.use_fake_user:
        marks = {key: value for key, value in action.items() if isinstance(value, (bool, int, float, str))}
        action = bpy.data.actions.new(f"{action.name} {name}")
        for key, value in marks.items():
            action[key] = value
    action.id_root = id_type
    return action


def first_slot(action: bpy.types.Action) -> bpy.types.ActionSlot | None:
    """The action's first slot; None where it has none."""
    if not LAYERED:
        return action
    return action.slots[0] if len(action.slots) else None


def same_slot(action: bpy.types.Action, slot: bpy.types.ActionSlot | None) -> bpy.types.ActionSlot | None:
    """The slot of a copied action that the given one became; None where it is gone."""
    if not LAYERED:
        return action
    return action.slots.get(slot.identifier) if slot is not None else None


def played_slot(holder: bpy.types.AnimData | bpy.types.NlaStrip) -> bpy.types.ActionSlot | None:
    """What moves a thing, or what a strip plays."""
    return holder.action_slot if LAYERED else holder.action


def play_slot(holder: bpy.types.AnimData | bpy.types.NlaStrip, slot: bpy.types.ActionSlot) -> None:
    """Let a thing be moved by a slot and its action, or a strip play it."""
    holder.action = slot.id_data
    if LAYERED:
        holder.action_slot = slot


def curve_bag(slot: bpy.types.ActionSlot) -> bpy.types.ActionChannelbag:
    """Where an action keeps the F-curves of a slot; made if there is none."""
    if not LAYERED:
        return slot
    action = slot.id_data
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def slot_curves(slot: bpy.types.ActionSlot | None) -> list[bpy.types.FCurve]:
    """All F-curves of a slot, in whichever layer; nothing is made."""
    if slot is None:
        return []
    if not LAYERED:
        return list(slot.fcurves)
    bags = [strip.channelbag(slot) for layer in slot.id_data.layers for strip in layer.strips]
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def clear_curves(action: bpy.types.Action) -> None:
    """Take all F-curves away; slots stay."""
    if not LAYERED:
        action.fcurves.clear()
        return
    for layer in list(action.layers):
        action.layers.remove(layer)


def new_curve(bag: bpy.types.ActionChannelbag, path: str, index: int, group: str) -> bpy.types.FCurve:
    """A new F-curve in a bag, shown in the named group; 5.0 takes the group while creating it."""
    if bpy.app.version >= (5, 0, 0):
        return bag.fcurves.new(path, index=index, group_name=group)
    curve = bag.fcurves.new(path, index=index)
    if group:
        curve.group = bag.groups.get(group) or bag.groups.new(group)
    return curve
