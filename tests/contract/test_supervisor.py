# SPDX-License-Identifier: GPL-3.0-or-later
"""The supervisor with the real core: whatever becomes of the child, every request ends in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pipe import LONG_SCRIPT, SECONDS

from blender_addon.engine.child import core_environment
from blender_addon.engine.environment import environment_python
from blender_addon.engine.process import Core, Event, Failed, Finished, Progressed, Request, core_home
from blender_addon.errors import LikenessError

StartCore = Callable[..., Core]
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and shell scripts are POSIX's")


def speak_long(core: Core, folder: Path) -> tuple[Request, list[Event]]:
    """Long work that has begun (the voice is loaded: an import hears nothing), and the list that its events go to."""
    events: list[Event] = []
    params = {"script": LONG_SCRIPT, "out": str(folder / "long.speech")}
    request = core.request("speak", params, events.append)
    poll_until(core, lambda: any(isinstance(event, Progressed) and event.fraction > 0.0 for event in events))
    return request, events


def poll_until(core: Core, is_met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_met():
        assert time.monotonic() < deadline, "it never came"
        core.poll()
        time.sleep(0.01)


def is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def shim(folder: Path, script: str) -> Path:
    """A program that is started as if it were the core's Python."""
    path = folder / "python_shim"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def living_core(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    """A supervisor of the real core that goes on from test to test: of work that ends no child."""
    core = Core(Path(sys.executable), repository, tmp_path_factory.mktemp("living") / "core.log")
    yield core
    core.stop()


def test_no_child_runs_before_the_first_request(core: Core) -> None:
    assert core.pid is None
    core.poll()
    assert not core.is_running


def test_a_request_brings_its_result(living_core: Core) -> None:
    result = living_core.wait(living_core.request("ping", {}))
    assert result["missing"] == []
    assert living_core.is_running


def test_events_come_in_order_and_only_inside_poll(living_core: Core, tmp_path: Path) -> None:
    events: list[Event] = []
    params = {"script": "One. Two. Three.", "out": str(tmp_path / "a.speech")}
    request = living_core.request("speak", params, events.append)
    time.sleep(1.0)
    assert events == []
    poll_until(living_core, lambda: request.outcome is not None)
    *before, last = events
    fractions = [event.fraction for event in before if isinstance(event, Progressed)]
    assert isinstance(last, Finished)
    assert fractions == sorted(fractions)
    assert (tmp_path / "a.speech" / "speech.wav").is_file()


def test_a_warning_reaches_the_person_and_the_work_goes_on(living_core: Core, tmp_path: Path) -> None:
    events: list[Event] = []
    params = {"script": "Hello there 🎉 you.", "out": str(tmp_path / "a.speech")}
    living_core.wait(living_core.request("speak", params, events.append))
    assert ["🎉" in event.text for event in events if hasattr(event, "text")].count(True) == 1
    assert isinstance(events[-1], Finished)


def test_an_expected_failure_is_raised_by_wait(living_core: Core, tmp_path: Path) -> None:
    request = living_core.request("speak", {"script": " ", "out": str(tmp_path / "a.speech")})
    with pytest.raises(LikenessError) as caught:
        living_core.wait(request)
    assert caught.value.code == "script_empty"


def test_work_is_cancelled_by_request_and_the_child_lives_on(living_core: Core, tmp_path: Path) -> None:
    request, events = speak_long(living_core, tmp_path)
    pid = living_core.pid
    living_core.cancel(request)
    poll_until(living_core, lambda: request.outcome is not None)
    assert isinstance(events[-1], Failed)
    assert events[-1].error.code == "cancelled"
    living_core.wait(living_core.request("ping", {}))
    assert living_core.pid == pid
    assert not (tmp_path / "long.speech").exists()


@posix_only
def test_work_that_does_not_hear_is_ended_and_what_waited_behind_it_is_done(
    core: Core, tmp_path: Path
) -> None:
    """A stopped process reads no request and acts on no polite signal: only killing it helps."""
    request, events = speak_long(core, tmp_path)
    behind = core.request("ping", {})
    pid = core.pid
    os.kill(pid, signal.SIGSTOP)
    core.cancel(request)
    assert core.wait(behind, SECONDS)["missing"] == []
    assert isinstance(events[-1], Failed)
    assert events[-1].error.code == "cancelled"
    assert not is_process(pid)
    assert core.pid != pid


@posix_only
def test_cancelling_what_waits_does_not_harm_what_runs(living_core: Core, tmp_path: Path) -> None:
    request, _ = speak_long(living_core, tmp_path)
    behind = living_core.request("ping", {})
    pid = living_core.pid
    os.kill(pid, signal.SIGSTOP)  # so that the core cannot answer for it
    living_core.cancel(behind)
    poll_until(living_core, lambda: behind.outcome is not None)
    os.kill(pid, signal.SIGCONT)
    assert request.outcome is None
    assert living_core.pid == pid
    living_core.cancel(request)
    poll_until(living_core, lambda: request.outcome is not None)


@posix_only
def test_a_killed_child_is_said_in_one_sentence_and_the_next_request_works(
    core: Core, tmp_path: Path
) -> None:
    request, events = speak_long(core, tmp_path)
    pid = core.pid
    os.kill(pid, signal.SIGKILL)
    poll_until(core, lambda: request.outcome is not None)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.error.code == "core_died"
    assert "SIGKILL" in failed.error.message
    assert failed.error.message.count(".") == 1
    assert "memory" in failed.error.hint
    assert core.wait(core.request("ping", {}))["missing"] == []
    assert core.pid != pid


def test_a_child_that_ended_for_want_of_work_is_started_again_unnoticed(start_core: StartCore) -> None:
    core = start_core(idle_seconds=0.3)
    core.wait(core.request("ping", {}))
    pid = core.pid
    deadline = time.monotonic() + SECONDS
    while core.is_running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert core.wait(core.request("ping", {}))["missing"] == []
    assert core.pid != pid


def test_a_python_that_is_not_there_is_said_at_once(start_core: StartCore, tmp_path: Path) -> None:
    core = start_core(python=tmp_path / "no" / "python")
    with pytest.raises(LikenessError) as caught:
        core.request("ping", {})
    assert caught.value.code == "core_python_missing"
    assert "no such file" in caught.value.message
    assert "Set Up" in caught.value.hint


def test_a_python_without_the_packages_is_said_with_their_name(start_core: StartCore, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    bare = environment_python(tmp_path / "bare")
    core = start_core(python=bare)
    assert "numpy" in core.wait(core.request("ping", {}))["missing"]
    request = core.request("speak", {"script": "Hello.", "out": str(tmp_path / "a.speech")})
    with pytest.raises(LikenessError) as caught:
        core.wait(request)
    assert caught.value.code == "packages_missing"
    assert "Set Up" in caught.value.hint or "Set up" in caught.value.hint
    assert core.wait(core.request("ping", {}))["version"]


def test_a_core_that_does_not_start_is_said_with_its_own_last_words(
    start_core: StartCore, tmp_path: Path
) -> None:
    core = start_core(home=tmp_path)
    with pytest.raises(LikenessError) as caught:
        core.wait(core.request("ping", {}))
    assert caught.value.code == "core_start_failed"
    assert "No module named core" in caught.value.message
    assert str(core.log) in caught.value.hint


def test_an_add_on_without_its_core_says_so(tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        core_home(tmp_path / "speaking_likeness")
    assert caught.value.code == "core_missing"


@posix_only
def test_garbage_on_stdout_is_counted_and_does_no_harm(start_core: StartCore, tmp_path: Path) -> None:
    """Python's own start, a site hook say, prints before the worker has moved its stdout aside."""
    script = f"""printf 'a banner\\n{{"event": 5}}\\n[1]\\nand no newline'\nexec {sys.executable} "$@" """
    core = start_core(python=shim(tmp_path, script))
    assert core.wait(core.request("ping", {}))["missing"] == []
    assert core.garbage == 4


@posix_only
@pytest.mark.parametrize("line", ['{"event": "progress", "id": 1}', '{"event": "result", "id": 1}'])
def test_half_an_event_is_garbage_too(start_core: StartCore, tmp_path: Path, line: str) -> None:
    core = start_core(python=shim(tmp_path, f"""printf '{line}\\n'\nexec {sys.executable} "$@" """))
    assert core.wait(core.request("ping", {}))["missing"] == []
    assert core.garbage == 1


@posix_only
def test_a_core_of_another_protocol_is_refused(start_core: StartCore, tmp_path: Path) -> None:
    core = start_core(python=shim(tmp_path, """echo '{"event": "hello", "protocol": 99}'\ncat"""))
    with pytest.raises(LikenessError) as caught:
        core.wait(core.request("ping", {}))
    assert caught.value.code == "core_protocol"
    assert not core.is_running


def test_blenders_own_python_settings_do_not_reach_the_core(start_core: StartCore, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('this is not the json you are looking for')")
    bent = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path), "PYTHONSTARTUP": "x"}
    core = start_core(environ=bent)
    assert core.wait(core.request("ping", {}))["missing"] == []
    kept = core_environment(bent)
    assert kept["PATH"] == os.environ["PATH"]
    assert [name for name in kept if name.startswith("PYTHON")] == ["PYTHONNOUSERSITE", "PYTHONUTF8"]


@posix_only
def test_stopping_ends_the_child_and_every_open_request(core: Core, tmp_path: Path) -> None:
    request, _ = speak_long(core, tmp_path)
    behind = core.request("ping", {})
    pid = core.pid
    core.stop()
    assert not is_process(pid)
    for ended in (request, behind):
        assert isinstance(ended.outcome, Failed)
        assert ended.outcome.error.code == "cancelled"
    assert not (tmp_path / "long.speech").exists()


def test_waiting_too_long_cancels_the_work(living_core: Core, tmp_path: Path) -> None:
    request, _ = speak_long(living_core, tmp_path)
    with pytest.raises(LikenessError) as caught:
        living_core.wait(request, timeout=0.1)
    assert caught.value.code == "core_timeout"
    assert isinstance(request.outcome, Failed)
    assert living_core.wait(living_core.request("ping", {}))["missing"] == []


@posix_only
def test_the_child_ends_when_blender_is_killed(repository: Path, tmp_path: Path) -> None:
    """Blender has no time to say goodbye: the closing of the pipe has to be enough."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from blender_addon.engine.process import Core\n"
        f"core = Core(Path(sys.executable), Path.cwd(), Path({str(tmp_path / 'log')!r}))\n"
        "core.wait(core.request('ping', {}))\n"
        "print(core.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    blender = subprocess.Popen([sys.executable, "-c", program], cwd=repository, stdout=subprocess.PIPE)
    pid = int(blender.stdout.readline())
    assert is_process(pid)
    blender.kill()
    blender.wait()
    deadline = time.monotonic() + 10
    while is_process(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_process(pid)
