# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on asks for the consent that the core records."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from blender_addon.consent import BASES, NEEDS_PERSON, NOT_RECORDED, USES, tell_consent, why_not_consent, write_consent
from core import consent as core_consent


def _record(**entries: object) -> SimpleNamespace:
    empty = {"subject": "", "basis": NOT_RECORDED, "date": "", "uses": set(), "evidence": "", "statement": ""}
    return SimpleNamespace(**{**empty, **entries})


def test_the_add_ons_tables_are_the_cores() -> None:
    assert [name for name, *_ in BASES if name != NOT_RECORDED] == list(core_consent.BASES)
    assert [name for name, *_ in USES] == list(core_consent.USES)
    assert NEEDS_PERSON == core_consent.NEEDS_PERSON


@pytest.mark.parametrize("role", ["subject", "speaker"])
def test_what_the_panel_writes_is_read_by_the_core(role: str, tmp_path) -> None:
    (tmp_path / "letter.txt").write_text("I agree.")
    record = _record(subject="Ada", basis="written", uses={"public", "languages"}, evidence="//letter.txt")
    text = write_consent(record, lambda path: path.replace("//", f"{tmp_path}/"), role)
    assert text is not None
    read = core_consent.parse_consent(text)
    assert getattr(read, role) == "Ada"
    assert (read.basis, read.uses, read.evidence) == ("written", ("languages", "public"), "letter.txt")
    assert len(read.evidence_sha256) == 64 and read.date


def test_nothing_is_written_where_nothing_was_recorded() -> None:
    assert write_consent(_record(), str) is None
    assert json.loads(write_consent(_record(statement=" Yes. "), str) or "") == {"statement": "Yes."}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"subject": "Ada", "basis": "written", "date": "2026-11-26"}, "Ada, written consent, 2026-11-26."),
        ({"speaker": "Ada", "subject": "Ada", "statement": "Yes."}, "Ada. Yes."),
        ({"synthetic": True}, "No consent was recorded."),
    ],
)
def test_a_record_is_told_in_a_sentence(record: dict[str, object], told: str) -> None:
    assert tell_consent(record) == told


def test_a_person_without_a_name_is_asked_for() -> None:
    assert "who" in why_not_consent(_record(basis="written"))
    assert not why_not_consent(_record(basis="synthetic"))
