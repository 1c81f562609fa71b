# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo's own expression on a rig for a while, without what animates it, and everything back afterwards."""

from __future__ import annotations

import json

import bpy

from ..rig.assemble import rig_parts
from ..rig.keys import channels_of

# Custom properties of what keeps the rig's state meanwhile: JSON, and the artist's own action.
BEFORE, ACTION = "likeness_before", "likeness_before_action"
EXPRESSION_RECORD = "likeness_photo_expression"  # of a rig: ``photo_expression`` of avatar.json as JSON


def show_photo_expression(armature: bpy.types.Object, keeper: bpy.types.ID) -> None:
    """Let the rig look as in the photo; what it was like is kept on ``keeper``, and saved with it."""
    channels = channels_of(rig_parts(armature).values())
    shown = json.loads(armature.get(EXPRESSION_RECORD, "{}"))
    animation = armature.animation_data
    keeper[BEFORE] = json.dumps(
        {
            "channels": {name: armature[name] for name in channels},
            "pose": armature.data.pose_position,
            "nla": animation.use_nla if animation is not None else None,
        }
    )
    if animation is not None:
        if animation.action is not None:
            keeper[ACTION] = animation.action  # a user of it, so that saving meanwhile does not lose it
            animation.action = None
        animation.use_nla = False
    armature.data.pose_position = "REST"
    _set_channels(armature, {name: float(shown.get(name, 0.0)) for name in channels})


def put_expression_back(armature: bpy.types.Object, keeper: bpy.types.ID) -> None:
    """Undo `show_photo_expression`; nothing where it was not called."""
    if BEFORE not in keeper:
        return
    before = json.loads(keeper[BEFORE])
    animation = armature.animation_data
    if animation is not None and before["nla"] is not None:
        animation.use_nla = before["nla"]
        if keeper.get(ACTION) is not None and animation.action is None:
            animation.action = keeper[ACTION]
    armature.data.pose_position = before["pose"]
    _set_channels(armature, before["channels"])
    for name in (BEFORE, ACTION):
        if name in keeper:
            del keeper[name]


def shows_photo(keeper: bpy.types.ID) -> bool:
    """Whether the rig wears the photo's expression now."""
    return BEFORE in keeper


def _set_channels(armature: bpy.types.Object, values: dict[str, float]) -> None:
    for name, value in values.items():
        if name in armature:
            armature[name] = value
    armature.update_tag()
