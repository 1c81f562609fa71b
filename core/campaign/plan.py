# SPDX-License-Identifier: GPL-3.0-or-later
"""From a table and a storyboard to tasks: all that can be wrong is told before anything is rendered."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import core
from core.campaign.table import Row, Table, TableInvalid, TableProblem
from core.campaign.task import MAKER, Task, Work
from core.errors import LikenessError
from core.film.cache import KINDS, file_digest, folder_digest
from core.film.cast import ask_consent, shown
from core.film.film import choose
from core.graphics import digest_graphics
from core.progress import Progress, silent
from core.pronunciation.languages import find_language
from core.storyboard import StoryboardInvalid, read_storyboard
from core.storyboard.check import seen
from core.storyboard.piece import plain_name
from core.storyboard.problems import suggest
from core.storyboard.storyboard import Position, Shot, Storyboard

# Of a storyboard: what is told of a shot by itself, or says nothing of it.
_APART = ("performers", "scenes", "name", "title", "fields", "folder")
_SAID = ("voice", "style", "speed", "direction", "seed")  # of a performer: what is heard


@dataclass(frozen=True)
class Plan:
    """films: a task for each row, in the table's order. shared: tasks of shots that films have in common."""

    films: tuple[Task, ...]
    shared: tuple[Task, ...]


def plan_campaign(table: Table, work: Work, progress: Progress = silent) -> Plan:
    """The tasks of a campaign.

    Raises StoryboardInvalid where the storyboard itself is wrong, TableInvalid with everything that is wrong with the
    rows, and LikenessError ``file_missing`` and as `ask_consent` does.
    """
    storyboard = read_storyboard(work.storyboard)
    lacking = list(find_problems(table, storyboard))
    boards, wrong = _read_boards(table, work, {problem.row for problem in lacking}, progress)
    problems = [*table.problems, *lacking, *wrong]
    if problems:
        raise TableInvalid(table.name, problems)
    if work.maker == MAKER:
        for board in {shown(board): board for _, board in boards}.values():
            ask_consent(board, ())  # one answer instead of the same from each film
    return share([_make_task(row, board, work) for row, board in boards], [board for _, board in boards])


_Boards = list[tuple[Row, Storyboard]]


def _read_boards(
    table: Table, work: Work, skipped: Collection[int], progress: Progress
) -> tuple[_Boards, list[TableProblem]]:
    """The storyboard with each row in it, and what is wrong then. skipped: rows that lack something; 0 is all."""
    boards: _Boards = []
    problems: list[TableProblem] = []
    for number, row in enumerate(table.rows if 0 not in skipped else ()):
        progress(number / len(table.rows), f"Planning {row.file}")
        if row.number in skipped:
            continue
        try:
            boards.append((row, choose(read_storyboard(work.storyboard, row.filled), work.options)))
        except StoryboardInvalid as error:
            problems += [
                TableProblem(row.number, "", f"{work.storyboard.name}: {one}", one.hint, table.unit)
                for one in error.problems
            ]
    return boards, problems


def check_table(table: Table, storyboard: Path) -> None:
    """Raises StoryboardInvalid, TableInvalid and LikenessError ``file_missing``."""
    problems = [*table.problems, *find_problems(table, read_storyboard(storyboard))]
    if problems:
        raise TableInvalid(table.name, problems)


def find_problems(table: Table, storyboard: Storyboard) -> Iterator[TableProblem]:
    """What the table lacks for the storyboard's fields, and languages that nobody speaks here."""
    columns = {plain_name(column): column for column in table.columns}
    for name, place in storyboard.fields.items():
        column = columns.get(plain_name(name))
        if column is None:
            message = f"It has no column for {{{name}}} of {storyboard.name}, line {place.line}, column {place.column}."
            yield TableProblem(0, "", message, suggest(name, columns), table.unit)
            continue
        for row in table.rows:
            if column not in row.values:
                message = f"Nothing is in this cell, which fills {{{name}}} of {storyboard.name}, line {place.line}."
                yield TableProblem(row.number, column, message, "Fill it, or take the row out.", table.unit)
    if (column := columns.get("language")) is not None:
        for row in table.rows:
            try:
                find_language(str(row.values.get(column, storyboard.language)))
            except LikenessError as error:
                yield TableProblem(row.number, column, error.message, error.hint, table.unit)


def _make_task(row: Row, board: Storyboard, work: Work) -> Task:
    names = dict.fromkeys(name for shot in board.shots for name in seen(shot))
    avatars = {name: board.performers[name].avatar for name in names}
    version = [core.__version__, dict(KINDS), digest_graphics()]
    digest = _digest([*version, row.file, _tell(board), work.options.identifier])
    digests = {name: folder_digest(avatar) for name, avatar in avatars.items() if avatar is not None}
    return Task(row.file, row.number, row.filled, digest, digests)


def share(tasks: Sequence[Task], boards: Sequence[Storyboard]) -> Plan:
    """With a task for each shot that is the same in several films, which comes before them."""
    groups: dict[str, list[tuple[Task, Shot]]] = defaultdict(list)
    for task, board in zip(tasks, boards, strict=True):
        for shot in board.shots:
            groups[tell_shot(board, shot)].append((task, shot))
    needs: dict[str, list[str]] = defaultdict(list)
    shared = []
    for digest, found in groups.items():
        names = list(dict.fromkeys(task.name for task, _ in found))
        if len(names) < 2:
            continue
        first, shot = found[0]
        name = f".shared-{len(shared) + 1:03}"  # no film begins with a dot
        shared.append(replace(first, name=name, number=0, digest=digest, shots=(shot.name,)))
        for one in names:
            needs[one].append(name)
    return Plan(tuple(replace(task, needs=tuple(needs[task.name])) for task in tasks), tuple(shared))


def tell_shot(board: Storyboard, shot: Shot) -> str:
    """Digest of all that a shot's pictures and speech depend on."""
    names = {*seen(shot), *(line.performer for line in shot.lines)}
    cast = {
        name: _tell(performer) if name in seen(shot) else [_tell(getattr(performer, one)) for one in _SAID]
        for name, performer in board.performers.items()
        if name in names
    }
    rest = {one.name: _tell(getattr(board, one.name)) for one in fields(board) if one.name not in _APART}
    return _digest([_tell(shot), cast, rest])


def _tell(value: Any) -> Any:
    """Plain JSON, with contents in the place of paths and without places in the text."""
    if isinstance(value, Position):
        return None
    if isinstance(value, Path):
        return folder_digest(value) if value.is_dir() else file_digest(value) if value.is_file() else value.name
    if isinstance(value, Mapping):
        return {str(key): _tell(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        skipped = ("folder", "position")
        return {one.name: _tell(getattr(value, one.name)) for one in fields(value) if one.name not in skipped}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_tell(one) for one in value]
    return value


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
