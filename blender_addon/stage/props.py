# SPDX-License-Identifier: GPL-3.0-or-later
"""What a background puts on the stage: marked, so that the next one can take it away, and dimmed by looks."""

from __future__ import annotations

import bpy

from .pieces import STAGE

PROP = "likeness_background"  # on all that a background brings: objects, images, collections
WATTS = "likeness_watts"  # on a set's lamp, and on what glows: its strength, as the set has it
COLOR = "likeness_color"  # and the colour of its light
DIMMED = "likeness_dimmed"  # on the scene: what the look makes of them
SCREEN = "screen"  # the piece that shows pictures (`stage/screen.py`)
WIDTH, HEIGHT = "likeness_width", "likeness_height"  # metres of a screen
IDLE = (0.012, 0.016, 0.022)  # linear: a screen that is on and shows nothing
GLOW = "Glow"  # name of an Emission node that the look dims


def mark_prop(data: bpy.types.ID, name: str = "prop") -> None:
    data[PROP] = name


def hide_from_light(obj: bpy.types.Object) -> None:
    """Let the camera alone see an object (Cycles): it throws neither light nor shadow."""
    obj.visible_diffuse = obj.visible_glossy = obj.visible_transmission = obj.visible_shadow = False


def find_props(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """What the present background put into a scene."""
    return [obj for obj in scene.objects if PROP in obj]


def clear_props(scene: bpy.types.Scene) -> None:
    """Take away what a background brought: objects, and then what nothing uses any more of it."""
    for obj in find_props(scene):
        bpy.data.objects.remove(obj)
    for blocks in (bpy.data.collections, bpy.data.meshes, bpy.data.lights, bpy.data.materials, bpy.data.images):
        for block in [block for block in blocks if PROP in block]:
            if not (block.all_objects if isinstance(block, bpy.types.Collection) else block.users):
                blocks.remove(block)


def dim_props(
    scene: bpy.types.Scene, factor: float | None = None, tint: tuple[float, float, float] = (1, 1, 1)
) -> None:
    """Set the strength of a set's own lamps and of the studio's paper to a share of what they have.

    factor: None does it again as the look said last, for a background that came after it.
    """
    if factor is None:
        factor, *tint = scene.get(DIMMED, (1.0, 1.0, 1.0, 1.0))
    scene[DIMMED] = (factor, *tint)
    for obj in scene.objects:
        if PROP in obj and obj.type == "LIGHT":
            obj.data.energy = factor * obj.data.get(WATTS, obj.data.energy)
            obj.data.color = [a * b for a, b in zip(obj.data.get(COLOR, (1.0, 1.0, 1.0)), tint, strict=True)]
        elif obj.type == "MESH" and (PROP in obj or obj.get(STAGE) == "backdrop"):
            for material in obj.data.materials:
                _dim(material, factor, tint)


def _dim(material: bpy.types.Material | None, factor: float, tint: tuple[float, float, float]) -> None:
    node = material.node_tree.nodes.get(GLOW) if material is not None and material.node_tree else None
    if node is None:
        return
    node.inputs["Strength"].default_value = factor * node.get(WATTS, 1.0)
    for colored in (node for node in material.node_tree.nodes if COLOR in node):
        colored.inputs[1].default_value = tint
