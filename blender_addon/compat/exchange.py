# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender's exporters are told."""

from __future__ import annotations

import bpy


def usd_pictures() -> dict[str, object]:
    """Settings of the USD exporter that put pictures into the file; before 4.4 it was a plain switch."""
    known = bpy.ops.wm.usd_export.get_rna_type().properties
    return {"export_textures_mode": "NEW"} if "export_textures_mode" in known else {"export_textures": True}
