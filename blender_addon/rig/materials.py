# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that read as skin, eyes, teeth and hair in EEVEE, Cycles and Workbench alike.

One table, kind -> builder; a builder fills an empty node tree. Numbers were chosen by looking at renders
under the studio's light: the albedo already holds the photo's own pores and shading, so specular stays low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from .. import compat
from ..engine.pieces import Pieces
from .avatar import Material, Part
from .controls import DELIGHT

KIND = "likeness_kind"  # on a material: which builder made it
# Mean free path of light in skin per colour, relative; and the distance in metres that 1 stands for.
SKIN_RADIUS = (1.0, 0.36, 0.18)
SKIN_SCALE = 0.004
# How strongly the relief read from the photo bends the skin's normals: more doubles the shade that the photo holds.
RELIEF = 0.5
# Linear brightness from which on a surface has its full gloss: that of darker texels falls with them, else an
# underexposed photo would shine grey, and black hair too.
GLOSS_FULL = 0.16
# How much steeper than the facing angle the sheen of even light grows towards the edge.
RIM_POWER = 2.7
# The light map's value 0.5 stands for the face's mean light (core/avatar/light.py).
LIGHT_RANGE = 255 / 128
# Below the tear film's true 1.34: a lamp's reflection, which makes an eye look alive, is bright enough, but what an
# evenly lit room adds all over would veil iris and pupil, which in a photo mirror the dark of a room.
CORNEA_IOR = 1.22
CORNEA_ROUGHNESS = 0.03
LENSES = "lenses"  # the part that glasses' lenses are
# The mouth darkens from its front to this many metres further in, as far as the throat.
MOUTH_DEPTH = 0.07
# Light that goes back and forth between wet walls and comes out again, which the few bounces of a quick render
# leave out: without it an open mouth is a black hole. A share of the material's own colour.
MOUTH_GLOW = 0.06
# The same for teeth, which stand in front and are brighter than what a quick render's light makes of them.
TEETH_GLOW = 0.2
# From which alpha on a mask counts as there: softens the dither of strands and lashes at few samples.
MASK_RANGE = (0.08, 0.75)


@dataclass(frozen=True)
class Gloss:
    """A specular level, and what even white light adds by it (linear).

    flat: where the surface faces the eye; rim: what comes to it at the edge. Measured on a black sphere in Cycles; it
    goes off the photo's colours, which hold the sheen of the light they were taken in.
    """

    level: float
    roughness: float
    flat: float
    rim: float


SKIN_GLOSS = Gloss(0.15, 0.55, 0.0109, 0.11)
HAIR_GLOSS = Gloss(0.08, 0.65, 0.0052, 0.057)
CLOTH_GLOSS = Gloss(0.1, 0.85, 0.0043, 0.033)
TEETH_GLOSS = Gloss(0.4, 0.25, 0.032, 0.3)


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


def make_materials(
    sources: Mapping[str, Material], parts: tuple[Part, ...], prefix: str
) -> Pieces[dict[str, bpy.types.Material]]:
    """One Blender material per entry of the avatar, named ``PREFIX name``, images packed."""
    images: dict[Path, bpy.types.Image] = {}
    made: dict[str, bpy.types.Material] = {}
    for name, source in sources.items():
        material = bpy.data.materials.new(f"{prefix} {name}")
        material[KIND] = source.kind
        made[name] = material
        compat.use_nodes(material)
        for path in (source.image, *source.maps.values()):
            if path is not None and path not in images:
                images[path] = _load_image(path, f"{prefix} {path.stem}")
                yield
        image = images[source.image] if source.image is not None else None
        maps = {kind: images[path] for kind, path in source.maps.items()}
        for picture in maps.values():
            picture.colorspace_settings.name = "Non-Color"
        surface = Surface(material, image, source.color, _depth(name, parts), maps, source.painted)
        BUILDERS["lens" if _is_lens(name, source, parts) else source.kind](surface)
        if image is None or source.kind == "cornea":
            material.diffuse_color = (*source.color, material.diffuse_color[3])
        yield
    return made


def _is_lens(name: str, source: Material, parts: tuple[Part, ...]) -> bool:
    """Whether a clear film is that of glasses, with a picture of its own behind it, and not an eye's."""
    return source.kind == "cornea" and {part.name for part in parts if name in part.materials} == {LENSES}


