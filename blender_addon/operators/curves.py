# SPDX-License-Identifier: GPL-3.0-or-later
"""The curves of one layer in the Graph Editor: its strip opened for editing, and left again."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..errors import LikenessError
from ..mixer import LAYERS
from ..takes.strips import LayerStrip, own_action
from ..words import tell
from .job import NO_AVATAR, NO_TAKE, explain, fail, why_busy

# Editors that can give their place to the Graph Editor, the first that is there; what they were stands in PLACE.
GIVING = ("FCURVES", "TIMELINE", "DOPESHEET", "NLA_EDITOR")
PLACE = "likeness_editor"  # custom property of the screen: what the Graph Editor's area was before


def edited_layer(armature: bpy.types.Object | None) -> str | None:
    """The layer whose strip is open for editing; an empty text for a strip that is none of ours."""
    data = armature.animation_data if armature is not None else None
    if data is None or not data.use_tweak_mode:
        return None
    strips = takes.take_strips(armature, takes.shown_take(armature))
    return next((layer for layer, found in strips.items() if found.action == data.action), "")


def leave_tweak(armature: bpy.types.Object | None) -> None:
    """Close the strip that is open for editing, so that the artist's own action is the active one again."""
    data = armature.animation_data if armature is not None else None
    if data is not None and data.use_tweak_mode:
        data.use_tweak_mode = False


def why_no_strips(context: bpy.types.Context) -> str:
    """Why there are no curves to edit, in words; empty when there are some."""
    armature = rig.find_rig(context)
    if armature is None:
        return NO_AVATAR
    return why_busy() if takes.shown_take(armature) is not None else NO_TAKE


class LIKENESS_OT_edit_curves(bpy.types.Operator):
    """Open the curves of this layer in the Graph Editor, which takes the timeline's place where none is open"""

    bl_idname = "likeness.edit_curves"
    bl_label = "Edit Curves"
    bl_options = {"REGISTER", "UNDO"}

    layer: bpy.props.EnumProperty(name="Layer", items=LAYERS, description="Which layer of the take that plays")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_strips(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        found = takes.take_strips(armature, takes.shown_take(armature)).get(self.layer)
        if found is None:
            message = tell("This take has no layer {layer}.", layer=self.layer)
            return fail(self, LikenessError("layer_missing", message, "Choose one of the mixer."))
        leave_tweak(armature)
        _choose(context, armature)
        own_action(found)
        area = _find_area(context)
        _open_strip(context, armature, found, area)
        for curve in found.curves.fcurves:
            curve.hide, curve.select = False, True
        if area is not None:
            _show_curves(context, area)
        elif context.window is not None:
            self.report({"INFO"}, "The strip is open for editing; open a Graph Editor to see its curves.")
        return {"FINISHED"}


class LIKENESS_OT_leave_curves(bpy.types.Operator):
    """Close the layer's curves: keys go into your own action again, and the timeline is back in its place"""

    bl_idname = "likeness.leave_curves"
    bl_label = "Leave Curves"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        missing = "" if edited_layer(rig.find_rig(context)) is not None else "No curves are open for editing."
        return explain(cls, missing)

    def execute(self, context: bpy.types.Context) -> set[str]:
        leave_tweak(rig.find_rig(context))
        screen = context.screen
        before = screen.get(PLACE) if screen is not None else None
        if before:
            area = next((area for area in screen.areas if area.ui_type == "FCURVES"), None)
            if area is not None:
                area.ui_type = before
            del screen[PLACE]
        return {"FINISHED"}


def _choose(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    """The Graph Editor shows what is selected."""
    if armature.name not in context.view_layer.objects:
        return
    if context.view_layer.objects.active != armature:
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for obj in context.view_layer.objects.selected:
            obj.select_set(False)
        context.view_layer.objects.active = armature
    armature.select_set(True)


def _open_strip(
    context: bpy.types.Context, armature: bpy.types.Object, found: LayerStrip, area: bpy.types.Area | None
) -> None:
    """Tweak mode for one strip; where there is an area to ask in, the layers above it play on."""
    data = armature.animation_data
    for track in data.nla_tracks:
        track.select = track == found.track
        for strip in track.strips:
            strip.select = strip == found.strip
    found.strip.use_sync_length = False  # else the strip would begin at its first key afterwards
    data.nla_tracks.active = found.track
    if area is not None:
        before, area.ui_type = area.ui_type, "NLA_EDITOR"
        region = next((region for region in area.regions if region.type == "WINDOW"), None)
        with context.temp_override(window=context.window, area=area, region=region):
            if bpy.ops.nla.tweakmode_enter.poll():
                bpy.ops.nla.tweakmode_enter(use_upper_stack_evaluation=True)
        area.ui_type = before
    if not data.use_tweak_mode:
        data.use_tweak_mode = True


def _find_area(context: bpy.types.Context) -> bpy.types.Area | None:
    screen = context.screen if not bpy.app.background else None
    areas = list(screen.areas) if screen is not None else []
    return next((area for kind in GIVING for area in areas if area.ui_type == kind), None)


def _show_curves(context: bpy.types.Context, area: bpy.types.Area) -> None:
    """Let an area be a Graph Editor that shows these curves and no others."""
    if area.ui_type != "FCURVES":
        context.screen[PLACE] = area.ui_type
        area.ui_type = "FCURVES"
    filters = area.spaces.active.dopesheet
    # By the avatar's collection, not by what is selected: in object mode its bones are not.
    filters.show_only_selected, filters.filter_text, filters.show_only_errors = False, "", False
    filters.filter_collection = next(iter(rig.find_rig(context).users_collection), None)
    region = next((region for region in area.regions if region.type == "WINDOW"), None)
    with context.temp_override(window=context.window, area=area, region=region):
        if bpy.ops.graph.view_all.poll():
            bpy.ops.graph.view_all()


CLASSES = (LIKENESS_OT_edit_curves, LIKENESS_OT_leave_curves)
