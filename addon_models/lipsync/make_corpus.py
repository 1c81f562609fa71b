# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the corpus that the mouth network learns from: ``python make_corpus.py FOLDER [ENGINE ...]``.

What each engine needs beside the core environment stands in README.md. One file ``ENGINE.npz`` (and
``ENGINE.heldout.npz`` with the voices that training never sees) lies in the folder for each engine; an engine
whose file is there already is left alone. The same seed gives the same corpus.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from corpus import espeak, festival, neural, text  # noqa: E402
from corpus.clip import RATE, Clip, write_clips  # noqa: E402

from core.script import parse_script  # noqa: E402
from core.voice.hibari import HibariProvider  # noqa: E402
from core.voice.kokoro import voice_names  # noqa: E402
from core.voice.line import make_line  # noqa: E402
from core.voice.misaki import ALPHABET, LANGUAGE_OF  # noqa: E402
from core.voice.provider import Delivery  # noqa: E402

SEED = 7
MINUTES = {"espeak": 200, "festival": 90, "flite": 60, "kokoro": 75, "piper": 8, "hibari": 25}
# Kept out of training, to measure with: an engine (piper), and voices and languages of the others.
HELD_OUT = frozenset(
    ("czech_machac", "hy_fi_mv_diphone", "pc_diphone", "msu_ru_nsh_clunits", "awb", "af_nova", "am_liam", "bf_lily",
     "bm_george", "em_alex", "jm_kumo", "zm_yunxi", "joe")
) | frozenset(("sw", "hu", "el", "ta", "ka", "nl", "id", "pl", "haw"))  # fmt: skip
_VARIANTS = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+klatt",
             "+klatt2", "+klatt3", "+croak", "+whisper", "+max", "+grandpa", "+Alex", "+Andy", "+Annie", "+Denis",
             "+Michael", "+Tweaky", "+anika", "+belinda", "+linda", "+steph", "+travis", "+victor")  # fmt: skip
_NOT_SPEECH = frozenset(("jbo", "piqd", "qya", "sjn", "qdb", "py", "xex", "nog", "en-Shaw", "mto", "fo", "kaa"))


def from_espeak(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """All its languages in turn, any timbre, slow to quick."""
    while True:
        for voice in draw.permutation([voice for voice in espeak.voices() if voice not in _NOT_SPEECH]).tolist():
            said = text.phrase(voice.partition("-")[0].replace("cmn", "zh"), draw)
            if not said or draw.random() < 0.1:
                said = text.verse(draw)
            variant = _VARIANTS[int(draw.integers(len(_VARIANTS)))]
            pace, pitch, spread = (int(draw.integers(*span)) for span in ((90, 250), (10, 95), (5, 95)))
            clip = espeak.speak(said, voice + variant, pace, pitch, spread, f"espeak/{voice}/{variant}")
            if clip is not None:
                yield clip


def from_festival(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """Its voices in turn, 25 texts each."""
    while True:
        for voice, (language, _, _) in festival.VOICES.items():
            texts = [text.verse(draw) if language == "en" else text.phrase(language, draw) for _ in range(25)]
            yield from festival.speak(voice, texts, float(draw.uniform(0.75, 1.35)))


def from_flite(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """Its voices in turn."""
    while True:
        for voice in festival.FLITE_VOICES:
            said = text.verse(draw) if draw.random() < 0.7 else text.phrase("en", draw)
            yield from festival.speak_flite(voice, said, float(draw.uniform(0.75, 1.35)))


def from_kokoro(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """Its 54 voices in turn: their own language, another one, or made-up words."""
    while True:
        for voice in draw.permutation(sorted(voice_names())).tolist():
            kind = draw.random()
            letter = voice[0] if kind < 0.55 else "aefhip"[int(draw.integers(6))]
            locale = LANGUAGE_OF[letter].partition("-")[0]
            pace = float(draw.uniform(0.75, 1.3))
            if kind > 0.8:
                words = text.made_up_words(draw, ALPHABET - {"T", "S"})
                gap = (" ", ", ", ". ")[int(draw.integers(3))]
                clip = neural.speak_made_up(words, gap, voice, pace, f"kokoro/made-up/{voice}")
            else:
                said = text.verse(draw) if locale == "en" else text.phrase(locale, draw)[:160]
                clip = neural.speak_kokoro(said, voice, letter, pace, f"kokoro/{locale}/{voice}")
            if clip is not None:
                yield clip


def from_piper(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """The one voice that a package ships."""
    while True:
        pace = 1 / float(draw.uniform(0.85, 1.2))
        clip = neural.speak_piper(text.verse(draw), "piper:en_US-joe-medium", pace, "piper/en/joe")
        if clip is not None:
            yield clip


def from_hibari(draw: np.random.Generator, folder: Path) -> Iterator[Clip]:
    """The embedded voice of the product."""
    provider = HibariProvider()
    voice = next(voice for voice in provider.voices() if voice.id == "heart")
    while True:
        line = make_line(parse_script(text.verse(draw)).sentences[0])
        said = provider.utter(line, voice, Delivery(float(draw.uniform(0.8, 1.25))))
        clip = neural.clip_of(said, "hibari/en/heart")
        if clip is not None:
            yield clip


ENGINES: dict[str, Callable[[np.random.Generator, Path], Iterator[Clip]]] = {
    "espeak": from_espeak, "festival": from_festival, "flite": from_flite, "hibari": from_hibari,
    "piper": from_piper, "kokoro": from_kokoro,
}  # fmt: skip


def is_held_out(clip: Clip) -> bool:
    """Whether a clip's voice or language is for measuring only."""
    return not HELD_OUT.isdisjoint(clip.source.split("/")[1:])


def make(engine: str, folder: Path) -> None:
    """Write the files of one engine."""
    draw = np.random.default_rng([SEED, list(ENGINES).index(engine)])
    kept: list[Clip] = []
    apart: list[Clip] = []
    seconds, began, told = 0.0, time.monotonic(), 0.0
    for clip in ENGINES[engine](draw, folder):
        length = len(clip.wave) / RATE
        if not 0.8 < length < 20 or len(clip.starts) < 4:
            continue
        (apart if is_held_out(clip) else kept).append(clip)
        seconds += length
        if seconds - told > 300:
            told = seconds
            print(f"{engine}: {seconds / 60:.0f} min in {time.monotonic() - began:.0f} s", flush=True)
            write_clips(kept, folder / f"{engine}.npz")
        if seconds > MINUTES[engine] * 60:
            break
    write_clips(kept, folder / f"{engine}.npz")
    write_clips(apart, folder / f"{engine}.heldout.npz")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("engines", nargs="*", choices=[*ENGINES, []], default=list(ENGINES))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.engines:
        if not (arguments.folder / f"{name}.npz").exists():
            make(name, arguments.folder)
