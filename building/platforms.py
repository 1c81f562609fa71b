# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's packages as wheels for a platform and for both of Blender's Pythons: fetched by pip, listed, bundled.

pip runs here, whatever the platform: for another one than this the wheels are resolved, and never run.
"""

from __future__ import annotations

import json
import platform as machine
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import places
from .environments import CORE, CORE_LOCK
from .programs import Stop, run_logged, say

PYTHONS = ("3.11", "3.13")  # Blender 4.2 to 5.0 have the one, from 5.1 on the other


@dataclass(frozen=True)
class Platform:
    """name: as the manifest of an extension has it. tags: what pip may take. markers: what differs there."""

    name: str
    tags: tuple[str, ...]
    markers: Mapping[str, str]


def _markers(os_name: str, system: str, sys_platform: str, processor: str) -> dict[str, str]:
    return {"os_name": os_name, "platform_system": system, "sys_platform": sys_platform,
            "platform_machine": processor, "platform_release": "", "platform_version": ""}


PLATFORMS = {
    "linux-x64": Platform(  # Blender asks for glibc 2.28
        "linux-x64",
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64",
         "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"),
        _markers("posix", "Linux", "linux", "x86_64"),
    ),
    "windows-x64": Platform("windows-x64", ("win_amd64",), _markers("nt", "Windows", "win32", "AMD64")),
    "macos-arm64": Platform(  # pip takes older ones and universal2 along
        "macos-arm64", ("macosx_14_0_arm64",), _markers("posix", "Darwin", "darwin", "arm64")
    ),
}
HERE = {("Linux", "x86_64"): "linux-x64", ("Windows", "AMD64"): "windows-x64", ("Darwin", "arm64"): "macos-arm64"}.get(
    (machine.system(), machine.machine()), ""
)


@dataclass(frozen=True)
class Wheels:
    """What pip found for one Python; missing: the pins without a wheel, and why."""

    python: str
    folder: Path
    files: tuple[Path, ...]
    missing: Mapping[str, str]

    @property
    def tag(self) -> str:
        return "cp" + self.python.replace(".", "")


def find_platforms(names: Sequence[str]) -> list[Platform]:
    """The platforms of these names, or all of them.

    Raises Stop where one is unknown or none is named.
    """
    chosen = list(PLATFORMS) if "all" in names else list(names)
    unknown = [name for name in chosen if name not in PLATFORMS]
    if unknown or not chosen:
        names = ", ".join((*PLATFORMS, "all"))
        raise Stop(f"Say for which platform, as in 'build.py package --platform linux-x64': {names}.")
    return [PLATFORMS[name] for name in chosen]


def fetch_wheels(platform: Platform, python: str) -> Wheels:
    """Fetch the wheels of the core's lock for a platform and a Python into .venv/wheels/; what has none is named.

    Raises Stop where pip cannot reach its indices, or the disk is full.
    """
    folder = places.VENV / "wheels" / platform.name / ("cp" + python.replace(".", ""))
    folder.mkdir(parents=True, exist_ok=True)
    pins = _pins(platform, python)
    log = places.VENV / "wheels.log"
    missing: dict[str, str] = {}
    while pins:
        listed = folder / "pins.txt"
        listed.write_text("\n".join(pins.values()) + "\n", encoding="utf-8")
        try:
            run_logged(_command(platform, python, folder, listed), f"Wheels for {platform.name}, Python {python}",
                       log, ("Collecting ",), len(pins))
            break
        except Stop:
            refused = _refused(log.read_text(encoding="utf-8", errors="replace"), pins)
            if not refused:
                raise
            for name, why in refused.items():
                missing[pins.pop(name).split(" ", 1)[0]] = why
    listed.unlink()
    return Wheels(python, folder, _keep(folder, pins), missing)


def _pins(platform: Platform, python: str) -> dict[str, str]:
    """Name -> the lock's entry, of all that counts on that platform."""
    markers = {**platform.markers, "python_version": python, "python_full_version": f"{python}.0",
               "implementation_name": "cpython", "implementation_version": f"{python}.0",
               "platform_python_implementation": "CPython", "extra": ""}
    command = [str(CORE.python), "-m", "building.pins", str(places.ROOT / CORE_LOCK), json.dumps(markers)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    if done.returncode:
        raise Stop(f"The core's Python cannot read {CORE_LOCK}: {done.stderr.strip().splitlines()[-1]}")
    return {line.split("==", 1)[0]: line for line in done.stdout.splitlines()}


def _command(platform: Platform, python: str, folder: Path, pins: Path) -> list[str | Path]:
    command: list[str | Path] = [
        CORE.python, "-m", "pip", "download", "--no-input", "--no-deps", "--progress-bar=off",
        "--disable-pip-version-check", "--only-binary=:all:", "--implementation", "cp", "--python-version", python,
    ]
    for tag in platform.tags:
        command += ["--platform", tag]
    return [*command, "--require-hashes", "--dest", folder, "-r", pins]


def _refused(log: str, pins: Mapping[str, str]) -> dict[str, str]:
    """Name of a pin -> why pip's last run did not take it."""
    none = re.findall(r"No matching distribution found for ([A-Za-z0-9._-]+)==", log)[-1:]
    other = re.findall(r"^ {4}([A-Za-z0-9._-]+)==\S+ from .*:$", log.rpartition("DO NOT MATCH THE HASHES")[2], re.M)
    told = dict.fromkeys(none, "no wheel on the indices that pip asks here (others' or source only)")
    told.update(dict.fromkeys(other, "what the index offers is not the locked file"))
    by_name = {_plain(name): why for name, why in told.items()}
    return {name: by_name[_plain(name)] for name in pins if _plain(name) in by_name}


def _keep(folder: Path, pins: Mapping[str, str]) -> tuple[Path, ...]:
    """The wheels of these pins; those of an earlier lock go."""
    wanted = {_split(line.split(" ", 1)[0].split("==")) for line in pins.values()}
    kept = []
    for path in sorted(folder.glob("*.whl")):
        if _split(path.name.split("-")[:2]) in wanted:
            kept.append(path)
        else:
            path.unlink()
    return tuple(kept)


def _split(parts: Sequence[str]) -> tuple[str, str]:
    return _plain(parts[0]), parts[1]


def _plain(name: str) -> str:
    """A package's name as all spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write_list(platform: Platform, found: Sequence[Wheels]) -> Path:
    """Say in dist/wheels-PLATFORM.txt what would be fetched, how large, and what cannot be had."""
    lines = [f"# The core's packages for Blender on {platform.name}, by {CORE_LOCK}.", *_tested(platform)]
    for wheels in found:
        whole = sum(path.stat().st_size for path in wheels.files) / 1e6
        lines.append(f"# Python {wheels.python}: {len(wheels.files)} wheels, {whole:.1f} MB, "
                     f"{len(wheels.missing)} without.")
        lines += [f"# Python {wheels.python}: {pin} cannot be had: {why}." for pin, why in wheels.missing.items()]
    lines.append(f"{'name':32} {'version':18} {'MB':>8} python")
    for wheels in found:
        for path in wheels.files:
            name, version = path.name.split("-")[:2]
            lines.append(f"{name:32} {version:18} {path.stat().st_size / 1e6:8.2f} {wheels.tag}")
    target = places.ROOT / "dist" / f"wheels-{platform.name}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"{target.relative_to(places.ROOT)}:")
    for line in lines:
        if line.startswith("#"):
            say("  " + line[2:])
    return target


def _tested(platform: Platform) -> list[str]:
    if platform.name == HERE:
        return [f"# This is the platform on which it was resolved; its tests run on Python {CORE.version}, "
                "the other Python was only resolved."]
    return [f"# Resolved on {HERE or sys.platform} by pip, not run: nobody started it on {platform.name} here."]


def bundle(plain: Path, platform: Platform, found: Sequence[Wheels]) -> Path:
    """The extension with the wheels inside, for one platform: core_wheels/cp311/ and core_wheels/cp313/.

    They are no wheels of the manifest: the core has an environment of its own, made from them without a network.
    """
    target = plain.with_name(f"{plain.stem}-{platform.name}.zip")
    partial = target.with_suffix(".part")
    try:
        _pack(partial, plain, platform, found)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    say(f"{target.relative_to(places.ROOT)}: {target.stat().st_size / 1e6:.1f} MB")
    return target


def _pack(target: Path, plain: Path, platform: Platform, found: Sequence[Wheels]) -> None:
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "blender_manifest.toml":
                data = _for_platform(data.decode("utf-8"), platform).encode("utf-8")
            new.writestr(_entry(name), data, zipfile.ZIP_DEFLATED, 9)
        for wheels in found:
            for path in wheels.files:
                entry = _entry(f"core_wheels/{wheels.tag}/{path.name}")
                with path.open("rb") as wheel, new.open(entry, "w", force_zip64=True) as file:
                    shutil.copyfileobj(wheel, file, 1 << 20)


def _for_platform(manifest: str, platform: Platform) -> str:
    """The manifest, said to be for one platform only; keys go before the first table."""
    head, table, rest = manifest.partition("\n[")
    return f'{head.rstrip()}\n\nplatforms = ["{platform.name}"]\n{table}{rest}'


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    return entry
