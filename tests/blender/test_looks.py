# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks, backgrounds, sets and the screen swap cleanly and show what they say."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import ROOT, require_core_python
from mathutils import Matrix, Vector
from small_avatar import write_png

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.rig import rig_parts
from blender_addon.rig.surface import DIMNESS
from blender_addon.stage import (
    apply_film_look,
    build_studio,
    fit_card,
    has_film_look,
    plan_render,
    render_still,
    set_background,
    set_look,
    set_screen,
)
from blender_addon.stage.face import STANDARD_FACE, Face, measure_face
from blender_addon.stage.looks import LOOKS, NAMES
from blender_addon.stage.matching import read_light
from blender_addon.stage.screen import find_screen
from blender_addon.stage.sets import SETS
from blender_addon.stage.skin_tone import SKIN, measure_skin

# In the core's Python: a video of 64 x 64 pixels at 5 frames a second, a grey for each frame.
WRITE_VIDEO = """
import json, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from core.delivery import Encoder
with Encoder(Path(sys.argv[1]), "h264", (64, 64), Fraction(5)) as film:
    for grey in json.loads(sys.argv[2]):
        film.write(np.full((64, 64, 3), grey, np.uint8))
"""
EDGE = 6  # pixels at the picture's edge in which Cycles' denoiser is at a loss
RED, BLUE = (220, 40, 30), (20, 60, 210)


def picture(path: Path) -> np.ndarray:
    """(H, W, 3) 0..255 of an image file as stored, bottom row first."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.array(image.pixels[:]).reshape(image.size[1], image.size[0], image.channels)
    bpy.data.images.remove(image)
    return pixels[..., :3] * 255


def render(scene: bpy.types.Scene, out: Path, engine: str = "cycles", size: tuple[int, int] = (48, 48)) -> np.ndarray:
    return picture(render_still(scene, out, plan_render(engine, size, 1)))


def within(pixels: np.ndarray) -> np.ndarray:
    return pixels[EDGE:-EDGE, EDGE:-EDGE]


def flat_png(path: Path, color: tuple[int, int, int], size: tuple[int, int] = (32, 18)) -> Path:
    write_png(path, np.full((size[1], size[0], 3), color, dtype=np.uint8))
    return path


def everything() -> dict[str, set[str]]:
    """The names of all data in the file."""
    kinds = ("objects", "meshes", "materials", "images", "lights", "collections", "worlds", "node_groups", "actions")
    blenders = {"Render Result", "Viewer Node"}
    return {kind: {block.name for block in getattr(bpy.data, kind)} - blenders for kind in kinds}


def shifted(face: Face, x: float) -> Face:
    return Face(
        face.eyes + Vector((x, 0, 0)),
        face.span,
        face.top,
        face.bottom,
        face.half_width,
        face.centre + Vector((x, 0, 0)),
    )


@pytest.fixture
def scene() -> bpy.types.Scene:
    """A square studio where avatars stand."""
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 48
    build_studio(scene)
    return scene


def test_looks_change_the_same_lamps_and_add_none(scene):
    before = everything()
    first = {name: obj for name, obj in set_look(scene, "three_point", [STANDARD_FACE]).items()}
    state = {name: (obj.data.energy, obj.location.copy()) for name, obj in first.items()}
    for look in NAMES:
        assert set_look(scene, look, [STANDARD_FACE]) == first
        assert everything() == before
    set_look(scene, "three_point", [STANDARD_FACE])
    for name, (energy, place) in state.items():
        assert first[name].data.energy == pytest.approx(energy)
        assert (first[name].location - place).length < 1e-5
    with pytest.raises(LikenessError) as error:
        set_look(scene, "moonlight", [STANDARD_FACE])
    assert error.value.code == "look_unknown"


def test_what_glows_in_the_mouth_is_as_dark_and_blue_as_the_look(scene):
    build_studio(scene)
    assert DIMNESS not in scene, "in the studio all of it"
    set_look(scene, "night", [STANDARD_FACE])
    red, green, blue = scene[DIMNESS]
    assert 0.9 > red > green > blue > 0.3
    set_look(scene, "window", [STANDARD_FACE])
    assert DIMNESS not in scene


def test_two_faces_are_lit_from_further_away_and_as_brightly(scene):
    alone = set_look(scene, "three_point", [STANDARD_FACE])["key"]
    watts, near = alone.data.energy, (alone.location - STANDARD_FACE.eyes).length
    key = set_look(scene, "three_point", [shifted(STANDARD_FACE, -0.4), shifted(STANDARD_FACE, 0.4)])["key"]
    far = (key.location - STANDARD_FACE.eyes).length
    assert far > 1.15 * near
    assert key.data.energy / far**2 == pytest.approx(watts / near**2, rel=1e-4)


def test_rembrandt_gives_a_dark_skin_more_light_and_most_of_it_as_fill(scene):
    def lit(look: str, skin: float) -> dict[str, float]:
        lamps = set_look(scene, look, [dataclasses.replace(STANDARD_FACE, skin=skin)])
        return {name: lamps[name].data.energy for name in ("key", "fill", "rim")}

    plain, dark, darkest, light = (lit("rembrandt", skin) for skin in (SKIN, 0.08, 0.001, 0.5))
    assert all(plain[name] == pytest.approx(lamp.watts) for name, lamp in LOOKS["rembrandt"].lamps.items())
    assert 1.5 * plain["key"] < dark["key"] < 2.3 * plain["key"]
    assert dark["fill"] / dark["key"] > 1.3 * plain["fill"] / plain["key"]
    assert darkest["key"] < 2.3 * plain["key"] and light["key"] > 0.75 * plain["key"]
    assert lit("three_point", 0.05) == lit("three_point", SKIN)


def test_a_skin_is_measured_in_its_picture(armature):
    """The small avatar's own colours; where there is no rig, what most skins have."""
    assert measure_skin(None) == SKIN
    head = rig_parts(armature)["head"]
    skin = next(slot.material for slot in head.material_slots if slot.material["likeness_kind"] == "skin")
    picture = next(node.image for node in skin.node_tree.nodes
                   if node.type == "TEX_IMAGE" and node.image.colorspace_settings.name != "Non-Color")  # fmt: skip
    values = np.empty(len(picture.pixels), np.float32)
    picture.pixels.foreach_get(values)
    measured = measure_face(armature).skin
    assert 0.0 < measured < 1.0 and measured == pytest.approx(measure_skin(head))
    other = picture.copy()
    other.pixels.foreach_set(np.where(np.arange(len(values)) % picture.channels < 3, 0.2, 1.0).astype(np.float32))
    next(node for node in skin.node_tree.nodes if node.type == "TEX_IMAGE" and node.image == picture).image = other
    assert measure_skin(head) == pytest.approx(0.033, abs=0.001)  # sRGB 0.2


