# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the two ``---`` at a storyboard's head: YAML, whose values are all read as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from core.consent import USES
from core.storyboard import tables
from core.storyboard.cues import read_cue
from core.storyboard.piece import Piece, plain_name
from core.storyboard.problems import Problem, Wrong, suggest
from core.storyboard.storyboard import Delivery, Performer, Position, Storyboard
from core.storyboard.values import (
    SHOT_KEYS,
    read_background,
    read_choice,
    read_file,
    read_music,
    read_number,
    read_switch,
    read_voice,
    read_whole,
)  # fmt: skip

# Colours and merge fields, which YAML takes for remarks and tables, are put into quotes.
_BARE = re.compile(r"((?:^|\s)[^\s#'\"]+[^#'\"]*:\s+)(#[0-9a-fA-F]{3,8}|\{[^\W\d]\w*\}[^{}'\"]*)(\s*)$")
_NAME = re.compile(r"[^\W\d_][\w'’-]*(?: [\w'’-]+){0,2}")
Value = Callable[[Piece, Path], Any]


def _plain(piece: Piece, folder: Path) -> str:
    return piece.text


def _of(known: Sequence[str], what: str) -> Value:
    return lambda piece, _: read_choice(piece, known, what)


def _within(low: float, high: float) -> Value:
    return lambda piece, _: read_number(piece, low, high)


def _size(piece: Piece, folder: Path) -> str:
    if not re.fullmatch(r"\d{2,4}p", piece.text):
        raise Wrong(piece.position, f"There is no size “{piece.text}”.", suggest(piece.text, tables.SIZES))
    return piece.text


PERFORMER: Mapping[str, Value] = {
    "avatar": lambda piece, folder: read_file(piece, folder),
    "voice": lambda piece, folder: read_voice(piece.text, folder),
    "style": _plain,
    "speed": _within(0.5, 2.0),
    "direction": _plain,
    "look": _of(tables.LOOKS, "look"),
    "caption": _plain,
    "role": _plain,
    "seed": lambda piece, _: read_whole(piece),
}
DELIVERY: Mapping[str, Value] = {
    "size": _size,
    "fps": lambda piece, _: read_whole(piece, 1, tables.MOST_FPS),
    "quality": _of(tables.QUALITIES, "quality"),
    "engine": _of(tables.ENGINES, "engine"),
    "samples": lambda piece, _: read_whole(piece, 1, tables.MOST_SAMPLES),
    "codec": _of(tables.CODECS, "codec"),
    "loudness": _within(-31.0, -9.0),
    "label": lambda piece, _: read_switch(piece),
    "label_reason": _plain,
    "alpha": lambda piece, _: read_switch(piece),
    "film_look": lambda piece, _: read_switch(piece),
    "motion_blur": lambda piece, _: read_switch(piece),
    "depth_of_field": lambda piece, _: read_switch(piece),
    "thumbnail": lambda piece, _: read_cue(piece),
    "chapters": lambda piece, _: read_switch(piece),
}
LISTS: Mapping[str, tuple[Sequence[str], str]] = {
    "formats": (tables.FORMATS, "format"),
    "captions": (tables.CAPTIONS, "kind of captions"),
}
FILM: Mapping[str, Value] = {
    "title": _plain,
    "language": _plain,
    "background": read_background,
    "light": _of(tables.LIGHTS, "light"),
    "music": read_music,
    "logo": lambda piece, folder: read_file(piece, folder),
    "use": _of(tuple(USES), "use"),
}
MAPPINGS = ("performers", "pronunciations")
KEYS = (*FILM, *DELIVERY, *LISTS, *MAPPINGS)


