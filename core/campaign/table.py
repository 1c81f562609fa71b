# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a campaign: a row for each film, as CSV or JSON.

Columns fill the storyboard's ``{fields}``. Some mean more: ``language``, ``voice``, ``NAME voice`` and
``pronunciations`` (`core/storyboard/fields.py`), ``FIELD pronunciation`` (how what stands in a field is said in this
row), and ``file`` (what the film is called).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.campaign.names import name_files, unsafe_reason
from core.errors import LikenessError
from core.storyboard.fields import read_pronunciations
from core.storyboard.piece import plain_name

FILE = "file"
SAID = "_pronunciation"  # behind a field's name
_DELIMITERS = ",;\t|"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # Excel's "Unicode text"
_MOST = 10  # problems that one message tells


@dataclass(frozen=True)
class Row:
    """number: of its line in the file, or among the rows of JSON, from 1. file: what its film is called, safe on every
    disk and of no other row. values: column -> what is in it, without empty ones."""

    number: int
    file: str
    values: Mapping[str, Any]

    @property
    def filled(self) -> dict[str, Any]:
        """What `read_storyboard` fills in: the values, with what the columns of pronunciations say among them."""
        known = {plain_name(name): value for name, value in self.values.items()}
        said = dict(read_pronunciations(known.get("pronunciations")))
        for name, value in known.items():
            about = name.removesuffix(SAID)
            if about != name and about in known:
                said[" ".join(str(known[about]).split())] = str(value).strip()
        return {**self.values, **({"pronunciations": said} if said else {})}


@dataclass(frozen=True, order=True)
class TableProblem:
    """row: as `Row.number`, or 0 for the whole table. column: its name, or ``""``."""

    row: int
    column: str
    message: str
    hint: str = ""
    unit: str = field(default="line", compare=False)

    def __str__(self) -> str:
        parts = (f"{self.unit} {self.row}" if self.row else "", f"column “{self.column}”" if self.column else "")
        place = ", ".join(filter(None, parts))
        return f"{place[:1].upper()}{place[1:]}: {self.message}" if place else self.message


@dataclass(frozen=True)
class Table:
    """columns: as they are written. unit: what a row's number counts, ``line`` or ``row``. problems: what is wrong with
    it, though it can be read."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = "line"
    problems: tuple[TableProblem, ...] = ()


class TableInvalid(LikenessError):
    """``table_invalid``: all problems of a table, with row and column."""

    def __init__(self, name: str, problems: Sequence[TableProblem]) -> None:
        self.problems = tuple(sorted(problems))
        first = self.problems[0]
        if len(self.problems) == 1:
            text = str(first)
            super().__init__("table_invalid", f"{name}: {text[0].lower()}{text[1:]}", first.hint or "Correct it there.")
            return
        told = [f"{one} {one.hint}".rstrip() for one in self.problems[:_MOST]]
        if len(self.problems) > _MOST:
            told.append(f"And {len(self.problems) - _MOST} more.")
        message = "\n  ".join([f"{name} has {len(self.problems)} problems.", *told])
        super().__init__("table_invalid", message, "Correct them there.")


def read_table(path: Path) -> Table:
    """A table without problems. Raises LikenessError ``file_missing``, ``table_format``, and TableInvalid
    (``table_invalid``)."""
    table = scan_table(path)
    if table.problems:
        raise TableInvalid(table.name, table.problems)
    return table


def scan_table(path: Path) -> Table:
    """A table with its problems, so that they can be told together with what a storyboard lacks in it.

    Raises as `read_table` does where it cannot be read at all.
    """
    path = Path(path)
    reader = {".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv, ".json": _read_json}.get(path.suffix.lower())
    if reader is None:
        raise LikenessError("table_format", f"{path.name} is no table that can be read.", "Save it as CSV or JSON.")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the table.") from error
    except OSError as error:
        reason = f"{path.name} cannot be read: {error.strerror or error}."
        raise LikenessError("file_unreadable", reason, "Choose a file that you may read.") from error
    problems: list[TableProblem] = []
    columns, numbered, unit = reader(_decode(data, path.name), path.name, problems)
    if not numbered and not problems:
        problems.append(TableProblem(0, "", "The table has no rows.", "Write a row for each film."))
    files = _find_files(numbered, unit, problems)
    rows = tuple(Row(number, name, values) for (number, values), name in zip(numbered, files, strict=True))
    return Table(path.name, columns, rows, unit, tuple(problems))


def _decode(data: bytes, name: str) -> str:
    encoding = next((found for mark, found in _MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = TableProblem(line, "", "This is no text in UTF-8.", "Save the table as CSV in UTF-8.")
        raise TableInvalid(name, [problem]) from error


_Numbered = list[tuple[int, dict[str, Any]]]


def _read_csv(text: str, name: str, problems: list[TableProblem]) -> tuple[tuple[str, ...], _Numbered, str]:
    lines = list(_split(text, name))
    if not lines:
        raise TableInvalid(name, [TableProblem(0, "", "The table is empty.", "Write its columns in the first line.")])
    head, *rest = lines
    columns = tuple(cell.strip() for cell in head[1])
    while columns and not columns[-1]:
        columns = columns[:-1]
    _check_columns(columns, head[0], problems)
    numbered: _Numbered = []
    for number, cells in rest:
        over = [cell for cell in cells[len(columns) :] if cell.strip()]
        if over:
            message = f"It has {len(cells)} cells, the table {len(columns)} columns: “{over[0].strip()}” is in none."
            problems.append(TableProblem(number, "", message, "Put what holds a comma in double quotes."))
        values = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
        numbered.append((number, values))
    return columns, numbered, "line"


def _split(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers; a quoted cell may go over several."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    source = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in source:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = source.line_num + 1
    except csv.Error as error:
        hint = 'Put a cell in double quotes as a whole, and write a quote in it twice: "say ""hello"""'
        message = "A double quote is not closed, or stands within a cell."
        raise TableInvalid(name, [TableProblem(number, "", message, hint)]) from error


