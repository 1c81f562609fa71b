# SPDX-License-Identifier: GPL-3.0-or-later
"""A seamless backdrop: floor and wall in one sweep, with a soft glow behind the head."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Vector

from .. import compat
from .face import Face
from .pieces import STAGE, ensure_piece
from .props import COLOR, GLOW

# In metres: half width, distance of the wall behind the head, height, radius of the curve; its steps.
HALF_WIDTH, BEHIND, HEIGHT, RADIUS, STEPS = 5.0, 1.6, 4.0, 1.0, 12
# The paper's linear RGB beside the head and at the picture's edge, and how far the glow reaches, in metres.
GLOW_COLOR = (0.29, 0.32, 0.35)
EDGE_COLOR = (0.10, 0.115, 0.13)
GLOW_REACH = 1.7


def place_backdrop(scene: bpy.types.Scene, face: Face) -> bpy.types.Object:
    """Stand the sweep behind a face; one that stands already is moved there."""
    backdrop = ensure_piece(scene, "backdrop", _make_sweep)
    backdrop.location = (face.centre.x, face.centre.y + BEHIND, 0.0)
    glow = backdrop.data.materials[0].node_tree.nodes["Glow centre"]
    glow.inputs[1].default_value = Vector((0.0, 0.0, face.eyes.z))
    return backdrop


def remove_backdrop(scene: bpy.types.Scene) -> None:
    """Take the sweep away, and what it alone was made of."""
    for obj in [obj for obj in scene.objects if obj.get(STAGE) == "backdrop"]:
        mesh, materials = obj.data, list(obj.data.materials)
        bpy.data.objects.remove(obj)
        for block, blocks in ((mesh, bpy.data.meshes), *((m, bpy.data.materials) for m in materials if m)):
            if not block.users:
                blocks.remove(block)


def _make_sweep(name: str) -> bpy.types.Mesh:
    """The sweep in its paper."""
    mesh = sweep_mesh(name)
    mesh.materials.append(_make_paper(name))
    return mesh


def sweep_mesh(name: str) -> bpy.types.Mesh:
    """Floor towards the camera (-y), a quarter circle, and a wall at y = 0."""
    turn = np.linspace(0.0, math.pi / 2, STEPS + 1)
    curve = np.stack([RADIUS * (np.sin(turn) - 1.0), RADIUS * (1.0 - np.cos(turn))], axis=1)
    profile = np.concatenate([[[-2 * HALF_WIDTH, 0.0]], curve, [[0.0, HEIGHT]]])
    points = [(x, y, z) for y, z in profile.tolist() for x in (-HALF_WIDTH, HALF_WIDTH)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    mesh.shade_smooth()
    return mesh


def _make_paper(name: str) -> bpy.types.Material:
    """Shades of its own colour: the glow is painted, so that it costs no lamp and no noise."""
    material = bpy.data.materials.new(name)
    tree = compat.use_nodes(material)
    place = tree.nodes.new("ShaderNodeTexCoord")
    offset = tree.nodes.new("ShaderNodeVectorMath")
    offset.name, offset.operation = "Glow centre", "SUBTRACT"
    length = tree.nodes.new("ShaderNodeVectorMath")
    length.operation = "LENGTH"
    fade = tree.nodes.new("ShaderNodeMapRange")
    fade.interpolation_type = "SMOOTHSTEP"
    fade.inputs["From Max"].default_value = GLOW_REACH
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    a, b = (socket for socket in mix.inputs if socket.type == "RGBA")
    a.default_value, b.default_value = (*GLOW_COLOR, 1.0), (*EDGE_COLOR, 1.0)
    tint = tree.nodes.new("ShaderNodeVectorMath")
    tint.operation, tint.label = "MULTIPLY", "Tint"
    tint.inputs[1].default_value, tint[COLOR] = (1.0, 1.0, 1.0), True
    paper = tree.nodes.new("ShaderNodeEmission")
    paper.name = GLOW  # which looks dim
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    chain = (
        (place.outputs["Object"], offset.inputs[0]),
        (offset.outputs["Vector"], length.inputs[0]),
        (length.outputs["Value"], fade.inputs["Value"]),
        (fade.outputs["Result"], mix.inputs["Factor"]),
        (next(socket for socket in mix.outputs if socket.type == "RGBA"), tint.inputs[0]),
        (tint.outputs["Vector"], paper.inputs["Color"]),
        (paper.outputs["Emission"], output.inputs["Surface"]),
    )
    for column, (source, target) in enumerate(chain):
        tree.links.new(source, target)
        target.node.location = (220 * (column + 1), 0)
    material.diffuse_color = (*GLOW_COLOR, 1.0)
    return material