class Front:
    """Reads the front matter; what is wrong is added to ``problems``."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self._folder = folder
        self._problems = problems
        self._lines: Sequence[str] = ()
        self._first = 1
        self._places: dict[str, Position] = {}  # key, or PERFORMER.KEY -> where its value stands

    def read(self, lines: Sequence[str], first: int, title: str) -> Storyboard:
        """A storyboard without scenes. first: the number of the first line; title: where none is given."""
        self._lines, self._first, self._places = lines, first, {}
        board = Storyboard(title, (), {}, folder=self._folder)
        film: dict[str, Any] = {}
        delivery: dict[str, Any] = {}
        alone: dict[str, Any] = {}  # of the only performer, at the top level
        for key, node in self._entries(self._compose()):
            self._places[key.name] = self._place(node)
            with_value = self._value(key, node)
            if with_value is None:
                continue
            name, value = key.name, with_value[0]
            fields_of = {field.name for field in fields(Delivery)}
            target = delivery if name in fields_of else film if name in (*FILM, *MAPPINGS) else alone
            target[name] = value
        if alone and not film.get("performers"):
            film["performers"] = self._alone(alone)
        return replace(board, **film, places=self._places, delivery=replace(board.delivery, **delivery))

    def _compose(self) -> yaml.Node | None:
        text = "\n".join(_BARE.sub(r'\1"\2"\3', line) for line in self._lines)
        try:
            return yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = Position(self._first + mark.line, mark.column + 1) if mark else Position(self._first, 1)
            reason = f"The front matter is no YAML: {error.problem or 'it cannot be read'}."
            self._problems.append(Problem(at, reason, "Write it as key: value, lists as [one, two]."))
        except yaml.YAMLError as error:
            reason = f"The front matter is no YAML: {str(error).splitlines()[0]}."
            self._problems.append(Problem(Position(self._first, 1), reason))
        except RecursionError:
            reason = "The front matter has too many lists within lists."
            self._problems.append(Problem(Position(self._first, 1), reason, "Write it as key: value."))
        return None

    def _entries(self, node: yaml.Node | None) -> list[tuple[Piece, yaml.Node]]:
        """The entries of a mapping, each key once."""
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            self._add(node, "This is no list of key: value.", "Write each on a line of its own, as title: My film.")
            return []
        entries: dict[str, tuple[Piece, yaml.Node]] = {}
        for key, value in node.value:
            piece = self._piece(key)
            if piece is None:
                self._add(key, "This key is no word.")
            elif piece.name in entries:
                self._add(key, f"“{piece.text}” is there twice.", "Leave one of them.")
            else:
                entries[piece.name] = (piece, value)
        return list(entries.values())

    def _value(self, key: Piece, node: yaml.Node) -> tuple[Any] | None:
        """The value of a key in a tuple, or None after a problem."""
        readers = {**FILM, **DELIVERY, **PERFORMER}
        try:
            if key.name in LISTS:
                known, what = LISTS[key.name]
                return (tuple(read_choice(piece, known, what) for piece in self._list(node)),)
            if key.name == "performers":
                return (self._performers(node),)
            if key.name == "pronunciations":
                return ({word.text: self._scalar(said).text for word, said in self._entries(node)},)
            if key.name == "person":
                return (self._person(node),)
            if key.name not in readers:
                raise Wrong(key.position, f"There is no setting “{key.text}”.", suggest(key.text, KEYS))
            piece = self._scalar(node)
            return (readers[key.name](piece, self._folder),) if piece.text else None
        except Wrong as wrong:
            self._problems.append(wrong.problem)
            return None

    def _performers(self, node: yaml.Node) -> dict[str, Performer]:
        performers: dict[str, Performer] = {}
        for key, value in self._entries(node):
            if not _NAME.fullmatch(key.text) or key.name in SHOT_KEYS:
                self._problems.append(Problem(
                    key.position, f"A performer cannot be called “{key.text}”.", "Use a name of one to three words."
                ))  # fmt: skip
            if isinstance(value, yaml.ScalarNode):  # anna: anna.avatar
                piece = self._scalar(value)
                known: dict[str, Any] = {"avatar": read_file(piece, self._folder)} if piece.text else {}
            else:
                known = self._performer(value, key.text)
            performers[key.text] = Performer(key.text, **known, position=key.position)
        return performers

    def _performer(self, node: yaml.Node, name: str) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in self._entries(node):
            self._places[f"{name}.{key.name}"] = self._place(value)
            try:
                if key.name == "person":
                    known["person"] = self._person(value)
                elif key.name not in PERFORMER:
                    raise Wrong(key.position, f"A performer has no “{key.text}”.", suggest(key.text, PERFORMER))
                elif (piece := self._scalar(value)).text:
                    known[key.name] = PERFORMER[key.name](piece, self._folder)
            except Wrong as wrong:
                self._problems.append(wrong.problem)
        return known

    def _alone(self, known: dict[str, Any]) -> dict[str, Performer]:
        avatar = known.get("avatar")
        name = plain_name(avatar.stem) if avatar is not None and _NAME.fullmatch(avatar.stem) else "speaker"
        self._places |= {f"{name}.{key}": self._places[key] for key in known}
        return {name: Performer(name, **known, position=Position(self._first, 1))}

    def _person(self, node: yaml.Node) -> dict[str, float | str]:
        """Seed and sliders: a mapping, or the seed alone."""
        if isinstance(node, yaml.ScalarNode):
            return {"seed": read_whole(self._scalar(node))}
        told: dict[str, float | str] = {}
        for key, value in self._entries(node):
            piece = self._scalar(value)
            try:
                told[key.name] = read_number(piece, -1e9, 1e9)
            except Wrong:
                told[key.name] = piece.text
        return told

    def _list(self, node: yaml.Node) -> list[Piece]:
        if isinstance(node, yaml.SequenceNode):
            return [self._scalar(one) for one in node.value]
        piece = self._scalar(node)
        return [part for part in piece.split(",") if part.text and part.name not in ("none", "no", "off")]

    def _scalar(self, node: yaml.Node) -> Piece:
        piece = self._piece(node)
        if piece is None:
            raise Wrong(self._place(node), "This is no plain value.", "Write one text or number.")
        return piece

    def _piece(self, node: yaml.Node) -> Piece | None:
        if not isinstance(node, yaml.ScalarNode):
            return None
        return Piece(" ".join(str(node.value).split()), self._place(node))

    def _place(self, node: yaml.Node) -> Position:
        """Where a value begins in the text as the person wrote it, quotation marks left out."""
        line, column = node.start_mark.line, node.start_mark.column
        written = self._lines[line] if line < len(self._lines) else ""
        return Position(self._first + line, column + (2 if written[column : column + 1] in ("'", '"') else 1))

    def _add(self, node: yaml.Node, message: str, hint: str = "") -> None:
        self._problems.append(Problem(self._place(node), message, hint))
