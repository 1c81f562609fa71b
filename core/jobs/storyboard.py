# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that write a first storyboard, and set one of its shots up for an artist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.jobs.param import bad_params
from core.progress import Progress


def write_storyboard(
    progress: Progress, out: Path, title: str, performers: str, script: str, language: str, use: str
) -> dict[str, Any]:
    """A storyboard of a script: a shot for each of its paragraphs.

    performers: a list as JSON of ``{"name", "avatar", "voice", "direction"}``; the first says all of it.
    Raises LikenessError ``file_exists``, ``storyboard_empty``, ``output_unwritable``.
    """
    from core.storage import write_file
    from core.storyboard import parse_storyboard
    from core.storyboard.storyboard import Camera, Line, Performer, Scene, Shot, Storyboard
    from core.storyboard.write import write_storyboard

    if out.exists():
        raise LikenessError("file_exists", f"There is a file {out} already.", "Choose another name.")
    people = [
        Performer(
            _key(one["name"]), Path(one["avatar"]), voice=one.get("voice") or "auto", direction=one.get("direction", "")
        )
        for one in _objects(performers)
    ]
    paragraphs = [" ".join(part.split()) for part in script.split("\n\n") if part.strip()]
    if not people or not paragraphs:
        raise LikenessError(
            "storyboard_empty", "A storyboard needs an avatar and a script.", "Build an avatar and write a script."
        )
    shots = tuple(
        Shot(
            f"Shot {number}",
            (Line(people[0].name, text),),
            camera=Camera("medium", "push_in") if number == 1 else Camera("close_up" if number % 2 == 0 else "medium"),
        )
        for number, text in enumerate(paragraphs, 1)
    )
    board = Storyboard(
        title, (Scene(title, shots),), {one.name: one for one in people}, language, use=use, folder=out.parent
    )
    text = write_storyboard(board)
    parse_storyboard(text, out.parent, out.name)  # what is written reads back
    write_file(out, text.encode())
    return {"storyboard": str(out), "shots": len(shots), "warnings": []}


def prepare_shot(
    progress: Progress, storyboard: Path, shot: str, out: Path, form: str | None, row: str | None, online: bool
) -> dict[str, Any]:
    """Speak and perform one shot, as for a film, and write its request, which Blender builds the shot of.

    out: the folder of the film, in whose cache the results stay.
    """
    from core.film.film import FilmOptions
    from core.film.make import prepare_shot
    from core.jobs.film import read_row

    options = FilmOptions(formats=(form,) if form else (), row=read_row(row), online=online)
    request, warnings = prepare_shot(storyboard, shot, out, options, progress)
    return {"request": str(request), "warnings": list(warnings)}


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise bad_params("performers must be a list of objects as JSON.", f"It is none: {error}.") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("name") for one in found):
        raise bad_params("performers must be a list of objects as JSON, each with a name.", f"It was {text!r}."[:200])
    return found


def _key(name: str) -> str:
    """A name by which lines can begin: without what would end it."""
    return "".join(letter for letter in name if letter.isalnum() or letter in " _-").strip() or "speaker"
