# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips, teeth, tongue, lids and eyeballs of a real avatar: what should touch does, and nothing goes through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from core.avatar.contact import FaceProbe, depth_inside
from core.avatar.keys import DRIVERS, key_values
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.seal import seal
from core.avatar.store import Avatar
from core.avatar.template import load_template
from core.avatar.view import posed_meshes
from core.channels import ARKIT_CHANNELS, BASE_CHANNELS, VISEMES
from core.speech.visemes import VISEME_SHAPES

DEEPEST = 0.5e-3  # metres that a vertex may lie in another surface
SEALED = 0.02 * 0.063  # of the inter-ocular distance
AMOUNTS = (0.25, 0.5, 0.75, 1.0)
GAZES = [(0, 0), (25, 0), (-25, 0), (0, 20), (0, -20), (25, -20), (-25, -20), (25, 20), (-25, 20)]
WITH_CLOSED_LIPS = (
    "mouthSmile", "mouthPucker", "mouthFunnel", "mouthStretch", "mouthUpperUp", "mouthLowerDown", "mouthPress",
    "mouthRollUpper", "mouthRollLower", "mouthShrugUpper", "mouthShrugLower", "mouthFrown", "mouthDimple", "jawForward",
)  # fmt: skip
SHUT_MOUTH = ("mouthFunnel", "mouthUpperUp", "mouthLowerDown", "jawOpen")  # what may part the lips by itself


@dataclass(frozen=True)
class Face:
    avatar: Avatar
    probe: FaceProbe

    def posed(self, channels: Mapping[str, float]) -> dict[str, np.ndarray]:
        return dict(zip(self.probe.meshes, posed_meshes(self.avatar, channels), strict=True))

    def moves(self, channel: str, rows: np.ndarray) -> bool:
        delta = self.probe.meshes["head"].keys.get(channel)
        return delta is not None and float(np.abs(delta[rows]).max()) > 2e-5


@pytest.fixture(scope="module")
def face(nasa_avatar: Avatar) -> Face:
    return Face(nasa_avatar, FaceProbe(nasa_avatar.meshes))


def both(channel: str, amount: float) -> dict[str, float]:
    """A channel, or both sides of it."""
    return {name: amount for name in (channel, channel + "Left", channel + "Right") if name in ARKIT_CHANNELS}


def test_the_probe_sees_a_lip_in_a_lip_and_in_a_tooth(face: Face) -> None:
    posed = face.posed({})
    assert face.probe.mouth(posed).lips < DEEPEST
    sunk = dict(posed) | {"head": posed["head"].copy()}
    sunk["head"][face.probe.upper, 2] -= 2e-3
    assert 1e-3 < face.probe.mouth(sunk).lips < 2.5e-3
    out = [face.probe.mouth(dict(posed) | {"teeth": posed["teeth"] - [0.0, 1e-3 * far, 0.0]}) for far in range(6, 12)]
    assert max(contact.teeth for contact in out) > 0.8e-3 and max(contact.bite for contact in out) > 2e-3
    open_ = face.posed({"jawOpen": 0.5})
    assert face.probe.lip_gap(open_["head"]) > 8e-3
    popped = dict(posed) | {"eyes": posed["eyes"] - [0.0, 2e-3, 0.0]}
    assert face.probe.lids_of(popped, "left").depth > 0.8e-3
    assert face.probe.lids_of(posed, "left").slit > 5e-5


