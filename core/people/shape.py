# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a synthetic person: the template with its own sliders, seen by a camera that took no photo."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from core.avatar.fit import Fit, normalise, slid
from core.avatar.lips import LINING_RINGS, lower_lip
from core.avatar.rings import CAVITY, lip_rings, rings_within
from core.avatar.template import Template
from core.avatar.torso import torso_share
from core.channels import ARKIT_CHANNELS
from core.people.proportions import within_people
from core.people.sliders import FACES, Looks, load_table
from core.portrait import Camera

BOTH = "both-"  # a template's slider of the left and of the right side alike
MACROS = {"african": "macro-african", "asian": "macro-asian", "european": "macro-caucasian"}
ASYMMETRY = 0.30  # of an asym- slider of the template at asymmetry 1, as a deviation
ALIKE = 0.12  # by which both sides of a pair differ at asymmetry 1
# Of the face at rest, of which rest.py keeps a part.
FRIENDLY = {"mouthSmileLeft": 0.36, "mouthSmileRight": 0.36}
# Of everybody: the template's corners of the mouth hang, and so do its lids.
ALL = {"mouth-angles-down|up": 0.35, "both-eye-height2-decr|incr": 0.35, "mouth-scale-horiz-decr|incr": 0.15}
OF_ALL = ("age", "masculine")  # sliders that say what a face of its kind is usually like
SHOWN_RING = 3  # of the lips, counted from the mouth: from here on outward they are seen
# Small features that no slider of ours has, by the start of their names; those that would look odd; and how far each
# differs at character 1.
OWN = ("nose-", "mouth-", "chin-", "forehead-", "l-eye-", "l-cheek-", "l-ear-", "head-")
ODD = (
    "mouth-trans-in", "mouth-philtrum", "nose-trans-in", "chin-cleft", "chin-triangle", "chin-jaw-drop", "head-angle",
    "forehead-nubian", "l-eye-push", "l-eye-trans", "l-eye-height", "l-ear-trans",
    "l-ear-wing", "head-back", "head-fat", "head-scale",
)  # fmt: skip
CHARACTER = 0.64
# Else every other person would frown, or look sleepy.
QUIETER = {"mouth-angles-down|up": 0.3, "l-eye-eyefold-down|up": 0.4, "l-eye-eyefold-angle-down|up": 0.5}
QUIET_LIPS = 0.5  # fuller ones than these hang over each other
# Outlines of a face, one of which a seed has more of than others, and how much of it at character 1.
FORMS = ("head-oval", "head-round", "head-rectangular", "head-square", "head-triangular", "head-invertedtriangular",
         "head-diamond")  # fmt: skip
FORM = (0.2, 0.85)
# Metres across the shoulders at most, of the most feminine and the most masculine, and by weight.
SHOULDERS, HEAVIER = (0.385, 0.475), 0.03
SHOULDER_JOINTS = ("clavicle_left", "clavicle_right", "shoulder_left", "shoulder_right")
# A frame in which head and shoulders would stand, as a photo's: pixels, and metres before the face.
FRAME, FOCAL, AWAY = (1024, 1280), 2400.0, 1.6
TURN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # world -> a camera that looks along +Y


