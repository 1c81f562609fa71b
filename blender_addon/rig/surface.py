# SPDX-License-Identifier: GPL-3.0-or-later
"""What the builders of materials work on, and the nodes that they put into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy

# On a scene: shares of red, green and blue that its lamps lack of the studio's; what glows by itself lacks them, too.
DIMNESS = "likeness_dimness"


@dataclass(frozen=True)
class Surface:
    """What a builder works on.

    image: the packed image or None; color: linear RGB where there is none.
    maps: further packed images by what they are (``normal``, ``roughness``, ``light``), read as plain data.
    depth: texture-space y (0 front .. 1 back of the mesh) where the material begins and where it is black.
    painted: whether the image holds no sheen that would have to be taken off.
    """

    material: bpy.types.Material
    image: bpy.types.Image | None
    color: tuple[float, float, float]
    depth: tuple[float, float]
    maps: Mapping[str, bpy.types.Image] = field(default_factory=dict)
    painted: bool = False

    @property
    def tree(self) -> bpy.types.NodeTree:
        return self.material.node_tree


def add_node(surface: Surface, kind: str, **inputs: object) -> bpy.types.Node:
    node = surface.tree.nodes.new(kind)
    for name, value in inputs.items():
        node.inputs[name.replace("_", " ")].default_value = value
    return node


def link(surface: Surface, output: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
    surface.tree.links.new(output, target)


def finish(surface: Surface, shader: bpy.types.NodeSocket, eevee: bpy.types.NodeSocket | None = None) -> None:
    """Link to the output and lay the nodes out so that a person can read them, left to right.

    eevee: what EEVEE shows instead, if that is something else.
    """
    output = surface.tree.nodes.new("ShaderNodeOutputMaterial")
    link(surface, shader, output.inputs["Surface"])
    if eevee is not None:
        output.target = "CYCLES"
        other = surface.tree.nodes.new("ShaderNodeOutputMaterial")
        other.target = "EEVEE"
        link(surface, eevee, other.inputs["Surface"])
    column = {node: 0 for node in surface.tree.nodes}
    for _ in surface.tree.nodes:
        for wire in surface.tree.links:
            column[wire.from_node] = max(column[wire.from_node], column[wire.to_node] + 1)
    rows: dict[int, int] = {}
    for node, place in column.items():
        node.location = (-300 * place, -320 * rows.get(place, 0))
        rows[place] = rows.get(place, 0) + 1


def add_principled(surface: Surface, **inputs: object) -> bpy.types.Node:
    """A Principled BSDF coloured by the image, or by the plain colour."""
    shader = add_node(surface, "ShaderNodeBsdfPrincipled", Base_Color=(*surface.color, 1.0), **inputs)
    if surface.image is not None:
        texture = surface.tree.nodes.new("ShaderNodeTexImage")
        texture.image = surface.image
        texture.extension = "EXTEND"
        link(surface, texture.outputs["Color"], shader.inputs["Base Color"])
        surface.tree.nodes.active = texture  # what Workbench shows
    return shader


def add_math(surface: Surface, how: str, *values: bpy.types.NodeSocket | float) -> bpy.types.NodeSocket:
    """The result of a Math node of sockets and numbers."""
    node = surface.tree.nodes.new("ShaderNodeMath")
    node.operation = how
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, float):
            socket.default_value = value
        else:
            link(surface, value, socket)
    return node.outputs["Value"]


def mix_into(
    surface: Surface, color: bpy.types.NodeSocket, how: str
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Put a Mix node of the given kind before a linked or plain colour; returns its factor (1) and second colour."""
    mix = surface.tree.nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type, mix.clamp_result = "RGBA", how, True
    a, b = (socket for socket in mix.inputs if socket.name in "AB" and socket.type == "RGBA")
    if color.is_linked:
        link(surface, color.links[0].from_socket, a)
    else:
        a.default_value = (*surface.color, 1.0)
    mix.inputs["Factor"].default_value = 1.0
    link(surface, next(socket for socket in mix.outputs if socket.type == "RGBA"), color)
    return mix.inputs["Factor"], b


def glow(surface: Surface, shader: bpy.types.Node, strength: float) -> None:
    """Let a Principled BSDF glow in its own colour, as bright as the scene's `DIMNESS` leaves it."""
    base = shader.inputs["Base Color"]
    dim = surface.tree.nodes.new("ShaderNodeAttribute")
    dim.attribute_type, dim.attribute_name = "VIEW_LAYER", DIMNESS  # found in the scene, 0 where it is not
    bright, lit = (surface.tree.nodes.new("ShaderNodeVectorMath") for _ in range(2))
    bright.operation, lit.operation = "SUBTRACT", "MULTIPLY"
    bright.inputs[0].default_value = (1.0, 1.0, 1.0)
    lit.inputs[0].default_value = base.default_value[:3]
    link(surface, dim.outputs["Color"], bright.inputs[1])
    if base.is_linked:
        link(surface, base.links[0].from_socket, lit.inputs[0])
    link(surface, bright.outputs["Vector"], lit.inputs[1])
    link(surface, lit.outputs["Vector"], shader.inputs["Emission Color"])
    shader.inputs["Emission Strength"].default_value = strength


def add_map(surface: Surface, kind: str) -> bpy.types.Node:
    """An image node of one of the surface's maps."""
    node = surface.tree.nodes.new("ShaderNodeTexImage")
    node.image, node.extension = surface.maps[kind], "EXTEND"
    return node
