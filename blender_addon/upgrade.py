# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier version left in a .blend, brought up when the file is opened or appended from.

Only what is quick and cannot be seen: names, marks and settings. What adds bones and drivers waits for a button
(`rig/upgrade.py`). Linked rigs are another file's, and are brought up there.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy

from . import compat
from .rig.assemble import KEYS, PART, PARTS, RIG_ID, is_rig
from .rig.version import KEY, VERSION, version_of
from .takes.sound import STRIP_RIG, STRIP_TAKE
from .takes.strips import ACTION_LAYER, ACTION_NAME, ACTION_TAKE, FIRST_TAKE
from .words import tell, tell_list

# Identifiers of the layers that there were before body, breath and micro: a scene that chose all of them wants all.
FIRST_LAYERS = frozenset(("speech", "expression", "blink", "gaze", "head", "gesture"))


def upgrade_file() -> list[str]:
    """Bring up all rigs and scene settings of this file; returns sentences for whoever opened it."""
    rigs = [obj for obj in bpy.data.objects if is_rig(obj) and obj.library is None and obj.override_library is None]
    scenes = [scene for scene in bpy.data.scenes if scene.library is None]
    newer = [rig.name for rig in rigs if version_of(rig) > VERSION]
    newer += [scene.name for scene in scenes if scene.likeness.version > VERSION]
    changed = [rig.name for rig in rigs if version_of(rig) < VERSION and upgrade_rig(rig)]
    changed += [scene.name for scene in scenes if scene.likeness.version < VERSION and upgrade_scene(scene)]
    told = []
    if changed:
        told.append(
            tell(
                "{names} came from an earlier version of Speaking Likeness and can be used as before.",
                names=_list(changed),
            )
        )
    if newer:
        told.append(
            tell("{names} was made by a newer version of Speaking Likeness: update the add-on.", names=_list(newer))
        )
    return told


def upgrade_rig(armature: bpy.types.Object) -> bool:
    """Bring a rig with its takes up; whether anything was missing."""
    changed = [step(armature) for step in RIG_STEPS]
    armature[KEY] = VERSION
    return any(changed)


def upgrade_scene(scene: bpy.types.Scene) -> bool:
    """Bring a scene's settings and sounds up; whether anything was missing."""
    changed = [step(scene) for step in SCENE_STEPS]
    scene.likeness.version = VERSION
    return any(changed)


def sign_scenes() -> None:
    """Write the version into the settings of all scenes, before they are saved."""
    for scene in bpy.data.scenes:
        if scene.library is None and scene.likeness.version < VERSION:
            scene.likeness.version = VERSION


def _name_parts(armature: bpy.types.Object) -> bool:
    """Rigs before 26 November do not say of which meshes and keys they are made."""
    if PARTS in armature:
        return False
    parts = [child for child in armature.children if PART in child]
    armature[PARTS] = " ".join(part[PART] for part in parts)
    for part in parts:
        keys = part.data.shape_keys
        part[KEYS] = " ".join(block.name for block in keys.key_blocks[1:]) if keys is not None else ""
    return True


def _free_identifiers(armature: bpy.types.Object) -> bool:
    """The identifier was fixed in overrides, so that two of one rig were the same."""
    changed = False
    for obj in (armature, *(child for child in armature.children if RIG_ID in child)):
        if not obj.is_property_overridable_library(f'["{RIG_ID}"]'):
            obj.property_overridable_library_set(f'["{RIG_ID}"]', True)
            changed = True
    return changed


def _name_takes(armature: bpy.types.Object) -> bool:
    """There was one take without a name."""
    data, changed = armature.animation_data, False
    for track in data.nla_tracks if data is not None else ():
        for action in (strip.action for strip in track.strips if strip.action is not None):
            if ACTION_LAYER in action and ACTION_TAKE not in action and action.get(ACTION_NAME) == action.name:
                action[ACTION_TAKE] = FIRST_TAKE
                changed = True
    return changed


def _name_sounds(scene: bpy.types.Scene) -> bool:
    """Voices belonged to a rig, not to one of its takes."""
    strips = compat.editor_strips(scene.sequence_editor) if scene.sequence_editor is not None else ()
    unnamed = [strip for strip in strips if STRIP_RIG in strip and STRIP_TAKE not in strip]
    for strip in unnamed:
        strip[STRIP_TAKE] = FIRST_TAKE
    return bool(unnamed)


def _keep_consent(scene: bpy.types.Scene) -> bool:
    """Consent was a sentence before it was a record."""
    stored = compat.stored_settings(scene, "likeness")
    told = stored.get("consent") if stored is not None else None
    if not isinstance(told, str):
        return False
    del stored["consent"]
    scene.likeness.consent.statement = told
    return True


def _choose_voice(scene: bpy.types.Scene) -> bool:
    """There was one voice, stored by its number; the best of the language speaks since."""
    stored = compat.stored_settings(scene, "likeness")
    if stored is None or "voice" not in stored or isinstance(stored["voice"], str):
        return False
    del stored["voice"]
    return True


def _choose_layers(scene: bpy.types.Scene) -> bool:
    """Who had chosen all layers that there were wants those that came since."""
    if set(scene.likeness.layers) != FIRST_LAYERS:
        return False
    scene.likeness.property_unset("layers")
    return True


RIG_STEPS: tuple[Callable[[bpy.types.Object], bool], ...] = (_name_parts, _free_identifiers, _name_takes)
SCENE_STEPS: tuple[Callable[[bpy.types.Scene], bool], ...] = (
    _name_sounds,
    _keep_consent,
    _choose_voice,
    _choose_layers,
)


def _list(names: list[str]) -> str:
    return tell_list(
        list(dict.fromkeys(names[:3])) + ([tell("{number} more", number=len(names) - 3)] if len(names) > 3 else [])
    )
