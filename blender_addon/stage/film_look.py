# SPDX-License-Identifier: GPL-3.0-or-later
"""A film look in the compositor: one node group before the output, which an artist may open, change or mute."""

from __future__ import annotations

import bpy
import numpy as np

from .. import compat

FILM = "likeness_film"  # on what the look brings
NAME = "Likeness Film Look"
# The curve over linear light: blacks a little deeper, the middle (0.18) as it is, whites rolled off.
CURVE = ((0.0, 0.0), (0.04, 0.034), (0.18, 0.18), (0.5, 0.525), (1.0, 0.985))
# Halation: what glows around light brighter than this, reddish as in film's base, and how much of it is added.
THRESHOLD, REACH, RED, HALATION = 0.75, 0.45, (1.0, 0.42, 0.24), 0.22
VIGNETTE = 0.20  # how much darker the corners are
GRAIN = 0.045  # largest change of a middle grey by the grain (a share)
GRAIN_SIZE, VIGNETTE_SIZE = 1024, 128  # pixels of their pictures
# How far the grain's picture is moved a frame, in pixels: numbers that come back to the same place late.
STEP = (389.0, 617.0)


def apply_film_look(scene: bpy.types.Scene, on: bool) -> None:
    """Put the film look before the compositing's output, or take it away again; what the artist has there stays."""
    _remove(scene)
    if not on:
        return
    tree = compat.compositor_tree(scene)
    if tree is None:
        tree = compat.make_compositor(scene, NAME)
        tree[FILM] = "tree"
    target = compat.compositor_output(tree)
    if target is None or not target.is_linked:
        return
    source = target.links[0].from_socket
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree, node.name, node.label = _make_group(), NAME, "Film Look"
    node.location = (target.node.location.x - 250, target.node.location.y)
    tree.links.new(source, node.inputs[0])
    tree.links.new(node.outputs[0], target)


def has_film_look(scene: bpy.types.Scene) -> bool:
    """Whether a scene's compositing holds the film look."""
    tree = compat.compositor_tree(scene)
    return tree is not None and any(_is_film(node) for node in tree.nodes)


def _is_film(node: bpy.types.Node) -> bool:
    return node.type == "GROUP" and node.node_tree is not None and FILM in node.node_tree


def _remove(scene: bpy.types.Scene) -> None:
    tree = compat.compositor_tree(scene)
    if tree is None:
        return
    for node in [node for node in tree.nodes if _is_film(node)]:
        source = node.inputs[0].links[0].from_socket if node.inputs[0].is_linked else None
        targets = [link.to_socket for link in node.outputs[0].links]
        group = node.node_tree
        tree.nodes.remove(node)
        for target in targets if source is not None else ():
            tree.links.new(source, target)
        if not group.users:
            bpy.data.node_groups.remove(group)
    for image in [image for image in bpy.data.images if FILM in image and not image.users]:
        bpy.data.images.remove(image)
    if FILM in tree and len(tree.nodes) == 2:
        del tree[FILM]
        compat.remove_compositor(scene)


def _make_group() -> bpy.types.NodeTree:
    group = bpy.data.node_groups.new(NAME, "CompositorNodeTree")
    group[FILM] = "group"
    group.interface.new_socket("Image", in_out="INPUT", socket_type="NodeSocketColor")
    group.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    start, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    image = start.outputs[0]
    for stage in (_halate, _curve, _vignette, _grain):
        image = stage(group, image)
    group.links.new(image, end.inputs[0])
    for column, node in enumerate(group.nodes):
        node.location = (220 * column, -60 * (column % 4))
    end.location = (220 * len(group.nodes), 0)
    return group


def _mix(
    group: bpy.types.NodeTree,
    how: str,
    name: str,
    image: bpy.types.NodeSocket,
    other: bpy.types.NodeSocket,
    share: float,
) -> bpy.types.NodeSocket:
    factor, a, b, result = compat.mix_colors(group, how)
    factor.default_value = share
    factor.node.name = factor.node.label = name
    group.links.new(image, a)
    group.links.new(other, b)
    return result


def _halate(group: bpy.types.NodeTree, image: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    node, glow = compat.glow_node(group, THRESHOLD, REACH)
    group.links.new(image, node.inputs["Image"])
    factor, a, b, red = compat.mix_colors(group, "MULTIPLY")
    factor.default_value, b.default_value = 1.0, (*RED, 1.0)
    group.links.new(glow, a)
    return _mix(group, "ADD", "Halation", image, red, HALATION)


def _curve(group: bpy.types.NodeTree, image: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    node = group.nodes.new("CompositorNodeCurveRGB")
    node.name = node.label = "Contrast"
    curve = node.mapping.curves[3]
    for point, place in zip((curve.points[0], curve.points[-1]), (CURVE[0], CURVE[-1]), strict=True):
        point.location = place
    for place in CURVE[1:-1]:
        curve.points.new(*place)
    node.mapping.extend = "EXTRAPOLATED"
    node.mapping.update()
    group.links.new(image, node.inputs["Image"])
    return node.outputs["Image"]


def _vignette(group: bpy.types.NodeTree, image: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    place = (np.arange(VIGNETTE_SIZE) + 0.5) / VIGNETTE_SIZE * 2 - 1
    away = np.hypot(place[None], place[:, None]) / 2**0.5  # 1 in the corners
    shade = 1.0 - np.clip((away - 0.35) / 0.65, 0, 1) ** 2
    node = _picture(group, "Vignette", shade)
    stretch = compat.scale_to_render(group)
    group.links.new(node.outputs["Image"], stretch.inputs["Image"])
    return _mix(group, "MULTIPLY", "Vignette", image, stretch.outputs["Image"], VIGNETTE)


def _grain(group: bpy.types.NodeTree, image: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    """The same grain at the same frame always, another at the next: a picture of it moved by the frame's number."""
    noise = np.random.default_rng(7).standard_normal((GRAIN_SIZE, GRAIN_SIZE))
    noise = sum(
        np.roll(noise, (i, j), (0, 1)) * w for i, j, w in ((0, 0, 0.6), (0, 1, 0.25), (1, 0, 0.25), (1, 1, 0.1))
    )
    node = _picture(group, "Grain", 1.0 + GRAIN * np.clip(noise / noise.std(), -2.5, 2.5) / 2.5)
    move = group.nodes.new("CompositorNodeTranslate")
    compat.wrap_around(move)
    for name, step in zip("XY", STEP, strict=True):
        driver = move.inputs[name].driver_add("default_value").driver
        driver.type, driver.expression = "SCRIPTED", f"fmod(frame * {step}, {GRAIN_SIZE})"
    stretch = compat.scale_to_render(group)
    group.links.new(node.outputs["Image"], stretch.inputs["Image"])
    group.links.new(stretch.outputs["Image"], move.inputs["Image"])
    return _mix(group, "MULTIPLY", "Grain", image, move.outputs["Image"], 1.0)


def _picture(group: bpy.types.NodeTree, name: str, values: np.ndarray) -> bpy.types.Node:
    """An image node of grey values, as plain data."""
    height, width = values.shape
    image = bpy.data.images.new(f"{NAME} {name.lower()}", width, height, float_buffer=True, is_data=True)
    pixels = np.repeat(values[..., None], 4, axis=2).astype(np.float32)
    pixels[..., 3] = 1.0
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    image[FILM] = name
    node = group.nodes.new("CompositorNodeImage")
    node.image, node.label = image, name
    return node
