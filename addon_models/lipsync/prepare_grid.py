# SPDX-License-Identifier: GPL-3.0-or-later
"""Align the GRID sentences once and keep them beside the corpus: ``python prepare_grid.py GRID_FOLDER FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from corpus import grid  # noqa: E402
from corpus.clip import write_clips  # noqa: E402


def main(source: Path, folder: Path) -> None:
    """Write ``grid.npz``: like the engines' files, with lips and blendshapes at 100 Hz."""
    ranges = grid.measure(source)
    seen = list(grid.load(source, ranges))
    write_clips(
        [one.clip for one in seen],
        folder / "grid.npz",
        lips=np.concatenate([one.lips for one in seen]),
        blendshapes=np.concatenate([one.blendshapes for one in seen]),
        frames=np.array([len(one.lips) for one in seen]),
        lip_ranges=ranges.lips,
        blendshape_ranges=ranges.blendshapes,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
