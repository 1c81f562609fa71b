# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and visemes as pose assets: one action each, for the asset browser and shelf of every avatar.

Blender's own pose library plays them, the channels of the armature object included.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import bpy

from .. import compat
from . import catalogs
from .catalogs import add_catalogs
from .manual import Control
from .poses import POSES, Pose
from .posing import pose_values

POSE = "likeness_pose"  # custom property of an action: which pose it is
AUTHOR = "Speaking Likeness"
# Kind of pose -> name of its catalog.
CATALOGS = {"expression": "Expressions", "viseme": "Visemes"}
PREVIEW_SIZE = 128  # pixels


def catalog_path(kind: str) -> str:
    """Where a kind of pose stands in the asset browser."""
    return f"{AUTHOR}/{CATALOGS[kind]}"


def catalog_id(kind: str) -> str:
    """The catalog's identifier."""
    return catalogs.catalog_id(catalog_path(kind))


def make_pose_assets(armature: bpy.types.Object) -> dict[str, bpy.types.Action]:
    """Pose name -> its action in this file, marked as an asset; those made before are filled again."""
    there = {action[POSE]: action for action in bpy.data.actions if POSE in action and action.library is None}
    return {pose.name: _make_asset(armature, pose, there.get(pose.name)) for pose in POSES.values()}


def set_preview(asset: bpy.types.ID, pixels: Iterable[float], size: int = PREVIEW_SIZE) -> None:
    """Give an asset its picture: RGBA of size squared, rows from the bottom, 0 to 1."""
    preview = asset.preview_ensure()
    preview.image_size = (size, size)
    preview.image_pixels_float.foreach_set(pixels)


def write_catalogs(folder: Path) -> bool:
    """Add our catalogs to the catalog file of a folder; whether something had to be added. Other lines stay."""
    return add_catalogs(folder, map(catalog_path, CATALOGS))


def _make_asset(armature: bpy.types.Object, pose: Pose, action: bpy.types.Action | None) -> bpy.types.Action:
    if action is None:
        action = bpy.data.actions.new(pose.label if pose.kind == "expression" else f"Viseme {pose.label}")
        action[POSE] = pose.name
        compat.add_slot(action, "OBJECT", "Pose")
    compat.clear_curves(action)
    bag = compat.curve_bag(compat.first_slot(action))
    for control, value in pose_values(armature, pose).items():
        _add_key(bag, control, value)
    action.asset_mark()
    data = action.asset_data
    data.catalog_id, data.author, data.description = catalog_id(pose.kind), AUTHOR, pose.help
    for tag in ("likeness", pose.kind):
        data.tags.new(tag, skip_if_exists=True)
    return action


def _add_key(bag: bpy.types.ActionChannelbag, control: Control, value: float) -> None:
    curve = compat.new_curve(bag, control.path, max(control.index, 0), control.group)
    curve.keyframe_points.insert(1, value)
