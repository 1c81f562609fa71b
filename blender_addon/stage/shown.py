# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is shown or heard in a scene, and on whose consent: the core asks it before a clip is rendered."""

from __future__ import annotations

import json
from typing import Any

import bpy

from ..rig.assemble import AVATAR_ID, is_rig
from ..takes.take import shown_takes, take_record

RECORDING = "recording"  # what the core calls the voice of one


def find_shown(scene: bpy.types.Scene) -> list[dict[str, Any]]:
    """Who is shown or heard in a scene, whether a consent is known or not, as the core's ``check_clip`` wants it."""
    found: list[dict[str, Any]] = []
    for armature in filter(is_rig, scene.objects):
        photo = _read(armature.get("likeness_photo", "{}")).get("sha256")
        ids = [one for one in (armature.get(AVATAR_ID), photo) if one]
        consent = _read(armature.get("likeness_consent", "{}"))
        found.append({"kind": "avatar", "name": armature.name, "ids": ids, "consent": consent})
        for record in (take_record(armature, take) for take in shown_takes(armature)):
            voice = record.settings.get("voice", "") if record is not None else ""
            if not voice:  # silence, or a captured face
                continue
            kind = RECORDING if voice == RECORDING else "voice"
            entry = {"kind": kind, "name": voice, "ids": [voice], "consent": record.settings.get("consent", {})}
            found += [entry] if entry not in found else []
    return found


def _read(text: str) -> dict[str, Any]:
    """A record on an armature; one that somebody has broken counts as none."""
    try:
        record = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
