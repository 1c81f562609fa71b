# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations that a person writes into a table: CSV or TSV, languages as columns, a row a sentence or a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.storage import write_file
from core.translation.sentences import divide_text, single_spaced, unmarked
from core.translation.translator import Pair, match_pair

_DELIMITERS = {".tsv": "\t", ".tab": "\t"}
_CSV_DELIMITERS = ",;\t"  # a spreadsheet writes what its country uses


@dataclass(frozen=True)
class Table:
    """columns: names in the first row. rows: cells as text, as many in each as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def languages(self) -> dict[str, int]:
        """Name of a column that is a language -> its number; remarks and the like are passed over."""
        return {name: number for number, name in enumerate(self.columns) if _is_language(name)}


class TableTranslator:
    """A Translator. Sentences are looked up as they are written, else without their directions and asterisks."""

    name = "table"
    is_online = False
    is_literal = True

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def pairs(self) -> tuple[Pair, ...] | None:
        """Those of its columns; any where no file is named yet."""
        if self._path is None:
            return None
        names = read_table(self._path).languages()
        return tuple((first, second) for first in names for second in names if first != second)

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Raises LikenessError ``table_missing``, ``table_row_missing`` and as `read_table` and `find_columns` do."""
        if self._path is None:
            hint = "Name it with --table, or have one made to fill in with --template."
            raise LikenessError("table_missing", "The translator “table” was not given a table.", hint)
        table = read_table(self._path)
        columns = find_columns(table, self._path, source, target)
        entries = _entries(table, columns, source, target)
        found = [entries.get(single_spaced(text)) or entries.get(unmarked(text)) for text in texts]
        missing = [text for text, told in zip(texts, found, strict=True) if not told]
        if missing:
            raise _row_missing(self._path, missing, target, table, columns)
        return tuple(filter(None, found))


def read_table(path: Path) -> Table:
    """Raises LikenessError ``file_missing`` and ``table_unreadable`` (no UTF-8, no columns)."""
    if not path.is_file():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the table.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read as a text in UTF-8."
        raise LikenessError("table_unreadable", message, "Save the table as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    delimiter = _DELIMITERS.get(path.suffix.lower()) or max(_CSV_DELIMITERS, key=first.count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        message = f"{path.name} is no table: {error}."
        raise LikenessError("table_unreadable", message, "Save the table as CSV in UTF-8.") from error
    rows = [row for row in rows if any(row)]
    if not rows:
        hint = "Its first row names the languages, such as en,es; have one made with --template."
        raise LikenessError("table_unreadable", f"{path.name} is empty.", hint)
    width = len(rows[0])
    return Table(tuple(rows[0]), tuple(tuple((row + [""] * width)[:width]) for row in rows[1:]))


def find_columns(table: Table, path: Path, source: str, target: str) -> tuple[int, int]:
    """The columns of two languages. Raises LikenessError ``table_column_missing``, which names the language."""
    names = table.languages()
    found = [match_pair([(name, name) for name in names], code, code) for code in (source, target)]
    if found[0] == found[1]:  # two kinds of one language, of which there is one column
        found[1] = None
    for code, pair in zip((source, target), found, strict=True):
        if pair is None:
            here = f"its columns are {', '.join(table.columns)}"
            message = f"{path.name} has no column for {find_language(code).name} ({code}); {here}."
            raise LikenessError("table_column_missing", message, f"Write {code} into the first row.")
    first, second = (names[pair[0]] for pair in found if pair is not None)
    return first, second


def write_template(text: str, path: Path, source: str, target: str) -> int:
    """Write the rows that a translation of a script needs; how many are still to be filled.

    A table that is there keeps its rows, columns and translations; what it lacks is added to it.
    Raises LikenessError as `divide_text` and `read_table` do, and ``output_unwritable``.
    """
    old = read_table(path) if path.exists() else Table((), ())
    names = list(old.columns)
    for code in (source, target):
        if match_pair([(name, name) for name in old.languages()], code, code) is None:
            names.append(code)
    rows = [[*row, *[""] * (len(names) - len(row))] for row in old.rows]
    first, second = find_columns(Table(tuple(names), ()), path, source, target)
    wanted = list(dict.fromkeys(divide_text(text, source).written()))
    there = {single_spaced(row[first]) for row in rows}
    for sentence in wanted:
        if sentence not in there:
            rows.append(["" if number != first else sentence for number in range(len(names))])
    _write(path, [names, *rows])
    filled = {single_spaced(row[first]) for row in rows if row[second]}
    return sum(sentence not in filled for sentence in wanted)


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=_DELIMITERS.get(path.suffix.lower(), ","), lineterminator="\n").writerows(rows)
    write_file(path, file.getvalue().encode("utf-8-sig"))  # spreadsheets know UTF-8 by that mark


def _entries(table: Table, columns: tuple[int, int], source: str, target: str) -> dict[str, str]:
    """Sentence -> translation: of whole rows, then of the sentences of rows that have as many in both languages.

    Raises LikenessError ``table_ambiguous`` for a sentence with two translations.
    """
    entries: dict[str, str] = {}
    for said, told in _filled(table, columns):
        if entries.setdefault(said, told) != told:
            message = f"The table has two translations of “{_short(said)}”."
            raise LikenessError("table_ambiguous", message, "Leave one of these rows.")
    plain: dict[str, str] = {}
    for said, told in entries.items():
        for first, second in _parted(said, told, source, target):
            plain.setdefault(first, second)
    return {**{unmarked(said): told for said, told in entries.items()}, **plain, **entries}


def _filled(table: Table, columns: tuple[int, int]) -> Iterator[tuple[str, str]]:
    first, second = columns
    yield from ((single_spaced(row[first]), row[second]) for row in table.rows if row[first] and row[second])


def _parted(said: str, told: str, source: str, target: str) -> Sequence[tuple[str, str]]:
    """The sentences of a row, where it is a line of several."""
    try:
        parts = divide_text(said, source).written(), divide_text(told, target).written()
    except LikenessError:  # not what can be spoken, which is told where it is
        return ()
    return list(zip(*parts, strict=True)) if len(parts[0]) == len(parts[1]) > 1 else ()


def _row_missing(
    path: Path, missing: Sequence[str], target: str, table: Table, columns: tuple[int, int]
) -> LikenessError:
    first = missing[0]
    language = find_language(target).name
    empty = any(single_spaced(row[columns[0]]) in (first, unmarked(first)) for row in table.rows)
    what = f"nothing in {language} beside" if empty else "no row for"
    within = [row for row in table.rows if unmarked(first) in unmarked(row[columns[0]]) and row[columns[1]]]
    if within:
        what = f"a row whose sentences in {language} are not as many, with"
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return LikenessError(
        "table_row_missing",
        f"{path.name} has {what} “{_short(first)}”{more}.",
        "Fill it in; --template adds the rows that a script needs.",
    )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _is_language(name: str) -> bool:
    try:
        return bool(find_language(name))
    except LikenessError:
        return False
