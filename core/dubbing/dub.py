# SPDX-License-Identifier: GPL-3.0-or-later
"""A performed speech said again in other words: the voice and the mouth are new, all else is carried along."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.direction import Direction, direct
from core.dubbing.clock import Clock, Span, compare_clocks, find_spans
from core.dubbing.layers import move_layer
from core.dubbing.take import speak_to_length
from core.emotion import Feeling
from core.errors import LikenessError
from core.performance import MouthStyle, Performance, perform, save_performance
from core.progress import Progress, silent, span
from core.pronunciation.languages import find_language
from core.recording.record import VOICE as RECORDED
from core.script import Script, parse_script
from core.speech import Speech
from core.speech.lip_track import hear_lips
from core.storage import require_writable, write_folder
from core.voice import AUTOMATIC, find_voice, speak
from core.voice.parts import parts_beside

PACES = (0.85, 1.15)  # how far a sentence's pace may change, as it is heard, without sounding hurried or drawn out
_UNABLE = ("voice_speaks_another", "voice_unknown")  # why a speech's own voice cannot say it
_APART = 0.05  # seconds that a speech and its performance may differ in length


@dataclass(frozen=True)
class Fitted:
    """A sentence of the dub. seconds: it lasts; was: the original lasted; pace: as heard, 1 is the voice's own."""

    text: str
    seconds: float
    was: float
    pace: float


@dataclass(frozen=True)
class Dubbed:
    """A new speech and performance. sentences: how each fits. warnings: for the person."""

    speech: Speech
    performance: Performance
    sentences: tuple[Fitted, ...]
    warnings: tuple[str, ...]


def dub(
    speech: Speech,
    performance: Performance,
    script: Script,
    speech_out: Path,
    performance_out: Path,
    voice: str = AUTOMATIC,
    progress: Progress = silent,
    online: bool = False,
    own: Mapping[str, str] | None = None,
    style: str = "",
) -> Dubbed:
    """Say a performed speech in other words, sentence for sentence, and write both folders.

    script: with the sentences of the speech, mostly in another language. Each is spoken up to 15 % quicker or slower
    than the voice's own pace to last as long as the original; what is left makes the clip longer or shorter. Layers but
    for the mouth's are the original's, moved with the sentences; so are the feelings. voice: automatically the speech's
    own where it speaks the language, else another with a warning. online: whether one that is a service on the internet
    may be asked. own: pronunciations that the person gives. style: one of the voice's. What an online or slow one has
    said is kept beside ``speech_out`` until the dub is made, for all takes and a next try.

    Raises LikenessError ``speech_wordless``, ``sentence_count_differs``, ``performance_of_another``,
    ``output_unwritable``, and as `find_voice`, `speak`, `perform` and ``progress`` do.
    """
    old = _check(speech, performance, script)
    for out in (speech_out, performance_out):
        require_writable(out)
    direction = _understand(speech, script)
    spoken, other = _choose(voice, speech, script)
    parts = parts_beside(speech_out)
    with tempfile.TemporaryDirectory(prefix="likeness-dub-") as folder:
        say = partial(
            speak, script, voice=spoken, direction=direction, own=own, style=style, online=online, parts=parts
        )
        take = speak_to_length(say, script, Path(folder), old, PACES, span(progress, 0.0, 0.6))
        new = find_spans(take.speech)
        clock = compare_clocks(old, new, speech.duration, take.speech.duration)
        moved = _perform(take.speech, performance, direction, clock, old, new, span(progress, 0.6, 1.0))
        write_folder(speech_out, lambda staging: _copy(take.folder, staging))
    save_performance(moved, performance_out, speech_out)
    parts.remove()
    fitted = tuple(
        Fitted(now.text, now.seconds, was.seconds, pace) for was, now, pace in zip(old, new, take.paces, strict=True)
    )
    progress(1.0, "Dubbed")
    return Dubbed(take.speech, moved, fitted, (*other, *take.speech.warnings, *_told(fitted, speech, take.speech)))


def _check(speech: Speech, performance: Performance, script: Script) -> tuple[Span, ...]:
    """The original's sentences."""
    old = find_spans(speech)
    if not old:
        message = "The speech has no words that could be said in another language."
        raise LikenessError("speech_wordless", message, "Make the speech of a script, or record it with its script.")
    words = [word.text for word in performance.words] == [word.text for word in speech.words]
    if not words or abs(performance.duration - speech.duration) > _APART:
        message = "The performance is not of this speech."
        raise LikenessError("performance_of_another", message, "Choose the performance that was made of the speech.")
    new = _sentences(script)
    if len(old) != len(new):
        missing = "none" if len(new) < len(old) else f"“{new[len(old)]}”"
        at = f"the first that is left over is {missing}" if len(new) > len(old) else f"“{old[len(new)].text}” has none"
        raise LikenessError(
            "sentence_count_differs",
            f"The speech has {len(old)} sentences and the script {len(new)}; {at}.",
            "Write one sentence for each, in the same order.",
        )
    return old


