# SPDX-License-Identifier: GPL-3.0-or-later
"""A Script read aloud."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.direction import NONE, Direction
from core.errors import Cancelled, LikenessError
from core.progress import Progress, silent, span
from core.script import Script, Sentence
from core.speech import Phone, Speech, load_speech, save_speech
from core.speech.refine import refine
from core.storage import require_writable
from core.voice.catalogue import AUTOMATIC, find_voice, list_voices
from core.voice.joining import enclose, join, lengthen
from core.voice.line import Line, make_line
from core.voice.loudness import normalise
from core.voice.manipulation import Shape, reshape
from core.voice.mood import Mood, balanced, read_moods
from core.voice.online import require_allowed, require_fetching
from core.voice.parts import Parts, key_of, parts_beside
from core.voice.prosody import Part, divide
from core.voice.provider import Delivery, Utterance, Voice, VoiceProvider
from core.voice.words import heard_words, stress_words

SPEEDS = (0.5, 2.0)  # what a voice can be asked for and still be understood
LONGEST_CLIP = 3600.0  # seconds that may be asked for
_FIT_SPEEDS = (0.8, 1.25)  # how far the pace may change to meet a length without sounding odd
_RANGES = (0.6, 1.6)  # factors of a melody's range; beyond them it is chanted, or sung
_LEAD = 0.20  # seconds of silence before the first sound
_TAIL = 0.35  # and after the last
_PAUSE = (0.28, 0.40)  # seconds after a sentence of one word, and after one of ten or more
_PARAGRAPH = 0.20  # seconds more at the end of a paragraph


def voices() -> tuple[str, ...]:
    """The ids that ``speak`` accepts, beside `AUTOMATIC`."""
    return tuple(voice.id for voice in list_voices())


def speak(
    script: Script,
    out: Path,
    voice: str = AUTOMATIC,
    speed: float = 1.0,
    seconds: float | None = None,
    progress: Progress = silent,
    direction: Direction = NONE,
    own: Mapping[str, str] | None = None,
    style: str = "",
    paces: Sequence[float] | None = None,
    online: bool = False,
    emotion: str = "read",
    parts: Parts | None = None,
) -> Speech:
    """Read the script aloud and write the folder ``out`` (``NAME.speech``).

    voice: an id of `list_voices`, or `AUTOMATIC` for the best of the script's language that speaks at once.
    own: pronunciations that the person gives, see core/pronunciation/own.py. style: one of the voice's.
    online: whether a voice that is a service on the internet may be asked. What an online or slow voice has said is
    kept beside ``out`` when it fails, and used by the next try. parts: what keeps it instead, and then longer than
    until this is spoken; whoever gives it removes it.
    direction: its pauses are made, and pace and melody of the voice follow it. emotion: ``read`` lets them follow what
    the sentences feel like, ``none`` does not. speed: 1 is the voice's own pace.
    seconds: wanted length; the pace changes by -20..+25 % to meet it, a shorter text ends in silence, a longer one
    stays longer with a warning. Nothing that is said is cut. paces: factors of the speed, one for each sentence.
    The same arguments give the same bytes.

    Raises LikenessError as `find_voice`, `make_line`, and the provider's ``prepare`` and ``utter`` do,
    ``style_unknown``, ``online_not_allowed``, ``speed_out_of_range``, ``seconds_out_of_range``,
    ``script_unspeakable``, ``output_unwritable``, and what ``progress`` raises.
    """
    provider, chosen = find_voice(voice, script.language)
    _require_askable(chosen, style, online, speed, seconds)
    out = Path(out)
    require_writable(out)
    require_fetching(f"The voice “{chosen.id}”", chosen.size, online)
    provider.prepare(chosen, span(progress, 0.0, 0.1 if chosen.size else 0.0))
    kept = (parts or parts_beside(out)) if chosen.is_online or chosen.is_slow else None
    speaker = Speaker(provider, chosen, own or {}, style, kept)
    moods, unread = _feel(script) if emotion == "read" else ([], [])
    divided = divide(script, direction, paces, moods if seconds is None else balanced(moods))
    spoken, unfit = _say(speaker, divided, speed, seconds, span(progress, 0.1, 0.9))
    refined = _refine(spoken, provider, span(progress, 0.9, 0.95))
    progress(0.95, "Levelling the sound")
    levelled = _write_down(script, spoken, refined, chosen, direction, (*unread, *unfit))
    speech = load_speech(save_speech(levelled, out))  # 16 bits a sample, as every later reader sees it
    if parts is None:
        parts_beside(out).remove()  # also those of another voice, or of a try that was cancelled
    progress(1.0, "Spoken")
    return speech


@dataclass(frozen=True)
class Speaker:
    """Who speaks: a voice with its provider, the person's pronunciations, the style, and what is kept of it."""

    provider: VoiceProvider
    voice: Voice
    own: Mapping[str, str]
    style: str
    kept: Parts | None = None

    def utter(self, part: Part, speed: float) -> Utterance:
        """A part of the script; ``Phone.word`` counts in its sentence."""
        line = make_line(part.sentence, self.own, part.stressed)
        delivery = Delivery(float(np.clip(speed * part.speed, *SPEEDS)), style=self.style)
        shape = Shape(part.pitch, float(np.clip(part.range, *_RANGES)), line.stressed)
        utterance = reshape(self._said(line, delivery), shape)
        phones = (
            replace(phone, word=line.owners[phone.word]) if phone.word >= 0 else phone for phone in utterance.phones
        )
        return replace(utterance, phones=tuple(phones))

    def _said(self, line: Line, delivery: Delivery) -> Utterance:
        """The line as it was kept, or as it is spoken now."""
        if self.kept is None:
            return self.provider.utter(line, self.voice, delivery)
        key = key_of(line, self.voice, delivery)
        kept = self.kept.load(key)
        if kept is None:
            kept = self.provider.utter(line, self.voice, delivery)
            self.kept.save(key, kept)
        return kept


