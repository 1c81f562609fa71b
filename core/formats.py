# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of the folders that we write, and what becomes of those that an earlier version wrote.

A document is brought up in memory when it is read; the file is only written anew when somebody saves. What an earlier
version did not write yet is filled in as that version meant it; what a later one wrote is not guessed at.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from core.errors import LikenessError

# Kind of folder -> the format that we write, as ``format`` of its document says.
FORMATS: Mapping[str, int] = {"avatar": 1, "speech": 1, "performance": 1, "voice": 1}
# Kind -> entries that earlier documents of the same format lack. A path of two names is an entry inside another one.
FILLS: Mapping[str, Mapping[tuple[str, ...], Any]] = {
    "avatar": {("settings",): {}, ("scores",): {}, ("warnings",): [], ("drivers",): {}, ("consent",): {}},
    "speech": {
        ("tags",): [],
        ("direction",): "",
        ("behaviour",): "listening",
        ("consent",): {},
        ("stressed",): [],
        ("warnings",): [],
    },
    "performance": {("feelings",): [], ("settings",): {}},
    "voice": {("sample", "kept_sha256"): "", ("warnings",): []},
}


def bring_up(kind: str, document: Any, name: str) -> dict[str, Any]:
    """A document of any earlier version as this one writes it. name: of the folder, for the message.

    Raises LikenessError ``too_new``, and ValueError where it is no document of this kind.
    """
    found = document.get("format") if isinstance(document, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ValueError("it does not say its format")
    if found > FORMATS[kind]:
        raise LikenessError(
            "too_new",
            f"{name} was made by a newer version of Speaking Likeness: its format is {found}, "
            f"this version reads up to {FORMATS[kind]}.",
            "Update the add-on.",
        )
    brought = copy.deepcopy(document)
    for (*inside, entry), value in FILLS[kind].items():
        holder = brought
        for part in inside:
            holder = holder[part]
        holder.setdefault(entry, copy.deepcopy(value))
    return brought
