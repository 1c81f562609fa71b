# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the voices speak: ``python3 build.py bench voices --out OUT [--voices ID ...] [--online]``.

Every provider that can run here says one script in each of its languages, by its first voice of either sex: how long
that takes, how far its phone times lie from where the mouth network aligns the script in the sound, and how loud it is.
English is given to a recogniser of somebody else (hama). Fourteen languages go from text to lips on the demo's avatar:
at how many of the p b m that are aligned in the sound the lips meet. Three synthetic voices are samples of profiles,
whose similarity is measured on a text that was not used.

Fetches the optional models first. ``--online`` takes part of what needs the network, where that can be reached.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from demo_avatar import build_demo_avatar
from lipsync_tracks import lip_curve
from summary import Row, report
from voices_profiles import measure_profiles
from voices_recognised import phone_error

from core.avatar.store import Avatar
from core.errors import LikenessError
from core.models import fetch_models, list_models
from core.performance import perform
from core.recording import record
from core.review.lips import closures, contact
from core.script import Script, parse_script
from core.speech import Phone, Speech
from core.speech.lip_track import hear_lips
from core.voice import Delivery, Voice, find_voice, list_voices, speak
from core.voice.hearing import time_by_ear
from core.voice.line import make_line
from core.voice.loudness import LOUDNESS, measure_loudness

ENVIRONMENT = "core"
HERE = Path(__file__).resolve().parent
TEXTS = dict(line.split("\t") for line in (HERE / "voices_texts.tsv").read_text(encoding="utf-8").splitlines())
TIMES, CLOSURES, ERRORS, LEVEL = 0.020, 0.90, 0.15, 0.5  # bars: seconds, share, share, LU from LOUDNESS


@dataclass(frozen=True)
class Spoken:
    """What one voice said of one text: seconds it took, and the same sound read again with its script.

    told: (N,) seconds by which the phones begin late as the engine itself tells, before they are moved to where the
    network hears them, which also aligns: only these are judged by somebody else.
    """

    voice: Voice
    language: str
    speech: Speech
    aligned: Speech
    seconds: float
    told: np.ndarray


def main() -> int:
    arguments = _parse()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.online:
        os.environ["SPEAKING_LIKENESS_ONLINE"] = "1"
    fetch_models([model.id for model in list_models()])
    spoken = list(_speak_all(arguments, out))
    rows = [*_providers(spoken), *_languages(spoken, build_demo_avatar(out), arguments.voices is None)]
    if not arguments.voices:
        rows += measure_profiles(out)
    _write_table(spoken, out / "voices.tsv")
    return report(rows, out)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How well the voices speak.")
    parser.add_argument("--out", type=Path, required=True, help="folder for sounds, voices.tsv and summary.json")
    parser.add_argument("--voices", nargs="+", metavar="ID", help="only these, in all of their languages")
    parser.add_argument("--online", action="store_true", help="with voices that need the network")
    return parser.parse_args()


def _speak_all(arguments: argparse.Namespace, out: Path) -> Iterator[Spoken]:
    for language, text in TEXTS.items():
        for voice in _choose(language, arguments):
            try:
                yield _speak(voice, parse_script(text, language), out)
            except LikenessError as error:
                print(f"{voice.id} in {language}: {error}", flush=True)


def _choose(language: str, arguments: argparse.Namespace) -> list[Voice]:
    """Of each provider its first voice of either sex."""
    voices = [voice for voice in list_voices(language) if arguments.online or not voice.is_online]
    if arguments.voices:
        return [voice for voice in voices if voice.id in arguments.voices]
    first: dict[tuple[str, str], Voice] = {}
    for voice in voices:
        first.setdefault((voice.provider, voice.sex), voice)
    return list(first.values())


def _speak(voice: Voice, script: Script, out: Path) -> Spoken:
    folder = out / "sound" / script.language
    name = voice.id.replace(":", "_").replace("/", "_")
    speak(parse_script("Ok.", script.language) if script.language != "zh" else parse_script("好。", "zh"),
          folder / "warm.speech", voice=voice.id)  # models are loaded  # fmt: skip
    begin = time.perf_counter()
    speech = speak(script, folder / f"{name}.speech", voice=voice.id)
    seconds = time.perf_counter() - begin
    aligned = record(folder / f"{name}.speech" / "speech.wav", folder / f"{name}.aligned.speech", script)
    print(f"{voice.id} in {script.language}: {speech.duration:.1f} s", flush=True)
    return Spoken(voice, script.language, speech, aligned, seconds, _told(voice, script))


