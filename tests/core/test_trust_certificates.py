# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose certificate signs: the person's own chain, or this computer's; unfit ones are told in a sentence."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from made_files import PROVENANCE, Authority, make_file

from core.__main__ import main
from core.errors import LikenessError
from core.trust import certificate
from core.trust.certificate import LOCAL_NAME, find_credential, local_credential
from core.trust.credentials import sign_file
from core.trust.marks import Marks
from core.trust.places import ANCHORS_VARIABLE, CERTIFICATE_VARIABLE, FOLDER_VARIABLE, KEY_VARIABLE
from core.trust.verify import judge, read_signed, verify_file


def test_own_chain_signs_and_is_trusted_where_its_authority_is(tmp_path: Path, monkeypatch) -> None:
    authority = Authority()
    chain, key = authority.issue(tmp_path)
    monkeypatch.setenv(CERTIFICATE_VARIABLE, str(chain))
    monkeypatch.setenv(KEY_VARIABLE, str(key))
    path = sign_file(make_file(tmp_path / "a.png"), PROVENANCE)
    seen = verify_file(path, marks=False)
    assert seen.state == "intact" and seen.signed_by is not None
    assert (seen.signed_by.name, seen.signed_by.is_local, seen.signed_by.is_self_signed) == ("Studio Ada", False, False)
    assert not seen.signed_by.is_trusted
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(authority.pem)
    monkeypatch.setenv(ANCHORS_VARIABLE, str(anchors))
    seen = verify_file(path, marks=False)
    assert seen.state == "intact" and seen.signed_by is not None and seen.signed_by.is_trusted


def test_a_certificate_that_expired_since_is_a_warning(tmp_path: Path) -> None:
    path = sign_file(make_file(tmp_path / "a.wav"), PROVENANCE)
    read = read_signed(path)
    assert read is not None and read.failures == ("signingCredential.untrusted",)
    seen = judge(path, replace(read, failures=(*read.failures, "signingCredential.expired")), Marks())
    assert seen.state == "intact" and "expired" in seen.warnings[0]


def test_the_own_certificate_is_chosen_once(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "config"))
    chain, key = Authority().issue(tmp_path)
    assert main(["certificate"]) == 0 and LOCAL_NAME in capsys.readouterr().out
    assert main(["certificate", "--certificate", str(chain), "--key", str(key)]) == 0
    assert "Studio Ada" in capsys.readouterr().out
    assert find_credential().name == "Studio Ada"
    assert main(["certificate", "--certificate", str(chain)]) == 2  # there is no key in it
    assert main(["certificate", "--local"]) == 0
    assert find_credential().is_local


def test_unfit_certificates_are_told_in_a_sentence(tmp_path: Path) -> None:
    authority = Authority()
    good, other, late, plain = (tmp_path / name for name in ("good", "other", "late", "plain"))
    for folder in (good, other, late, plain):
        folder.mkdir()
    chain, key = authority.issue(good)
    _, wrong = authority.issue(other)
    expired = authority.issue(late, days=-1)
    unfit = authority.issue(plain, usage=False)
    (tmp_path / "text.pem").write_text("hello")
    table = (
        (chain, wrong, "key_mismatch"),
        (*expired, "certificate_expired"),
        (*unfit, "certificate_unfit"),
        (tmp_path / "text.pem", key, "certificate_unreadable"),
        (chain, tmp_path / "text.pem", "certificate_unreadable"),
        (tmp_path / "none.pem", key, "file_missing"),
        (chain, None, "certificate_unreadable"),
    )
    path = make_file(tmp_path / "a.png")
    before = path.read_bytes()
    for first, second, code in table:
        with pytest.raises(LikenessError) as raised:
            sign_file(path, PROVENANCE, find_credential(first, second))
        assert raised.value.code == code and raised.value.hint
    assert path.read_bytes() == before


def test_the_local_certificate_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "config"))
    first, second = local_credential(), local_credential()
    assert first.chain == second.chain and first.name == LOCAL_NAME and first.is_local
    path = tmp_path / "config" / certificate.LOCAL_FILE
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("damaged")
    with pytest.raises(LikenessError) as raised:
        local_credential()
    assert raised.value.code == "certificate_unreadable" and str(path) in raised.value.hint
