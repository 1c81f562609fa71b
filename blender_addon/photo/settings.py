# SPDX-License-Identifier: GPL-3.0-or-later
"""How the avatar is compared with its photo."""

import bpy

from .expression import put_expression_back, show_photo_expression, shows_photo
from .overlay import find_comparison

KINDS = (
    ("WIPE", "Wipe", "The photo left of a line, the avatar right of it"),
    ("OVERLAY", "Overlay", "The photo over the avatar, as opaque as the slider says"),
)


def _redraw(_: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """Let the 3D views follow while a slider is dragged."""
    redraw_views(context)


def _show_expression(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    camera = find_comparison(settings.id_data)
    armature = camera.parent if camera is not None else None
    if armature is None or shows_photo(camera) == settings.use_expression:
        return
    if settings.use_expression:
        show_photo_expression(armature, camera)
    else:
        put_expression_back(armature, camera)


def redraw_views(context: bpy.types.Context) -> None:
    """Draw all 3D views anew."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


class LIKENESS_PG_comparison(bpy.types.PropertyGroup):
    """What of the photo is seen over the avatar."""

    kind: bpy.props.EnumProperty(name="Kind", items=KINDS, update=_redraw, description="How the photo is shown")
    opacity: bpy.props.FloatProperty(
        name="Opacity",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_redraw,
        description="0 shows the avatar alone, 1 the photo alone",
    )
    wipe: bpy.props.FloatProperty(
        name="Line",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_redraw,
        description="Where the photo ends and the avatar begins, from the photo's left to its right edge",
    )
    use_expression: bpy.props.BoolProperty(
        name="Photo's Expression",
        default=True,
        update=_show_expression,
        description="The avatar makes the face of the photo meanwhile; its own pose and animation come back afterwards",
    )
