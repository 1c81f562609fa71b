# SPDX-License-Identifier: GPL-3.0-or-later
"""The world: an even light around, and, apart from it, what the camera sees where nothing stands."""

from __future__ import annotations

import bpy

from .. import compat
from .pieces import STAGE

WORLD_COLOR = (0.88, 0.92, 1.0)
WORLD_STRENGTH = 0.28
LIGHT, SEEN = "Light", "Seen"
Color = tuple[float, float, float]


def light_world(
    scene: bpy.types.Scene, color: Color = WORLD_COLOR, strength: float = WORLD_STRENGTH
) -> bpy.types.World:
    """Light the scene evenly from the studio's world; the world it had stays in the file.

    What is seen of the world stays; where pictures light it (`picture_world`) their light gets this mean strength.
    """
    world = _own_world(scene)
    light = world.node_tree.nodes[LIGHT]
    picture = light.inputs["Color"].is_linked
    if not picture:
        light.inputs["Color"].default_value = (*color, 1.0)
    light.inputs["Strength"].default_value = strength / (world.get("mean", 1.0) if picture else 1.0)
    if SEEN not in world.node_tree.nodes:
        world.color = tuple(strength * part for part in color)
    return world


def plain_world(scene: bpy.types.Scene) -> None:
    """Back to an even light that is also what is seen."""
    world = _own_world(scene)
    _fill(world, WORLD_COLOR, WORLD_STRENGTH)


def colored_world(scene: bpy.types.Scene, color: Color) -> None:
    """Show a linear colour where nothing stands, and keep lighting evenly."""
    world = _own_world(scene)
    _fill(world, WORLD_COLOR, WORLD_STRENGTH)
    _show(world).inputs["Color"].default_value = (*color, 1.0)
    world.color = color


def picture_world(
    scene: bpy.types.Scene, seen: bpy.types.Image, light: bpy.types.Image, mean: float, exposure: float
) -> None:
    """Light with a picture of all directions, and show one; the picture's middle lies behind the face.

    mean: the light's mean luminance; exposure: factor of what is seen.
    """
    world = _own_world(scene)
    _fill(world, WORLD_COLOR, WORLD_STRENGTH / mean)
    world["mean"] = mean
    background = _show(world)
    background.inputs["Strength"].default_value = exposure
    for image, target in ((light, world.node_tree.nodes[LIGHT]), (seen, background)):
        node = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
        node.image = image
        node.location = (target.location.x - 300, target.location.y)
        world.node_tree.links.new(_turned(world), node.inputs["Vector"])
        world.node_tree.links.new(node.outputs["Color"], target.inputs["Color"])
    world.color = (0.2, 0.2, 0.2)


def world_pictures(scene: bpy.types.Scene) -> tuple[bpy.types.Image, ...]:
    """The pictures that the studio's world shows."""
    if scene.world is None or STAGE not in scene.world:
        return ()
    return tuple(n.image for n in scene.world.node_tree.nodes if n.type == "TEX_ENVIRONMENT" and n.image)


def _own_world(scene: bpy.types.Scene) -> bpy.types.World:
    world = scene.world
    if world is not None and STAGE in world:
        if LIGHT not in world.node_tree.nodes:  # of an earlier version, or rebuilt by hand
            _fill(world, WORLD_COLOR, WORLD_STRENGTH)
        return world
    if world is not None:
        world.use_fake_user = True
    world = next((world for world in bpy.data.worlds if STAGE in world), None)
    if world is None:
        world = bpy.data.worlds.new("Studio world")
        world[STAGE] = "world"
        compat.use_nodes(world)
        _fill(world, WORLD_COLOR, WORLD_STRENGTH)
    scene.world = world
    return world


def _fill(world: bpy.types.World, color: Color, strength: float) -> None:
    tree = world.node_tree
    tree.nodes.clear()
    if "mean" in world:
        del world["mean"]
    background = tree.nodes.new("ShaderNodeBackground")
    background.name = background.label = LIGHT
    background.inputs["Color"].default_value = (*color, 1.0)
    background.inputs["Strength"].default_value = strength
    output = tree.nodes.new("ShaderNodeOutputWorld")
    output.location = (500, 0)
    tree.links.new(background.outputs["Background"], output.inputs["Surface"])
    world.color = tuple(strength * part for part in color)


def _show(world: bpy.types.World) -> bpy.types.Node:
    """A Background of its own for rays of the camera."""
    tree = world.node_tree
    light, output = tree.nodes[LIGHT], next(n for n in tree.nodes if n.type == "OUTPUT_WORLD")
    seen = tree.nodes.new("ShaderNodeBackground")
    seen.name = seen.label = SEEN
    seen.location = (0, -180)
    path = tree.nodes.new("ShaderNodeLightPath")
    path.location = (0, 400)
    mix = tree.nodes.new("ShaderNodeMixShader")
    mix.location = (250, 0)
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(light.outputs["Background"], mix.inputs[1])
    tree.links.new(seen.outputs["Background"], mix.inputs[2])
    tree.links.new(mix.outputs["Shader"], output.inputs["Surface"])
    return seen


def _turned(world: bpy.types.World) -> bpy.types.NodeSocket:
    """Directions turned so that the middle of a picture lies at +y, behind a face that looks to -y."""
    tree = world.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord")
    place.location = (-900, 0)
    turn = tree.nodes.new("ShaderNodeMapping")
    turn.location = (-600, 0)
    turn.inputs["Rotation"].default_value[2] = -1.5707963
    tree.links.new(place.outputs["Generated"], turn.inputs["Vector"])
    return turn.outputs["Vector"]
