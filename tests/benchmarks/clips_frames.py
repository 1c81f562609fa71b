# SPDX-License-Identifier: GPL-3.0-or-later
"""What a frame costs with the performing avatar, with nobody, and with a Suzanne in its place; runs in Blender.

    BLENDER_PYTHON clips_frames.py SHOT.json OUT.json [--engine eevee] [--size 320 180] [--repeats 8]

The scene is the renderer's own, of a shot request. Suzanne has about as many vertices and as many material slots, each
with as many pictures as the avatar's, and turns her head. Frames follow each other as those of a film do, in blocks by
turns, so that what else the machine does falls on all three alike; a block's first one, for which meshes are brought in
and shaders compiled, does not count.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import bpy  # noqa: E402
import numpy as np  # noqa: E402

from blender_addon.shots.pictures import FIRST  # noqa: E402
from blender_addon.shots.request import read_request  # noqa: E402
from blender_addon.shots.shot import Stage  # noqa: E402
from blender_addon.stage.face import measure_face  # noqa: E402
from blender_addon.stage.plan import RenderPlan, plan_render  # noqa: E402
from blender_addon.stage.settings import planned  # noqa: E402

# Where a material's pictures go, in this order; there are more sockets than any skin has pictures.
SOCKETS = (
    "Base Color", "Roughness", "Normal", "Specular IOR Level", "Subsurface Weight", "Coat Weight", "Sheen Weight",
)  # fmt: skip
BLOCKS = 2  # of frames with each
LEVELS = 5  # of subdivision at most: 504 000 vertices
HEIGHT = 2.4  # of a face, in distances of the eyes: Suzanne is as high as the head


def list_meshes(rig: bpy.types.Object) -> list[bpy.types.Object]:
    """The avatar's meshes that are rendered."""
    return [one for one in rig.users_collection[0].all_objects if one.type == "MESH" and not one.hide_render]


def count_vertices(meshes: Sequence[bpy.types.Object], plan: RenderPlan) -> int:
    """As they are rendered: each level of subdivision has four times as many."""
    count = 0
    for mesh in meshes:
        levels = sum(min(one.render_levels, plan.subdivision) for one in mesh.modifiers
                     if one.type == "SUBSURF" and one.show_render)  # fmt: skip
        count += len(mesh.data.vertices) * 4**levels
    return count


def list_pictures(meshes: Sequence[bpy.types.Object]) -> list[list[bpy.types.Image]]:
    """The pictures of each material slot."""
    found = []
    for mesh in meshes:
        for slot in mesh.material_slots:
            nodes = slot.material.node_tree.nodes if slot.material and slot.material.node_tree else ()
            found.append([node.image for node in nodes if node.type == "TEX_IMAGE" and node.image is not None])
    return found


