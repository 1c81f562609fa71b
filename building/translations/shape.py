# SPDX-License-Identifier: GPL-3.0-or-later
"""Arabic as Blender draws it: letters joined and the last word first, for Blender joins and turns nothing itself.

    python3 -m building.translations.shape

makes blender_addon/translations/ar.py of arabic.py, which is written as one reads it. Placeholders, numbers and Latin
words keep their order. Letters and their joined forms are those of Python's unicodedata.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from .arabic import TEXTS

TARGET = Path(__file__).resolve().parents[2] / "blender_addon" / "translations" / "ar.py"
MARKS = re.compile("[\u064b-\u065f\u0670\u200e\u200f]")  # vowel signs, which Blender's font does not stack; directions
ARABIC = re.compile("[\u0600-\u06ff]")
# What is read from the left inside a line: placeholders, then Latin words and numbers with what stands between them.
LATIN = re.compile(r"\{[^{}]*\}|[A-Za-z0-9](?:[^\u0600-\u06ff{}\"]*[A-Za-z0-9%°…/_*])?(?:\{[^{}]*\})?|\{\"[^}]*\}")
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
LAM, ALEFS = "\u0644", "\u0622\u0623\u0625\u0627"


@cache
def forms() -> dict[str, dict[str, str]]:
    """Letter (or lam and alef) -> how it stands: isolated, initial, medial, final -> its joined form."""
    table: dict[str, dict[str, str]] = {}
    for code in range(0xFE80, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()
        table.setdefault("".join(chr(int(letter, 16)) for letter in letters), {})[kind.strip("<>")] = chr(code)
    return table


def join(word: str) -> str:
    """Each letter in the form that it has between its neighbours."""
    letters = re.findall(f"{LAM}[{ALEFS}]|.", MARKS.sub("", word), re.DOTALL)
    known = [forms().get(letter, {}) for letter in letters]
    joined = []
    for place, letter in enumerate(letters):
        before = place > 0 and "initial" in known[place - 1] and "final" in known[place]
        after = place + 1 < len(letters) and "initial" in known[place] and "final" in known[place + 1]
        kind = ("medial" if after else "final") if before else ("initial" if after else "isolated")
        joined.append(known[place].get(kind, letter))
    return "".join(joined)


def shape(text: str) -> str:
    """A line as it is to be drawn from the left; one without Arabic letters stays."""
    text = MARKS.sub("", text)
    if not ARABIC.search(text):
        return text
    parts, place = [], 0
    for found in LATIN.finditer(text):
        parts += [join(text[place : found.start()]).translate(MIRRORED)[::-1], found[0]]
        place = found.end()
    parts.append(join(text[place:]).translate(MIRRORED)[::-1])
    return "".join(reversed(parts))


def write() -> str:
    """The module that the add-on has."""
    rows = "".join(f"    {quote(text)}: {quote(shape(shown))},\n" for text, shown in TEXTS.items())
    head = '# SPDX-License-Identifier: GPL-3.0-or-later\n"""Arabic, as Blender draws it: made from '
    return f'{head}building/translations/arabic.py."""\n\nTEXTS: dict[str, str] = {{\n{rows}}}\n'


def quote(text: str) -> str:
    """As a literal of Python, in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    TARGET.write_text(write(), encoding="utf-8")
