# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes synthetic people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.progress import Progress


def make_person(progress: Progress, seed: int, sliders: str, name: str | None, out: Path) -> dict[str, Any]:
    """Seed and sliders, as ``"skin=0.3, hair=bob"``, to Avatar; without a name it is called as its folder is."""
    from core.people import draw_looks, make_person, read_sliders

    chosen = read_sliders(sliders)
    folder = make_person(out, seed, chosen, name or out.stem, progress)
    return {"avatar": str(folder), "seed": seed, "sliders": draw_looks(seed, chosen).as_dict(), "warnings": []}
