# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes and shots of a storyboard, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.storyboard.piece import Piece
from core.storyboard.problems import Problem, Wrong, suggest
from core.storyboard.storyboard import Line, Position, Scene, Shot
from core.storyboard.values import MANY, SHOT_KEYS, read_file, read_number, read_shown

_HEADING = re.compile(r"(#+)(?:\s+(.*))?$")
_BULLET = re.compile(r"[-*•]\s+")
_RULE = re.compile(r"([-*_]\s?){3,}$")  # Markdown's line across the page
# What stands before a colon: one to three words, and in brackets how it is said.
_HEAD = re.compile(r"([^\W\d_][\w'’-]*(?:[ ][\w'’-]+){0,2})\s*(\([^()]*\))?\s*:(?=\s|$)")
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_ALIKE = 0.8  # a word before a colon this much like a key or a performer is one that is misspelt


@dataclass
class _Spoken:
    """A line that grows while it is read."""

    line: Line
    pieces: list[str] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        if not self.pieces:
            self.line = replace(self.line, position=piece.position)
        self.pieces.append(piece.text)

    def done(self) -> Line:
        return replace(self.line, text=" ".join(piece for piece in self.pieces if piece))


@dataclass
class _Open:
    """A shot that is being read."""

    name: str
    position: Position
    values: dict[str, Any] = field(default_factory=dict)
    lines: list[_Spoken] = field(default_factory=list)
    is_setting: bool = True  # only settings so far, and no empty line behind them

    def done(self) -> Shot:
        focus = self.values.pop("focus", None)
        shot = Shot(self.name, tuple(one.done() for one in self.lines), position=self.position, **self.values)
        return replace(shot, camera=replace(shot.camera, focus=focus)) if focus else shot


