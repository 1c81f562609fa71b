# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard in a scene, as a file."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import compat


def mix_sound(scene: bpy.types.Scene, path: Path) -> Path | None:
    """The scene's sound over its frame range as a wave file, or None where it is silent by design."""
    editor = scene.sequence_editor
    if (
        editor is None
        or not compat.has_sound()
        or not any(strip.type == "SOUND" and not strip.mute for strip in compat.editor_strips(editor))
    ):
        return None
    with bpy.context.temp_override(scene=scene):
        bpy.ops.sound.mixdown(filepath=str(path), container="WAV", codec="PCM", format="S16", mixrate=48000)
    return path
