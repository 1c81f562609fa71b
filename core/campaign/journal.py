# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made and what failed, as lines of JSON: a file for each process, so that none writes into another's line.

A campaign that was killed, here or on another machine, goes on from what they say.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.campaign.task import STATE, Outcome, Task
from core.film.cache import file_digest

_JOURNALS = "journal"


def note(out: Path, task: Task, outcome: Outcome) -> None:
    """Add a line about a task. It is on the disk when this returns. Raises OSError."""
    folder = Path(out) / STATE / _JOURNALS
    folder.mkdir(parents=True, exist_ok=True)
    record = {"at": round(time.time(), 3), "digest": task.digest, "row": task.number, "avatars": dict(task.avatars)}
    line = json.dumps(record | outcome.as_dict(), ensure_ascii=False) + "\n"
    with (folder / f"{socket.gethostname()}-{os.getpid()}.jsonl").open("ab") as file:
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def read_journal(out: Path, about: str = "") -> list[dict[str, Any]]:
    """All lines of all processes, the earlier ones first. A line that was cut off by a kill is left out.

    about: only lines in which this text is.
    """
    records: list[dict[str, Any]] = []
    for path in sorted((Path(out) / STATE / _JOURNALS).glob("*.jsonl")):
        records += _records(path, about.encode())
    return sorted(records, key=lambda record: record["at"])


def find_outcomes(out: Path, tasks: Sequence[Task]) -> dict[str, Outcome]:
    """Task -> what is known of it, as far as that still holds.

    A film that was made counts while it depends on the same and its files are as they were delivered. A failure counts
    until the film is made, also where something was changed meanwhile.
    """
    found: dict[str, Outcome] = {}
    wanted = {task.name: task for task in tasks}
    for record in read_journal(out, tasks[0].name if len(tasks) == 1 else ""):
        task = wanted.get(record.get("task", ""))
        if task is None:
            continue
        outcome = Outcome.from_dict(record)
        if outcome.state == "failed":
            if task.name not in found or not found[task.name].is_well:
                found[task.name] = outcome
        elif record.get("digest") == task.digest and are_there(Path(out), outcome.files):
            found[task.name] = outcome
    return found


def find_finished(out: Path) -> dict[str, Outcome]:
    """Film -> what was last delivered of it, whether it still holds or not."""
    outcomes = (Outcome.from_dict(record) for record in read_journal(out) if record.get("state") != "failed")
    return {outcome.task: outcome for outcome in outcomes}


def are_there(out: Path, files: Mapping[str, Any]) -> bool:
    """Whether files are as they were delivered."""
    return bool(files) and all(describe(out / name) == list(said) for name, said in files.items())


def describe(path: Path) -> list[Any]:
    """Bytes and sha256 of a file, or of all files in a folder; [] where there is none."""
    if path.is_dir():
        parts = [[one.name, *describe(one)] for one in sorted(path.iterdir())]
        return [sum(part[1] for part in parts), file_digest_of(json.dumps(parts))]
    with contextlib.suppress(OSError):
        return [path.stat().st_size, file_digest(path)]
    return []


def file_digest_of(text: str) -> str:
    """SHA-256 of a text."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _records(path: Path, about: bytes) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(OSError):
        for line in path.read_bytes().splitlines():
            if about not in line:
                continue
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and "at" in record:
                    yield record
