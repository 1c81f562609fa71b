# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: what setting up the core fetches, how large it is, and what of it lies here already."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("packages.toml")  # measured; see there
LOCK = Path("core", "requirements.txt")
BUNDLE = "core_wheels"  # in a packaged extension that brings its wheels along: core_wheels/cp311/*.whl
DOWNLOADS = "downloads"  # in the add-on's user folder: what a set-up that stopped has fetched
BATCH_MEGABYTES = 16.0  # what is fetched at a time, and lost when the network is cut
BATCH_PACKAGES = 16
SMALL = 0.3  # megabytes of a wheel that the table does not list


@dataclass(frozen=True)
class Costs:
    """What setting up takes. packages: how many; megabytes: to fetch; gigabytes: on the disk in the end."""

    packages: int
    megabytes: int
    gigabytes: float

    @property
    def peak(self) -> float:
        """Gigabytes that have to be free."""
        return self.gigabytes + self.megabytes / 1000 + 0.2


@dataclass(frozen=True)
class Batch:
    """Some packages of the lock. text: their lines. names: as the lock has them."""

    text: str
    names: tuple[str, ...]
    megabytes: float


@cache
def costs(version: str) -> Costs:
    """Of a Python such as ``3.11``; of one that nobody has measured, as of the one before."""
    rows = _table()["python"]
    known = [name for name in rows if _number(name) <= _number(version)]
    return Costs(**rows[max(known or rows, key=_number)])


def batches(lock: str, most: float = BATCH_MEGABYTES) -> Iterator[Batch]:
    """A lock in parts of about as many megabytes, each of which pip takes as a lock of its own."""
    sizes = _table()["wheels"]
    texts: list[str] = []
    names: list[str] = []
    megabytes = 0.0
    for name, text in _requirements(lock):
        size = sizes.get(name, SMALL)
        if texts and (megabytes + size > most or len(texts) == BATCH_PACKAGES):
            yield Batch("\n".join(texts) + "\n", tuple(names), megabytes)
            texts, names, megabytes = [], [], 0.0
        texts.append(text)
        names.append(name)
        megabytes += size
    if texts:
        yield Batch("\n".join(texts) + "\n", tuple(names), megabytes)


def bundled_wheels(home: Path, version: str) -> Path | None:
    """The folder of wheels that the extension brings along for a Python, None where it brings none."""
    folder = home / BUNDLE / f"cp{version.replace('.', '')}"
    return folder if folder.is_dir() else None


def kept_megabytes(user_folder: Path | None) -> int:
    """How much an earlier set-up has fetched before it stopped."""
    wheels = wheels_folder(user_folder) if user_folder is not None else None
    if wheels is None or not wheels.is_dir():
        return 0
    return round(sum(path.stat().st_size for path in wheels.glob("*.whl")) / 1e6)


def wheels_folder(user_folder: Path) -> Path:
    """Where fetched wheels lie until they are installed."""
    return user_folder / DOWNLOADS / "wheels"


def _requirements(lock: str) -> Iterator[tuple[str, str]]:
    """(name, lines) of each package."""
    lines: list[str] = []
    for line in lock.splitlines():
        if re.match(r"[A-Za-z0-9]", line) and lines:
            yield _named(lines)
            lines = []
        if line.strip() and not line.startswith("#"):
            lines.append(line)
    if lines:
        yield _named(lines)


def _named(lines: Sequence[str]) -> tuple[str, str]:
    return re.split(r"[=;\s]", lines[0], maxsplit=1)[0], "\n".join(lines)


@cache
def _table() -> dict:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
