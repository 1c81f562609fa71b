# SPDX-License-Identifier: GPL-3.0-or-later
"""How well voices tell when their phones are said: ``python3 build.py bench voice_times --out OUT [--voice ID ...]``.

Three voices of each of Kokoro's languages, or those named, speak five sentences each. Their phone times, as the voice
gives them and as `refine` moves them, are compared with where the mouth network finds the words' own phones.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import soxr
from summary import Row, report

from core.progress import silent
from core.pronunciation.words import spoken_words
from core.recording.recogniser import align, recognise
from core.script import Script, parse_script
from core.speech import Phone
from core.speech.features import RATE
from core.speech.inventory import nearest
from core.speech.net import hear
from core.speech.refine import refine
from core.voice.catalogue import find_voice, list_voices
from core.voice.line import make_line
from core.voice.provider import Delivery, Utterance, Voice

ENVIRONMENT = "core"
HERE = Path(__file__).resolve().parent
MEDIAN_BAR = 20.0  # milliseconds
_VOICES_EACH = 3


def main() -> int:
    parser = argparse.ArgumentParser(description="How well voices tell when their phones are said.")
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.json")
    parser.add_argument("--voice", action="append", help="id of a voice; may be given several times")
    arguments = parser.parse_args()
    texts = [line.split("\t") for line in (HERE / "voice_times_texts.tsv").read_text(encoding="utf-8").splitlines()]
    every = list_voices()
    chosen = [voice for voice in every if voice.id in (arguments.voice or ())] or _chosen(every, texts)
    rows: list[Row] = []
    for voice in chosen:
        sentences = [text for language, text in texts if language == voice.languages[0]]
        rows += measure_voice(voice, sentences)
    return report(rows, arguments.out)


def _chosen(every: Sequence[Voice], texts: Sequence[Sequence[str]]) -> list[Voice]:
    languages = dict.fromkeys(language for language, _ in texts)
    kokoro = [voice for voice in every if voice.provider == "kokoro"]
    return [
        voice
        for language in languages
        for voice in [one for one in kokoro if one.languages == (language,)][:_VOICES_EACH]
    ]


def measure_voice(voice: Voice, sentences: Sequence[str]) -> list[Row]:
    """How far a voice's times are from where the phones are heard, in milliseconds."""
    told, moved = (np.concatenate(late) for late in zip(*(_lateness(voice, text) for text in sentences), strict=True))
    return [
        Row(f"{voice.id}: labels late, median (ms)", float(np.median(told))),
        Row(f"{voice.id}: labels off, median (ms)", float(np.median(np.abs(told)))),
        Row(f"{voice.id}: phones off, median (ms)", float(np.median(np.abs(moved))), MEDIAN_BAR, at_most=True),
        Row(f"{voice.id}: phones off, 90 of 100 (ms)", float(np.quantile(np.abs(moved), 0.9))),
    ]


def _lateness(voice: Voice, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds by which the phones of a sentence begin late: as the voice tells, and as a speech has them."""
    script = parse_script(text, voice.languages[0])
    provider, _ = find_voice(voice.id, script.language)
    provider.prepare(voice, silent)
    said = provider.utter(make_line(script.sentences[0]), voice, Delivery())
    found = _heard(said, script)
    moved = refine(said.phones, said.wave, said.rate, provider.reach, pauses=False) if provider.reach else said.phones
    return compare(said.phones, found), compare(moved, found)


def _heard(said: Utterance, script: Script) -> tuple[Phone, ...]:
    """The phones that the script's words have by themselves, where the network hears them."""
    hearing = hear(soxr.resample(said.wave, said.rate, RATE))
    found = align(hearing, recognise(hearing, said.seconds), spoken_words(script))
    return found.phones if found is not None else ()


def compare(told: Sequence[Phone], found: Sequence[Phone]) -> np.ndarray:
    """(N,) milliseconds by which phones that both have begin later as told; the first one is left out."""
    own, other = ([nearest(phone.phone)[0] for phone in phones] for phones in (told, found))
    late = [
        told[block.a + i].start - found[block.b + i].start
        for block in SequenceMatcher(None, own, other, autojunk=False).get_matching_blocks()
        for i in range(block.size)
        if own[block.a + i] and block.a + i
    ]
    return 1000.0 * np.array(late)


if __name__ == "__main__":
    raise SystemExit(main())
