# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent record: read, checked, with the hash of its evidence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from core.command_line import read_record
from core.consent import BASES, USES, Consent, make_consent, parse_consent, read_consent
from core.errors import LikenessError

WRITTEN = {
    "subject": "Ada Example",
    "basis": "written",
    "date": "2026-11-26",
    "uses": ["public", "languages", "public"],
    "evidence": "letter.txt",
    "statement": "I agree.",
}


def _write(folder: Path, **changes: Any) -> Path:
    (folder / "letter.txt").write_text("I agree. Ada", encoding="utf-8")
    (folder / "consent.json").write_text(json.dumps({**WRITTEN, **changes}), encoding="utf-8")
    return folder / "consent.json"


def test_a_record_keeps_the_name_and_the_hash_of_its_evidence(tmp_path: Path):
    consent = read_consent(_write(tmp_path))
    assert consent.evidence == "letter.txt"
    assert consent.evidence_sha256 == hashlib.sha256(b"I agree. Ada").hexdigest()
    assert consent.uses == ("public", "languages")


def test_what_was_written_down_reads_back_without_the_evidence_at_hand(tmp_path: Path):
    consent = read_consent(_write(tmp_path))
    assert parse_consent(json.dumps({**consent.as_dict(), "synthetic": True})) == consent


def test_a_sentence_is_a_statement():
    assert parse_consent("  She said yes. ") == Consent(statement="She said yes.")
    assert parse_consent("").as_dict() == {}


def test_the_command_line_takes_a_record_or_a_statement(tmp_path: Path):
    assert parse_consent(read_record(str(_write(tmp_path)))).subject == "Ada Example"
    assert read_record("She said yes.") == "She said yes."
    with pytest.raises(LikenessError) as caught:
        read_record(str(tmp_path / "none.json"))
    assert caught.value.code == "file_missing"


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"basis": "friendship"}, "consent_unreadable", "friendship"),
        ({"uses": ["war"]}, "consent_unreadable", "war"),
        ({"uses": "public"}, "consent_unreadable", "list"),
        ({"date": "26.11.2026"}, "consent_unreadable", "26.11.2026"),
        ({"agreed": "yes"}, "consent_unreadable", "agreed"),
        ({"subject": ""}, "consent_incomplete", "who"),
        ({"evidence": "other.pdf"}, "consent_evidence_missing", "other.pdf"),
        ({"evidence_sha256": "0" * 64}, "consent_evidence_changed", "letter.txt"),
    ],
)
def test_what_is_wrong_with_a_record_is_named(tmp_path: Path, changes: dict[str, Any], code: str, told: str):
    with pytest.raises(LikenessError) as caught:
        read_consent(_write(tmp_path, **changes))
    assert caught.value.code == code
    assert told in caught.value.message


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"subject": 3}'])
def test_json_that_is_no_record_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "consent.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LikenessError) as caught:
        read_consent(path)
    assert caught.value.code == "consent_unreadable"


def test_what_is_kept_does_not_hang_on_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    consent = read_consent(_write(tmp_path))
    (tmp_path / "letter.txt").write_text("Another letter of that name.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert make_consent(consent.as_dict()) == consent


def test_every_basis_and_use_says_what_it_means():
    assert all(BASES.values()) and all(USES.values())
    for basis in BASES:
        assert parse_consent(json.dumps({"subject": "Ada", "basis": basis})).basis == basis