def _load_image(path: Path, name: str) -> bpy.types.Image:
    """Load and pack; the .blend keeps no path of this machine."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.name = name
    image.pack()
    for packed in image.packed_files:
        packed.filepath = f"//{path.name}"
    image.filepath_raw = f"//{path.name}"
    return image


def _depth(name: str, parts: tuple[Part, ...]) -> tuple[float, float]:
    """Where a material's faces begin in depth, in texture space of the first mesh that wears it."""
    for part in parts:
        if name not in part.materials:
            continue
        faces = part.faces[part.material == part.materials.index(name)]
        if not len(faces):
            continue
        y = part.positions[:, 1]
        low, size = float(y.min()), max(float(y.max() - y.min()), 1e-6)
        front = float(y[faces[faces >= 0]].min())
        return (front - low) / size, (front + MOUTH_DEPTH - low) / size
    return 0.0, 1.0


def _add(surface: Surface, kind: str, **inputs: object) -> bpy.types.Node:
    node = surface.tree.nodes.new(kind)
    for name, value in inputs.items():
        node.inputs[name.replace("_", " ")].default_value = value
    return node


def _link(surface: Surface, output: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
    surface.tree.links.new(output, target)


def _finish(surface: Surface, shader: bpy.types.NodeSocket, eevee: bpy.types.NodeSocket | None = None) -> None:
    """Link to the output and lay the nodes out so that a person can read them, left to right.

    eevee: what EEVEE shows instead, if that is something else.
    """
    output = surface.tree.nodes.new("ShaderNodeOutputMaterial")
    _link(surface, shader, output.inputs["Surface"])
    if eevee is not None:
        output.target = "CYCLES"
        other = surface.tree.nodes.new("ShaderNodeOutputMaterial")
        other.target = "EEVEE"
        _link(surface, eevee, other.inputs["Surface"])
    column = {node: 0 for node in surface.tree.nodes}
    for _ in surface.tree.nodes:
        for link in surface.tree.links:
            column[link.from_node] = max(column[link.from_node], column[link.to_node] + 1)
    rows: dict[int, int] = {}
    for node, place in column.items():
        node.location = (-300 * place, -320 * rows.get(place, 0))
        rows[place] = rows.get(place, 0) + 1


def _principled(surface: Surface, **inputs: object) -> bpy.types.Node:
    """A Principled BSDF coloured by the image, or by the plain colour."""
    shader = _add(surface, "ShaderNodeBsdfPrincipled", Base_Color=(*surface.color, 1.0), **inputs)
    if surface.image is not None:
        texture = surface.tree.nodes.new("ShaderNodeTexImage")
        texture.image = surface.image
        texture.extension = "EXTEND"
        _link(surface, texture.outputs["Color"], shader.inputs["Base Color"])
        surface.tree.nodes.active = texture  # what Workbench shows
    return shader


def _glossy(surface: Surface, gloss: Gloss, **inputs: object) -> bpy.types.Node:
    return _principled(surface, Roughness=gloss.roughness, Specular_IOR_Level=gloss.level, **inputs)


def _scatter(weight: float, scale: float = SKIN_SCALE) -> dict[str, object]:
    return {"Subsurface_Weight": weight, "Subsurface_Radius": SKIN_RADIUS, "Subsurface_Scale": scale}


def _build_skin(surface: Surface) -> None:
    """The photo's skin, rid of the photo's light by as much as the armature's slider says (controls.py)."""
    shader = _glossy(surface, SKIN_GLOSS, **_scatter(0.1))
    if surface.image is not None:
        if "light" in surface.maps:
            _take_light_off(surface, shader.inputs["Base Color"])
        _lay_gloss(surface, shader, SKIN_GLOSS)
    if "roughness" in surface.maps:
        _link(surface, _map(surface, "roughness").outputs["Color"], shader.inputs["Roughness"])
    if "normal" in surface.maps:
        relief = _add(surface, "ShaderNodeNormalMap", Strength=RELIEF)
        relief.uv_map = "UVMap"
        _link(surface, _map(surface, "normal").outputs["Color"], relief.inputs["Color"])
        _link(surface, relief.outputs["Normal"], shader.inputs["Normal"])
    _finish(surface, shader.outputs["BSDF"])


def _take_light_off(surface: Surface, color: bpy.types.NodeSocket) -> None:
    """Divide a linked colour by the photo's light, as far as the object's property DELIGHT says."""
    amount = surface.tree.nodes.new("ShaderNodeAttribute")
    amount.attribute_type, amount.attribute_name = "OBJECT", DELIGHT
    light = surface.tree.nodes.new("ShaderNodeVectorMath")
    light.operation = "SCALE"
    light.inputs["Scale"].default_value = LIGHT_RANGE
    factor, b = _mix_into(surface, color, "DIVIDE")
    _link(surface, _map(surface, "light").outputs["Color"], light.inputs[0])
    _link(surface, light.outputs["Vector"], b)
    _link(surface, amount.outputs["Fac"], factor)


def _lay_gloss(surface: Surface, shader: bpy.types.Node, gloss: Gloss) -> None:
    """Gloss that falls with the linked base colour, and the sheen that it brings in even light taken off that colour.

    With the brightness's share s of GLOSS_FULL the level is s^2 of the full one, and its sheen, as measured for levels
    down to a hundredth, s^2 flat + s rim (1 - cos)^RIM_POWER.
    """
    grey = surface.tree.nodes.new("ShaderNodeRGBToBW")
    _link(surface, shader.inputs["Base Color"].links[0].from_socket, grey.inputs["Color"])
    ranged = _add(surface, "ShaderNodeMapRange", From_Min=0.0, From_Max=GLOSS_FULL)
    _link(surface, grey.outputs["Val"], ranged.inputs["Value"])
    share = ranged.outputs["Result"]
    square = _math(surface, "MULTIPLY", share, share)
    _link(surface, _math(surface, "MULTIPLY", square, gloss.level), shader.inputs["Specular IOR Level"])
    if surface.painted:
        return
    turned = _add(surface, "ShaderNodeLayerWeight", Blend=0.5).outputs["Facing"]
    rim = _math(surface, "MULTIPLY", _math(surface, "POWER", turned, RIM_POWER), gloss.rim)
    sheen = _math(surface, "MULTIPLY_ADD", rim, share, _math(surface, "MULTIPLY", square, gloss.flat))
    _, b = _mix_into(surface, shader.inputs["Base Color"], "SUBTRACT")
    _link(surface, sheen, b)


def _math(surface: Surface, how: str, *values: bpy.types.NodeSocket | float) -> bpy.types.NodeSocket:
    """The result of a Math node of sockets and numbers."""
    node = surface.tree.nodes.new("ShaderNodeMath")
    node.operation = how
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, float):
            socket.default_value = value
        else:
            _link(surface, value, socket)
    return node.outputs["Value"]


