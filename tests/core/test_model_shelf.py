# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of models that the preferences show: states, removing, and a file that the person has."""

from __future__ import annotations

import os

import pytest
from model_shelf import CONTENT, code_of

from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.models import fetch_models, install_model, look_at_models, remove_model
from core.progress import silent


def ask(method: str, **params):
    return run_job(method, check_params(method, params), silent)


def state() -> str:
    (model,) = ask("list_models")["models"]
    return model["state"]


def test_the_list_says_what_each_file_is_and_in_what_state(shelf, server):
    shelf.list_url(server)
    (model,) = ask("list_models")["models"]
    assert model["state"] == "missing" and not model["is_own"]
    assert (model["id"], model["size"], model["licence"], model["sources"]) == (
        "net", len(CONTENT), "CC0-1.0", [server.url],
    )  # fmt: skip
    fetch_models(["net"])
    (shelved,) = look_at_models()
    assert (shelved.state, shelved.is_own, shelved.path) == ("ready", True, shelf.file)
    shelf.file.write_bytes(CONTENT[:-1] + b"?")
    os.utime(shelf.file, (1, 1))
    assert state() == "damaged"


def test_fetching_asks_whether_it_may_and_mends_what_is_damaged(shelf, server):
    shelf.list_url(server)
    with pytest.raises(LikenessError, match="not allowed") as error:
        ask("fetch_model", model="net")
    assert code_of(error) == "online_not_allowed" and server.starts == []
    ask("fetch_model", model="net", online=True)
    assert state() == "ready"
    ask("fetch_model", model="net")  # nothing has to be fetched
    shelf.file.write_bytes(b"?")
    ask("fetch_model", model="net", online=True)
    assert state() == "ready"


def test_a_model_is_removed_and_one_of_the_extension_stays(shelf, server):
    shelf.list_url(server)
    with pytest.raises(LikenessError) as error:
        remove_model("net")
    assert code_of(error) == "model_missing"
    fetch_models(["net"])
    ask("remove_model", model="net")
    assert shelf.names() == []
    beside = shelf.registry.with_name("net.bin")
    beside.write_bytes(CONTENT)
    with pytest.raises(LikenessError) as error:
        remove_model("net")
    assert code_of(error) == "model_fixed" and beside.exists()


def test_a_file_at_hand_is_taken_where_it_is_the_right_one(shelf, server, tmp_path):
    shelf.list_url(server)
    for name, content in (("wrong.bin", CONTENT[:-1]), ("päckchen 网.bin", CONTENT)):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(LikenessError, match=r"wrong.bin is not net.bin") as error:
        install_model("net", tmp_path / "wrong.bin")
    assert code_of(error) == "model_mismatch" and shelf.names() == []
    ask("install_model", model="net", file=str(tmp_path / "päckchen 网.bin"))
    assert shelf.names() == ["net.bin"] and state() == "ready" and server.starts == []
    with pytest.raises(LikenessError) as error:
        install_model("net", tmp_path / "none.bin")
    assert code_of(error) == "file_missing"


def test_a_folder_that_cannot_be_written_is_said(shelf, server, tmp_path):
    shelf.list_url(server)
    (tmp_path / "net.bin").write_bytes(CONTENT)
    shelf.folder.write_text("a file in the way")
    with pytest.raises(LikenessError) as error:
        install_model("net", tmp_path / "net.bin")
    assert code_of(error) == "output_unwritable"
