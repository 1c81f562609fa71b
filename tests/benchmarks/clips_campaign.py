# SPDX-License-Identifier: GPL-3.0-or-later
"""A campaign whose workers are killed: whether all films are good, what was made twice, and what a second worker adds.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from summary import Row

from core.campaign.journal import find_finished, read_journal
from core.delivery import probe
from core.film.cache import folder_digest
from core.trust.verify import verify_file

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "Ada", "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Irene", "Jack", "Julia", "Karen",
    "Laura", "Leo", "Lucy", "Maria", "Martin", "Nina", "Noah", "Oliver", "Oscar", "Paula", "Peter", "Robert", "Rosa",
    "Sarah", "Simon", "Sofia", "Thomas", "Victor", "Alice", "Andrew", "Barbara", "Carol", "Daniel", "Diana", "Edward",
    "Frank", "George", "Hannah", "Isaac", "James", "Kevin", "Linda", "Michael", "Nancy", "Patrick", "Rachel", "Walter",
)  # fmt: skip
BOARD = """---
title: Greeting
performers:
  demo: {avatar: ../demo.avatar}
size: 144p
fps: 8
---
# Greeting
## Hello
camera: close-up
hold: 0.15, 0.25
Hello {name}.
"""
SIZE = "144p"
KILLS = ((0.1, 0.4), (0.5, 0.8))  # after which share of the films, at random
DELAY = 2.0  # seconds at most, at random, from that film to the kill
LOOK = 0.15  # seconds between two looks at the processes and the cache
GAIN = 1.3  # films a minute of two workers over one, where two cores are idle
WORKER = "core.campaign.worker"


@dataclass
class Watched:
    """What was seen of the cache's entries: place -> when it was made; again: those that were made a second time."""

    cache: Path
    seen: dict[Path, int] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)

    def look(self) -> None:
        for path in self.cache.glob("*/*/entry.json"):
            with contextlib.suppress(OSError):
                made = path.stat().st_mtime_ns
                if self.seen.setdefault(path, made) != made:
                    self.again.append(f"{path.parent.parent.name} {path.parent.name}")
                    self.seen[path] = made

    def count(self, kind: str) -> int:
        return sum(path.parent.parent.name == kind for path in self.seen)


@dataclass(frozen=True)
class Ran:
    """A campaign's folder, seconds, processes that were killed, and what was seen of its cache."""

    out: Path
    seconds: float
    killed: tuple[int, ...]
    watched: Watched
    status: int


def write_campaign(folder: Path, rows: int) -> tuple[Path, Path]:
    """Table and storyboard."""
    folder.mkdir(parents=True, exist_ok=True)
    table, board = folder / "people.csv", folder / "greeting.md"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name"], *([name] for name in NAMES[:rows])])
    board.write_text(BOARD, encoding="utf-8")
    return table, board


def run(folder: Path, rows: int, workers: int, blender: Path, kills: int = 0, seed: int = 0) -> Ran:
    """Run a campaign as a person does, and kill one of its workers so many times."""
    table, board = write_campaign(folder, rows)
    out = folder / "films"
    watched = Watched(out / "greeting.cache")
    draw = random.Random(seed)
    due = [round(draw.uniform(*KILLS[number % len(KILLS)]) * rows) for number in range(kills)]
    killed: list[int] = []
    begin = time.monotonic()
    command = [sys.executable, "-m", "core", "campaign", table, board, "--out", out, "--workers", str(workers),
               "--draft", "--size", SIZE, "--blender", blender, "--strict"]  # fmt: skip
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=log, stderr=log)
        while process.poll() is None:
            watched.look()
            if len(killed) < kills and len(find_finished(out)) >= due[len(killed)]:
                time.sleep(draw.uniform(0.0, DELAY))
                victim = _kill_worker(process.pid, killed)
                if victim:
                    killed.append(victim)
            time.sleep(LOOK)
    watched.look()
    return Ran(out, time.monotonic() - begin, tuple(killed), watched, process.returncode)


def _kill_worker(parent: int, killed: list[int]) -> int:
    """Kill the campaign's youngest worker, which after the first kill is the one that took its place."""
    found = []
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(parent).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if WORKER in child.cmdline() and child.pid not in killed:
                    found.append((child.create_time(), child.pid))
    if not found:
        return 0
    os.kill(max(found)[1], signal.SIGKILL)
    print(f"killed worker {max(found)[1]}", flush=True)
    return max(found)[1]


def measure_killed(folder: Path, avatar: Path, blender: Path, rows: int) -> list[Row]:
    """The campaign of which one worker is killed twice."""
    ran = run(folder, rows, 2, blender, kills=2)
    outcomes = [record for record in read_journal(ran.out) if not record["task"].startswith(".")]
    finished = find_finished(ran.out)
    _tell_failures(outcomes)
    good = [name for name, outcome in finished.items() if is_good(ran.out, outcome.files)]
    twice = [name for name, count in Counter(record["task"] for record in outcomes).items() if count > 1]
    digests = {json.dumps(record["avatars"], sort_keys=True) for record in outcomes}
    same = digests == {json.dumps({"demo": folder_digest(avatar)}, sort_keys=True)}
    lengths = [outcome.seconds for outcome in finished.values()]
    print(f"{rows} rows in {ran.seconds:.0f} s, {np.mean(lengths) if lengths else 0:.1f} s each; killed {ran.killed}; "
          f"plates {ran.watched.count('plate')}, segments {ran.watched.count('segment')}; "
          f"made twice {ran.watched.again}, {twice}", flush=True)  # fmt: skip
    return [
        Row("campaign: times that a worker was killed", len(ran.killed), 2),
        Row(f"campaign: good films of {rows}", len(good), rows),
        Row("campaign: exit status of the run", ran.status, 0, at_most=True),
        Row("campaign: films made twice", len(twice), 0, at_most=True),
        Row("campaign: finished entries of the cache made twice", len(ran.watched.again), 0, at_most=True),
        Row("campaign: plates beyond one a film", ran.watched.count("plate") - rows, 0, at_most=True),
        Row("campaign: the avatar is the same in all films, to the bit (1)", float(same), 1),
        Row("campaign: films a minute, two workers, kills included", 60 * len(good) / ran.seconds),
    ]


def _tell_failures(outcomes: Sequence[Mapping[str, Any]]) -> None:
    for record in outcomes:
        if record["state"] == "failed":
            print(f"{record['task']} failed: {record['error']}", flush=True)


def is_good(out: Path, files: Mapping[str, object]) -> bool:
    """Whether a film plays and is intact, beside what its worker looked at (length, sound, lips, the name is said)."""
    films = [out / name for name in files if name.endswith(".mp4")]
    return bool(films) and all(probe(path).seconds > 0.5 and verify_file(path).state == "intact" for path in films)


def measure_throughput(folder: Path, blender: Path, rows: int) -> list[Row]:
    """Films a minute of one worker and of two. The gain is judged where two cores have nothing else to do."""
    idle = (1 - psutil.cpu_percent(interval=2.0) / 100) * (os.cpu_count() or 1)
    speeds = {}
    for workers in (1, 2):
        ran = run(folder.with_name(f"throughput_{workers}"), rows, workers, blender)
        speeds[workers] = 60 * len(find_finished(ran.out)) / ran.seconds
    gain = speeds[2] / speeds[1] if speeds[1] else float("nan")
    print(f"{idle:.1f} cores were idle; films a minute {speeds}", flush=True)
    return [
        Row("throughput: films a minute, one worker", speeds[1]),
        Row("throughput: two workers over one", gain, GAIN if idle >= 1.8 else None),
    ]
