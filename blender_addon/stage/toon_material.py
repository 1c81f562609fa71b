# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of a drawing: flat tones by where a surface looks, the same in EEVEE and Cycles and without noise."""

from __future__ import annotations

import bpy

from .. import compat

TOON = "likeness_toon"  # on all that the toon variant makes
LIT = "likeness_toon_light"  # on the scene: direction and tint
SHADE = "Likeness toon shade"
DIRECTION, TINT = "Light direction", "Tint"
# Where the light comes from: from the viewer's left, above and in front, as the studio's key does.
FROM = (-0.46, -0.76, 0.46)
# Tones: from which cosine to the light on, and the share of the colour.
TONES = ((0.0, 0.66), (0.10, 0.84), (0.34, 1.0))
ROUND = 0.85  # share of a ball's directions in those of a head
LINE = (0.030, 0.022, 0.024)  # linear: outlines


def toon_material(
    name: str,
    color: tuple[float, float, float],
    image: bpy.types.Image | None = None,
    is_shaded: bool = True,
    has_alpha: bool = False,
    rounded: tuple[float, float, float] | None = None,
) -> bpy.types.Material:
    """A flat tone, or a drawn picture, in the tones of `TONES`. rounded: a point about which the shape is shaded as if
    it were nearly a ball: a face's own relief would break into patches, and tell whose it is."""
    material = _new(name, color)
    tree = material.node_tree
    shader = tree.nodes.new("ShaderNodeEmission")
    source = alpha = None
    if image is not None:
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image, texture.extension, texture.location = image, "EXTEND", (-600, 0)
        tree.nodes.active = texture
        source, alpha = texture.outputs["Color"], texture.outputs["Alpha"]
    shade = tree.nodes.new("ShaderNodeGroup")
    shade.node_tree, shade.location = _shade_group(), (-250, 0)
    shade.inputs["Color"].default_value = (*color, 1.0)
    shade.inputs["Shaded"].default_value = float(is_shaded)
    if rounded is not None:
        shade.inputs["Round"].default_value, shade.inputs["Middle"].default_value = ROUND, rounded
    if source is not None:
        tree.links.new(source, shade.inputs["Color"])
    tree.links.new(shade.outputs["Color"], shader.inputs["Color"])
    _finish(material, shader.outputs["Emission"], alpha if has_alpha else None)
    return material


def clear_material(name: str) -> bpy.types.Material:
    """Not seen at all: what a cornea is in a drawing."""
    material = _new(name, (1.0, 1.0, 1.0))
    material.diffuse_color[3] = 0.0
    material.surface_render_method = "BLENDED"
    clear = material.node_tree.nodes.new("ShaderNodeBsdfTransparent")
    _finish(material, clear.outputs[0], None)
    return material


def outline_material(name: str, drawn: bpy.types.Material | None) -> bpy.types.Material:
    """A line's colour on what is seen from within; as clear as the drawn material is, where that has holes."""
    material = _new(f"{name} outline", LINE)
    material.use_backface_culling = True
    tree = material.node_tree
    line = tree.nodes.new("ShaderNodeEmission")
    line.inputs["Color"].default_value = (*LINE, 1.0)
    clear = tree.nodes.new("ShaderNodeBsdfTransparent")
    side = tree.nodes.new("ShaderNodeNewGeometry")
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(side.outputs["Backfacing"], mix.inputs[0])
    tree.links.new(line.outputs[0], mix.inputs[1])
    tree.links.new(clear.outputs[0], mix.inputs[2])
    alpha = None
    if drawn is not None and drawn.surface_render_method == "DITHERED" and drawn.get(TOON) == "holes":
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = next(n.image for n in drawn.node_tree.nodes if n.type == "TEX_IMAGE")
        texture.extension = "EXTEND"
        alpha = texture.outputs["Alpha"]
    _finish(material, mix.outputs[0], alpha)
    return material


def set_toon_light(
    scene: bpy.types.Scene,
    direction: tuple[float, float, float] | None = None,
    tint: tuple[float, float, float] | None = None,
) -> None:
    """Let drawings be lit from where a look's key stands (towards it), in a colour; None: as the look said last."""
    if direction is not None and tint is not None:
        scene[LIT] = (*direction, *tint)
    lit = scene.get(LIT, (*FROM, 1.0, 1.0, 1.0))
    group = bpy.data.node_groups.get(SHADE)
    if group is not None and TOON in group:
        group.nodes[DIRECTION].inputs[1].default_value = lit[:3]
        group.nodes[TINT].inputs[1].default_value = lit[3:]


