# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs about trust: signing, verifying, revoking, forgetting, and the policy."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.jobs.param import bad_params
from core.progress import Progress


def sign(
    progress: Progress, file: Path, provenance: str, certificate: Path | None, key: Path | None
) -> dict[str, Any]:
    """Sign a film, still or sound in place, or a folder of pictures. provenance: its facts as JSON, see Provenance."""
    from core.trust.certificate import find_credential
    from core.trust.credentials import sign_file
    from core.trust.provenance import read_provenance
    from core.trust.sequence import sign_sequence

    try:
        facts = read_provenance(json.loads(provenance))
    except json.JSONDecodeError as error:
        raise bad_params("provenance must be a JSON object.", f"It is none: {error}.") from error
    credential = find_credential(certificate, key or certificate)
    progress(0.1, f"Signing {file.name}")
    signed = (sign_sequence if file.is_dir() else sign_file)(file, facts, credential)
    return {"file": str(signed), "signed_by": credential.name, "is_local": credential.is_local}


def certificate(progress: Progress, certificate: Path | None, key: Path | None, local: bool) -> dict[str, Any]:
    """Who signs here. certificate, key: sign by these from now on; local: by this computer's own again."""
    from dataclasses import replace

    from core.trust.certificate import find_credential, read_credential
    from core.trust.places import read_preferences, write_preferences

    if certificate is not None:
        read_credential(certificate, key or certificate)
        chosen = replace(
            read_preferences(), certificate=certificate.absolute(), key=(key or certificate).absolute()
        )
        write_preferences(chosen)
    elif local:
        write_preferences(replace(read_preferences(), certificate=None, key=None))
    credential = find_credential()
    until = credential.certificate.not_valid_after_utc.date().isoformat()
    summary = f"Films are signed by “{credential.name}”, valid until {until}"
    return {"signed_by": credential.name, "is_local": credential.is_local, "until": until, "summary": summary}


def verify(progress: Progress, file: Path, marks: bool) -> dict[str, Any]:
    """What a file says of itself, and whether it is as it was signed. marks: look for the invisible ones too."""
    from core.trust.verify import verify_file

    progress(0.0, f"Looking at {file.name}")
    return verify_file(file, marks).as_dict()


def renderable(progress: Progress, avatars: str, voices: str, use: str, quality: str) -> dict[str, Any]:
    """Why something may not be rendered, the weightiest first. avatars, voices: lists as JSON."""
    from core.trust.gate import find_refusals, read_shown, tell_unbound

    shown = read_shown(map(Path, _list("avatars", avatars)), _list("voices", voices))
    refusals = [
        {"code": one.code, "message": one.message, "hint": one.hint} for one in find_refusals(shown, use, quality)
    ]
    return {"refusals": refusals, "warnings": tell_unbound(shown)}


def revoke(progress: Progress, what: str, reason: str, undo: bool) -> dict[str, Any]:
    """Let an avatar or voice render no more. what: a folder, or an id. undo: where it was revoked by mistake."""
    from core.trust import registry
    from core.trust.gate import read_avatar, read_voice

    folder = Path(what)
    if (folder / "voice.json").is_file():
        one = read_voice(f"profile:{folder}")
    elif (folder / "avatar.json").is_file():
        one = read_avatar(folder)
    elif folder.suffix in (".avatar", ".voice") or os.sep in what:
        raise LikenessError("file_missing", f"There is no avatar or voice {what}.", "Name its folder, or its id.")
    else:
        one = None
    kind, name, ids = (one.kind, one.name, one.ids) if one else ("voice" if ":" in what else "avatar", what, (what,))
    place = folder if one is not None else None
    title = one.title if one else f"{kind} {name}"
    if not ids:
        raise LikenessError("file_damaged", f"{what} has no id.", "Delete its folder instead.")
    if undo:
        gone = registry.restore(ids, place)
        count = len(gone)
        told = "may be rendered again" if gone else "was not on your own list; others may have it"
        summary = f"The {title} {told}"
        return {"kind": kind, "name": name, "ids": list(ids), "restored": count, "summary": summary}
    is_along = registry.revoke(kind, name, ids, reason, place)
    summary = f"The {title} is revoked and will not be rendered where your list is known: {registry.own_list()}"
    untold = [f"{what} cannot be written, so copies of it do not know: give others your list (revocations --export)."]
    return {
        "kind": kind, "name": name, "ids": list(ids), "restored": 0, "summary": summary,
        "warnings": [] if is_along else untold,
    }  # fmt: skip


