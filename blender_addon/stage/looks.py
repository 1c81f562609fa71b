# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks: how a face is lit. Ordinary lamps and a world that an artist may change afterwards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import bpy

from ..errors import LikenessError
from ..words import tell
from .face import Face, join_faces
from .light import LAMPS, Lamp, lamp_direction, place_lamps
from .matching import match_look
from .props import dim_props
from .skin_tone import SKIN
from .studio import set_view
from .toon_material import set_toon_light
from .world import WORLD_COLOR, WORLD_STRENGTH, light_world

EXPOSURE = (0.8, 2.2)  # least and most by which a skin changes lamps
LOOK = "likeness_look"  # on the scene: the look that it wears


@dataclass(frozen=True)
class Look:
    """Lamps around the face, the even light around, and what becomes of the set behind.

    props: factor of a set's own lamps and of the studio's paper; tint: their colour. exposed, opened: how far the lamps
    make up for a skin darker or lighter than `SKIN` (0 not at all, 1 wholly), and the fill beyond that.
    """

    lamps: Mapping[str, Lamp]
    world: tuple[float, float, float] = WORLD_COLOR
    strength: float = WORLD_STRENGTH
    props: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposed: float = 0.0
    opened: float = 0.0


# Chosen by looking at a photo's skin under Standard: no cheek burns, no shadow is black.
LOOKS: dict[str, Look] = {
    "three_point": Look(LAMPS),
    "rembrandt": Look(
        {
            "key": Lamp(-57.0, 44.0, 1.4, 0.30, 35.0, (1.0, 0.93, 0.84)),
            "fill": Lamp(45.0, -8.0, 1.8, 1.2, 3.2, (0.9, 0.95, 1.0)),
            "rim": Lamp(148.0, 38.0, 1.3, 0.4, 9.0, (1.0, 0.94, 0.86)),
        },
        strength=0.085,
        props=0.45,
        tint=(1.0, 0.95, 0.88),
        exposed=0.45,
        opened=0.35,
    ),
    "high_key": Look(
        {
            "key": Lamp(-24.0, 24.0, 1.6, 1.6, 21.0, (1.0, 0.985, 0.97)),
            "fill": Lamp(28.0, -4.0, 1.6, 1.6, 18.0, (0.98, 0.99, 1.0)),
            "rim": Lamp(155.0, 40.0, 1.3, 0.8, 10.0, (1.0, 1.0, 1.0)),
        },
        world=(0.97, 0.98, 1.0),
        strength=0.38,
        props=1.8,
    ),
    "night": Look(
        {
            "key": Lamp(44.0, 20.0, 1.4, 0.6, 14.0, (0.50, 0.68, 1.0)),
            "fill": Lamp(-32.0, -10.0, 1.8, 1.2, 4.2, (0.62, 0.74, 1.0)),
            "rim": Lamp(-146.0, 26.0, 1.2, 0.5, 26.0, (1.0, 0.60, 0.28)),
        },
        world=(0.45, 0.58, 1.0),
        strength=0.07,
        props=0.16,
        tint=(0.45, 0.66, 1.0),
    ),
    "window": Look(
        {
            "key": Lamp(-78.0, 14.0, 1.5, 1.5, 38.0, (0.95, 0.98, 1.0)),
            "fill": Lamp(55.0, -4.0, 2.0, 1.8, 6.5, (1.0, 0.96, 0.90)),
            "rim": Lamp(165.0, 35.0, 1.3, 0.6, 4.0, (1.0, 0.97, 0.94)),
        },
        strength=0.18,
        props=0.8,
        tint=(0.97, 0.99, 1.0),
    ),
}
MATCHED = "matched"
NAMES = (*LOOKS, MATCHED)


def set_look(scene: bpy.types.Scene, look: str, faces: Sequence[Face]) -> dict[str, bpy.types.Object]:
    """Light faces in a look; returns the lamps by name. The lamps that stand are changed, none is added to them.

    ``matched`` takes direction, colour and contrast from the backdrop's picture, and is ``three_point`` where there
    is none: the background is set first.

    Raises LikenessError ``look_unknown``.
    """
    if look not in NAMES:
        raise LikenessError(
            "look_unknown",
            tell("There is no light {look}.", look=look),
            tell("Choose from {names}.", names=", ".join(NAMES)),
        )
    chosen = _match(scene) if look == MATCHED else LOOKS[look]
    face = join_faces(faces)
    lamps = place_lamps(scene, face, _expose(chosen, face.skin))
    light_world(scene, chosen.world, chosen.strength)
    dim_props(scene, chosen.props, chosen.tint)
    _light_drawings(scene, chosen)
    set_view(scene)
    scene[LOOK] = look
    return lamps


def _expose(look: Look, skin: float) -> dict[str, Lamp]:
    """The look's lamps for a skin that gives back this share of light."""
    lack = math.log(SKIN / skin)
    factor = min(max(math.exp(look.exposed * lack), EXPOSURE[0]), EXPOSURE[1])
    fill = min(max(math.exp(look.opened * lack), 1.0), EXPOSURE[1])  # light skin needs no less of it
    return {
        name: replace(lamp, watts=lamp.watts * factor * (fill if name == "fill" else 1.0))
        for name, lamp in look.lamps.items()
    }


def _light_drawings(scene: bpy.types.Scene, look: Look) -> None:
    """A drawing takes on the side of the key, flattened, and something of the look's darkness and colour."""
    key = look.lamps["key"]
    direction = lamp_direction(0.6 * key.azimuth, max(key.elevation, 25.0))
    bright = min(0.5 + 0.5 * look.props, 1.0)
    set_toon_light(scene, tuple(direction), tuple(bright * (0.45 + 0.55 * part) for part in look.tint))


def _match(scene: bpy.types.Scene) -> Look:
    found = match_look(scene)
    if found is None:
        return LOOKS["three_point"]
    return Look(found.lamps, found.ambient, found.strength, props=found.brightness, tint=found.ambient)
