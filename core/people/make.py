# SPDX-License-Identifier: GPL-3.0-or-later
"""Seed and sliders to Avatar: the stages in order. No photo is read, and none is needed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import core
from core.avatar.clothes import Garment, garment_mesh, undress
from core.avatar.eyes import SIDES, eye_materials, shape_eyes
from core.avatar.face import Face, shape_lids, shape_mouth
from core.avatar.fit import Fit
from core.avatar.head import build_head, hold_scalp
from core.avatar.keys import DRIVERS
from core.avatar.lashes import build_lashes
from core.avatar.mouth import bite_lip
from core.avatar.parts import Material, PartMesh
from core.avatar.skeleton import place_bones
from core.avatar.store import Avatar, save_avatar
from core.avatar.teeth import build_teeth
from core.avatar.template import Template, eyeball, load_template
from core.avatar.tongue import build_tongue
from core.avatar.torso import dress_torso
from core.avatar.unwrap import unwrap
from core.consent import Consent
from core.formats import FORMATS
from core.models import model_digests
from core.people.brows import grow_brows
from core.people.eyes import IRIS_RADIUS, paint_eyes
from core.people.garment import paint_garment, sew
from core.people.hair import grow_hair
from core.people.shape import fit_looks, narrow_shoulders
from core.people.skin import paint_skin
from core.people.sliders import Looks, draw_looks
from core.progress import Progress, silent
from core.storage import require_writable

MODELS = ("head_template",)
STATEMENT = "A synthetic person: made of a seed and sliders, of no photo, and in nobody's likeness."
LIGHT = 1.0  # the parts are as in full light: no photo says otherwise
LASHES = (1.2, 1.6)  # of the most masculine and the most feminine, as factors of lashes.PAINT
STILL = 1e-7  # metres; a key "photo" that moves nothing says nothing


def make_person(
    out: Path, seed: int, sliders: Mapping[str, Any], name: str, progress: Progress = silent, texture: int = 2048
) -> Path:
    """Write the avatar of a person who does not exist to the folder ``out``; same seed and sliders, same bytes.

    sliders: some of sliders.toml's with their values; a seed draws the rest. texture: texels along the skin's picture.
    Raises LikenessError as `draw_looks` does, and for an unwritable ``out``; the folder that was there before then
    stays as it was.
    """
    looks = draw_looks(seed, sliders)
    require_writable(out)
    save_avatar(assemble(looks, name, progress, texture), out)
    progress(1.0, "The person is ready")
    return out


def assemble(looks: Looks, name: str, progress: Progress = silent, texture: int = 2048) -> Avatar:
    """All meshes and materials of these looks."""
    progress(0.0, "Shaping the head")
    template = load_template()
    fit = fit_looks(looks, template)
    uv = unwrap(template)
    lids = shape_lids(fit, template)
    rest = narrow_shoulders(looks, template, dress_torso(template, lids.rest))
    with ThreadPoolExecutor(max_workers=1) as other:
        # OpenCV, Embree and numpy let go of the interpreter while they work.
        painting = other.submit(paint_skin, looks, template, texture)
        progress(0.15, "Shaping the expressions")
        face = replace(shape_mouth(fit, template, lids), rest=rest)
        progress(0.3, "Making the clothes")
        garment = sew(looks, template, rest, uv)
        clothes = paint_garment(looks, garment)
        progress(0.4, "Making eyes and teeth")
        meshes, materials = _make_parts(looks, fit, template, face, uv, garment)
        progress(0.6, "Growing the hair")
        hair = grow_hair(looks, template, rest, garment)
        progress(0.75, "Painting the skin")
        skin = painting.result()
    worn = garment_mesh(template, garment)
    head = hold_scalp(meshes[0], hair[0], worn, template.bone_names) if hair else meshes[0]
    everything = [head, *meshes[1:], worn, *(hair[:1] if hair else ())]
    progress(0.9, "Writing the avatar")
    return Avatar(
        _header(looks, name),
        place_bones(template, rest),
        [_without_photo(mesh) for mesh in everything],
        [*skin, *materials, clothes, *(hair[1:] if hair else ())],
        DRIVERS,
    )


def _make_parts(
    looks: Looks, fit: Fit, template: Template, face: Face, uv: np.ndarray, garment: Garment
) -> tuple[list[PartMesh], list[Material]]:
    """The head and what is in it."""
    rest, keys = face.rest, face.keys
    ahead = {side: (eyeball(template, rest, side)[0], np.eye(3)) for side in SIDES}
    eyes = shape_eyes(template, rest, keys, face.based, IRIS_RADIUS, ahead)
    teeth, teeth_materials = build_teeth(None, template, rest, keys, fit, None, LIGHT)
    named = bite_lip(rest, face.named, teeth, {"photo": 1.0})
    head = undress(build_head(template, rest, named, uv), garment, template)
    tongue, tongue_materials = build_tongue(template, rest, keys, teeth, LIGHT)
    lashes, lash_materials = build_lashes(template, rest, keys, face.based, _lashes(looks))
    brows, brow_material = grow_brows(looks, template, rest, named)
    return (
        [head, *eyes, teeth, tongue, lashes, brows],
        [*eye_materials(paint_eyes(looks), painted=True), *teeth_materials, *tongue_materials, *lash_materials,
         brow_material],
    )  # fmt: skip


def _lashes(looks: Looks) -> float:
    """How full the lashes are; a photo's lids show the dark of their roots, which here the lashes make alone."""
    low, high = LASHES
    return round(low + (high - low) * (1 - looks.numbers["masculine"]) / 2, 1)


def _without_photo(mesh: PartMesh) -> PartMesh:
    """There is no photo whose face a key could bring back."""
    return replace(mesh, keys={name: key for name, key in mesh.keys.items() if name != "photo"})


def _header(looks: Looks, name: str) -> dict[str, Any]:
    models = model_digests(MODELS)
    chosen = {"seed": looks.seed, "sliders": looks.as_dict()}
    facts = json.dumps([chosen, models, core.__version__, name], sort_keys=True)
    consent = Consent(basis="synthetic", statement=STATEMENT)
    return {
        "format": FORMATS["avatar"],
        "id": hashlib.sha256(facts.encode()).hexdigest()[:16],
        "name": name,
        "generator": {"version": core.__version__, "models": models, "photo": None, **chosen},
        "consent": {**consent.as_dict(), "synthetic": True},
        "scores": {},
        "settings": {"face": None, "rest": "habitual", "glasses": "none", "sides": {}, "pins": []},
        "warnings": [],
        "photo_expression": {},
        "glasses": "none",
    }