def test_depth_is_the_shortest_way_out() -> None:
    corners = np.array([[x, y, z] for x in (0.0, 4e-3) for y in (0.0, 4e-3) for z in (0.0, 4e-3)])
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    box = np.array([[q[0], q[i], q[i + 1]] for q in quads for i in (1, 2)])
    points = np.array([[2e-3, 2e-3, 1e-3], [2e-3, 2e-3, -1e-3], [3.8e-3, 2e-3, 2e-3]])
    normals = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(depth_inside(points, normals, corners, box), [1e-3, 0.0, 0.2e-3], atol=0.05e-3)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_no_key_drives_a_lip_into_anything(face: Face, amount: float) -> None:
    for channel in (*ARKIT_CHANNELS, *VISEMES, "neutral"):
        if face.moves(channel, face.probe.lips):
            contact = face.probe.mouth(face.posed({channel: amount}))
            worst = max(contact.lips, contact.teeth, contact.tongue)
            assert worst < DEEPEST, f"{channel} at {amount}: {1e3 * worst:.2f} mm"


@pytest.mark.parametrize("channel", WITH_CLOSED_LIPS)
def test_lips_that_are_held_shut_touch_whatever_else_they_do(face: Face, channel: str) -> None:
    for jaw in (0.05, 0.1, 0.2, 0.3):
        for amount in (0.5, 1.0):
            contact = face.probe.mouth(face.posed({"jawOpen": jaw, "mouthClose": jaw} | both(channel, amount)))
            assert contact.gap < SEALED, f"jaw {jaw}, {channel} {amount}: a gap of {1e3 * contact.gap:.2f} mm"
            assert contact.lips < DEEPEST, f"jaw {jaw}, {channel} {amount}: lips cross by {1e3 * contact.lips:.2f} mm"
            assert max(contact.teeth, contact.tongue) < DEEPEST, f"jaw {jaw}, {channel} {amount}"


@pytest.mark.parametrize("amount", [0.5, 1.0])
def test_with_the_jaw_shut_lips_stay_together_unless_a_key_parts_them(face: Face, amount: float) -> None:
    for channel in ARKIT_CHANNELS:
        if face.moves(channel, face.probe.lips) and not channel.startswith(SHUT_MOUTH):
            gap = face.probe.lip_gap(face.posed({channel: amount})["head"])
            assert gap < SEALED, f"{channel} at {amount} bares the teeth by {1e3 * gap:.2f} mm"


def test_keys_that_part_the_lips_still_do_so(face: Face) -> None:
    for channel, least in (("mouthFunnel", 6e-3), ("mouthUpperUp", 3e-3), ("mouthLowerDown", 3e-3), ("jawOpen", 0.02)):
        assert face.probe.lip_gap(face.posed(both(channel, 1.0))["head"]) > least, channel
    half = face.posed({"jawOpen": 0.3, "mouthClose": 0.15, "mouthFunnel": 1.0})
    assert face.probe.lip_gap(half["head"]) > 6e-3, "a mouth that is half shut is not held shut"


def shown_of_upper_row(face: Face, channels: Mapping[str, float], reach: float) -> float:
    """Share of the upper crowns' faces within metres beside the middle that no lip hides from the front."""
    posed, teeth = face.posed(channels), face.probe.meshes["teeth"]
    faces = teeth.faces[teeth.material == teeth.materials.index("teeth")]
    crown = np.unique(faces[faces >= 0])
    crown = crown[teeth.weights[crown].argmax(axis=1) == teeth.weights[0].argmax()]
    at = posed["teeth"][crown]
    outward = vertex_normals(posed["teeth"], triangulate(teeth.faces))[crown]
    front = at[(outward[:, 1] < -0.5) & (np.abs(at[:, 0] - at[:, 0].mean()) < reach)]
    skin = RayScene(posed["head"], triangulate(face.probe.meshes["head"].faces))
    return float(np.isinf(skin.cast(front, np.tile([0.0, -1.0, 0.0], (len(front), 1))).distance).mean())


def test_a_wide_open_mouth_shows_the_upper_teeth(face: Face) -> None:
    wide = {"jawOpen": 1.0}
    assert shown_of_upper_row(face, wide, 8e-3) > 0.45, "the incisors"
    assert shown_of_upper_row(face, wide, 16e-3) > 0.35, "as far as the canines"
    assert shown_of_upper_row(face, wide | {"mouthClose": 1.0}, 16e-3) == 0.0


