# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that read as skin, eyes, teeth and hair in EEVEE, Cycles and Workbench alike.

One table, kind -> builder; a builder fills an empty node tree. Numbers were chosen by looking at renders
under the studio's light: the albedo already holds the photo's own pores and shading, so specular stays low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import bpy

from .. import compat
from ..engine.pieces import Pieces
from .avatar import Material, Part
from .controls import DELIGHT
from .surface import Surface, add_map, add_math, add_node, add_principled, finish, glow, link, mix_into

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
# A painted eye holds no glint of a photo's lamps, and its iris is painted for this: the lamps' own make it look alive.
PAINTED_CORNEA_IOR = 1.35
# The mouth darkens from its front to this many metres further in, as far as the throat, where this share of its colour
# is left: light hardly gets there as it is.
MOUTH_DEPTH, MOUTH_DEEP = 0.07, 0.45
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
# Of skin that was painted bare: nothing in its colours shines, so that all gloss is the shader's, on dark skin as on
# light, and its relief is meant as it is.
PAINTED_SKIN_LEVEL, PAINTED_SCATTER, PAINTED_RELIEF = 0.24, 0.18, 1.0
HAIR_GLOSS = Gloss(0.08, 0.65, 0.0052, 0.057)
PAINTED_HAIR_GLOSS = Gloss(0.1, 0.48, 0.0, 0.0)  # nothing is taken off: its colours hold no sheen
CLOTH_GLOSS = Gloss(0.1, 0.85, 0.0043, 0.033)
TEETH_GLOSS = Gloss(0.4, 0.25, 0.032, 0.3)


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


def _glossy(surface: Surface, gloss: Gloss, **inputs: object) -> bpy.types.Node:
    return add_principled(surface, Roughness=gloss.roughness, Specular_IOR_Level=gloss.level, **inputs)


def _scatter(weight: float, scale: float = SKIN_SCALE) -> dict[str, object]:
    return {"Subsurface_Weight": weight, "Subsurface_Radius": SKIN_RADIUS, "Subsurface_Scale": scale}


def _build_skin(surface: Surface) -> None:
    """The photo's skin, rid of the photo's light by as much as the armature's slider says (controls.py)."""
    bare = surface.painted and surface.image is not None
    shader = _glossy(surface, SKIN_GLOSS, **_scatter(PAINTED_SCATTER if bare else 0.1))
    if surface.image is not None and "light" in surface.maps:
        _take_light_off(surface, shader.inputs["Base Color"])
    if bare:
        shader.inputs["Specular IOR Level"].default_value = PAINTED_SKIN_LEVEL
    elif surface.image is not None:
        _lay_gloss(surface, shader, SKIN_GLOSS)
    if "roughness" in surface.maps:
        link(surface, add_map(surface, "roughness").outputs["Color"], shader.inputs["Roughness"])
    if "normal" in surface.maps:
        relief = add_node(surface, "ShaderNodeNormalMap", Strength=PAINTED_RELIEF if bare else RELIEF)
        relief.uv_map = "UVMap"
        link(surface, add_map(surface, "normal").outputs["Color"], relief.inputs["Color"])
        link(surface, relief.outputs["Normal"], shader.inputs["Normal"])
    finish(surface, shader.outputs["BSDF"])


def _take_light_off(surface: Surface, color: bpy.types.NodeSocket) -> None:
    """Divide a linked colour by the photo's light, as far as the object's property DELIGHT says."""
    amount = surface.tree.nodes.new("ShaderNodeAttribute")
    amount.attribute_type, amount.attribute_name = "OBJECT", DELIGHT
    light = surface.tree.nodes.new("ShaderNodeVectorMath")
    light.operation = "SCALE"
    light.inputs["Scale"].default_value = LIGHT_RANGE
    factor, b = mix_into(surface, color, "DIVIDE")
    link(surface, add_map(surface, "light").outputs["Color"], light.inputs[0])
    link(surface, light.outputs["Vector"], b)
    link(surface, amount.outputs["Fac"], factor)


def _lay_gloss(surface: Surface, shader: bpy.types.Node, gloss: Gloss) -> None:
    """Gloss that falls with the linked base colour, and the sheen that it brings in even light taken off that colour.

    With the brightness's share s of GLOSS_FULL the level is s^2 of the full one, and its sheen, as measured for levels
    down to a hundredth, s^2 flat + s rim (1 - cos)^RIM_POWER.
    """
    grey = surface.tree.nodes.new("ShaderNodeRGBToBW")
    link(surface, shader.inputs["Base Color"].links[0].from_socket, grey.inputs["Color"])
    ranged = add_node(surface, "ShaderNodeMapRange", From_Min=0.0, From_Max=GLOSS_FULL)
    link(surface, grey.outputs["Val"], ranged.inputs["Value"])
    share = ranged.outputs["Result"]
    square = add_math(surface, "MULTIPLY", share, share)
    link(surface, add_math(surface, "MULTIPLY", square, gloss.level), shader.inputs["Specular IOR Level"])
    if surface.painted:
        return
    turned = add_node(surface, "ShaderNodeLayerWeight", Blend=0.5).outputs["Facing"]
    rim = add_math(surface, "MULTIPLY", add_math(surface, "POWER", turned, RIM_POWER), gloss.rim)
    sheen = add_math(surface, "MULTIPLY_ADD", rim, share, add_math(surface, "MULTIPLY", square, gloss.flat))
    _, b = mix_into(surface, shader.inputs["Base Color"], "SUBTRACT")
    link(surface, sheen, b)


