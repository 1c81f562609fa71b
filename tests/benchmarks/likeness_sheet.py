# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person looks at after the likeness bench: one sheet an avatar, and a page with all of them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from likeness_measures import Measures, cut_window, window_of

from core.avatar.framing import YAWS, view_name
from core.avatar.view import over
from core.portrait.decode import read_photo

CELL = 320
PAPER = 90
POSES = ("jaw_open", "eyes_shut", "smile")


def write_sheet(photo: Path, out: Path) -> None:
    """``sheet.png``: the photo, its re-rendering, all turns, and the poses."""
    image = read_photo(photo).image
    cells = [("photo", cut_window(image, window_of(out), CELL))]
    for name in ("photo_view", *(view_name(yaw) for yaw in sorted(YAWS)), *POSES):
        path = out / f"{name}.png"
        if path.is_file():
            picture = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
            cells.append((name, cv2.resize(over(picture, PAPER), (CELL, CELL), interpolation=cv2.INTER_AREA)))
    columns = (len(cells) + 1) // 2
    sheet = np.full((2 * CELL, columns * CELL, 3), PAPER, np.uint8)
    for k, (label, cell) in enumerate(cells):
        cell = np.ascontiguousarray(cell)
        cv2.putText(cell, label, (6, CELL - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
        row, column = divmod(k, columns)
        sheet[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = cell
    cv2.imwrite(str(out / "sheet.png"), sheet[..., ::-1])


def write_page(measured: Sequence[Measures], failed: dict[str, str], out: Path) -> None:
    """``index.html``: all sheets with their figures; failed: stem -> the sentence that its error says."""
    names = sorted({name for measures in measured for name in measures.values})
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    rows = []
    for measures in measured:
        cells = "".join(
            f"<td>{' / '.join(f'{value:.3g}' for value in measures.values.get(name, []))}</td>" for name in names
        )
        note = "" if measures.counts else " (not counted)"
        rows.append(f"<tr><td><a href='#{measures.stem}'>{html.escape(measures.stem)}</a>{note}</td>{cells}</tr>")
    sheets = [
        f"<h2 id='{measures.stem}'>{html.escape(measures.stem)}</h2>"
        + "".join(f"<p>{html.escape(warning)}</p>" for warning in measures.warnings)
        + f"<img loading='lazy' src='{measures.stem}/sheet.png'>"
        for measures in measured
    ]
    errors = "".join(f"<li>{html.escape(stem)}: {html.escape(text)}</li>" for stem, text in failed.items())
    page = f"""<!doctype html><meta charset="utf-8"><title>Likeness</title>
<style>body{{font:14px sans-serif;background:#222;color:#ddd}}a{{color:#9cf}}img{{max-width:100%}}
td,th{{padding:2px 8px;text-align:right}}td:first-child{{text-align:left}}</style>
<h1>Likeness</h1><table><tr><th></th>{head}</tr>{"".join(rows)}</table><ul>{errors}</ul>{"".join(sheets)}
"""
    (out / "index.html").write_text(page, encoding="utf-8")
