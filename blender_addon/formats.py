# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of the folders that Blender reads (the core's twin: core/formats.py). No bpy here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import LikenessError
from .words import tell

FORMATS: Mapping[str, int] = {"avatar": 1, "performance": 1}
# Kind -> entries that earlier documents of the same format lack.
FILLS: Mapping[str, Mapping[str, Any]] = {
    "avatar": {"settings": {}, "scores": {}, "warnings": [], "drivers": {}, "consent": {}},
    "performance": {"feelings": [], "settings": {}},
}


def bring_up(kind: str, document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A document of any earlier version as this one reads it. name: of the folder, for the message.

    Raises LikenessError ``too_new``, and ValueError where it does not say its format.
    """
    found = document.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ValueError("it does not say its format")
    if found > FORMATS[kind]:
        raise too_new(name)
    return {**FILLS[kind], **document}


def too_new(name: str) -> LikenessError:
    """What is said of something that a later version wrote."""
    return LikenessError(
        "too_new", tell("{name} was made by a newer version of Speaking Likeness.", name=name), "Update the add-on."
    )