def _build_mouth(surface: Surface) -> None:
    """Wet and dark red, darker towards the throat, where little light of a studio reaches."""
    shader = add_principled(surface, Roughness=0.3, Specular_IOR_Level=0.35, **_scatter(0.1))
    place = surface.tree.nodes.new("ShaderNodeTexCoord")
    split = surface.tree.nodes.new("ShaderNodeSeparateXYZ")
    fade = add_node(
        surface,
        "ShaderNodeMapRange",
        From_Min=surface.depth[0],
        From_Max=max(surface.depth[1], surface.depth[0] + 1e-4),
        To_Min=1.0,
        To_Max=MOUTH_DEEP,
    )
    _, b = mix_into(surface, shader.inputs["Base Color"], "MULTIPLY")
    link(surface, place.outputs["Generated"], split.inputs["Vector"])
    link(surface, split.outputs["Y"], fade.inputs["Value"])
    link(surface, fade.outputs["Result"], b)
    glow(surface, shader, MOUTH_GLOW)
    finish(surface, shader.outputs["BSDF"])


def _build_eye(surface: Surface) -> None:
    """Matte: the gloss belongs to the cornea in front of it; in EEVEE, which does without that, to the eye itself."""
    shader = add_principled(surface, Roughness=0.6, Specular_IOR_Level=0.0)
    wet = add_node(surface, "ShaderNodeBsdfPrincipled", Roughness=CORNEA_ROUGHNESS, IOR=_cornea_ior(surface))
    color = shader.inputs["Base Color"]
    if color.is_linked:
        link(surface, color.links[0].from_socket, wet.inputs["Base Color"])
    wet.inputs["Base Color"].default_value = color.default_value
    finish(surface, shader.outputs["BSDF"], wet.outputs["BSDF"])


def _build_cornea(surface: Surface) -> None:
    """Reflections only, no refraction; in EEVEE nothing: the film would cost a third of a frame."""
    clear, film = _film(surface)
    surface.material.surface_render_method = "DITHERED"
    finish(surface, film, clear)


def _build_lens(surface: Surface) -> None:
    """A clear lens of glasses: as a cornea, in EEVEE too."""
    surface.material.surface_render_method = "BLENDED"
    finish(surface, _film(surface)[1])


def _cornea_ior(surface: Surface) -> float:
    return PAINTED_CORNEA_IOR if surface.painted else CORNEA_IOR


def _film(surface: Surface) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """What is quite clear, and that with reflections: needs no extra bounces and no screen-space tricks.

    Seen from within it is clear: light that the eyeball sends back would else be caught between the two.
    """
    fresnel = add_node(surface, "ShaderNodeFresnel", IOR=_cornea_ior(surface))
    side = surface.tree.nodes.new("ShaderNodeNewGeometry")
    outside = surface.tree.nodes.new("ShaderNodeMath")
    outside.operation = "SUBTRACT"
    outside.use_clamp = True
    link(surface, fresnel.outputs[0], outside.inputs[0])
    link(surface, side.outputs["Backfacing"], outside.inputs[1])
    clear = add_node(surface, "ShaderNodeBsdfTransparent")
    gloss = add_node(surface, "ShaderNodeBsdfAnisotropic", Roughness=CORNEA_ROUGHNESS)
    mix = surface.tree.nodes.new("ShaderNodeMixShader")
    link(surface, outside.outputs[0], mix.inputs[0])
    link(surface, clear.outputs[0], mix.inputs[1])
    link(surface, gloss.outputs[0], mix.inputs[2])
    surface.material.diffuse_color[3] = 0.0
    return clear.outputs[0], mix.outputs[0]


def _build_teeth(surface: Surface) -> None:
    shader = _glossy(surface, TEETH_GLOSS, **_scatter(0.2, 0.002))
    if surface.image is not None:
        _lay_gloss(surface, shader, TEETH_GLOSS)
    glow(surface, shader, TEETH_GLOW)
    finish(surface, shader.outputs["BSDF"])


def _build_tongue(surface: Surface) -> None:
    shader = add_principled(surface, Roughness=0.4, Specular_IOR_Level=0.3, **_scatter(0.2))
    glow(surface, shader, MOUTH_GLOW)
    finish(surface, shader.outputs["BSDF"])


def _mask(surface: Surface, shader: bpy.types.Node) -> None:
    """Use the image's alpha, stretched so that strands are solid and their background is gone."""
    if surface.image is None:
        return
    low, high = MASK_RANGE
    edge = add_node(surface, "ShaderNodeMapRange", From_Min=low, From_Max=high)
    link(surface, surface.tree.nodes.active.outputs["Alpha"], edge.inputs["Value"])
    link(surface, edge.outputs["Result"], shader.inputs["Alpha"])
    surface.material.surface_render_method = "DITHERED"


def _build_lash(surface: Surface) -> None:
    shader = add_principled(surface, Roughness=0.8, Specular_IOR_Level=0.05)
    _mask(surface, shader)
    finish(surface, shader.outputs["BSDF"])


def _build_hair(surface: Surface) -> None:
    shader = _glossy(surface, PAINTED_HAIR_GLOSS if surface.painted else HAIR_GLOSS)
    if surface.image is not None and not surface.painted:
        _lay_gloss(surface, shader, HAIR_GLOSS)
    _mask(surface, shader)
    finish(surface, shader.outputs["BSDF"])


def _build_cloth(surface: Surface) -> None:
    shader = _glossy(surface, CLOTH_GLOSS)
    if surface.image is not None:
        _lay_gloss(surface, shader, CLOTH_GLOSS)
    _mask(surface, shader)
    finish(surface, shader.outputs["BSDF"])


def _build_glasses(surface: Surface) -> None:
    """Polished plastic or metal; alpha is for tinted lenses, clear ones are a cornea's film."""
    shader = add_principled(surface, Roughness=0.35, Specular_IOR_Level=0.25)
    _mask(surface, shader)
    finish(surface, shader.outputs["BSDF"])


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
