# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that other programs read: one Principled BSDF with pictures straight in its inputs.

What a rig's own materials do by nodes (the photo's light taken off, masks made firm) goes into copies of the
pictures. Artists' materials are read the same way: by what leads to the inputs of their Principled BSDF.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from .. import compat
from ..rig.controls import DELIGHT
from ..rig.materials import LIGHT_RANGE

# Clear film over the eye: black, since a brighter one veils the iris; so thin that only its gloss is seen.
GLASS_ALPHA, GLASS_ROUGHNESS = 0.05, 0.03
# A colour that fades with depth, as the mouth's, becomes its mean.
FADE = 0.45
# Of light that meets a surface of the index of refraction 1.5 head on: Blender's specular level 0.5.
REFLECTED = 0.04


@dataclass(frozen=True)
class Style:
    """How a format says things. cut: masks cut, for engines that do not sort what is half seen through, else blend.

    ior: gloss is an index of refraction, else a level.
    """

    cut: bool = False
    ior: bool = False


PLAIN = Style()


@dataclass(frozen=True)
class Look:
    """What can be said of a material anywhere; pictures may be None."""

    color: tuple[float, float, float]
    picture: bpy.types.Image | None
    light: bpy.types.Image | None  # of the photo, to be taken off the picture
    normal: bpy.types.Image | None
    relief: float  # strength of the normal map
    roughness: float
    rough_picture: bpy.types.Image | None
    specular: float
    glow: float
    mask: tuple[float, float] | None  # alpha of the picture that is nothing, and that is everything


def make_plain(obj: bpy.types.Object, armature: bpy.types.Object, made: dict, style: Style) -> None:
    """Give a mesh plain materials; ``made`` remembers them, original -> plain, for the next mesh."""
    delight = float(armature.get(DELIGHT, 0.0))
    for place, material in enumerate(obj.data.materials):
        if material is None:
            continue
        if material not in made:
            made[material] = plain_material(material, delight, style)
        obj.data.materials[place] = made[material]


def plain_material(source: bpy.types.Material, delight: float, style: Style) -> bpy.types.Material:
    """A new material that looks as a rig's does, as far as one shader can.

    delight: 0..1, how much of the photo's light is taken off.
    """
    made = bpy.data.materials.new(source.name)
    tree = compat.use_nodes(made)
    shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    look = _read_look(source)
    if look is None:
        film = _picture_node(tree, _glass_picture())
        tree.links.new(film.outputs["Color"], shader.inputs["Base Color"])
        tree.links.new(film.outputs["Alpha"], shader.inputs["Alpha"])
        shader.inputs["Roughness"].default_value = GLASS_ROUGHNESS
        made.surface_render_method = "BLENDED"
        return made
    _set_gloss(shader, look, style)
    _set_color(shader, look, delight, style)
    if look.mask is not None:
        made.surface_render_method = "DITHERED" if style.cut else "BLENDED"
    if look.normal is not None:
        bend = tree.nodes.new("ShaderNodeNormalMap")
        tree.links.new(_picture_node(tree, _soften(look.normal, look.relief)).outputs["Color"], bend.inputs["Color"])
        tree.links.new(bend.outputs["Normal"], shader.inputs["Normal"])
    return made


def _set_gloss(shader: bpy.types.Node, look: Look, style: Style) -> None:
    tree = shader.id_data
    shader.inputs["Roughness"].default_value = look.roughness
    if style.ior:
        edge = np.sqrt(REFLECTED * 2.0 * look.specular)
        shader.inputs["IOR"].default_value = (1.0 + edge) / (1.0 - edge)
    else:
        shader.inputs["Specular IOR Level"].default_value = look.specular
    if look.rough_picture is not None:
        tree.links.new(_picture_node(tree, look.rough_picture).outputs["Color"], shader.inputs["Roughness"])


def _set_color(shader: bpy.types.Node, look: Look, delight: float, style: Style) -> None:
    tree = shader.id_data
    shader.inputs["Base Color"].default_value = (*look.color, 1.0)
    picture = _finish_picture(look, delight)
    if picture is None:
        return
    node = _picture_node(tree, picture)
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    if look.glow > 0.0:
        tree.links.new(_picture_node(tree, _dim(picture, look.glow)).outputs["Color"], shader.inputs["Emission Color"])
        shader.inputs["Emission Strength"].default_value = 1.0
    if look.mask is not None:
        _link_alpha(tree, node, shader, style.cut)


def _read_look(source: bpy.types.Material) -> Look | None:
    """What a material says by its first Principled BSDF, or None where it has none."""
    nodes = source.node_tree.nodes if source.node_tree is not None else ()
    shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return None
    base, alpha = shader.inputs["Base Color"], shader.inputs["Alpha"]
    picture = _picture_behind(base, data=False)
    color = np.array(base.default_value[:3]) * (FADE if base.is_linked and picture is None else 1.0)
    bend = next(_nodes_behind(shader.inputs["Normal"], "NORMAL_MAP"), None)
    edge = next(_nodes_behind(alpha, "MAP_RANGE"), None)
    mask = None
    if alpha.is_linked:
        mask = (0.0, 1.0)
        if edge is not None:
            mask = (edge.inputs["From Min"].default_value, edge.inputs["From Max"].default_value)
    emits = shader.inputs["Emission Color"].is_linked
    return Look(
        color=tuple(color),
        picture=picture,
        light=_picture_behind(base, data=True),
        normal=_picture_behind(shader.inputs["Normal"], data=True),
        relief=bend.inputs["Strength"].default_value if bend is not None else 1.0,
        roughness=shader.inputs["Roughness"].default_value,
        rough_picture=_picture_behind(shader.inputs["Roughness"], data=True),
        specular=shader.inputs["Specular IOR Level"].default_value,
        glow=shader.inputs["Emission Strength"].default_value if emits else 0.0,
        mask=mask,
    )


