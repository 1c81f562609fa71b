# SPDX-License-Identifier: GPL-3.0-or-later
"""A Script read aloud."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.direction import NONE, Direction
from core.errors import LikenessError
from core.progress import Progress, silent, span
from core.pronunciation.languages import find_language
from core.script import Script, Sentence
from core.speech import Speech, load_speech, save_speech
from core.speech.refine import refine
from core.storage import require_writable
from core.voice.hibari import HibariProvider
from core.voice.joining import enclose, join, lengthen
from core.voice.loudness import normalise
from core.voice.prosody import Part, divide, shift_pitch
from core.voice.provider import Utterance, VoiceProvider
from core.voice.words import heard_words

PROVIDERS: tuple[VoiceProvider, ...] = (HibariProvider(),)

LANGUAGE = "en"  # of all voices so far
SPEEDS = (0.5, 2.0)  # what a voice can be asked for and still be understood
LONGEST_CLIP = 3600.0  # seconds that may be asked for
_FIT_SPEEDS = (0.8, 1.25)  # how far the pace may change to meet a length without sounding odd
_LEAD = 0.20  # seconds of silence before the first sound
_TAIL = 0.35  # and after the last
_PAUSE = (0.28, 0.40)  # seconds after a sentence of one word, and after one of ten or more
_PARAGRAPH = 0.20  # seconds more at the end of a paragraph


def voices() -> tuple[str, ...]:
    """The names that ``speak`` accepts."""
    return tuple(name for provider in PROVIDERS for name in provider.voices())


def speak(
    script: Script,
    out: Path,
    voice: str = "heart",
    speed: float = 1.0,
    seconds: float | None = None,
    progress: Progress = silent,
    direction: Direction = NONE,
    paces: Sequence[float] | None = None,
) -> Speech:
    """Read the script aloud and write the folder ``out`` (``NAME.speech``).

    direction: its pauses are made, and the pace and height of the voice follow it. speed: 1 is the voice's own pace.
    seconds: wanted length; the pace changes by -20..+25 % to meet it, a shorter text ends in silence, a longer one
    stays longer with a warning. Nothing that is said is cut. paces: factors of the speed, one for each sentence.
    The same arguments give the same bytes.

    Raises LikenessError ``voice_unknown``, ``voice_speaks_another``, ``speed_out_of_range``, ``seconds_out_of_range``,
    ``script_unspeakable``, ``output_unwritable``, and what ``progress`` raises.
    """
    provider = _provider(voice)
    if script.language != LANGUAGE:
        raise LikenessError(
            "voice_speaks_another",
            f"The voice “{voice}” speaks English, and the script is in {find_language(script.language).name}.",
            "Use a recording of the script in its language, or write an English script.",
        )
    _require_range("speed", speed, *SPEEDS)
    if seconds is not None:
        _require_range("seconds", seconds, 0.5, LONGEST_CLIP)
    out = Path(out)
    require_writable(out)
    warnings = [*script.warnings, *direction.warnings]
    parts = divide(script, direction, paces)
    if seconds is None:
        utterances = _utter(provider, parts, voice, speed, span(progress, 0.0, 0.9))
        spoken = _set_out(utterances, parts, speed)
    else:
        spoken, warning = _fit(provider, parts, voice, speed, seconds, span(progress, 0.0, 0.9))
        warnings += [warning] if warning else []
    refining = span(progress, 0.9, 0.95)
    refined = refine(spoken.phones, spoken.wave, spoken.rate, progress=refining, pauses=False)
    progress(0.95, "Levelling the sound")
    words, phones = heard_words(script.words, refined)
    levelled = Speech(
        script.text,
        script.language,
        voice,
        spoken.rate,
        normalise(spoken.wave, spoken.rate),
        phones,
        words,
        tuple(warnings),
        script.tags,
        direction.prompt,
    )
    speech = load_speech(save_speech(levelled, out))  # 16 bits a sample, as every later reader sees it
    progress(1.0, "Spoken")
    return speech


def _provider(voice: str) -> VoiceProvider:
    for provider in PROVIDERS:
        if voice in provider.voices():
            return provider
    raise LikenessError(
        "voice_unknown", f"There is no voice “{voice}” here.", f"Choose one of these: {', '.join(voices())}."
    )


def _require_range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise LikenessError(
            f"{name}_out_of_range", f"{name} is {value:g}.", f"Choose a value from {low:g} to {high:g}."
        )


def _utter(
    provider: VoiceProvider, parts: Sequence[Part], voice: str, speed: float, progress: Progress
) -> list[Utterance]:
    """Every part on its own; ``Phone.word`` then counts through the whole script."""
    utterances = []
    first_word = 0
    for index, part in enumerate(parts):
        progress(index / len(parts), f"Speaking sentence {index + 1} of {len(parts)}")
        # The pitch is changed as on a tape, which takes the pace along: it is spoken that much slower.
        pace = float(np.clip(speed * part.speed / part.pitch, *SPEEDS))
        utterance = shift_pitch(provider.utter(part.sentence, voice, pace), part.pitch)
        phones = (
            replace(phone, word=phone.word + first_word) if phone.word >= 0 else phone
            for phone in utterance.phones
        )
        utterances.append(replace(utterance, phones=tuple(phones)))
        first_word += len(part.sentence.words)
    if not any(utterance.phones for utterance in utterances):
        raise LikenessError(
            "script_unspeakable", "The voice finds nothing to say in this script.", "Write words in English."
        )
    return utterances


def _set_out(utterances: Sequence[Utterance], parts: Sequence[Part], speed: float) -> Utterance:
    """All parts with the pauses between them."""
    said = [(utterance, part) for utterance, part in zip(utterances, parts, strict=True) if utterance.phones]
    pauses = [part.pause or _pause(part.sentence) / (speed * part.speed) for _, part in said[:-1]]
    return enclose(join([utterance for utterance, _ in said], pauses), _LEAD, _TAIL)


def _pause(sentence: Sentence) -> float:
    """Seconds of silence after a sentence: longer after longer ones."""
    weight = min(len(sentence.words) - 1, 9) / 9
    return _PAUSE[0] + (_PAUSE[1] - _PAUSE[0]) * weight + (_PARAGRAPH if sentence.ends_paragraph else 0.0)


def _fit(
    provider: VoiceProvider, parts: Sequence[Part], voice: str, speed: float, seconds: float, progress: Progress
) -> tuple[Utterance, str | None]:
    """The script at the pace that meets the wanted length, and a warning when no pace does."""
    low = max(speed * _FIT_SPEEDS[0], SPEEDS[0])
    high = min(speed * _FIT_SPEEDS[1], SPEEDS[1])
    takes: list[Utterance] = []
    for attempt in range(3):  # durations are whole units, so each take corrects the one before
        part = span(progress, attempt / 3, (attempt + 1) / 3)
        takes.append(_set_out(_utter(provider, parts, voice, speed, part), parts, speed))
        stretch = (takes[-1].seconds - _LEAD - _TAIL) / max(seconds - _LEAD - _TAIL, 0.1)
        pace = float(np.clip(speed * stretch, low, high))
        if abs(pace - speed) < 0.005:
            break
        speed = pace
    best = min(takes, key=lambda take: abs(take.seconds - seconds))
    warning = None
    if best.seconds > seconds * 1.02:
        warning = f"The script takes {best.seconds:.1f} s at its fastest, more than the {seconds:g} s wanted."
    elif best.seconds < seconds - 1.0:
        warning = f"The script ends {seconds - best.seconds:.1f} s before the {seconds:g} s wanted."
    return lengthen(best, seconds), warning