def _check_columns(columns: Sequence[str], line: int, problems: list[TableProblem], unit: str = "line") -> None:
    seen: dict[str, str] = {}
    for place, column in enumerate(columns, 1):
        if not column:
            message = f"The column number {place} has no name."
            problems.append(TableProblem(line, "", message, "Give each column a name.", unit))
        elif plain_name(column) in seen:
            other = seen[plain_name(column)]
            message = f"There are two columns of this name{'' if other == column else f': “{other}” is the same'}."
            problems.append(TableProblem(line, column, message, "Give each column a name of its own.", unit))
        else:
            seen[plain_name(column)] = column


def _read_json(text: str, name: str, problems: list[TableProblem]) -> tuple[tuple[str, ...], _Numbered, str]:
    try:
        read = json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        message = f"This is no JSON at column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}."
        raise TableInvalid(name, [TableProblem(error.lineno, "", message)]) from error
    listed = dict(read).get("rows") if isinstance(read, _Pairs) else read
    if not isinstance(listed, list) or isinstance(listed, _Pairs):
        problem = TableProblem(0, "", "The JSON is no list of rows.", 'Write [{"name": "Ada"}, {"name": "Ben"}].')
        raise TableInvalid(name, [problem])
    columns: dict[str, None] = {}
    numbered: _Numbered = []
    for number, row in enumerate(listed, 1):
        if not isinstance(row, _Pairs):
            problems.append(TableProblem(number, "", "It is no object.", 'Write {"name": "Ada"}.', "row"))
            continue
        _check_columns([key for key, _ in row], number, problems, "row")
        numbered.append((number, dict(_plain(row, number, problems))))
        columns |= dict.fromkeys(key for key, _ in row)
    return tuple(columns), numbered, "row"


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON with all its keys, also those that are there twice."""


def _plain(row: _Pairs, number: int, problems: list[TableProblem]) -> Iterator[tuple[str, Any]]:
    for key, value in row:
        if isinstance(value, _Pairs) and plain_name(key) == "pronunciations":
            yield key, {str(word): str(said) for word, said in value}
        elif isinstance(value, list):
            problems.append(TableProblem(number, key, "It is no text or number.", "Write a text in quotes.", "row"))
        elif value is not None and str(value).strip():
            yield key, str(value).strip()


def _find_files(numbered: _Numbered, unit: str, problems: list[TableProblem]) -> list[str]:
    """What the films are called: as the column ``file`` says, else a number and what stands in the first column."""
    told: list[str] = []
    seen: dict[str, int] = {}
    for number, values in numbered:
        column, name = next(((key, value) for key, value in values.items() if plain_name(key) == FILE), ("", ""))
        told.append(str(name))
        if not name:
            continue
        reason = unsafe_reason(str(name))
        if reason:
            problems.append(TableProblem(number, column, f"“{name}” cannot be a file's name: {reason}.", "", unit))
        elif str(name).casefold() in seen:
            message = f"{unit.capitalize()} {seen[str(name).casefold()]} has the same file, “{name}”."
            problems.append(TableProblem(number, column, message, "Give each row a file of its own.", unit))
        seen.setdefault(str(name).casefold(), number)
    firsts = [str(next(iter(values.values()), "")) for _, values in numbered]
    return name_files(told, firsts)
