# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent record: whose face or voice something is made from, and on what basis.

It is asked for once, when an avatar or a voice is made, is kept in what was made, and travels into every clip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import LikenessError

# Basis -> what it means.
BASES: Mapping[str, str] = {
    "self": "the person made it of themself",
    "written": "the person agreed in writing",
    "licensed": "a licence or contract allows it",
    "public_domain": "the material is in the public domain",
    "synthetic": "nobody is shown or heard: the material is synthetic",
}
# Use -> what it allows.
USES: Mapping[str, str] = {
    "private": "clips that stay with those who made them",
    "internal": "clips within a company or school",
    "public": "clips that anybody may see",
    "commercial": "clips that advertise or are sold",
    "languages": "clips in languages that the person does not speak",
    "sample": "the voice's sample is kept and given to voices that are made of it",
}
BESIDE = frozenset(("format", "synthetic", "given_for"))  # entries of a kept record that are not the person's own
NEEDS_PERSON = frozenset(("self", "written", "licensed"))  # bases without a name are worth nothing


@dataclass(frozen=True)
class Consent:
    """Who agreed to what.

    subject: who is shown. speaker: who speaks. basis: of `BASES`; ``""`` where only a statement is known. date: of the
    agreement, ISO 8601. uses: of `USES`; none named leaves them open. evidence: the name of a file that proves it, with
    its evidence_sha256. statement: in the person's own words.
    """

    subject: str = ""
    speaker: str = ""
    basis: str = ""
    date: str = ""
    uses: tuple[str, ...] = ()
    evidence: str = ""
    evidence_sha256: str = ""
    statement: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON of what is known."""
        return {key: list(value) if key == "uses" else value for key, value in asdict(self).items() if value}


UNKNOWN = Consent()  # nothing was recorded
NO_CONSENT = "No consent was recorded for this avatar."  # the statement of avatars without one


def is_recorded(record: Mapping[str, Any]) -> bool:
    """Whether a record as JSON says on what basis, or anything in words."""
    statement = record.get("statement")
    in_words = isinstance(statement, str) and statement.strip() not in ("", NO_CONSENT)
    return in_words or bool(record.get("basis"))


def check_record(record: Mapping[str, Any]) -> None:
    """Look at a record as something keeps it, perhaps with more entries than a consent has.

    Raises LikenessError ``consent_unreadable`` and ``consent_incomplete`` where nobody could have recorded it so.
    """
    known = {field.name for field in fields(Consent)}
    make_consent({key: value for key, value in record.items() if key in known})


def parse_consent(text: str) -> Consent:
    """A record as JSON, or a statement in words.

    ``evidence`` is the path of a file; the record keeps its name and hash. Raises LikenessError ``consent_unreadable``,
    ``consent_incomplete`` (a basis that needs a name without one), ``consent_evidence_missing`` and
    ``consent_evidence_changed`` (the file is another one than the hash says).
    """
    text = text.strip()
    if not text.startswith("{"):
        return Consent(statement=text)
    try:
        entry = json.loads(text)
    except json.JSONDecodeError as error:
        raise _unreadable(f"it is no JSON ({error})") from error
    return _with_evidence(make_consent(entry), Path())


def read_consent(path: Path) -> Consent:
    """The record in a JSON file, whose ``evidence`` may be named relative to it.

    Raises LikenessError ``file_missing`` and as `parse_consent` does.
    """
    path = Path(path)
    if not path.is_file():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the consent record.")
    try:
        entry = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _unreadable(f"{path.name} is no JSON file in UTF-8") from error
    return _with_evidence(make_consent(entry), path.parent)


def make_consent(entry: Any) -> Consent:
    """A checked record of plain JSON, as something keeps it: its evidence is not looked for.

    Raises LikenessError ``consent_unreadable`` and ``consent_incomplete``.
    """
    known = {field.name for field in fields(Consent)}
    if not isinstance(entry, dict) or not all(isinstance(key, str) for key in entry):
        raise _unreadable("it is no JSON object")
    entry = {key: value for key, value in entry.items() if key not in BESIDE}
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise _unreadable(f"it has no entry “{unknown[0]}”")
    uses = entry.pop("uses", [])
    if not isinstance(uses, list | tuple) or not all(isinstance(value, str) for value in (*uses, *entry.values())):
        raise _unreadable("its entries are texts, and uses is a list of them")
    consent = Consent(**entry, uses=tuple(dict.fromkeys(uses)))
    _check(consent)
    return consent


def _check(consent: Consent) -> None:
    if consent.basis and consent.basis not in BASES:
        raise _unreadable(f"“{consent.basis}” is no basis")
    wrong = [use for use in consent.uses if use not in USES]
    if wrong:
        raise _unreadable(f"“{wrong[0]}” is no use ({', '.join(USES)})")
    if consent.date:
        try:
            date.fromisoformat(consent.date)
        except ValueError as error:
            raise _unreadable(f"“{consent.date}” is no date such as 2026-11-26") from error
    if consent.basis in NEEDS_PERSON and not (consent.subject or consent.speaker):
        raise LikenessError(
            "consent_incomplete",
            f"The consent says “{BASES[consent.basis]}”, but not who that is.",
            "Name who is shown, or who speaks.",
        )


def _with_evidence(consent: Consent, folder: Path) -> Consent:
    """The record with the name and hash of its evidence. A hash without the file at hand is kept as it is."""
    if not consent.evidence:
        return consent
    path = folder / consent.evidence
    if not path.is_file():
        if consent.evidence_sha256:
            return replace(consent, evidence=Path(consent.evidence).name)
        raise LikenessError(
            "consent_evidence_missing",
            f"The evidence of the consent, {path}, is not there.",
            "Choose the file that proves it, or leave the evidence away.",
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if consent.evidence_sha256 not in ("", found):
        raise LikenessError(
            "consent_evidence_changed",
            f"{path.name} is not the file that the consent was recorded with.",
            "Choose that file, or record the consent anew.",
        )
    return replace(consent, evidence=path.name, evidence_sha256=found)


def _unreadable(reason: str) -> LikenessError:
    return LikenessError(
        "consent_unreadable",
        f"The consent record cannot be read: {reason}.",
        f"It has subject, speaker, basis ({', '.join(BASES)}), date, uses, evidence and statement.",
    )
