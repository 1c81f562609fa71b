# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker at its pipe: it answers everything, survives everything, and ends when nobody is there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import imageio.v3
import pytest
import skimage.data
from pipe import BAD_JOBS, LONG_SCRIPT, ROOT, Worker


def test_it_greets_before_anything_is_asked(own_worker: Worker) -> None:
    hello = own_worker.next("hello", "result", "error", "heartbeat")
    assert hello["event"] == "hello"
    assert hello["protocol"] == 1
    assert hello["pid"] == own_worker.process.pid
    assert {"version", "python"} <= hello.keys()


def test_ping_answers_with_versions_and_what_is_missing(worker: Worker) -> None:
    answer = worker.answer(id=1, method="ping")
    assert answer["id"] == 1
    assert answer["result"]["python"].count(".") == 2
    assert answer["result"]["missing"] == []
    assert answer["result"]["seconds"] >= 0


@pytest.mark.parametrize(
    ("line", "code", "answered_id"),
    [
        (b"this is not JSON", "bad_request", None),
        (b"[1, 2]", "bad_request", None),
        (b"42", "bad_request", None),
        (b"[" * 100_000, "bad_request", None),
        (b'\xff\xfe{"id": 1}', "bad_request", None),
        (b'{"id": 1}', "bad_request", None),
        (b'{"method": "ping"}', "bad_request", None),
        (b'{"id": "one", "method": "ping"}', "bad_request", None),
        (b'{"id": true, "method": "ping"}', "bad_request", None),
        (b'{"id": 1, "method": "ping", "params": [1]}', "bad_request", None),
        (b'{"method": "cancel", "params": {}}', "bad_request", None),
        (b'{"id": 7, "method": "fly"}', "unknown_method", 7),
        (b'{"id": 7, "method": "ping", "params": {"x": 1}}', "bad_params", 7),
        (b'{"id": 7, "method": "speak", "params": {"script": "Hello."}}', "bad_params", 7),
        (b'{"id": 7, "method": "speak", "params": {"script": 5, "out": "a.speech"}}', "bad_params", 7),
        (b'{"id": 7, "method": "speak", "params": {"script": null, "out": "a.speech"}}', "bad_params", 7),
        (b'{"id": 7, "method": "build_avatar", "params": {"photo": 3, "out": "a.avatar"}}', "bad_params", 7),
        (b'{"id": 7, "method": "build_avatar", "params": {"photo": "", "out": "a.avatar"}}', "bad_params", 7),
        (b'{"id": 7, "method": "refit_avatar", "params": {"photo": "a", "out": "a.avatar"}}', "bad_params", 7),
        (
            b'{"id": 7, "method": "refit_avatar", "params": {"photo": "a", "out": "a.refit", "picture": 1}}',
            "bad_params",
            7,
        ),
        (b'{"id": 7, "method": "speak", "params": {"script": "a", "out": "a.wav"}}', "bad_params", 7),
        (b'{"id": 7, "method": "record", "params": {"out": "a.speech"}}', "bad_params", 7),
        (b'{"id": 7, "method": "record", "params": {"sound": "a.wav", "out": "a.wav"}}', "bad_params", 7),
        (b'{"id": 7, "method": "speak", "params": {"script": "a", "out": ".speech"}}', "bad_params", 7),
        (
            b'{"id": 7, "method": "speak", "params": {"script": "a", "out": "a.speech", "speed": NaN}}',
            "bad_params",
            7,
        ),
        (
            b'{"id": 7, "method": "perform", "params": {"speech": "a", "out": "a.performance", "seed": 1.5}}',
            "bad_params",
            7,
        ),
    ],
)
def test_a_wrong_line_is_answered_in_words_and_the_next_one_works(
    worker: Worker, line: bytes, code: str, answered_id: int | None
) -> None:
    worker.send_line(line)
    error = worker.next("error", "result")
    assert (error["event"], error["code"], error["id"]) == ("error", code, answered_id)
    assert error["message"].endswith(".")
    assert error["hint"]
    assert worker.is_alive()


def test_empty_lines_and_windows_line_ends_are_no_errors(worker: Worker) -> None:
    worker.send_line(b"")
    worker.send_line(b'{"id": 1, "method": "ping"}\r')
    assert worker.next("result", "error")["event"] == "result"


