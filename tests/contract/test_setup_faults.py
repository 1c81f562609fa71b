# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while the core is being set up, and that it goes on where it stopped."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from test_environment import begin, lend, make_wheel, see_out

from blender_addon.engine import environment, packages
from blender_addon.engine.environment import ENVIRONMENT, Setup, environment_python
from blender_addon.engine.held import held
from blender_addon.engine.packages import batches, bundled_wheels, costs, kept_megabytes, wheels_folder
from blender_addon.engine.process import Failed, Finished, Progressed
from blender_addon.errors import LikenessError

NAMES = ("likeness_first", "likeness_second")


class Index(ThreadingHTTPServer):
    """A package index of two packages; the second one's wheel breaks off while ``is_cut``."""

    is_cut = True

    def __init__(self, wheels: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.wheels = wheels
        self.fetched: list[str] = []


class Answer(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        name = self.path.strip("/").split("/")[-1]
        path = self.server.wheels / name
        if path.suffix == ".whl":
            body = path.read_bytes()
            cut = self.server.is_cut and name.startswith(NAMES[1])
            self.server.fetched.append(name.split("-")[0])
            self._say("application/octet-stream", body, len(body) // 2 if cut else None)
            return
        wheel = f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
        self._say("text/html", f'<a href="/{wheel}">{wheel}</a>'.encode())

    def _say(self, kind: str, body: bytes, cut: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path, quick_python: Path) -> Path:
    """A core of two packages, on a path with spaces and letters of other alphabets."""
    home = tmp_path / "Jörg Müller 用户" / "дом"
    (home / "core").mkdir(parents=True)
    lend(quick_python, home)
    (home / "wheels").mkdir()
    (home / "core" / "__main__.py").write_text("import likeness_first, likeness_second\n")
    lock = "".join(f"{name}==1.0 \\\n    --hash=sha256:{make_wheel(home / 'wheels', name)}\n" for name in NAMES)
    (home / "core" / "requirements.txt").write_text("# a lock\n" + lock)
    return home


@pytest.fixture
def index(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    server = Index(home / "wheels")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_cut_network_loses_one_wheel_and_the_next_try_goes_on(
    home: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "BATCH_PACKAGES", 1)
    setup, target, events = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed), outcome
    assert outcome.error.code in ("network_cut", "package_mismatch"), outcome.error  # old pips take what has come
    kept = wheels_folder(target.parent)
    assert [path.name.split("-")[0] for path in kept.iterdir()] == [NAMES[0]]
    assert {path.name for path in target.parent.iterdir()} == {"downloads"}
    index.is_cut = False
    index.fetched.clear()
    setup, target, events = begin(home)
    assert isinstance(see_out(setup), Finished), setup.outcome
    assert index.fetched == [NAMES[1]], "the first one is not fetched again"
    assert [path.name for path in target.parent.iterdir()] == [ENVIRONMENT], "wheels go when they are installed"
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)


def test_an_index_that_is_not_there_is_told(home: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")  # of which pip tells
    setup, target, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed) and outcome.error.code == "network_unreachable"
    assert "goes on" in outcome.error.hint and list(target.parent.iterdir()) == []


def test_wheels_that_the_extension_brings_need_no_network(home: Path, index: Index, quick_python: Path) -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    assert bundled_wheels(home, version) is None
    target = home.parent / "user" / ENVIRONMENT
    log = home.parent / "setup.log"
    outcome = see_out(Setup(quick_python, home, target, log, print, is_online=False))
    assert isinstance(outcome, Failed) and outcome.error.code == "online_not_allowed"
    (home / "core_wheels").mkdir()
    (home / "wheels").rename(home / "core_wheels" / f"cp{version.replace('.', '')}")
    outcome = see_out(Setup(quick_python, home, target, log, lambda event: None, is_online=False))
    assert isinstance(outcome, Finished), outcome
    assert environment_python(target).is_file() and index.fetched == []
    assert bundled_wheels(home, version) is not None, "what the extension brings stays"


def test_two_at_once_are_refused_and_a_lock_that_was_left_is_none(home: Path, index: Index) -> None:
    lock = home.parent / "user" / f"{ENVIRONMENT}.lock"
    lock.parent.mkdir()
    with held(lock):
        setup, _, _ = begin(home)
        outcome = see_out(setup)
        assert isinstance(outcome, Failed) and outcome.error.code == "setup_running"
        assert lock.exists()
    assert not lock.exists()
    lock.touch()  # as a Blender that was killed leaves it
    with held(lock), pytest.raises(LikenessError, match="Another Blender"), held(lock):
        pass


def test_a_full_disk_is_told_before_anything_is_fetched(home: Path, index: Index, monkeypatch) -> None:
    usage = shutil.disk_usage(home)._replace(free=10**9)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: usage)
    setup, target, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed) and outcome.error.code == "disk_full"
    assert "1.0 GB free" in outcome.error.message and index.fetched == [] and list(target.parent.iterdir()) == []


