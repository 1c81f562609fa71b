# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a preset's keys and bones on a rig, whatever case, prefix and marks its names have. No bpy here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..exchange.capture import plain_name
from .presets import Preset, Row


def match_preset(preset: Preset, keys: Iterable[str], bones: Iterable[str]) -> tuple[Row, ...]:
    """The preset's rows that this rig has keys and bones for, called as they are there."""
    keys, bones = list(keys), set(bones)
    rows = _find_keys(preset, preset.keys, keys)
    mouths = [_find_keys(preset, table, keys) for table in preset.mouths]
    rows += max(mouths, key=len, default=[])
    return (*rows, *(row for row in preset.bones if row.name in bones))


def _find_keys(preset: Preset, table: Mapping[str, str], keys: list[str]) -> list[Row]:
    """Rows of a table; where a key is not there, the first of its other names that is."""
    places: dict[str, list[str]] = {}
    for key in keys:
        places.setdefault(plain_name(key), []).append(key)
    rows = []
    for key, source in table.items():
        spellings = (plain_name(name) for name in (key, *preset.aliases.get(key, ())))
        found = next((places[name] for name in spellings if name in places), [])
        rows += [Row(name, "", source) for name in found]
    return rows


def choose_preset(presets: Mapping[str, Preset], keys: Iterable[str], bones: Iterable[str]) -> Preset:
    """The preset that finds most on a rig; the first of equals."""
    keys, bones = list(keys), list(bones)
    return max(presets.values(), key=lambda preset: len(match_preset(preset, keys, bones)))


def still_keys(rows: Iterable[Row], keys: Iterable[str]) -> tuple[str, ...]:
    """Keys of a rig that no row moves."""
    moved = {row.name for row in rows if not row.part}
    return tuple(key for key in keys if key not in moved)
