# SPDX-License-Identifier: GPL-3.0-or-later
"""What films cost and whether they hold what is promised: ``python3 build.py bench clips --out OUT``.

Frame times and flicker of the demo's avatar in its studio (`clips_frames.py`, `clips_flicker.py`), a film of three
shots in four formats (`clips_films.py`), a campaign of which a worker is killed twice (`clips_campaign.py`), and what
the invisible marks outlive (`marks_measures.py`). It takes half an hour on two cores without a graphics device.
``--quick`` makes all of it small, to try the bench itself: what it says of times is then no measure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from clips_campaign import measure_killed, measure_throughput  # noqa: E402
from clips_films import measure_formats, measure_times  # noqa: E402
from clips_flicker import measure_flicker  # noqa: E402
from demo_avatar import build_demo_avatar  # noqa: E402
from marks_measures import load_speech, measure_alarms, measure_films, measure_sounds  # noqa: E402
from summary import Row, report  # noqa: E402

from core.film.blender import find_blender  # noqa: E402
from core.trust.places import FOLDER_VARIABLE  # noqa: E402
from core.trust.policy import accept_policy  # noqa: E402

ENVIRONMENT = "core"
RATIO = 2.0  # a frame's time with the avatar over one with a Suzanne
PICTURE_HARMS = ("crf 18", "crf 23", "crf 28", "half size, crf 23", "10 % off each side, crf 23")
SOUND_HARMS = ("AAC 96k",)


@dataclass(frozen=True)
class Sizes:
    """How much is measured. frame: pixels of frames that are timed; film: of films; rows: of the campaign, and of the
    two that are compared; marked: frames of each film that carries a mark."""

    frame: tuple[int, int] = (320, 180)
    repeats: int = 8
    still: tuple[int, int] = (256, 144)
    frames: int = 6
    film: str = "256p"
    fps: int = 25
    rows: int = 50
    compared: int = 8
    marked: int = 24
    alarms: tuple[int, int] = (200, 12)


QUICK = Sizes((128, 72), 2, (128, 72), 3, "128p", 5, 4, 2, 12, (20, 5))


@dataclass(frozen=True)
class Bench:
    """What all measures are made with."""

    out: Path
    avatar: Path
    blender: Path
    sizes: Sizes

    @property
    def shot(self) -> Path:
        """The first one, in the film's own format."""
        for path in sorted((self.out / "film").glob("film.cache/plate/*/shot.json")):
            asked = json.loads(path.read_text(encoding="utf-8"))
            if asked["camera"]["preset"] == "medium" and asked["size"][0] > asked["size"][1]:
                return path
        sys.exit("There is no film in the folder: measure film first.")


def measure_film(bench: Bench) -> list[Row]:
    """From a storyboard to a film, again, and in all formats."""
    sizes, folder = bench.sizes, bench.out / "film"
    rows, _ = measure_times(folder, bench.avatar, bench.blender, sizes.film, sizes.fps)
    return [*rows, *measure_formats(folder, bench.blender, sizes.film)]


def measure_frames(bench: Bench) -> Iterable[Row]:
    """Frame times of EEVEE, and of the others without a bar."""
    for engine in ("eevee", "workbench", "cycles"):
        told = bench.out / f"frames_{engine}.json"
        command = [bench.blender, Path(__file__).with_name("clips_frames.py"), bench.shot, told, "--engine", engine,
                   "--size", *bench.sizes.frame, "--repeats", bench.sizes.repeats]  # fmt: skip
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        found = json.loads(told.read_text(encoding="utf-8"))
        print(json.dumps({name: found[name] for name in ("device", "first", "avatar", "suzanne")}), flush=True)
        times = {name: float(np.median(each, axis=0)[0]) for name, each in found["times"].items()}
        spent = {name: float(np.median(each, axis=0)[1]) for name, each in found["times"].items()}
        bar = RATIO if engine == "eevee" else None
        yield Row(f"{engine}: seconds a frame of the performing avatar", times["avatar"])
        yield Row(f"{engine}: avatar over a Suzanne of as many layers", times["avatar"] / times["suzanne"], bar, True)
        yield Row(f"{engine}: the same, of processors' time", spent["avatar"] / spent["suzanne"])
        yield Row(f"{engine}: avatar over the empty set", times["avatar"] / times["empty"])


def measure_stillness(bench: Bench) -> Iterable[Row]:
    """Flicker of all engines."""
    for engine in ("eevee", "workbench", "cycles"):
        yield from measure_flicker(bench.shot, bench.out / "flicker", bench.blender, engine, bench.sizes.still,
                                   bench.sizes.frames, 8)  # fmt: skip


def measure_campaigns(bench: Bench) -> list[Row]:
    """The one whose workers die, and what a second worker adds."""
    folder = bench.out / "campaign"
    killed = measure_killed(folder, bench.avatar, bench.blender, bench.sizes.rows)
    return [*killed, *measure_throughput(folder, bench.blender, bench.sizes.compared)]


def measure_marks(bench: Bench) -> Iterable[Row]:
    """What the marks outlive, and that none are seen where there are none."""
    waves = load_speech(None)
    pictures, sounds = bench.sizes.alarms
    yield from measure_films(count=bench.sizes.marked, harms=PICTURE_HARMS)
    yield from measure_sounds(waves, harms=SOUND_HARMS)
    yield from measure_alarms(waves, pictures, sounds)


# In this order: frames and flicker are of a shot of the film.
MEASURES: dict[str, Callable[[Bench], Iterable[Row]]] = {
    "film": measure_film,
    "frames": measure_frames,
    "flicker": measure_stillness,
    "campaign": measure_campaigns,
    "marks": measure_marks,
}


def main() -> int:
    """Measure, print the table, and tell by the exit status whether the bars are met."""
    parser = argparse.ArgumentParser(description="What films cost, and whether they hold what is promised.")
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.json and all that is made")
    parser.add_argument("--only", nargs="+", choices=tuple(MEASURES), default=tuple(MEASURES))
    parser.add_argument("--quick", action="store_true", help="small, to try the bench itself")
    asked = parser.parse_args()
    out: Path = asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER_VARIABLE] = str(out / "config")
    accept_policy()
    build_demo_avatar(out, again=False)
    bench = Bench(out, out / "demo.avatar", find_blender(), QUICK if asked.quick else Sizes())
    rows: list[Row] = []
    for name in asked.only:
        begin = time.monotonic()
        rows += MEASURES[name](bench)
        print(f"{name} took {time.monotonic() - begin:.0f} s", flush=True)
    return report(rows, out)


if __name__ == "__main__":
    sys.exit(main())
