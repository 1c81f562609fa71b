# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalogs of the asset browser: no data of a file, but lines in a text file at the library's top.

Blender reads it when it opens a file. Identifiers are made of the path, so that all files have the same.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path

CATALOG_FILE = "blender_assets.cats.txt"


def catalog_id(path: str) -> str:
    """The identifier of a catalog by its path, such as ``Likeness/Avatars``."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, path))


def add_catalogs(folder: Path, paths: Iterable[str]) -> bool:
    """Add catalogs to the catalog file of a folder; whether something had to be added. Other lines stay.

    Raises OSError.
    """
    file = folder / CATALOG_FILE
    text = file.read_text(encoding="utf-8") if file.is_file() else "VERSION 1\n"
    missing = [path for path in paths if catalog_id(path) not in text]
    if not missing:
        return False
    lines = [f"{catalog_id(path)}:{path}:{path.replace('/', '-')}" for path in missing]
    written = file.with_suffix(".new")
    written.write_text(text.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    os.replace(written, file)
    return True
