# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic people: complete, the same each time, moved by their sliders, and made of no photo."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.spatial import KDTree

from core.avatar.eye_texture import LIMBUS_UV
from core.avatar.landmarks import load_landmark_points
from core.avatar.lip_gap import lip_gap
from core.avatar.store import load_avatar
from core.avatar.template import Template, load_template
from core.avatar.unwrap import HEAD_CHART, chart_texels
from core.channels import ARKIT_CHANNELS, VISEMES
from core.colour import LUMINANCE, to_linear
from core.errors import LikenessError
from core.people import draw_looks, make_person, read_sliders
from core.people.brows import STEPS
from core.people.curls import is_curled, wind
from core.people.eyes import paint_eyes
from core.people.hair_colour import HAIR, brow_colour, hair_colour
from core.people.hairline import set_back
from core.people.noise import TEXEL, make_tile
from core.people.proportions import measures, within_people
from core.people.regions import from_eyes
from core.people.shape import fit_looks, template_sliders
from core.people.skin import paint_skin
from core.people.sliders import MARKED, load_table
from core.people.tone import base_colour

SEED, CHOSEN = 7, {"hair": "short", "skin": 0.3}
TEXTURE = 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_person(tmp_path_factory.mktemp("people") / "Ada.avatar", SEED, CHOSEN, "Ada", texture=TEXTURE)


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "avatar.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


def test_all_that_an_avatar_has_is_there(folder: Path, document: Mapping[str, Any]) -> None:
    avatar = load_avatar(folder)
    meshes = {mesh.name: mesh for mesh in avatar.meshes}
    wanted = {"head", "eyes", "cornea", "tears", "teeth", "tongue", "lashes", "brows", "clothes", "hair"}
    assert wanted <= set(meshes)
    keys = set().union(*(mesh.keys for mesh in avatar.meshes))
    # tongueOut moves the tongue alone, and eyes that look are bones.
    assert {*ARKIT_CHANNELS, "neutral"} - keys <= {name for name in ARKIT_CHANNELS if name.startswith("eyeLook")}
    assert set(VISEMES) <= keys | {"viseme_sil"}
    for mesh in avatar.meshes:
        assert np.isfinite(mesh.positions).all() and np.allclose(mesh.weights.sum(axis=1), 1)
        assert set(mesh.materials) <= set(document["materials"])
        assert mesh.faces[mesh.faces >= 0].max() < len(mesh.positions)
    for entry in document["materials"].values():
        assert all((folder / file).is_file() for file in (entry.get("image"), *entry.get("maps", {}).values()) if file)
    assert document["materials"]["skin"]["painted"] and set(document["materials"]["skin"]["maps"]) == {
        "normal", "roughness",
    }  # fmt: skip


def test_no_photo_is_named_and_the_consent_says_so(document: Mapping[str, Any]) -> None:
    assert "photo" not in document and "camera" not in document and "background" not in document
    assert document["generator"]["photo"] is None
    assert document["generator"]["seed"] == SEED
    assert document["generator"]["sliders"]["hair"] == "short" and document["generator"]["sliders"]["skin"] == 0.3
    assert document["consent"]["basis"] == "synthetic" and document["consent"]["synthetic"]
    assert "no photo" in document["consent"]["statement"]
    assert not document["photo_expression"] and not document["scores"]
    assert all("photo" not in mesh["keys"] for mesh in document["meshes"])


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = make_person(tmp_path / "Ada.avatar", SEED, CHOSEN, "Ada", texture=TEXTURE)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    for name in names:
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_the_lips_meet_at_rest_and_part_with_the_jaw(folder: Path) -> None:
    gap = lip_gap(load_avatar(folder), {"jawOpen": np.array([0.0, 0.7])})
    assert -2.5e-3 < gap[0] < 0.2e-3 and gap[1] > 6e-3  # full lips hang over each other a little


