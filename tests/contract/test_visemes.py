# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on takes mouths apart into the visemes that the core puts together."""

from __future__ import annotations

import tomllib
from pathlib import Path

from core.speech.visemes import VISEME_SHAPES


def test_the_add_ons_visemes_are_the_cores(repository: Path) -> None:
    table = tomllib.loads((repository / "blender_addon" / "retarget" / "visemes.toml").read_text())["visemes"]
    assert {f"viseme_{name}" for name in table} | {"viseme_sil"} == set(VISEME_SHAPES)
    for name, row in table.items():
        shapes = VISEME_SHAPES[f"viseme_{name}"]
        assert {shape.removesuffix("Left").removesuffix("Right") for shape in shapes} == set(row)
        for shape, weight in shapes.items():
            assert row[shape.removesuffix("Left").removesuffix("Right")] == weight