def _say(
    speaker: Speaker, parts: Sequence[Part], speed: float, seconds: float | None, progress: Progress
) -> tuple[Utterance, list[str]]:
    """The whole script, with a warning where it does not meet the wanted length."""
    if seconds is None:
        return _set_out(_utter(speaker, parts, speed, progress), parts, speed), []
    spoken, warning = _fit(speaker, parts, speed, seconds, progress)
    return spoken, [warning] if warning else []


def _refine(spoken: Utterance, provider: VoiceProvider, progress: Progress) -> tuple[Phone, ...]:
    """The phones where they are heard, as far as the provider's own times may be off."""
    if not provider.reach:
        return spoken.phones
    return refine(spoken.phones, spoken.wave, spoken.rate, provider.reach, progress, pauses=False)


def _write_down(
    script: Script,
    spoken: Utterance,
    refined: Sequence[Phone],
    voice: Voice,
    direction: Direction,
    warnings: tuple[str, ...],
) -> Speech:
    """All that is known of what was said, levelled. warnings: beside the script's and the direction's."""
    words, phones = heard_words(script.words, refined)
    phones, stressed = stress_words(phones, script.stressed, refined)
    return Speech(
        script.text,
        script.language,
        voice.id,
        spoken.rate,
        normalise(spoken.wave, spoken.rate),
        phones,
        words,
        (*script.warnings, *direction.warnings, *warnings),
        script.tags,
        direction.prompt,
        consent=voice.consent,
        stressed=stressed,
    )


def _feel(script: Script) -> tuple[list[Mood], list[str]]:
    """The moods of the sentences, or none with a warning where the model that reads them is not there."""
    try:
        return read_moods(script), []
    except LikenessError as error:
        if not error.code.startswith("model_"):
            raise
        return [], [f"The voice does not follow what the sentences feel like: {error.message}"]


def _require_askable(voice: Voice, style: str, online: bool, speed: float, seconds: float | None) -> None:
    """Raise where the voice cannot be asked for this, before anything takes long."""
    _require_style(voice, style)
    require_allowed(voice, online)
    _require_range("speed", speed, *SPEEDS)
    if seconds is not None:
        _require_range("seconds", seconds, 0.5, LONGEST_CLIP)


def _require_style(voice: Voice, style: str) -> None:
    if style and style not in voice.styles:
        styles = f"It has {', '.join(voice.styles)}." if voice.styles else "Leave the style away."
        raise LikenessError("style_unknown", f"The voice “{voice.id}” has no style “{style}”.", styles)


def _require_range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise LikenessError(
            f"{name}_out_of_range", f"{name} is {value:g}.", f"Choose a value from {low:g} to {high:g}."
        )


def _utter(speaker: Speaker, parts: Sequence[Part], speed: float, progress: Progress) -> list[Utterance]:
    """Every part on its own; ``Phone.word`` then counts through the whole script."""
    utterances = []
    first_word = 0
    for index, part in enumerate(parts):
        progress(index / len(parts), f"Speaking sentence {index + 1} of {len(parts)}")
        try:
            utterance = speaker.utter(part, speed)
        except LikenessError as error:
            raise _with_kept(error, speaker, index, len(parts)) from error
        phones = (
            replace(phone, word=phone.word + first_word) if phone.word >= 0 else phone
            for phone in utterance.phones
        )
        utterances.append(replace(utterance, phones=tuple(phones)))
        first_word += len(part.sentence.words)
    if not any(utterance.phones for utterance in utterances):
        raise LikenessError(
            "script_unspeakable", "The voice finds nothing to say in this script.", "Write words in its language."
        )
    return utterances


def _with_kept(error: LikenessError, speaker: Speaker, done: int, count: int) -> LikenessError:
    """The failure of a sentence, which also tells what is kept of those before."""
    if speaker.kept is None or not done or isinstance(error, Cancelled):
        return error
    kept = f"{done} of {count} sentences are kept, and the next try of this script goes on behind them."
    return LikenessError(error.code, error.message, f"{kept} {error.hint}")


def _set_out(utterances: Sequence[Utterance], parts: Sequence[Part], speed: float) -> Utterance:
    """All parts with the pauses between them."""
    said = [(utterance, part) for utterance, part in zip(utterances, parts, strict=True) if utterance.phones]
    pauses = [part.pause or part.rest * _pause(part.sentence) / (speed * part.speed) for _, part in said[:-1]]
    return enclose(join([utterance for utterance, _ in said], pauses), _LEAD, _TAIL)


def _pause(sentence: Sentence) -> float:
    """Seconds of silence after a sentence: longer after longer ones."""
    weight = min(len(sentence.words) - 1, 9) / 9
    return _PAUSE[0] + (_PAUSE[1] - _PAUSE[0]) * weight + (_PARAGRAPH if sentence.ends_paragraph else 0.0)


def _fit(
    speaker: Speaker, parts: Sequence[Part], speed: float, seconds: float, progress: Progress
) -> tuple[Utterance, str | None]:
    """The script at the pace that meets the wanted length, and a warning when no pace does."""
    low = max(speed * _FIT_SPEEDS[0], SPEEDS[0])
    high = min(speed * _FIT_SPEEDS[1], SPEEDS[1])
    takes: list[Utterance] = []
    for attempt in range(3):  # durations are whole units, so each take corrects the one before
        part = span(progress, attempt / 3, (attempt + 1) / 3)
        takes.append(_set_out(_utter(speaker, parts, speed, part), parts, speed))
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
