# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses, mirror, reset, keys and a look at what a rig lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import bpy

from .. import rig
from ..errors import LikenessError
from ..rig import check
from ..rig.armature import find_board
from ..rig.catalogs import CATALOG_FILE
from ..rig.manual import set_aside
from ..rig.pose_assets import PREVIEW_SIZE, make_pose_assets, set_preview, write_catalogs
from ..rig.poses import POSES
from ..rig.posing import apply_pose, key_pose, mirror_pose, reset_pose
from ..rig.upgrade import add_controls, has_controls
from ..stage.pose_pictures import take_pictures
from ..words import join, tell
from .job import explain, fail

# (identifier, name, description) of what can be set back: `posing.PARTS`.
RESETS = (
    ("channels", "Sliders", "The channels of the face"),
    ("board", "Face Board", "The handles of the face board"),
    ("bones", "Bones", "Head, eyes, body and the look-at target"),
)


def why_not_pose(context: bpy.types.Context) -> str:
    """Why no avatar can be posed now, in words; empty when one can."""
    armature = rig.find_rig(context)
    if armature is None:
        return "Select the avatar to work on, or build or import one."
    if armature.library is not None:
        return tell(
            "{name} is linked: make a library override of it first (Object, Library Override, Make).",
            name=armature.name,
        )
    return ""


class PoseOperator:
    """What works on the rig in hand at the current frame, as one undo step."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_pose(context))

    def work(self, context: bpy.types.Context, act: Callable[[bpy.types.Object, int], int], done: str) -> set[str]:
        """Do it, and say what was done and how much of it had to be keyed."""
        armature, frame = rig.find_rig(context), context.scene.frame_current
        try:
            keyed = act(armature, frame)
        except LikenessError as error:
            return fail(self, error)
        told = (
            tell("{keyed} values are keyed at frame {frame}, since they are animated.", keyed=keyed, frame=frame)
            if keyed
            else ""
        )
        self.report({"INFO"}, join(done, told))
        return {"FINISHED"}


class LIKENESS_OT_apply_pose(PoseOperator, bpy.types.Operator):
    """Put an expression or a viseme onto the avatar; on top of a take it is keyed and adds to it"""

    bl_idname = "likeness.apply_pose"
    bl_label = "Apply Pose"

    pose: bpy.props.EnumProperty(
        name="Pose", items=[(pose.name, pose.label, pose.help) for pose in POSES.values()], description="What is shown"
    )
    strength: bpy.props.FloatProperty(
        name="Strength", default=1.0, min=0.0, soft_max=1.0, max=2.0, description="1 is the pose as it was made"
    )
    turn: bpy.props.BoolProperty(
        name="Head and Gaze", default=True, description="Turn head and eyes too, where the pose has them"
    )
    key: bpy.props.BoolProperty(name="Key", description="Key the pose at this frame, even where nothing is animated")

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return tell(POSES[properties.pose].help)

    def execute(self, context: bpy.types.Context) -> set[str]:
        pose = POSES[self.pose]
        return self.work(
            context,
            lambda armature, frame: apply_pose(armature, pose, frame, self.strength, self.turn, self.key),
            tell("{label} is on.", label=tell(pose.label)),
        )


class LIKENESS_OT_make_pose_assets(PoseOperator, bpy.types.Operator):
    """Put expressions and visemes into the asset browser, as poses for every avatar in this file"""

    bl_idname = "likeness.make_pose_assets"
    bl_label = "Make Pose Assets"

    pictures: bpy.props.BoolProperty(name="Pictures", default=True, description="Draw each pose on this avatar")

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        actions = make_pose_assets(armature)
        if self.pictures:
            try:
                draw_previews(armature, actions)
            except (LikenessError, RuntimeError) as error:
                self.report({"WARNING"}, tell("The poses have no pictures: {error}", error=error))
        told = tell("{count} poses are assets of this file.", count=len(actions))
        if not bpy.data.filepath:
            told = join(told, "Save it and press again: catalogs stand beside a saved file.")
        else:
            try:
                if write_catalogs(Path(bpy.data.filepath).parent):
                    told = join(
                        told,
                        tell(
                            "Their catalogs are in {file} beside it; open the file again to see them.",
                            file=CATALOG_FILE,
                        ),
                    )
            except OSError as error:
                self.report({"WARNING"}, tell("The catalogs could not be written: {error}.", error=error))
        self.report({"INFO"}, told)
        return {"FINISHED"}


def draw_previews(armature: bpy.types.Object, actions: Mapping[str, bpy.types.Action]) -> None:
    """Draw each pose on the rig as its asset's picture; rig and animation are as before afterwards."""
    frame = bpy.context.scene.frame_current
    poses = {name: lambda name=name: apply_pose(armature, POSES[name], frame) for name in actions}
    with set_aside(armature):
        for name, pixels in take_pictures(armature, poses, PREVIEW_SIZE):
            set_preview(actions[name], pixels)
            apply_pose(armature, POSES[name], frame, strength=0.0)


