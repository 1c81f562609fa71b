# SPDX-License-Identifier: GPL-3.0-or-later
"""How the add-on makes an environment for the core: with real pip, from a wheel made on the spot."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from pipe import SECONDS

from blender_addon.engine.environment import ENVIRONMENT, Setup, environment_python, find_python
from blender_addon.engine.process import Event, Failed, Finished, Progressed


def make_wheel(folder: Path, name: str = "likeness_probe") -> str:
    """Put a package of version 1.0 there as pip wants it; its sha256."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "VALUE = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for file, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{file},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_python: Path) -> Path:
    """A folder with a core that has one package in its lock, which pip finds in a folder of wheels."""
    wheels = tmp_path / "wheels"
    (tmp_path / "home" / "core").mkdir(parents=True)
    lend(quick_python, tmp_path / "home")
    wheels.mkdir()
    digest = make_wheel(wheels)
    core = tmp_path / "home" / "core"
    (core / "__main__.py").write_text("import likeness_probe\n")
    (core / "requirements.txt").write_text(f"likeness_probe==1.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return tmp_path / "home"


def see_out(setup: Setup) -> Finished | Failed:
    deadline = time.monotonic() + SECONDS
    while setup.outcome is None:
        assert time.monotonic() < deadline, "the set-up never ended"
        setup.poll()
        time.sleep(0.02)
    return setup.outcome


def lend(python: Path, home: Path) -> None:
    """The Python that `begin` takes for this home when none is named."""
    (home / "base").write_text(str(python), encoding="utf-8")


def begin(home: Path, base: Path | None = None) -> tuple[Setup, Path, list[Event]]:
    base = base or Path((home / "base").read_text(encoding="utf-8"))
    target = home.parent / "user" / ENVIRONMENT
    events: list[Event] = []
    return Setup(base, home, target, home.parent / "setup.log", events.append), target, events


def test_an_environment_is_made_with_the_locked_packages_and_runs_in_its_place(home: Path) -> None:
    setup, target, events = begin(home, Path(sys.executable))
    outcome = see_out(setup)
    assert isinstance(outcome, Finished), outcome
    assert outcome.result["python"] == str(environment_python(target))
    code = "import likeness_probe, sys; print(likeness_probe.VALUE, sys.prefix)"
    said = subprocess.run(
        [environment_python(target), "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["42", str(target)]
    assert [path.name for path in target.parent.iterdir()] == [ENVIRONMENT]
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert any("likeness_probe" in event.text for event in events if isinstance(event, Progressed))


def test_a_failed_set_up_leaves_the_environment_that_worked(home: Path) -> None:
    setup, target, _ = begin(home)
    assert isinstance(see_out(setup), Finished)
    lock = home / "core" / "requirements.txt"
    lock.write_text(f"likeness_probe==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    setup, target, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "package_mismatch"
    assert subprocess.run([environment_python(target), "-c", "import likeness_probe"]).returncode == 0
    assert [path.name for path in target.parent.iterdir()] == [ENVIRONMENT]


def test_another_package_than_the_locked_one_is_refused(home: Path) -> None:
    lock = home / "core" / "requirements.txt"
    lock.write_text(f"likeness_probe==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    setup, target, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "package_mismatch"
    assert not target.exists()


def test_a_package_that_nobody_offers_is_said(home: Path) -> None:
    lock = home / "core" / "requirements.txt"
    lock.write_text(f"likeness_probe==9.9 \\\n    --hash=sha256:{'0' * 64}\n")
    setup, target, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "package_missing"
    assert list(target.parent.iterdir()) == []


def test_cancelling_leaves_nothing_half_made(home: Path) -> None:
    setup, target, events = begin(home, Path(sys.executable))
    deadline = time.monotonic() + SECONDS
    while not any(isinstance(e, Progressed) and "environment" in e.text for e in events):
        assert time.monotonic() < deadline
        setup.poll()
        time.sleep(0.01)
    setup.cancel()
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "cancelled"
    assert list(target.parent.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="the shim is a shell script")
def test_a_python_of_another_version_is_refused(home: Path) -> None:
    old = home.parent / "python2"
    old.write_text("#!/bin/sh\nexit 3\n")
    old.chmod(0o755)
    setup, _, _ = begin(home, old)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "python_unsupported"
    assert "3.11 to 3.13" in outcome.error.message


def test_a_python_that_is_not_there_is_said(home: Path) -> None:
    setup, _, _ = begin(home, home / "no_python")
    outcome = see_out(setup)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "core_python_missing"


def test_the_named_python_comes_first_then_the_environments(tmp_path: Path) -> None:
    user, home = tmp_path / "user", tmp_path / "home"
    assert find_python("", user, home, {}) is None
    checkout = environment_python(home / ".venv" / "core")
    made = environment_python(user / ENVIRONMENT)
    for python in (checkout, made):
        python.parent.mkdir(parents=True)
        python.touch()
    assert find_python("", None, home, {}) == checkout
    assert find_python("", user, home, {}) == made
    assert find_python("", user, home, {"SPEAKING_LIKENESS_CORE_PYTHON": "/by/environ"}) == Path(
        "/by/environ"
    )
    named = find_python("/by/hand", user, home, {"SPEAKING_LIKENESS_CORE_PYTHON": "/by/environ"})
    assert named == Path("/by/hand")
