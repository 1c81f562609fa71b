# SPDX-License-Identifier: GPL-3.0-or-later
"""From a line to its speech, out of the cache or spoken now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.film.cache import Cache, file_digest, folder_digest
from core.progress import Progress
from core.pronunciation.languages import find_language
from core.script import parse_script
from core.script.words import divide_words
from core.speech import Speech, load_speech
from core.storyboard.cues import find_phrase
from core.storyboard.storyboard import Line, Performer, Storyboard
from core.trust.gate import voice_folder
from core.voice.catalogue import find_voice

SPEECH = "line.speech"  # in its entry


@dataclass(frozen=True)
class Spoken:
    """A line as it is heard. folder: of the speech; voice: the id of who says it, ``recording`` for a recording."""

    line: Line
    folder: Path
    speech: Speech
    voice: str
    was_made: bool

    @property
    def first(self) -> float:
        """Seconds in the speech at which the first sound begins."""
        return next((phone.start for phone in self.speech.phones if phone.phone), 0.0)

    @property
    def last(self) -> float:
        """And at which the last one ends."""
        return next((phone.end for phone in reversed(self.speech.phones) if phone.phone), self.speech.duration)


def speak_line(cache: Cache, storyboard: Storyboard, line: Line, online: bool, progress: Progress) -> Spoken:
    """Raises LikenessError as `core.jobs.speech.speak` and `record` do."""
    performer = storyboard.performers[line.performer]
    language = find_language(line.language or storyboard.language).code
    direction = direct_line(performer, line)
    own = relevant(storyboard.pronunciations, line.text, language)
    of: dict[str, Any] = {"text": line.text, "language": language, "direction": direction, "pronunciations": own}
    if line.recording is not None:
        voice = "recording"
        of |= {"recording": file_digest(line.recording)}
    else:
        chosen = find_voice(performer.voice, language)[1]
        voice = chosen.id
        of |= {"voice": _voice(voice), "version": chosen.version, "style": performer.style, "speed": performer.speed}

    def write(folder: Path) -> None:
        if line.recording is not None:
            _record(line, language, own, direction, folder / SPEECH, progress)
        else:
            _speak(performer, line, language, own, direction, online, folder / SPEECH, progress)

    folder, was_made = cache.make("speech", of, write, progress, resumes=True)
    return Spoken(line, folder / SPEECH, load_speech(folder / SPEECH), voice, was_made)


def direct_line(performer: Performer, line: Line) -> str:
    """How a line is said: as its performer says everything, and as the line says."""
    return ", ".join(part for part in (performer.direction, line.direction) if part)


def relevant(pronunciations: Mapping[str, str], text: str, language: str) -> dict[str, str]:
    """The pronunciations of words that are in a text: others are none of its business."""
    words = divide_words(text, language)
    return {
        word: said for word, said in pronunciations.items() if find_phrase(words, word, 1, language) is not None
    }


def _voice(voice: str) -> Any:
    """A voice as far as the digest goes: a profile by its content, wherever it lies."""
    folder = voice_folder(voice)
    return [voice.partition(":")[0], folder_digest(folder)] if folder is not None and folder.is_dir() else voice


def _speak(
    performer: Performer,
    line: Line,
    language: str,
    own: Mapping[str, str],
    direction: str,
    online: bool,
    out: Path,
    progress: Progress,
) -> None:
    from core.jobs.performance import read_direction
    from core.voice import speak

    script = parse_script(line.text, language)
    asked = read_direction(direction, None, script)
    speak(
        script, out, performer.voice, performer.speed, progress=progress, direction=asked, own=own,
        style=performer.style, online=online,
    )  # fmt: skip


def _record(
    line: Line, language: str, own: Mapping[str, str], direction: str, out: Path, progress: Progress
) -> None:
    from core.recording import record

    assert line.recording is not None
    script = parse_script(line.text, language) if line.text else None
    record(line.recording, out, script, progress, language, own, direction, trim=True)
