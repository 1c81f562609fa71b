# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file says of itself, and whether that can be believed: in words and as JSON. Nothing is ever fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import c2pa

from core.consent import is_recorded
from core.errors import LikenessError
from core.trust.binding import find_foreign, find_swap
from core.trust.boxes import hash_head
from core.trust.certificate import LOCAL_NAME
from core.trust.gate import read_avatar, read_voice
from core.trust.kinds import find_misnomer, named_rightly
from core.trust.manifest import MIMES, actions_of, provenance_of, settings
from core.trust.marks import Marks, find_marks
from core.trust.places import read_preferences
from core.trust.provenance import DOCUMENTS, Ingredient, Provenance
from core.trust.stills import read_fields, read_xmp_consents
from core.trust.traces import find_traces
from core.trust.verification import Seen, SignedBy, Verification

_EXPIRED = "The certificate has expired, and without a time stamp nobody can say that it was signed before."
_WITHOUT = {
    "picture": "it is too small, too plain, or holds light as it is",
    "sound": "it is too short, or too quiet",
}
_ELSEWHERE = "Its credentials are said to lie elsewhere, and nothing is fetched:"
EXPIRED = frozenset(("signingCredential.expired", "claimSignature.outsideValidity"))
# Failures that say something of who signed, not that anything changed.
TRUST_ONLY = EXPIRED | {"signingCredential.untrusted"}
REASONS: Mapping[str, str] = {
    "assertion.dataHash.mismatch": "what it shows or says of itself was changed",
    "assertion.bmffHash.mismatch": "what it shows or says of itself was changed",
    "assertion.hashedURI.mismatch": "a part of what was signed was changed",
    "claimSignature.mismatch": "the signature does not fit",
    "signingCredential.invalid": "the certificate is none that may sign",
    "claim.missing": "the signed claim is missing",
    "assertion.missing": "a part of what was signed was taken out",
}


def verify_file(path: Path, marks: bool = True) -> Verification:
    """Look at a film, picture, sound, a sequence's folder or frame, or the folder of an avatar or voice.

    marks: also for the invisible marks.

    Raises LikenessError ``file_missing``, ``format_unsigned`` (neither a place for a signature nor for a mark) and
    ``file_damaged`` (neither a film nor credentials).
    """
    from core.trust.sequence import find_sequence, verify_sequence

    path = Path(path)
    if not path.exists():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of what is to be verified.")
    listed = find_sequence(path)
    if listed is not None:
        return verify_sequence(listed, path, marks)
    if path.is_dir() and any((path / name).is_file() for name in DOCUMENTS):
        return _verify_likeness(path)
    if path.is_dir():
        raise LikenessError(
            "format_unsigned", f"The folder {path} has no credentials.", "Name a film, or a folder of signed pictures."
        )
    misnomer = find_misnomer(path)
    if not misnomer:
        return _verify(path, marks)
    with named_rightly(path, misnomer) as named:
        seen = _verify(named, marks)
    called = f"Its name ends with “{path.suffix}”" if path.suffix else "Its name does not say so"
    return replace(seen, file=path.name, warnings=(*seen.warnings, f"{called}, but it is {misnomer[1:].upper()}."))


def _verify_likeness(folder: Path) -> Verification:
    """Of an avatar or voice: whether its consent was given for it."""
    one = read_avatar(folder) if (folder / "avatar.json").is_file() else read_voice(f"profile:{folder}")
    assert one is not None  # as a profile is somebody's
    why = find_swap(one.kind, one.consent, one.ids, folder)
    is_given = is_recorded(one.consent) and one.is_bound
    state = "exchanged" if why else "given" if is_given else "unbound"
    consents = ({one.kind: one.name, **one.consent},) if is_recorded(one.consent) else ()
    warnings = () if consents else (f"No consent is recorded for the {one.title}.",)
    return Verification(folder.name, state, (why,) if why else (), warnings, consents=consents)


def _verify(path: Path, marks: bool) -> Verification:
    found = find_marks(path) if marks else Marks()
    if path.suffix.lower() not in MIMES:
        return _judge_unsigned(path, found)
    return verify_content(path, found)


