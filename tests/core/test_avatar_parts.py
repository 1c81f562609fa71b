# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes, teeth, tongue and lashes on the template's own head and on the astronaut's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from core.avatar.eye_texture import NATURAL, look_at_eyes, measure_iris
from core.avatar.eyes import IRIS_RADIUS, build_eyes
from core.avatar.face import LID_SPHERE
from core.avatar.fit import Fit
from core.avatar.keys import scale_keys
from core.avatar.landmarks import EYE_RING_LEFT, EYE_RING_RIGHT, IRIS_LEFT, IRIS_RIGHT, load_landmark_points
from core.avatar.lashes import ROWS, build_lashes
from core.avatar.lids import close_lids
from core.avatar.light import exposure, is_grey
from core.avatar.lips import close_lips
from core.avatar.parts import Material, PartMesh, without_colour
from core.avatar.rays import RayScene, triangle_faces, triangulate
from core.avatar.rest import rest_pose
from core.avatar.rings import lid_edges
from core.avatar.shown_teeth import find_shown_teeth
from core.avatar.tears import ROWS as TEAR_ROWS
from core.avatar.teeth import INCISAL_RANGE, build_teeth, enamel, lip_line
from core.avatar.template import Template, eyeball, load_template
from core.avatar.tongue import build_tongue
from core.channels import ARKIT_CHANNELS
from core.portrait import Camera, Portrait

CAMERA = Camera(900.0, 300.0, 400.0, 600, 800, "default")
BLINKS = (0.0, 0.25, 0.5, 0.75, 1.0)
OUTER_SKIN = 0  # Template.region


@dataclass(frozen=True)
class Head:
    """A head with its parts; keys (52, V, 3) and arcs over the template's vertices."""

    template: Template
    portrait: Portrait
    fit: Fit
    rest: np.ndarray
    keys: np.ndarray
    arcs: Mapping[str, np.ndarray]
    meshes: Mapping[str, PartMesh]
    materials: Mapping[str, Material]

    def key(self, name: str) -> np.ndarray:
        return self.keys[ARKIT_CHANNELS.index(name)]


def painted_eyes(color: tuple[int, int, int], radius: float) -> Portrait:
    """A grey picture with two eyes: white almonds, irises of ``color`` (sRGB) and black pupils with a glint."""
    picture = np.full((CAMERA.height, CAMERA.width, 3), 150, np.uint8)
    y, x = np.mgrid[: CAMERA.height, : CAMERA.width]
    landmarks = np.zeros((478, 3))
    for centre, iris, ring in ((200.0, IRIS_RIGHT, EYE_RING_RIGHT), (400.0, IRIS_LEFT, EYE_RING_LEFT)):
        turn = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        landmarks[list(ring), 0] = centre + 2.6 * radius * np.cos(turn)
        landmarks[list(ring), 1] = 400 + 1.05 * radius * np.sin(turn)
        rim = radius * np.array([(0, 0), (1, 0), (0, -1), (-1, 0), (0, 1)])
        landmarks[list(iris), :2] = rim + np.array([centre, 400.0])
        away = np.hypot(x - centre, y - 400)
        almond = np.hypot((x - centre) / 2.6, (y - 400) / 1.05) < radius
        picture[almond] = (190, 185, 180)
        picture[almond & (away < radius)] = color
        picture[almond & (away < 0.36 * radius)] = (8, 8, 8)
        picture[np.hypot(x - centre - 0.5 * radius, y - 400 + 0.5 * radius) < 0.2 * radius] = 255
    matte = np.ones(picture.shape[:2], np.float32)
    return Portrait(Path("made.png"), "0" * 64, picture, landmarks, {}, np.eye(4), matte, CAMERA, ())


