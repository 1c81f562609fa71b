# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs that show metadata read of a file, in IPTC's words as XMP; it is signed with the rest of the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import core
from core.trust.boxes import read_xmp
from core.trust.manifest import MIMES, SOFTWARE
from core.trust.provenance import Provenance, tell_consent

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "likeness": "urn:speaking-likeness:1.0:",
}
RELEASES = "http://ns.useplus.org/ldf/vocab/"
# Basis of consent -> PLUS's model release status: none, not applicable, limited (its terms lie elsewhere).
RELEASE: Mapping[str, str] = {
    "self": "MR-LMR", "written": "MR-LMR", "licensed": "MR-LMR", "public_domain": "MR-NAP", "synthetic": "MR-NAP",
}  # fmt: skip
WEAKEST = ("MR-NON", "MR-LMR", "MR-NAP")
NOUNS = {"video": "clip", "image": "picture", "audio": "sound"}


def make_xmp(provenance: Provenance, suffix: str) -> str:
    """The packet. suffix: of the file, which says what it is called in the description."""
    noun = NOUNS[MIMES[suffix.lower()].partition("/")[0]]
    told = provenance.description or f"This {noun} is synthetic: a computer made the face and its movements."
    statements = [f"Consent: {tell_consent(one)}." for one in provenance.consents]
    statuses = [RELEASE.get(str(one.get("basis", "")), "MR-NON") for one in provenance.consents] or ["MR-NON"]
    description = escape(" ".join([told, *statements]))
    credit = f"<photoshop:Credit>{escape(provenance.credit)}</photoshop:Credit>\n" if provenance.credit else ""
    spaces = "".join(f' xmlns:{name}="{address}"' for name, address in NAMESPACES.items() if name != "rdf")
    consents = json.dumps(list(provenance.consents), ensure_ascii=False, sort_keys=True)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">
<rdf:Description rdf:about=""{spaces}>
<ext:DigitalSourceType>{provenance.digital_source_type}</ext:DigitalSourceType>
<ext:AISystemUsed>{SOFTWARE}</ext:AISystemUsed>
<ext:AISystemVersionUsed>{core.__version__}</ext:AISystemVersionUsed>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(provenance.title)}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description>
{credit}<plus:ModelReleaseStatus>{RELEASES}{min(statuses, key=WEAKEST.index)}</plus:ModelReleaseStatus>
<likeness:consent>{escape(consents)}</likeness:consent>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def read_fields(path: Path) -> dict[str, str]:
    """Name -> text of the fields above that a file has: ``DigitalSourceType``, ``description``, ``consent`` ...

    Empty where it has no XMP, or none that can be read. Raises OSError.
    """
    packet = read_xmp(path)
    start, end = packet.find("<x:xmpmeta"), packet.rfind("</x:xmpmeta>")
    if start < 0 or end < 0:
        return {}
    try:
        root = ElementTree.fromstring(packet[start : end + len("</x:xmpmeta>")])
    except ElementTree.ParseError:
        return {}
    described = root.find(f".//{{{NAMESPACES['rdf']}}}Description")
    spaces = tuple(NAMESPACES.values())
    ours = [one for one in (() if described is None else described) if one.tag[1:].partition("}")[0] in spaces]
    return {one.tag.partition("}")[2]: "".join(one.itertext()).strip() for one in ours}


def read_xmp_consents(path: Path) -> list[dict[str, Any]] | None:
    """The consents that a file's XMP names; None where it names none. Raises OSError."""
    said = read_fields(path).get("consent")
    if said is None:
        return None
    try:
        found = json.loads(said)
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
