# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong around a job: the core dies, the disk is full or cannot be written, two Blenders share a project."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from addon import ROOT, draw, require_core_python, tick_until

from blender_addon import compat
from blender_addon.engine import claims, jobs, paths
from core.jobs.param import REQUIRED
from core.jobs.table import JOBS

HERE = Path(__file__).parent
NAMES_A_PROCESS = 25


def some_params(method: str, folder: Path) -> dict[str, Any]:
    """Parameters that a method takes, whatever it is."""
    values = {str: "x", int: 1, float: 1.0, bool: True}
    return {
        name: param.choices[0] if param.choices else values.get(param.kind, str(folder / f"x{param.suffix}"))
        for name, param in JOBS[method].params.items()
        if param.default is REQUIRED
    }


@pytest.fixture
def windowed(addon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_has_timers", lambda: True)


@pytest.fixture
def halting_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A core whose methods never end, as long as the file is there."""
    halt, python = tmp_path / "halt", tmp_path / "python"
    halt.touch()
    command = shlex.join([str(require_core_python()), str(HERE / "halting_core.py")])
    python.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("LIKENESS_TEST_HALT", str(halt))
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(python))
    return halt


def ended() -> jobs.Job:
    tick_until(lambda: not jobs.is_running())
    return jobs.current()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal, and no such script")
@pytest.mark.parametrize("method", JOBS)
def test_the_core_may_be_killed_in_the_midst_of_any_method(
    windowed: None, halting_core: Path, tmp_path: Path, method: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    put: list[Any] = []
    jobs.start("Try It", [jobs.ask(method, some_params(method, tmp_path))], lambda *result: put.append(result) or "")
    tick_until(lambda: jobs.current().fraction == 0.5)
    os.kill(jobs.core().pid, signal.SIGKILL)
    job = ended()
    assert (job.state, job.error.code) == ("failed", "core_died")
    assert job.error.message.count(".") == 1 and "SIGKILL" in job.error.message
    assert job.error.message in draw(bpy.types.LIKENESS_PT_job).text
    assert not put and sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal, and no such script")
def test_the_next_job_after_a_killed_core_has_another_core(windowed: None, halting_core: Path) -> None:
    jobs.start("Try It", [jobs.ask("ping", {})], lambda *_: "")
    tick_until(lambda: jobs.current().fraction == 0.5)
    first = jobs.core().pid
    os.kill(first, signal.SIGKILL)
    ended()
    halting_core.unlink()
    jobs.start("Try Again", [jobs.ask("ping", {})], lambda results, job: results[0]["version"])
    assert ended().state == "done"
    assert jobs.core().pid != first


def speak(scene: bpy.types.Scene, script: str = "Hello.") -> jobs.Job:
    """A take; in background, so it has ended. What the core refuses is raised by the operator as RuntimeError."""
    scene.likeness.script = script
    with contextlib.suppress(RuntimeError):
        bpy.ops.likeness.perform_script()
    return jobs.current()


def results(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.suffix in (".speech", ".performance"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 16 MB; only root can have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk of its own")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def save_in(folder: Path) -> Path:
    """The open file goes into a folder; where its results go."""
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"))
    return folder / paths.FOLDER


def test_a_full_disk_is_told_and_the_earlier_take_stays(spoken_scene: bpy.types.Scene, small_disk: Path) -> None:
    folder = save_in(small_disk)
    assert speak(spoken_scene).state == "done"
    before = results(folder)
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    job = speak(spoken_scene, "Something else is said.")
    assert (job.state, job.error.code) == ("failed", "output_unwritable")
    assert "space" in job.error.message
    assert results(folder) == before
    assert not list(folder.glob(".*"))
    (small_disk / "filler").unlink()
    assert speak(spoken_scene, "Something else is said.").state == "done"


def test_a_project_that_cannot_be_written_is_told(spoken_scene: bpy.types.Scene, small_disk: Path) -> None:
    folder = save_in(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    job = speak(spoken_scene)
    assert (job.state, job.error.code) == ("failed", "output_unwritable")
    assert "read-only" in job.error.message.lower()
    assert not folder.exists()


def test_a_project_may_be_called_anything(spoken_scene: bpy.types.Scene, tmp_path: Path) -> None:
    home = tmp_path / "Ünïcode Проект 项目 a b"
    home.mkdir()
    folder = save_in(home)
    job = speak(spoken_scene)
    assert job.state == "done", job.error
    assert len(results(folder)) == 2
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(home / "scene.blend"))
    (strip,) = compat.editor_strips(bpy.context.scene.sequence_editor)
    assert strip.sound.packed_file is not None


def test_names_are_claimed_by_one_process_only(tmp_path: Path) -> None:
    """Two Blenders in one project choose different names, however close together they begin."""
    code = (
        "import sys; from pathlib import Path; from itertools import count\n"
        "from blender_addon.engine.claims import claim\n"
        "sys.stdin.readline()\n"
        f"print(*(claim(Path(sys.argv[1]), (f'Ada-{{n:02d}}' for n in count(1))) for _ in range({NAMES_A_PROCESS})))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    names = [name for process in processes for name in process.communicate(timeout=60)[0].split()]
    assert len(names) == len(set(names)) == 3 * NAMES_A_PROCESS


def test_a_claim_goes_with_its_job_and_an_old_one_counts_for_nothing(tmp_path: Path) -> None:
    assert paths.name_take(tmp_path, "Ada") == "Ada-01"
    assert paths.name_take(tmp_path, "Ada") == "Ada-02"
    claims.release()
    assert not list(tmp_path.iterdir())
    stale = tmp_path / ".Ada-01.claim"
    stale.touch()
    os.utime(stale, (0, 0))
    assert paths.name_take(tmp_path, "Ada") == "Ada-01"
    claims.release()


def test_an_avatar_of_another_photo_is_not_replaced(tmp_path: Path, avatar_folder: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"one")
    assert paths.name_avatar(tmp_path, "Ada", photo) == tmp_path / "Ada.avatar"
    claims.release()
    here = tmp_path / "Ada.avatar"
    here.mkdir()
    (here / "avatar.json").write_text('{"photo": {"sha256": "of another"}}')
    assert paths.name_avatar(tmp_path, "Ada", photo) == tmp_path / "Ada-2.avatar"
    claims.release()
