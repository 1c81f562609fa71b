# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocations: avatars and voices that may not be rendered any more, anywhere the list is known.

Lists are added up: the person's own, those that preferences or ``SPEAKING_LIKENESS_REVOKED`` name (files, or folders of
them), and ``revoked.json`` in and beside the avatar's or voice's folder, which travels along with it. A list may be
signed; a signed one that was changed is refused, a plain one is taken as it is: revoking needs no permission.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.storage import read_json, write_file
from core.trust.places import LISTS_VARIABLE, config_folder, read_preferences

LIST = "revoked.json"
FORMAT = 1


@dataclass(frozen=True)
class Revoked:
    """ids: of the avatar and its photo, or of the voice's sample: any of them refuses. date: ISO 8601."""

    kind: str
    name: str
    ids: tuple[str, ...]
    reason: str = ""
    date: str = ""


def revoke(kind: str, name: str, ids: Iterable[str], reason: str = "", folder: Path | None = None) -> bool:
    """Put an avatar or voice on the person's own list, and into its folder so that copies of it know.

    Returns whether its folder could be written. Raises LikenessError ``revocations_unreadable``, ``output_unwritable``.
    """
    entry = Revoked(kind, name, tuple(ids), reason.strip(), date.today().isoformat())
    _add(own_list(), entry)
    if folder is None:
        return True
    try:
        _add(Path(folder) / LIST, entry)
    except LikenessError:
        return False
    return True


def restore(ids: Iterable[str], folder: Path | None = None) -> tuple[Revoked, ...]:
    """Take something off the person's own list and its folder's, revoked by mistake; what was taken off.

    Lists of others stay as they are. Raises LikenessError ``revocations_unreadable``, ``output_unwritable``.
    """
    wanted, gone = set(ids), {}
    for path in (own_list(), *([Path(folder) / LIST] if folder is not None else [])):
        entries = read_list(path) if path.is_file() else ()
        kept = tuple(one for one in entries if not wanted & set(one.ids))
        gone |= {one.ids: one for one in entries if one not in kept}
        if kept:
            _write(path, kept)
        elif entries:
            path.unlink()
    return tuple(gone.values())


def own_list() -> Path:
    """The person's own list, which need not be there."""
    return config_folder() / LIST


def known_revocations(folders: Iterable[Path] = ()) -> dict[str, Revoked]:
    """id -> what was revoked, of all lists that are known. folders: of avatars and voices that are to be shown.

    Raises LikenessError ``file_missing`` where a list that was named is not there, ``revocations_unreadable``,
    ``revocations_altered``: who cannot tell does not render.
    """
    paths = [own_list()] + [path for folder in folders for path in (folder / LIST, folder.parent / LIST)]
    found = [path for path in dict.fromkeys(paths) if path.is_file()]
    for named in read_preferences().lists:
        if not named.exists():
            raise LikenessError(
                "file_missing",
                f"The list of revoked avatars {named} is not there.",
                f"Connect the disk that has it, or take it out of {LISTS_VARIABLE} or the preferences.",
            )
        found += sorted(named.glob("*.json")) if named.is_dir() else [named]
    return {id: entry for path in found for entry in read_list(path) for id in entry.ids}


def find_revoked(ids: Iterable[str], revoked: Mapping[str, Revoked]) -> Revoked | None:
    """The entry that any of the ids is on."""
    return next((revoked[id] for id in ids if id in revoked), None)


def read_list(path: Path) -> tuple[Revoked, ...]:
    """The entries of a list. Raises LikenessError ``revocations_unreadable``, ``revocations_altered``."""
    try:
        said = read_json(path)
        entries = said["revoked"]
        texts = [(one["kind"], one["name"], one.get("reason", ""), one.get("date", "")) for one in entries]
        ids = [tuple(one["ids"]) for one in entries]
        if not all(isinstance(text, str) for row in (*texts, *ids) for text in row) or not all(ids):
            raise ValueError("its entries are texts, with ids")
    except (LikenessError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise LikenessError(
            "revocations_unreadable",
            f"The list of revoked avatars {path} cannot be read.",
            "Get it again from whoever keeps it, or delete it if it is your own.",
        ) from error
    if "signature" in said:
        _require_signed(said, path)
    return tuple(
        Revoked(kind, name, one, reason, day) for (kind, name, reason, day), one in zip(texts, ids, strict=True)
    )


def export_list(path: Path, is_signed: bool = True) -> int:
    """Write the person's own list for others, signed by their certificate; how many entries it has.

    Raises LikenessError ``output_unwritable``, and as `read_list` and `find_credential` do.
    """
    entries = read_list(own_list()) if own_list().is_file() else ()
    said = _plain(entries)
    if is_signed:
        from core.trust.certificate import find_credential

        credential = find_credential()
        signature = base64.b64encode(credential.sign(_signed_bytes(said))).decode()
        said |= {"signature": {"by": credential.name, "certificate": credential.chain, "es256": signature}}
    write_file(path, _text(said))
    return len(entries)


def import_list(path: Path) -> int:
    """Add another's list to the person's own; how many entries are new. Raises LikenessError as `read_list` does."""
    before = read_list(own_list()) if own_list().is_file() else ()
    merged = _merge(before, read_list(path))
    _write(own_list(), merged)
    return len(merged) - len(before)


def _add(path: Path, entry: Revoked) -> None:
    _write(path, _merge(read_list(path) if path.is_file() else (), (entry,)))


def _merge(entries: Iterable[Revoked], more: Iterable[Revoked]) -> tuple[Revoked, ...]:
    """Those that are already refused by all of their ids stay as they were."""
    merged = list(entries)
    for one in more:
        known = {id for entry in merged for id in entry.ids}
        if not set(one.ids) <= known:
            merged.append(one)
    return tuple(merged)


def _plain(entries: Iterable[Revoked]) -> dict[str, Any]:
    return {"format": FORMAT, "revoked": [{**asdict(one), "ids": list(one.ids)} for one in entries]}


def _write(path: Path, entries: Iterable[Revoked]) -> None:
    write_file(path, _text(_plain(entries)))


def _text(said: Mapping[str, Any]) -> bytes:
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def _signed_bytes(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said["revoked"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _require_signed(said: Mapping[str, Any], path: Path) -> None:
    from core.trust.certificate import is_signed_by

    signature = said["signature"]
    try:
        is_whole = is_signed_by(signature["certificate"], base64.b64decode(signature["es256"]), _signed_bytes(said))
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise LikenessError(
            "revocations_altered",
            f"The list of revoked avatars {path} was changed after it was signed.",
            "Get it again from whoever keeps it.",
        )