class LIKENESS_OT_mirror_pose(PoseOperator, bpy.types.Operator):
    """Swap left and right of the pose: bones, face board and sliders"""

    bl_idname = "likeness.mirror_pose"
    bl_label = "Mirror"

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self.work(context, mirror_pose, "The pose is mirrored.")


class LIKENESS_OT_reset_pose(PoseOperator, bpy.types.Operator):
    """Take back what was set by hand; what a take says stays"""

    bl_idname = "likeness.reset_pose"
    bl_label = "Reset"

    parts: bpy.props.EnumProperty(
        name="What",
        items=RESETS,
        options={"ENUM_FLAG"},
        default={identifier for identifier, *_ in RESETS},
        description="What goes back to rest",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self.work(
            context, lambda armature, frame: reset_pose(armature, frame, set(self.parts)), "The pose is at rest."
        )


class LIKENESS_OT_key_pose(PoseOperator, bpy.types.Operator):
    """Key the pose at this frame into your own action, which lies on top of every take"""

    bl_idname = "likeness.key_pose"
    bl_label = "Key"

    only_changed: bpy.props.BoolProperty(
        name="Only What Differs", default=True, description="Leave out what the animation shows at this frame anyway"
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature, frame = rig.find_rig(context), context.scene.frame_current
        try:
            count = key_pose(armature, frame, self.only_changed)
        except LikenessError as error:
            return fail(self, error)
        self.report(
            {"INFO"},
            tell("{count} values are keyed at frame {frame}.", count=count, frame=frame)
            if count
            else "Nothing differs here.",
        )
        return {"FINISHED"}


class LIKENESS_OT_check_rig(PoseOperator, bpy.types.Operator):
    """Say what the avatar lacks and what to do about it; changes nothing"""

    bl_idname = "likeness.check_rig"
    bl_label = "Check Rig"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        lacks = check.check(rig.find_rig(context))
        for lack in lacks:
            self.report({"WARNING"}, join(lack.message, lack.hint))
        if not lacks:
            self.report({"INFO"}, "The rig is whole.")
        return {"FINISHED"}


class LIKENESS_OT_repair_rig(PoseOperator, bpy.types.Operator):
    """Add channels again that somebody removed, at 0"""

    bl_idname = "likeness.repair_rig"
    bl_label = "Repair"

    def execute(self, context: bpy.types.Context) -> set[str]:
        added = check.repair(rig.find_rig(context), context.view_layer)
        self.report({"INFO"}, tell("Added {names}.", names=", ".join(added)) if added else "No channel was missing.")
        return {"FINISHED"}


class LIKENESS_OT_add_rig_controls(PoseOperator, bpy.types.Operator):
    """Give an avatar from before its face board, its look-at target and its bone shapes"""

    bl_idname = "likeness.add_rig_controls"
    bl_label = "Add Rig Controls"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        why = why_not_pose(context)
        if not why and has_controls(rig.find_rig(context)):
            why = "This avatar has them."
        return explain(cls, why)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            add_controls(rig.find_rig(context), context.view_layer)
        except LikenessError as error:
            return fail(self, error)
        return {"FINISHED"}


class LIKENESS_OT_toggle_board(PoseOperator, bpy.types.Operator):
    """Show or hide the face board"""

    bl_idname = "likeness.toggle_board"
    bl_label = "Face Board"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        why = why_not_pose(context)
        if not why and find_board(rig.find_rig(context)) is None:
            why = "This avatar has no face board yet."
        return explain(cls, why)

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        if armature.data.library is not None:
            armature.data.override_create(remap_local_usages=True)  # whose bones are shown is the armature data's
        board = find_board(armature)
        board.is_visible = not board.is_visible
        return {"FINISHED"}


CLASSES = (
    LIKENESS_OT_make_pose_assets,
    LIKENESS_OT_toggle_board,
    LIKENESS_OT_apply_pose,
    LIKENESS_OT_mirror_pose,
    LIKENESS_OT_reset_pose,
    LIKENESS_OT_key_pose,
    LIKENESS_OT_check_rig,
    LIKENESS_OT_repair_rig,
    LIKENESS_OT_add_rig_controls,
)