def test_a_user_folder_that_cannot_be_written_is_told(home: Path, index: Index) -> None:
    (home.parent / "user").write_text("a file in the way")
    setup, _, _ = begin(home)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed) and outcome.error.code == "output_unwritable"


@pytest.mark.skipif(os.name != "posix", reason="the shim is a shell script")
@pytest.mark.parametrize(
    ("said", "code"), [("3.12 venv", "python_incomplete"), ("3.10 venv ensurepip pip", "python_unsupported")]
)
def test_a_python_that_cannot_make_environments_is_told(home: Path, said: str, code: str) -> None:
    base = home / "питон 3"
    base.write_text(f"#!/bin/sh\necho {said}\n")
    base.chmod(0o755)
    setup, _, _ = begin(home, base)
    outcome = see_out(setup)
    assert isinstance(outcome, Failed) and outcome.error.code == code
    assert str(base) in outcome.error.message


@pytest.mark.skipif(os.name != "posix", reason="a link")
def test_a_base_on_a_path_of_other_letters_makes_one(home: Path, index: Index) -> None:
    index.is_cut = False
    base = home / "мой питон" / "python3"
    base.parent.mkdir()
    base.symlink_to(Path(sys._base_executable))  # pyright: ignore[reportAttributeAccessIssue]
    setup, _, _ = begin(home, base)
    assert isinstance(see_out(setup), Finished), setup.outcome


def test_the_lock_is_fetched_in_parts_that_make_the_whole(repository: Path) -> None:
    lock = (repository / "core" / "requirements.txt").read_text(encoding="utf-8")
    parts = list(batches(lock))
    names = [name for part in parts for name in part.names]
    assert names == [line.split("==")[0] for line in lock.splitlines() if line[:1].isalpha()]
    assert 5 < len(parts) < 40
    assert all(part.megabytes <= packages.BATCH_MEGABYTES or len(part.names) == 1 for part in parts)
    assert sum(part.text.count("--hash") for part in parts) == lock.count("--hash=")


def test_what_it_takes_is_measured_for_the_lock_that_there_is(repository: Path) -> None:
    lock = (repository / "core" / "requirements.txt").read_text(encoding="utf-8")
    locked = {line.split("==")[0] for line in lock.splitlines() if line[:1].isalpha()}
    assert set(packages._table()["wheels"]) <= locked, "measure again: build.py bench install"
    for version in ("3.11", "3.12", "3.13"):
        sizes = costs(version)
        assert len(locked) * 0.8 < sizes.packages <= len(locked)
        assert 100 < sizes.megabytes < 1000 and sizes.peak > sizes.gigabytes
    assert costs("3.12") == costs("3.11")


def test_what_is_kept_is_counted(tmp_path: Path) -> None:
    assert kept_megabytes(None) == kept_megabytes(tmp_path) == 0
    wheels_folder(tmp_path).mkdir(parents=True)
    (wheels_folder(tmp_path) / "a.whl").write_bytes(bytes(3_000_000))
    assert kept_megabytes(tmp_path) == 3