def revocations(progress: Progress, export: Path | None, bring: Path | None, signed: bool) -> dict[str, Any]:
    """The lists that are known, after another was added to the own one (bring), or with the own written (export)."""
    from core.trust import registry
    from core.trust.gate import tell_title

    told = []
    if bring is not None:
        told.append(f"{registry.import_list(bring)} new ones were added to your list")
    if export is not None:
        told.append(f"{registry.export_list(export, signed)} are in {export}")
    known = list(dict.fromkeys(registry.known_revocations().values()))
    lines = [f"{tell_title(one.kind, one.name, one.ids)}: {one.date} {one.reason}".rstrip(" :") for one in known]
    summary = "\n".join([*told, *(lines or ["Nothing is revoked"])])
    return {"revoked": [{**asdict(one), "ids": list(one.ids)} for one in known], "summary": summary}


def forget(progress: Progress, avatar: str, folders: str, voice: Path | None, yes: bool) -> dict[str, Any]:
    """List all that was made from an avatar, and with yes delete it. folders: where to look too, a list as JSON."""
    from core.trust.forget import find_made, forget

    progress(0.0, "Looking for what was made from it")
    found = find_made(avatar, [Path(one) for one in _list("folders", folders)], voice)
    things = found.things
    if yes:
        progress(0.5, "Deleting")
        things = forget(found)
    size = sum(one.bytes for one in things)
    what = f"{len(things)} things, {sum(one.files for one in things)} files, {size / 1e6:.1f} MB"
    head = f"Deleted: {what}" if yes else f"To be deleted: {what}. Nothing was deleted yet; --yes does it"
    lines = [head, *(f"  {one.kind:<12} {one.path}  ({one.why})" for one in things)]
    lines += ["Left:", *(f"  {one.kind:<12} {one.path}  ({one.why})" for one in found.left)] if found.left else []
    return {
        "deleted": yes,
        "things": [{**asdict(one), "path": str(one.path)} for one in things],
        "left": [{**asdict(one), "path": str(one.path)} for one in found.left],
        "bytes": size,
        "summary": "\n".join(lines),
    }


def policy_state(progress: Progress) -> dict[str, Any]:
    """The usage policy, and whether this version of it was accepted on this computer."""
    from core.trust.policy import is_accepted, read_acceptance, read_policy

    policy, acceptance = read_policy(), read_acceptance()
    accepted = is_accepted()
    before = acceptance is not None and not accepted
    said = f"Accepted on {acceptance.date}" if accepted and acceptance else "Not accepted yet"
    if before and acceptance:
        said = f"Version {acceptance.version} was accepted on {acceptance.date}; this one is new"
    return {
        "version": policy.version,
        "text": policy.text,
        "accepted": accepted,
        "date": acceptance.date if accepted and acceptance else "",
        "summary": f"{policy.text}\n{said}" + ("" if accepted else ": python -m core policy --accept"),
    }


def accept_policy(progress: Progress, version: str | None) -> dict[str, Any]:
    """Accept the policy. version: the one that was shown, which has to be the one there is."""
    from core.trust.policy import accept_policy, read_policy

    policy = read_policy()
    if version is not None and version != policy.version:
        raise LikenessError(
            "policy_not_accepted",
            f"Version {version} of the policy was shown, but version {policy.version} is the one there is.",
            "Read it, then accept it.",
        )
    acceptance = accept_policy()
    summary = f"Version {acceptance.version} of the usage policy is accepted ({acceptance.date})"
    return {"version": acceptance.version, "date": acceptance.date, "accepted": True, "summary": summary}


def _list(name: str, text: str) -> list[str]:
    """A list of texts as JSON; empty for an empty text."""
    try:
        found = json.loads(text) if text else []
    except json.JSONDecodeError as error:
        raise bad_params(f"{name} must be a list as JSON.", f"It is none: {error}.") from error
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise bad_params(f"{name} must be a list of texts as JSON.", f"It was {text!r}."[:200])
    return found
