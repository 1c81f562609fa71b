# SPDX-License-Identifier: GPL-3.0-or-later
"""What hearing costs: seconds of work per second of sound on one core, and memory for an hour of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr
from summary import Row

from core.recording import record
from core.speech.decode import decode
from core.speech.features import RATE
from core.speech.net import Listener, hear

_PIECE = round(0.040 * RATE)  # samples that a live sound comes in
_HOUR = 3600.0  # seconds
_GIGABYTE = 1e9
# Linux: what this program itself had most. `resource.getrusage` also counts what its parent had before it was started.
_STATUS = Path("/proc/self/status")


def measure_speed(wave: np.ndarray, rate: int) -> list[Row]:
    """Process time of hearing a wave (N,) whole and in pieces, with all threads counted."""
    sound = soxr.resample(wave, rate, RATE)
    decode(hear(sound[:RATE]))  # weights and compiled code are loaded once a session
    whole = _work(lambda: decode(hear(sound)))
    pieces = _work(lambda: _stream(sound))
    seconds = len(sound) / RATE
    return [
        Row("hearing and decoding a whole file, seconds per second of sound", whole / seconds, 0.005, at_most=True),
        Row("hearing in pieces of 40 ms, seconds per second of sound", pieces / seconds, 0.03, at_most=True),
    ]


def _work(work: Callable[[], object]) -> float:
    """The least of three runs: what others do on the machine only ever adds."""
    spent: list[float] = []
    for _ in range(3):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def _stream(sound: np.ndarray) -> None:
    listener = Listener()
    for start in range(0, len(sound), _PIECE):
        listener.feed(sound[start : start + _PIECE])
    listener.finish()


def measure_hour(wave: np.ndarray, rate: int) -> list[Row]:
    """Memory and drift over an hour made of the wave (N,) again and again."""
    if not _STATUS.is_file():
        print(f"the memory for an hour of sound is left out: there is no {_STATUS} here")
        return []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        sound = Path(name, "hour.flac")
        period = len(wave) // rate * rate  # whole seconds, so that each time is heard alike
        tiles = np.tile(wave[:period], int(_HOUR * rate) // period)
        soundfile.write(sound, tiles, rate, subtype="PCM_16")
        for way, text in (("hear", "hearing and decoding"), ("record", "recording")):
            command = [sys.executable, __file__, way, str(sound), str(period / rate)]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            if answer.returncode:
                print(answer.stderr)
                rows.append(Row(f"an hour of sound, memory for {text} (GB)", float("nan"), 1.5, at_most=True))
                continue
            peak, drift = map(float, answer.stdout.split()[-2:])
            rows.append(Row(f"an hour of sound, memory for {text} (GB)", peak, 1.5, at_most=True))
            rows.append(Row(f"an hour of sound, drift in {text} (ms)", drift, 10.0, at_most=True))
    return rows


def run_hour(way: str, sound: Path, period: float) -> None:
    """In a process of its own: hear the file, print the most memory in GB and the drift in ms."""
    if way == "hear":
        wave, rate = soundfile.read(sound, dtype="float32")
        segments = decode(hear(soxr.resample(wave, rate, RATE)))
        starts = np.array([segment.start for segment in segments if segment.phone])
    else:
        speech = record(sound, sound.with_suffix(".speech"))
        starts = np.array([phone.start for phone in speech.phones if phone.phone])
    most = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    print(1024 * int(most.split()[1]) / _GIGABYTE, 1000.0 * _drift(starts, period))


def _drift(starts: np.ndarray, period: float) -> float:
    """Seconds by which the last full period's phones begin off the second one's: median of the nearest ones'."""
    last = int(starts[-1] // period) - 1
    early, late = (starts[(starts >= n * period) & (starts < (n + 1) * period)] - n * period for n in (1, last))
    return float(np.median([np.abs(late - start).min() for start in early]))


if __name__ == "__main__":
    run_hour(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
