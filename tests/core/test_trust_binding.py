# SPDX-License-Identifier: GPL-3.0-or-later
"""A consent is bound to what it was given for: one that somebody exchanged is noticed, in the folder and in Blender."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engines import save_voice
from made_files import PROVENANCE, make_file

from core.__main__ import main
from core.avatar.store import load_avatar, save_avatar
from core.consent import Consent, make_consent
from core.errors import LikenessError
from core.trust.binding import GIVEN_FOR, avatar_id, bind
from core.trust.credentials import sign_file
from core.trust.gate import read_avatar, read_voice, require_renderable, tell_unbound
from core.trust.verify import verify_file
from core.voice.profile import load_profile

SMALL = Path(__file__).resolve().parent.parent / "earlier" / "2026-11-26" / "Small.avatar"


def _save(folder: Path, photo: str, consent: dict) -> Path:
    """An avatar that was written by this version; photo: its sha256."""
    made = load_avatar(SMALL)
    settings, models = {"face": None}, {"head_template": "00"}
    header = {
        **made.header,
        "id": avatar_id(photo, settings, models, "0.1.0", "Ada", consent),
        "name": "Ada",
        "photo": {"file": "a.jpg", "sha256": photo, "width": 4, "height": 4},
        "settings": settings,
        "generator": {"version": "0.1.0", "models": models},
        "consent": {**consent, "synthetic": True},
    }
    meshes = [replace(mesh, positions=mesh.positions + int(photo[:2], 16) * 1e-3) for mesh in made.meshes]
    save_avatar(replace(made, header=header, meshes=meshes, background=None), folder)
    return folder


ADA = {"subject": "Ada", "basis": "written", "uses": ["internal"]}
EVE = {"subject": "Eve", "basis": "self"}


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    return _save(tmp_path / "ada.avatar", "aa" * 32, ADA)


@pytest.fixture
def eve(tmp_path: Path) -> Path:
    return _save(tmp_path / "eve.avatar", "ee" * 32, EVE)


def _said(folder: Path) -> dict:
    return json.loads((folder / "avatar.json").read_text())


def _write(folder: Path, **entries: object) -> None:
    (folder / "avatar.json").write_text(json.dumps(_said(folder) | entries))


def _refuse(folder: Path, quality: str = "final") -> str:
    with pytest.raises(LikenessError) as raised:
        require_renderable([folder], [], [], "internal", quality)
    assert raised.value.code == "consent_swapped" and raised.value.hint and "“Ada”" in raised.value.message
    return raised.value.message


def test_what_was_recorded_is_shown_and_says_what_it_was_given_for(ada: Path, capsys) -> None:
    [record] = require_renderable([ada], [], [], "internal", "final")
    assert record["subject"] == "Ada" and record[GIVEN_FOR]["ids"] == [_said(ada)["id"], "aa" * 32]
    assert tell_unbound([read_avatar(ada)]) == []
    assert main(["verify", str(ada)]) == 0
    told = capsys.readouterr().out
    assert "as it was when its consent was recorded" in told and "Ada" in told
    assert make_consent(_said(ada)["consent"]).as_dict() == ADA, "it is recorded anew for what is made anew"


def test_another_ones_record_is_refused_in_drafts_too(ada: Path, eve: Path, capsys) -> None:
    _write(ada, consent=_said(eve)["consent"])
    assert "given for another avatar" in _refuse(ada) and _refuse(ada, "draft")
    assert main(["verify", str(ada)]) == 1 and "does NOT have the consent" in capsys.readouterr().out


@pytest.mark.parametrize("entries", [{"uses": []}, {"subject": "Eve"}, {"basis": "synthetic"}, {"date": "2026-11-01"}])
def test_a_record_that_was_changed_is_refused(ada: Path, entries: dict) -> None:
    _write(ada, consent=_said(ada)["consent"] | entries)
    assert "changed after it was recorded" in _refuse(ada)


def test_a_record_of_the_same_photo_belongs_to_its_own_avatar(ada: Path, tmp_path: Path) -> None:
    wider = _save(tmp_path / "wider.avatar", "aa" * 32, {**ADA, "uses": ["commercial"]})
    _write(ada, consent=_said(wider)["consent"])
    assert "given for another avatar" in _refuse(ada)


def test_the_whole_document_of_another_one_is_refused(ada: Path, eve: Path) -> None:
    shutil.copyfile(ada / "avatar.json", eve / "avatar.json")
    assert "geometry.npz is not the one" in _refuse(eve)


@pytest.mark.parametrize("bound", [None, [], {}, {"ids": [], "files": {}, "seal": ""},
                                   {"ids": [1], "files": 2, "seal": 3},
                                   {"ids": ["a"], "files": {"../x": "y"}, "seal": "z"}])  # fmt: skip
def test_a_binding_that_nobody_wrote_so_is_refused_or_counts_as_none(ada: Path, bound: object) -> None:
    _write(ada, consent=_said(ada)["consent"] | {GIVEN_FOR: bound})
    if bound is not None:
        assert "cannot be read" in _refuse(ada)


def test_avatars_of_earlier_versions_are_shown_and_told_where_their_id_does_not_fit(ada: Path, eve: Path) -> None:
    _write(ada, consent={**ADA, "synthetic": True})
    require_renderable([ada], [], [], "internal", "final")
    assert tell_unbound([read_avatar(ada)]) == [] and verify_file(ada).state == "given"
    _write(ada, consent={**EVE, "synthetic": True})
    require_renderable([ada], [], [], "internal", "final")
    [told] = tell_unbound([read_avatar(ada)])
    assert "“Ada”" in told and "nobody would notice" in told and verify_file(ada).state == "unbound"
    _write(eve, consent={"synthetic": True})
    assert tell_unbound([read_avatar(eve)]) == [] and "No consent is recorded" in verify_file(eve).warnings[0]


def test_where_nothing_was_recorded_a_consent_can_be_written_later(tmp_path: Path) -> None:
    folder = _save(tmp_path / "later.avatar", "bb" * 32, {})
    assert GIVEN_FOR not in _said(folder)["consent"]
    _write(folder, consent=ADA)
    require_renderable([folder], [], [], "internal", "final")


def test_a_voice_keeps_its_own_consent(tmp_path: Path) -> None:
    voice = save_voice(tmp_path / "Ann.voice")
    other = save_voice(tmp_path / "Bob.voice", Consent(speaker="Bob", basis="self", uses=("commercial", "sample")))
    assert load_profile(voice).consent.speaker == "Ann" and verify_file(voice).state == "given"
    said = json.loads((voice / "voice.json").read_text())
    said["consent"] = json.loads((other / "voice.json").read_text())["consent"]
    said["sample"]["sha256"] = "another"
    (voice / "voice.json").write_text(json.dumps(said))
    shown = [f"profile:{voice}"]
    for ask in (lambda: load_profile(voice), lambda: require_renderable([], shown, [], "public", "draft")):
        with pytest.raises(LikenessError, match="given for another voice") as raised:
            ask()
        assert raised.value.code == "consent_swapped"
    said["consent"].pop(GIVEN_FOR)
    (voice / "voice.json").write_text(json.dumps(said))
    assert load_profile(voice).consent.speaker == "Bob"
    one = read_voice(f"profile:{voice}")
    assert one is not None and len(tell_unbound([one])) == 1


def test_an_exchanged_voice_is_left_out_of_the_list_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    ann, bob = save_voice(tmp_path / "ann.voice"), save_voice(tmp_path / "bob.voice")
    monkeypatch.setenv("SPEAKING_LIKENESS_VOICES", str(tmp_path))
    said = json.loads((bob / "voice.json").read_text())
    said["consent"]["speaker"] = "Bob"
    (bob / "voice.json").write_text(json.dumps(said))
    assert main(["voices"]) == 0
    listed = capsys.readouterr()
    assert f"profile:{ann.stem}" in listed.out and "profile:bob" not in listed.out
    assert "Note: bob.voice is left out. The voice “Ann” keeps a consent that is not the one" in listed.err


def test_blender_is_told_the_same_sentence_of_the_record_on_a_rig(ada: Path, eve: Path) -> None:
    from core.jobs import check_params, run_job
    from core.progress import silent

    def ask(consent: dict) -> dict:
        shown = [{"kind": "avatar", "name": "Ada", "ids": [_said(ada)["id"], "aa" * 32], "consent": consent}]
        asked = {"shown": json.dumps(shown), "use": "internal"}
        return run_job("check_clip", check_params("check_clip", asked), silent)

    assert ask(_said(ada)["consent"])["consents"]
    with pytest.raises(LikenessError, match=r"The avatar “Ada” .* given for another avatar") as raised:
        ask(_said(eve)["consent"])
    assert raised.value.code == "consent_swapped"
    _write(ada, consent=_said(eve)["consent"])
    avatars = {"avatars": json.dumps([str(ada)]), "use": "internal"}
    [told] = run_job("renderable", check_params("renderable", avatars), silent)["refusals"]
    assert told["message"] == raised.value.message


def test_a_film_with_anothers_consent_is_told(ada: Path, eve: Path, tmp_path: Path) -> None:
    own, foreign = ({"avatar": "Ada", **_said(folder)["consent"]} for folder in (ada, eve))
    ids = tuple(replace(one, id=_said(ada)["id"]) if one.kind == "avatar" else one for one in PROVENANCE.ingredients)
    for record, is_told in ((own, False), (foreign, True), ({**own, "subject": "Eve"}, True)):
        film = sign_file(make_file(tmp_path / "a.png"), replace(PROVENANCE, ingredients=ids, consents=(record,)))
        seen = verify_file(film, marks=False)
        assert seen.state == "intact" and any("not the one recorded" in one for one in seen.warnings) == is_told


def test_equal_avatars_have_equal_bindings(tmp_path: Path, ada: Path) -> None:
    again = _save(tmp_path / "again.avatar", "aa" * 32, ADA)
    assert _said(again) == _said(ada)
    record = {key: value for key, value in _said(ada)["consent"].items() if key != "synthetic"}
    assert bind("avatar", record, record[GIVEN_FOR]["ids"], ada) == record
