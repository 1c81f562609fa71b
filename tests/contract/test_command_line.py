# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m core``: the same jobs from a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pipe import LONG_SCRIPT, ROOT


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def test_script_to_speech_to_performance(tmp_path: Path) -> None:
    speech, performance = tmp_path / "a.speech", tmp_path / "a.performance"
    spoken = run("speak", "My name is Ada.", "--out", speech)
    assert (spoken.returncode, spoken.stderr) == (0, "")
    assert str(speech) in spoken.stdout
    performed = run("perform", speech, "--out", performance, "--json")
    assert performed.returncode == 0, performed.stderr
    result = json.loads(performed.stdout)
    assert result["performance"] == str(performance)
    assert "speech" in result["layers"]
    assert (performance / "performance.npz").is_file()


def test_sound_and_script_to_speech(tmp_path: Path) -> None:
    run("speak", "My name is Ada.", "--out", tmp_path / "a.speech")
    sound, script = tmp_path / "a.speech" / "speech.wav", tmp_path / "script.txt"
    script.write_text("My name is Ada.", encoding="utf-8")
    for options in ([], ["--script", script], ["--script", "My name is Ada."]):
        recorded = run("record", sound, "--out", tmp_path / "b.speech", *options)
        assert (recorded.returncode, recorded.stderr) == (0, "")
        speech = json.loads((tmp_path / "b.speech" / "speech.json").read_text(encoding="utf-8"))
        assert speech["text"] == ("My name is Ada." if options else "")


def test_a_script_is_translated_by_a_table_and_dubbed(tmp_path: Path) -> None:
    script, table, other = tmp_path / "script.txt", tmp_path / "t.csv", tmp_path / "gb.txt"
    script.write_text("# Shot 1\n[nods] My name is Ada.\n", encoding="utf-8")
    asked = ("translate", script, "--from", "en", "--to", "es")
    missing = run(*asked, "--table", table)
    assert missing.returncode == 2 and "There is no file" in missing.stderr
    assert "1 rows" in run(*asked, "--template", table).stdout
    table.write_text("en,es\n[nods] My name is Ada.,Me llamo Ada.\n", encoding="utf-8")
    assert run(*asked, "--table", table, "--with", "table", "--out", other).returncode == 0
    assert other.read_text(encoding="utf-8") == "# Shot 1\n[nods] Me llamo Ada.\n"
    assert [line.split()[:2] for line in run("translators").stdout.splitlines()] == [
        ["table", "offline"], ["argos", "offline"], ["bergamot", "offline"], ["openai", "online"],
    ]  # fmt: skip
    run("speak", "[nods] My name is Ada.", "--out", tmp_path / "a.speech")
    run("perform", tmp_path / "a.speech", "--out", tmp_path / "a.performance")
    original = (tmp_path / "a.speech", tmp_path / "a.performance")
    words = ("--script", "[nods] I am Ada.", "--language", "en")
    dubbed = run("dub", *original, *words, "--out", tmp_path / "b", "--json")
    assert dubbed.returncode == 0, dubbed.stderr
    assert json.loads(dubbed.stdout)["sentences"][0]["text"] == "I am Ada."
    assert (tmp_path / "b.speech" / "speech.wav").is_file() and (tmp_path / "b.performance").is_dir()


def test_a_script_may_be_a_file(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("\ufeffHello from a file.", encoding="utf-8")
    assert run("speak", script, "--out", tmp_path / "a.speech").returncode == 0
    speech = json.loads((tmp_path / "a.speech" / "speech.json").read_text(encoding="utf-8"))
    assert speech["text"] == "Hello from a file."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["speak", " ", "--out", "{}/a.speech"], "no words"),
        (["speak", "{}/missing.txt", "--out", "{}/a.speech"], "There is no file"),
        (["speak", "{}/latin.txt", "--out", "{}/a.speech"], "UTF-8"),
        (["speak", "Hello.", "--out", "{}/a.wav"], "NAME.speech"),
        (["speak", "Hello.", "--out", "{}/a.speech", "--voice", "nobody"], "voice"),
        (["record", "{}/none.wav", "--out", "{}/a.speech"], "There is no file"),
        (["record", "{}/latin.txt", "--out", "{}/a.speech"], "no sound file"),
        (["record", "{}/latin.txt", "--out", "{}/a.speech", "--script", " "], "no words"),
        (["perform", "{}/none.speech", "--out", "{}/a.performance"], "none.speech"),
        (["avatar", "{}/none.jpg", "--out", "{}/a.avatar"], "none.jpg"),
        (["avatar", "{}/none.jpg", "--out", "{}/a.avatar", "--texture", "1000"], "texture must be 2048 or 4096"),
        (["refit", "{}/none.jpg", "--out", "{}/a.refit"], "none.jpg"),
        (["avatar", "{}/none.jpg", "--out", "{}/a.avatar", "--glasses", "blue"], "glasses must be keep or remove"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_a_hint(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "latin.txt").write_bytes("Füße".encode("latin-1"))
    done = run(*(argument.format(tmp_path) for argument in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latin.txt"]


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent as POSIX does")
def test_ctrl_c_leaves_nothing_half_made(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "core", "speak", LONG_SCRIPT * 4, "--out", str(tmp_path / "a.speech")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while psutil.Process(process.pid).cpu_times().user < 2.0:  # it has begun, however busy the machine is
        time.sleep(0.05)
    for attempt in range(3):  # an interrupt in the midst of a library's import can be lost; a person presses again
        process.send_signal(signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=15)
            break
        except subprocess.TimeoutExpired:
            assert attempt < 2, "three interrupts did not end it"
    assert process.returncode == 130
    assert stderr == "Cancelled; nothing was changed.\n"
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, runpy, signal, sys

class Press:
    def find_spec(self, name, *_):
        if name == "core.jobs.table":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Press())
runpy.run_module("core", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent as POSIX does")
@pytest.mark.parametrize("command", ["policy", "models", "--help"])
def test_ctrl_c_while_it_loads_is_one_sentence(command: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Cancelled.\n")


def test_models_are_listed() -> None:
    listed = run("models", "list")
    assert listed.returncode == 0
    assert "face_landmarker" in listed.stdout


@pytest.mark.skipif(os.name != "posix", reason="pipes end as POSIX has it")
def test_who_reads_only_the_beginning_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)  # before anything can have been written
    command = [sys.executable, "-m", "core", "policy"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert done.stderr == "" and done.returncode == 141