def fit_looks(looks: Looks, template: Template) -> Fit:
    """The head that these looks have, without expression."""
    sliders = template_sliders(looks, template)
    neutral = _even_lips(template, slid(template, sliders))
    width, height = FRAME
    eyes = np.mean([neutral[template.joints[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")], axis=0)
    lens = eyes - np.array([0.0, AWAY, 0.08])
    return normalise(
        Fit(
            camera=Camera(focal=FOCAL, cx=width / 2, cy=height / 2, width=width, height=height, source="none"),
            rotation=TURN,
            translation=-TURN @ lens,
            sliders=sliders,
            expression=dict.fromkeys(ARKIT_CHANNELS, 0.0) | FRIENDLY,
            neutral=neutral,
            posed=neutral,
            error=0.0,
            warped_error=0.0,
        ),
        template,
    )


def narrow_shoulders(looks: Looks, template: Template, rest: np.ndarray) -> np.ndarray:
    """The rest pose (V, 3) with shoulders no broader than goes with the head: the template's grow with its muscles."""
    share = torso_share(template)
    for name in SHOULDER_JOINTS:
        share[template.joints[name]] = 1.0
    man = (looks.numbers["masculine"] + 1) / 2
    widest = SHOULDERS[0] + man * (SHOULDERS[1] - SHOULDERS[0]) + HEAVIER * looks.numbers["weight"]
    factor = min(1.0, widest / float(np.ptp(rest[share > 0.9, 0])))
    neck = rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0]
    # A narrower chest is less deep, too.
    scale = np.stack([np.full_like(share, factor), np.full_like(share, np.sqrt(factor)), np.ones_like(share)], axis=1)
    return neck + (rest - neck) * (1 - share[:, None] * (1 - scale))


def _own_features(looks: Looks, template: Template) -> dict[str, float]:
    """Slider of the template, or of both its sides -> what this seed adds to it."""
    random, own = looks.random("character"), {}
    for name, low in zip(template.slider_names, template.slider_low, strict=True):
        if name.startswith(OWN) and not name.startswith(ODD):
            amount = CHARACTER * looks.numbers["character"] * float(np.clip(random.standard_normal(), -1.6, 1.6))
            # What has one end only is not turned round: its opposite is no shape that anybody drew.
            amount *= QUIETER.get(name, QUIET_LIPS if "lip" in name else 1.0)
            own[name.replace("l-", BOTH, 1) if name.startswith("l-") else name] = amount if low < 0 else abs(amount) / 2
    random = looks.random("form")
    own[str(random.choice(FORMS))] = float(random.uniform(*FORM)) * looks.numbers["character"]
    return own


def _even_lips(template: Template, slid: np.ndarray) -> np.ndarray:
    """Positions (V, 3) whose lips meet as the template's do, whatever the sliders did to them: what lies inside the
    visible lip goes along with it as it is."""
    ring, below = lip_rings(template), lower_lip(template)
    inner = ((ring >= 0) & (ring < SHOWN_RING)) | rings_within(template, CAVITY, LINING_RINGS)
    moved, even = slid - template.positions, slid.copy()
    for lip in (below, ~below):
        mine, shown = np.flatnonzero(inner & lip), np.flatnonzero((ring == SHOWN_RING) & lip)
        distance, near = KDTree(template.positions[shown]).query(template.positions[mine], k=3)
        weight = 1 / np.maximum(distance, 1e-4)
        weight /= weight.sum(axis=1, keepdims=True)
        even[mine] = template.positions[mine] + np.einsum("nk,nkd->nd", weight, moved[shown[near]])
    return even


def template_sliders(looks: Looks, template: Template) -> np.ndarray:
    """Values (S,) of the template's sliders."""
    usual = _of_sliders(looks, template, OF_ALL)
    added = _of_sliders(looks, template, tuple(name for name in load_table()[0] if name not in OF_ALL))
    for target, gain in ALL.items():
        _add(usual, target, gain)
    total = max(sum(looks.numbers[name] for name in FACES), 1e-6)
    for name, macro in MACROS.items():
        # The template without sliders is the mean of all three.
        _add(usual, macro, looks.numbers[name] / total - 1 / len(FACES))
    for name, amount in _own_features(looks, template).items():
        _add(added, name, amount)
    names = template.slider_names
    plain = np.array([usual[name] for name in names])
    value = within_people(plain + np.array([added[name] for name in names]), plain)
    random, uneven = looks.random("asymmetry"), looks.numbers["asymmetry"]
    for row, name in enumerate(names):
        if name.startswith("asym-"):
            value[row] += float(np.clip(random.standard_normal(), -2, 2)) * ASYMMETRY * uneven
        elif name.startswith(("l-", "r-")):
            value[row] += float(np.clip(random.standard_normal(), -2, 2)) * ALIKE * uneven
    return value


def _of_sliders(looks: Looks, template: Template, names: tuple[str, ...]) -> dict[str, float]:
    """Slider of the template -> what these sliders of ours make of it."""
    value, table = dict.fromkeys(template.slider_names, 0.0), load_table()[0]
    for name in names:
        number, slider = looks.numbers[name], table[name]
        share = abs(number) / max(abs(slider.high if number > 0 else slider.low), 1e-9)
        for target, gain in (slider.plus if number > 0 else slider.minus).items():
            _add(value, target, gain * share)
    return value


def _add(value: dict[str, float], name: str, amount: float) -> None:
    for one in (f"l-{name[len(BOTH):]}", f"r-{name[len(BOTH):]}") if name.startswith(BOTH) else (name,):
        value[one] += amount
