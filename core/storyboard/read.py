# SPDX-License-Identifier: GPL-3.0-or-later
"""A storyboard's text becomes a `Storyboard`, or an error that tells all that is wrong with it, and where.

```
---
title: Signing a document      # the front matter: performers and what holds for the whole film
performers:
  anna: anna.avatar
---
# Introduction                 a scene, which is a chapter
## Hello                       a shot; then how it is shown, key: value
camera: close-up, push in
lower third: Anna Li | Support
                               an empty line, then what is said, a paragraph each
anna (warmly): Hello {name}! [nods] Open the link.

- Open the link (at "link")    what is built up beside her
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.storyboard.body import Body
from core.storyboard.check import check
from core.storyboard.fields import fill, find_fields
from core.storyboard.front import Front
from core.storyboard.problems import Problem, StoryboardInvalid
from core.storyboard.storyboard import Position, Storyboard

_REMARK = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def read_storyboard(path: Path, row: Mapping[str, Any] | None = None) -> Storyboard:
    """Read, check and, with a row of a table, fill a storyboard.

    Raises LikenessError ``file_missing``, and StoryboardInvalid (``storyboard_invalid``) with all problems.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the storyboard's path.") from error
    except OSError as error:
        reason = f"{path.name} cannot be read: {error.strerror or error}."
        raise LikenessError("file_unreadable", reason, "Choose a text file that you may read.") from error
    return parse_storyboard(_decode(data, path.name), path.parent, path.name, row)


def parse_storyboard(
    text: str, folder: Path, name: str = "storyboard", row: Mapping[str, Any] | None = None
) -> Storyboard:
    """As `read_storyboard` does with a text. folder: from which its paths are taken; name: what messages call it."""
    problems: list[Problem] = []
    storyboard = _parse(text, folder, name, problems)
    if row is not None and not problems:
        storyboard = fill(storyboard, row)
    # What could not be read is not looked for as well: one mistake, one message.
    lines = {problem.position.line for problem in problems}
    heads = [shot.position.line for shot in storyboard.shots]
    lines |= {max((head for head in heads if head <= line), default=0) for line in lines}
    problems += [problem for problem in check(storyboard) if problem.position.line not in lines]
    if problems:
        raise StoryboardInvalid(name, problems)
    return storyboard


def _parse(text: str, folder: Path, name: str, problems: list[Problem]) -> Storyboard:
    if not text.strip():
        raise StoryboardInvalid(name, [Problem(Position(1, 1), "The storyboard is empty.", "Write what is said.")])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    problems += _find_open(text)
    lines = _REMARK.sub(_blank, text).expandtabs(1).split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    front, body = _part(lines, start, problems)
    title = Path(name).stem
    storyboard = Front(folder, problems).read(lines[front[0] : front[1]], front[0] + 1, title)
    scenes = Body(folder, storyboard.performers, storyboard.title, problems).read(lines[body:], body + 1)
    return Storyboard(**{**vars(storyboard), "scenes": scenes, "fields": find_fields(lines, 1), "name": name})


def _part(lines: list[str], start: int, problems: list[Problem]) -> tuple[tuple[int, int], int]:
    """First and last line of the front matter (equal where there is none), and the first one of the body."""
    if lines[start].strip() != "---":
        return (start, start), start
    end = next((index for index in range(start + 1, len(lines)) if lines[index].strip() in ("---", "...")), None)
    if end is None:
        at = Position(start + 1, 1)
        problems.append(Problem(at, "The front matter does not end.", "Write --- on a line of its own below it."))
        return (start, start), len(lines)
    return (start + 1, end), end + 1


def _find_open(text: str) -> Iterator[Problem]:
    """A remark without an end, which would swallow the rest of the film."""
    for remark in _REMARK.finditer(text):
        if not remark[0].endswith("-->"):
            before = text[: remark.start()]
            at = Position(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
            yield Problem(at, "This remark does not end.", "Write --> behind it.")


def _blank(remark: re.Match[str]) -> str:
    """Spaces as long as a remark, so that all else stays in its place."""
    return re.sub(r"[^\n]", " ", remark[0])


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        at = Position(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
        problem = Problem(at, "This is no text in UTF-8.", "Save the storyboard as plain text in UTF-8.")
        raise StoryboardInvalid(name, [problem]) from error
