# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models there are, where they lie, and what the command line says of them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from model_shelf import CONTENT, code_of

from core import models
from core.errors import LikenessError
from core.models import fetch_models, main, missing_bytes, model_digests, model_path


def test_a_member_of_an_installed_package_is_used_in_place(shelf):
    package = models.importlib.metadata.distribution("pytest")
    member = Path(str(package.locate_file("pytest/__init__.py")))
    shelf.list(f'{{ package = "pytest=={package.version}", member = "pytest/__init__.py" }}',
               content=member.read_bytes())
    assert model_path("net") == member
    assert fetch_models(["net"]) == [member]
    shelf.list('{ package = "pytest==0.1", member = "pytest/__init__.py" }', content=member.read_bytes())
    with pytest.raises(LikenessError) as error:
        model_path("net")
    assert code_of(error) == "model_missing"


def test_the_packaged_extension_brings_its_own_files(shelf, server):
    shelf.list_url(server)
    beside = shelf.registry.with_name("net.bin")
    beside.write_bytes(CONTENT)
    assert model_path("net") == beside


def test_the_command_line_lists_fetches_and_verifies(shelf, server, capsys):
    shelf.list_url(server)
    assert main(["verify"]) == 1
    assert main(["list"]) == 0
    assert "missing" in capsys.readouterr().out
    assert main(["fetch", "net"]) == 0
    assert main(["verify"]) == 0
    assert "ready" in capsys.readouterr().out
    assert main(["fetch", "nett"]) == 2
    assert "no model called nett" in capsys.readouterr().err


def test_digests_name_what_made_a_result(shelf, server):
    shelf.list_url(server)
    assert model_digests(["net"]) == {"net": hashlib.sha256(CONTENT).hexdigest()}


def test_every_registered_model_is_described_and_locked():
    listed = models.list_models()
    needed = {"face_landmarker", "selfie_segmenter", "head_template", "hibari"}
    assert needed <= {model.id for model in listed}
    assert len({model.file for model in listed}) == len(listed)
    for model in listed:
        assert len(model.sha256) == 64 and model.size > 0 and model.licence and model.purpose
        assert model.sources
        for source in model.sources:
            assert sum(map(bool, (source.package, source.npm, source.url))) == 1
            assert not source.package or "==" in source.package
            assert not source.npm or "@" in source.npm
            assert source.is_whole or model.pieces
            assert not source.derive or len(source.wheel_sha256) == 64


def test_the_models_of_this_machine_are_the_registered_ones():
    for model in models.list_models():
        if not (model.optional and missing_bytes([model.id])):
            model_path(model.id)


def test_listing_needs_no_heavy_import(repository):
    code = "import sys, core.models as m; m.list_models(); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository).returncode == 0