def verify_content(path: Path, found: Marks) -> Verification:
    """Of a file that has a place for a signature."""
    try:
        read = read_signed(path)
    except Elsewhere as error:
        unsigned = _judge_unsigned(path, found)
        return replace(unsigned, warnings=(*unsigned.warnings, f"{_ELSEWHERE} {error}."))
    except Unreadable as error:
        if not find_traces(path).has_manifest:  # it is not even a film
            raise LikenessError(
                "file_damaged",
                f"{path.name} cannot be read as what its name says, and has no credentials.",
                "Get the file again; if it is whole, rename it as what it is.",
            ) from error
        return _looked(Verification(path.name, "altered", (f"its credentials are damaged ({error})",)), found)
    if read is None:
        if find_traces(path).has_manifest:
            damaged = Verification(path.name, "altered", ("its credentials are damaged and cannot be read",))
            return _looked(damaged, found)
        return _judge_unsigned(path, found)
    return judge(path, read, found)


@dataclass(frozen=True)
class Signed:
    """What c2pa reads: the manifest, failures as codes, whose certificate."""

    manifest: Mapping[str, Any]
    failures: tuple[str, ...]
    signed_by: SignedBy


class Elsewhere(Exception):
    """The manifest lies at an address, which is not asked."""


class Unreadable(Exception):
    """There is a manifest, which nobody can read."""


def read_signed(path: Path, manifest: bytes | None = None) -> Signed | None:
    """The credentials in a file, or of a file whose manifest lies beside it; None where there are none."""
    anchors = read_preferences().anchors
    try:
        trusted = anchors.read_text() if anchors is not None else ""
    except (OSError, ValueError) as error:
        raise LikenessError(
            "certificate_unreadable", f"The trusted certificates {anchors} cannot be read.", "Name a PEM file."
        ) from error
    mime = MIMES[path.suffix.lower()] if manifest is None else "application/octet-stream"
    try:
        with (
            path.open("rb") as file,
            c2pa.Context.from_json(settings(trusted)) as context,
            c2pa.Reader(mime, file, manifest, context=context) as reader,
        ):
            active = reader.get_active_manifest()
            results = (reader.get_validation_results() or {}).get("activeManifest", {})
            details = json.loads(reader.crjson())
    except c2pa.C2paError.ManifestNotFound:  # type: ignore[attr-defined]
        return None
    except (c2pa.C2paError, LookupError, ValueError) as error:  # of a damaged one, whatever reading it meets
        if str(error).startswith("Remote"):
            raise Elsewhere(str(error).rpartition(" ")[2]) from error
        raise Unreadable(str(error).splitlines()[0]) from error
    if not active:
        return None
    failures = tuple(one["code"] for one in results.get("failure", ()))
    return Signed(active, tuple(dict.fromkeys(failures)), _signed_by(active, details, failures))


def _signed_by(active: Mapping[str, Any], details: Mapping[str, Any], failures: tuple[str, ...]) -> SignedBy:
    info = active.get("signature_info", {})
    written = [one for one in details.get("manifests", ()) if one.get("label") == active.get("label")]
    certificate = written[0].get("signature", {}).get("certificateInfo", {}) if written else {}
    is_self = bool(certificate) and certificate.get("issuer") == certificate.get("subject")
    name = str(info.get("common_name") or info.get("issuer") or "somebody without a name")
    is_trusted = not any(code.startswith("signingCredential") for code in failures)
    return SignedBy(name, str(info.get("issuer") or ""), is_self, is_self and name == LOCAL_NAME, is_trusted)


