# SPDX-License-Identifier: GPL-3.0-or-later
"""Files say what they are made of and by whose consent, signed; every change to them is noticed."""

from __future__ import annotations

import http.server
import io
import json
import os
import struct
import threading
from dataclasses import replace
from pathlib import Path

import c2pa
import numpy as np
import pytest
from made_files import CONSENT, PROVENANCE, make_file
from PIL import Image

from core.__main__ import main
from core.errors import LikenessError
from core.trust.boxes import copy_with_xmp, read_xmp
from core.trust.certificate import LOCAL_NAME, local_credential
from core.trust.credentials import sign_file
from core.trust.manifest import MIMES, make_manifest
from core.trust.picture_mark import PictureMarker
from core.trust.provenance import Ingredient, Provenance, read_provenance
from core.trust.sequence import LIST, MANIFEST, sign_sequence
from core.trust.sound_mark import mark_sound
from core.trust.stills import make_xmp, read_fields
from core.trust.verification import tell
from core.trust.verify import verify_file

KINDS = (".mp4", ".mov", ".png", ".jpg", ".wav")


@pytest.fixture(scope="module", params=KINDS)
def signed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sign_file(make_file(tmp_path_factory.mktemp("signed") / f"film{request.param}"), PROVENANCE)


def test_signed_files_say_all_and_are_intact(signed: Path) -> None:
    seen = verify_file(signed, marks=False)
    assert (seen.state, seen.reasons, seen.warnings) == ("intact", (), ())
    assert seen.provenance == PROVENANCE
    assert seen.consents == (CONSENT,)
    assert seen.ingredients == PROVENANCE.ingredients
    assert seen.signed_by is not None and seen.signed_by.name == LOCAL_NAME
    assert seen.signed_by.is_local and seen.signed_by.is_self_signed and not seen.signed_by.is_trusted
    assert [one["action"] for one in seen.actions] == ["c2pa.created", "c2pa.placed", "c2pa.edited"]
    assert seen.actions[0]["digitalSourceType"].endswith("/compositeSynthetic")
    assert seen.xmp_agrees is (None if signed.suffix == ".wav" else True)
    said = tell(seen)
    assert "not verified by anybody" in said and "the person agreed in writing" in said and "“AI-generated”" in said
    assert json.loads(json.dumps(seen.as_dict()))["consents"] == [CONSENT]
    assert [path.name for path in signed.parent.iterdir()] == [signed.name]  # no parts are left


def test_signed_again_a_file_has_one_signature(signed: Path, tmp_path: Path) -> None:
    path = tmp_path / signed.name
    path.write_bytes(signed.read_bytes())
    sign_file(path, replace(PROVENANCE, title="Second"))
    seen = verify_file(path, marks=False)
    assert seen.state == "intact" and seen.provenance is not None and seen.provenance.title == "Second"
    assert abs(path.stat().st_size - signed.stat().st_size) < 600


