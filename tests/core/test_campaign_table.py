# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a campaign: what spreadsheets write, and what is wrong with it told by row and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.campaign.names import LONGEST, safe_name, unsafe_reason
from core.campaign.table import TableInvalid, read_table
from core.errors import LikenessError


def table(tmp_path: Path, text: str | bytes, name: str = "people.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


def problems(tmp_path: Path, text: str | bytes, name: str = "people.csv") -> list[str]:
    with pytest.raises(TableInvalid) as caught:
        table(tmp_path, text, name)
    assert caught.value.code == "table_invalid" and name in caught.value.message
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "name,city\nAda,Rome\n\nBen,Oslo\n",
        "\ufeffname;city\r\nAda;Rome\r\n\r\nBen;Oslo\r\n",
        "name\tcity\nAda\tRome\n\t\nBen\tOslo",
        '"name" , "city"\n'.replace(" ", "") + '"Ada","Rome"\n\n"Ben","Oslo"\n',
        "name\tcity\r\nAda\tRome\r\n\r\nBen\tOslo\r\n".encode("utf-16"),
        "name,city,,\nAda,Rome,,\n,,,\nBen,Oslo,,\n",
    ],
)
def test_what_spreadsheets_write_is_read(text: str | bytes, tmp_path: Path):
    found = table(tmp_path, text)
    assert found.columns == ("name", "city")
    assert [(row.number, dict(row.values)) for row in found.rows] == [
        (2, {"name": "Ada", "city": "Rome"}),
        (4, {"name": "Ben", "city": "Oslo"}),
    ]
    assert [row.file for row in found.rows] == ["001-Ada", "002-Ben"]


def test_quoted_cells_hold_anything(tmp_path: Path):
    found = table(tmp_path, 'name,text\nAda,"She said ""hi"",\nand left"\nBen,x\n')
    assert found.rows[0].values["text"] == 'She said "hi",\nand left' and found.rows[1].number == 4


def test_json_is_a_list_of_rows(tmp_path: Path):
    rows = [{"name": "Ada", "age": 36, "pronunciations": {"Ada": "AY-da"}}, {"name": "Ben", "city": None}]
    for document in (rows, {"rows": rows}):
        found = table(tmp_path, json.dumps(document), "people.json")
        assert found.unit == "row" and found.columns == ("name", "age", "pronunciations", "city")
        assert [dict(row.values) for row in found.rows] == [
            {"name": "Ada", "age": "36", "pronunciations": {"Ada": "AY-da"}},
            {"name": "Ben"},
        ]


def test_columns_say_how_a_field_is_said(tmp_path: Path):
    text = (
        "name,name_pronunciation,city,City Pronunciation,pronunciations\n"
        "Siobhán  Nguyen,shi-vawn wɪn,Nice,nees,SQL=sequel; Qi = tʃiː\nBen,,Oslo,,\n"
    )
    first, second = table(tmp_path, text).rows
    assert first.filled["pronunciations"] == {
        "SQL": "sequel", "Qi": "tʃiː", "Siobhán Nguyen": "shi-vawn wɪn", "Nice": "nees",
    }  # fmt: skip
    assert "pronunciations" not in second.filled


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["The table is empty."]),
        ("name,city\n", ["The table has no rows."]),
        ("name,Name \nAda,B\n", ["Line 1, column “Name”: There are two columns of this name: “name” is the same."]),
        ("name,,city\nAda,x,Rome\n", ["Line 1: The column number 2 has no name."]),
        ("name\nAda\nBen, Jr.\n", ["Line 3: It has 2 cells, the table 1 columns: “Jr.” is in none."]),
        ('name,city\nAda,Rome\nBen,"Os\nlo\n', ["Line 3: A double quote is not closed, or stands within a cell."]),
        (b"name\nAda\nJos\xe9\n", ["Line 3: This is no text in UTF-8."]),
        (
            "name,file\nAda,a/b\nBen,CON\nCem,same\nDan,Same\n",
            [
                "Line 2, column “file”: “a/b” cannot be a file's name: '/' is not allowed in it.",
                "Line 3, column “file”: “CON” cannot be a file's name: Windows keeps that name for a device.",
                "Line 5, column “file”: Line 4 has the same file, “Same”.",
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(text: str | bytes, told: list[str], tmp_path: Path):
    assert problems(tmp_path, text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"name": "Ada"},\n {"name": }]', ["Line 2: This is no JSON at column 11: expecting value."]),
        ('{"people": []}', ["The JSON is no list of rows."]),
        ('[{"name": "Ada"}, 7]', ["Row 2: It is no object."]),
        ('[{"name": ["Ada"]}]', ["Row 1, column “name”: It is no text or number."]),
        ('[{"name": "A", "name": "B"}]', ["Row 1, column “name”: There are two columns of this name."]),
    ],
)
def test_what_is_wrong_with_json_is_told(text: str, told: list[str], tmp_path: Path):
    assert problems(tmp_path, text, "people.json") == told


def test_other_files_are_no_tables(tmp_path: Path):
    for name, code in (("people.xlsx", "table_format"), ("people.csv", "file_missing")):
        with pytest.raises(LikenessError) as caught:
            read_table(tmp_path / name)
        assert caught.value.code == code


def test_names_are_good_on_every_disk(tmp_path: Path):
    for text in ("../../etc/passwd", "a:b", "NUL", "x" * 300, "日本" * 60, "...", "Ada\nLovelace", "Ünal & Söhne"):
        assert not unsafe_reason(f"001-{safe_name(text)}".rstrip("-")) and len(safe_name(text).encode()) <= LONGEST
    rows = table(tmp_path, "name,file\nÜnal & Söhne,\n../x,\n,002-x\n张伟,\n").rows
    assert [row.file for row in rows] == ["001-Ünal-Söhne", "002-x-2", "002-x", "004-张伟"]
