# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries in Blender's own menus: Add, and the context menu of an avatar."""

from __future__ import annotations

import bpy

from .rig.assemble import is_rig


class LIKENESS_MT_add(bpy.types.Menu):
    """Avatars, beside what else can be added to a scene"""

    bl_label = "Likeness"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("likeness.add_avatar", text="Avatar from Photo", icon="FILE_IMAGE")
        layout.operator("likeness.import_avatar", text="Import Avatar", icon="IMPORT")


class LIKENESS_MT_avatar(bpy.types.Menu):
    """What is done to an avatar's pose and curves"""

    bl_label = "Likeness"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("likeness.mirror_pose", icon="MOD_MIRROR")
        layout.operator("likeness.reset_pose", icon="LOOP_BACK")
        layout.operator("likeness.key_pose", text="Key Changes", icon="KEY_HLT").only_changed = True
        layout.operator("likeness.toggle_board", text="Show or Hide Face Board", icon="HIDE_OFF")
        layout.separator()
        layout.operator("likeness.build_studio", icon="LIGHT_AREA")
        layout.operator("likeness.render_clip", icon="RENDER_ANIMATION")


def _draw_add(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.menu("LIKENESS_MT_add", icon="USER")


def _draw_avatar(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    active = context.view_layer.objects.active
    if active is not None and is_rig(active):
        menu.layout.separator()
        menu.layout.menu("LIKENESS_MT_avatar", icon="USER")


# Menu of Blender -> what draws our entry at its end.
ENTRIES = {"VIEW3D_MT_add": _draw_add, "VIEW3D_MT_object_context_menu": _draw_avatar}


def register() -> None:
    """Put the entries in."""
    for name, draw in ENTRIES.items():
        getattr(bpy.types, name).append(draw)


def unregister() -> None:
    """Take them out."""
    for name, draw in ENTRIES.items():
        getattr(bpy.types, name).remove(draw)


CLASSES = (LIKENESS_MT_add, LIKENESS_MT_avatar)
