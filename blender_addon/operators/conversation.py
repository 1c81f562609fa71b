# SPDX-License-Identifier: GPL-3.0-or-later
"""Several avatars in one scene: who looks at whom, how they stand, who speaks when."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..errors import LikenessError
from ..rig.assemble import is_rig
from ..rig.looking import NECK_SHARE, avatar_of, eyes_of, look_at, look_away, looked_at
from ..stage.facing import LEFT, turn_towards
from ..words import tell
from .job import explain, fail, why_busy
from .takes import why_no_take
from .timeline import refresh_timeline

SHARE = bpy.props.FloatProperty(
    name="Head",
    default=NECK_SHARE,
    min=0.0,
    max=1.0,
    subtype="FACTOR",
    description="Share of the way that the head turns; the eyes turn the rest",
)


def speakers(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The avatars that are meant: those selected where several are, else all of the scene, in the order of names."""
    everybody = [obj for obj in context.scene.objects if is_rig(obj)]
    chosen = {avatar_of(obj) for obj in context.selected_objects}
    some = [armature for armature in everybody if armature in chosen]
    return sorted(some if len(some) > 1 else everybody, key=lambda armature: armature.name)


def why_alone(context: bpy.types.Context) -> str:
    """Why nobody can be looked at, in words; empty when somebody can."""
    if len(speakers(context)) < 2:
        return "Two avatars are needed: import another one."
    return ""


def pair_up(
    armatures: list[bpy.types.Object], first: bpy.types.Object | None
) -> dict[bpy.types.Object, bpy.types.Object]:
    """Who looks at whom: two at each other; of more, all at the one in hand, and that one at who stands nearest."""
    centre = first if first in armatures else armatures[0]
    others = [armature for armature in armatures if armature != centre]
    nearest = min(others, key=lambda other: (eyes_of(other) - eyes_of(centre)).length)
    return {centre: nearest} | dict.fromkeys(others, centre)


def choose_target(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    """Let a rig look at what its panel's field names; where it cannot, the field is empty again and says why."""
    target = armature.likeness_looks_at
    try:
        if target is None:
            look_away(armature)
            return
        look_at(armature, target)
        takes.write_glances(armature)
    except LikenessError as error:
        told = str(error)
        if target is not None:
            armature.likeness_looks_at = None
        if not bpy.app.background:
            context.window_manager.popup_menu(lambda menu, _: menu.layout.label(text=told), title=tell("Look At"))


class LIKENESS_OT_look_at_each_other(bpy.types.Operator):
    """Let two avatars look into each other's eyes, also while they are moved; of more, all look at the one in hand"""

    bl_idname = "likeness.look_at_each_other"
    bl_label = "Look at Each Other"
    bl_options = {"REGISTER", "UNDO"}

    share: SHARE

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_alone(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        pairs = pair_up(speakers(context), rig.find_rig(context))
        try:
            for armature, other in pairs.items():
                _look(armature, other, self.share)
        except LikenessError as error:
            return fail(self, error)
        self.report(
            {"INFO"},
            " ".join(
                tell("{name} looks at {other_name}.", name=one.name, other_name=other.name)
                for one, other in pairs.items()
            ),
        )
        return {"FINISHED"}


class LIKENESS_OT_look_at(bpy.types.Operator):
    """Let an avatar look at another one, the camera or an object; without a target at nobody"""

    bl_idname = "likeness.look_at"
    bl_label = "Look At"
    bl_options = {"REGISTER", "UNDO"}

    avatar: bpy.props.StringProperty(name="Avatar", description="Name of its armature; empty for the one in hand")
    target: bpy.props.StringProperty(
        name="Target", description="Name of an object: an avatar's armature, a camera, anything; empty for nobody"
    )
    share: SHARE

    def execute(self, context: bpy.types.Context) -> set[str]:
        objects = context.scene.objects
        armature = objects.get(self.avatar) if self.avatar else rig.find_rig(context)
        target = objects.get(self.target)
        try:
            if armature is None or not is_rig(armature):
                raise LikenessError(
                    "avatar_missing", tell("There is no avatar {avatar}.", avatar=self.avatar), "Choose another."
                )
            if self.target and target is None:
                raise LikenessError(
                    "target_missing", tell("There is no object {target}.", target=self.target), "Choose another."
                )
            _look(armature, target, self.share)
        except LikenessError as error:
            return fail(self, error)
        return {"FINISHED"}


class LIKENESS_OT_face_each_other(bpy.types.Operator):
    """Turn the bodies towards whom they look at, but for what head and eyes do themselves"""

    bl_idname = "likeness.face_each_other"
    bl_label = "Face Each Other"
    bl_options = {"REGISTER", "UNDO"}

    left: bpy.props.FloatProperty(
        name="Left to the Head",
        default=LEFT,
        min=0.0,
        max=90.0,
        description="Degrees that head and eyes turn by themselves; 0 turns the bodies all the way",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_alone(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armatures = speakers(context)
        pairs = pair_up(armatures, rig.find_rig(context))
        for armature in armatures:
            target = looked_at(armature) or pairs[armature]
            turn_towards(armature, target.matrix_world.translation, self.left)
        context.view_layer.update()
        return {"FINISHED"}


class LIKENESS_OT_next_line(bpy.types.Operator):
    """Let the take in hand begin where the other avatar's last one ends, or at a frame"""

    bl_idname = "likeness.next_line"
    bl_label = "Next Line After"
    bl_options = {"REGISTER", "UNDO"}

    place: bpy.props.EnumProperty(
        name="Begins",
        items=(
            ("AFTER", "After the Other Avatar", "Where the last take of those it talks with ends, and the pause"),
            ("FRAME", "Current Frame", "At the current frame"),
        ),
        description="Where the take begins",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature, scene = rig.find_rig(context), context.scene
        take = takes.shown_take(armature)
        try:
            start = begin_at(context, armature, self.place)
            takes.move_take(armature, take, scene.frame_current if start is None else start, scene)
        except LikenessError as error:
            return fail(self, error)
        refresh_timeline(scene, armature)
        return {"FINISHED"}


def why_no_place(context: bpy.types.Context) -> str:
    """Why a take cannot begin where the panel says; empty when it can."""
    armature = rig.find_rig(context)
    if context.scene.likeness.begins != "AFTER" or armature is None:
        return ""
    return "" if takes.end_of_others(armature, context.scene) is not None else "No other avatar has a take yet."


def begin_at(context: bpy.types.Context, armature: bpy.types.Object, place: str) -> int | None:
    """The frame at which a take begins that is placed so; None where it stays or begins with the scene.

    Raises LikenessError ``turn_missing``.
    """
    scene = context.scene
    if place == "KEEP":
        return None
    if place == "FRAME":
        return scene.frame_current
    end = takes.end_of_others(armature, scene)
    if end is None:
        raise LikenessError("turn_missing", "No other avatar has a take yet.", "Let the other one speak first.")
    return round(end + scene.likeness.pause * scene.render.fps / scene.render.fps_base)


def _look(armature: bpy.types.Object, target: bpy.types.Object | None, share: float) -> None:
    """Aim with this share, and write the panel's field, which aims with the usual one, before.

    Raises LikenessError as `look_at` does.
    """
    if target is None:
        look_away(armature)
    else:
        look_at(armature, target, share)
    armature.likeness_looks_at = avatar_of(target) or target
    if target is not None:
        look_at(armature, target, share)
        takes.write_glances(armature)


CLASSES = (
    LIKENESS_OT_look_at_each_other,
    LIKENESS_OT_look_at,
    LIKENESS_OT_face_each_other,
    LIKENESS_OT_next_line,
)