def _sentences(script: Script) -> list[str]:
    """A script's sentences as they are found again in the speech that is made of it."""
    return [sentence.text for sentence in parse_script(script.text, script.language).sentences]


def _understand(speech: Speech, script: Script) -> Direction:
    """The speech's direction, and those of the script: the original's in its language, others in the script's."""
    known = {tag.text for tag in speech.tags}
    kept = direct(speech.direction, [tag for tag in script.tags if tag.text in known], speech.language)
    own = direct("", [tag for tag in script.tags if tag.text not in known], script.language)
    cues = tuple(sorted((*kept.cues, *own.cues), key=lambda cue: cue.word))
    return replace(kept, cues=cues, warnings=(*kept.warnings, *own.warnings))


def _choose(wanted: str, speech: Speech, script: Script) -> tuple[str, list[str]]:
    """The voice: where none is named the original's own, or another with a warning where that cannot say it."""
    if wanted != AUTOMATIC or not speech.voice:
        return wanted, []
    why = "The speech is a recording."
    if speech.voice != RECORDED:
        try:
            return find_voice(speech.voice, script.language)[1].id, []
        except LikenessError as error:
            if error.code not in _UNABLE:
                raise
            why = error.message
    chosen = find_voice(AUTOMATIC, script.language)[1].id
    return chosen, [f"{why} “{chosen}” says it in {find_language(script.language).name}."]


def _perform(
    speech: Speech,
    original: Performance,
    direction: Direction,
    clock: Clock,
    old: Sequence[Span],
    new: Sequence[Span],
    progress: Progress,
) -> Performance:
    """The original on the new clock, with a mouth that says the new words."""
    settings = original.settings
    asked = replace(
        direction, prompt=settings.get("direction", direction.prompt), moves=settings.get("moves", direction.moves)
    )
    feelings = tuple(_felt(feeling, clock, old, new) for feeling in original.feelings)
    heard = hear_lips(speech.wave, speech.rate, span(progress, 0.0, 0.6))
    mouth = perform(
        speech, original.seed, settings.get("strength", 1.0), "speech", span(progress, 0.6, 0.9),
        style=MouthStyle(**{name: settings[name] for name in MouthStyle.__dataclass_fields__ if name in settings}),
        heard=heard, direction=asked, feelings=feelings, seeds=settings.get("seeds", {}),
    )  # fmt: skip
    time = np.arange(math.floor(speech.duration * original.rate) + 1) / original.rate
    layers: dict[str, Any] = {
        "speech": {
            channel: np.interp(time, mouth.time, curve).astype(np.float32)
            for channel, curve in mouth.layers["speech"].items()
        }
    }
    for layer, channels in original.layers.items():
        if layer != "speech":
            layers[layer] = move_layer(layer, channels, original.time, clock, time)
    return replace(
        mouth, rate=original.rate, time=time, layers=layers, settings={**dict(settings), **dict(mouth.settings)}
    )


def _felt(feeling: Feeling, clock: Clock, old: Sequence[Span], new: Sequence[Span]) -> Feeling:
    """A feeling at its new time, with the text of its sentence."""
    start, end = (round(float(clock.to_new(moment)), 6) for moment in (feeling.start, feeling.end))
    text = next((now.text for was, now in zip(old, new, strict=True) if was.text == feeling.text), feeling.text)
    return replace(feeling, start=start, end=end, text=text)


def _told(fitted: Sequence[Fitted], old: Speech, new: Speech) -> list[str]:
    """Sentences about how the clip's length changes."""
    off = [sentence for sentence in fitted if abs(sentence.seconds - sentence.was) > max(0.05 * sentence.was, 0.1)]
    if not off:
        return []
    worst = max(off, key=lambda sentence: abs(sentence.seconds - sentence.was))
    change = new.duration - old.duration
    return [
        f"{len(off)} of {len(fitted)} sentences do not fit the original's time, most of all “{worst.text}” "
        f"({worst.seconds:.1f} s, was {worst.was:.1f} s); the clip is {abs(change):.1f} s "
        f"{'longer' if change > 0 else 'shorter'}."
    ]


def _copy(source: Path, target: Path) -> None:
    for file in source.iterdir():
        shutil.copyfile(file, target / file.name)
