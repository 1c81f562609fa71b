# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's wheels for each platform are fetched and listed, what has none is named, and a bundle holds them."""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from building import packaging, places, platforms
from building.environments import Environment
from building.pins import choose_pins
from building.platforms import HERE, PLATFORMS, PYTHONS
from building.programs import Stop

FILES = (
    "purepack-1.0-py3-none-any.whl",
    "win_pack-2.0-cp311-cp311-win_amd64.whl",
    "win_pack-2.0-cp313-cp313-win_amd64.whl",
    "win_pack-2.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "newpack-3.0-py3-none-any.whl",
)


def write_wheel(path: Path) -> str:
    name, version, *tags = path.stem.split("-")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {'-'.join(tags)}\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A checkout whose core needs four packages; of one there is only the source, of one a wheel for some only."""
    shop, root = tmp_path / "shop", tmp_path / "checkout"
    shop.mkdir()
    (root / "core").mkdir(parents=True)
    hashes = {name: write_wheel(shop / name) for name in FILES}
    (shop / "srcpack-4.0.tar.gz").write_bytes(b"source")
    win = " \\\n    ".join(hashes[name] for name in FILES if name.startswith("win"))
    (root / "core" / "requirements.txt").write_text(
        f"# a lock\npurepack==1.0 \\\n    {hashes[FILES[0]]}\nwin-pack==2.0 \\\n    {win}\n"
        f"newpack==3.0 ; python_full_version >= '3.12' and sys_platform != 'darwin' \\\n    {hashes[FILES[4]]}\n"
        f"srcpack==4.0 \\\n    --hash=sha256:{hashlib.sha256(b'source').hexdigest()}\n"
    )
    monkeypatch.setattr(places, "ROOT", root)
    monkeypatch.setattr(places, "VENV", root / ".venv")
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(shop), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return root


@pytest.mark.parametrize(("name", "python", "files", "missing"), [
    ("windows-x64", "3.11", (FILES[0], FILES[1]), {"srcpack==4.0"}),
    ("windows-x64", "3.13", (FILES[4], FILES[0], FILES[2]), {"srcpack==4.0"}),
    ("linux-x64", "3.11", (FILES[0], FILES[3]), {"srcpack==4.0"}),
    ("linux-x64", "3.13", (FILES[4], FILES[0]), {"srcpack==4.0", "win-pack==2.0"}),
    ("macos-arm64", "3.13", (FILES[0],), {"srcpack==4.0", "win-pack==2.0"}),
])
def test_wheels_are_those_of_the_platform_and_what_has_none_is_named(checkout, name, python, files, missing):
    found = platforms.fetch_wheels(PLATFORMS[name], python)
    assert tuple(path.name for path in found.files) == files
    assert set(found.missing) == missing
    assert all("no wheel" in why for why in found.missing.values())


def test_what_an_earlier_lock_fetched_goes(checkout):
    lock = checkout / "core" / "requirements.txt"
    platforms.fetch_wheels(PLATFORMS["windows-x64"], "3.11")
    entries = lock.read_text().split("\nwin-pack")[0]
    lock.write_text(entries + "\n")
    found = platforms.fetch_wheels(PLATFORMS["windows-x64"], "3.11")
    assert [path.name for path in found.folder.iterdir()] == [FILES[0]]


def test_a_wheel_that_is_not_the_locked_one_is_named(checkout):
    lock = checkout / "core" / "requirements.txt"
    entries = lock.read_text().split("\nwin-pack")[0].rpartition(":")[0]
    lock.write_text(f"{entries}:{'0' * 64}\n")
    assert platforms.fetch_wheels(PLATFORMS["linux-x64"], "3.11").missing == {
        "purepack==1.0": "what the index offers is not the locked file"
    }


def test_the_list_says_sizes_and_that_others_were_only_resolved(checkout):
    for platform in PLATFORMS.values():
        found = [platforms.fetch_wheels(platform, python) for python in PYTHONS]
        text = platforms.write_list(platform, found).read_text()
        assert f"wheels-{platform.name}.txt" in {path.name for path in (checkout / "dist").iterdir()}
        assert "purepack                         1.0                    0.00 cp311" in text
        assert "srcpack==4.0 cannot be had" in text
        assert ("not run" in text) == (platform.name != HERE)


def test_a_bundle_holds_both_pythons_wheels_and_is_for_its_platform_alone(checkout):
    plain = checkout / "dist" / "speaking_likeness-9.zip"
    plain.parent.mkdir()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("blender_manifest.toml", 'id = "x"\n\n[permissions]\nfiles = "Read"\n')
        archive.writestr("__init__.py", "")
    platform = PLATFORMS["windows-x64"]
    out = platforms.bundle(plain, platform, [platforms.fetch_wheels(platform, python) for python in PYTHONS])
    assert out.name == "speaking_likeness-9-windows-x64.zip"
    with zipfile.ZipFile(out) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        names = set(archive.namelist())
        assert archive.testzip() is None
    assert manifest == {"id": "x", "platforms": ["windows-x64"], "permissions": {"files": "Read"}}
    wheels = {f"core_wheels/cp311/{name}" for name in FILES[:2]}
    wheels |= {f"core_wheels/cp313/{name}" for name in (FILES[0], FILES[2], FILES[4])}
    assert names == {"blender_manifest.toml", "__init__.py", *wheels}


@pytest.mark.parametrize("names", [[], ["windows"], ["linux-x64", "amiga"]])
def test_an_unknown_platform_is_refused_with_those_that_are_known(names):
    with pytest.raises(Stop, match="windows-x64"):
        platforms.find_platforms(names)
    assert [platform.name for platform in platforms.find_platforms(["all"])] == list(PLATFORMS)


def test_pins_of_the_real_lock_differ_by_platform(repository):
    lock = (repository / "core" / "requirements.txt").read_text()
    chosen = {}
    for name, platform in PLATFORMS.items():
        markers = {**platform.markers, "python_full_version": "3.13.0", "python_version": "3.13",
                   "implementation_name": "cpython"}
        chosen[name] = choose_pins(lock, markers)
        assert all(" --hash=sha256:" in pin and ";" not in pin for pin in chosen[name])
    assert chosen["linux-x64"] and any(pin.startswith("audioop-lts==") for pin in chosen["linux-x64"])


def test_the_package_holds_no_locks_of_the_tests(tmp_path):
    packaging.stage_package(tmp_path / "stage", [])
    assert not list((tmp_path / "stage").glob("requirements*.txt"))
    assert (tmp_path / "stage" / "core" / "requirements.txt").is_file()