def _mix_into(
    surface: Surface, color: bpy.types.NodeSocket, how: str
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Put a Mix node of the given kind before a linked or plain colour; returns its factor (1) and second colour."""
    mix = surface.tree.nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type, mix.clamp_result = "RGBA", how, True
    a, b = (socket for socket in mix.inputs if socket.name in "AB" and socket.type == "RGBA")
    if color.is_linked:
        _link(surface, color.links[0].from_socket, a)
    else:
        a.default_value = (*surface.color, 1.0)
    mix.inputs["Factor"].default_value = 1.0
    _link(surface, next(socket for socket in mix.outputs if socket.type == "RGBA"), color)
    return mix.inputs["Factor"], b


def _map(surface: Surface, kind: str) -> bpy.types.Node:
    """An image node of one of the surface's maps."""
    node = surface.tree.nodes.new("ShaderNodeTexImage")
    node.image, node.extension = surface.maps[kind], "EXTEND"
    return node


def _build_mouth(surface: Surface) -> None:
    """Wet and dark red, darker towards the throat, where little light of a studio reaches."""
    shader = _principled(surface, Roughness=0.3, Specular_IOR_Level=0.35, **_scatter(0.1))
    shader.inputs["Emission Strength"].default_value = MOUTH_GLOW
    place = surface.tree.nodes.new("ShaderNodeTexCoord")
    split = surface.tree.nodes.new("ShaderNodeSeparateXYZ")
    fade = _add(
        surface,
        "ShaderNodeMapRange",
        From_Min=surface.depth[0],
        From_Max=max(surface.depth[1], surface.depth[0] + 1e-4),
        To_Min=0.8,
        To_Max=0.15,
    )
    _, b = _mix_into(surface, shader.inputs["Base Color"], "MULTIPLY")
    _link(surface, place.outputs["Generated"], split.inputs["Vector"])
    _link(surface, split.outputs["Y"], fade.inputs["Value"])
    _link(surface, fade.outputs["Result"], b)
    shade = shader.inputs["Base Color"].links[0].from_socket
    _link(surface, shade, shader.inputs["Emission Color"])
    _finish(surface, shader.outputs["BSDF"])


def _build_eye(surface: Surface) -> None:
    """Matte: the gloss belongs to the cornea in front of it; in EEVEE, which does without that, to the eye itself."""
    shader = _principled(surface, Roughness=0.6, Specular_IOR_Level=0.0)
    wet = _add(surface, "ShaderNodeBsdfPrincipled", Roughness=CORNEA_ROUGHNESS, IOR=CORNEA_IOR)
    color = shader.inputs["Base Color"]
    if color.is_linked:
        _link(surface, color.links[0].from_socket, wet.inputs["Base Color"])
    wet.inputs["Base Color"].default_value = color.default_value
    _finish(surface, shader.outputs["BSDF"], wet.outputs["BSDF"])


def _build_cornea(surface: Surface) -> None:
    """Reflections only, no refraction; in EEVEE nothing: the film would cost a third of a frame."""
    clear, film = _film(surface)
    surface.material.surface_render_method = "DITHERED"
    _finish(surface, film, clear)


def _build_lens(surface: Surface) -> None:
    """A clear lens of glasses: as a cornea, in EEVEE too."""
    surface.material.surface_render_method = "BLENDED"
    _finish(surface, _film(surface)[1])


def _film(surface: Surface) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """What is quite clear, and that with reflections: needs no extra bounces and no screen-space tricks.

    Seen from within it is clear: light that the eyeball sends back would else be caught between the two.
    """
    fresnel = _add(surface, "ShaderNodeFresnel", IOR=CORNEA_IOR)
    side = surface.tree.nodes.new("ShaderNodeNewGeometry")
    outside = surface.tree.nodes.new("ShaderNodeMath")
    outside.operation = "SUBTRACT"
    outside.use_clamp = True
    _link(surface, fresnel.outputs[0], outside.inputs[0])
    _link(surface, side.outputs["Backfacing"], outside.inputs[1])
    clear = _add(surface, "ShaderNodeBsdfTransparent")
    gloss = _add(surface, "ShaderNodeBsdfAnisotropic", Roughness=CORNEA_ROUGHNESS)
    mix = surface.tree.nodes.new("ShaderNodeMixShader")
    _link(surface, outside.outputs[0], mix.inputs[0])
    _link(surface, clear.outputs[0], mix.inputs[1])
    _link(surface, gloss.outputs[0], mix.inputs[2])
    surface.material.diffuse_color[3] = 0.0
    return clear.outputs[0], mix.outputs[0]


def _build_teeth(surface: Surface) -> None:
    shader = _glossy(surface, TEETH_GLOSS, **_scatter(0.2, 0.002))
    color = shader.inputs["Base Color"]
    if color.is_linked:
        _lay_gloss(surface, shader, TEETH_GLOSS)
        _link(surface, color.links[0].from_socket, shader.inputs["Emission Color"])
    shader.inputs["Emission Strength"].default_value = TEETH_GLOW
    _finish(surface, shader.outputs["BSDF"])


def _build_tongue(surface: Surface) -> None:
    shader = _principled(surface, Roughness=0.4, Specular_IOR_Level=0.3, **_scatter(0.2))
    shader.inputs["Emission Color"].default_value = (*surface.color, 1.0)
    shader.inputs["Emission Strength"].default_value = MOUTH_GLOW
    _finish(surface, shader.outputs["BSDF"])


def _mask(surface: Surface, shader: bpy.types.Node) -> None:
    """Use the image's alpha, stretched so that strands are solid and their background is gone."""
    if surface.image is None:
        return
    low, high = MASK_RANGE
    edge = _add(surface, "ShaderNodeMapRange", From_Min=low, From_Max=high)
    _link(surface, surface.tree.nodes.active.outputs["Alpha"], edge.inputs["Value"])
    _link(surface, edge.outputs["Result"], shader.inputs["Alpha"])
    surface.material.surface_render_method = "DITHERED"


def _build_lash(surface: Surface) -> None:
    shader = _principled(surface, Roughness=0.8, Specular_IOR_Level=0.05)
    _mask(surface, shader)
    _finish(surface, shader.outputs["BSDF"])


def _build_hair(surface: Surface) -> None:
    shader = _glossy(surface, HAIR_GLOSS)
    if surface.image is not None:
        _lay_gloss(surface, shader, HAIR_GLOSS)
    _mask(surface, shader)
    _finish(surface, shader.outputs["BSDF"])


def _build_cloth(surface: Surface) -> None:
    shader = _glossy(surface, CLOTH_GLOSS)
    if surface.image is not None:
        _lay_gloss(surface, shader, CLOTH_GLOSS)
    _mask(surface, shader)
    _finish(surface, shader.outputs["BSDF"])


def _build_glasses(surface: Surface) -> None:
    """Polished plastic or metal; alpha is for tinted lenses, clear ones are a cornea's film."""
    shader = _principled(surface, Roughness=0.35, Specular_IOR_Level=0.25)
    _mask(surface, shader)
    _finish(surface, shader.outputs["BSDF"])


BUILDERS: dict[str, Callable[[Surface], None]] = {
    "skin": _build_skin,
    "mouth": _build_mouth,
    "eye": _build_eye,
    "cornea": _build_cornea,
    "lens": _build_lens,
    "teeth": _build_teeth,
    "tongue": _build_tongue,
    "lash": _build_lash,
    "hair": _build_hair,
    "cloth": _build_cloth,
    "glasses": _build_glasses,
}
