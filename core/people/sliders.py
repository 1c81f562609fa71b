# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be chosen about a synthetic person (sliders.toml), and what a seed chooses where nobody did."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import LikenessError

TABLE = Path(__file__).with_name("sliders.toml")
MOST_DRAWN = 0.75  # of a slider's range: a seed draws no extremes
FACES = ("african", "asian", "european")
# Skin, from lightest 0 to darkest 1, that a seed draws for a face of one of FACES: mean and spread.
SKINS: Mapping[str, tuple[float, float]] = {"african": (0.82, 0.10), "asian": (0.36, 0.09), "european": (0.20, 0.10)}
# How curled their hair is, likewise.
CURLS: Mapping[str, tuple[float, float]] = {"african": (0.92, 0.10), "asian": (0.0, 0.12), "european": (0.15, 0.22)}
# What people are remembered by: a seed has this many of these stand out, by this share of the slider's range.
MARKED = (
    "face_width", "face_length", "jaw", "chin", "cheekbones", "forehead", "nose_width", "nose_length", "nose_bridge",
    "nose_tip", "lips", "mouth_width", "eye_size", "eye_tilt", "eye_spacing", "eye_depth", "brow_height",
)  # fmt: skip
MARKS, STANDS_OUT = 5, (0.6, MOST_DRAWN)
GREYING = (0.42, 0.75)  # ages between which hair turns grey
MEN, WOMEN = {"short": 0.62, "buzz": 0.2, "none": 0.06, "long": 0.05, "bun": 0.03, "bob": 0.04}, {
    "long": 0.4, "bob": 0.3, "bun": 0.18, "short": 0.12,
}  # fmt: skip


@dataclass(frozen=True)
class Slider:
    """A number that can be chosen. plus, minus: slider of the head template -> gain at either end; spread, even: how
    a seed draws it."""

    about: str
    low: float
    high: float
    usual: float
    plus: Mapping[str, float]
    minus: Mapping[str, float]
    spread: float = 0.0
    even: tuple[float, float] | None = None


@dataclass(frozen=True)
class Choice:
    """One of several names. weights: name -> how likely a seed draws it."""

    about: str
    usual: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Looks:
    """All of what a person looks like. numbers: slider -> value; choices: choice -> name."""

    seed: int
    numbers: Mapping[str, float]
    choices: Mapping[str, str]

    def as_dict(self) -> dict[str, float | str]:
        """Plain JSON of all values."""
        return {**self.numbers, **self.choices}

    def random(self, purpose: str) -> np.random.Generator:
        """A source of chance of its own for each purpose, so that one more draw in one place changes no other."""
        return np.random.default_rng([self.seed, *purpose.encode()])


