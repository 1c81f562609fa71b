# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that check storyboards and make films."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import LikenessError
from core.jobs.param import bad_params
from core.progress import Progress

if TYPE_CHECKING:
    from core.film.film import FilmOptions
    from core.storyboard import Problem, Storyboard

# Letters that are said in a second, where words are parted by spaces and where they are not.
_LETTERS, _CHARACTERS = 13.0, 4.5


def make_film(
    progress: Progress,
    storyboard: Path,
    out: Path,
    formats: str,
    shots: str,
    row: str | None,
    **choices: Any,
) -> dict[str, Any]:
    """Storyboard to film. formats: ``16:9,9:16``; shots: names, one a line; row: of a table, JSON."""
    from core.campaign.names import unsafe_reason
    from core.film.make import make_film

    if (name := choices.get("name")) and (reason := unsafe_reason(name)):
        raise bad_params(f"Files cannot be called “{name[:100]}”: {reason}.", "Choose another name.")
    names = tuple(part.strip() for part in shots.split("\n") if part.strip())
    options = read_options(formats, shots=names, row=read_row(row), **choices)
    film = make_film(storyboard, out, options, progress)
    made = sum(map(len, film.made.values()))
    reused = sum(map(len, film.reused.values()))
    return {
        "files": [str(path) for path in film.files],
        "duration": film.duration,
        "seconds": film.seconds,
        "made": {shot: list(what) for shot, what in film.made.items()},
        "reused": {shot: list(what) for shot, what in film.reused.items()},
        "verified": dict(film.verified),
        "warnings": list(film.warnings),
        "summary": f"{film.duration:.1f} s of film are in {out}; {made} parts were made, {reused} reused.",
    }


def read_options(formats: str, **choices: Any) -> FilmOptions:
    """What is asked of a film; what is empty is left to the storyboard."""
    from core.film.film import FilmOptions

    kept = {name: value for name, value in choices.items() if value not in (None, "")}
    if "cache_gigabytes" in kept:
        kept["cache_bytes"] = int(kept.pop("cache_gigabytes") * 1e9)
    return FilmOptions(formats=tuple(part.strip() for part in formats.split(",") if part.strip()), **kept)


def check_storyboard(progress: Progress, storyboard: Path, row: str | None, text: str | None) -> dict[str, Any]:
    """What a storyboard holds, how long it will be, and what is wrong with it, which is no error here.

    text: instead of what is in the file. Raises LikenessError ``file_missing``.
    """
    from core.storyboard import StoryboardInvalid, parse_storyboard, read_storyboard

    begin = time.monotonic()
    filled = read_row(row)
    try:
        if text is None:
            board = read_storyboard(storyboard, filled)
        else:
            board = parse_storyboard(text, storyboard.parent, storyboard.name, filled)
    except StoryboardInvalid as error:
        problems = [_problem(one) for one in error.problems]
        summary = f"{error.message} {error.hint}"
        return {**_EMPTY, "problems": problems, "summary": summary, "seconds": time.monotonic() - begin}
    told = _told(board)
    summary = f"{len(board.scenes)} scenes, {len(board.shots)} shots, about {told['duration']:.0f} s"
    fields = f"; fields: {', '.join(board.fields)}" if board.fields else ""
    return {**told, "problems": [], "summary": summary + fields, "seconds": time.monotonic() - begin}


_EMPTY: dict[str, Any] = {
    "title": "", "duration": 0.0, "scenes": [], "performers": [], "fields": [], "formats": [], "language": "",
    "use": "",
}  # fmt: skip


def _told(board: Storyboard) -> dict[str, Any]:
    scenes = [
        {
            "name": scene.name,
            "shots": [
                {
                    "name": shot.name,
                    "line": shot.position.line,
                    "duration": round(estimate(board, index), 1),
                    "performers": list(dict.fromkeys([*shot.performers, *(line.performer for line in shot.lines)])),
                    "text": " ".join(line.text for line in shot.lines),
                }
                for index, shot in enumerate(board.shots)
                if shot in scene.shots
            ],
        }
        for scene in board.scenes
    ]
    return {
        "title": board.title,
        "duration": round(sum(shot["duration"] for scene in scenes for shot in scene["shots"]), 1),
        "scenes": scenes,
        "performers": list(board.performers),
        "fields": list(board.fields),
        "formats": list(board.delivery.formats),
        "language": board.language,
        "use": board.use,
    }


def estimate(board: Storyboard, index: int) -> float:
    """Seconds that a shot will last, before anybody says it."""
    from core.pronunciation.languages import find_language
    from core.script.tags import blank_tags

    shot = board.shots[index]
    seconds = sum(shot.hold) + 0.45 * max(len(shot.lines) - 1, 0)
    for line in shot.lines:
        code = line.language or board.language
        try:
            is_spaced = find_language(code).is_spaced
        except LikenessError:  # it is a field
            is_spaced = True
        letters = sum(map(str.isalnum, blank_tags(line.text)))
        speed = board.performers[line.performer].speed
        seconds += letters / ((_LETTERS if is_spaced else _CHARACTERS) * speed) + (line.pause or 0.0)
    return max(seconds, shot.seconds or 0.0)


def read_row(text: str | None) -> dict[str, Any] | None:
    """A row as JSON. Raises LikenessError ``bad_params``."""
    import json

    if text is None:
        return None
    try:
        row = json.loads(text)
    except ValueError as error:
        raise LikenessError("bad_params", f"The row is no JSON: {error}.", "Write an object of fields.") from error
    if not isinstance(row, dict):
        raise LikenessError("bad_params", "The row is no JSON object.", "Write an object of fields.")
    return row


def _problem(problem: Problem) -> dict[str, Any]:
    position = problem.position
    return {"line": position.line, "column": position.column, "message": problem.message, "hint": problem.hint}
