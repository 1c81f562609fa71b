# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender with a window, and a screen for it: the one that is at hand, else Debian sid's in a folder of its own.

``SPEAKING_LIKENESS_BLENDER`` names a Blender; without it the ``blender`` on the path is taken if it is new enough.
Else, as root on Debian, debootstrap lays out sid with Blender and Xvfb in ``.venv/window/sid`` (300 MB to fetch,
1.7 GB on the disk, a minute or two), which is entered by chroot in mount namespaces that end with the program.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SID = ROOT / ".venv" / "window" / "sid"
LEAST = (4, 2)
PACKAGES = (
    "blender", "xvfb", "libgl1-mesa-dri", "python3-numpy", "python3-requests", "python3-cattr", "libxxf86vm1",
    "libxrender1", "libxcursor1", "libxinerama1", "libxrandr2", "libdecor-0-0", "libwayland-client0", "libegl1",
    "libgles2",
)  # fmt: skip
# What a program inside the folder has to see at the same place: itself, the interpreters of the environments, scratch.
SHARED = (ROOT, Path(sys.base_prefix), Path("/tmp"))


class NoBlender(Exception):
    """No Blender with a window can be had here; the text says what to do."""


@dataclass(frozen=True)
class Program:
    """How programs are started: ``root`` is the folder to enter first, None for this machine's own."""

    blender: str
    root: Path | None

    def start(self, command: Sequence[str], log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a program with its output in ``log``."""
        if self.root is not None:
            command = _enter(self.root, command)
        with log.open("wb") as file:
            return subprocess.Popen(
                command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )


def _enter(root: Path, command: Sequence[str]) -> list[str]:
    """The command, run inside ``root`` with what is shared mounted there, in a mount namespace of its own."""
    places = dict.fromkeys(str(path) for path in SHARED)
    steps = [f'mkdir -p "{root}{place}" && mount --rbind "{place}" "{root}{place}"' for place in places]
    steps += [f'mount --rbind /{name} "{root}/{name}"' for name in ("dev", "proc", "sys")]
    script = " && ".join([*steps, f'exec chroot "{root}" "$@"'])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *command]


def find_program() -> Program:
    """The Blender to test with.

    Raises NoBlender.
    """
    named = os.environ.get("SPEAKING_LIKENESS_BLENDER") or shutil.which("blender")
    if named and shutil.which("Xvfb") and _version(named) >= LEAST:
        return Program(named, None)
    if os.environ.get("SPEAKING_LIKENESS_BLENDER"):
        raise NoBlender(f"{named} does not start, is older than 4.2, or Xvfb is missing (Debian: the package xvfb).")
    if not (SID / "usr" / "bin" / "blender").exists():
        _lay_out()
    return Program("/usr/bin/blender", SID)


def _version(blender: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([blender, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    found = re.search(r"Blender (\d+)\.(\d+)", told)
    return tuple(int(number) for number in found.groups()) if found else (0,)


def _lay_out() -> None:
    """Make the folder whole or not at all."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NoBlender(
            "No Blender of 4.2 or later is at hand: name one in SPEAKING_LIKENESS_BLENDER and install Xvfb, or run "
            "this as root on Debian."
        )
    part = SID.with_name("sid.part")
    shutil.rmtree(part, ignore_errors=True)
    SID.parent.mkdir(parents=True, exist_ok=True)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands: list[list[str]] = [["debootstrap", "--variant=minbase", "sid", str(part)]]
    if not shutil.which("debootstrap"):
        commands[:0] = [["apt-get", "update", "-q"], [*install, "debootstrap"]]
    commands += [["chroot", str(part), *install, *PACKAGES]]
    with (SID.parent / "sid.log").open("wb") as log:
        for command in commands:
            done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if done.returncode:
                told = " ".join(command[:3])
                raise NoBlender(f"Debian's Blender could not be fetched: {told} failed, see {log.name}.")
    part.rename(SID)
