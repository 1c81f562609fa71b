# SPDX-License-Identifier: GPL-3.0-or-later
"""GRID sentences as a mouth's movements: what the camera measured, and the phones that were said meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.recording.record import record
from core.script import parse_script
from core.speech import Phone

EYES = 90.0  # millimetres between the outer corners of an adult's eyes, in whose shares the camera measures
FRAME_CENTRE = 0.020  # seconds after the time that the files give a frame
SILENCE = 0.2  # seconds off the words in which the face is at rest
PUCKERED = 0.36  # 99th percentile of this talker's mouthPucker
NARROWING, WIDENING = 5.4, 3.6  # millimetres between 1st percentile, rest and 99th of this talker's mouth width


@dataclass(frozen=True)
class Sentence:
    """time: (T,) seconds. curves: articulator -> (T,): opening and jaw in millimetres, rounding and spreading in 0..1.
    known: (T,) frames that the camera saw; inside: those between first and last word."""

    name: str
    phones: tuple[Phone, ...]
    time: np.ndarray
    curves: dict[str, np.ndarray]
    known: np.ndarray
    inside: np.ndarray


def read_sentences(folder: Path, cache: Path) -> list[Sentence]:
    """All sentences of a folder whose script is found in the sound. cache: file that keeps their phones."""
    if not cache.is_file():
        found = {sound.stem: _align(sound) for sound in sorted(folder.glob("*.flac"))}
        kept = {name: [asdict(phone) for phone in phones] for name, phones in found.items()}
        cache.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    said = json.loads(cache.read_text(encoding="utf-8"))
    return [_read(folder / name, [Phone(**phone) for phone in phones]) for name, phones in said.items() if phones]


def _align(sound: Path) -> tuple[Phone, ...]:
    """The phones of a recording by its script, as `core.recording` finds them; none where they are not found."""
    words = sound.with_suffix(".txt").read_text(encoding="utf-8").split()
    script = parse_script(" ".join(word.upper() if len(word) == 1 else word for word in words))  # letters by name
    with TemporaryDirectory() as folder:
        speech = record(sound, Path(folder) / "sentence.speech", script)
    return speech.phones if speech.words else ()


def _read(stem: Path, phones: Sequence[Phone]) -> Sentence:
    header, *lines = (line.split("\t") for line in stem.with_suffix(".lips.tsv").read_text("utf-8").splitlines())
    table = dict(zip(header, np.array(lines, float).T, strict=True))
    with np.load(stem.with_suffix(".arkit.npz"), allow_pickle=False) as arkit:
        pucker = arkit["scores"][:, list(arkit["names"]).index("mouthPucker")].astype(float)
    words = [line.split("\t") for line in stem.with_suffix(".words.tsv").read_text("utf-8").splitlines()]
    spoken = [(float(start), float(end)) for start, end, text in words if text != "sil"]
    time = table["t_s"] + FRAME_CENTRE
    known = np.isfinite(table["inner_gap"])
    rest = known & ((time < spoken[0][0] - SILENCE) | (time > spoken[-1][1] + SILENCE))
    chin, width = (EYES * (table[name] - _level(table[name], rest, known)) for name in ("nose_chin", "mouth_width"))
    curves = {
        "opening": EYES * table["inner_gap"],
        "jaw": chin,
        "rounding": np.clip(0.5 * (pucker / PUCKERED - width / NARROWING), 0.0, 1.2),
        "spreading": np.clip(width / WIDENING, 0.0, 1.2),
    }
    inside = known & (time >= spoken[0][0]) & (time <= spoken[-1][1])
    curves = {name: np.where(known, curve, 0.0) for name, curve in curves.items()}
    return Sentence(stem.name, tuple(phones), time, curves, known, inside)


def _level(curve: np.ndarray, rest: np.ndarray, known: np.ndarray) -> float:
    """A measure's value in a face at rest."""
    return float(np.median(curve[rest if rest.sum() > 5 else known]))
