# SPDX-License-Identifier: GPL-3.0-or-later
"""A Part's arrays as a Blender mesh, with UVs, material slots and bone weights."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix

from ..engine.pieces import Pieces
from ..errors import LikenessError
from ..words import tell
from .avatar import Bone, Part

# Weights below this move nothing that can be seen and cost time in every frame.
LEAST_WEIGHT = 1e-4
SHARES_A_PIECE = 4000  # vertices that a bone holds in part, each a call of its own: 15 ms


def make_mesh(part: Part, name: str) -> Pieces[bpy.types.Mesh]:
    """A mesh data-block with the part's faces, UV layer ``UVMap`` and smooth shading."""
    mesh = bpy.data.meshes.new(name)
    real = part.faces >= 0  # (F, 4): False in the last column of triangles
    sizes = real.sum(axis=1)
    mesh.vertices.add(len(part.positions))
    mesh.vertices.foreach_set("co", part.positions.ravel())
    mesh.loops.add(int(sizes.sum()))
    mesh.loops.foreach_set("vertex_index", part.faces[real])
    mesh.polygons.add(len(part.faces))
    mesh.polygons.foreach_set("loop_start", np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int32))
    mesh.polygons.foreach_set("material_index", part.material)
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.uv.foreach_set("vector", np.ascontiguousarray(part.uv[real], dtype=np.float32).ravel())
    yield
    mesh.update(calc_edges=True)
    yield
    if not part.smooth:
        mesh.shade_flat()
    if mesh.validate(verbose=False):
        raise LikenessError(
            "avatar_incomplete",
            tell("The mesh {name} of the avatar has faces that cross themselves or repeat.", name=part.name),
            "Build the avatar again from its photo.",
        )
    return mesh


def add_weights(obj: bpy.types.Object, part: Part, bones: Sequence[Bone]) -> Pieces[None]:
    """One vertex group per bone that holds a vertex of the part; whole-weight vertices go in one call."""
    for column, bone in enumerate(bones):
        weights = part.weights[:, column]
        held = np.flatnonzero(weights > LEAST_WEIGHT)
        if not len(held):
            continue
        group = obj.vertex_groups.new(name=bone.name)
        whole = weights[held] > 1.0 - LEAST_WEIGHT
        if whole.any():
            group.add(held[whole].tolist(), 1.0, "REPLACE")
        for count, index in enumerate(held[~whole].tolist(), 1):
            group.add([index], float(weights[index]), "REPLACE")
            if count % SHARES_A_PIECE == 0:
                yield
        yield


def hang(obj: bpy.types.Object, armature: bpy.types.Object, part: Part, bones: Sequence[Bone]) -> None:
    """Let a mesh follow the armature; the armature deforms first, subdivision costs nothing until the render.

    A mesh without keys that one bone holds as a whole (hair, glasses) is hung on the bone instead of deformed by it:
    the same place, and a fifth of the frame's time less.
    """
    obj.parent = armature
    holder = _whole_holder(part, bones)
    if holder is None:
        deform(obj, armature)
    else:
        bone = armature.data.bones[holder]
        obj.parent_type, obj.parent_bone = "BONE", holder
        obj.matrix_parent_inverse = (bone.matrix_local @ Matrix.Translation((0.0, bone.length, 0.0))).inverted()
    if part.subdivision > 0:
        subdivision = obj.modifiers.new("Subdivision", "SUBSURF")
        subdivision.levels = 0
        subdivision.render_levels = part.subdivision
        subdivision.boundary_smooth = "PRESERVE_CORNERS"


def deform(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Let the armature deform a mesh by its vertex groups; one that was hung on a bone no longer hangs on it."""
    if obj.parent_type == "BONE":
        obj.parent_type, obj.matrix_parent_inverse = "OBJECT", Matrix()
    obj.modifiers.new("Armature", "ARMATURE").object = armature


def follows(obj: bpy.types.Object, armature: bpy.types.Object) -> bool:
    """Whether a mesh follows the armature's bones, hung on one or deformed by all."""
    hung = obj.parent == armature and obj.parent_type == "BONE" and obj.parent_bone in armature.data.bones
    return hung or any(modifier.type == "ARMATURE" and modifier.object == armature for modifier in obj.modifiers)


def _whole_holder(part: Part, bones: Sequence[Bone]) -> str | None:
    """The bone that holds every vertex of a part without keys, if there is one."""
    held = np.flatnonzero(part.weights.max(axis=0) > LEAST_WEIGHT)
    if part.keys or len(held) != 1 or part.weights[:, held[0]].min() < 1.0 - LEAST_WEIGHT:
        return None
    return bones[int(held[0])].name
