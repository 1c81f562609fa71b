# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the lips follow the sound: ``python3 build.py bench lipsync [DIR] --out OUT``.

Part one speaks and performs sentences that nothing was tuned on, and looks at the curves: do the lips meet on
every p b m, does a frame show it, are they still in silence, do they open with the sound.

Part two compares with a person. DIR holds GRID sentences (``x.flac``, ``x.words.tsv``, ``x.lips.tsv``;
default ``../shared/data/speech/grid_dev``, left out when it is not there). The words of the recording and
their times are given; each word's phones come from the voice's dictionary and share the word's time equally.
The correlation is with the camera's lip gap between first and last word, so that it does not profit from
silence. Peers on the same files, from text: Rhubarb 1.14 .35, pocketsphinx forced alignment .40 (which takes
its phone times from the sound; this method does not).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfiltfilt
from summary import Row, report

from core.performance import Performance, perform
from core.performance.lips import contact_span
from core.performance.mouth_shape import FUNNEL, JAW, LOWER, UPPER
from core.script import Sentence, parse_script
from core.speech import Phone, Speech, Word
from core.speech.phones import CLOSED_PHONES
from core.voice import speak
from core.voice.hibari import HibariProvider

ENVIRONMENT = "core"
GRID = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech" / "grid_dev"

SENTENCES = (
    "Maybe the plumber can mend the broken pump before supper.",
    "Every few years a comet passes above the village.",
    "She sells fresh bread, plum jam, and warm apple pie.",
    "Our boat drifted slowly past the empty harbour.",
    "Tomorrow morning Bob will bring the big map from home.",
    "The judge chose a large orange chair in the corner.",
    "Five brave women climbed the steep mountain path.",
    "Please remember my number, it is double seven, forty one.",
    "A thousand thin threads were woven through the cloth.",
    "Who would choose such a gloomy room in June?",
    "Some people prefer coffee, but most of them drink tea.",
    "The quick response of the team impressed the members.",
    "He always yawns when the music becomes too slow.",
    "Put the purple book on top of the paper pile.",
    "I hope the weather improves by the middle of May.",
    "Both of them think that the theatre is worth a visit.",
    "Why not measure the pleasure of a long vacation?",
    "Bees hummed among the poppies beside the pebble beach.",
    "You could push the cart around the back of the barn.",
    "Amber lamps made the whole place seem comfortable.",
)

# Millimetres between the lips per unit, in the middle of the mouth; what is not here changes it by .5 mm at most.
_GAP = JAW  # jawOpen less mouthClose
_MILLIMETRES = {"mouthFunnel": FUNNEL, "mouthLowerDownLeft": LOWER, "mouthUpperUpLeft": UPPER}
_LEAKS = ("mouthLowerDownLeft", "mouthUpperUpLeft", "mouthFunnel", "mouthStretchLeft")
_OFFSETS = np.arange(-0.12, 0.121, 0.01)  # seconds
_PREPARATION = 0.25  # seconds in which lips get ready for a sound and come back from it
_SHUT = 0.4  # millimetres: the neutral lips of the template lie 0.1-0.4 mm apart


