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
# Attributes of the head's mesh: which vertex of the fitted head it is, and where that was before a pin was moved.
ROW, START = "likeness_row", "likeness_start"
FAR = 0.01  # metres
NEIGHBOURS = 4
STIFF = ("eyes", "cornea")  # meshes whose left and right half move as one
LEAST = 1e-6  # metres
_known: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray]] = {}  # of `_neighbours`, as long as one board is up


def begin_preview(armature: bpy.types.Object, refit: Refit) -> None:
    """Keep which vertex of the fitted head each of the mesh is, and where the fit has it now.

    The rig shows its photo's expression, so that each vertex lies where the fit has it; clothes may have taken some.
    Raises LikenessError ``refit_other_head``.
    """
    _known.clear()
    head = rig_parts(armature)["head"]
    tree = _plant(refit.head)
    found = [tree.find(position) for position in _shown_positions(head)]
    if float(np.median([distance for _, _, distance in found])) > FAR:
        raise LikenessError(
            "refit_other_head",
            "This avatar does not lie where its photo has it, and cannot be corrected by pins.",
            "Build it again from its photo first.",
        )
    rows = np.array([row for _, row, _ in found], np.int32)
    mesh = head.data
    for name, kind in ((ROW, "INT"), (START, "FLOAT_VECTOR")):
        if name not in mesh.attributes:
            mesh.attributes.new(name, kind, "POINT")
    mesh.attributes[ROW].data.foreach_set("value", rows)
    mesh.attributes[START].data.foreach_set("vector", refit.head[rows].ravel())


def show_refit(
    scene: bpy.types.Scene, armature: bpy.types.Object, photo: bpy.types.Object, refit: Refit, places: Places
) -> None:
    """Move the rig, its camera and the pins that nobody set to what was fitted to ``places``."""
    parts = rig_parts(armature)
    head = parts["head"]
    positions = read_positions(head)
    rows, start = np.empty(len(positions), np.int32), np.empty_like(positions)
    head.data.attributes[ROW].data.foreach_get("value", rows)
    head.data.attributes[START].data.foreach_get("vector", start.ravel())
    move = refit.head[rows] - start
    for name, part in parts.items():
        _set_key(part, move if part == head else _carry(part, head, move, name in STIFF))
    place_camera(scene, photo, refit.camera, refit.head)
    follow_marks(photo, refit.marks)
    set_fitted(photo, places)


def end_preview(armature: bpy.types.Object) -> None:
    """Take the preview away."""
    _known.clear()
    for part in rig_parts(armature).values():
        keys = part.data.shape_keys
        if keys is not None and KEY in keys.key_blocks:
            part.shape_key_remove(keys.key_blocks[KEY])
            if len(keys.key_blocks) == 1:
                part.shape_key_clear()
        for name in (ROW, START):
            if name in part.data.attributes:
                part.data.attributes.remove(part.data.attributes[name])


def read_positions(obj: bpy.types.Object) -> np.ndarray:
    """Vertices (V, 3) of a mesh without its shape keys."""
    positions = np.empty((len(obj.data.vertices), 3), np.float32)
    obj.data.vertices.foreach_get("co", positions.ravel())
    return positions


def _shown_positions(obj: bpy.types.Object) -> np.ndarray:
    """Vertices (V, 3) of a mesh with its shape keys as they are now."""
    basis = read_positions(obj)
    shown = basis.copy()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys
    if evaluated is not None:
        for key in evaluated.key_blocks[1:]:
            if key.value:
                place = np.empty_like(basis)
                obj.data.shape_keys.key_blocks[key.name].points.foreach_get("co", place.ravel())
                shown += key.value * (place - basis)
    return shown


def _plant(positions: np.ndarray) -> KDTree:
    tree = KDTree(len(positions))
    for index, position in enumerate(positions):
        tree.insert(position, index)
    tree.balance()
    return tree


def _carry(part: bpy.types.Object, head: bpy.types.Object, move: np.ndarray, is_stiff: bool) -> np.ndarray:
    """What the head's move (V, 3) does to the vertices of another part: the nearest ones take them along."""
    positions = read_positions(part)
    if float(np.abs(move).max(initial=0.0)) < LEAST:
        return np.zeros_like(positions)
    index, weights = _neighbours(part, head)
    carried = np.einsum("vn,vnd->vd", weights, move[index])
    if is_stiff:
        for half in (positions[:, 0] > 0, positions[:, 0] <= 0):
            carried[half] = carried[half].mean(axis=0) if half.any() else 0.0
    return carried


def _neighbours(part: bpy.types.Object, head: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """The head's vertices next to each vertex of a part, and their shares, both (V, NEIGHBOURS)."""
    mesh = (part.data.session_uid, len(part.data.vertices), head.data.session_uid)
    if mesh not in _known:
        tree = _plant(read_positions(head))
        found = [tree.find_n(position, NEIGHBOURS) for position in read_positions(part)]
        index = np.array([[near[1] for near in row] for row in found])
        weights = 1.0 / (np.array([[near[2] for near in row] for row in found]) + 1e-5)
        _known[mesh] = index, weights / weights.sum(axis=1, keepdims=True)
    return _known[mesh]


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
