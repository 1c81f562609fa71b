# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache is whole or not at all and made once; the renderer's process is kept, started again, and ended."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import Cancelled, LikenessError
from core.film import blender as blender_module
from core.film import lock as lock_module
from core.film.blender import Blender, command_of, find_blender
from core.film.cache import Cache, digest_of, file_digest, folder_digest
from core.progress import silent

ROOT = Path(__file__).resolve().parents[2]

# Crashes on its first `CRASHES` starts; answers with what it was asked; "slow" never answers.
PROGRAM = """
import json, os, pathlib, sys, time
count = pathlib.Path(os.environ["COUNT"])
count.write_text(count.read_text() + "x" if count.exists() else "x")
print("Blender 4.5", flush=True)
for line in sys.stdin:
    if len(count.read_text()) <= int(os.environ["CRASHES"]):
        print("no memory left", file=sys.stderr, flush=True)
        sys.exit(11)
    asked = json.loads(line)
    print(json.dumps({"progress": 0.5, "text": "half"}), flush=True)
    if "slow" in asked["request"]:
        time.sleep(60)
    if "bad" in asked["request"]:
        print(json.dumps({"error": {"code": "camera_unknown", "message": "No.", "hint": "Yes."}}), flush=True)
    else:
        print(json.dumps({"answer": {"frames": 3, "starts": len(count.read_text())}}), flush=True)
"""


