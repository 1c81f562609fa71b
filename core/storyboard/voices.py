# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there are the voices that a storyboard names, and whether they speak what they are to say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.storyboard.piece import FIELD
from core.storyboard.problems import Problem, suggest
from core.storyboard.storyboard import Line, Performer, Position, Storyboard

AUTOMATIC = "auto"
_LANGUAGE = ("voice_speaks_another", "voice_missing")  # codes: there is a voice, but not for the line's language


def check_voices(storyboard: Storyboard) -> Iterator[Problem]:
    """Each voice once in each language. What has a field in it is looked at when it is filled."""
    known: set[tuple[str, str]] = set()
    for performer, line in _spoken(storyboard):
        key = performer.voice, line.language or storyboard.language
        if key in known or FIELD.search("".join(key)):
            continue
        known.add(key)
        problem = _ask(storyboard, performer, line)
        if problem is not None:
            yield problem
    yield from _check_profiles(storyboard)


def _spoken(storyboard: Storyboard) -> Iterator[tuple[Performer, Line]]:
    for shot in storyboard.shots:
        for line in shot.lines:
            performer = storyboard.performers.get(line.performer)
            if performer is not None and line.recording is None and not _is_lost(performer.voice):
                yield performer, line


def _ask(storyboard: Storyboard, performer: Performer, line: Line) -> Problem | None:
    from core.voice.catalogue import find_voice  # takes long to load

    code = line.language or storyboard.language
    try:
        find_language(code)
    except LikenessError:  # which is told by itself
        return None
    try:
        _, voice = find_voice(performer.voice, code)
    except LikenessError as error:
        if error.code in _LANGUAGE and storyboard.fields:  # a row may name another language
            return None
        return Problem(_place(storyboard, performer, line, error.code), error.message, error.hint)
    if performer.style and performer.style not in voice.styles and not FIELD.search(performer.style):
        at = storyboard.place("style", performer.name)
        hint = suggest(performer.style, voice.styles) or "It has none: leave style out."
        return Problem(at, f"The voice “{voice.id}” has no style “{performer.style}”.", hint)
    return None


def _place(storyboard: Storyboard, performer: Performer, line: Line, code: str) -> Position:
    """Where it is said which voice, or else which language it does not speak."""
    if code in _LANGUAGE and line.language:
        return line.position
    if code in _LANGUAGE and performer.voice == AUTOMATIC:
        return storyboard.place("language")
    return storyboard.place("voice", performer.name)


def _check_profiles(storyboard: Storyboard) -> Iterator[Problem]:
    for performer in storyboard.performers.values():
        if _is_lost(performer.voice):
            folder = Path(performer.voice.partition(":")[2])
            at = storyboard.place("voice", performer.name)
            yield Problem(at, f"There is no voice {folder.name}.", f"It was looked for as {folder}.")


def _is_lost(voice: str) -> bool:
    """Whether it is somebody's, in a folder that is not there."""
    _, _, place = voice.partition(":")
    return place.endswith(".voice") and not FIELD.search(place) and not Path(place, "voice.json").is_file()