@pytest.mark.parametrize("name", SETS)
def test_a_set_goes_without_a_trace(scene, name):
    before = everything()
    set_background(scene, {"set": name}, [STANDARD_FACE])
    assert (everything() == before) == (name == "studio")
    set_background(scene, {"set": "studio"}, [STANDARD_FACE])
    assert everything() == before


def test_backgrounds_of_all_kinds_take_each_others_place(scene, tmp_path):
    sky = bpy.data.images.new("sky", 16, 8, float_buffer=True)
    sky.filepath_raw, sky.file_format = str(tmp_path / "sky.hdr"), "HDR"
    sky.save()
    bpy.data.images.remove(sky)
    before = everything()
    kinds = (
        {"set": "classroom"},
        {"picture": str(flat_png(tmp_path / "red.png", RED))},
        {"hdri": str(tmp_path / "sky.hdr"), "blur": True},
        {"color": "#123456"},
        {"plate": "elsewhere.png"},
    )
    for first in kinds:
        set_background(scene, first, [STANDARD_FACE])
        backdrop = [obj for obj in scene.objects if obj.get("likeness_stage") == "backdrop"]
        assert not backdrop  # the studio's paper is gone, too
    set_background(scene, {"set": "studio"}, [STANDARD_FACE])
    assert everything() == before
    assert not scene.world.node_tree.nodes.get("Seen")


def test_what_is_no_background_is_told(scene, tmp_path):
    for background in ({}, {"set": "moon"}, {"color": "green"}, {"color": "#12345"}):
        with pytest.raises(LikenessError) as error:
            set_background(scene, background, [STANDARD_FACE])
        assert error.value.code == "background_unknown"
    with pytest.raises(LikenessError) as error:
        set_background(scene, {"picture": str(tmp_path / "none.png")}, [STANDARD_FACE])
    assert error.value.code == "picture_unreadable"


