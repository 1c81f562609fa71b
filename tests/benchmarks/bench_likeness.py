# SPDX-License-Identifier: GPL-3.0-or-later
"""How much the avatar is the person in the photo: ``python3 build.py bench likeness [DIR] --out OUT``.

For every image in DIR (default ``../shared/data``) and its sub-folders ``OUT/STEM/`` gets the avatar, ``head.obj``
and ``head.lm.json`` (the neutral), Blender's renders of the saved rig (tests/benchmarks/likeness_views.py), and
``sheet.png``; a photo that cannot be used gets ``error.json``. Where ``gt_neutral.obj`` stands beside a photo the
scan-to-mesh error is measured by ``../shared/tools/score_head.py``. ``OUT/index.html`` shows all sheets.

Identity (SFace) and silhouette count over the portraits, that is the photos without a scan (all photos where there
are no others), with one face of at least 60 px between the outer eye corners: medians, and ``_min`` for the worst.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from likeness_measures import Measures, avatar_of, measure, score_scan, write_neutral
from likeness_sheet import write_page, write_sheet
from summary import Row, report

from core.avatar import build_avatar
from core.errors import LikenessError
from core.portrait.identity import IdentityReader

ENVIRONMENT = "core"
ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
# Measure -> bar of the median, bar of the worst, or None.
BARS: dict[str, tuple[float, float | None]] = {
    "sface_photo_view": (0.95, 0.90),
    "sface_yaw0": (0.92, 0.85),
    "sface_yaw30": (0.84, 0.75),
    "sface_yaw45": (0.78, None),
    "iou_photo_view": (0.98, None),
}
SCAN_MM, SCAN_GAIN = 1.3, 0.30  # mean over the heads; least share by which each beats the generic face
MATTE_IOU = 0.98
SECONDS = 6.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?", default=SHARED / "data", metavar="DIR")
    parser.add_argument("--out", type=Path, help="where the avatars, pictures and figures go")
    options = parser.parse_args(argv)
    photos = find_photos(options.photos)
    if not photos:
        print(f"Nothing to measure: there is no photo in {options.photos}.")
        return 1
    if options.out is None:
        with tempfile.TemporaryDirectory() as folder:
            return run(photos, Path(folder), options.photos)
    options.out.mkdir(parents=True, exist_ok=True)
    return run(photos, options.out, options.photos)


def find_photos(folder: Path) -> dict[str, Path]:
    """STEM -> photo: the relative path with ``/`` as ``_`` and no ending (kept where two differ only in it)."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PHOTOS and path.is_file():
            relative = path.relative_to(folder)
            stem = "_".join(relative.with_suffix("").parts)
            found[stem if stem not in found else "_".join(relative.parts)] = path
    return found


def run(photos: dict[str, Path], out: Path, source: Path) -> int:
    """Build all, render all, measure all."""
    warm_up()
    seconds, failed = build_all(photos, out)
    render_all([out / stem for stem in seconds])
    reader = IdentityReader()
    measured = []
    for stem in seconds:
        folder = out / stem
        if not (folder / "photo_view.png").is_file():
            failed[stem] = "Blender could not render this avatar."
            continue
        measured.append(measure(photos[stem], folder, seconds[stem], reader))
        measured[-1].write(folder / "measures.json")
        write_sheet(photos[stem], folder)
        print(describe(measured[-1]), flush=True)
    write_page(measured, failed, out)
    for stem, text in failed.items():
        print(f"{stem}: {text}")
    return report(rows_of(measured, photos, source), out)


def warm_up() -> None:
    """Load models and compile what compiles: the first avatar of a process is not timed."""
    import imageio.v3
    import skimage.data

    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "warm.png"
        imageio.v3.imwrite(photo, skimage.data.astronaut())
        build_avatar(photo, Path(folder) / "warm.avatar", name="warm")


