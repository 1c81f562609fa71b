# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of editing share: takes with phones and feelings, a core that answers from files, a file's state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
from small_avatar import write_small_performance

from blender_addon import compat
from blender_addon.engine import jobs
from blender_addon.engine.process import Finished
from blender_addon.rig import import_avatar
from blender_addon.rig.assemble import PHOTO_PATH, is_rig
from blender_addon.takes import apply_performance

SECONDS = 4.0
FEELINGS = (("joy", 0.5, 1.5, "hello there"), ("calm", 1.5, 3.0, "dear friend"))


def write_spoken_performance(folder: Path, name: str = "spoken", scale: float = 1.0) -> Path:
    """A small performance that says four words in 4 s, with two feelings, its layers scaled."""
    path = write_small_performance(folder, name, SECONDS, scale) / "performance.json"
    described = json.loads(path.read_text())
    words = ("hello", "there", "dear", "friend")
    silence = {"phone": "", "viseme": "viseme_sil", "word": -1}
    described["words"] = [{"text": w, "start": 0.5 + n * 0.6, "end": 1.1 + n * 0.6} for n, w in enumerate(words)]
    described["phones"] = [
        {"start": 0.0, "end": 0.5, **silence},
        *(
            {"start": w["start"] + half, "end": w["start"] + half + 0.3, "phone": p, "viseme": v, "word": n}
            for n, w in enumerate(described["words"])
            for half, p, v in ((0.0, "m", "viseme_PP"), (0.3, "a", "viseme_aa"))
        ),
        {"start": 2.9, "end": SECONDS, **silence},
    ]
    described["feelings"] = [
        {"start": start, "end": end, "category": name, "strength": 0.5, "valence": 0.1, "arousal": 0.2,
         "confidence": 0.5, "text": text}
        for name, start, end, text in FEELINGS
    ]  # fmt: skip
    described["settings"] = {"strength": 1.0, "moves": {}, "seeds": {}, "language": "en"}
    path.write_text(json.dumps(described))
    return path.parent


def stage_takes(avatar: Path, folder: Path) -> bpy.types.Object:
    """The small avatar with Take 1 and Take 2, of which the first plays and is listed; its frame 0 s is frame 1."""
    armature = import_avatar(avatar)
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    spoken = write_spoken_performance(folder)
    apply_performance(armature, spoken, take="Take 2")
    apply_performance(armature, spoken, take="Take 1")
    assert bpy.ops.likeness.list_phones() == {"FINISHED"}
    return armature


class Answers:
    """Stands in for `jobs.ask`: results by method, at once; what was asked is kept."""

    def __init__(self, results: Mapping[str, Mapping[str, Any]]) -> None:
        self.results = results
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, method: str, params: Mapping[str, Any], share: float = 1.0) -> jobs.Step:
        self.asked.append((method, dict(params)))
        return jobs.Step(lambda on_event: _Answer(self.results[method]), share)


class _Answer:
    def __init__(self, result: Mapping[str, Any]) -> None:
        self.outcome = Finished(result)

    def poll(self) -> None:
        """It is there already."""

    def cancel(self) -> None:
        """There is nothing to stop."""


def edit_state() -> dict[str, Any]:
    """All of a file that editing changes, as plain values that can be compared after undo."""
    scene = bpy.context.scene
    return {
        "data": {
            kind: sorted(block.name for block in getattr(bpy.data, kind))
            for kind in ("objects", "actions", "meshes", "texts", "sounds", "cameras", "lights", "materials")
        },
        "settings": _values(scene.likeness),
        "markers": [(marker.name, marker.frame) for marker in scene.timeline_markers],
        "range": (scene.frame_start, scene.frame_end),
        "active": bpy.context.view_layer.objects.active.name if bpy.context.view_layer.objects.active else "",
        "sounds": [(s.name, s.mute, s.get("likeness_take")) for s in _strips(scene)],
        "places": {obj.name: [round(v, 5) for row in obj.matrix_basis for v in row] for obj in scene.objects},
        "assets": [block.name for block in (*bpy.data.objects, *bpy.data.collections) if block.asset_data is not None],
        "rigs": {obj.name: _rig_state(obj) for obj in scene.objects if is_rig(obj)},
        "pictures": {action.name: _picture(action) for action in bpy.data.actions},
        "curves": {action.name: _keys(action) for action in bpy.data.actions},
        "mappings": {obj.name: _values(obj.likeness_mapping) for obj in scene.objects},
    }


def _strips(scene: bpy.types.Scene) -> list[bpy.types.Strip]:
    return list(compat.editor_strips(scene.sequence_editor)) if scene.sequence_editor is not None else []


def _values(group: bpy.types.bpy_struct) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for prop in group.bl_rna.properties:
        value = getattr(group, prop.identifier)
        if prop.identifier in ("rna_type", "phone", "feeling"):  # which row is in hand is no edit
            continue
        if prop.type == "COLLECTION":
            values[prop.identifier] = [_values(row) for row in value]
        elif prop.type == "POINTER":
            is_group = isinstance(value, bpy.types.PropertyGroup)
            values[prop.identifier] = _values(value) if is_group else getattr(value, "name", None)
        elif isinstance(value, set):
            values[prop.identifier] = sorted(value)
        elif getattr(prop, "is_array", False):  # a view of Blender's memory, which undo gives back
            values[prop.identifier] = [round(part, 4) for part in value]
        else:
            values[prop.identifier] = round(value, 4) if isinstance(value, float) else value
    return values


def _rig_state(armature: bpy.types.Object) -> dict[str, Any]:
    data = armature.animation_data
    return {
        "channels": {name: round(v, 5) for name, v in armature.items() if isinstance(v, float)},
        "photo": armature.get(PHOTO_PATH),
        "looks at": getattr(armature.likeness_looks_at, "name", None),
        "bones": [[round(v, 5) for v in bone.rotation_euler] for bone in armature.pose.bones],
        "collections": [c.is_visible for c in armature.data.collections_all],
        "tweak": data is not None and data.use_tweak_mode,
        "tracks": [
            (t.name, t.mute, [(s.action.name, s.frame_start, s.frame_end, s.use_animated_influence) for s in t.strips])
            for t in (data.nla_tracks if data is not None else ())
        ],
    }


def _picture(action: bpy.types.Action) -> list[int] | None:
    return None if action.preview is None else list(action.preview.icon_pixels)


def _keys(action: bpy.types.Action) -> list[Any]:
    own = [(k, v) for k, v in action.items() if isinstance(v, str | int | float)]
    slots = getattr(action, "slots", (action,))  # before 4.4 an action is its only slot
    curves = [
        (c.data_path, c.array_index, len(c.modifiers), [[round(v, 4) for v in key.co] for key in c.keyframe_points])
        for slot in slots
        for c in compat.slot_curves(slot)
    ]
    return [sorted(own, key=str), sorted(curves, key=str)]
