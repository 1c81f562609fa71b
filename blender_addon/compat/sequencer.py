# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequencer's strips, which were called sequences before 4.4, and the sound device."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..errors import LikenessError
from .soundless import SilentStrips


def editor_strips(editor: bpy.types.SequenceEditor) -> bpy.types.StripsTopLevel:
    """The strips of a sequencer, to walk through and to add to."""
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    return strips if has_sound() else SilentStrips(editor, strips)


def set_strip_end(strip: bpy.types.Strip, frame: int) -> None:
    """Let a sequencer strip end before a frame; its property was renamed in 5.2."""
    name = "right_handle" if hasattr(strip, "right_handle") else "frame_final_end"
    setattr(strip, name, frame)


def move_strip(strip: bpy.types.Strip, frame: int) -> None:
    """Let what a sequencer strip plays begin at a frame; its property was renamed in 5.2."""
    setattr(strip, "content_start" if hasattr(strip, "content_start") else "frame_start", frame)


def strip_start(strip: bpy.types.Strip) -> int:
    """The frame at which what a sequencer strip plays begins, as `move_strip` sets it."""
    return round(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def strip_span(strip: bpy.types.Strip) -> tuple[float, float]:
    """The frames from and to which a sequencer strip is seen or heard."""
    if hasattr(strip, "right_handle"):
        return strip.left_handle, strip.right_handle
    return strip.frame_final_start, strip.frame_final_end


def has_sound() -> bool:
    """Whether this Blender plays and mixes sound; the wheel of bpy 4.2 was built without."""
    return bpy.app.build_options.audaspace


def play_sound(path: Path) -> object:
    """Play a sound file; it ends when nobody holds what is returned.

    Raises LikenessError ``sound_missing``.
    """
    if not has_sound():
        raise LikenessError("sound_missing", "This Blender was built without sound.", "Use one from blender.org.")
    import aud

    return aud.Device().play(aud.Sound(str(path)))
