# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's speech, out of the .blend again, so that the core can perform it anew or in part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ..errors import LikenessError
from ..rig.assemble import RIG_ID
from ..words import tell
from .layers import RAMP, Take, apply_performance
from .record import Change, Record, read_description
from .sound import find_sound, read_sound
from .take import shown_take, take_record, take_start, write_take_record

# Seconds around a changed phone within which the mouth is another one: the longest lead and decay of
# core/performance/articulation.py.
REACH = 0.4


def require_record(armature: bpy.types.Object) -> tuple[str, Record]:
    """The take that plays, and what it was made of. Raises LikenessError ``take_missing``."""
    take = shown_take(armature)
    record = take_record(armature, take)
    if take is None or record is None or not record.phones:
        raise LikenessError(
            "take_missing", tell("{name} says nothing yet.", name=armature.name), "Let it speak a script first."
        )
    return take, record


def write_speech(armature: bpy.types.Object, scene: bpy.types.Scene, record: Record, folder: Path) -> Path:
    """Write ``NAME.speech`` with the sound of the take that plays and the phones of a record.

    Raises LikenessError ``sound_missing``.
    """
    strip = find_sound(scene, armature[RIG_ID], shown_take(armature))
    sound = read_sound(strip)
    if sound is None:
        raise LikenessError(
            "sound_missing", "The sound of this take is no longer there.", "Undo, or perform the script again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speech.wav").write_bytes(sound)
    description = {
        "format": 1,
        "text": record.settings.get("text", " ".join(word.text for word in record.words)),
        "language": record.settings.get("language", "en"),
        "voice": record.settings.get("voice", ""),
        "consent": record.settings.get("consent", {}),
        "rate": 0,
        "duration": record.duration,
        "warnings": [],
        "direction": record.settings.get("direction", ""),
        "tags": record.settings.get("tags", []),
        "behaviour": record.settings.get("behaviour", "listening"),
        "stressed": record.settings.get("stressed", []),
        "phones": [vars(phone) for phone in record.phones],
        "words": [vars(word) for word in record.words],
    }
    (folder / "speech.json").write_text(json.dumps(description), encoding="utf-8")
    return folder


def apply_changes(armature: bpy.types.Object, folder: Path, changes: Sequence[Change], scene: bpy.types.Scene) -> Take:
    """Put a performance of a changed record on: only the speech near the changes is another one then.

    Raises LikenessError as `apply_performance` does.
    """
    take = shown_take(armature)
    start, fps = take_start(armature, take), scene.render.fps / scene.render.fps_base
    made = None
    for begin, end in _merge(changes):
        first, last = round(start + begin * fps), round(start + end * fps)
        made = apply_performance(
            armature, folder, ("speech",), scene, round(start), take, (first, max(last, first + 1))
        )
    description = json.loads((folder / "performance.json").read_text(encoding="utf-8"))
    made_of = read_description(description)
    write_take_record(armature, take, replace(changes[-1].record, phones=made_of.phones, words=made_of.words))
    return made


def _merge(changes: Sequence[Change]) -> list[tuple[float, float]]:
    """Spans in seconds around the changes, those that touch as one."""
    reach = REACH + RAMP
    spans: list[tuple[float, float]] = []
    for begin, end in sorted((change.start - reach, change.end + reach) for change in changes):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return spans