@pytest.mark.parametrize("bit", [0x01, 0x40])
def test_a_flipped_bit_is_noticed_wherever_it_is(signed: Path, tmp_path: Path, bit: int) -> None:
    data, path = signed.read_bytes(), tmp_path / signed.name
    places = {10, *range(20, 80, 3), 99, len(data) // 2, len(data) - 2}
    places |= set(np.random.default_rng(bit).integers(0, len(data), 12).tolist())
    for word in (b"written", b"uuid", b"jumb", b"c2pa.signature", b"mdat", b"IDAT", b"compositeSynthetic", b"Ada"):
        places |= {data.find(word) + 1, data.rfind(word)} if word in data else set()
    for place in sorted(places):
        altered = bytearray(data)
        altered[place] ^= bit
        path.write_bytes(altered)
        seen = verify_file(path, marks=False)
        assert seen.state == "altered" and seen.reasons, place


def test_a_manifest_in_many_segments_is_followed_through_all_of_them(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.jpg")
    pages = tuple(Ingredient("slide", f"page {number}" + " " * 200, f"{number:064x}") for number in range(200))
    data = sign_file(path, replace(PROVENANCE, ingredients=pages)).read_bytes()
    assert verify_file(path, marks=False).state == "intact"
    second = data.find(b"JP\x02\x11\0\0\0\x02")
    for place in (second, second + 3, second + 7, second + 9):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert verify_file(path, marks=False).state == "altered", place


def test_what_is_no_film_at_all_is_not_called_altered(tmp_path: Path) -> None:
    for name, content in (("a.mp4", b""), ("b.mp4", b"hello"), ("c.jpg", bytes(999)), ("d.png", b"\x89PNG")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LikenessError) as caught:
            verify_file(tmp_path / name, marks=False)
        assert caught.value.code == "file_damaged"


def test_a_file_without_its_manifest_is_not_signed_and_its_consent_is_only_said(tmp_path: Path) -> None:
    path = sign_file(make_file(tmp_path / "a.png"), PROVENANCE)
    xmp = read_xmp(path)
    Image.open(path).save(path)  # another program leaves the manifest out
    assert verify_file(path, marks=False).state == "unsigned"
    copy_with_xmp(path, tmp_path / "b.png", xmp)
    seen = verify_file(tmp_path / "b.png", marks=False)
    assert seen.state == "unsigned" and seen.consents == (CONSENT,)
    assert any("not signed" in warning for warning in seen.warnings)


def test_a_removed_or_forged_consent_is_noticed(signed: Path, tmp_path: Path) -> None:
    data, path = signed.read_bytes(), tmp_path / signed.name
    assert data.count(b"written") >= (1 if signed.suffix == ".wav" else 2)
    path.write_bytes(data.replace(b"written", b"selfish"))
    assert verify_file(path, marks=False).state == "altered"
    if signed.suffix != ".wav":
        forged = make_xmp(replace(PROVENANCE, consents=({**CONSENT, "subject": "Eve"},)), signed.suffix)
        for packet in (forged, make_xmp(replace(PROVENANCE, consents=()), signed.suffix)):
            copy_with_xmp(signed, path, packet)
            seen = verify_file(path, marks=False)
            assert seen.state == "altered" and seen.xmp_agrees is False
            assert any("consents" in reason for reason in seen.reasons)


def test_a_stripped_film_is_told_by_its_mark(tmp_path: Path) -> None:
    grain = np.random.default_rng(2).normal(128, 30, (256, 256, 3)).clip(0, 255).astype(np.uint8)
    marked = replace(PROVENANCE, marked=("picture",))
    payload = marked.payload
    assert payload == 0x89ABCDEF
    frame = PictureMarker((256, 256), payload).mark(grain)
    path = sign_file(make_file(tmp_path / "a.png", frame=frame), marked)
    seen = verify_file(path)
    assert seen.state == "intact" and seen.picture is not None and seen.picture.agrees is True and not seen.warnings
    assert any("watermarked" in one["action"] for one in seen.actions)
    Image.open(path).convert("RGB").save(tmp_path / "b.png")
    stripped = verify_file(tmp_path / "b.png")
    assert stripped.state == "marked" and stripped.picture is not None and stripped.picture.payload == "89abcdef"
    other = sign_file(make_file(tmp_path / "c.png", frame=frame), replace(marked, identifier="00000001"))
    assert any("another film" in warning for warning in verify_file(other).warnings)
    bare = sign_file(make_file(tmp_path / "d.png", size=8), marked)
    assert any("is not found" in warning for warning in verify_file(bare).warnings)


def test_metadata_are_iptcs_and_leave_the_picture_as_it_was(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        path = make_file(tmp_path / name)
        before = np.asarray(Image.open(path))
        sign_file(path, replace(PROVENANCE, credit="Studio & Co"))
        fields = read_fields(path)
        assert fields["DigitalSourceType"] == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
        assert fields["Credit"] == "Studio & Co"
        assert fields["description"].startswith("This picture is synthetic") and "Ada & <B>" in fields["description"]
        assert json.loads(fields["consent"]) == [CONSENT]
        assert fields["ModelReleaseStatus"].endswith("MR-LMR")
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), before)
            assert b"DigitalSourceType" in (picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode())


def test_the_clips_of_blender_keep_one_xmp(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.mp4")
    box = certificate_box()
    path.write_bytes(path.read_bytes() + box)
    sign_file(path, PROVENANCE)
    assert path.read_bytes().count(bytes.fromhex("be7acfcb97a942e89c71999491e3afac")) == 1
    assert "Ada" in read_xmp(path) and verify_file(path, marks=False).state == "intact"


def certificate_box() -> bytes:
    content = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x:xmpmeta>old</x:xmpmeta>"
    return struct.pack(">I4s", 8 + len(content), b"uuid") + content


def test_a_stripped_sound_is_told_by_its_mark(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 16000 * 4)
    marked = replace(PROVENANCE, marked=("sound",))
    path = make_file(tmp_path / "a.wav", wave=mark_sound(noise, 16000, 0x89ABCDEF))
    assert verify_file(path).state == "marked"
    seen = verify_file(sign_file(path, marked))
    assert seen.state == "intact" and seen.sound is not None and seen.sound.agrees is True and not seen.warnings


def test_what_is_synthetic_throughout_says_so() -> None:
    spoken = Provenance("a", (Ingredient("person", "Nobody"), Ingredient("voice", "hibari")))
    assert spoken.digital_source_type.endswith("/trainedAlgorithmicMedia")
    person = (Ingredient("avatar", "nobody", id="1"), Ingredient("person", "Nobody", id="1"))
    assert Provenance("a", person).digital_source_type.endswith("/trainedAlgorithmicMedia")
    assert Provenance("a", (*person, Ingredient("avatar", "ada", id="2"))).digital_source_type.endswith("Synthetic")
    assert Provenance("a").digital_source_type.endswith("/compositeSynthetic")


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"title": 3},
        {"title": "a", "extra": 1},
        {"title": "a", "ingredients": [{"kind": "soul", "name": "x"}]},
        {"title": "a", "ingredients": ["x"]},
        {"title": "a", "marked": ["smell"]},
        {"title": "a", "identifier": "xyz"},
        {"title": "a", "source_type": "real"},
        {"title": "a", "consents": ["yes"]},
    ],
)
def test_facts_that_are_none_are_refused(entry: object) -> None:
    with pytest.raises(LikenessError) as raised:
        read_provenance(entry)
    assert raised.value.code == "provenance_unreadable"