def _told(voice: Voice, script: Script) -> np.ndarray:
    provider, _ = find_voice(voice.id, script.language)
    late: list[np.ndarray] = []
    for sentence in script.sentences:
        line = make_line(sentence)
        said = provider.utter(line, voice, Delivery())
        heard = time_by_ear(said.wave, said.rate, line)
        late.append(_compare(said.phones[1:], heard[1:], len(line.words)))  # the first begins where sound does
    return np.concatenate(late)


def _providers(spoken: Sequence[Spoken]) -> Iterator[Row]:
    """One group of rows a provider, over all its languages."""
    by_provider = sorted(spoken, key=lambda one: one.voice.provider)
    for provider, group in groupby(by_provider, key=lambda one: one.voice.provider):
        said = list(group)
        late = np.concatenate([lateness(one.speech, one.aligned) for one in said])
        levels = [abs(measure_loudness(one.speech.wave, one.speech.rate) - LOUDNESS) for one in said]
        cost = sum(one.seconds for one in said) / sum(one.speech.duration for one in said)
        yield Row(f"{provider}: languages", float(len({one.language for one in said})))
        yield Row(f"{provider}: real-time factor, speech and phone times", cost)
        off = float(np.median(np.abs(late)))
        yield Row(f"{provider}: phone times from their alignment, median (s)", off, TIMES, True)
        told = np.concatenate([one.told for one in said])
        yield Row(f"{provider}: the same as the engine tells them (s)", float(np.median(np.abs(told))), TIMES, True)
        yield Row(f"{provider}: bias of what the engine tells (s)", float(np.median(told)))
        yield Row(f"{provider}: loudness from {LOUDNESS:g} LUFS, worst (LU)", max(levels), LEVEL, True)
        english = [phone_error(one.speech) for one in said if one.language == "en"]
        heard = [error for error in english if error is not None]
        if heard:
            yield Row(f"{provider}: English phones that hama hears otherwise", float(np.mean(heard)), ERRORS, True)


def _languages(spoken: Sequence[Spoken], avatar: Avatar, is_whole: bool) -> Iterator[Row]:
    """From text to lips, by the voice that is chosen by itself. is_whole: a language that none speaks is missed."""
    for language in TEXTS:
        one = next((one for one in spoken if one.language == language), None)
        if one is None and not is_whole:
            continue
        if one is None:
            yield Row(f"{language}: p b m at which the lips meet", float("nan"), CLOSURES)
            continue
        late = np.abs(lateness(one.speech, one.aligned))
        heard = hear_lips(one.speech.wave, one.speech.rate)
        curve = lip_curve(avatar, perform(one.speech, heard=heard))
        met = [contact(curve, phone) is not None for phone in closures(one.aligned.phones)]
        yield Row(f"{language} ({one.voice.id}): p b m at which the lips meet", float(np.mean(met)), CLOSURES)
        yield Row(f"{language}: phone times from their alignment, median (s)", float(np.median(late)), TIMES, True)


def lateness(speech: Speech, aligned: Speech) -> np.ndarray:
    """(N,) seconds by which phones begin later than in the alignment of the same script, word by word."""
    return _compare(speech.phones, aligned.phones, min(len(speech.words), len(aligned.words)))


def _compare(told: Sequence[Phone], found: Sequence[Phone], words: int) -> np.ndarray:
    """(N,) seconds; of words that have other phones there only the first counts."""
    late: list[float] = []
    for word in range(words):
        own, other = ([phone for phone in phones if phone.word == word and phone.phone] for phones in (told, found))
        if [phone.phone for phone in own] == [phone.phone for phone in other]:
            late += [a.start - b.start for a, b in zip(own, other, strict=True)]
        elif own and other:
            late.append(own[0].start - other[0].start)
    return np.array(late)


def _write_table(spoken: Sequence[Spoken], path: Path) -> None:
    lines = ["voice\tlanguage\tseconds\treal-time factor\tphone times, median ms\tp b m\n"]
    for one in spoken:
        late = 1000 * float(np.median(np.abs(lateness(one.speech, one.aligned))))
        cost = one.seconds / one.speech.duration
        count = len(closures(one.speech.phones))
        lines.append(f"{one.voice.id}\t{one.language}\t{one.speech.duration:.1f}\t{cost:.3f}\t{late:.0f}\t{count}\n")
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