def judge(path: Path, read: Signed, found: Marks) -> Verification:
    """What is to be said of a file whose credentials were read."""
    provenance, head = provenance_of(read.manifest)
    reasons = [REASONS.get(code, f"it fails {code}") for code in read.failures if code not in TRUST_ONLY]
    traces = find_traces(path)
    if provenance is not None and traces.is_stuffed:  # what other programs write may be framed otherwise
        reasons.append("bits of the signature's frame were changed")
    if head and hash_head(path) != head:
        reasons.append("the head of the file was changed")
    xmp = read_xmp_consents(path)
    signed = provenance.consents if provenance else ()
    agrees = None if xmp is None else xmp == [dict(one) for one in signed]
    if agrees is False:
        reasons.append("its XMP names other consents than were signed")
    info = read.manifest.get("claim_generator_info") or [{}]
    verification = Verification(
        path.name,
        "altered" if reasons else "intact",
        tuple(dict.fromkeys(reasons)),
        (_EXPIRED,) if EXPIRED & set(read.failures) else (),
        read.signed_by,
        " ".join(filter(None, (info[0].get("name"), info[0].get("version")))),
        provenance,
        signed,
        tuple(actions_of(read.manifest)),
        provenance.ingredients if provenance else _foreign_ingredients(read.manifest),
        agrees,
    )
    return _with_warnings(_looked(verification, found, provenance), found)


def _with_warnings(seen: Verification, found: Marks) -> Verification:
    provenance = seen.provenance
    warnings = list(seen.warnings)
    if provenance is None:
        warnings.append("It was signed by another program; its own facts are not read.")
    else:
        for part in provenance.marked:
            mark = getattr(seen, part)
            if part in found.looked and mark is not None and not mark.payload:
                warnings.append(f"The invisible mark is not found in its {part}: too short, too quiet, or another one.")
            if mark is not None and mark.agrees is False and mark.payload:
                warnings.append(f"The invisible mark in its {part} is that of another film.")
        warnings += _tell_unclaimed(seen, provenance, found)
        warnings += _tell_exchanged(provenance)
        if not seen.consents:
            warnings.append("No consent is named in it.")
        if provenance.quality == "draft":
            warnings.append("It is a draft.")
    return replace(seen, warnings=tuple(warnings))


def _tell_exchanged(provenance: Provenance) -> list[str]:
    """Consents that were given for something else than the film was made of."""
    ids = [one.id for one in provenance.ingredients]  # of avatars: a voice's are not among them
    records = [record for record in provenance.consents if "avatar" in record]
    told = [(record["avatar"], find_foreign("avatar", record, ids)) for record in records]
    return [f"The consent for the avatar “{name}” is not the one recorded for it: {why}." for name, why in told if why]


def _tell_unclaimed(seen: Verification, provenance: Provenance, found: Marks) -> list[str]:
    """Of a film of ours: marks that it does not claim to have, and why it may have none."""
    if not provenance.identifier:
        return []
    return [
        f"It was made without an invisible mark in its {part} that can be found: {why}."
        for part, why in _WITHOUT.items()
        if part in found.looked and part not in provenance.marked and not getattr(seen, part).payload
    ]


def _looked(seen: Verification, found: Marks, provenance: Provenance | None = None) -> Verification:
    """With the marks that were found, compared with what was signed."""
    picture, sound = (_see(part, found, provenance) for part in ("picture", "sound"))
    return replace(seen, picture=picture, sound=sound)


def _see(part: str, found: Marks, provenance: Provenance | None) -> Seen | None:
    mark = found.picture if part == "picture" else found.sound
    if part not in found.looked:
        return None
    if mark is None:
        return Seen("", 0.0, False if provenance is not None and part in provenance.marked else None)
    agrees = None if provenance is None else mark.payload == provenance.payload
    return Seen(f"{mark.payload:08x}", round(mark.confidence, 3), agrees)


def _judge_unsigned(path: Path, found: Marks) -> Verification:
    is_marked = found.picture is not None or found.sound is not None
    fields = read_fields(path) if path.suffix.lower() in MIMES else {}
    warnings = []
    if fields.get("DigitalSourceType"):
        kind = fields["DigitalSourceType"].rpartition("/")[2]
        warnings.append(f"Its metadata say {kind}, which anybody can write: nothing of it is signed.")
    consents = tuple(read_xmp_consents(path) or ()) if fields else ()
    if consents:
        warnings.append("The consent is what the metadata say; it is not signed.")
    state = "marked" if is_marked else "unsigned"
    return _looked(Verification(path.name, state, (), tuple(warnings), consents=consents), found)


def _foreign_ingredients(manifest: Mapping[str, Any]) -> tuple[Ingredient, ...]:
    return tuple(Ingredient("picture", str(one.get("title", "?"))) for one in manifest.get("ingredients", ()))
