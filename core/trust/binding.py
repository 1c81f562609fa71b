# SPDX-License-Identifier: GPL-3.0-or-later
"""What a consent was given for, kept in its record: one that lies in another avatar's or voice's folder is noticed.

The record names the ids of what it was given for and the file that makes the likeness, by hashes, and has a seal over
all that it says. A seal is no signature: whoever reads this file can make another one. It shows what somebody exchanged
or changed by hand; films are signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from core.consent import NO_CONSENT, Consent, is_recorded
from core.errors import LikenessError
from core.storage import digest_file

GIVEN_FOR = "given_for"  # entry of a record: ``{"ids": [...], "files": {name: sha256}, "seal": sha256}``
# Kind -> the file that makes the likeness. Pictures are none: an artist may retouch them.
FILES: Mapping[str, str] = {"avatar": "geometry.npz", "voice": "styles.npz"}
_ANOTHER = "it was given for another {kind}"
_KNOWN = tuple(field.name for field in fields(Consent))


def bind(kind: str, record: Mapping[str, Any], ids: Sequence[str], folder: Path) -> dict[str, Any]:
    """The record with what it is given for. kind: of `FILES`. ids: by which that may be known. folder: holds its file.

    Where no consent was recorded, nothing was given: the record stays as it is. Raises OSError.
    """
    if not is_recorded(record):
        return dict(record)
    name = FILES[kind]
    bound = {"ids": list(ids), "files": {name: digest_file(folder / name)}}
    return {**record, GIVEN_FOR: {**bound, "seal": _seal(record, bound)}}


def find_swap(kind: str, record: Any, ids: Sequence[str], folder: Path | None) -> str:
    """Why a record is not the one that was given for this, as part of a sentence; ``""`` where nothing speaks for it.

    ids: of what it lies in. folder: where that is; None where only its ids are known, as in a .blend.
    """
    bound = record.get(GIVEN_FOR) if isinstance(record, Mapping) else None
    if bound is None:
        return ""
    if not _is_whole(kind, bound):
        return "what it was given for cannot be read"
    if bound["seal"] != _seal(record, bound):
        return "it was changed after it was recorded"
    if not set(bound["ids"]) <= set(ids):
        return _ANOTHER.format(kind=kind)
    changed = [name for name, sha in bound["files"].items() if folder is not None and _found(folder / name) != sha]
    return f"{changed[0]} is not the one that it was given for" if changed else ""


def find_foreign(kind: str, record: Any, ids: Sequence[str]) -> str:
    """The same of a record that a film carries, which names by an id of its own, the first, what it is made of."""
    bound = record.get(GIVEN_FOR) if isinstance(record, Mapping) else None
    if bound is None or not _is_whole(kind, bound):
        return find_swap(kind, record, (), None)
    is_its = bound["ids"][0] in ids
    return find_swap(kind, record, bound["ids"], None) or ("" if is_its else _ANOTHER.format(kind=kind))


def require_given(kind: str, title: str, record: Any, ids: Sequence[str], folder: Path | None) -> None:
    """Raise LikenessError ``consent_swapped`` where `find_swap` finds something. title: how sentences begin with it."""
    why = find_swap(kind, record, ids, folder)
    if why:
        raise LikenessError(
            "consent_swapped",
            f"The {title} keeps a consent that is not the one recorded for it: {why}.",
            f"Put back the files that lay in its folder, or make the {kind} anew with its own consent.",
        )


def is_bound(record: Mapping[str, Any]) -> bool:
    """Whether a record says what it was given for, or says nothing at all."""
    return record.get(GIVEN_FOR) is not None or not is_recorded(record)


def avatar_id(
    photo: str,
    settings: Mapping[str, Any],
    models: Mapping[str, str],
    version: str,
    name: str,
    record: Mapping[str, Any],
) -> str:
    """16 hex digits of all that an avatar is made from. photo: its sha256; record: the consent as JSON."""
    facts = json.dumps([photo, settings, models, version, name, record], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def fits_id(said: Mapping[str, Any]) -> bool:
    """Whether avatar.json has the id that its own consent leads to: so do those that say nothing else of it."""
    consent, generator, photo = (said.get(name) for name in ("consent", "generator", "photo"))
    if not (isinstance(consent, dict) and isinstance(generator, dict) and isinstance(photo, dict)):
        return False
    record = {key: value for key, value in consent.items() if key in _KNOWN}
    if record == {"statement": NO_CONSENT}:
        record = {}
    made = (photo.get("sha256"), said.get("settings"), generator.get("models"), generator.get("version"))
    return said.get("id") == avatar_id(*made, said.get("name"), record)  # type: ignore[arg-type]


def _is_whole(kind: str, bound: Any) -> bool:
    if not isinstance(bound, dict) or not isinstance(bound.get("seal"), str):
        return False
    ids, files = bound.get("ids"), bound.get("files")
    are_ids = isinstance(ids, list) and bool(ids) and all(isinstance(one, str) for one in ids)
    return are_ids and isinstance(files, dict) and set(files) <= {FILES.get(kind)}


def _seal(record: Mapping[str, Any], bound: Mapping[str, Any]) -> str:
    """Over all that a consent can say, and what it was given for; what carries it may write more beside it."""
    said = {key: value for key, value in record.items() if key in _KNOWN}
    text = json.dumps([said, bound["ids"], bound["files"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _found(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError:
        return ""