def _nodes_behind(socket: bpy.types.NodeSocket, kind: str) -> Iterator[bpy.types.Node]:
    """Nodes of a type that lead to an input, the nearest first."""
    queue, seen = deque([socket]), set()
    while queue:
        for link in queue.popleft().links:
            node = link.from_node
            if node in seen:
                continue
            seen.add(node)
            if node.type == kind:
                yield node
            queue.extend(entry for entry in node.inputs if entry.is_linked)


def _picture_behind(socket: bpy.types.NodeSocket, data: bool) -> bpy.types.Image | None:
    """The nearest picture that leads to an input and is, or is not, plain data."""
    found = (node.image for node in _nodes_behind(socket, "TEX_IMAGE") if node.image is not None)
    return next((image for image in found if (image.colorspace_settings.name == "Non-Color") == data), None)


def _finish_picture(look: Look, delight: float) -> bpy.types.Image | None:
    """The look's picture with its light taken off and its mask stretched; itself where there is nothing to do."""
    if look.picture is None:
        return None
    stretch = look.mask is not None and look.mask != (0.0, 1.0)
    shade = look.light is not None and delight > 0.0
    if not stretch and not shade:
        return look.picture
    pixels = _read_pixels(look.picture)
    if shade:
        light = _sample(_read_pixels(look.light)[..., :3] * LIGHT_RANGE, *pixels.shape[:2])
        color = _to_linear(pixels[..., :3])
        lit = np.clip(color / np.maximum(light, 1e-4), 0.0, 1.0)
        pixels[..., :3] = _from_linear((1.0 - delight) * color + delight * lit)
    if stretch:
        low, high = look.mask
        pixels[..., 3] = np.clip((pixels[..., 3] - low) / (high - low), 0.0, 1.0)
    return _new_picture(look.picture.name, look.picture.colorspace_settings.name, pixels)


def _dim(image: bpy.types.Image, share: float) -> bpy.types.Image:
    """A picture that glows by a share of its own light: USD has no word for the strength."""
    pixels = _read_pixels(image)
    pixels[..., :3] = _from_linear(share * _to_linear(pixels[..., :3]))
    return _new_picture(f"{image.name} glow", image.colorspace_settings.name, pixels)


def _soften(image: bpy.types.Image, strength: float) -> bpy.types.Image:
    """A normal map of less relief: most formats have no word for its strength."""
    if strength == 1.0:
        return image
    pixels = _read_pixels(image)
    normal = 2.0 * pixels[..., :3] - 1.0
    normal[..., :2] *= strength
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    pixels[..., :3] = 0.5 * normal + 0.5
    return _new_picture(image.name, image.colorspace_settings.name, pixels)


def _glass_picture() -> bpy.types.Image:
    """The film's opacity as a picture: Blender 5.2 loses a plain number on its way through USD."""
    return _new_picture("glass", "sRGB", np.full((4, 4, 4), (0.0, 0.0, 0.0, GLASS_ALPHA), np.float32))


def _new_picture(name: str, space: str, pixels: np.ndarray) -> bpy.types.Image:
    """A packed picture of (H, W, 4) values in a colour space."""
    made = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0], alpha=True)
    made.colorspace_settings.name = space
    made.pixels.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())
    made.pack()
    place = f"//{bpy.path.clean_name(made.name)}.png"  # FBX tells pictures apart by their files, USD writes by them
    for packed in made.packed_files:
        packed.filepath = place
    made.filepath_raw, made.source = place, "FILE"
    return made


def _read_pixels(image: bpy.types.Image) -> np.ndarray:
    """(H, W, 4) float32 as stored, not linearised, bottom row first."""
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], 4)


def _sample(small: np.ndarray, height: int, width: int) -> np.ndarray:
    """A smooth map (h, w, 3) between its pixels, (height, width, 3)."""
    for axis, size in ((0, height), (1, width)):
        count = small.shape[axis]
        place = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
        low = np.minimum(place.astype(int), max(count - 2, 0))
        share = (place - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1)).astype(np.float32)
        nearer, further = small.take(low, axis), small.take(np.minimum(low + 1, count - 1), axis)
        small = nearer + share * (further - nearer)
    return small


def _to_linear(value: np.ndarray) -> np.ndarray:
    """sRGB's curve (IEC 61966-2-1), taken off."""
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _from_linear(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 0.0) ** (1 / 2.4) - 0.055)


def _picture_node(tree: bpy.types.NodeTree, image: bpy.types.Image) -> bpy.types.Node:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image, node.extension = image, "EXTEND"
    return node


def _link_alpha(tree: bpy.types.NodeTree, node: bpy.types.Node, shader: bpy.types.Node, cut_off: bool) -> None:
    """The picture's alpha into the shader, perhaps by a comparison, which glTF and USD know as a cut-off."""
    alpha = node.outputs["Alpha"]
    if cut_off:
        cut = tree.nodes.new("ShaderNodeMath")
        cut.operation = "GREATER_THAN"
        cut.inputs[1].default_value = 0.5
        tree.links.new(alpha, cut.inputs[0])
        alpha = cut.outputs["Value"]
    tree.links.new(alpha, shader.inputs["Alpha"])
