# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clip says of itself: that it is synthetic, and whose consent it was made under.

It is written into the file as XMP, in the box that Adobe's XMP specification (part 3, MPEG-4) has for it, in the
words of IPTC: programs that show metadata read it, and players skip it. Signing comes after that.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import bpy

from ..consent import tell_consent
from ..rig.assemble import AVATAR_ID, is_rig
from ..takes.take import shown_takes, take_record

RECORDING = "recording"  # what the core calls the voice of one
XMP_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")
SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:likeness="urn:speaking-likeness:1.0:">
<ext:DigitalSourceType>{source}</ext:DigitalSourceType>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></dc:description>
<likeness:consent>{consents}</likeness:consent>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def find_consents(scene: bpy.types.Scene) -> list[dict[str, Any]]:
    """The records of all who are shown or heard in a scene: of its avatars, and of the takes that play."""
    found: list[dict[str, Any]] = []
    for armature in filter(is_rig, scene.objects):
        shown = _read(armature.get("likeness_consent", "{}"))
        found += [{"avatar": armature.name, **shown}] if shown else []
        for record in (take_record(armature, take) for take in shown_takes(armature)):
            heard = record.settings.get("consent", {}) if record is not None else {}
            entry = {"voice": record.settings.get("voice", ""), **heard} if heard else None
            found += [entry] if entry is not None and entry not in found else []
    return found


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


def mark_clip(clip: Path, consents: Sequence[dict[str, Any]]) -> None:
    """Write into an MP4 that it is synthetic, and the consents it was made under. Raises OSError."""
    from xml.sax.saxutils import escape  # here, since it brings all of urllib along

    told = "This clip is synthetic: a computer made the face and its movements."
    statements = [f"Consent: {tell_consent(one)}" for one in consents]
    packet = _PACKET.format(
        source=SYNTHETIC,
        told=escape(" ".join([told, *statements])),
        consents=escape(json.dumps(list(consents), ensure_ascii=False, sort_keys=True)),
    ).encode()
    content = XMP_BOX.bytes + packet
    with clip.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(content), b"uuid") + content)


def read_mark(clip: Path) -> str:
    """The XMP of an MP4; empty where it has none. Raises OSError."""
    data, at = clip.read_bytes(), 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if kind == b"uuid" and data[at + 8 : at + 24] == XMP_BOX.bytes:
            return data[at + 24 : at + size].decode()
        at += size if size >= 8 else len(data)
    return ""
