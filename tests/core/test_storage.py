# SPDX-License-Identifier: GPL-3.0-or-later
"""A result is there whole or not at all, and its bytes depend on its content alone."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from core import storage
from core.errors import LikenessError
from core.storage import read_json, read_npz, require_writable, write_folder, write_json, write_npz


def write_avatar(text: str):
    def write(folder: Path) -> None:
        (folder / "avatar.json").write_text(json.dumps(text))

    return write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_with_its_parents(tmp_path):
    target = tmp_path / "some" / "where" / "ada.avatar"
    assert write_folder(target, write_avatar("new")) == target
    assert read_json(target / "avatar.json") == "new"
    assert names(target.parent) == ["ada.avatar"]


def test_an_older_result_is_replaced_whole(tmp_path):
    target = tmp_path / "ada.avatar"
    write_folder(target, write_avatar("old"))
    (target / "leftover.png").write_bytes(b"x")
    write_folder(target, write_avatar("new"))
    assert names(target) == ["avatar.json"]
    assert read_json(target / "avatar.json") == "new"
    assert names(tmp_path) == ["ada.avatar"]


@pytest.mark.parametrize("failure", [RuntimeError("no"), LikenessError("x", "y", "z"), KeyboardInterrupt()])
def test_a_failure_half_way_leaves_the_previous_result(tmp_path, failure):
    target = tmp_path / "ada.avatar"
    write_folder(target, write_avatar("old"))

    def fail(folder: Path) -> None:
        write_avatar("half")(folder)
        raise failure

    with pytest.raises(type(failure)):
        write_folder(target, fail)
    assert read_json(target / "avatar.json") == "old"
    assert names(tmp_path) == ["ada.avatar"]


def test_a_failure_of_the_last_rename_puts_the_previous_result_back(tmp_path, monkeypatch):
    target = tmp_path / "ada.avatar"
    write_folder(target, write_avatar("old"))
    rename = Path.rename

    def refuse_staging(self: Path, new: Path) -> Path:
        if self.name.endswith(".part"):
            raise PermissionError(13, "Permission denied", str(self))
        return rename(self, new)

    monkeypatch.setattr(Path, "rename", refuse_staging)
    with pytest.raises(LikenessError) as caught:
        write_folder(target, write_avatar("new"))
    assert caught.value.code == "output_unwritable"
    assert read_json(target / "avatar.json") == "old"
    assert names(tmp_path) == ["ada.avatar"]


def test_a_process_killed_between_the_renames_loses_nothing(tmp_path):
    target = tmp_path / "ada.avatar"
    write_folder(target, write_avatar("old"))
    target.rename(tmp_path / ".ada.avatar.old")
    with pytest.raises(RuntimeError):
        write_folder(target, lambda folder: (_ for _ in ()).throw(RuntimeError()))
    assert read_json(target / "avatar.json") == "old"


def test_staging_folders_of_killed_processes_go_after_a_day(tmp_path):
    stale, fresh = tmp_path / ".ada.avatar.1.part", tmp_path / ".ada.avatar.2.part"
    stale.mkdir()
    fresh.mkdir()
    day_before = time.time() - storage.STALE_SECONDS - 60
    os.utime(stale, (day_before, day_before))
    write_folder(tmp_path / "ada.avatar", write_avatar("new"))
    assert names(tmp_path) == [".ada.avatar.2.part", "ada.avatar"]


def test_somebodys_folder_of_other_things_is_never_replaced(tmp_path):
    target = tmp_path / "Documents"
    target.mkdir()
    (target / "thesis.odt").write_text("years of work")
    with pytest.raises(LikenessError) as caught:
        write_folder(target, write_avatar("new"))
    assert caught.value.code == "output_unwritable"
    assert names(target) == ["thesis.odt"]
    assert names(tmp_path) == ["Documents"]


def test_a_file_in_the_place_of_the_folder_is_said_and_kept(tmp_path):
    target = tmp_path / "ada.avatar"
    target.write_text("mine")
    for act in (require_writable, lambda path: write_folder(path, write_avatar("new"))):
        with pytest.raises(LikenessError) as caught:
            act(target)
        assert caught.value.code == "output_unwritable"
    assert target.read_text() == "mine"


def test_a_place_below_a_file_is_unwritable_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    called = []
    for act in (require_writable, lambda path: write_folder(path, called.append)):
        with pytest.raises(LikenessError) as caught:
            act(tmp_path / "file" / "ada.avatar")
        assert caught.value.code == "output_unwritable"
        assert caught.value.hint
    assert called == []


def test_a_full_disk_is_an_unwritable_output(tmp_path):
    def fill(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(LikenessError, match="no space left"):
        write_folder(tmp_path / "ada.avatar", fill)
    assert names(tmp_path) == []


def test_a_missing_input_is_not_called_an_unwritable_output(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_folder(tmp_path / "ada.avatar", lambda folder: (tmp_path / "photo.jpg").read_bytes())


def test_require_writable_leaves_no_trace_and_keeps_the_result(tmp_path):
    target = write_folder(tmp_path / "ada.avatar", write_avatar("old"))
    require_writable(target)
    assert names(tmp_path) == ["ada.avatar"]
    assert read_json(target / "avatar.json") == "old"


def test_json_keeps_order_letters_and_numbers(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"z": np.float32(0.5), "a": np.arange(3), "naïve": True})
    assert path.read_bytes() == (
        '{\n "z": 0.5,\n "a": [\n  0,\n  1,\n  2\n ],\n "naïve": true\n}\n'.encode()
    )
    assert read_json(path) == {"z": 0.5, "a": [0, 1, 2], "naïve": True}


def test_json_refuses_what_is_no_number(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"x": float("nan")})


def test_equal_arrays_give_equal_bytes_at_another_time(tmp_path, monkeypatch):
    arrays = {"head.positions": np.linspace(0, 1, 3000, dtype=np.float32).reshape(-1, 3),
              "speech/jawOpen": np.zeros(7, np.float32)}
    write_npz(tmp_path / "a.npz", arrays)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    write_npz(tmp_path / "b.npz", {name: array.copy() for name, array in arrays.items()})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    read = read_npz(tmp_path / "a.npz")
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array, strict=True)


def test_npz_carries_no_pickles(tmp_path):
    objects = np.array([{"code": "anything"}], dtype=object)
    with pytest.raises(ValueError):
        write_npz(tmp_path / "a.npz", {"x": objects})
    np.savez(tmp_path / "b.npz", x=objects)
    with pytest.raises(LikenessError) as caught:
        read_npz(tmp_path / "b.npz")
    assert caught.value.code == "file_damaged"


@pytest.mark.parametrize("read", [read_json, read_npz])
def test_missing_and_damaged_files_are_said_in_words(tmp_path, read):
    with pytest.raises(LikenessError) as caught:
        read(tmp_path / "none")
    assert caught.value.code == "file_missing"
    for content in (b"", b"\xff\xfe\x00", b"PK\x03\x04 cut off"):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(LikenessError) as caught:
            read(tmp_path / "bad")
        assert caught.value.code == "file_damaged"
