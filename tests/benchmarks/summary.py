# SPDX-License-Identifier: GPL-3.0-or-later
"""What every benchmark ends with: a table on the screen, ``OUT/summary.json``, and an exit status.

Standard library only: benchmarks run in either environment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measure against its bar. at_most: the value must not exceed the bar; otherwise it must reach it.

    bar None: reported, not judged. is_hint: missing the bar is told, and fails nothing.
    """

    measure: str
    value: float
    bar: float | None = None
    at_most: bool = False
    is_hint: bool = False

    @property
    def ok(self) -> bool:
        if self.bar is None:
            return True
        if math.isnan(self.value):
            return False
        return self.value <= self.bar if self.at_most else self.value >= self.bar


def report(rows: Sequence[Row], out: Path | None) -> int:
    """Print ``measure | value | bar`` and write ``out/summary.json`` when given.

    Returns the exit status: 1 when a bar is missed, else 0.
    """
    width = max((len(row.measure) for row in rows), default=0)
    for row in rows:
        sign = "" if row.bar is None else f"{'<=' if row.at_most else '>='} {row.bar:g}"
        missed = "" if row.ok else "   missed (a hint)" if row.is_hint else "   MISSED"
        print(f"{row.measure:{width}} | {row.value:10.4g} | {sign}{missed}")
    if out is not None:
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        table = [
            {
                "measure": row.measure,
                "value": None if math.isnan(row.value) else row.value,
                "bar": row.bar,
                "ok": row.ok,
            }
            for row in rows
        ]
        (out / "summary.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row.ok or row.is_hint for row in rows) else 1