def test_an_entry_is_made_once_and_told_by_all_that_it_depends_on(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    place, was_made = cache.make("plate", {"a": 1}, lambda folder: _put(folder, "1"))
    assert was_made and (place / "x").read_text() == "1"
    assert cache.make("plate", {"a": 1}, lambda folder: _put(folder, "2")) == (place, False)
    assert cache.make("plate", {"a": 2}, lambda folder: _put(folder, "2"))[0] != place
    assert digest_of("plate", {"a": 1}) != digest_of("segment", {"a": 1})
    assert not list(tmp_path.rglob(".*"))


def test_what_a_failure_left_is_no_entry_and_may_be_gone_on_with(tmp_path: Path) -> None:
    cache, found = Cache(tmp_path), []

    def write(folder: Path) -> None:
        found.append(sorted(path.name for path in folder.iterdir()))
        _put(folder, "1")
        if len(found) < 3:
            raise Cancelled

    for resumes in (True, True, False):
        try:
            cache.make("plate", {}, write, resumes=resumes)
        except Cancelled:
            assert not cache.has("plate", digest_of("plate", {}))
    assert found == [[], ["x"], []] and cache.has("plate", digest_of("plate", {}))


def test_two_who_want_the_same_make_it_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make(number: int) -> None:
        Cache(tmp_path).make("plate", {}, lambda folder: (time.sleep(0.3), made.append(number), None)[-1])

    threads = [threading.Thread(target=make, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


HOLD = """
import sys, time
from pathlib import Path
from core.film.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(lock: Path) -> subprocess.Popen[str]:
    """Another process that holds a lock."""
    command = [sys.executable, "-c", HOLD, str(lock)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_the_lock_of_the_dead_is_broken(tmp_path: Path) -> None:
    lock = tmp_path / "plate" / f".{digest_of('plate', {})}.lock"
    lock.parent.mkdir()

    def tire(fraction: float, text: str) -> None:
        raise Cancelled

    process = hold(lock)
    with pytest.raises(Cancelled):  # one that lives is waited for
        Cache(tmp_path).make("plate", {}, lambda folder: None, tire)
    assert lock_module.is_held(lock)
    process.kill()
    process.wait()
    begun = time.monotonic()
    assert Cache(tmp_path).make("plate", {}, lambda folder: None)[1] and not lock.exists()
    assert time.monotonic() - begun < 5 and not lock_module.is_held(lock)


def test_a_lock_of_another_machine_is_broken_when_it_shows_no_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "_LEASE", 1.0)
    monkeypatch.setattr(lock_module, "_BEAT", 0.2)
    lock = tmp_path / "a.lock"
    with lock_module.locked(lock):
        elsewhere = re.sub(r"(?m)^host=.*$", "host=elsewhere", lock.read_text())
    lock.write_text(elsewhere)
    begun = time.monotonic()
    with lock_module.locked(lock):
        assert time.monotonic() - begun >= 1.0 and lock.read_text() != elsewhere
        mine = lock.read_text()
        # Taken for dead after all: what another one holds by then is left to it.
        lock.unlink()
        lock.write_text(elsewhere)
    assert lock.read_text() == elsewhere != mine


def test_what_cannot_be_written_or_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    def fail(error: OSError) -> LikenessError:
        def write(folder: Path) -> None:
            raise error

        with pytest.raises(LikenessError) as caught:
            Cache(tmp_path / "film.cache").make("plate", {}, write)
        return caught.value

    full = fail(OSError(errno.ENOSPC, "No space left on device"))
    assert full.code == "output_unwritable"
    assert full.message == f"{tmp_path / 'film.cache'} cannot be written: No space left on device."
    gone = fail(FileNotFoundError(errno.ENOENT, "No such file or directory", str(tmp_path / "a.wav")))
    assert (gone.code, gone.message) == (
        "file_unreadable", f"{tmp_path / 'a.wav'} cannot be used: No such file or directory.",
    )  # fmt: skip
    assert fail(OSError("It went wrong.")).message.endswith("cannot be written: It went wrong.")


def test_digests_are_of_contents(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        _put(tmp_path / folder, "1")
    assert folder_digest(tmp_path / "a") == folder_digest(tmp_path / "b")
    before = file_digest(tmp_path / "a" / "x")
    _put(tmp_path / "a", "other")
    assert file_digest(tmp_path / "a" / "x") != before
    with pytest.raises(LikenessError, match="cannot be read"):
        file_digest(tmp_path / "no")


@pytest.fixture
def renderer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A renderer that runs `PROGRAM`, which crashes on so many starts."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.setattr(blender_module, "find_program", lambda: program)
    started: list[Blender] = []

    def start(crashes: int) -> Blender:
        monkeypatch.setenv("CRASHES", str(crashes))
        started.append(Blender(Path(sys.executable)))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_the_renderer_is_kept_and_tells_how_far_it_is(renderer, tmp_path: Path) -> None:
    blender, told = renderer(0), []
    for _ in range(2):
        answer = blender.render(tmp_path / "shot.json", tmp_path, lambda done, text: told.append((done, text)))
        assert answer == {"frames": 3, "starts": 1}
    assert (0.5, "half") in told and told[0] == (0.0, "Starting Blender")
    with pytest.raises(LikenessError, match="No") as caught:
        blender.render(tmp_path / "bad.json", tmp_path, silent)
    assert caught.value.code == "camera_unknown"
    assert blender.render(tmp_path / "shot.json", tmp_path, silent)["starts"] == 1


def test_a_renderer_that_crashes_is_started_once_more(renderer, tmp_path: Path) -> None:
    assert renderer(1).render(tmp_path / "shot.json", tmp_path, silent)["starts"] == 2
    (tmp_path / "count").unlink()
    with pytest.raises(LikenessError, match="no memory left") as caught:
        renderer(9).render(tmp_path / "shot.json", tmp_path, silent)
    assert caught.value.code == "renderer_crashed" and (tmp_path / "count").read_text() == "xx"


def test_what_is_no_blender_is_told_by_its_name(tmp_path: Path) -> None:
    program = tmp_path / "blunder"
    program.write_text("#!/bin/sh\necho no such option >&2\n")
    program.chmod(0o755)
    with pytest.raises(LikenessError, match=r"blunder ended twice before it rendered anything\."):
        Blender(program).render(tmp_path / "shot.json", tmp_path, silent)


def test_a_cancelled_renderer_is_ended(renderer, tmp_path: Path) -> None:
    blender = renderer(0)

    def stop(fraction: float, text: str) -> None:
        if fraction:
            raise Cancelled

    with pytest.raises(Cancelled):
        blender.render(tmp_path / "slow.json", tmp_path, stop)
    assert blender.render(tmp_path / "shot.json", tmp_path, silent)["starts"] == 2


def test_blender_is_found_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(blender_module.VARIABLE, sys.executable)
    assert find_blender() == Path(sys.executable) and len(command_of(Path(sys.executable))) == 2
    assert "--factory-startup" in command_of(Path("/opt/blender/blender"))
    with pytest.raises(LikenessError, match="There is no program"):
        find_blender(tmp_path / "blender")
    for place in ("here/blender", "Blender.app/Contents/MacOS/Blender"):
        program = tmp_path / place
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        with pytest.raises(LikenessError, match="There is no program"):
            find_blender(program)  # it may not be run
        program.chmod(0o755)
        assert find_blender(program) == find_blender(tmp_path / place.split("/")[0]) == program
    monkeypatch.chdir(tmp_path / "here")
    assert find_blender(Path("./blender")) == tmp_path / "here" / "blender"
    monkeypatch.delenv(blender_module.VARIABLE)
    monkeypatch.setattr(blender_module, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LikenessError, match="No Blender was found"):
        find_blender()


def _put(folder: Path, text: str) -> None:
    (folder / "x").write_text(text)
