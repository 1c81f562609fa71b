# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig by hand: sliders, poses, board, keys."""

from __future__ import annotations

import re

import bpy

from .. import rig
from ..operators.rig import why_not_pose
from ..rig.armature import find_board
from ..rig.controls import CARRY, LOOK_AT, SLIDERS
from ..rig.manual import channel_names
from ..rig.poses import POSES
from ..rig.upgrade import has_controls
from .job import LikenessPanel
from .text import draw_sentence

# Panel of sliders -> beginnings of the channels in it.
GROUPS: dict[str, tuple[str, ...]] = {
    "Mouth": ("mouth", "jaw", "tongue"),
    "Eyes": ("eye",),
    "Brows": ("brow",),
    "Cheeks and Nose": ("cheek", "nose"),
    "Visemes": ("viseme_",),
    "Faces": ("neutral", "photo"),
}
LABELS = {slider.name: slider.label for slider in SLIDERS}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def _has_rig(context: bpy.types.Context) -> bool:
    return rig.find_rig(context) is not None


class LIKENESS_PT_rig(LikenessPanel, bpy.types.Panel):
    """What works on the whole rig"""

    bl_label = "Rig"
    bl_parent_id = "LIKENESS_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_rig(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout, armature = self.layout, rig.find_rig(context)
        missing = why_not_pose(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        if has_controls(armature):
            column = layout.column()
            for name in (LOOK_AT, CARRY):
                if name in armature:
                    column.prop(armature, f'["{name}"]', text=LABELS[name], slider=True)
            board = find_board(armature)
            if board is not None:
                shown = board.is_visible
                text, icon = ("Hide Face Board", "HIDE_OFF") if shown else ("Show Face Board", "HIDE_ON")
                layout.operator("likeness.toggle_board", text=text, icon=icon)
        row = layout.row(align=True)
        row.operator("likeness.mirror_pose", icon="MOD_MIRROR")
        row.operator("likeness.reset_pose", icon="LOOP_BACK")
        row = layout.row(align=True)
        row.operator("likeness.key_pose", text="Key Changes", icon="KEY_HLT").only_changed = True
        row.operator("likeness.key_pose", text="Key All", icon="KEYINGSET").only_changed = False
        if not has_controls(armature):
            draw_sentence(layout, context, "This avatar was made before there was a face board.", "INFO")
            layout.operator("likeness.add_rig_controls", icon="ADD")
        row = layout.row(align=True)
        row.operator("likeness.check_rig", icon="VIEWZOOM")
        row.operator("likeness.repair_rig", icon="TOOL_SETTINGS")


class LIKENESS_PT_poses(LikenessPanel, bpy.types.Panel):
    """Expressions and visemes to put on"""

    bl_label = "Poses"
    bl_parent_id = "LIKENESS_PT_rig"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        layout.prop(settings, "pose_strength", slider=True)
        layout.prop(settings, "pose_turn")
        for kind, columns in (("expression", 3), ("viseme", 5)):
            grid = layout.grid_flow(columns=columns, align=True, even_columns=True, row_major=True)
            for pose in (pose for pose in POSES.values() if pose.kind == kind):
                button = grid.operator("likeness.apply_pose", text=pose.label)
                button.pose, button.strength = pose.name, settings.pose_strength
                button.turn = settings.pose_turn
        layout.operator("likeness.make_pose_assets", icon="ASSET_MANAGER")


class SliderPanel(LikenessPanel):
    """The sliders of one group; pairs stand side by side, the right first, as one sees the face."""

    bl_parent_id = "LIKENESS_PT_rig"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        armature = rig.find_rig(context)
        beginnings = GROUPS[self.bl_label]
        names = [name for name in channel_names(armature) if name.startswith(beginnings)]
        column = self.layout.column(align=True)
        for name in names:
            other = name.removesuffix("Left") + "Right"
            if name.endswith("Right") and name.removesuffix("Right") + "Left" in names:
                continue  # stands beside its left
            row = column.row(align=True)
            if name.endswith("Left") and other in names:
                _slider(row, armature, other)
            _slider(row, armature, name)


def _slider(layout: bpy.types.UILayout, armature: bpy.types.Object, name: str) -> None:
    words = [name.removeprefix("viseme_")] if name.startswith("viseme_") else WORD.findall(name)
    text = " ".join(word.capitalize() if len(words) > 1 else word for word in words)
    text = text.replace(" Left", " L").replace(" Right", " R") if len(words) > 2 else text
    layout.prop(armature, f'["{name}"]', text=text, slider=True)


GROUP_PANELS = tuple(
    type(
        f"LIKENESS_PT_{name.split()[0].lower()}",
        (SliderPanel, bpy.types.Panel),
        {"bl_label": name, "__doc__": f"Sliders: {name}", "__module__": __name__},
    )
    for name in GROUPS
)

CLASSES = (LIKENESS_PT_rig, LIKENESS_PT_poses, *GROUP_PANELS)
