# SPDX-License-Identifier: GPL-3.0-or-later
"""The faceless variant: an avatar as a drawing in flat tones, in which nothing of the photo is seen."""

from __future__ import annotations

import bpy

from ..errors import LikenessError
from ..rig import rig_parts
from ..words import tell
from .toon_drawing import draw_materials
from .toon_material import outline_material, set_toon_light

VARIANTS = ("real", "toon")
VARIANT = "likeness_variant"  # on the armature
REAL = "likeness_real_{}"  # on a part: the material that its slot has in the other variant
OUTLINE = "Likeness outline"
OUTLINED = {"head": 0.0011, "hair": 0.0016, "clothes": 0.0016, "torso": 0.0016}  # part: metres that its line is wide


def set_variant(armature: bpy.types.Object, variant: str) -> None:
    """Show an avatar as it is (``real``) or as a drawing (``toon``). Shapes, bones and takes stay what they are.

    Raises LikenessError: ``variant_unknown``, ``rig_linked``.
    """
    if variant not in VARIANTS:
        raise LikenessError(
            "variant_unknown",
            tell("There is no variant {variant}.", variant=variant),
            tell("Choose from {names}.", names=", ".join(VARIANTS)),
        )
    if variant == armature.get(VARIANT, "real"):
        return
    if armature.library is not None or armature.override_library is not None:
        raise LikenessError(
            "rig_linked",
            tell("{name} is linked from another file.", name=armature.name),
            "Change its variant in that file.",
        )
    if variant == "toon":
        _draw(armature)
    else:
        _undraw(armature)
    armature[VARIANT] = variant
    for scene in armature.users_scene:
        _cull(scene)
        set_toon_light(scene)


def _draw(armature: bpy.types.Object) -> None:
    drawn = draw_materials(armature)
    for name, part in rig_parts(armature).items():
        for number, slot in enumerate(part.material_slots):
            if slot.material is not None:
                part[REAL.format(number)] = slot.material
                slot.material = drawn[name, number]
        if name in OUTLINED:
            _outline(part, OUTLINED[name], drawn.get((name, 0)))


def _outline(part: bpy.types.Object, width: float, drawn: bpy.types.Material | None) -> None:
    """A line around a part: its own surface once more, a little larger and seen from within alone."""
    part.data.materials.append(outline_material(part.name, drawn))
    hull = part.modifiers.new(OUTLINE, "SOLIDIFY")
    hull.thickness, hull.offset = width, 1.0
    hull.use_flip_normals, hull.use_rim = True, False
    hull.material_offset = len(part.data.materials)  # the last, whichever slot a face has


def _undraw(armature: bpy.types.Object) -> None:
    gone: set[bpy.types.Material] = set()
    for part in rig_parts(armature).values():
        if OUTLINE in part.modifiers:
            part.modifiers.remove(part.modifiers[OUTLINE])
            gone.add(part.data.materials.pop(index=len(part.data.materials) - 1))
        for number, slot in enumerate(part.material_slots):
            real = part.get(REAL.format(number))
            if real is not None:
                gone.add(slot.material)
                slot.material = real
                del part[REAL.format(number)]
    for material in gone - {None}:
        if material.users:
            continue
        images = {node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE" and node.image}
        bpy.data.materials.remove(material)
        for image in images:
            if not image.users:
                bpy.data.images.remove(image)


def _cull(scene: bpy.types.Scene) -> None:
    """Workbench sees the outline from within alone where it leaves out what is seen from behind."""
    scene.display.shading.show_backface_culling = any(obj.get(VARIANT) == "toon" for obj in scene.objects)
