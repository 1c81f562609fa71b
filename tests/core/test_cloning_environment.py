# SPDX-License-Identifier: GPL-3.0-or-later
"""How the environment of an engine that clones voices is made, with real pip from a wheel made on the spot."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engines import CHATTERBOX_SOURCE, POCKET_SOURCE, make_python, save_voice, take_python

from core.cloning import environment
from core.cloning.engines import ENGINES, Engine
from core.cloning.environment import install
from core.errors import Cancelled, LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.voice import cloned

CHATTERBOX, POCKET = ENGINES["chatterbox"], ENGINES["pocket"]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake Python is a shell script")


@pytest.fixture
def quick(quick_python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at comes after an environment is made, not in the making."""
    monkeypatch.setattr(sys, "executable", str(quick_python))


def _wheel(folder: Path, engine: Engine) -> Path:
    """An engine's fake package as a wheel that pip installs without a network."""
    name, version = engine.requirement[0].split("==")
    stem = f"{name.replace('-', '_')}-{version}"
    path, info = folder / f"{stem}-py3-none-any.whl", f"{stem}.dist-info"
    files = {
        "chatterbox/__init__.py": "",
        "chatterbox/mtl_tts.py": CHATTERBOX_SOURCE,
        "pocket_tts/__init__.py": POCKET_SOURCE,
        "torch.py": "class cuda:\n    is_available = staticmethod(lambda: False)\nclass backends:\n    mps = cuda\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def _offline(engine: Engine, folder: Path) -> Engine:
    """The engine by its fake wheel, as if the disk had enough space."""
    return replace(engine, requirement=(str(_wheel(folder, engine)),), on_disk=0.0)


@pytest.mark.parametrize(
    ("engine", "networks"),
    [
        (CHATTERBOX, {"networks"}),
        (POCKET, {"english", "french", "german", "portuguese", "italian", "spanish", "dutch"}),
    ],
)
def test_the_environment_is_made_whole(
    engine: Engine, networks: set[str], tmp_path: Path, request: pytest.FixtureRequest
):
    if engine is POCKET:  # of which the making is the same
        request.getfixturevalue("quick")
    told: list[tuple[float, str]] = []
    target = tmp_path / "cloning"
    python = install(lambda fraction, text: told.append((fraction, text)), _offline(engine, tmp_path), target)
    assert python == target / "bin" / "python" and python.is_file()
    assert {path.name for path in (target / "models").iterdir()} == networks
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert "GB are fetched" in told[0][1]
    environ = environment.child_environ(python)
    assert environ["HF_HOME"] == str(target / "models")
    assert not Path(environ["HF_TOKEN_PATH"]).is_relative_to(target), "a login is where the person has it"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


def test_cancelling_leaves_nothing_half_made(tmp_path: Path):
    target = tmp_path / "cloning"
    target.mkdir()
    (target / "previous").touch()
    begin = time.monotonic()

    def cancel(fraction: float, text: str) -> None:
        if time.monotonic() - begin > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        install(cancel, _offline(CHATTERBOX, tmp_path), target)
    assert (target / "previous").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


@pytest.mark.usefixtures("quick")
def test_networks_that_do_not_clone_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of Pocket TTS anybody gets such; its terms have to be accepted for the others."""
    profile = save_voice(tmp_path / "Ann.voice")
    take_python(make_python(tmp_path), monkeypatch)
    monkeypatch.setenv("FAKE_REFUSED", "1")
    with pytest.raises(LikenessError) as caught:
        install(silent, _offline(POCKET, tmp_path), tmp_path / "cloning_pocket")
    assert caught.value.code == "terms_not_accepted" and "hf auth login" in caught.value.hint
    assert not (tmp_path / "cloning_pocket").exists()
    cloned._child.cache_clear()
    with pytest.raises(LikenessError) as caught:
        cloned._say(POCKET, "Hello.", "spanish", profile / "sample.wav")
    assert caught.value.code == "cloning_failed" and "terms" in caught.value.message


@pytest.mark.usefixtures("quick")
def test_a_package_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(LikenessError) as caught:
        install(silent, replace(CHATTERBOX, on_disk=0.0), tmp_path / "cloning")
    assert caught.value.code == "package_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        install(silent, replace(CHATTERBOX, on_disk=1e9), tmp_path / "cloning")
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_each_engine_has_its_own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert len({environment.environment_folder(engine) for engine in ENGINES.values()}) == len(ENGINES)
    monkeypatch.setenv(POCKET.variable, str(tmp_path / "python"))
    monkeypatch.delenv(CHATTERBOX.variable, raising=False)
    told = run_job("cloning_state", check_params("cloning_state", {"engine": "pocket"}), silent)
    sizes = {"gigabytes_fetched": POCKET.fetched, "gigabytes_on_disk": POCKET.on_disk}
    assert str(tmp_path / "python") in told.pop("summary")
    assert told == {"python": str(tmp_path / "python"), **sizes}
    with pytest.raises(LikenessError):
        check_params("install_cloning", {"engine": "another"})


def test_nothing_is_fetched_while_it_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    python = make_python(tmp_path)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert environment.child_environ(python)["HF_HUB_OFFLINE"] == "1"
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert environment.child_environ(python)["HF_HUB_OFFLINE"] == "0"


def test_what_a_command_started_ends_with_it(tmp_path: Path):
    """As pip's and ensurepip's children, which write into the environment."""
    grandchild = (
        "import time, pathlib\n"
        f"for i in range(600): pathlib.Path({str(tmp_path)!r}, str(i)).touch(); time.sleep(0.05)"
    )
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}], stdout=-3)"
    step = environment._Step("Writing", (sys.executable, "-c", command), 1.0)
    running = environment._run(step, tmp_path / "part", CHATTERBOX)
    while not (tmp_path / "1").exists():
        next(running)
    running.close()
    written = len(list(tmp_path.iterdir()))
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == written