def test_facts_come_back_from_json() -> None:
    assert read_provenance(json.loads(json.dumps(PROVENANCE.as_dict()))) == PROVENANCE


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    for name, content, code in (
        ("a.mp4", b"no film", "file_damaged"),
        ("a.png", b"no picture", "file_damaged"),
        ("a.jpg", b"no picture", "file_damaged"),
        ("a.wav", b"no sound", "signing_failed"),
        ("a.exr", b"v/1\x01", "format_unsigned"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(LikenessError) as raised:
            sign_file(path, PROVENANCE)
        assert raised.value.code == code and path.read_bytes() == content
    assert sorted(os.listdir(tmp_path)) == ["a.exr", "a.jpg", "a.mp4", "a.png", "a.wav"]


def test_a_sequence_is_signed_as_a_whole(tmp_path: Path) -> None:
    for number in range(1, 4):
        make_file(tmp_path / f"{number:06d}.png", 16 + number)
    (tmp_path / "000004.exr").write_bytes(b"v/1\x01" + bytes(90))
    sign_sequence(tmp_path, PROVENANCE)
    assert verify_file(tmp_path, marks=False).state == "intact"
    assert verify_file(tmp_path / "000004.exr", marks=False).state == "intact"
    (tmp_path / "000005.exr").write_bytes(b"new")
    assert "not of the signed sequence" in verify_file(tmp_path, marks=False).reasons[0]
    (tmp_path / "000005.exr").unlink()
    frame = (tmp_path / "000004.exr").read_bytes()
    (tmp_path / "000004.exr").write_bytes(frame[:-1] + b"x")
    assert verify_file(tmp_path, marks=False).reasons == ("000004.exr is changed",)
    assert verify_file(tmp_path / "000004.exr", marks=False).state == "altered"
    assert verify_file(tmp_path / "000001.png", marks=False).state == "intact"
    (tmp_path / "000004.exr").unlink()
    assert verify_file(tmp_path, marks=False).reasons == ("000004.exr is missing",)
    said = (tmp_path / LIST).read_text()
    (tmp_path / LIST).write_text(said.replace("000004.exr", "000009.exr"))
    assert verify_file(tmp_path, marks=False).state == "altered"
    (tmp_path / LIST).write_text(said)
    (tmp_path / MANIFEST).unlink()
    assert verify_file(tmp_path, marks=False).state == "altered"


def test_the_command_says_altered_by_its_status(tmp_path: Path, capsys) -> None:
    path = make_file(tmp_path / "a.wav")
    facts = json.dumps(PROVENANCE.as_dict())
    assert main(["sign", str(path), "--provenance", facts]) == 0
    assert "not verified by anybody" in capsys.readouterr().out
    assert main(["verify", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["state"] == "intact" and said["signed"] and said["signed_by"]["is_local"]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert main(["verify", str(path)]) == 1
    assert "ALTERED" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none.wav")]) == 2


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """Neither a manifest that lies elsewhere, as a file may claim, nor anything else."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        credential = local_credential()
        path = make_file(tmp_path / "a.png")
        source, target = io.BytesIO(path.read_bytes()), io.BytesIO()
        with (
            c2pa.Signer.from_callback(credential.sign, c2pa.C2paSigningAlg.ES256, credential.chain, None) as signer,
            c2pa.Builder(json.dumps(make_manifest(PROVENANCE))) as builder,
        ):
            builder.set_no_embed()
            builder.set_remote_url(f"http://127.0.0.1:{server.server_port}/manifest.c2pa")
            builder.sign(signer, MIMES[".png"], source, target)
        path.write_bytes(target.getvalue())
        assert b"manifest.c2pa" in path.read_bytes()
        seen = verify_file(path, marks=False)
        sign_file(path, PROVENANCE)
        verify_file(path, marks=False)
    finally:
        server.shutdown()
    assert asked == []
    assert seen.state == "unsigned" and "manifest.c2pa" in seen.warnings[-1]


@pytest.mark.parametrize(
    ("name", "renamed"),
    [("a.mp4", "b"), ("a.mp4", "b.avi"), ("a.mp4", "b.png"), ("a.png", "b.jpg"), ("a.jpg", "b.webp"),
     ("a.wav", "b.mp4")],
)
def test_a_renamed_file_is_neither_altered_nor_unsigned(tmp_path: Path, name: str, renamed: str) -> None:
    """A program that passes it on may call it otherwise; its signature is as good as before."""
    path = sign_file(make_file(tmp_path / name), PROVENANCE).rename(tmp_path / renamed)
    seen = verify_file(path, marks=False)
    assert (seen.state, seen.file) == ("intact", renamed)
    assert any(f"but it is {name[2:].upper()}" in warning for warning in seen.warnings)
    assert not verify_file(path.rename(tmp_path / name), marks=False).warnings
