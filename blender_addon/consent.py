# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent record as the panels ask for it; its tables are the core's. No bpy here.

A record is a property group LIKENESS_PG_consent.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

NOT_RECORDED = "none"  # an identifier may not be empty
BASES = (
    (NOT_RECORDED, "Not Recorded", "Nothing is known of it"),
    ("self", "Myself", "The person made it of themself"),
    ("written", "Written Consent", "The person agreed in writing"),
    ("licensed", "Licensed", "A licence or contract allows it"),
    ("public_domain", "Public Domain", "The material is in the public domain"),
    ("synthetic", "Synthetic", "Nobody is shown or heard: the material is synthetic"),
)
USES = (
    ("private", "Private", "Clips that stay with those who made them"),
    ("internal", "Internal", "Clips within a company or school"),
    ("public", "Public", "Clips that anybody may see"),
    ("commercial", "Commercial", "Clips that advertise or are sold"),
    ("languages", "Other Languages", "Clips in languages that the person does not speak"),
    ("sample", "Keep the Sample", "The voice's sample is kept and given to voices that are made of it"),
)
NEEDS_PERSON = frozenset(("self", "written", "licensed"))


def is_recorded(consent: Any) -> bool:
    """Whether a basis was chosen or something was written."""
    return consent.basis != NOT_RECORDED or bool(consent.statement.strip())


def why_not_consent(consent: Any) -> str:
    """What is missing of a record, in words; empty when nothing is."""
    if consent.basis in NEEDS_PERSON and not consent.subject.strip():
        return "Say who agreed: consent without a name is worth nothing."
    return ""


def write_consent(consent: Any, abspath: Callable[[str], str], role: str = "subject") -> str | None:
    """The record as the core's param ``consent``: JSON, or None where nothing was recorded.

    abspath: makes a path of the file an absolute one. role: ``subject`` for who is shown, ``speaker`` for who is heard.
    """
    if not is_recorded(consent):
        return None
    basis = "" if consent.basis == NOT_RECORDED else consent.basis
    record = {
        role: consent.subject.strip(),
        "basis": basis,
        "date": consent.date.strip() or (datetime.date.today().isoformat() if basis else ""),
        "uses": sorted(consent.uses),
        "evidence": abspath(consent.evidence) if consent.evidence else "",
        "statement": consent.statement.strip(),
    }
    return json.dumps({key: value for key, value in record.items() if value}, ensure_ascii=False)


def tell_consent(record: Mapping[str, Any]) -> str:
    """A record that something keeps, in a sentence."""
    who = " and ".join(dict.fromkeys(filter(None, (record.get("subject"), record.get("speaker")))))
    basis = next((name for identifier, name, _ in BASES if identifier == record.get("basis")), "")
    facts = ", ".join(filter(None, (who, basis.lower(), record.get("date"))))
    told = " ".join(filter(None, (f"{facts}." if facts else "", record.get("statement"))))
    return told or "No consent was recorded."


def draw_consent(layout: Any, consent: Any) -> None:
    """The fields of a record."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(consent, "basis", expand=True)  # one press chooses
    for name in ("subject", "date", "evidence", "statement"):
        column.prop(consent, name)
    column.column(align=True).prop(consent, "uses", expand=True)
