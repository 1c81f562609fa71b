# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between the Blender versions we support (4.5 LTS to 5.2 LTS), and nowhere else.

Checked against bpy 4.5.15 and 5.2.3.
"""

from __future__ import annotations

import bpy


def eevee_engine() -> str:
    """The identifier of EEVEE for ``scene.render.engine``: it was renamed in 5.0."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def set_video_output(settings: bpy.types.ImageFormatSettings) -> None:
    """Make an output write a video file (``FFMPEG``); 5.0 wants to be told that it is a video first."""
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"


def set_image_output(settings: bpy.types.ImageFormatSettings, file_format: str = "PNG") -> None:
    """Make an output write still images of ``file_format``."""
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = file_format


CLASSES: tuple[type, ...] = ()
