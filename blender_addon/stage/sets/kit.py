# SPDX-License-Identifier: GPL-3.0-or-later
"""What sets are built of: bevelled boxes, turned shapes, cards, paints and lamps, all marked as props."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import bmesh
import bpy
from mathutils import Matrix, Vector

from ... import compat
from ..pieces import STAGE
from ..props import COLOR, GLOW, HEIGHT, IDLE, SCREEN, WATTS, WIDTH, mark_prop

Color = tuple[float, float, float]
Triple = tuple[float, float, float]


@dataclass
class Kit:
    """Builds into one collection, relative to one empty: x to the viewer's right, y away from the camera, z up from
    the floor, metres; the face looks to -y from x = y = 0 at 1.6 m."""

    name: str
    collection: bpy.types.Collection
    root: bpy.types.Object
    paints: dict[str, bpy.types.Material] = field(default_factory=dict)

    def box(
        self, name: str, size: Triple, place: Triple, paint: bpy.types.Material, bevel: float = 0.004, turn: float = 0.0
    ) -> bpy.types.Object:
        """A box about its middle with rounded edges, which catch light as real ones do. turn: degrees about z."""
        shape = bmesh.new()
        bmesh.ops.create_cube(shape, size=1.0, matrix=Matrix.Diagonal((*size, 1.0)))
        bevel = min(bevel, 0.45 * min(size))
        if bevel > 0:
            bmesh.ops.bevel(shape, geom=shape.edges[:], offset=bevel, segments=2, profile=0.5, affect="EDGES")
        return self._stand(name, shape, place, paint, turn, smooth=bevel > 0)

    def turned(
        self, name: str, profile: Sequence[tuple[float, float]], place: Triple, paint: bpy.types.Material
    ) -> bpy.types.Object:
        """A shape turned about z from (radius, height) points: mugs, pots, lamp shades, globes."""
        shape = bmesh.new()
        points = [shape.verts.new((radius, 0.0, height)) for radius, height in profile]
        edges = [shape.edges.new(pair) for pair in pairwise(points)]
        bmesh.ops.spin(
            shape, geom=[*points, *edges], cent=(0, 0, 0), axis=(0, 0, 1), angle=2 * math.pi, steps=28, use_merge=True
        )
        bmesh.ops.remove_doubles(shape, verts=shape.verts, dist=1e-5)
        bmesh.ops.recalc_face_normals(shape, faces=shape.faces)
        return self._stand(name, shape, place, paint, 0.0, smooth=True)

    def card(
        self, name: str, width: float, height: float, place: Triple, paint: bpy.types.Material, turn: float = 0.0
    ) -> bpy.types.Object:
        """An upright rectangle that looks to -y, with its picture coordinates."""
        return self._stand(name, _card(width, height), place, paint, turn, smooth=False)

    def screen(self, width: float, height: float, place: Triple, turn: float = 0.0) -> bpy.types.Object:
        """The set's screen, on which `stage/screen.py` shows pictures."""
        paint = self.glow("screen", IDLE, is_dimmed=False)
        obj = self.card("screen", width, height, place, paint, turn)
        obj[STAGE], obj[WIDTH], obj[HEIGHT] = SCREEN, width, height
        return obj

    def leaf(
        self,
        name: str,
        length: float,
        width: float,
        place: Triple,
        turn: tuple[float, float],
        paint: bpy.types.Material,
    ) -> bpy.types.Object:
        """A leaf that grows from a place and hangs over. turn: how far it leans and whereto, radians."""
        lean, around = turn
        shape = bmesh.new()
        rows = []
        for i in range(7):
            t = i / 6
            angle = lean * (0.5 + t)
            out, up = length * t * math.sin(angle), length * t * math.cos(angle)
            half = 0.5 * width * math.sin(math.pi * min(0.12 + 0.88 * t, 1.0)) ** 0.8
            rows.append([shape.verts.new((out, s * half, up - 0.12 * abs(s) * half)) for s in (-1, 0, 1)])
        for first, second in pairwise(rows):
            for i in (0, 1):
                shape.faces.new((first[i], first[i + 1], second[i + 1], second[i]))
        return self._stand(name, shape, place, paint, math.degrees(around), smooth=True)

    def ribbon(
        self, name: str, points: Sequence[tuple[float, float]], width: float, place: Triple, paint: bpy.types.Material
    ) -> bpy.types.Object:
        """A line drawn on an upright plane that looks to -y; points in (x, z)."""
        shape = bmesh.new()
        rows = []
        for i, (x, z) in enumerate(points):
            (ax, az), (bx, bz) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
            along = Vector((bx - ax, bz - az)).normalized()
            across = Vector((-along.y, along.x)) * width / 2
            rows.append([shape.verts.new((x + s * across.x, 0.0, z + s * across.y)) for s in (1, -1)])
        for first, second in pairwise(rows):
            shape.faces.new((first[0], first[1], second[1], second[0]))
        return self._stand(name, shape, place, paint, 0.0, smooth=False)

    def paint(
        self,
        name: str,
        color: Color,
        roughness: float = 0.6,
        grain: tuple[float, float, float] = (0.0, 0.0, 0.0),
        amount: float = 0.25,
        specular: float = 0.3,
    ) -> bpy.types.Material:
        """A muted surface. grain: scale of its unevenness along x, y, z; 0s for none; amount: how much it darkens."""
        if name in self.paints:
            return self.paints[name]
        material = self._material(name, color)
        tree = material.node_tree
        shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
        shader.inputs["Base Color"].default_value = (*color, 1.0)
        shader.inputs["Roughness"].default_value = roughness
        shader.inputs["Specular IOR Level"].default_value = specular
        if any(grain):
            self._grain(tree, shader, color, grain, amount)
        self._finish(tree, shader.outputs["BSDF"])
        return material

    def glow(self, name: str, color: Color, strength: float = 1.0, is_dimmed: bool = True) -> bpy.types.Material:
        """A surface that shines by itself. is_dimmed: looks make it stronger or weaker."""
        if name in self.paints:
            return self.paints[name]
        material = self._material(name, color)
        tree = material.node_tree
        shader = tree.nodes.new("ShaderNodeEmission")
        if is_dimmed:
            shader.name, shader[WATTS] = GLOW, strength
        shader.inputs["Color"].default_value = (*color, 1.0)
        shader.inputs["Strength"].default_value = strength
        self._finish(tree, shader.outputs["Emission"])
        return material

    def mesh(
        self, name: str, mesh: bpy.types.Mesh, place: Triple, paint: bpy.types.Material, turn: float = 0.0
    ) -> bpy.types.Object:
        """Stand a mesh of the set's own."""
        mesh.materials.clear()
        mesh.materials.append(paint)
        mark_prop(mesh)
        obj = bpy.data.objects.new(f"{self.name} {name}", mesh)
        obj.location, obj.rotation_euler = place, (0.0, 0.0, math.radians(turn))
        return self._hang(obj)

    def lamp(
        self, name: str, size: tuple[float, float], place: Triple, towards: Triple, watts: float, color: Color
    ) -> bpy.types.Object:
        """An area lamp of the set itself; looks make it stronger or weaker."""
        light = bpy.data.lights.new(f"{self.name} {name}", "AREA")
        light.shape, light.size, light.size_y = "RECTANGLE", *size
        light.energy, light.color = watts, color
        light[WATTS], light[COLOR] = watts, color
        mark_prop(light)
        compat.sharpen_contact(light)
        obj = bpy.data.objects.new(light.name, light)
        obj.location = place
        obj.rotation_euler = (Vector(place) - Vector(towards)).to_track_quat("Z", "Y").to_euler()
        return self._hang(obj)

    def _material(self, name: str, color: Color) -> bpy.types.Material:
        material = self.paints[name] = bpy.data.materials.new(f"{self.name} {name}")
        mark_prop(material)
        compat.use_nodes(material)
        material.diffuse_color = (*color, 1.0)
        return material

    def _grain(
        self, tree: bpy.types.NodeTree, shader: bpy.types.Node, color: Color, grain: Triple, amount: float
    ) -> None:
        place = tree.nodes.new("ShaderNodeTexCoord")
        stretch = tree.nodes.new("ShaderNodeMapping")
        stretch.inputs["Scale"].default_value = grain
        noise = tree.nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 1.0
        noise.inputs["Detail"].default_value = 3.0
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        a, b = (socket for socket in mix.inputs if socket.type == "RGBA")
        a.default_value = (*((1.0 - amount) * part for part in color), 1.0)
        b.default_value = (*(min((1.0 + 0.6 * amount) * part, 1.0) for part in color), 1.0)
        tree.links.new(place.outputs["Object"], stretch.inputs["Vector"])
        tree.links.new(stretch.outputs["Vector"], noise.inputs["Vector"])
        tree.links.new(noise.outputs[0], mix.inputs["Factor"])
        tree.links.new(next(s for s in mix.outputs if s.type == "RGBA"), shader.inputs["Base Color"])
        for column, node in enumerate((place, stretch, noise, mix)):
            node.location = (250 * (column - 4), 0)

    @staticmethod
    def _finish(tree: bpy.types.NodeTree, shader: bpy.types.NodeSocket) -> None:
        output = tree.nodes.new("ShaderNodeOutputMaterial")
        output.location = (300, 0)
        tree.links.new(shader, output.inputs["Surface"])

    def _stand(
        self, name: str, shape: bmesh.types.BMesh, place: Triple, paint: bpy.types.Material, turn: float, smooth: bool
    ) -> bpy.types.Object:
        mesh = bpy.data.meshes.new(f"{self.name} {name}")
        shape.to_mesh(mesh)
        shape.free()
        if smooth:
            mesh.shade_smooth()
            mesh.set_sharp_from_angle(angle=math.radians(50))
        return self.mesh(name, mesh, place, paint, turn)

    def _hang(self, obj: bpy.types.Object) -> bpy.types.Object:
        mark_prop(obj, self.name)
        self.collection.objects.link(obj)
        obj.parent = self.root
        return obj


def make_kit(scene: bpy.types.Scene, name: str, place: Vector) -> Kit:
    """An empty kit in a collection of its own, whose floor is at a place."""
    collection = bpy.data.collections.new(name)
    mark_prop(collection, name)
    scene.collection.children.link(collection)
    root = bpy.data.objects.new(name, None)
    root.empty_display_size = 0.3
    root.location = place
    mark_prop(root, name)
    collection.objects.link(root)
    return Kit(name, collection, root)


def _card(width: float, height: float) -> bmesh.types.BMesh:
    shape = bmesh.new()
    layer = shape.loops.layers.uv.new("UVMap")
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    face = shape.faces.new([shape.verts.new(((u - 0.5) * width, 0.0, (v - 0.5) * height)) for u, v in corners])
    for loop, corner in zip(face.loops, corners, strict=True):
        loop[layer].uv = corner
    return shape
