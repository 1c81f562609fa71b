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


def use_nodes(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The empty node tree of a new material or world; since 5.0 they always have one."""
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def new_curve(bag: bpy.types.ActionChannelbag, path: str, index: int, group: str) -> bpy.types.FCurve:
    """A new F-curve in a channelbag, shown in the named group; 5.0 takes the group while creating it."""
    if bpy.app.version >= (5, 0, 0):
        return bag.fcurves.new(path, index=index, group_name=group)
    curve = bag.fcurves.new(path, index=index)
    curve.group = bag.groups.get(group) or bag.groups.new(group)
    return curve


CLASSES: tuple[type, ...] = ()
