# SPDX-License-Identifier: GPL-3.0-or-later
"""What rig and takes cost, and whether the keys are the curves: ``python3 build.py bench rig [DIR] --out OUT``.

The demo's avatar (scikit-image's astronaut) gets a take of a minute with six layers; Blender measures it
(tests/benchmarks/rig_measures.py). For each photo in DIR (default: two of ``../shared/data/portraits``) and the
astronaut ``OUT/STEM/keys.png`` shows all 52 keys and 15 visemes, to be looked at; ``--no-sheets`` leaves them out.

The core makes no gesture layer yet: the take's is the head's, a fifth of it, on the chest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import imageio.v3
import numpy as np
import skimage.data
from summary import Row, report

from core.avatar import build_avatar
from core.avatar.view import over
from core.channels import ARKIT_CHANNELS, VISEMES
from core.performance import perform, save_performance
from core.script import parse_script
from core.voice import speak

ENVIRONMENT = "core"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PORTRAITS = ROOT.parent / "shared" / "data" / "portraits"
DEFAULT_PHOTOS = ("haaland.jpg", "obama_official.jpg")
DEMO = "astronaut"
# Measure -> bar, all of them to be met from below. Seconds and milliseconds on 2 cores.
BARS: dict[str, float | None] = {
    "frame_set_ms": 4.0,
    "rig_seconds": 1.0,
    "take_seconds": 0.5,
    "edit_seconds": 0.2,
    "blend_mb": 4.0,
    "key_error": 0.005,
    "keys_share": 0.25,
    "keys_share_all": 0.25,
}
CELL, PAPER, COLUMNS = 200, 90, 12


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?", metavar="DIR", help="photos to make contact sheets of")
    parser.add_argument("--out", type=Path, help="where avatars, pictures and figures go")
    parser.add_argument("--no-sheets", action="store_true")
    options = parser.parse_args(argv)
    if options.out is not None:
        return run(options.out, options.photos, not options.no_sheets)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), options.photos, False)


def run(out: Path, photos: Path | None, with_sheets: bool) -> int:
    """Build, measure, draw."""
    out.mkdir(parents=True, exist_ok=True)
    picture = out / f"{DEMO}.png"
    imageio.v3.imwrite(picture, skimage.data.astronaut())
    avatar = out / DEMO / f"{DEMO}.avatar"
    avatar.parent.mkdir(exist_ok=True)
    build_avatar(picture, avatar, name=DEMO)
    performance = make_take(out)
    figures = measure(avatar, performance, out)
    rows = [Row(name, figures[name], bar, at_most=True) for name, bar in BARS.items() if name in figures]
    rows += [Row(name, value) for name, value in figures.items() if name not in BARS]
    if with_sheets:
        chosen = sorted(p for p in photos.iterdir() if p.is_file()) if photos else default_photos()
        for photo in chosen:
            folder = out / photo.stem / f"{photo.stem}.avatar"
            folder.parent.mkdir(exist_ok=True)
            build_avatar(photo, folder, name=photo.stem)
        for stem in (DEMO, *(photo.stem for photo in chosen)):
            draw_sheet(out / stem / f"{stem}.avatar", out / stem)
    return report(rows, out)


def default_photos() -> list[Path]:
    """Two portraits, where they are at hand."""
    return [PORTRAITS / name for name in DEFAULT_PHOTOS if (PORTRAITS / name).is_file()]


def make_take(out: Path) -> Path:
    """A performance of about a minute with six layers."""
    script = parse_script((HERE / "minute.txt").read_text(encoding="utf-8"))
    speech = speak(script, out / "minute.speech")
    performance = perform(speech)
    head = performance.layers["head"]
    gesture = {f"chest{axis}": 0.2 * head[f"head{axis}"] for axis in ("Pitch", "Yaw", "Roll")}
    whole = replace(performance, layers={**performance.layers, "gesture": gesture})
    return save_performance(whole, out / "minute.performance", out / "minute.speech")


def in_blender(*arguments: str | Path) -> None:
    """Run rig_measures.py in Blender's Python."""
    blender = os.environ.get("SPEAKING_LIKENESS_BLENDER_PYTHON") or str(ROOT / ".venv" / "blender" / "bin" / "python")
    environment = {**os.environ, "SPEAKING_LIKENESS_CORE_PYTHON": sys.executable}
    command = [blender, HERE / "rig_measures.py", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def measure(avatar: Path, performance: Path, out: Path) -> dict[str, float]:
    """Figures by name."""
    in_blender("measure", avatar, performance, out / "measures.json")
    return json.loads((out / "measures.json").read_text(encoding="utf-8"))


def draw_sheet(avatar: Path, out: Path) -> None:
    """``keys.png``: every key and viseme at 1."""
    in_blender("keys", avatar, out / "keys", str(CELL))
    names = ("rest", *ARKIT_CHANNELS, *VISEMES)
    rows = -(-len(names) // COLUMNS)
    sheet = np.full((rows * CELL, COLUMNS * CELL, 3), PAPER, np.uint8)
    for number, name in enumerate(names):
        path = out / "keys" / f"{name}.png"
        if not path.is_file():
            continue
        picture = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        cell = np.ascontiguousarray(over(picture, PAPER))
        cv2.putText(cell, name, (4, CELL - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1, cv2.LINE_AA)
        row, column = divmod(number, COLUMNS)
        sheet[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = cell
    cv2.imwrite(str(out / "keys.png"), sheet[..., ::-1])
    print(f"all keys are in {out / 'keys.png'}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
