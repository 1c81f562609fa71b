# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be said, and by whom, as params of the core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy


def script_text(context: bpy.types.Context) -> str:
    """The script: the chosen text of the Text Editor, else the line in the panel."""
    settings = context.scene.likeness
    return settings.script_block.as_string() if settings.script_block is not None else settings.script


def write_pronunciations(settings: bpy.types.PropertyGroup) -> str | None:
    """The path of a file of the pronunciations, as the core's param; None where there are none."""
    lines = [f"{row.name.strip()} = {row.said.strip()}" for row in settings.pronunciations if row.said.strip()]
    if not lines:
        return None
    path = Path(bpy.app.tempdir) / "pronunciations.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def speak_params(context: bpy.types.Context) -> dict[str, Any]:
    """How the panel says that the script is spoken, as params of the core's ``speak``."""
    settings = context.scene.likeness
    return {
        "script": script_text(context),
        "language": settings.language,
        "voice": settings.voice or "auto",
        "style": settings.voice_style,
        "speed": settings.speed,
        "online": bpy.app.online_access,
        "pronunciations": write_pronunciations(settings),
    }