def test_an_expected_failure_keeps_its_code_and_changes_nothing(worker: Worker, tmp_path: Path) -> None:
    error = worker.answer(id=1, method="speak", params={"script": " ", "out": str(tmp_path / "a.speech")})
    assert error["code"] == "script_empty"
    assert "log" not in error
    assert list(tmp_path.iterdir()) == []


def test_a_head_is_fitted_again_and_again_to_other_pins(worker: Worker, tmp_path: Path) -> None:
    photo, pins, out = tmp_path / "photo.png", tmp_path / "pins.json", tmp_path / "a.refit"
    imageio.v3.imwrite(photo, skimage.data.astronaut())
    params = {"photo": str(photo), "out": str(out), "picture": True}
    assert worker.answer(id=1, method="refit_avatar", params=params)["result"]["refit"] == str(out)
    assert {path.name for path in out.iterdir()} == {"refit.json", "refit.npz", "picture.jpg"}
    first = json.loads((out / "refit.json").read_text(encoding="utf-8"))
    chin = next(mark for mark in first["marks"] if mark["name"] == "chin")
    x, y = chin["place"]
    document = {"photo_sha256": first["photo"]["sha256"], "pins": [{"landmark": "chin", "x": x, "y": y + 5}]}
    pins.write_text(json.dumps(document), encoding="utf-8")
    params = {"photo": str(photo), "out": str(out), "pins": str(pins)}
    assert worker.answer(id=2, method="refit_avatar", params=params)["event"] == "result"
    assert {path.name for path in out.iterdir()} == {"refit.json", "refit.npz"}
    second = json.loads((out / "refit.json").read_text(encoding="utf-8"))
    chin = next(mark for mark in second["marks"] if mark["name"] == "chin")
    assert (chin["pinned"], chin["place"], chin["found"]) == (True, [x, y + 5], [x, y])
    pins.write_text('{"photo_sha256": "another", "pins": []}', encoding="utf-8")
    assert worker.answer(id=3, method="refit_avatar", params=params)["code"] == "pins_other_photo"
    assert json.loads((out / "refit.json").read_text(encoding="utf-8")) == second


def test_what_libraries_print_never_reaches_the_pipe(bad_worker: Worker) -> None:
    """From Python, from C, from a child process; and none of them can read the requests."""
    bad_worker.send(id=1, method="noisy")
    bad_worker.send(id=2, method="ping")
    assert bad_worker.next("result", "error") == {"event": "result", "id": 1, "result": {"read": ""}}
    assert bad_worker.next("result", "error")["id"] == 2


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("raising", "a bug"),
        ("leaving", "a library leaves"),
        ("not_json", "object"),
        ("not_a_number", "float"),
    ],
)
def test_a_bug_is_told_with_its_log_and_the_worker_lives_on(
    bad_worker: Worker, method: str, words: str
) -> None:
    error = bad_worker.answer(id=1, method=method)
    assert error["code"] == "internal_error"
    assert words in error["message"].lower()
    assert any("Traceback" in line for line in error["log"])
    assert bad_worker.is_alive()


@pytest.mark.parametrize(
    ("method", "code", "words"),
    [
        ("importing", "packages_missing", "package_that_nobody_has"),
        ("linking", "library_missing", "libEGL.so.1"),
    ],
)
def test_what_is_not_installed_is_named(bad_worker: Worker, method: str, code: str, words: str) -> None:
    error = bad_worker.answer(id=1, method=method)
    assert error["code"] == code
    assert words in error["message"]
    assert bad_worker.is_alive()


def test_progress_comes_at_most_ten_times_a_second_and_stays_within_bounds(bad_worker: Worker) -> None:
    bad_worker.send(id=1, method="chatty")
    fractions = []
    while (event := bad_worker.next("progress", "result"))["event"] == "progress":
        fractions.append(event["fraction"])
    assert event["result"]["calls"] > 100
    assert 2 <= len(fractions) <= 12
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_long_work_shows_progress_beats_and_stops_when_cancelled(worker: Worker, tmp_path: Path) -> None:
    out = tmp_path / "a.speech"
    worker.send(id=5, method="speak", params={"script": LONG_SCRIPT, "out": str(out)})
    assert worker.next("progress")["text"]
    assert worker.next("heartbeat")["id"] == 5
    worker.send(method="cancel", params={"id": 5})
    error = worker.next("result", "error")
    assert (error["id"], error["code"]) == (5, "cancelled")
    assert list(tmp_path.iterdir()) == []
    assert worker.is_alive()
    assert worker.next("heartbeat")["id"] is None