def build(portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, keys: np.ndarray) -> Head:
    spheres = {side: eyeball(template, rest, side) for side in ("left", "right")}
    eyes = {side: (centre, LID_SPHERE * radius) for side, (centre, radius) in spheres.items()}
    keys, arcs = close_lids(template, rest, keys, eyes)
    meshes, materials = build_eyes(portrait, fit, template, rest, keys, arcs)
    teeth = build_teeth(portrait, template, rest, keys, fit, find_shown_teeth(portrait), exposure(portrait))
    tongue = build_tongue(template, rest, keys, teeth[0], exposure(portrait))
    for mesh, more in (teeth, tongue, build_lashes(template, rest, keys, arcs)):
        meshes, materials = [*meshes, mesh], [*materials, *more]
    return Head(template, portrait, fit, rest, keys, arcs, {m.name: m for m in meshes}, {m.name: m for m in materials})


def template_head() -> Head:
    template = load_template()
    rest = close_lips(template, template.positions)
    facing = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    at = np.array([0.0, 1.6, 1.2])
    fit = Fit(CAMERA, facing, at, np.zeros(len(template.slider_names)), {}, rest, rest, 0.0, 0.0)
    keys = scale_keys(template, rest, load_landmark_points())
    return build(painted_eyes((96, 60, 40), 8.0), fit, template, rest, keys)


def astronaut_head(portrait: Portrait, fit: Fit) -> Head:
    template = load_template()
    keys = scale_keys(template, fit.neutral, load_landmark_points())
    rest = rest_pose(template, fit.neutral, keys, fit.expression)
    return build(portrait, fit, template, rest, keys)


@pytest.fixture(scope="module", params=["template", "astronaut"])
def head(request: pytest.FixtureRequest, nasa_portrait: Portrait, nasa_fit: Fit) -> Head:
    return template_head() if request.param == "template" else astronaut_head(nasa_portrait, nasa_fit)


def crowns(head: Head, bone: str) -> np.ndarray:
    """Rows of the teeth mesh that are crowns of the row bound to ``bone``."""
    teeth = head.meshes["teeth"]
    faces = teeth.faces[teeth.material == teeth.materials.index("teeth")]
    rows = np.unique(faces[faces >= 0])
    return rows[teeth.weights[rows, head.template.bone_names.index(bone)] > 0.5]


def under(mesh: PartMesh, weights: Mapping[str, float]) -> np.ndarray:
    """Positions of a part under shape keys."""
    return mesh.positions + sum(
        weight * mesh.keys.get(name, np.zeros_like(mesh.positions)) for name, weight in weights.items()
    )


def blinking(head: Head, side: str, blink: float) -> np.ndarray:
    """The template's vertices while an eye closes, with the lid's arc."""
    arc = head.arcs[f"eyeBlinkArc{side.capitalize()}"]
    return head.rest + blink * head.key(f"eyeBlink{side.capitalize()}") + 4 * blink * (1 - blink) * arc


def enclosed(points: np.ndarray, positions: np.ndarray, faces: np.ndarray) -> int:
    """How many points lie inside a surface: the nearest face above them looks up, the nearest below down."""
    triangles = triangulate(faces)
    scene, corners = RayScene(positions, triangles), positions[triangles]
    rising = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    inside = np.ones(len(points), bool)
    for way in (1.0, -1.0):
        hit = scene.cast(points, np.tile([0.0, 0.0, way], (len(points), 1))).triangle
        inside &= (hit >= 0) & (way * rising[hit] > 0)
    return int(inside.sum())


