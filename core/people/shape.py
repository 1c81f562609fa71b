# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a synthetic person: the template with its own sliders, seen by a camera that took no photo."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from core.avatar.fit import Fit, normalise, slid
from core.avatar.lips import LINING_RINGS, lower_lip
from core.avatar.rings import CAVITY, lip_rings, rings_within
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS
from core.people.sliders import FACES, Looks, load_table
from core.portrait import Camera

BOTH = "both-"  # a template's slider of the left and of the right side alike
MACROS = {"african": "macro-african", "asian": "macro-asian", "european": "macro-caucasian"}
ASYMMETRY = 0.30  # of an asym- slider of the template at asymmetry 1, as a deviation
ALIKE = 0.12  # by which both sides of a pair differ at asymmetry 1
# Of the face at rest, of which rest.py keeps a part.
FRIENDLY = {"mouthSmileLeft": 0.36, "mouthSmileRight": 0.36}
ALL = {"mouth-angles-down|up": 0.35}  # of everybody: the template's corners of the mouth hang
SHOWN_RING = 3  # of the lips, counted from the mouth: from here on outward they are seen
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
    value = dict.fromkeys(template.slider_names, 0.0)

    def add(name: str, amount: float) -> None:
        for one in (f"l-{name[len(BOTH):]}", f"r-{name[len(BOTH):]}") if name.startswith(BOTH) else (name,):
            value[one] += amount

    for name, slider in load_table()[0].items():
        number = looks.numbers[name]
        share = abs(number) / max(abs(slider.high if number > 0 else slider.low), 1e-9)
        for target, gain in (slider.plus if number > 0 else slider.minus).items():
            add(target, gain * share)
    for target, gain in ALL.items():
        add(target, gain)
    total = max(sum(looks.numbers[name] for name in FACES), 1e-6)
    for name, macro in MACROS.items():
        # The template without sliders is the mean of all three.
        add(macro, looks.numbers[name] / total - 1 / len(FACES))
    random, uneven = looks.random("asymmetry"), looks.numbers["asymmetry"]
    for name in template.slider_names:
        if name.startswith("asym-"):
            value[name] += float(np.clip(random.standard_normal(), -2, 2)) * ASYMMETRY * uneven
        elif name.startswith(("l-", "r-")):
            value[name] += float(np.clip(random.standard_normal(), -2, 2)) * ALIKE * uneven
    return np.array([value[name] for name in template.slider_names])