def build_all(photos: dict[str, Path], out: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Seconds of every avatar that was built, and the sentence of every photo that was refused."""
    seconds: dict[str, float] = {}
    failed: dict[str, str] = {}
    for number, (stem, photo) in enumerate(photos.items(), 1):
        folder = out / stem
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("*.png"), *folder.glob("*.json")):
            old.unlink()
        begin = time.perf_counter()
        try:
            build_avatar(photo, avatar_of(folder), name=stem)
        except LikenessError as error:
            failed[stem] = error.message
            record = {"code": error.code, "message": error.message, "hint": error.hint}
            (folder / "error.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            continue
        seconds[stem] = time.perf_counter() - begin
        write_neutral(avatar_of(folder), folder)
        print(f"[{number}/{len(photos)}] {stem}: {seconds[stem]:.1f} s", flush=True)
    return seconds, failed


def render_all(folders: Sequence[Path]) -> None:
    """Blender's pictures of all avatars, in one process of its own."""
    blender = os.environ.get("SPEAKING_LIKENESS_BLENDER_PYTHON") or str(ROOT / ".venv" / "blender" / "bin" / "python")
    with tempfile.TemporaryDirectory() as room:
        jobs = Path(room) / "jobs.json"
        listed = [{"avatar": str(avatar_of(folder).resolve()), "out": str(folder.resolve())} for folder in folders]
        jobs.write_text(json.dumps(listed), encoding="utf-8")
        program = Path(__file__).with_name("likeness_views.py")
        command = [blender, program, jobs]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout or ():
            if line.startswith("VIEWS "):
                print(f"rendered {Path(line[6:].strip()).name}", flush=True)
        process.wait()


def describe(measures: Measures) -> str:
    """One line of figures."""
    shown = [f"{name} {'/'.join(f'{v:.3f}' for v in measures.values[name])}" for name in BARS]
    scan = f" scan {measures.scan['mean_mm']:.2f} mm" if measures.scan else ""
    return f"{measures.stem}{'' if measures.counts else ' (not counted)'}: {', '.join(shown)}{scan}"


def rows_of(measured: Sequence[Measures], photos: dict[str, Path], source: Path) -> list[Row]:
    """The rows of summary.json."""
    portraits = [m for m in measured if m.scan is None] or list(measured)
    counted = [m for m in portraits if m.counts]
    rows: list[Row] = []
    for name, (bar, worst) in BARS.items():
        values = [value for m in counted for value in m.values[name]]
        if values:
            rows += [Row(name, statistics.median(values), bar), Row(f"{name}_min", min(values), worst)]
    rows += _scan_rows(measured, photos, source)
    even = [m.values["iou_matte"][0] for m in measured if "iou_matte" in m.values]
    if even:
        rows += [Row("iou_matte", statistics.median(even), MATTE_IOU), Row("iou_matte_min", min(even))]
    outside = [value for m in measured for value in m.values.get("texels_outside_matte", [])]
    if outside:
        rows.append(Row("texels_outside_matte", max(outside), 0.0, at_most=True))
    seconds = [m.values["seconds_to_avatar"][0] for m in measured]
    if seconds:
        rows.append(Row("seconds_to_avatar", statistics.median(seconds), SECONDS, at_most=True))
    rows.append(Row("portraits_counted", len(counted)))
    return rows


def _scan_rows(measured: Sequence[Measures], photos: dict[str, Path], source: Path) -> list[Row]:
    """Scan errors on the front photos of known heads; where none is called so, on all photos of heads."""
    heads = [m for m in measured if m.scan is not None]
    fronts = [m for m in heads if photos[m.stem].stem == "front"] or heads
    rows = [Row(f"scan_mm {m.stem}", m.scan["mean_mm"]) for m in heads if m.scan]
    if not fronts:
        return rows
    errors = [m.scan["mean_mm"] for m in fronts if m.scan]
    rows.append(Row("scan_mean_mm", statistics.mean(errors), SCAN_MM, at_most=True))
    generic = _find_generic(photos[m.stem].parent for m in fronts)
    if generic is not None:
        gains = []
        for m, error in zip(fronts, errors, strict=True):
            base = score_scan(generic, generic.with_suffix(".lm.json"), photos[m.stem].parent)["mean_mm"]
            gains.append(1 - error / base)
        rows.append(Row("scan_gain_min", min(gains), SCAN_GAIN))
    return rows


def _find_generic(folders: Iterable[Path]) -> Path | None:
    """MediaPipe's generic face beside the heads, the baseline of doing nothing."""
    for folder in folders:
        for place in (folder, folder.parent):
            generic = place / "canonical_face_468.obj"
            if generic.is_file():
                return generic
    return None


if __name__ == "__main__":
    sys.exit(main())