@pytest.mark.parametrize("channels", [{"viseme_PP": 1.0}, VISEME_SHAPES["viseme_PP"], {"viseme_sil": 1.0}])
def test_lips_close_on_every_p_b_m(face: Face, channels: Mapping[str, float]) -> None:
    contact = face.probe.mouth(face.posed(channels))
    assert contact.gap < SEALED and contact.lips < DEEPEST


@pytest.mark.parametrize("channels", [{"viseme_FF": 1.0}, VISEME_SHAPES["viseme_FF"]])
def test_the_lower_lip_meets_the_upper_teeth_on_every_f_and_v(face: Face, channels: Mapping[str, float]) -> None:
    contact = face.probe.mouth(face.posed(channels))
    assert contact.bite_gap < 0.5e-3, "the lip does not reach the teeth"
    assert max(contact.lips, contact.teeth, contact.bite) < DEEPEST


@pytest.mark.parametrize("pair", [("mouthSmile", "mouthPucker"), ("mouthRollUpper", "mouthRollLower")])
def test_lips_do_not_cross_when_two_keys_act_at_once(face: Face, pair: tuple[str, str]) -> None:
    for jaw in (0.0, 0.2):
        at_once = both(pair[0], 1.0) | both(pair[1], 1.0) | {"jawOpen": jaw, "mouthClose": jaw}
        assert face.probe.mouth(face.posed(at_once)).lips < DEEPEST, f"{pair} at jaw {jaw}"


@pytest.mark.parametrize("open_jaw", [0.3, 0.6, 1.0])
def test_no_lip_crosses_in_an_open_smile_or_pucker(face: Face, open_jaw: float) -> None:
    for channel in ("mouthSmile", "mouthPucker", "mouthFunnel", "tongueOut"):
        contact = face.probe.mouth(face.posed({"jawOpen": open_jaw} | both(channel, 1.0)))
        assert max(contact.lips, contact.teeth, contact.tongue) < DEEPEST, channel


@pytest.mark.parametrize("channel", ["mouthSmile", "mouthPucker"])
def test_an_open_smile_and_an_open_pucker_are_round_below_not_pointed(face: Face, channel: str) -> None:
    head = face.posed({"jawOpen": 0.5} | both(channel, 1.0))["head"]
    line = head[face.probe.line]
    lower = np.isin(face.probe.line, face.probe.lower)
    low = line[lower][np.argsort(line[lower, 0])]
    ends = line[[line[:, 0].argmin(), line[:, 0].argmax()]]
    middle, half = ends[:, 0].mean(), np.ptp(ends[:, 0]) / 2
    for side in (-0.5, 0.5):
        x = middle + side * half
        depth = np.interp(x, ends[:, 0], ends[:, 2]) - np.interp(x, low[:, 0], low[:, 2])
        share = depth / (ends[:, 2].mean() - low[:, 2].min())
        assert share > 0.66, f"half way to the corner the lip hangs by {share:.2f} of its depth: half is a wedge"


def lid_poses() -> dict[str, dict[str, float]]:
    """Name -> channels of all that lids do."""
    poses = {f"blink {amount}": both("eyeBlink", amount) for amount in (0.0, *AMOUNTS)}
    for channel in ("eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut", "cheekSquint"):
        poses |= {f"{channel} {amount}": both(channel, amount) for amount in AMOUNTS}
        poses |= {f"{channel}, {amount} shut": both(channel, 1.0) | both("eyeBlink", amount) for amount in (0.5, 1.0)}
    brows = {name: 1.0 for name in ARKIT_CHANNELS if name.startswith("brow")}
    return poses | {
        "brows": brows,
        "brows, shut": brows | both("eyeBlink", 1.0),
        "neutral": {"neutral": 1.0},
        "neutral, shut": {"neutral": 1.0} | both("eyeBlink", 1.0),
        "sneer": both("noseSneer", 1.0),
        "smile, shut": both("mouthSmile", 1.0) | both("eyeBlink", 1.0),
    }


