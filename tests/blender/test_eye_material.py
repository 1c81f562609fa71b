# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: the same catch light in every engine, in EEVEE without a film to blend."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from small_avatar import EYE_Z

from blender_addon import compat
from blender_addon.engine.pieces import run
from blender_addon.rig.avatar import Material, Part
from blender_addon.rig.materials import make_materials

SIZE = 48


def picture(engine: str, path: Path) -> np.ndarray:
    """(H, W) linear red of the left eye, lit from the camera."""
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.cycles.samples, scene.cycles.seed, scene.eevee.taa_render_samples = 64, 1, 8
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "OPEN_EXR"
    camera = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))
    lamp.data.angle = 0.2
    for one in (camera, lamp):
        scene.collection.objects.link(one)
        one.location, one.rotation_euler = (0.03, -1, EYE_Z), (np.pi / 2, 0, 0)
    camera.data.lens, scene.camera = 1400, camera
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.array(image.pixels[:]).reshape(SIZE, SIZE, 4)[..., 0]
    for one in (camera, lamp):
        bpy.data.objects.remove(one)
    return pixels


def test_an_eye_mirrors_the_lamp_at_the_same_place_in_every_engine(armature, tmp_path: Path) -> None:
    places = []
    for engine in ("CYCLES", compat.eevee_engine()):
        eye = picture(engine, tmp_path / f"{engine}.exr")
        aside = np.r_[eye[SIZE // 2, :8], eye[SIZE // 2, -8:]]
        assert eye.max() > 1.5 * np.median(aside) > 0
        places.append(np.unravel_index(np.argmax(eye), eye.shape))
    assert np.abs(np.subtract(*places)).max() <= 3


def test_only_lenses_are_blended_over_what_is_behind_them() -> None:
    """A lens covers half a face, so it is worth it."""

    def part(name: str, material: str) -> Part:
        rows, none = np.zeros((3, 3), np.float32), np.zeros(0)
        faces = np.array([[0, 1, 2, -1]], np.int32)
        return Part(name, (material,), (), True, 0, rows, faces, none, np.zeros(1, np.int32), none, none)

    sources = {name: Material(name, "cornea", None, (1.0, 1.0, 1.0)) for name in ("cornea", "lens")}
    parts = (part("cornea", "cornea"), part("tears", "cornea"), part("lenses", "lens"))
    made = run(make_materials(sources, parts, "A"))
    assert made["cornea"].surface_render_method == "DITHERED" and made["lens"].surface_render_method == "BLENDED"
    targets = [node.target for node in made["lens"].node_tree.nodes if node.type == "OUTPUT_MATERIAL"]
    assert targets == ["ALL"]