@pytest.mark.parametrize("engine", ["cycles", "workbench"])
@pytest.mark.parametrize("look", ["three_point", "night"])
def test_a_colour_is_exact_in_the_picture(scene, tmp_path, engine, look):
    set_background(scene, {"color": "#3c78b4"}, [STANDARD_FACE])
    set_look(scene, look, [STANDARD_FACE])
    pixels = render(scene, tmp_path / "flat.png", engine)
    assert np.abs(within(pixels) - (0x3C, 0x78, 0xB4)).max() <= 1.01


def test_the_green_screen_is_even_and_green(scene, tmp_path):
    set_background(scene, {"set": "green_screen"}, [STANDARD_FACE])
    pixels = render(scene, tmp_path / "green.png")
    assert np.abs(within(pixels) - (0x00, 0xB1, 0x40)).max() <= 1.5


@pytest.mark.parametrize("size", [(64, 36), (36, 64)])
def test_a_picture_fills_what_the_camera_sees_in_its_own_colours(scene, tmp_path, size):
    scene.render.resolution_x, scene.render.resolution_y = size
    build_studio(scene)
    set_background(scene, {"picture": str(flat_png(tmp_path / "red.png", RED))}, [STANDARD_FACE])
    camera = scene.camera
    camera.location.x += 0.3
    camera.rotation_euler.z += 0.15
    fit_card(scene)
    pixels = render(scene, tmp_path / "seen.png", size=size)
    assert np.abs(within(pixels) - RED).max() <= 1.01
    card = next(obj for obj in scene.objects if obj.get("likeness_stage") == "card")
    assert card.scale.x / card.scale.z == pytest.approx(32 / 18, rel=1e-4)


