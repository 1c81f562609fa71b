# SPDX-License-Identifier: GPL-3.0-or-later
"""How well recordings are read: ``python3 build.py bench recording --out OUT``.

Gives sentences that the voice has spoken, with its own phone times, to the recogniser: with their scripts, without,
with the script of another sentence, with words that are not said, and one after another with a sentence too many.
``bench lipsync`` reads recordings of people.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile
from lipsync_sentences import SENTENCES
from summary import Row, report

from core.recording import record
from core.script import parse_script
from core.speech import Phone, Speech
from core.voice import speak

ENVIRONMENT = "core"
_ADDED = "yesterday morning"  # words that no sentence has


@dataclass(frozen=True)
class Heard:
    """One sentence: as the voice said it, read with its script, without, and with two words too many."""

    said: Speech
    aligned: Speech
    free: Speech
    more: Speech
    other: Speech


def main() -> int:
    parser = argparse.ArgumentParser(description="How well recordings are read.")
    parser.add_argument("--out", type=Path, required=True, help="folder for summary.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return report(measure_sentences(Path(folder)), arguments.out)


def measure_sentences(folder: Path) -> list[Row]:
    """The voice's own sentences, whose phone times are known."""
    spoken = [speak(parse_script(text), folder / "said.speech") for text in SENTENCES]
    heard = [_hear(folder, spoken, number) for number in range(len(spoken))]
    late = np.concatenate([_lateness(one.said, one.aligned) for one in heard])
    found, right = zip(*(_closures(one.said, one.free) for one in heard), strict=True)
    words = sum(len(one.said.words) for one in heard)
    aligned = sum(len(one.aligned.words) for one in heard)
    extra = sum(
        len(_ADDED.split()) - sum(word in " ".join(one.more.warnings) for word in _ADDED.split()) for one in heard
    )
    added = [_with_a_sentence_too_many(folder, spoken[number : number + 3]) for number in range(0, 18, 3)]
    return [
        Row("boundaries, mean distance from the voice's (ms)", float(np.abs(late).mean()), 25.0, at_most=True),
        Row("boundaries, median lag (ms, absolute)", abs(float(np.median(late))), 10.0, at_most=True),
        Row("visemes with the script (share of speech)", _mean([_agreement(o.said, o.aligned) for o in heard]), 0.75),
        Row("visemes without it (share of speech)", _mean([_agreement(o.said, o.free) for o in heard]), 0.55),
        Row("closures found without a script (share)", _mean([*chain(*found)]), 0.7),
        Row("closures that are some (share)", _mean([*chain(*right)]), 0.9),
        Row("words that are said and found (share)", aligned / words, 0.99),
        Row("words that are not said and found (of 40)", float(extra), 1.0, at_most=True),
        Row(
            "scripts of other sentences that are taken (of 20)",
            float(sum(bool(o.other.words) for o in heard)),
            0.0,
            True,
        ),
        Row("words moved by an unwritten sentence (ms, worst)", max(added), 80.0, at_most=True),
    ]


def _hear(folder: Path, spoken: Sequence[Speech], number: int) -> Heard:
    said = spoken[number]
    sound = folder / "sound.wav"
    soundfile.write(sound, said.wave, said.rate)
    first, *rest = said.text.split(" ")
    scripts = (said.text, None, " ".join([first, _ADDED, *rest]), spoken[(number + 7) % len(spoken)].text)
    read = [record(sound, folder / "a.speech", parse_script(text) if text else None) for text in scripts]
    return Heard(said, *read)


def _with_a_sentence_too_many(folder: Path, three: Sequence[Speech]) -> float:
    """Milliseconds by which the worst start of a word is off where the script lacks the sentence in the middle."""
    first, middle, last = three
    soundfile.write(folder / "sound.wav", np.concatenate([one.wave for one in three]), first.rate)
    read = record(folder / "sound.wav", folder / "a.speech", parse_script(f"{first.text} {last.text}"))
    shift = first.duration + middle.duration
    starts = [word.start for word in first.words] + [word.start + shift for word in last.words]
    if len(starts) != len(read.words):
        return float("inf")
    return 1000.0 * max(abs(a - word.start) for a, word in zip(starts, read.words, strict=True))


def _lateness(said: Speech, aligned: Speech) -> np.ndarray:
    """Milliseconds by which each phone that both have begins later than the voice says."""
    own, found = ([phone.phone for phone in speech.phones] for speech in (said, aligned))
    late = [
        aligned.phones[block.b + i].start - said.phones[block.a + i].start
        for block in SequenceMatcher(None, own, found, autojunk=False).get_matching_blocks()
        for i in range(block.size)
        if own[block.a + i] and block.a + i
    ]
    return 1000.0 * np.array(late)


def _agreement(said: Speech, found: Speech) -> float:
    """Share of the time of speech in which both show the same viseme."""
    times = np.arange(0.005, said.duration, 0.01)
    own, other = ([_at(speech.phones, time) for time in times] for speech in (said, found))
    return _mean([a == b for a, b in zip(own, other, strict=True) if a != "viseme_sil"])


def _at(phones: Sequence[Phone], time: float) -> str:
    return next((phone.viseme for phone in phones if time < phone.end), "viseme_sil")


def _closures(said: Speech, found: Speech) -> tuple[list[bool], list[bool]]:
    """Whether each closure of the voice is found, and whether each that is found is one; 40 ms off at most."""
    own, other = ([phone for phone in speech.phones if phone.viseme == "viseme_PP"] for speech in (said, found))
    return [_is_near(phone, other) for phone in own], [_is_near(phone, own) for phone in other]


def _is_near(phone: Phone, others: Sequence[Phone]) -> bool:
    return any(other.start < phone.end + 0.04 and other.end > phone.start - 0.04 for other in others)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


if __name__ == "__main__":
    sys.exit(main())
