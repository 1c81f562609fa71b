# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of exports share: the state of a file, moving vertices, and files read back."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
from mathutils.kdtree import KDTree

# How far a vertex may be off: a thousandth of a millimetre, the width of nothing on a face.
NEAR = 1e-6


def fbx_importer() -> Callable[..., object]:
    """Blender's own importer, which before 4.5 was an add-on."""
    return bpy.ops.wm.fbx_import if hasattr(bpy.types, "WM_OT_fbx_import") else bpy.ops.import_scene.fbx


IMPORTERS: dict[str, Callable[[str], object]] = {
    "glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    "fbx": lambda path: fbx_importer()(filepath=path, anim_offset=0),
    "usd": lambda path: bpy.ops.wm.usd_import(filepath=path),
    "abc": lambda path: bpy.ops.wm.alembic_import(filepath=path),
}


def points(obj: bpy.types.Object, evaluated: bool = True) -> np.ndarray:
    """(V, 3) world positions, at this frame or at rest."""
    data = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data if evaluated else obj.data
    array = np.empty(3 * len(data.vertices), np.float32)
    data.vertices.foreach_get("co", array)
    matrix = np.array(obj.matrix_world)
    return array.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def watch(parts: dict[str, bpy.types.Object], frames: np.ndarray) -> dict[str, np.ndarray]:
    """part -> (F, V, 3) at the frames."""
    seen: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        for name, obj in parts.items():
            seen[name].append(points(obj))
    return {name: np.array(array) for name, array in seen.items()}


def match(rest: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each point the index of the one among others that lies in the same place."""
    tree = KDTree(len(others))
    for index, point in enumerate(others):
        tree.insert(point, index)
    tree.balance()
    found = [tree.find(point) for point in rest]
    assert max(distance for _, _, distance in found) < NEAR
    return np.array([index for _, index, _ in found])


def lip_gap(seen: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Between the mouth, which the jaw takes along, and a point above it, at each frame (F,)."""
    upper, lower = (int(np.linalg.norm(rest - (0.0, -0.1, 1.55 + z), axis=1).argmin()) for z in (0.04, 0.0))
    return np.linalg.norm(seen[:, upper] - seen[:, lower], axis=1)


def file_state() -> dict[str, object]:
    """Everything that an export could leave behind or change."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    kinds = ("objects", "collections", "armatures", "meshes", "materials", "images", "actions", "shape_keys", "scenes")
    armatures = [obj for obj in scene.objects if obj.type == "ARMATURE"]
    return {
        "data": {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds},
        "frame": scene.frame_current,
        "range": (scene.frame_start, scene.frame_end),
        "selected": sorted(obj.name for obj in bpy.context.selected_objects),
        "active": layer.objects.active.name if layer.objects.active else None,
        "mode": layer.objects.active.mode if layer.objects.active else None,
        "values": [{k: v for k, v in obj.items() if isinstance(v, float)} for obj in armatures],
        "poses": [[tuple(bone.rotation_euler) for bone in obj.pose.bones] for obj in armatures],
        "tracks": [[len(t.strips) for t in obj.animation_data.nla_tracks] for obj in armatures if obj.animation_data],
    }


def read_glb(path: Path) -> dict:
    """The JSON of a GLB, read without Blender."""
    data = path.read_bytes()
    assert data[:4] == b"glTF" and struct.unpack("<I", data[8:12])[0] == len(data)
    return json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])


def read_back(kind: str, path: Path) -> None:
    """Import a file; Blender's importers keep keys between 0 and 1, whatever a file says: here they may go on."""
    IMPORTERS[kind](str(path))
    for keys in bpy.data.shape_keys:
        for block in keys.key_blocks[1:]:
            block.slider_min, block.slider_max = -2.0, 2.0


def rest_of(obj: bpy.types.Object, seen: np.ndarray, frames: np.ndarray, kind: str) -> np.ndarray | None:
    """Rest positions, which a cache of moving vertices does not know."""
    return None if kind == "abc" else points(obj, evaluated=False)