def add_suzanne(scene: bpy.types.Scene, rig: bpy.types.Object, plan: RenderPlan) -> bpy.types.Collection:
    """A Suzanne where the avatar's face is, in a collection of her own."""
    meshes = list_meshes(rig)
    wanted = count_vertices(meshes, plan)
    bpy.ops.mesh.primitive_monkey_add()
    suzanne = bpy.context.object
    _divide(suzanne, wanted)
    for number, pictures in enumerate(list_pictures(meshes)):
        suzanne.data.materials.append(_make_material(number, pictures))
    slots = len(suzanne.data.materials)
    faces = len(suzanne.data.polygons)
    suzanne.data.polygons.foreach_set("material_index", np.arange(faces, dtype=np.int32) * slots // faces)
    face = measure_face(rig)
    suzanne.location = face.eyes
    suzanne.scale = (HEIGHT * face.span / 2,) * 3
    for frame, turn in ((FIRST, -0.3), (FIRST + 20, 0.3)):
        suzanne.rotation_euler = (0.0, 0.0, turn)
        suzanne.keyframe_insert("rotation_euler", frame=frame)
    collection = bpy.data.collections.new("Suzanne")
    for holder in list(suzanne.users_collection):
        holder.objects.unlink(suzanne)
    collection.objects.link(suzanne)
    return collection


def _divide(suzanne: bpy.types.Object, wanted: int) -> None:
    """Subdivide until there are more than enough vertices, and take what is too many off again."""
    levels = max(math.ceil(math.log(wanted / len(suzanne.data.vertices), 4)), 0)
    divided = suzanne.modifiers.new("Subdivision", "SUBSURF")
    divided.levels = min(levels, LEVELS)
    bpy.context.view_layer.update()
    fine = suzanne.evaluated_get(bpy.context.evaluated_depsgraph_get())
    suzanne.modifiers.new("Decimation", "DECIMATE").ratio = min(wanted / len(fine.data.vertices), 1.0)
    whole = suzanne.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = bpy.data.meshes.new_from_object(whole)
    suzanne.modifiers.clear()
    suzanne.data = mesh
    mesh.shade_smooth()


def _make_material(number: int, pictures: Sequence[bpy.types.Image]) -> bpy.types.Material:
    """An opaque Principled one with these pictures."""
    material = bpy.data.materials.new(f"Layer {number}")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    for picture, socket in zip(pictures, SOCKETS, strict=False):
        node = nodes.new("ShaderNodeTexImage")
        node.image = picture
        source = node.outputs["Color"]
        if socket == "Normal":
            bump = nodes.new("ShaderNodeNormalMap")
            links.new(source, bump.inputs["Color"])
            source = bump.outputs["Normal"]
        links.new(source, shader.inputs[socket])
    return material


class Scenes:
    """The set with one of: the avatar, a Suzanne, nobody."""

    def __init__(self, scene: bpy.types.Scene, rig: bpy.types.Object, plan: RenderPlan) -> None:
        self.scene = scene
        self.guests = {"avatar": rig.users_collection[0], "suzanne": add_suzanne(scene, rig, plan), "empty": None}

    def show(self, name: str) -> None:
        children = self.scene.collection.children
        for guest in self.guests.values():
            if guest is not None and guest.name in children:
                children.unlink(guest)
        if self.guests[name] is not None:
            children.link(self.guests[name])


def time_frame(scene: bpy.types.Scene, number: int) -> tuple[float, float]:
    """Seconds until a frame stands in the scene and is rendered, and those that processors spent on it."""
    begin, spent = time.perf_counter(), time.process_time()
    scene.frame_set(number)
    bpy.ops.render.render(write_still=False)
    return time.perf_counter() - begin, time.process_time() - spent


def measure(shot: Path, engine: str, size: tuple[int, int], samples: int, repeats: int) -> dict:
    """Times of each kind of scene, and what is in them."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    request = dataclasses.replace(read_request(shot), size=size, engine=engine, samples=samples)
    plan = plan_render(engine, size, samples)
    stage = Stage(scene)
    _, rigs, _ = stage.set_up(request, plan.engine)
    rig = next(iter(rigs.values()))
    scenes = Scenes(scene, rig, plan)
    meshes = list_meshes(rig)
    suzanne = scenes.guests["suzanne"].objects[0]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in scenes.guests}
    first: dict[str, float] = {}
    with planned(scene, plan):
        scene.render.use_compositing = True
        for block in range(BLOCKS):
            for name, measured in times.items():
                scenes.show(name)
                bpy.context.view_layer.update()
                begun = time_frame(scene, FIRST)[0]
                first.setdefault(name, begun)
                for repeat in range(math.ceil(repeats / BLOCKS)):
                    measured.append(time_frame(scene, FIRST + 1 + repeat % max(request.frames - 1, 1)))
                    told = "{:.2f} s, of processors {:.2f} s".format(*measured[-1])
                    print(engine, name, block, told, file=sys.stderr, flush=True)
    return {
        "engine": plan.engine,
        "device": plan.device,
        "times": times,
        "first": first,
        "avatar": {"vertices": count_vertices(meshes, plan), "slots": len(list_pictures(meshes)),
                   "pictures": sum(map(len, list_pictures(meshes))), "meshes": len(meshes)},
        "suzanne": {"vertices": len(suzanne.data.vertices), "slots": len(suzanne.material_slots),
                    "pictures": sum(map(len, list_pictures([suzanne])))},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="What a frame costs, with whom in it.")
    parser.add_argument("shot", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", default="eevee")
    parser.add_argument("--size", type=int, nargs=2, default=(320, 180))
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=8)
    asked = parser.parse_args()
    found = measure(asked.shot, asked.engine, tuple(asked.size), asked.samples, asked.repeats)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # bpy's own end may hang
