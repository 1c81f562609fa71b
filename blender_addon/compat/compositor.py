# SPDX-License-Identifier: GPL-3.0-or-later
"""The compositor: until 4.5 a scene's own node tree, since 5.0 a node group that the scene names.

Nodes that do the same under another name: 5.0 took over the shader's Math and Mix, and made menus into inputs.
"""

from __future__ import annotations

import bpy

IS_GROUP = bpy.app.version >= (5, 0, 0)


def compositor_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The scene's compositing as it is in use; None where there is none."""
    if IS_GROUP:
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def make_compositor(scene: bpy.types.Scene, name: str) -> bpy.types.NodeTree:
    """Compositing for a scene that has none in use: the render, handed on as it is."""
    if IS_GROUP:
        tree = bpy.data.node_groups.new(name, "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene = scene
    output = tree.nodes.new("NodeGroupOutput" if IS_GROUP else "CompositorNodeComposite")
    output.location = (600, 0)
    tree.links.new(layers.outputs["Image"], output.inputs[0])
    return tree


def remove_compositor(scene: bpy.types.Scene) -> None:
    """Take a scene's compositing away."""
    if IS_GROUP:
        tree, scene.compositing_node_group = scene.compositing_node_group, None
        if tree is not None and not tree.users:
            bpy.data.node_groups.remove(tree)
    elif scene.use_nodes:
        scene.node_tree.nodes.clear()
        scene.use_nodes = False


def compositor_output(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket | None:
    """The input of the node that ends the compositing."""
    kind = "GROUP_OUTPUT" if IS_GROUP else "COMPOSITE"
    node = next((node for node in tree.nodes if node.type == kind), None)
    return node.inputs[0] if node is not None and len(node.inputs) else None


def mix_colors(
    tree: bpy.types.NodeTree, how: str
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket, bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """A Mix node of the given kind in the compositor: its factor, both colours, and the result."""
    if not IS_GROUP:
        node = tree.nodes.new("CompositorNodeMixRGB")
        node.blend_type = how
        return node.inputs[0], node.inputs[1], node.inputs[2], node.outputs[0]
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type, node.blend_type = "RGBA", how
    a, b = (socket for socket in node.inputs if socket.type == "RGBA")
    return node.inputs["Factor"], a, b, next(socket for socket in node.outputs if socket.type == "RGBA")


def glow_node(tree: bpy.types.NodeTree, threshold: float, size: float) -> tuple[bpy.types.Node, bpy.types.NodeSocket]:
    """What of a picture glows around its bright places, alone. size: share of the picture's that the glow reaches.

    Until 4.3 a Glare node says it in properties, with sizes in powers of two.
    """
    node = tree.nodes.new("CompositorNodeGlare")
    if "Threshold" not in node.inputs:
        node.glare_type, node.quality, node.mix = "FOG_GLOW", "MEDIUM", 1.0
        node.threshold, node.size = threshold, 7 if size < 0.5 else 8
        return node, node.outputs["Image"]
    if "Type" in node.inputs:
        node.inputs["Type"].default_value, node.inputs["Quality"].default_value = "Fog Glow", "Medium"
    else:
        node.glare_type, node.quality = "FOG_GLOW", "MEDIUM"
    node.inputs["Threshold"].default_value, node.inputs["Size"].default_value = threshold, size
    node.inputs["Strength"].default_value = 1.0
    return node, node.outputs["Glare"]


def scale_to_render(tree: bpy.types.NodeTree, fill: bool = False) -> bpy.types.Node:
    """A Scale node that stretches a picture over the whole render; or fills it, so that what is too much is cut off."""
    node = tree.nodes.new("CompositorNodeScale")
    if "Type" in node.inputs:
        node.inputs["Type"].default_value = "Render Size"
        node.inputs["Frame Type"].default_value = "Crop" if fill else "Stretch"
    else:
        node.space, node.frame_method = "RENDER_SIZE", "CROP" if fill else "STRETCH"
    return node


def put_over(tree: bpy.types.NodeTree) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """A node that puts a picture over another by its alpha: what lies behind, what lies before, and the result."""
    node = tree.nodes.new("CompositorNodeAlphaOver")
    pictures = [socket for socket in node.inputs if socket.type == "RGBA"]
    return pictures[0], pictures[1], node.outputs[0]


def wrap_around(node: bpy.types.Node) -> None:
    """Let a Translate node bring in on one side what leaves on the other."""
    if hasattr(node, "wrap_axis"):
        node.wrap_axis = "BOTH"
    else:
        node.inputs["Extension X"].default_value = node.inputs["Extension Y"].default_value = "Repeat"
