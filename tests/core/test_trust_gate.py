# SPDX-License-Identifier: GPL-3.0-or-later
"""What may not be rendered is refused: without policy, consent or the right use, or once revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_files import ID, make_avatar, make_voice, write_json

from core.__main__ import main
from core.consent import NO_CONSENT
from core.errors import LikenessError
from core.trust import policy, registry
from core.trust.gate import require_renderable
from core.trust.places import FOLDER_VARIABLE, LISTS_VARIABLE, PREFERENCES
from core.trust.policy import accept_policy, is_accepted, read_policy
from core.trust.registry import LIST, known_revocations, read_list

OTHER = "fedcba9876543210"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    monkeypatch.delenv(LISTS_VARIABLE, raising=False)
    accept_policy()
    return folder


def refuse(*asked, code: str) -> LikenessError:
    with pytest.raises(LikenessError) as raised:
        require_renderable(*asked)
    assert raised.value.code == code and raised.value.message and raised.value.hint
    return raised.value


WRITTEN = {"subject": "Ada", "basis": "written"}


@pytest.mark.parametrize(
    ("consent", "use", "quality", "code"),
    [
        ({}, "public", "final", "consent_missing"),
        ({}, "public", "draft", ""),
        ({"statement": NO_CONSENT}, "private", "final", "consent_missing"),
        ({"statement": " "}, "private", "final", "consent_missing"),
        ({"statement": "Ada agreed on the phone."}, "public", "final", ""),
        ({"basis": "synthetic"}, "commercial", "final", ""),
        (WRITTEN, "commercial", "final", ""),
        ({**WRITTEN, "uses": ["public"]}, "public", "final", ""),
        ({**WRITTEN, "uses": ["public"]}, "internal", "final", ""),
        ({**WRITTEN, "uses": ["internal"]}, "private", "final", ""),
        ({**WRITTEN, "uses": ["public"]}, "commercial", "final", "use_refused"),
        ({**WRITTEN, "uses": ["commercial"]}, "public", "final", "use_refused"),
        ({**WRITTEN, "uses": ["internal"]}, "public", "final", "use_refused"),
        ({**WRITTEN, "uses": ["internal"]}, "public", "draft", "use_refused"),
        ({**WRITTEN, "uses": ["sample"]}, "public", "final", ""),
        ({**WRITTEN, "uses": ["public"]}, "languages", "final", "use_refused"),
        ({"basis": "because I can"}, "public", "final", "consent_unreadable"),
        ({"basis": "because I can"}, "public", "draft", "consent_unreadable"),
        ({**WRITTEN, "date": "2999-99-99"}, "public", "final", "consent_unreadable"),
        ({**WRITTEN, "uses": 5}, "public", "final", "consent_unreadable"),
        ({**WRITTEN, "uses": ["fame"]}, "public", "final", "consent_unreadable"),
        ({"statement": 5}, "public", "final", "consent_unreadable"),
        ({"basis": "written"}, "public", "final", "consent_incomplete"),
        ({**WRITTEN, "from_a_later_version": 1}, "public", "final", ""),
        (WRITTEN, "fame", "final", "bad_params"),
        (WRITTEN, "public", "best", "bad_params"),
    ],
)
def test_the_gate(tmp_path: Path, consent: dict, use: str, quality: str, code: str) -> None:
    avatar = make_avatar(tmp_path / "ada.avatar", consent)
    if code:
        refuse([avatar], ["hibari"], [], use, quality, code=code)
    else:
        consents = require_renderable([avatar], ["hibari"], [], use, quality)
        assert [dict(one) for one in consents if "avatar" in one] == ([{"avatar": "Ada", **consent}] if consent else [])


def test_voices_and_recordings_need_consent_too(tmp_path: Path) -> None:
    avatar = make_avatar(tmp_path / "ada.avatar", WRITTEN)
    voice = make_voice(tmp_path / "ada.voice")
    error = refuse([avatar], [f"profile:{voice}"], [], "public", "final", code="consent_missing")
    assert "voice “Ada”" in error.message
    make_voice(voice, {"speaker": "Ada", "basis": "self", "uses": ["internal"]})
    refuse([avatar], [f"chatterbox:{voice}"], [], "public", "final", code="use_refused")
    refuse([avatar], [], [{"voice": "line.wav"}], "public", "final", code="consent_missing")
    heard = {"voice": "line.wav", "speaker": "Ada", "basis": "self"}
    assert heard in require_renderable([avatar], ["kokoro:af_heart"], [heard, heard], "public", "final")
    refuse([tmp_path / "none.avatar"], [], [], "public", "final", code="file_missing")


def test_two_avatars_of_one_name_are_told_apart(tmp_path: Path, capsys) -> None:
    one = make_avatar(tmp_path / "one.avatar", {})
    other = make_avatar(tmp_path / "other.avatar", {}, OTHER, "99" * 32)
    told = [refuse([avatar], [], [], "public", "final", code="consent_missing") for avatar in (one, other)]
    assert all(f"avatar “Ada” ({id[:8]})" in one.message for id, one in zip((ID, OTHER), told, strict=True))
    assert main(["revoke", str(other)]) == 0 and f"“Ada” ({OTHER[:8]}) is revoked" in capsys.readouterr().out
    assert f"({OTHER[:8]})" in refuse([other], [], [], "public", "final", code="revoked").message
    assert main(["revocations"]) == 0 and f"avatar “Ada” ({OTHER[:8]}): " in capsys.readouterr().out


def test_the_policy_is_accepted_once_for_each_version(config: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    avatar = make_avatar(tmp_path / "ada.avatar", WRITTEN)
    (config / policy.ACCEPTED).unlink()
    assert not is_accepted()
    refuse([avatar], [], [], "public", "draft", code="policy_not_accepted")
    assert main(["policy"]) == 0
    shown = capsys.readouterr().out
    for word in ("Impersonation", "Sexual", "Minors", "Political", "Harassment", "authentication", "Not accepted yet"):
        assert word in shown
    assert main(["policy", "--accept"]) == 0
    said = json.loads((config / policy.ACCEPTED).read_text())
    assert said["version"] == read_policy().version and len(said["date"]) == 10
    require_renderable([avatar], [], [], "public", "final")
    changed = tmp_path / "policy.md"
    changed.write_text(read_policy().text.replace("Version: 1", "Version: 2"))
    monkeypatch.setattr(policy, "TEXT", changed)
    refuse([avatar], [], [], "public", "final", code="policy_not_accepted")
    accept_policy()
    require_renderable([avatar], [], [], "public", "final")
    (config / policy.ACCEPTED).write_text("{")
    assert not is_accepted()


def test_a_revoked_avatar_is_refused_by_id_by_photo_and_with_its_folder(config: Path, tmp_path: Path, capsys) -> None:
    avatar = make_avatar(tmp_path / "ada.avatar", WRITTEN)
    again = make_avatar(tmp_path / "again.avatar", WRITTEN, OTHER)  # built anew of the same photo
    unlike = make_avatar(tmp_path / "bob.avatar", WRITTEN, OTHER, "99" * 32, "Bob")
    assert main(["revoke", str(avatar), "--reason", "Ada took it back."]) == 0
    assert "is revoked" in capsys.readouterr().out
    for one in (avatar, again):
        error = refuse([one], [], [], "private", "draft", code="revoked")
    assert "Ada took it back" in error.message
    require_renderable([unlike], [], [], "public", "final")
    (config / LIST).unlink()
    refuse([avatar], [], [], "public", "final", code="revoked")  # its own folder knows
    require_renderable([again], [], [], "public", "final")
    (avatar.parent / LIST).write_bytes((avatar / LIST).read_bytes())
    refuse([again], [], [], "public", "final", code="revoked")  # and what lies beside
    (avatar.parent / LIST).unlink()
    assert main(["revoke", str(avatar), "--undo"]) == 0
    require_renderable([avatar], [], [], "public", "final")
    assert not (avatar / LIST).exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys) -> None:
    avatar = make_avatar(tmp_path / "ada.avatar", WRITTEN)
    (avatar / LIST).mkdir()
    assert main(["revoke", str(avatar)]) == 0
    assert "copies of it do not know" in capsys.readouterr().err
    refuse([avatar], [], [], "public", "final", code="revoked")


def test_a_revoked_voice_is_refused(tmp_path: Path) -> None:
    voice = make_voice(tmp_path / "ada.voice", {"speaker": "Ada", "basis": "self"})
    assert main(["revoke", str(voice)]) == 0 and main(["revoke", "kokoro:af_heart"]) == 0
    for one in (f"profile:{voice}", f"pocket:{voice}", "kokoro:af_heart"):
        refuse([], [one], [], "public", "final", code="revoked")
    require_renderable([], ["kokoro:af_bella"], [], "public", "final")
    assert main(["revoke", str(tmp_path / "none.voice")]) == 2


def test_lists_are_shared_and_signed(config: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    avatar = make_avatar(tmp_path / "a" / "ada.avatar", WRITTEN)
    registry.revoke("avatar", "Ada", (ID,), "asked")
    assert main(["revocations", "--export", str(tmp_path / "shared.json")]) == 0
    assert "avatar “Ada” (01234567)" in capsys.readouterr().out
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv(FOLDER_VARIABLE, str(elsewhere))
    accept_policy()
    require_renderable([avatar], [], [], "public", "final")
    monkeypatch.setenv(LISTS_VARIABLE, str(tmp_path / "shared.json"))
    refuse([avatar], [], [], "public", "final", code="revoked")
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "one.json").write_bytes((tmp_path / "shared.json").read_bytes())
    monkeypatch.setenv(LISTS_VARIABLE, str(folder))
    refuse([avatar], [], [], "public", "final", code="revoked")
    monkeypatch.delenv(LISTS_VARIABLE)
    write_json(elsewhere / PREFERENCES, {"revocation_lists": ["../lists"]})
    refuse([avatar], [], [], "public", "final", code="revoked")
    write_json(elsewhere / PREFERENCES, {"revocation_lists": ["../gone"]})
    refuse([avatar], [], [], "public", "final", code="file_missing")
    (elsewhere / PREFERENCES).unlink()
    assert main(["revocations", "--import", str(tmp_path / "shared.json")]) == 0
    assert main(["revocations", "--import", str(tmp_path / "shared.json")]) == 0
    assert len(read_list(elsewhere / LIST)) == 1
    forged = (tmp_path / "shared.json").read_text().replace(ID, OTHER)
    (tmp_path / "forged.json").write_text(forged)
    assert main(["revocations", "--import", str(tmp_path / "forged.json")]) == 2
    (tmp_path / "broken.json").write_text('{"revoked": [{"ids": 3}]}')
    assert main(["revocations", "--import", str(tmp_path / "broken.json")]) == 2
    assert set(known_revocations()) == {ID}


def test_the_panel_is_told_why(tmp_path: Path) -> None:
    from core.jobs import check_params, run_job
    from core.progress import silent

    avatar = make_avatar(tmp_path / "ada.avatar", {**WRITTEN, "uses": ["internal"]})
    asked = {"avatars": json.dumps([str(avatar)]), "use": "public"}
    refusals = run_job("renderable", check_params("renderable", asked), silent)["refusals"]
    assert [one["code"] for one in refusals] == ["use_refused"]
    with pytest.raises(LikenessError):
        run_job("renderable", check_params("renderable", {"avatars": "ada"}), silent)