def _new(name: str, color: tuple[float, float, float]) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material[TOON] = "flat"
    compat.use_nodes(material)
    material.diffuse_color = (*color, 1.0)
    compat.dont_light(material)
    return material


def _finish(material: bpy.types.Material, shader: bpy.types.NodeSocket, alpha: bpy.types.NodeSocket | None) -> None:
    tree = material.node_tree
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (500, 0)
    if alpha is not None:
        material[TOON], material.surface_render_method = "holes", "DITHERED"
        clear = tree.nodes.new("ShaderNodeBsdfTransparent")
        mix = tree.nodes.new("ShaderNodeMixShader")
        mix.location = (250, 0)
        tree.links.new(alpha, mix.inputs[0])
        tree.links.new(clear.outputs[0], mix.inputs[1])
        tree.links.new(shader, mix.inputs[2])
        shader = mix.outputs[0]
    tree.links.new(shader, output.inputs["Surface"])


def _shade_group() -> bpy.types.NodeTree:
    """One for all drawings of a file: a colour in, the same in the tone of the surface's direction out."""
    group = bpy.data.node_groups.get(SHADE)
    if group is not None and TOON in group:
        return group
    group = bpy.data.node_groups.new(SHADE, "ShaderNodeTree")
    group[TOON] = "group"
    group.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    group.interface.new_socket("Shaded", in_out="INPUT", socket_type="NodeSocketFloat")
    group.interface.new_socket("Round", in_out="INPUT", socket_type="NodeSocketFloat")
    group.interface.new_socket("Middle", in_out="INPUT", socket_type="NodeSocketVector")
    group.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    nodes, links = group.nodes, group.links
    start, end = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")
    place, cosine, ramp = (nodes.new(f"ShaderNode{n}") for n in ("NewGeometry", "VectorMath", "ValToRGB"))
    where, away, ball, bent = (nodes.new(f"ShaderNode{n}") for n in ("TexCoord", "VectorMath", "VectorMath", "Mix"))
    away.operation, ball.operation, bent.data_type = "SUBTRACT", "NORMALIZE", "VECTOR"
    normal, round_normal = (socket for socket in bent.inputs if socket.type == "VECTOR" and socket.name in "AB")
    cosine.operation, cosine.name = "DOT_PRODUCT", DIRECTION
    cosine.inputs[1].default_value = FROM
    ramp.color_ramp.interpolation = "CONSTANT"
    for number, (at, tone) in enumerate(TONES):
        elements = ramp.color_ramp.elements
        element = elements[number] if number < len(elements) else elements.new(at)
        element.position, element.color = at, (tone, tone, tone, 1.0)
    mix = nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    a, b = (socket for socket in mix.inputs if socket.type == "RGBA")
    tint = nodes.new("ShaderNodeVectorMath")
    tint.operation, tint.name = "MULTIPLY", TINT
    tint.inputs[1].default_value = (1.0, 1.0, 1.0)
    for source, target in (
        (where.outputs["Object"], away.inputs[0]),
        (start.outputs["Middle"], away.inputs[1]),
        (away.outputs["Vector"], ball.inputs[0]),
        (start.outputs["Round"], bent.inputs["Factor"]),
        (place.outputs["Normal"], normal),
        (ball.outputs["Vector"], round_normal),
        (next(socket for socket in bent.outputs if socket.type == "VECTOR"), cosine.inputs[0]),
        (cosine.outputs["Value"], ramp.inputs[0]),
        (start.outputs["Shaded"], mix.inputs["Factor"]),
        (start.outputs["Color"], a),
        (ramp.outputs["Color"], b),
        (next(socket for socket in mix.outputs if socket.type == "RGBA"), tint.inputs[0]),
        (tint.outputs["Vector"], end.inputs[0]),
    ):
        links.new(source, target)
    for column, node in enumerate((start, where, away, ball, place, bent, cosine, ramp, mix, tint, end)):
        node.location = (220 * column, 0)
    return group