def test_brows_stand_on_the_skin_as_hairs_and_go_with_it(folder: Path) -> None:
    avatar = load_avatar(folder)
    head, brows = (next(mesh for mesh in avatar.meshes if mesh.name == name) for name in ("head", "brows"))
    hairs = brows.positions.reshape(-1, STEPS, 2, 3)
    middles, width = hairs.mean(axis=2), np.linalg.norm(hairs[:, :, 1] - hairs[:, :, 0], axis=2)
    assert len(hairs) > 500 and (hairs[:, 0, 0, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)
    away = KDTree(head.positions).query(middles.reshape(-1, 3))[0]
    assert away.max() < 0.006  # metres; the skin's vertices lie up to 8 mm apart
    assert width.max() < 0.0003 and (width[:, -1] < 0.1 * width.max(axis=1) + 2e-5).all()  # they end in a point
    for key, least in (("browInnerUp", 0.002), ("browDownLeft", 0.001)):
        near = KDTree(head.positions).query(middles[:, 0])[1]
        skin, hair = head.keys[key][near], brows.keys[key].reshape(-1, STEPS, 2, 3)[:, 0].mean(axis=1)
        assert np.linalg.norm(hair, axis=1).max() > least and np.abs(skin - hair).max() < 0.0025
    aside = np.abs(middles[:, 0, 0])
    inner, outer = aside < np.quantile(aside, 0.15), aside > np.quantile(aside, 0.7)
    way = middles[:, -1] - middles[:, 0]
    rise = np.degrees(np.arctan2(way[:, 2], np.sign(middles[:, 0, 0]) * way[:, 0]))
    assert np.median(rise[inner]) > 40 and abs(np.median(rise[outer])) < 35  # from upright to outwards


def test_brows_have_the_hairs_colour_a_shade_darker(template: Template) -> None:
    for name in HAIR:
        looks = draw_looks(SEED, {"hair_colour": name})
        hair, brow = hair_colour(looks), brow_colour(looks)
        assert 0.2 * hair @ LUMINANCE < brow @ LUMINANCE < 0.75 * hair @ LUMINANCE
        if name not in ("black", "grey", "white"):
            assert brow[0] > 1.3 * brow[2]  # brown, not grey


def test_measures_lie_within_peoples_spread(template: Template) -> None:
    """Sliders that add up are drawn back, those that do not are left as they are."""
    usual = np.zeros(len(template.slider_names))
    one, many = usual.copy(), usual.copy()
    one[template.slider_names.index("nose-hump-decr|incr")] = 0.3
    assert np.abs(within_people(one, usual) - one).max() < 0.02
    many[[template.slider_names.index(name) for name in ("mouth-trans-down|up", "nose-scale-vert-decr|incr")]] = 0.7
    before, after = (measures(sliders)["under the nose"] for sliders in (many, within_people(many, usual)))
    assert before < -4 and -2.8 < after < -1.2
    drawn = np.array([list(measures(template_sliders(draw_looks(seed), template)).values()) for seed in range(30)])
    assert np.abs(drawn).max() < 5 and (np.abs(drawn) > 3.2).mean() < 0.02 and drawn.std() > 0.8


def test_shoulders_go_with_the_head(folder: Path) -> None:
    clothes = next(mesh for mesh in load_avatar(folder).meshes if mesh.name == "clothes")
    assert 0.36 < np.ptp(clothes.positions[:, 0]) < 0.52


def test_hair_covers_the_skull_from_all_around(folder: Path) -> None:
    hair = next(mesh for mesh in load_avatar(folder).meshes if mesh.name == "hair")
    eyes = np.array([0.0, 0.0, 1.6])
    above = hair.positions[hair.positions[:, 2] > eyes[2] + 0.02]
    aside = np.degrees(np.arctan2(above[:, 0], above[:, 1] - above[:, 1].mean()))
    assert (np.histogram(aside, bins=24, range=(-180, 180))[0] > 50).all()
    assert 0.2 < np.ptp(hair.positions[:, 1]) < 0.32


def test_short_hair_is_of_fine_locks_that_lie_together(folder: Path) -> None:
    hair = next(mesh for mesh in load_avatar(folder).meshes if mesh.name == "hair").positions
    locks = hair[-3000 * 12 :].reshape(3000, 6, 2, 3)  # ribbons of 6 steps come last
    middles, width = locks.mean(axis=2), np.linalg.norm(locks[:, :, 1] - locks[:, :, 0], axis=2)
    assert np.median(width.max(axis=1)) < 0.0033 and (width[:, -1] / width.max(axis=1)).mean() < 0.45
    way = middles[:, 4] - middles[:, 1]
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    near = np.asarray(KDTree(middles[:, 0]).query(middles[:, 0], k=5)[1])[:, 1:]
    assert (way[:, None] * way[near]).sum(axis=2).mean() > 0.97


def test_curls_wind_off_the_skin_and_go_with_the_face() -> None:
    line = np.linspace(0, 0.05, 6)[None, :, None] * np.array([0.0, 0.0, -1.0]) + np.zeros((40, 1, 1))
    off = np.broadcast_to(np.array([0.0, -1.0, 0.0]), line.shape)
    turns = {}
    for curl in (0.3, 0.6, 1.0):
        looks = draw_looks(SEED, {"curl": curl})
        wound, up = wind(looks, line, off, looks.random("winding"))
        assert wound.shape == up.shape == (40, 12, 3) and np.abs(wound[:, 0]).max() < 1e-9
        assert wound[..., 1].max() < 1e-9 and wound[..., 1].min() > -0.02 and np.ptp(wound[..., 0]) > 0.002
        swing = np.diff(np.sign(np.diff(wound[..., 0], axis=1)), axis=1)
        turns[curl] = np.count_nonzero(swing, axis=1).mean()
    assert turns[0.3] < turns[0.6] < turns[1.0] and not is_curled(draw_looks(SEED, {"curl": 0.0}))
    many = [draw_looks(seed) for seed in range(80)]
    curl = {face: [one.numbers["curl"] for one in many if one.numbers[face] > 0.6] for face in ("african", "asian")}
    assert np.mean(curl["african"]) > 0.55 and np.mean(curl["asian"]) < 0.25


def _landmark(looks: dict[str, Any], template: Template, *numbers: int) -> np.ndarray:
    shape = fit_looks(draw_looks(SEED, {"asymmetry": 0.0, "character": 0.0, **looks}), template).neutral
    marks = load_landmark_points()
    row = {int(number): k for k, number in enumerate(marks.index)}
    return marks.on(shape)[[row[number] for number in numbers]]


@pytest.mark.parametrize(
    ("slider", "ends", "axis"),
    [
        ("nose_width", (48, 278), 0),  # the wings
        ("mouth_width", (61, 291), 0),
        ("jaw", (172, 397), 0),
        ("lips", (17, 0), 2),  # lower to upper edge of the vermilion
        ("nose_length", (4, 168), 2),
        ("eye_tilt", (133, 33), 2),  # inner to outer corner
        ("face_length", (152, 168), 2),
        ("chin", (152, 17), 1),  # forward of the lip is smaller
    ],
)
def test_sliders_move_what_they_say(slider: str, ends: tuple[int, int], axis: int, template: Template) -> None:
    spans = []
    for value in (-1.0, 0.0, 1.0):
        first, second = _landmark({slider: value}, template, *ends)
        spans.append(float(second[axis] - first[axis]))
    assert spans[0] + 2e-4 < spans[1] < spans[2] - 2e-4


def test_a_broad_face_is_broader_for_its_height(template: Template) -> None:
    """Every head has the same distance of the eyes, so that widths alone say little."""
    shares = []
    for value in (-1.0, 0.0, 1.0):
        right, left, chin, bridge = _landmark({"face_width": value}, template, 234, 454, 152, 168)
        shares.append((left - right)[0] / (bridge - chin)[2])
    assert shares[0] + 0.05 < shares[1] < shares[2] - 0.05


def test_skin_gets_darker_and_its_ita_falls() -> None:
    colours = [base_colour(value) for value in np.linspace(0, 1, 6)]
    srgb = np.array([(1.055 * c ** (1 / 2.4) - 0.055) for c in colours], np.float32)
    lab = cv2.cvtColor(srgb[None], cv2.COLOR_RGB2LAB)[0]
    ita = np.degrees(np.arctan2(lab[:, 0] - 50, lab[:, 2]))
    assert (np.diff(ita) < -8).all() and ita[0] > 55 and ita[-1] < -50


def test_dark_skin_is_warm_and_as_uneven_as_light_skin(template: Template) -> None:
    spread = {}
    for skin in (0.15, 0.85):
        assert 1.2 < base_colour(skin)[0] / base_colour(skin)[1] < 2.6 and base_colour(skin)[1] > base_colour(skin)[2]
        looks = draw_looks(SEED, {"skin": skin, "stubble": 0.0, "freckles": 0.0, "moles": 0.0})
        image = paint_skin(looks, template, 512)[0].image
        assert image is not None
        face = np.log(to_linear(image)[150:330, 150:362] @ LUMINANCE + 1e-4)
        spread[skin] = float(cv2.GaussianBlur(face.astype(np.float32), (0, 0), 6).std())
    assert 0.7 < spread[0.85] / spread[0.15] < 2.0


def test_the_skin_has_pores_and_no_leather() -> None:
    """Of its relief, what is finer than half a millimetre outweighs what is coarser."""
    tile = make_tile(np.random.default_rng(1))
    coarse = cv2.GaussianBlur(tile.grain, (0, 0), 0.5 / TEXEL)
    assert coarse.std() < 0.58 and 0.03 < (tile.pores > 0.3).mean() < 0.15


def test_stubble_and_freckles_are_painted_where_they_grow(template: Template) -> None:
    plain = {"skin": 0.15, "stubble": 0.0, "freckles": 0.0, "moles": 0.0}
    at = chart_texels(HEAD_CHART, 512).paint(template.positions) - [0.0, 0.0, 1.6]
    size = 512
    pictures = {}
    for name, more in {"plain": {}, "stubble": {"stubble": 1.0}, "freckles": {"freckles": 1.0}}.items():
        image = paint_skin(draw_looks(SEED, {**plain, **more}), template, size)[0].image
        assert image is not None
        pictures[name] = image.astype(float).mean(axis=2)
    aside, up = np.abs(at[..., 0]), at[..., 2]
    front = at[..., 1] < -0.11
    chin, cheek, brow = (front & (aside < 0.02) & (up < -0.09), front & (aside > 0.02) & (aside < 0.045) & (up < -0.015)
                         & (up > -0.045), front & (aside < 0.03) & (up > 0.035))  # fmt: skip
    darker = {name: pictures["plain"] - pictures[name] for name in ("stubble", "freckles")}
    assert darker["stubble"][chin].mean() > 15 and abs(darker["stubble"][brow].mean()) < 1
    assert darker["freckles"][cheek].mean() > 2 * darker["freckles"][chin].mean() > 0


def test_the_skin_has_detail_and_no_seam(folder: Path) -> None:
    skin = np.asarray(cv2.imread(str(folder / "skin.png")), np.float32)
    face = skin[int(0.35 * TEXTURE) : int(0.62 * TEXTURE), int(0.3 * TEXTURE) : int(0.7 * TEXTURE)].mean(axis=2)
    fine = face - cv2.GaussianBlur(face, (0, 0), 3)
    broad = cv2.GaussianBlur(face, (0, 0), 6)
    assert fine.std() > 1.2 and broad.std() > 3
    # Over the middle of the face, and over the cut at the back of the head, colours go on.
    assert abs(skin[:, TEXTURE // 2 - 3].mean() - skin[:, TEXTURE // 2 + 3].mean()) < 2
    left, right = skin[: TEXTURE // 8, 4:40].mean(), skin[: TEXTURE // 8, -40:-4].mean()
    assert abs(left - right) < 4


def test_choices_are_as_they_are_called() -> None:
    shades = {name: float(hair_colour(draw_looks(SEED, {"hair_colour": name})).mean()) for name in HAIR}
    assert shades["black"] < shades["brown"] < shades["blond"] < shades["white"]
    blue, brown = (paint_eyes(draw_looks(SEED, {"eyes": name})).astype(float) for name in ("blue", "brown"))
    iris = np.s_[150:190, 230:280]
    assert blue[iris][..., 2].mean() > blue[iris][..., 0].mean()
    assert brown[iris][..., 2].mean() < brown[iris][..., 0].mean()


def test_an_iris_has_fibres_and_a_dark_ring_in_a_bright_white() -> None:
    size = 512
    y, x = (np.mgrid[:size, :size] + 0.5) / size - 0.5
    share = np.hypot(x, y) / LIMBUS_UV
    for seed, name in enumerate(("dark_brown", "green", "blue")):
        eyes = paint_eyes(draw_looks(seed, {"eyes": name, "age": 0.2, "skin": 0.3}))
        assert np.array_equal(eyes, paint_eyes(draw_looks(seed, {"eyes": name, "age": 0.2, "skin": 0.3})))
        left, right = (to_linear(eye) @ LUMINANCE for eye in (eyes[:, :size], eyes[:, size:]))
        fibres, rim, white = (share > 0.6) & (share < 0.75), (share > 0.92) & (share < 0.97), share > 1.1
        assert left[fibres].std() / left[fibres].mean() > 0.15
        assert left[rim].mean() < 0.5 * left[fibres].mean() and left[share < 0.3].max() < 0.005
        assert left[white].mean() > 2.5 * left[fibres].mean() and 0.3 < left[white].mean() < 0.7
        assert np.abs(left - right)[fibres].mean() > 0.05 * left[fibres].mean()


def test_no_hairline_is_straight_and_no_two_are_alike(template: Template) -> None:
    at = from_eyes(template)
    front = (at[:, 1] < -0.01) & (at[:, 2] > 0.045) & (at[:, 2] < 0.085)
    lines = np.array([set_back(draw_looks(seed), template)[front] for seed in range(8)])
    assert (lines.std(axis=1) > 0.0015).all() and np.abs(lines).max() < 0.030  # metres
    apart = [np.abs(one - other).mean() for one, other in itertools.combinations(lines, 2)]
    assert min(apart) > 0.0012
    assert np.array_equal(set_back(draw_looks(3), template)[front], lines[3])


def test_faces_differ_and_none_is_a_monster(template: Template) -> None:
    """Between landmarks of two seeds, in millimetres of faces whose eyes are equally far apart."""
    marks = load_landmark_points()
    faces = [1e3 * marks.on(fit_looks(draw_looks(seed), template).neutral) for seed in range(200, 210)]
    faces = [face - face.mean(axis=0) for face in faces]
    apart = [np.linalg.norm(one - other, axis=1).mean() for one, other in itertools.combinations(faces, 2)]
    off = [np.linalg.norm(face - np.mean(faces, axis=0), axis=1).max() for face in faces]
    assert np.mean(apart) > 5.5 and min(apart) > 2.5 and max(off) < 30


def test_a_few_features_stand_out() -> None:
    for seed in range(12):
        looks = draw_looks(seed)
        assert sum(abs(looks.numbers[name]) >= 0.55 for name in MARKED) >= 5
        assert all(abs(looks.numbers[name]) <= 0.75 for name in MARKED)


def test_seeds_draw_different_and_no_extreme_people() -> None:
    many = [draw_looks(seed) for seed in range(60)]
    sliders, choices = load_table()
    for looks in many:
        assert set(looks.numbers) == set(sliders) and set(looks.choices) == set(choices)
        assert all(s.low <= looks.numbers[name] <= s.high for name, s in sliders.items())
        assert abs(looks.numbers["lips"]) <= 0.75
        assert looks.numbers["stubble"] == 0 or looks.numbers["masculine"] > 0
    assert len({looks.choices["hair"] for looks in many}) >= 4
    assert np.std([looks.numbers["skin"] for looks in many]) > 0.15
    assert many[3] == draw_looks(3) and many[3] != many[4]
    # Choosing one leaves the others as they were.
    other = draw_looks(3, {"jaw": 0.5})
    assert {k: v for k, v in other.numbers.items() if k != "jaw"} == {
        k: v for k, v in many[3].numbers.items() if k != "jaw"
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("skin", "slider_unreadable"),
        ("=0.3", "slider_unreadable"),
        ("beauty=1", "slider_unknown"),
        ("skin=1.5", "slider_range"),
        ("skin=pale", "slider_range"),
        ("skin=nan", "slider_range"),
        ("hair=mohawk", "slider_choice"),
        ("hair=3", "slider_choice"),
    ],
)
def test_bad_sliders_are_refused_in_a_sentence(text: str, code: str) -> None:
    with pytest.raises(LikenessError) as refused:
        read_sliders(text)
    assert refused.value.code == code
    assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")


def test_a_bad_seed_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "Ada.avatar"
    out.mkdir()
    (out / "kept.txt").write_text("as it was")
    with pytest.raises(LikenessError) as refused:
        make_person(out, -1, {}, "Ada")
    assert refused.value.code == "seed_negative" and (out / "kept.txt").read_text() == "as it was"


def test_text_is_read_as_sliders() -> None:
    assert read_sliders("skin=0.3, hair=bob\nage = 0.5") == {"skin": 0.3, "hair": "bob", "age": 0.5}
    assert read_sliders("") == {}


def test_a_bald_head_has_no_hair(template: Template) -> None:
    from core.people.hair import grow_hair

    looks = draw_looks(SEED, {"hair": "none"})
    nothing: Any = None
    assert grow_hair(looks, template, template.positions, nothing) == ()