@pytest.mark.parametrize("name", lid_poses())
def test_lids_lie_on_the_eyeball_wherever_it_looks_and_close_it(face: Face, name: str) -> None:
    channels = lid_poses()[name]
    posed = face.posed(channels)
    for gaze in GAZES:
        turned = face.probe.looking(posed, *np.radians(gaze))
        for side in ("left", "right"):
            depth = face.probe.lid_depth(turned, side)
            assert depth < DEEPEST, f"{side} at {gaze}: {1e3 * depth:.2f} mm"
            if channels.get("eyeBlinkLeft") == 1.0:
                slit = face.probe.lids_of(turned, side).slit
                assert slit == 0.0, f"{side} at {gaze}: {1e6 * slit:.2f} mm2 of the eye show"


def test_a_blink_leaves_the_squinting_cheeks_as_they_are(face: Face) -> None:
    squint = both("eyeSquint", 1.0) | both("cheekSquint", 1.0)
    head = face.probe.meshes["head"]
    open_ = face.posed(squint)["head"] - face.posed({})["head"]
    shut = face.posed(squint | both("eyeBlink", 1.0))["head"] - face.posed(both("eyeBlink", 1.0))["head"]
    lids = np.concatenate(list(face.probe.lids.values()))
    away = np.linalg.norm(head.positions[:, None] - head.positions[lids][None, ::4], axis=2).min(axis=1)
    cheek = (away > 0.012) & (np.linalg.norm(open_, axis=1) > 1e-3)
    assert cheek.sum() > 50
    np.testing.assert_allclose(shut[cheek], open_[cheek], atol=1e-6)
    assert np.abs(shut[lids]).max() < 1e-5


def test_correctives_rest_at_zero_and_are_few() -> None:
    channels = (*ARKIT_CHANNELS, *VISEMES, *BASE_CHANNELS)
    correctives = [name for name in DRIVERS if name not in channels]
    assert len(correctives) <= 30
    assert not any(key_values(DRIVERS, correctives, {}).values())
    for channel in channels:
        moved = key_values(DRIVERS, correctives, {channel: 1.0})
        assert not any(moved.values()), f"{channel} alone is a key of its own and needs no corrective: {moved}"


def test_a_face_whose_lips_touch_is_left_alone() -> None:
    at = load_template().positions[None]
    once = at + seal(at, np.ones(1, bool))
    assert np.abs(seal(once, np.ones(1, bool))).max() < 0.15e-3
    pulled = once.copy()
    assert not seal(pulled, np.zeros(1, bool)).any()


def test_the_tongue_lies_between_the_teeth_on_th(face: Face) -> None:
    """Seen from the front: it fills the slot between the rows, and neither row goes through it."""
    posed = face.posed(VISEME_SHAPES["viseme_TH"])
    tongue, teeth = posed["tongue"], face.probe.meshes["teeth"]
    near = np.abs(posed["teeth"][:, 0]) < 5e-3
    upper = near & (teeth.weights.argmax(axis=1) == teeth.weights[0].argmax())
    lower = near & ~upper
    tip = tongue[(tongue[:, 1] < tongue[:, 1].min() + 3e-3) & (np.abs(tongue[:, 0]) < 5e-3)]
    edges = posed["teeth"][lower, 2].max(), posed["teeth"][upper, 2].min()
    assert edges[1] - edges[0] > 1.5e-3
    assert edges[0] - DEEPEST < tip[:, 2].min() < tip[:, 2].max() < edges[1] + DEEPEST
    assert tip[:, 2].max() - tip[:, 2].min() > 0.3 * (edges[1] - edges[0])
    assert abs(tongue[:, 1].min() - posed["teeth"][upper, 1].min()) < 2.5e-3
    assert face.probe.mouth(posed).tongue < DEEPEST
