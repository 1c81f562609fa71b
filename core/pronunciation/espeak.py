# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng (GPL-3), which reads sentences in a hundred languages, in a process of its own.

Its state is global and a crash of it would be ours, so ``engine.py`` holds it: started at the first question, kept,
ended with this process. One that dies or hangs fails the question in hand; the next one starts another. A sound has a
process of its own each time: it depends on what the engine said before.
"""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.child import Child, ChildFailed
from core.errors import LikenessError

PATIENCE = 20.0  # seconds; a sentence takes about 0.02 s, the longest script in one sentence 4 s
_ENGINE = Path(__file__).with_name("engine.py")


@dataclass(frozen=True)
class Unit:
    """What espeak says as one word.

    position: the character of the text that it reads, from 0. symbols: espeak's own IPA, one a phone.
    """

    position: int
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Symbol:
    """One symbol of a sound: ``""`` is a pause. start: seconds. position: as of `Unit`."""

    start: float
    ipa: str
    position: int


@dataclass(frozen=True)
class Sound:
    """A text as espeak says it. wave: (N,) float32 at ``rate``. symbols: in order, the engine's own times."""

    wave: np.ndarray
    rate: int
    symbols: tuple[Symbol, ...]


def say(text: str, voice: str, coded: bool = False) -> tuple[Unit, ...]:
    """The spoken words of a text, by the name of an espeak voice.

    coded: [[...]] in the text holds espeak's names of phones. Raises LikenessError ``pronunciation_failed`` where
    espeak ends or hangs, and ModuleNotFoundError where the package espeakng-loader is missing.
    """
    return _remembered(text, voice, coded)


@lru_cache(4096)
def _remembered(text: str, voice: str, coded: bool) -> tuple[Unit, ...]:
    units = _ask(_child, "units", text=_plain(text), voice=voice, coded=coded)
    return tuple(Unit(position, tuple(symbols)) for position, symbols in units)


def synthesise(text: str, voice: str, pace: int, pitch: int, spread: int, coded: bool = False) -> Sound:
    """The sound of a text; the same arguments give the same samples.

    voice: with a timbre, ``es+f3``. pace: words a minute, 80 to 450. pitch, spread (how far the pitch moves): 0 to 99;
    50 is the voice's own pitch, 0 half and 99 twice of it. coded: as of `say`, which tells what is raised.
    """
    child = Child(_command)
    settings = {"pace": pace, "pitch": pitch, "spread": spread}
    try:
        said = _ask(child, "sound", text=_plain(text), voice=voice, coded=coded, **settings)
    finally:
        child.close()
    wave = np.frombuffer(base64.b64decode(said["samples"]), "<i2").astype(np.float32) / 32768
    symbols = tuple(
        Symbol(sample / said["rate"], ipa, position) for position, spoken in said["spoken"] for ipa, sample in spoken
    )
    return Sound(wave, said["rate"], symbols)


@cache
def voices() -> tuple[str, ...]:
    """Names of all the languages' voices that espeak has. Raises as `say` does."""
    return tuple(_ask(_child, "voices"))


def _plain(text: str) -> str:
    return text.replace("\0", " ")


def _command() -> list[str]:
    import espeakng_loader

    program = [sys.executable, "-P", str(_ENGINE)]
    return [*program, espeakng_loader.get_library_path(), espeakng_loader.get_data_path()]


def _ask(child: Child, question: str, **arguments: Any) -> Any:
    """The answer to one of the engine's `QUESTIONS`. Raises as `say` does."""
    try:
        return child.ask({"ask": question, **arguments}, PATIENCE)
    except ChildFailed as error:
        raise LikenessError(
            "pronunciation_failed",
            f"espeak-ng, which knows how words are said, failed: {error}.",
            "Try again; if it stays so, report it together with the script.",
        ) from error


_child = Child(_command)
