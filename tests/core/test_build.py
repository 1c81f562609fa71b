# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py sets up once, remakes what is half-made, and says in one sentence what it cannot do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from building import environments, libraries, packaging, places, programs, suites
from building.environments import Environment
from building.programs import Stop

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCKS = sorted({environments.CORE_LOCK, environments.TOOLS_LOCK, *(lock for _, lock in environments.BLENDERS.values())})


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """An empty checkout with a ``lock.txt`` that asks for netpack, the one package that pip is offered."""
    shop = tmp_path / "shop"
    shop.mkdir()
    wheel = shop / "netpack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("netpack.py", "")
        metadata = "Metadata-Version: 2.1\nName: netpack\nVersion: 1.0\n"
        archive.writestr("netpack-1.0.dist-info/METADATA", metadata)
        archive.writestr("netpack-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("netpack-1.0.dist-info/RECORD", "")
    root = tmp_path / "checkout"
    root.mkdir()
    write_lock(root, hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(places, "ROOT", root)
    monkeypatch.setattr(places, "VENV", root / ".venv")
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(shop), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return root


@pytest.fixture
def quick(quick_python, monkeypatch) -> None:
    """What is looked at comes after an environment is made, not in the making."""
    monkeypatch.setattr(environments, "find_python", lambda version: str(quick_python))


def write_lock(root: Path, sha256: str) -> None:
    (root / "lock.txt").write_text(f"netpack==1.0 \\\n    --hash=sha256:{sha256}\n")


def imports(environment: Environment, module: str) -> bool:
    return programs.says(environment.python, f"import {module}; print('yes')") == "yes"


def test_an_environment_is_made_once_and_remade_when_half_made_or_outdated(checkout, monkeypatch, quick_python):
    environment = Environment("small", HERE, 0.1)
    environments.prepare(environment, "lock.txt")
    assert imports(environment, "netpack")
    mark = environment.folder / "mark"
    stamp = environment.folder / "installed.json"

    mark.touch()
    with monkeypatch.context() as refusing:
        refusing.setattr(environments, "run_logged", lambda *arguments: pytest.fail("set up again"))
        environments.prepare(environment, "lock.txt")
    assert mark.exists()

    monkeypatch.setattr(environments, "find_python", lambda version: str(quick_python))
    stamp.unlink()  # as after an interruption
    environments.prepare(environment, "lock.txt")
    assert not mark.exists() and imports(environment, "netpack")

    mark.touch()
    with (checkout / "lock.txt").open("a") as file:
        file.write("# another version of the lock\n")
    environments.prepare(environment, "lock.txt")
    assert not mark.exists() and imports(environment, "netpack")

    mark.touch()
    (checkout / "more.txt").write_text("# tools, nothing to install\n")
    environments.prepare(environment, "lock.txt", "more.txt")
    assert mark.exists(), "a further lock is added, not made anew"
    assert sorted(json.loads(stamp.read_text())) == ["lock.txt", "more.txt"]


@pytest.mark.usefixtures("quick")
def test_an_interrupted_installation_leaves_no_stamp(checkout, monkeypatch):
    environment = Environment("small", HERE, 0.1)

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environments, "install", interrupt)
    with pytest.raises(KeyboardInterrupt):
        environments.prepare(environment, "lock.txt")
    assert environment.python.exists()
    assert not (environment.folder / "installed.json").exists()


@pytest.mark.usefixtures("quick")
def test_a_package_that_is_not_the_locked_one_is_refused(checkout):
    write_lock(checkout, "0" * 64)
    with pytest.raises(Stop, match="not the locked one"):
        environments.prepare(Environment("small", HERE, 0.1), "lock.txt")


@pytest.mark.usefixtures("quick")
def test_no_network_is_said_in_one_sentence(checkout, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(Stop, match="connect this machine to the network"):
        environments.prepare(Environment("small", HERE, 0.1), "lock.txt")


def test_a_full_disk_is_said_before_anything_is_made(checkout):
    with pytest.raises(Stop, match="free some space"):
        environments.prepare(Environment("huge", HERE, 1e9), "lock.txt")
    assert not (checkout / ".venv" / "huge").exists()


def test_a_missing_interpreter_is_named():
    with pytest.raises(Stop, match=r"Python 3\.99 is needed"):
        environments.require_python("3.99")


@pytest.mark.skipif(os.name == "nt", reason="shims are scripts of a POSIX shell")
def test_a_shim_that_does_not_work_is_passed_by(tmp_path, monkeypatch):
    for folder, body in (("broken", "exit 127"), ("good", f'exec "{sys.executable}" "$@"')):
        shim = tmp_path / folder / f"python{HERE}"
        shim.parent.mkdir()
        shim.write_text(f"#!/bin/sh\n{body}\n")
        shim.chmod(0o755)
    monkeypatch.setattr(environments.os, "get_exec_path", lambda: [str(tmp_path / "broken"), str(tmp_path / "good")])
    monkeypatch.setattr(environments.sys, "executable", "/nowhere/python")
    assert environments.find_python(HERE) == str(tmp_path / "good" / f"python{HERE}")


@pytest.mark.skipif(sys.platform != "linux", reason="system libraries are checked on Linux")
def test_a_missing_system_library_is_said_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(libraries, "LIBRARIES", {"libnowhere.so.1": "libnowhere1", "libc.so.6": "libc6"})
    monkeypatch.setattr(libraries, "INSTALLERS", {})
    monkeypatch.setattr(libraries, "is_debian_root", lambda: False)
    with pytest.raises(Stop, match="'sudo apt-get install libnowhere1'"):
        libraries.prepare_libraries()


@pytest.mark.skipif(sys.platform != "linux", reason="system libraries are checked on Linux")
def test_debian_as_root_installs_the_missing_system_libraries(monkeypatch):
    monkeypatch.setattr(libraries, "LIBRARIES", {"libnowhere.so.1": "libnowhere1", "libc.so.6": "libc6"})
    monkeypatch.setattr(libraries, "is_debian_root", lambda: True)
    asked: list[str] = []

    def install(packages: list[str], text: str) -> None:
        asked.extend(packages)
        monkeypatch.setattr(libraries, "LIBRARIES", {"libc.so.6": "libc6"})

    monkeypatch.setattr(libraries, "apt_install", install)
    libraries.prepare_libraries()
    assert asked == ["libnowhere1"]


def test_an_unknown_failure_points_to_the_log(checkout):
    log = checkout / ".venv" / "x.log"
    with pytest.raises(Stop, match=r"Trying failed, see .venv.x\.log: the last word"):
        programs.run_logged([sys.executable, "-c", "print('the last word'); raise SystemExit(1)"], "Trying", log)
    assert "the last word" in log.read_text()


def run_build(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "build.py", *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


def test_what_cannot_be_done_is_one_sentence_and_status_2(repository):
    done = run_build(repository, "bench", "nothing-of-that-name")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "Say what to measure" in done.stderr
    assert run_build(repository, "bake").returncode == 2
    assert "build.py demo" in run_build(repository, "--help").stdout


@pytest.mark.parametrize(("body", "expected", "seconds"), [
    ("def test_a(): pass\ndef test_b(): assert 0\n"
     "import pytest\n@pytest.mark.skip\ndef test_c(): pass\n", {"passed": 1, "failed": 1, "skipped": 1}, 6),
    ("def test_a(): pass\n", {"passed": 1, "failed": 0, "skipped": 0}, 6),
    ("import nothing_of_that_name\n", {"passed": 0, "failed": 1, "skipped": 0}, 6),
    ("import os\ndef test_a(): os._exit(0)\n", {"failed": 1}, 6),
    ("", {"passed": 0, "failed": 0, "skipped": 0}, 6),
    ("import time\ndef test_a(): time.sleep(60)\n", {"failed": 1}, 3),
])
def test_outcomes_are_counted_also_when_a_run_crashes_or_hangs(checkout, monkeypatch, body, expected, seconds):
    (checkout / ".venv").mkdir()
    (checkout / "test_x.py").write_text(body)
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    monkeypatch.setattr(suites, "TEST_SECONDS", seconds)
    assert suites.run_pytest(Environment("x", HERE, 0), ["test_x.py"], ["-q"]) == expected


def test_the_same_files_make_the_same_archive(tmp_path):
    for index, names in enumerate((["b", "a/c"], ["a/c", "b"])):
        with zipfile.ZipFile(tmp_path / f"{index}.zip", "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name, (2020 + index, 1, 1, 0, 0, 0)), name * 100)
        packaging.normalise(tmp_path / f"{index}.zip", tmp_path / f"{index}.out")
    assert (tmp_path / "0.out").read_bytes() == (tmp_path / "1.out").read_bytes()
    with zipfile.ZipFile(tmp_path / "0.out") as archive:
        assert archive.namelist() == ["a/c", "b"] and archive.read("b") == b"b" * 100


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(repository, lock):
    entries = re.split(r"\n(?=\S)", (repository / lock).read_text())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert len(packages) > 5
    for entry in packages:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_no_package_index_is_named_in_what_is_set_up(repository):
    parts = [repository / name for name in ("build.py", "pyproject.toml", ".ci/run", *LOCKS)]
    for name in (*parts, *(repository / "building").glob("*.py")):
        text = name.read_text()
        assert "index-url =" not in text and "://" not in text, name


def test_pyproject_and_the_extension_have_one_version(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    manifest = tomllib.loads((repository / "blender_addon" / "blender_manifest.toml").read_text())
    assert manifest["version"] == project["version"]
    assert manifest["id"] == "speaking_likeness"
