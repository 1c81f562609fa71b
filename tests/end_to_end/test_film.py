# SPDX-License-Identifier: GPL-3.0-or-later
"""A storyboard becomes a signed film by the command line and a Blender of its own, and nothing is made twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import ROOT

BOARD = """---
avatar: {avatar}
size: 128p
fps: 6
---
# One
## Hi
camera: close-up

Hi.
# Two
## Card
title: The end
seconds: 0.5
"""


def test_a_storyboard_becomes_a_signed_film(
    film: Any, core_python: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    board = tmp_path / "board.md"
    board.write_text(BOARD.format(avatar=film.folder / "demo.avatar"), encoding="utf-8")

    def core(*options: str | Path) -> dict[str, Any]:
        command = [core_python, "-m", "core", *options, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    options = ("film", board, "--out", tmp_path / "out", "--draft", "--blender", sys.executable)
    made = core(*options)
    assert made["verified"] == {"board_16x9.mp4": "intact"}
    assert set(made["made"]) == {"Hi", "Card", ""} and 1.0 < made["duration"] < 3.0
    frames = list((tmp_path / "out" / "board.cache" / "plate").glob("*/0*.png"))
    assert len(frames) == round(made["duration"] * 6)
    again = core(*options)
    assert again["made"] == {} and again["files"] == made["files"]
    assert core("verify", tmp_path / "out" / "board_16x9.mp4")["state"] == "intact"
