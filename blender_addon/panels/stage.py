# SPDX-License-Identifier: GPL-3.0-or-later
"""Light, camera and background around the avatar."""

from __future__ import annotations

import bpy

from .job import LikenessPanel


class LIKENESS_PT_stage(LikenessPanel, bpy.types.Panel):
    """What is around the avatar"""

    bl_label = "Stage"
    bl_order = 6

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.operator("likeness.build_studio", icon="LIGHT_AREA")


CLASSES = (LIKENESS_PT_stage,)