def test_a_recording_becomes_a_speech_with_its_warnings(worker: Worker, tmp_path: Path) -> None:
    spoken, out = tmp_path / "a.speech", tmp_path / "b.speech"
    worker.answer(id=1, method="speak", params={"script": "The sun was warm and the sea was calm.", "out": str(spoken)})
    sound = str(spoken / "speech.wav")
    script = "Nobody ever bought purple apples there."
    worker.send(id=2, method="record", params={"sound": sound, "out": str(out), "script": script})
    assert "script was not found" in worker.next("warning", "error")["text"]
    result = worker.next("result", "error")["result"]
    assert (result["speech"], len(result["warnings"])) == (str(out), 1)
    assert {path.name for path in out.iterdir()} == {"speech.wav", "speech.json"}
    performed = {"speech": str(out), "out": str(tmp_path / "b.performance")}
    assert worker.answer(id=3, method="perform", params=performed)["event"] == "result"


def test_requests_queue_and_one_that_waits_can_be_cancelled(worker: Worker, tmp_path: Path) -> None:
    worker.send(id=1, method="speak", params={"script": LONG_SCRIPT, "out": str(tmp_path / "a.speech")})
    worker.send(id=2, method="speak", params={"script": "Two.", "out": str(tmp_path / "b.speech")})
    worker.send(id=3, method="ping")
    worker.next("progress")
    worker.send(method="cancel", params={"id": 2})
    error = worker.next("result", "error")
    assert (error["id"], error["code"]) == (2, "cancelled")
    worker.send(method="cancel", params={"id": 1})
    assert worker.next("result", "error")["id"] == 1
    assert worker.next("result", "error")["id"] == 3
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_is_still_at_work_is_refused(worker: Worker, tmp_path: Path) -> None:
    worker.send(id=1, method="speak", params={"script": LONG_SCRIPT, "out": str(tmp_path / "a.speech")})
    error = worker.answer(id=1, method="ping")
    assert (error["id"], error["code"]) == (None, "bad_request")
    worker.send(method="cancel", params={"id": 1})
    assert worker.next("result", "error")["code"] == "cancelled"


def test_cancelling_what_is_over_does_nothing(worker: Worker) -> None:
    worker.answer(id=1, method="ping")
    worker.send(method="cancel", params={"id": 1})
    assert worker.is_alive()


def test_it_ends_with_its_stdin(own_worker: Worker) -> None:
    own_worker.next("hello")
    own_worker.process.stdin.close()
    assert own_worker.process.wait(timeout=5) == 0


def test_it_ends_with_its_stdin_in_the_midst_of_work(own_worker: Worker, tmp_path: Path) -> None:
    own_worker.send(id=1, method="speak", params={"script": LONG_SCRIPT, "out": str(tmp_path / "a.speech")})
    own_worker.next("progress")
    own_worker.process.stdin.close()
    assert own_worker.process.wait(timeout=5) == 0
    assert not (tmp_path / "a.speech").exists()


def test_it_ends_with_its_stdin_even_when_work_looks_at_no_flag() -> None:
    worker = Worker(program=BAD_JOBS)
    worker.send(id=1, method="deaf")
    worker.next("heartbeat")
    worker.process.stdin.close()
    assert worker.process.wait(timeout=5) == 0


def test_it_ends_after_idle_time_but_not_before(tmp_path: Path) -> None:
    worker = Worker("--idle-seconds", "1")
    for number in range(3):
        time.sleep(0.6)
        assert worker.answer(id=number, method="ping")["event"] == "result"
    assert worker.process.wait(timeout=10) == 0


def test_work_does_not_count_as_idle_time() -> None:
    worker = Worker(program=BAD_JOBS.replace("serve()", "serve(0.2)"))
    assert worker.answer(id=1, method="chatty")["event"] == "result"
    assert worker.process.wait(timeout=10) == 0


def test_a_script_of_many_tongues_comes_through_the_pipe_as_it_was_written(worker: Worker) -> None:
    error = worker.answer(id=1, method="speak", params={"script": "世界", "out": "never.speech"})
    assert error["code"] == "script_unspeakable"
    assert "世" in error["message"]


def test_stderr_stays_free_of_tracebacks_when_nobody_listens_any_more() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    process.stdin.write(b'{"id": 1, "method": "ping"}\n')
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 0
    assert b"Traceback" not in stderr
