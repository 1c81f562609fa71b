# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo as a picture in the panel."""

from __future__ import annotations

from pathlib import Path

import bpy
import bpy.utils.previews

_pictures: bpy.utils.previews.ImagePreviewCollection | None = None


def photo_icon(path: Path) -> int:
    """The icon of a photo for ``template_icon``, 0 where there is none; a changed file is read again."""
    try:
        state = path.stat()
    except OSError:
        return 0
    if _pictures is None:
        return 0
    name = f"{path} {state.st_mtime_ns} {state.st_size}"
    if name not in _pictures:
        _pictures.clear()  # one photo is enough to keep
        _pictures.load(name, str(path), "IMAGE")
    return _pictures[name].icon_id


def register() -> None:
    """Make room for the picture."""
    global _pictures
    _pictures = bpy.utils.previews.new()


def unregister() -> None:
    """Free the picture."""
    global _pictures
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