def poses(head: Head) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, skin (V, 3) and teeth positions at rest and in every key at 1."""
    teeth = head.meshes["teeth"]
    yield "rest", head.rest, teeth.positions
    for name in ARKIT_CHANNELS:
        yield name, head.rest + head.key(name), under(teeth, {name: 1.0})


def test_parts_are_whole(head: Head) -> None:
    assert set(head.meshes) == {"eyes", "cornea", "tears", "teeth", "tongue", "lashes"}
    for mesh in head.meshes.values():
        count = len(mesh.positions)
        assert np.isfinite(mesh.positions).all()
        assert mesh.faces.shape[1] == 4 and mesh.faces[:, :3].min() >= 0 and mesh.faces.max() < count
        assert len(np.unique(mesh.faces[mesh.faces >= 0])) == count, f"{mesh.name} has loose vertices"
        assert mesh.uv.shape == (len(mesh.faces), 4, 2)
        assert mesh.uv.min() >= 0 and mesh.uv.max() <= 1
        assert mesh.material.shape == (len(mesh.faces),) and mesh.material.max() < len(mesh.materials)
        assert set(mesh.materials) <= set(head.materials)
        np.testing.assert_allclose(mesh.weights.sum(axis=1), 1.0)
        assert mesh.weights.shape == (count, len(head.template.bone_names))
        for name, delta in mesh.keys.items():
            assert delta.shape == (count, 3) and np.isfinite(delta).all(), name


def test_same_head_gives_the_same_teeth_and_pictures(head: Head) -> None:
    other = build_lashes(head.template, head.rest, head.keys, head.arcs)
    np.testing.assert_array_equal(other[0].positions, head.meshes["lashes"].positions)
    np.testing.assert_array_equal(other[1][0].image, head.materials["lash"].image)
    shown = find_shown_teeth(head.portrait)
    again = build_teeth(head.portrait, head.template, head.rest, head.keys, head.fit, shown, 1.0)[0]
    np.testing.assert_array_equal(again.positions, head.meshes["teeth"].positions)


def test_surfaces_face_the_viewer(head: Head) -> None:
    for name in ("eyes", "cornea", "teeth", "tongue"):
        mesh = head.meshes[name]
        corners = mesh.positions[triangulate(mesh.faces[mesh.material == 0])]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        near = corners[:, :, 1].mean(axis=1) < corners[:, :, 1].min() + 4e-3
        assert normal[near].sum(axis=0)[1] < -0.3 * np.linalg.norm(normal[near], axis=1).sum(), name


def test_lids_stay_outside_eyeball_and_cornea_from_open_to_closed(head: Head) -> None:
    for name in ("eyes", "cornea"):
        mesh = head.meshes[name]
        scene = RayScene(mesh.positions, triangulate(mesh.faces))
        for side, edge in lid_edges(head.template).items():
            centre = eyeball(head.template, head.rest, side)[0]
            rows = np.concatenate([half[2:-2] for half in edge])
            for blink in BLINKS:
                away = blinking(head, side, blink)[rows] - centre
                reach = np.linalg.norm(away, axis=1)
                surface = scene.cast(np.tile(centre, (len(rows), 1)), away / reach[:, None]).distance
                inside = np.where(np.isfinite(surface), surface - reach, 0.0)
                assert inside.max() < 0.1e-3, f"{name}: the {side} lid sinks in at {blink}"


def test_a_wet_line_stands_between_lower_lid_and_eyeball_from_open_to_closed(head: Head) -> None:
    tears, cornea = head.meshes["tears"], head.meshes["cornea"]
    scene = RayScene(cornea.positions, triangulate(cornea.faces))
    for side, (_, lower) in lid_edges(head.template).items():
        centre = eyeball(head.template, head.rest, side)[0]
        name = side.capitalize()
        for blink in BLINKS:
            line = under(tears, {f"eyeBlink{name}": blink, f"eyeBlinkArc{name}": 4 * blink * (1 - blink)})
            line = line[(line[:, 0] > 0) == (side == "left")]
            away = line - centre
            reach = np.linalg.norm(away, axis=1)
            film = scene.cast(np.tile(centre, (len(line), 1)), away / reach[:, None]).distance
            assert (reach - np.where(np.isfinite(film), film, 0.0)).min() > -0.1e-3, f"under the eyeball at {blink}"
            lid = blinking(head, side, blink)[lower]
            edge = np.concatenate([np.linspace(lid[:-1], lid[1:], 12).reshape(-1, 3)])
            away = cKDTree(edge).query(line)[0]
            assert away[::TEAR_ROWS].max() < 0.5e-3, f"the wet line leaves the {side} lid at {blink}"
            # The rest of it reaches over to the eyeball, from which a fitted lid's inner corner stands off by 2.4 mm.
            assert away.max() < 3.2e-3, f"the wet line bridges a gap under the {side} lid at {blink}"


def test_eyes_look_forward_with_an_iris_of_human_size(head: Head) -> None:
    eyes = head.meshes["eyes"]
    for half, side in enumerate(("left", "right")):  # each eye has its own half of the picture
        centre, radius = eyeball(head.template, head.rest, side)
        mine = eyes.weights[:, head.template.bone_names.index(f"eye_{side}")] > 0.5
        assert np.ptp(eyes.positions[mine], axis=0)[0] / 2 <= 1.001 * radius
        faces = np.flatnonzero(mine[eyes.faces[:, 0]])
        disc = eyes.uv[faces] * [2, 1] - [half, 0]
        assert disc.min() >= 0 and disc.max() <= 1
        reach = np.linalg.norm(disc - 0.5, axis=2)
        reach[eyes.faces[faces] < 0] = np.inf
        corner = eyes.positions[np.maximum(eyes.faces[faces], 0)]
        front = corner[reach < 1e-9].mean(axis=0)
        np.testing.assert_allclose(front[[0, 2]], centre[[0, 2]], atol=1e-6)
        assert front[1] < centre[1] - 0.8 * radius
        rim = corner[np.abs(reach - 0.4) < 1e-6]
        size = np.linalg.norm((rim - centre)[:, [0, 2]], axis=1)
        assert size.min() > IRIS_RADIUS[0] - 1e-6 and size.max() < IRIS_RADIUS[1] + 1e-6


@pytest.mark.parametrize(
    ("color", "order"),
    [((96, 60, 40), "rgb"), ((80, 110, 150), "bgr"), ((60, 38, 26), "rgb"), ((105, 110, 75), "grb")],
)
def test_iris_takes_the_colour_of_the_photo(color: tuple[int, int, int], order: str) -> None:
    found = measure_iris(look_at_eyes(painted_eyes(color, 14.0)))
    ranked = "".join(sorted("rgb", key=lambda channel: -found["rgb".index(channel)]))
    assert ranked == order


def test_iris_of_a_tiny_face_is_a_natural_one() -> None:
    violet = measure_iris(look_at_eyes(painted_eyes((120, 60, 130), 2.4)))
    away = np.linalg.norm(np.log(violet) - np.log(NATURAL), axis=1)
    assert away.min() < 0.05, "a colour that no eye has was believed"


def test_dark_and_light_irises_stay_dark_and_light() -> None:
    dark, light = (measure_iris(look_at_eyes(painted_eyes(c, 14.0))).sum() for c in ((50, 30, 22), (140, 170, 190)))
    assert dark < 0.5 * light


def test_eyes_outside_the_photo_get_a_natural_iris() -> None:
    portrait = painted_eyes((96, 60, 40), 14.0)
    beside = replace(portrait, landmarks=portrait.landmarks + np.array([5000.0, 0.0, 0.0]))
    np.testing.assert_array_equal(measure_iris(look_at_eyes(beside)), NATURAL[1])


def test_teeth_never_stand_in_front_of_lips_or_cheeks(head: Head) -> None:
    triangles = triangulate(head.template.faces)
    region = head.template.region[triangle_faces(head.template.faces)]
    rows = np.concatenate([crowns(head, "head"), crowns(head, "jaw")])
    poking = []
    for name, skin, teeth in poses(head):
        scene = RayScene(skin, triangles)
        for view in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)):
            towards = np.tile(view, (len(rows), 1))
            out, behind = np.ones(len(rows), bool), np.zeros(len(rows))
            # Half a millimetre to either side as well: along the line where closed lips meet a ray may slip through.
            for rise in (-0.5e-3, 0.0, 0.5e-3):
                hits = scene.cast(teeth[rows] + [0.0, 0.0, rise] - 0.3 * towards, towards)
                skin_first = (hits.triangle >= 0) & (region[np.maximum(hits.triangle, 0)] == OUTER_SKIN)
                behind = hits.distance - 0.3  # how far the skin lies behind the tooth; far off, it is the other lip
                out &= skin_first & (behind > 0) & (behind < 0.012)
            if out.any():
                poking.append((name, view, int(out.sum()), float(behind[out].max())))
    assert not poking


def test_upper_incisors_end_below_the_lips_line_as_far_as_the_photo_shows(head: Head) -> None:
    upper = head.meshes["teeth"].positions[crowns(head, "head")]
    middle = upper[np.abs(upper[:, 0] - upper[:, 0].mean()) < 6e-3]
    low, high = INCISAL_RANGE if find_shown_teeth(head.portrait) else (1e-3, 2e-3)
    assert low - 1e-4 < lip_line(head.template, head.rest) - middle[:, 2].min() < high + 1e-4
    lower = head.meshes["teeth"].positions[crowns(head, "jaw")]
    assert lower[:, 1].min() > upper[:, 1].min() + 1e-3, "the lower row stands behind the upper"


def test_rows_are_mirror_images_of_themselves(head: Head) -> None:
    teeth = head.meshes["teeth"]
    for bone in ("head", "jaw"):
        row = teeth.positions[crowns(head, bone)]
        middle = (row[:, 0].min() + row[:, 0].max()) / 2
        mirrored = (row - [middle, 0, 0]) * [-1, 1, 1] + [middle, 0, 0]
        assert cKDTree(row).query(mirrored)[0].max() < 1e-5
        assert abs(middle) < 3e-3


def test_lower_teeth_follow_the_jaw_and_the_upper_ones_do_not(head: Head) -> None:
    teeth = head.meshes["teeth"]
    template_row = np.unique(head.template.parts["teeth_lower"])
    for name in ("jawOpen", "jawLeft", "jawRight", "jawForward"):
        moved = teeth.keys[name]
        wanted = head.key(name)[template_row].mean(axis=0)
        assert np.linalg.norm(moved[crowns(head, "jaw")].mean(axis=0) - wanted) < 0.2 * np.linalg.norm(wanted)
        assert np.abs(moved[crowns(head, "head")]).max() < 1e-4
    assert teeth.keys["jawOpen"][crowns(head, "jaw"), 2].mean() < -0.015
    assert teeth.keys["viseme_aa"][crowns(head, "jaw"), 2].mean() < -0.004


@pytest.mark.parametrize("jaw", [0.0, 0.3, 0.6, 1.0])
def test_tongue_touches_no_tooth_however_far_the_jaw_is(head: Head, jaw: float) -> None:
    tongue = under(head.meshes["tongue"], {"jawOpen": jaw})
    teeth = under(head.meshes["teeth"], {"jawOpen": jaw})
    for bone in ("head", "jaw"):
        distance = cKDTree(teeth[crowns(head, bone)]).query(tongue)[0]
        assert distance.min() > 0.5e-3, f"the tongue meets the {bone}'s teeth"


def test_tongue_lies_low_in_the_open_mouth(head: Head) -> None:
    tongue = under(head.meshes["tongue"], {"jawOpen": 1.0})
    teeth = under(head.meshes["teeth"], {"jawOpen": 1.0})
    upper, lower = teeth[crowns(head, "head")], teeth[crowns(head, "jaw")]
    front = lower[lower[:, 1] < lower[:, 1].min() + 8e-3, 2].max()
    half = (upper[:, 2].min() + front) / 2
    assert np.quantile(tongue[:, 2], 0.9) < half
    assert tongue[:, 2].max() < upper[:, 2].min() - 4e-3


def test_tongue_comes_out_between_the_rows(head: Head) -> None:
    pose = {"jawOpen": 1.0, "tongueOut": 1.0}
    tongue, teeth = under(head.meshes["tongue"], pose), under(head.meshes["teeth"], pose)
    upper, lower = teeth[crowns(head, "head")], teeth[crowns(head, "jaw")]
    assert tongue[:, 1].min() < lower[:, 1].min() - 4e-3, "the tip leaves the mouth"
    over = tongue[tongue[:, 1] < lower[:, 1].min() + 4e-3]
    assert over[:, 2].min() > lower[lower[:, 1] < lower[:, 1].min() + 5e-3, 2].max()
    between = tongue[tongue[:, 1] < upper[:, 1].min() + 4e-3]
    incisal = upper[upper[:, 1] < upper[:, 1].min() + 4e-3, 2].min()
    assert between[:, 2].max() < incisal - 6e-3, "it lies on the lower teeth, not against the upper ones"


@pytest.mark.parametrize(
    ("out", "jaw"),
    [(0.5, 1.0), (0.25, 1.0), (0.75, 1.0), (0.5, 0.7), (1.0, 0.2), (1.0, 0.35), (1.0, 0.5), (1.0, 0.65)],
)
def test_tongue_passes_over_the_teeth_on_its_way_out(head: Head, out: float, jaw: float) -> None:
    reached = min(out, jaw)  # as the drivers have it
    pose = {"jawOpen": jaw, "tongueOut": reached, "tongueOutArc": 4 * reached * (1 - reached)}
    tongue, teeth = under(head.meshes["tongue"], pose), under(head.meshes["teeth"], pose)
    for bone in ("head", "jaw"):
        row = crowns(head, bone)
        assert not enclosed(teeth[row], tongue, head.meshes["tongue"].faces), f"the {bone}'s teeth are in the tongue"
        faces = head.meshes["teeth"].faces
        faces = faces[np.isin(faces[:, 0], row)]
        assert not enclosed(tongue, teeth, faces), f"the tongue is in the {bone}'s teeth"


def test_lashes_stay_rooted_in_the_lids(head: Head) -> None:
    lashes = head.meshes["lashes"]
    root = np.arange(0, len(lashes.positions), ROWS)
    for blink in BLINKS:
        for side, edge in lid_edges(head.template).items():
            name = side.capitalize()
            at = under(lashes, {f"eyeBlink{name}": blink, f"eyeBlinkArc{name}": 4 * blink * (1 - blink)})[root]
            lid = blinking(head, side, blink)
            line = np.concatenate([np.linspace(lid[half][:-1], lid[half][1:], 12).reshape(-1, 3) for half in edge])
            mine = at[(at[:, 0] > 0) == (side == "left")]
            assert cKDTree(line).query(mine)[0].max() < 0.8e-3, f"lashes leave the {side} lid at {blink}"


def test_upper_lashes_point_down_when_the_eye_is_closed(head: Head) -> None:
    lashes = head.meshes["lashes"]
    closed = under(lashes, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
    strips = len(lashes.positions) // 4
    for first in (0, 2 * strips):  # upper strips come first on each side
        tips, roots = slice(first + ROWS - 1, first + strips, ROWS), slice(first, first + strips, ROWS)
        rise = (lashes.positions[tips, 2] - lashes.positions[roots, 2]).mean()
        assert rise > 0.5e-3
        assert (closed[tips, 2] - closed[roots, 2]).mean() < rise - 1e-3


def test_lashes_are_strands_and_fainter_below(head: Head) -> None:
    picture = head.materials["lash"].image
    assert picture is not None and picture.shape[2] == 4
    half = picture.shape[0] // 2
    upper, lower = picture[:half, :, 3] / 255, picture[half:, :, 3] / 255
    assert 0.02 < upper.mean() < 0.25, "strands, not a mask"
    assert lower.mean() < 0.5 * upper.mean()


def test_a_grey_photos_mouth_has_no_colour() -> None:
    made = painted_eyes((96, 60, 40), 14.0)
    lit = replace(made, image=(made.image * [1.0, 0.8, 0.7]).astype(np.uint8))
    grey = replace(lit, image=np.repeat(lit.image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2))
    assert is_grey(grey) and not is_grey(lit)
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    for material in (Material("a", "mouth", color=(0.5, 0.1, 0.1)), Material("b", "teeth", picture)):
        plain = without_colour(material)
        assert np.ptp(plain.color) < 1e-9
        assert plain.image is None or np.ptp(plain.image.astype(int), axis=2).max() == 0


def test_teeth_do_not_glow_in_a_dark_photo() -> None:
    lit = painted_eyes((96, 60, 40), 14.0)
    dark = replace(lit, image=lit.image // 6)
    assert exposure(dark) < 0.1 * exposure(lit)
    assert np.allclose(enamel(None, exposure(dark)), enamel(None, 1.0) * exposure(dark))
