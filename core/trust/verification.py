# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found out about a file: as data, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.trust.provenance import Ingredient, Provenance, tell_consent

SHORT = 8  # digits of an id that are told with a name: there may be several of one name
# State -> what it means, in a sentence. Of a film or picture, or (given, exchanged, unbound) of an avatar or voice.
STATES: Mapping[str, str] = {
    "intact": "This file is signed, and it is as it was when it was signed.",
    "altered": "This file was ALTERED after it was signed, or its signature was tampered with.",
    "marked": "This file is not signed, but carries the invisible mark of a synthetic film: its signature was removed.",
    "given": "What makes this likeness is as it was when its consent was recorded, and so is its consent.",
    "exchanged": "This likeness does NOT have the consent that was recorded for it.",
    "unbound": "Nothing says whether its consent, if there is any, is the one that was recorded for it.",
    "unsigned": "This file is not signed, and no mark was found in it. That does not prove that it is real.",
}


@dataclass(frozen=True)
class SignedBy:
    """Who signed. is_local: by a certificate of this program's own, which nobody verified. is_trusted: the chain leads
    to a certificate that the person named as trusted."""

    name: str
    organisation: str
    is_self_signed: bool
    is_local: bool
    is_trusted: bool


@dataclass(frozen=True)
class Seen:
    """A mark as it was looked for. payload: eight hex digits; ``""`` where none was found. agrees: with what was
    signed; None where nothing was."""

    payload: str
    confidence: float
    agrees: bool | None


@dataclass(frozen=True)
class Verification:
    """state: of `STATES`. reasons: why it counts as altered. consents: as signed; where nothing is, as the XMP says.
    xmp_agrees: whether the XMP names the signed consents; None where it has none. label: what the visible mark says.
    picture, sound: the invisible marks; None where there was nothing to look into, or they were not looked for."""

    file: str
    state: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    signed_by: SignedBy | None = None
    software: str = ""
    provenance: Provenance | None = None
    consents: tuple[Mapping[str, Any], ...] = ()
    actions: tuple[Mapping[str, str], ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    xmp_agrees: bool | None = None
    picture: Seen | None = None
    sound: Seen | None = None

    @property
    def is_signed(self) -> bool:
        return self.state in ("intact", "altered")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        said = asdict(self) | {"provenance": self.provenance.as_dict() if self.provenance else None}
        return json.loads(json.dumps({"signed": self.is_signed, **said, "summary": tell(self)}))


def tell(seen: Verification) -> str:
    """The verification in words, some lines; its warnings come apart."""
    lines = [f"{seen.file}: {STATES[seen.state]}"]
    lines += [f"  {reason[:1].upper()}{reason[1:]}." for reason in seen.reasons]
    if seen.state == "altered" and seen.signed_by is not None:
        lines.append("What it says of itself, which is not to be relied on:")
    if seen.signed_by is not None:
        lines.append(f"Signed by: {_tell_signer(seen.signed_by)}")
    if seen.software:
        lines.append(f"Made with: {seen.software}")
    provenance = seen.provenance
    if provenance is not None:
        lines.append(f"Title: {provenance.title}")
        lines.append(f"Kind: {provenance.digital_source_type.rpartition('/')[2]}")
    lines += [f"Consent: {tell_consent(one)}" for one in seen.consents]
    lines += [f"Consent: none was recorded for the avatar {name}" for name in _without_consent(seen)]
    lines += [f"Made of: {one.kind} {one.name}".rstrip() for one in seen.ingredients]
    done = [one.get("description") or one["action"].removeprefix("c2pa.") for one in seen.actions]
    lines += [f"Actions: {', '.join(done)}"] if done else []
    if provenance is not None:
        lines.append(f"Visible label: {_tell_label(provenance)}")
    for part in ("picture", "sound"):
        mark = getattr(seen, part)
        if mark is not None:
            lines.append(f"Invisible mark in the {part}: {_tell_mark(mark)}")
    return "\n".join(lines)


def _without_consent(seen: Verification) -> list[str]:
    """Avatars that no consent names; not told where a consent does not say whose it is."""
    named = [record.get("avatar") or record.get("voice") for record in seen.consents]
    avatars = dict.fromkeys((one.name, one.id[:SHORT]) for one in seen.ingredients if one.kind == "avatar")
    without = [(name, id) for name, id in avatars if name not in named] if all(named) else []
    return [f"{name} ({id})" if id else name for name, id in without]


def _tell_signer(signer: SignedBy) -> str:
    if signer.is_local:
        return f"“{signer.name}”: a certificate that the program made itself; who is behind it is not known"
    kind = "trusted" if signer.is_trusted else "self-signed" if signer.is_self_signed else "on no list of trusted ones"
    name = f"“{signer.name}”" + (f" of {signer.organisation}" if signer.organisation not in ("", signer.name) else "")
    return f"{name}, {kind}"


def _tell_label(provenance: Provenance) -> str:
    if provenance.label:
        return f"“{provenance.label}”"
    return f"off, because: {provenance.label_reason}" if provenance.label_reason else "off, no reason given"


def _tell_mark(mark: Seen) -> str:
    if not mark.payload:
        return "none found"
    said = {True: "that of this film", False: "that of another film", None: "a film's"}[mark.agrees]
    return f"{mark.payload}, {said}"