class Body:
    """Reads lines into scenes; what is wrong is added to ``problems``."""

    def __init__(self, folder: Path, performers: Iterable[str], title: str, problems: list[Problem]) -> None:
        self._folder = folder
        self._performers = {name.casefold(): name for name in performers}
        self._title = title
        self._problems = problems
        self._scenes: list[tuple[str, Position, list[Shot]]] = []
        self._shot: _Open | None = None
        self._spoken: _Spoken | None = None  # what the next line goes on with

    def read(self, lines: Sequence[str], first: int) -> tuple[Scene, ...]:
        """lines: without what is before the first one, whose number is ``first``."""
        for number, line in enumerate(lines, first):
            piece = Piece(line, Position(number, 1)).cut(0)
            try:
                self._take(piece)
            except Wrong as wrong:
                self._problems.append(wrong.problem)
        self._close()
        return tuple(Scene(name, tuple(shots), position) for name, position, shots in self._scenes)

    def _take(self, piece: Piece) -> None:
        if not piece.text or _RULE.match(piece.text):
            self._spoken = None
            if self._shot is not None and self._shot.values:
                self._shot.is_setting = False
            return
        if piece.text.startswith("#") and (heading := _HEADING.match(piece.text)):
            self._head(piece, len(heading[1]), (heading[2] or "").strip())
            return
        shot = self._current(piece)
        bullet, head = _BULLET.match(piece.text), _HEAD.match(piece.text)
        if bullet:
            self._spoken, shot.is_setting = None, False
            self._put("texts", read_shown("bullet")(piece.cut(bullet.end()), self._folder), piece)
        elif head is None or not self._take_headed(shot, piece, head):
            self._say(shot, piece)

    def _head(self, piece: Piece, depth: int, name: str) -> None:
        self._close()
        if depth > 2:
            raise Wrong(piece.position, f"A heading of {depth} signs means nothing.", "# is a scene, ## a shot.")
        if not name:
            raise Wrong(piece.position, f"This {'scene' if depth == 1 else 'shot'} has no name.", "Write one.")
        at = piece.cut(depth).position
        if depth == 1:
            self._scenes.append((name, at, []))
        else:
            if not self._scenes:
                self._scenes.append((self._title, Position(), []))
            self._shot = _Open(name, at)

    def _current(self, piece: Piece) -> _Open:
        """The shot; where no heading made one, the scene is one."""
        if self._shot is None:
            if not self._scenes:
                self._scenes.append((self._title, Position(), []))
            name, at, shots = self._scenes[-1]
            if shots:
                raise Wrong(piece.position, "This belongs to no shot.", "Write ## and a name above it.")
            self._shot = _Open(name, at if at.line else piece.position)
        return self._shot

    def _close(self) -> None:
        self._spoken = None
        if self._shot is not None:
            self._scenes[-1][2].append(self._shot.done())
            self._shot = None

    def _take_headed(self, shot: _Open, piece: Piece, head: re.Match[str]) -> bool:
        """A setting, or what a performer says. False where the colon is part of what is said."""
        name, value = piece.cut(0, head.end(1)), piece.cut(head.end())
        performer = self._performers.get(name.text.casefold())
        if performer is not None:
            how = piece.cut(head.start(2) + 1, head.end(2) - 1).split(",") if head[2] else []
            self._begin(shot, performer, how, piece)
            if value.text:
                shot.lines[-1].add(value)
            return True
        if name.name in SHOT_KEYS and not head[2]:
            self._spoken = None
            where, read = SHOT_KEYS[name.name]
            self._put(where, read(value, self._folder), name)
            return True
        if self._is_misspelt(shot, name):
            known = [*SHOT_KEYS, *self._performers.values()]
            raise Wrong(name.position, f"“{name.text}” is no setting and no performer.", suggest(name.text, known))
        return False

    def _is_misspelt(self, shot: _Open, name: Piece) -> bool:
        """Whether a word before a colon was meant for a setting or a performer, and not to be said."""
        known = [*(key.replace("_", " ") for key in SHOT_KEYS), *self._performers]
        if get_close_matches(name.text.casefold(), known, 1, _ALIKE):
            return True
        if self._spoken is not None:  # the middle of a sentence
            return False
        is_among_settings = shot.is_setting and bool(shot.values)
        return is_among_settings or len(self._performers) != 1 or (" " not in name.text and name.text.islower())

    def _put(self, where: str, value: Any, piece: Piece) -> None:
        assert self._shot is not None
        values = self._shot.values
        if where in MANY:
            values[where] = (*values.get(where, ()), value)
        elif where in values:
            raise Wrong(piece.position, f"This shot has a second “{piece.text}”.", "Leave one of them.")
        else:
            values[where] = value

    def _begin(self, shot: _Open, performer: str, how: Sequence[Piece], piece: Piece) -> None:
        shot.is_setting = False
        line = Line(performer, "", position=piece.position)
        directions = []
        for part in how:
            word, _, rest = part.text.partition(" ")
            if word == "pause" and rest:
                line = replace(line, pause=read_number(part.cut(5), 0.0, 600.0))
            elif word == "recording" and rest:
                line = replace(line, recording=read_file(part.cut(9), self._folder))
            elif part.text == "{language}" or _is_language(part.text):
                line = replace(line, language=part.text)
            elif part.text:
                directions.append(part.text)
        self._spoken = _Spoken(replace(line, direction=", ".join(directions)))
        shot.lines.append(self._spoken)

    def _say(self, shot: _Open, piece: Piece) -> None:
        """Words without a name before them: more of what is being said, or the only performer's."""
        if self._spoken is None:
            if len(self._performers) != 1:
                few = "Nobody" if not self._performers else "It is not said who"
                hint = "Name a performer in the front matter." if not self._performers else (
                    f"Write {' or '.join(f'{name}:' for name in self._performers.values())} before it."
                )  # fmt: skip
                raise Wrong(piece.position, f"{few} says “{_short(piece.text)}”.", hint)
            self._begin(shot, next(iter(self._performers.values())), (), piece)
        assert self._spoken is not None
        escaped = piece.text.startswith("\\")
        self._spoken.add(piece.cut(1) if escaped else piece)


def _is_language(text: str) -> bool:
    if not _CODE.fullmatch(text):
        return False
    try:
        find_language(text)
    except LikenessError:
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29].rstrip() + "…"
