# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify: what the core runs on, and whether it works, in rows for a person and a text for a bug report."""

from __future__ import annotations

import pytest

from core import machine
from core.errors import Cancelled, LikenessError
from core.jobs import run_job
from core.machine import describe_machine, describe_models


def test_the_report_says_versions_devices_models_and_that_it_works() -> None:
    shown: list[float] = []
    told = run_job("diagnose", {}, lambda fraction, text: shown.append(fraction))
    rows = {label: value for label, value, _ in told["rows"]}
    assert told["is_well"], rows
    assert {"Core", "Core's Python", "Packages", "Processor", "CUDA", "Free Disk", "Models"} <= set(rows)
    assert "numpy" in rows["Packages"] and "CPU" in rows["onnxruntime"]
    assert "478 landmarks" in rows["Test of Faces"]
    assert rows["Test of Speech"].endswith(" s") and "layers" in rows["Test of Motion"]
    assert told["report"].splitlines()[0] == f"Core: {rows['Core']}"
    assert shown == sorted(shown)


def test_a_test_that_fails_is_a_row_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(progress):
        raise LikenessError("model_mismatch", "The model is another.", "Fetch it.")

    monkeypatch.setattr(machine, "_find_face", refuse)
    rows = list(machine.try_core())
    assert [row.is_well for row in rows] == [True, True, False]
    assert rows[2].value == "The model is another. Fetch it."


def test_it_can_be_cancelled() -> None:
    def cancel(fraction: float, text: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_job("diagnose", {}, cancel)


def test_a_damaged_model_and_a_full_disk_are_told(shelf, server, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.list_url(server)
    assert [(row.label, row.is_well) for row in describe_models()] == [("Models", True), ("Model net", False)]
    shelf.folder.mkdir()
    shelf.file.write_bytes(b"?")
    assert "damaged" in list(describe_models())[1].value
    usage = machine.shutil.disk_usage(shelf.folder)._replace(free=10**7)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    (disk,) = (row for row in describe_machine() if row.label == "Free Disk")
    assert not disk.is_well and disk.value.startswith("0.0 GB")