@functools.lru_cache(maxsize=1)
def load_table() -> tuple[Mapping[str, Slider], Mapping[str, Choice]]:
    """All sliders and choices by name."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    sliders = {
        name: Slider(**{"plus": {}, "minus": {}, **entry, "even": tuple(entry["even"]) if "even" in entry else None})
        for name, entry in table["slider"].items()
    }
    return sliders, {name: Choice(**entry) for name, entry in table["choice"].items()}


def read_sliders(text: str) -> dict[str, float | str]:
    """Sliders as text, ``"skin=0.3, hair=bob"``, as numbers and names.

    Raises LikenessError ``slider_unreadable``, and as `check_sliders` does.
    """
    chosen: dict[str, float | str] = {}
    for part in filter(None, (part.strip() for part in text.replace("\n", ",").split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise LikenessError(
                "slider_unreadable",
                f"“{part}” is no slider with its value.",
                "Write them as in skin=0.3, hair=bob.",
            )
        try:
            chosen[name] = float(value)
        except ValueError:
            chosen[name] = value
    return check_sliders(chosen)


def check_sliders(chosen: Mapping[str, Any]) -> dict[str, float | str]:
    """The same sliders where all of them are such.

    Raises LikenessError ``slider_unknown``, ``slider_range`` (no number, or out of the slider's range) and
    ``slider_choice`` (a name that a choice does not have).
    """
    sliders, choices = load_table()
    checked: dict[str, float | str] = {}
    for name, value in chosen.items():
        if name in sliders:
            checked[name] = _check_number(name, sliders[name], value)
        elif name in choices:
            if value not in choices[name].weights:
                names = ", ".join(choices[name].weights)
                raise LikenessError(
                    "slider_choice", f"There is no {name} called “{value}”.", f"Choose one of {names}."
                )
            checked[name] = str(value)
        else:
            raise LikenessError(
                "slider_unknown",
                f"There is no slider called “{name}”.",
                f"There are {', '.join((*sliders, *choices))}.",
            )
    return checked


def _check_number(name: str, slider: Slider, value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not slider.low <= value <= slider.high:
        raise LikenessError(
            "slider_range",
            f"{name} was {value}, which is no number from {slider.low:g} to {slider.high:g}.",
            f"It means: {slider.about}.",
        )
    return float(value)


def draw_looks(seed: int, chosen: Mapping[str, Any] | None = None) -> Looks:
    """A plausible person of a seed; what is ``chosen`` stays as it is, and the rest is drawn to go with it.

    Raises LikenessError as `check_sliders` does, and ``seed_negative``.
    """
    if seed < 0:
        raise LikenessError("seed_negative", f"The seed was {seed}.", "Choose a whole number from 0 on.")
    wanted = check_sliders(chosen or {})
    sliders, choices = load_table()
    random = np.random.default_rng([seed, 1])
    # All is drawn, whatever was chosen, so that choosing one slider leaves the others as they were.
    numbers = {name: _draw_number(slider, random) for name, slider in sliders.items() if name != "curl"}
    numbers |= _draw_marks(seed, sliders)
    face = FACES[random.choice(3, p=(0.28, 0.27, 0.45))]
    shares = random.dirichlet([5.0 if name == face else 0.6 for name in FACES])
    numbers |= dict(zip(FACES, shares.tolist(), strict=True))
    numbers["curl"] = _draw_curl(seed, shares)
    numbers["masculine"] = float(random.choice([-1, 1]) * random.uniform(0.55, 0.9))
    numbers |= {name: float(wanted[name]) for name in sliders if name in wanted}
    names = {name: "" for name in choices}
    names |= {name: str(wanted[name]) for name in choices if name in wanted}
    _draw_colours(numbers, wanted, random)
    drawn = {name: _draw_name(choice, random, _likely(name, numbers)) for name, choice in choices.items()}
    return Looks(seed, {k: round(v, 4) for k, v in numbers.items()}, {k: names[k] or drawn[k] for k in choices})


def _draw_number(slider: Slider, random: np.random.Generator) -> float:
    if slider.even is not None:
        return float(random.uniform(*slider.even))
    value = slider.usual + slider.spread * random.standard_normal()
    middle, half = (slider.low + slider.high) / 2, MOST_DRAWN * (slider.high - slider.low) / 2
    return float(np.clip(value, middle - half, middle + half))


def _draw_marks(seed: int, sliders: Mapping[str, Slider]) -> dict[str, float]:
    """The features of this seed that stand out, with chance of their own: all else is drawn as without them."""
    random = np.random.default_rng([seed, 2])
    names = random.choice(MARKED, MARKS, replace=False)
    shares = random.choice([-1, 1], MARKS) * random.uniform(*STANDS_OUT, MARKS)
    return {
        str(name): float(share * (sliders[name].high if share > 0 else -sliders[name].low))
        for name, share in zip(names, shares, strict=True)
    }


def _draw_curl(seed: int, shares: np.ndarray) -> float:
    """How curled the hair is that goes with the shares of FACES, with chance of its own."""
    random = np.random.default_rng([seed, 3])
    means, spreads = shares @ np.array([CURLS[name] for name in FACES])
    return float(np.clip(means + spreads * random.standard_normal(), 0.0, 1.0))


def _draw_colours(numbers: dict[str, float], wanted: Mapping[str, Any], random: np.random.Generator) -> None:
    """Skin, brows, freckles and stubble that go with the face."""
    share = np.array([numbers[name] for name in FACES])
    share = share / max(float(share.sum()), 1e-6)
    mean, spread = share @ np.array([SKINS[name] for name in FACES])
    skin, freckled, bearded = random.standard_normal(), random.random(), random.random()
    if "skin" not in wanted:
        numbers["skin"] = float(np.clip(mean + spread * skin, 0.05, 0.95))
    if "brows" not in wanted:
        numbers["brows"] = max(numbers["brows"] - 0.30 * max(-numbers["masculine"], 0.0), 0.05)
    if "freckles" not in wanted:
        numbers["freckles"] = float((freckled < 0.3) * (1 - numbers["skin"]) * freckled * 2.5)
    if "stubble" not in wanted:
        numbers["stubble"] = float((numbers["masculine"] > 0.3) * (bearded < 0.55) * (0.25 + bearded))


def _likely(choice: str, numbers: Mapping[str, float]) -> Mapping[str, float]:
    """How likely names of a choice are for these numbers; empty where they do not matter."""
    dark, grey = numbers["skin"], float(np.clip((numbers["age"] - GREYING[0]) / (GREYING[1] - GREYING[0]), 0, 1))
    light = max(0.0, numbers["european"] - 0.3) * max(0.0, 1 - 2 * dark)
    if choice == "hair":
        return MEN if numbers["masculine"] > 0 else WOMEN
    if choice == "hair_colour":
        young = {"black": 0.35 + 2.5 * dark, "dark_brown": 0.8, "brown": 3 * light, "light_brown": 2.2 * light,
                 "blond": 2.4 * light, "red": 0.7 * light}  # fmt: skip
        total = sum(young.values())
        return {name: (1 - grey) * share / total for name, share in young.items()} | {"grey": grey, "white": 0.2 * grey}
    if choice == "eyes":
        return {"dark_brown": 0.3 + 2 * dark, "brown": 0.8, "hazel": 1.2 * light, "green": light, "blue": 2.5 * light,
                "grey": 0.7 * light}  # fmt: skip
    return {}


def _draw_name(choice: Choice, random: np.random.Generator, likely: Mapping[str, float]) -> str:
    weights = np.array([(likely or choice.weights).get(name, 0.0) for name in choice.weights])
    return list(choice.weights)[int(np.searchsorted(np.cumsum(weights / weights.sum()), random.random()))]
