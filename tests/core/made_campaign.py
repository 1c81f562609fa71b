# SPDX-License-Identifier: GPL-3.0-or-later
"""A campaign whose films are made by a stand-in: files, quickly, with the film's own cache."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from core.errors import LikenessError
from core.film.cache import Cache
from core.film.film import Film, FilmOptions, choose
from core.storyboard import read_storyboard

STORYBOARD = """---
title: Greeting
performers:
  anna: anna.avatar
---
# Hello
## Greeting
Hello {name}, how is {city}?
## Offer
This is what we do for you.
## Goodbye
Goodbye from all of us.
"""


def write_campaign(folder: Path, rows: list[str], columns: str = "name,city") -> tuple[Path, Path]:
    """Table and storyboard."""
    avatar = folder / "anna.avatar"
    avatar.mkdir(parents=True, exist_ok=True)
    (avatar / "avatar.json").write_text(json.dumps({"format": 1, "id": "0123", "name": "anna", "consent": {}}))
    storyboard = folder / "greeting.md"
    storyboard.write_text(STORYBOARD, encoding="utf-8")
    table = folder / "people.csv"
    table.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return table, storyboard


def make_film(storyboard: Path, out: Path, options: FilmOptions, progress, renderer=None) -> Film:
    """A film is a text; each of its shots takes a while, once. What is done is written into ``plates.log``.

    city: ``fails`` fails, ``breaks`` has a bug, ``dies`` kills the process while a file ``dies`` is there, which it
    removes; ``always dies`` does so each time.
    """
    board = choose(read_storyboard(storyboard, options.row), options)
    assert options.cache is not None
    cache = Cache(options.cache)
    made, texts = {}, []
    for number, shot in enumerate(board.shots):
        text = " ".join(line.text for line in shot.lines)
        progress(number / len(board.shots), shot.name)
        _go_wrong(text, storyboard.parent)

        def write(folder: Path, text: str = text) -> None:
            time.sleep(0.05)
            (folder / "text").write_text(text)
            with (storyboard.parent / "plates.log").open("a") as log:
                log.write(f"{text}\n")

        place, was_made = cache.make("plate", {"text": text}, write, progress)
        texts.append((place / "text").read_text())
        if was_made:
            made[shot.name] = ("plate",)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{options.name}.mp4"
    path.write_text("\n".join([options.quality, *texts]), encoding="utf-8")
    with (storyboard.parent / "films.log").open("a") as log:
        log.write(f"{options.name} {os.getpid()}\n")
    return Film((path,), 3.0, 0.1, {}, {**made, "": (path.name,)})


def _go_wrong(text: str, folder: Path) -> None:
    if "fails" in text and not (folder / "mended").exists():
        raise LikenessError("no_such_city", "That is no city.", "Name another one.")
    if "breaks" in text:
        raise ZeroDivisionError("of a bug")
    if "always dies" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "dies" in text and (folder / "dies").exists():
        (folder / "dies").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
