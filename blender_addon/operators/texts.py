# SPDX-License-Identifier: GPL-3.0-or-later
"""Text files that are edited in Blender's Text Editor, and kept the same on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import bpy

from ..errors import LikenessError
from ..words import tell

IN_TEXT, IN_FILE = "likeness_text", "likeness_file"  # on a text: hashes of both when they were last the same


def show_text(context: bpy.types.Context, text: bpy.types.Text, line: int = 1) -> None:
    """Open a text in a window of its own; nothing in background."""
    text.cursor_set(max(line - 1, 0))
    if bpy.app.background:
        return
    bpy.ops.wm.window_new()
    area = context.window_manager.windows[-1].screen.areas[0]
    area.type = "TEXT_EDITOR"
    area.spaces.active.text = text
    area.spaces.active.top = max(line - 5, 0)


def find_text(path: Path) -> bpy.types.Text | None:
    """The text of this file that is of a path; None where it was not opened."""
    named = (text for text in bpy.data.texts if text.filepath)
    return next((text for text in named if Path(bpy.path.abspath(text.filepath)) == path), None)


def open_text(path: Path) -> bpy.types.Text:
    """The text of a file, as it is in both. Raises LikenessError as `keep_text`."""
    text = find_text(path)
    if text is not None:
        keep_text(path)
        return text
    _read(path)
    text = bpy.data.texts.load(str(path))
    _note(text, path)
    return text


def keep_text(path: Path) -> None:
    """What was edited in Blender goes to the file, or the other way round; nothing where the file was not opened.

    Raises LikenessError ``file_missing``, ``output_unwritable``, ``text_differs`` where both were changed.
    """
    text = find_text(path)
    if text is None:
        return
    here, there = _hash(text.as_string()), _hash(_read(path))
    is_edited, is_changed = here != text.get(IN_TEXT, here), there != text.get(IN_FILE, there)
    if is_edited and is_changed:
        raise LikenessError(
            "text_differs",
            tell("{name} was changed in the Text Editor and by another program.", name=path.name),
            "Reload or save it in the Text Editor, whichever is to stay.",
        )
    if is_edited:
        try:
            path.write_text(text.as_string(), encoding="utf-8", newline="\n")
        except OSError as error:
            message = tell("{path} cannot be written: {reason}.", path=path, reason=error.strerror)
            raise LikenessError("output_unwritable", message, "Save the file somewhere else.") from error
    elif is_changed:
        text.from_string(_read(path))
    if is_edited or is_changed:
        _note(text, path)


def _note(text: bpy.types.Text, path: Path) -> None:
    text[IN_TEXT], text[IN_FILE] = _hash(text.as_string()), _hash(_read(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise LikenessError("file_missing", tell("There is no file {path}.", path=path), "Choose another.") from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
