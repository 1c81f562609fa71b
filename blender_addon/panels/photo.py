# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo to an avatar."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..consent import draw_consent, why_not_consent
from ..operators.photo import why_not_build
from .job import LikenessPanel
from .preview import photo_icon
from .setting_up import draw_first_run
from .text import draw_missing, draw_sentence, has_avatar


class LIKENESS_PT_photo(LikenessPanel, bpy.types.Panel):
    """Photo in, avatar out"""

    bl_label = "Photo"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        draw_first_run(layout, context, with_avatar=False)
        photo = Path(bpy.path.abspath(settings.photo)) if settings.photo else None
        if photo is not None:
            icon = photo_icon(photo)
            if icon:
                layout.template_icon(icon_value=icon, scale=3.0 if has_avatar(context) else 6.0)
        name = photo.name if photo is not None else "Choose Photo"
        layout.operator("likeness.choose_photo", text=name, icon="FILE_IMAGE")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "name")
        column.prop(settings, "face")
        draw_missing(layout, context, why_not_build(context), is_here=True)
        layout.operator("likeness.build_avatar", icon="OUTLINER_OB_ARMATURE")


class LIKENESS_PT_consent(LikenessPanel, bpy.types.Panel):
    """Whose face it is, and on what basis"""

    bl_label = "Consent"
    bl_parent_id = "LIKENESS_PT_photo"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        consent = context.scene.likeness.consent
        draw_consent(self.layout, consent)
        draw_sentence(self.layout, context, why_not_consent(consent), "ERROR")


class LIKENESS_PT_options(LikenessPanel, bpy.types.Panel):
    """What most avatars do without"""

    bl_label = "Options"
    bl_parent_id = "LIKENESS_PT_photo"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("photo_left", "photo_right", "glasses", "texture", "pins"):
            column.prop(context.scene.likeness, name)


CLASSES = (LIKENESS_PT_photo, LIKENESS_PT_consent, LIKENESS_PT_options)