def main() -> int:
    parser = argparse.ArgumentParser(description="How well the lips follow the sound.")
    parser.add_argument("dir", nargs="?", type=Path, default=GRID, help="folder of GRID sentences")
    parser.add_argument("--out", type=Path, help="folder for summary.json and the results per sentence")
    arguments = parser.parse_args()
    rows, items = measure_sentences()
    tables = {"sentences": items}
    if arguments.dir.is_dir():
        more, tables["grid"] = measure_people(arguments.dir)
        rows += more
    else:
        print(f"no folder {arguments.dir}: the comparison with a person is left out")
    status = report(rows, arguments.out)
    for name, table in tables.items() if arguments.out else ():
        lines = ["\t".join(table[0]), *("\t".join(map(str, item.values())) for item in table)]
        (arguments.out / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return status


def lip_gap(performance: Performance) -> np.ndarray:
    """(T,) millimetres between the lips."""
    gap = _GAP * (performance.total("jawOpen") - performance.total("mouthClose"))
    return np.maximum(sum((w * performance.total(c) for c, w in _MILLIMETRES.items()), gap), 0.0)


@dataclass(frozen=True)
class Measured:
    """One sentence of SENTENCES. sealed, seen24, seen30: one flag for each p b m."""

    text: str
    seconds: float  # of sound
    speaking: float  # seconds of work
    performing: float
    sealed: list[bool]
    seen24: list[bool]
    seen30: list[bool]
    silent_speed: float  # mm/s
    level_r: float
    dips: list[np.ndarray]


def measure_sentences() -> tuple[list[Row], list[dict[str, object]]]:
    """The performances of SENTENCES."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bench.speech"
        speak(parse_script("The voice is loaded by the first words."), out)
        measured = [_measure(text, out) for text in SENTENCES]
    seconds = sum(one.seconds for one in measured)
    speaking = sum(one.speaking for one in measured) / seconds
    performing = sum(one.performing for one in measured) / seconds
    offset = _offset([level for one in measured for level in one.dips])
    speed = max(one.silent_speed for one in measured)
    rows = [
        Row("closures of p b m in which the lips meet (share)", _share(one.sealed for one in measured), 1.0),
        Row("closures that a frame at 24 fps shows (share)", _share(one.seen24 for one in measured), 0.98),
        Row("closures that a frame at 30 fps shows (share)", _share(one.seen30 for one in measured), 0.98),
        Row("fastest lip movement in silence (mm/s)", speed, 0.5, at_most=True),
        Row("lip gap and level of the sound (r)", float(np.mean([one.level_r for one in measured])), 0.25),
        Row("closure of p b against the sound's own gap (ms)", offset, 20.0, at_most=True),
        Row("speaking, seconds per second of sound", speaking, 0.1, at_most=True),
        Row("performing, seconds per second of sound", performing, 0.1, at_most=True),
    ]
    items: list[dict[str, object]] = [
        {
            "text": one.text,
            "closures": len(one.sealed),
            "sealed": sum(one.sealed),
            "silence_mm_s": round(one.silent_speed, 4),
            "level_r": round(one.level_r, 3),
        }
        for one in measured
    ]
    return rows, items


def _measure(text: str, out: Path) -> Measured:
    began = time.perf_counter()
    speech = speak(parse_script(text), out)
    spoke = time.perf_counter()
    performance = perform(speech)
    performed = time.perf_counter()
    gap = lip_gap(performance)
    closures = [phone for phone in speech.phones if phone.phone in CLOSED_PHONES]
    return Measured(
        text,
        speech.duration,
        spoke - began,
        performed - spoke,
        [_is_sealed(performance, gap, phone) for phone in closures],
        [_is_seen(performance, gap, phone, 24) for phone in closures],
        [_is_seen(performance, gap, phone, 30) for phone in closures],
        _silent_speed(performance, gap, speech.phones),
        _level_correlation(speech, performance, gap),
        _levels_around_closures(speech),
    )


def _share(flags: Iterable[list[bool]]) -> float:
    return float(np.mean([flag for one in flags for flag in one]))


def _is_sealed(performance: Performance, gap: np.ndarray, phone: Phone) -> bool:
    """Lips together in the middle of the phone's closure, and nothing that pulls them apart."""
    middle = phone.start + 0.4 * (phone.end - phone.start)
    at = int(np.argmin(np.abs(performance.time - middle)))
    return bool(gap[at] <= _SHUT and all(performance.total(channel)[at] <= 0.01 for channel in _LEAKS))


def _is_seen(performance: Performance, gap: np.ndarray, phone: Phone, rate: int) -> bool:
    """Whether some frame of a clip at ``rate`` frames a second shows the closure."""
    start, end = phone.start - 0.05, phone.end + 0.03
    times = np.arange(int(np.ceil(start * rate)), int(np.floor(end * rate)) + 1) / rate
    return bool(len(times) and np.interp(times, performance.time, gap).min() <= _SHUT)


def _silent_speed(performance: Performance, gap: np.ndarray, phones: Sequence[Phone]) -> float:
    """The fastest change of the gap (mm/s) in silences, where no sound is within ``_PREPARATION``."""
    speed = np.abs(np.gradient(gap, performance.time))
    inside = np.zeros(len(speed), bool)
    last = performance.duration
    for phone in phones:
        if not phone.phone:
            start = phone.start + (_PREPARATION if phone.start > 0 else 0.0)
            end = phone.end - (_PREPARATION if phone.end < last - 1e-3 else 0.0)
            inside |= (performance.time >= start) & (performance.time <= end)
    return float(speed[inside].max()) if inside.any() else 0.0


def _levels_around_closures(speech: Speech) -> list[np.ndarray]:
    """(len(_OFFSETS),) decibels of the sound around the middle of the lips' contact, per p b after a phone.

    The sound of a stop is all but silent while the lips are shut: the timing's own witness.
    """
    half = round(0.005 * speech.rate)
    power = np.convolve(speech.wave.astype(np.float64) ** 2, np.ones(2 * half) / (2 * half), mode="same")
    levels = []
    for before, phone in pairwise(speech.phones):
        if phone.phone in ("p", "b") and before.phone:
            middle = sum(contact_span(phone)) / 2
            at = np.clip(((middle + _OFFSETS) * speech.rate).astype(int), 0, len(power) - 1)
            levels.append(10.0 * np.log10(power[at] + 1e-9))
    return levels


def _offset(levels: Sequence[np.ndarray]) -> float:
    """Milliseconds between the lips' contact and the quietest moment of the mean sound around it."""
    return abs(float(_OFFSETS[np.mean(levels, axis=0).argmin()])) * 1000


def _level_correlation(speech: Speech, performance: Performance, gap: np.ndarray) -> float:
    """Pearson's r of the gap with the level of the sound between first and last word.

    The level is the root mean square, over 50 ms, of 500-1500 Hz, where open vowels have their first
    formant. For orientation: the camera's gap on the 150 sentences of grid_dev reaches .34.
    """
    band = butter(2, [500, 1500], "bandpass", fs=speech.rate, output="sos")
    half = round(0.025 * speech.rate)
    power = np.convolve(sosfiltfilt(band, speech.wave) ** 2, np.ones(2 * half) / (2 * half), mode="same")
    centres = np.minimum((performance.time * speech.rate).astype(int), len(power) - 1)
    inside = _between_words(speech.words, performance.time)
    return float(np.corrcoef(np.sqrt(power[centres])[inside], gap[inside])[0, 1])


def _between_words(words: Sequence[Word], times: np.ndarray) -> np.ndarray:
    return (times >= words[0].start) & (times <= words[-1].end)


def measure_people(folder: Path) -> tuple[list[Row], list[dict[str, object]]]:
    """Performances of recorded sentences against the camera's lip gap."""
    items: list[dict[str, object]] = []
    lags = np.arange(-0.12, 0.121, 0.02)
    curves: list[list[float]] = []
    for sound in sorted(folder.glob("*.flac")):
        speech = _recorded(sound)
        performance = perform(speech)
        gap = lip_gap(performance)
        times, camera = _camera_gap(sound.with_suffix(".lips.tsv"))
        inside = np.isfinite(camera) & _between_words(speech.words, times)
        shifted = [np.interp(times[inside] + lag, performance.time, gap) for lag in lags]
        curves.append([float(np.corrcoef(curve, camera[inside])[0, 1]) for curve in shifted])
        items.append({"sentence": sound.stem, "r": round(curves[-1][len(lags) // 2], 3)})
    mean = np.nanmean(curves, axis=0)
    late = round(float(lags[int(mean.argmax())]) * 1000)
    return [
        Row("lip gap against the camera's, inside speech (r)", float(mean[len(lags) // 2]), 0.40),
        Row("shift that would fit the camera best (ms, absolute)", abs(late), 40.0, at_most=True),
        Row("sentences compared", float(len(items))),
    ], items


def _recorded(sound: Path) -> Speech:
    """A recording as a Speech, each word's phones sharing its time equally."""
    wave, rate = soundfile.read(sound, dtype="float32")
    phones: list[Phone] = []
    words: list[Word] = []
    for line in sound.with_suffix(".words.tsv").read_text(encoding="utf-8").splitlines():
        start, end, text = line.split("\t")
        if text == "sil":
            phones.append(Phone(float(start), float(end), "", "viseme_sil", -1))
            continue
        pronounced = _pronounce(text)
        edges = np.linspace(float(start), float(end), len(pronounced) + 1).tolist()
        phones += [
            Phone(edges[i], edges[i + 1], phone.phone, phone.viseme, len(words), phone.stress)
            for i, phone in enumerate(pronounced)
        ]
        words.append(Word(float(start), float(end), text))
    text = " ".join(word.text for word in words)
    return Speech(text, "en", "recording", rate, wave, tuple(phones), tuple(words))


@cache
def _pronounce(word: str) -> tuple[Phone, ...]:
    """The phones of a word as the voice says it on its own; single letters by their names."""
    written = word.upper() if len(word) == 1 else word
    said = HibariProvider().utter(Sentence(written, ends_paragraph=True), "heart", 1.0)
    return tuple(phone for phone in said.phones if phone.phone)


def _camera_gap(path: Path) -> tuple[np.ndarray, np.ndarray]:
    header, *lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    column = header.index("inner_gap")
    table = np.array([[float(line[0]), float(line[column])] for line in lines])
    return table[:, 0], table[:, 1]


if __name__ == "__main__":
    sys.exit(main())