def test_a_video_runs_at_its_own_speed_and_over_again(scene, tmp_path):
    greys = (40, 90, 140, 200)
    command = [require_core_python(), "-c", WRITE_VIDEO, tmp_path / "ramp.mp4", json.dumps(greys)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    set_background(scene, {"video": str(tmp_path / "ramp.mp4")}, [STANDARD_FACE], 10.0)
    for frame, grey in ((1, 40), (2, 40), (3, 90), (8, 200), (9, 40), (13, 140)):
        scene.frame_set(frame)
        seen = render(scene, tmp_path / "seen.png", "workbench")
        assert np.abs(within(seen) - grey).max() < 12


def test_the_screen_shows_each_picture_in_its_time_and_shape(scene, tmp_path):
    set_background(scene, {"set": "desk"}, [STANDARD_FACE])
    bpy.context.view_layer.update()
    before_it = Matrix(((1, 0, 0, 0), (0, 0, -1, -1.0), (0, 1, 0, 0), (0, 0, 0, 1)))
    scene.camera.matrix_world = find_screen(scene).matrix_world @ before_it
    scene.camera.data.lens = 30
    files = [flat_png(tmp_path / "red.png", RED), flat_png(tmp_path / "blue.png", BLUE, (20, 20))]
    shown = [
        {"picture": str(files[0]), "start": 0.0, "end": 1.0},
        {"picture": str(files[1]), "start": 1.0, "end": 2.0},
    ]
    set_screen(scene, shown, 10.0)
    middle, side = (24, 24), (24, 10)
    for frame, expected in ((scene.frame_start, RED), (scene.frame_start + 9, RED), (scene.frame_start + 10, BLUE)):
        scene.frame_set(frame)
        pixels = render(scene, tmp_path / f"{frame}.png")
        assert np.abs(pixels[middle] - expected).max() <= 2
        # A square picture leaves the screen's sides dark.
        assert (pixels[side].max() < 60) == (expected is BLUE)
    scene.frame_set(scene.frame_start + 25)
    assert render(scene, tmp_path / "after.png")[middle].max() < 60
    count = len(bpy.data.images)
    set_screen(scene, shown[:1], 10.0)
    assert len(bpy.data.images) == count - 1
    set_background(scene, {"set": "studio"}, [STANDARD_FACE])
    assert not bpy.data.actions and not [image for image in bpy.data.images if image.name.startswith("red")]
    with pytest.raises(LikenessError) as error:
        set_screen(scene, shown, 10.0)
    assert error.value.code == "screen_missing"


def test_a_sets_lamps_follow_the_look_whichever_comes_first(scene):
    def watts() -> list[float]:
        return sorted(obj.data.energy for obj in scene.objects if "likeness_background" in obj and obj.type == "LIGHT")

    set_background(scene, {"set": "classroom"}, [STANDARD_FACE])
    full = watts()
    set_look(scene, "night", [STANDARD_FACE])
    dark = watts()
    assert max(dark) < 0.3 * max(full)
    set_background(scene, {"set": "classroom"}, [STANDARD_FACE])
    assert watts() == pytest.approx(dark)
    set_look(scene, "three_point", [STANDARD_FACE])
    assert watts() == pytest.approx(full)


@pytest.mark.parametrize("side", [-1, 1])
def test_matched_light_comes_from_the_bright_side_in_its_colour(scene, tmp_path, side):
    pixels = np.full((40, 64, 3), (30, 40, 60), dtype=np.uint8)
    pixels[4:24, 44:60] = (255, 220, 150)
    write_png(tmp_path / "window.png", pixels if side > 0 else pixels[:, ::-1])
    set_background(scene, {"picture": str(tmp_path / "window.png")}, [STANDARD_FACE])
    key = set_look(scene, "matched", [STANDARD_FACE])["key"]
    assert side * key.location.x > 0.4
    assert key.data.color[0] > key.data.color[2] + 0.1
    flat = read_light(np.full((20, 30, 3), 0.3), is_round=False)
    assert flat.contrast < 0.1 and abs(flat.azimuth) < 5


def test_a_panorama_lights_from_where_its_sun_is(scene, tmp_path):
    pixels = np.full((16, 32, 4), 0.2, dtype=np.float32)
    pixels[12, 24] = 50.0  # the picture's middle is behind the face, a quarter turn to its right is +x
    sky = bpy.data.images.new("sky", 32, 16, float_buffer=True)
    sky.pixels.foreach_set(pixels.ravel())
    sky.filepath_raw, sky.file_format = str(tmp_path / "sky.hdr"), "HDR"
    sky.save()
    bpy.data.images.remove(sky)
    set_background(scene, {"hdri": str(tmp_path / "sky.hdr")}, [STANDARD_FACE])
    key = set_look(scene, "matched", [STANDARD_FACE])["key"]
    assert key.location.x > 0.6 and key.location.z > STANDARD_FACE.eyes.z + 0.3


def test_the_film_look_is_seeded_by_the_frame_and_goes_without_a_trace(scene, tmp_path):
    set_background(scene, {"color": "#808080"}, [STANDARD_FACE])
    before, plain = everything(), render(scene, tmp_path / "plain.png", "workbench")
    apply_film_look(scene, True)
    assert has_film_look(scene)
    apply_film_look(scene, True)  # once is enough
    shots = {}
    for name, frame in (("first", 1), ("second", 2), ("again", 1)):
        scene.frame_set(frame)
        shots[name] = render(scene, tmp_path / f"{name}.png", "workbench")
    assert np.array_equal(shots["first"], shots["again"])
    assert 0.3 < np.abs(shots["first"] - shots["second"]).mean() < 4
    middle, corner = shots["first"][20:28, 20:28].mean(), shots["first"][:6, :6].mean()
    assert corner < middle - 3 and abs(middle - plain.mean()) < 6
    apply_film_look(scene, False)
    assert not has_film_look(scene) and everything() == before
    assert compat.compositor_tree(scene) is None
    assert np.array_equal(render(scene, tmp_path / "off.png", "workbench"), plain)


def test_the_film_look_goes_behind_what_the_artist_composes(scene):
    tree = compat.make_compositor(scene, "Own")
    blur = tree.nodes.new("CompositorNodeBlur")
    end = compat.compositor_output(tree)
    tree.links.new(end.links[0].from_socket, blur.inputs["Image"])
    tree.links.new(blur.outputs["Image"], end)
    apply_film_look(scene, True)
    assert end.links[0].from_node.type == "GROUP"
    assert end.links[0].from_node.inputs[0].links[0].from_node == blur
    apply_film_look(scene, False)
    assert end.links[0].from_node == blur and len(tree.nodes) == 3


def test_a_set_stands_where_its_face_is(armature):
    scene = bpy.context.scene
    armature.location = (2.0, 1.0, 0.3)
    bpy.context.view_layer.update()
    face = measure_face(armature)
    build_studio(scene, armature)
    set_background(scene, {"set": "desk"}, [face])
    bpy.context.view_layer.update()
    place = find_screen(scene).matrix_world.translation
    assert place.x - face.eyes.x == pytest.approx(0.7, abs=0.01)
    assert place.z == pytest.approx(face.eyes.z, abs=0.02)
