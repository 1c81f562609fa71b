# SPDX-License-Identifier: GPL-3.0-or-later
"""The head as it follows the pins: one shape key on each mesh, added to the others and taken away without a trace."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils.kdtree import KDTree

from ..errors import LikenessError
from ..rig.assemble import rig_parts
from .board import follow_marks, place_camera, set_fitted
from .refit import Places, Refit

KEY = "likeness_pins"
START = "likeness_fitted_head"  # attribute of the head's mesh: (V, 3) as fitted before the first pin was moved
NEIGHBOURS = 4
STIFF = ("eyes", "cornea")  # meshes whose left and right half move as one
LEAST = 1e-6  # metres


def begin_preview(armature: bpy.types.Object, refit: Refit) -> None:
    """Keep the head as it is fitted now. Raises LikenessError ``refit_other_head``."""
    mesh = rig_parts(armature)["head"].data
    if len(mesh.vertices) != len(refit.head):
        raise LikenessError(
            "refit_other_head",
            "This avatar was made by another version and cannot be corrected by pins.",
            "Build it again from its photo first.",
        )
    attribute = mesh.attributes.get(START) or mesh.attributes.new(START, "FLOAT_VECTOR", "POINT")
    attribute.data.foreach_set("vector", refit.head.ravel())


def show_refit(
    scene: bpy.types.Scene, armature: bpy.types.Object, photo: bpy.types.Object, refit: Refit, places: Places
) -> None:
    """Move the rig, its camera and the pins that nobody set to what was fitted to ``places``."""
    parts = rig_parts(armature)
    head = parts["head"]
    start = np.empty((len(head.data.vertices), 3), np.float32)
    head.data.attributes[START].data.foreach_get("vector", start.ravel())
    move = refit.head - start
    tree = KDTree(len(start))
    positions = read_positions(head)
    for index, position in enumerate(positions):
        tree.insert(position, index)
    tree.balance()
    for name, part in parts.items():
        _set_key(part, move if part == head else _carry(read_positions(part), tree, move, name in STIFF))
    place_camera(scene, photo, refit.camera, refit.head)
    follow_marks(photo, refit.marks)
    set_fitted(photo, places)


def end_preview(armature: bpy.types.Object) -> None:
    """Take the preview away."""
    for part in rig_parts(armature).values():
        keys = part.data.shape_keys
        if keys is not None and KEY in keys.key_blocks:
            part.shape_key_remove(keys.key_blocks[KEY])
            if len(keys.key_blocks) == 1:
                part.shape_key_clear()
        if START in part.data.attributes:
            part.data.attributes.remove(part.data.attributes[START])


def read_positions(obj: bpy.types.Object) -> np.ndarray:
    """Vertices (V, 3) of a mesh without its shape keys."""
    positions = np.empty((len(obj.data.vertices), 3), np.float32)
    obj.data.vertices.foreach_get("co", positions.ravel())
    return positions


def _carry(positions: np.ndarray, tree: KDTree, move: np.ndarray, is_stiff: bool) -> np.ndarray:
    """What the head's move (V, 3) does to the vertices of another part: the nearest ones take them along."""
    if float(np.abs(move).max(initial=0.0)) < LEAST:
        return np.zeros_like(positions)
    carried = np.empty_like(positions)
    for row, position in enumerate(positions):
        found = tree.find_n(position, NEIGHBOURS)
        weights = np.array([1.0 / (distance + 1e-5) for _, _, distance in found])
        carried[row] = weights @ move[[index for _, index, _ in found]] / weights.sum()
    if is_stiff:
        for half in (positions[:, 0] > 0, positions[:, 0] <= 0):
            carried[half] = carried[half].mean(axis=0) if half.any() else 0.0
    return carried


def _set_key(part: bpy.types.Object, move: np.ndarray) -> None:
    """The preview's key of a part; one that would do nothing is not made."""
    keys = part.data.shape_keys
    key = keys.key_blocks.get(KEY) if keys is not None else None
    if key is None:
        if float(np.abs(move).max(initial=0.0)) < LEAST:
            return
        if keys is None:
            part.shape_key_add(name="Basis", from_mix=False)
        key = part.shape_key_add(name=KEY, from_mix=False)
        key.value = 1.0
    key.points.foreach_set("co", (read_positions(part) + move).astype(np.float32).ravel())
    part.data.update()
