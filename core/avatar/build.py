# SPDX-License-Identifier: GPL-3.0-or-later
"""Photo to Avatar: the stages in order, each timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import core
from core.avatar.cloth_mask import find_cloth
from core.avatar.cloth_texture import paint_clothes
from core.avatar.clothes import Garment, cut_garment, garment_mesh, undress
from core.avatar.eyes import build_eyes
from core.avatar.face import Face, shape_lids, shape_mouth
from core.avatar.fit import Fit, describe_camera
from core.avatar.glasses import remark_glasses, wear_glasses, without_glasses
from core.avatar.hair import build_hair
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.head import build_head, hold_scalp
from core.avatar.hold import fit_head
from core.avatar.keys import DRIVERS
from core.avatar.lashes import build_lashes
from core.avatar.light import exposure, is_grey
from core.avatar.lips import clear_opening
from core.avatar.mouth import bite_lip
from core.avatar.neck import follow_neck
from core.avatar.parts import Material, PartMesh, without_colour
from core.avatar.rest import photo_expression
from core.avatar.scores import measure_scores
from core.avatar.settings import AvatarSettings
from core.avatar.shown_teeth import find_shown_teeth
from core.avatar.skeleton import place_bones
from core.avatar.skin import paint_skin
from core.avatar.store import Avatar, save_avatar
from core.avatar.teeth import build_teeth
from core.avatar.template import Template, load_template
from core.avatar.tongue import build_tongue
from core.avatar.torso import shape_torso
from core.avatar.unwrap import unwrap
from core.avatar.worn_shade import lift_worn_shade
from core.consent import NO_CONSENT, UNKNOWN, Consent
from core.formats import FORMATS
from core.models import model_digests
from core.portrait import Portrait, Side, load_portrait
from core.portrait.background import complete_background
from core.portrait.glasses_mask import Glasses, find_glasses
from core.portrait.pins import list_pins, pin_portrait, read_pins
from core.portrait.sides import add_sides
from core.progress import Progress, silent, span
from core.storage import require_writable
from core.trust.binding import avatar_id

MODELS = ("face_landmarker", "selfie_segmenter", "head_template", "face_boxes", "face_identity")
# Landmarks left over, as a share of the eye distance: 0.003 to 0.008 on the portraits that were looked at.
DOUBTFUL_FIT = 0.02
DEFAULTS = AvatarSettings()


@dataclass(frozen=True)
class AvatarSummary:
    """What building an avatar reports. seconds: stage -> wall time; some stages run side by side."""

    folder: Path
    warnings: tuple[str, ...]
    scores: dict[str, float]
    seconds: dict[str, float]


class _Stopwatch:
    """Wall time per stage, and the progress that goes with it."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str, start: float, text: str) -> Iterator[None]:
        self._progress(start, text)
        with self.beside(name):
            yield

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """A stage in another thread: only the main thread reports progress, which is where work is cancelled."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begin, 3)


def build_avatar(
    photo: Path,
    out: Path,
    *,
    name: str,
    face: int | None = None,
    consent: Consent = UNKNOWN,
    settings: AvatarSettings = DEFAULTS,
    progress: Progress = silent,
) -> AvatarSummary:
    """Build the avatar of the person in ``photo`` and write it to the folder ``out``.

    Raises LikenessError for every photo that cannot be used (core/portrait) and for an unwritable ``out``;
    the folder that was there before then stays as it was.
    """
    require_writable(out)
    watch = _Stopwatch(progress)
    with watch.stage("portrait", 0.0, "Looking for the face"):
        portrait = load_portrait(photo, face, span(progress, 0.0, 0.2))
        sides: dict[Side, Path | None] = {"left": settings.photo_left, "right": settings.photo_right}
        portrait = add_sides(portrait, sides, span(progress, 0.2, 0.3))
        if settings.pins is not None:
            portrait = pin_portrait(portrait, read_pins(settings.pins))
    with watch.stage("fit", 0.3, "Fitting the head"), ThreadPoolExecutor(max_workers=1) as other:
        looking = other.submit(find_glasses, portrait)
        template = load_template()
        region = find_hair_region(portrait)
        fit = fit_head(portrait, template, region)
        fit = replace(fit, posed=clear_opening(portrait, fit, template))
        glasses = looking.result()
        remarks = (*remark_glasses(glasses, settings.glasses), *judge(fit))
        portrait = replace(portrait, warnings=(*portrait.warnings, *remarks))
    header = _header(portrait, fit, name, face, consent, settings)
    header["glasses"] = "none" if glasses is None else {"keep": "kept", "remove": "removed"}[settings.glasses]
    avatar = assemble(portrait, glasses, fit, template, region, settings, watch, header)
    with watch.stage("scores", 0.9, "Comparing with the photo"):
        header["scores"] |= measure_scores(portrait, avatar)
    with watch.stage("write", 0.97, "Writing the avatar"):
        save_avatar(avatar, out)
    progress(1.0, "The avatar is ready")
    return AvatarSummary(out, portrait.warnings, dict(avatar.header["scores"]), watch.seconds)


_Made = tuple[list[PartMesh], list[Material]]


def assemble(
    portrait: Portrait,
    glasses: Glasses | None,
    fit: Fit,
    template: Template,
    region: HairRegion,
    settings: AvatarSettings,
    watch: _Stopwatch,
    header: dict[str, Any],
) -> Avatar:
    """All meshes and materials of the fitted person; glasses: those in the photo.

    Skin, clothes and background are painted here while another thread makes the parts of the head and what it
    wears: OpenCV, Embree and numpy let go of the interpreter while they work.
    """
    portrait = without_glasses(portrait, glasses)
    with ThreadPoolExecutor(max_workers=1) as other:
        with watch.stage("keys", 0.4, "Shaping the expressions"):
            shaping, unwrapping = other.submit(shape_lids, fit, template), other.submit(unwrap, template)
            mask = find_cloth(portrait, region)
            followed = follow_neck(portrait, fit, template, region, mask)
            lids = shaping.result()
            sealing = other.submit(shape_mouth, fit, template, lids)
            rest, fit = lids.rest + followed.neutral - fit.neutral, followed
        with watch.stage("torso", 0.45, "Shaping the shoulders"):
            rest, uv = shape_torso(portrait, fit, template, rest, region), unwrapping.result()
            garment = cut_garment(portrait, fit, template, rest, uv, region, mask)
            face = replace(sealing.result(), rest=rest)
        parts = other.submit(_make_parts, portrait, fit, template, face, uv, garment, watch)
        shown = glasses if settings.glasses == "keep" else None
        worn = other.submit(_make_worn, region, shown, fit, template, rest, watch)
        with watch.stage("texture", 0.5, "Reading the skin from the photo"):
            skin = paint_skin(portrait, fit, template, settings, rest, region, garment.mask.cloth)
            header["scores"] |= skin.scores
        with watch.stage("clothes", 0.7, "Making the clothes"):
            clothes = paint_clothes(portrait, fit, garment, skin.materials[1])
        with watch.stage("background", 0.78, "Completing the background"):
            background = complete_background(portrait)
        with watch.stage("waiting", 0.82, "Making eyes, teeth and hair"):
            (part_meshes, part_materials), (worn_meshes, worn_materials) = parts.result(), worn.result()
        worn_meshes = [garment_mesh(template, garment), *worn_meshes]
        dressed = {material.name: material for material in (clothes, *worn_materials)}
        with watch.stage("shade", 0.88, "Taking the shade of hair and clothes off the skin"):
            bare = lift_worn_shade(skin.materials, skin.charts, template, rest, worn_meshes, dressed)
        meshes = [_hold(part_meshes[0], worn_meshes, template), *part_meshes[1:], *worn_meshes]
        materials = [*bare, *part_materials, *dressed.values()]
        return Avatar(header, place_bones(template, rest), meshes, materials, DRIVERS, background)


def _hold(head: PartMesh, worn: list[PartMesh], template: Template) -> PartMesh:
    """The head, its scalp held by the hair where there is any; worn: the garment first."""
    hair = next((mesh for mesh in worn if mesh.name == "hair"), None)
    return head if hair is None else hold_scalp(head, hair, worn[0], template.bone_names)


def _make_parts(
    portrait: Portrait,
    fit: Fit,
    template: Template,
    face: Face,
    uv: np.ndarray,
    garment: Garment,
    watch: _Stopwatch,
) -> _Made:
    """The head and what is in it."""
    rest, keys = face.rest, face.keys
    with watch.beside("parts"):
        eye_meshes, eye_materials = build_eyes(portrait, fit, template, rest, keys, face.based)
        shown, light = find_shown_teeth(portrait), exposure(portrait)
        teeth, teeth_materials = build_teeth(portrait, template, rest, keys, fit, shown, light)
        named = bite_lip(rest, face.named, teeth, photo_expression(fit.expression))
        head = undress(build_head(template, rest, named, uv), garment, template)
        tongue, tongue_materials = build_tongue(template, rest, keys, teeth, light)
        if is_grey(portrait):
            teeth_materials, tongue_materials = (
                [without_colour(material) for material in made] for made in (teeth_materials, tongue_materials)
            )
        lashes, lash_materials = build_lashes(template, rest, keys, face.based)
    return (
        [head, *eye_meshes, teeth, tongue, lashes],
        [*eye_materials, *teeth_materials, *tongue_materials, *lash_materials],
    )


def _make_worn(
    region: HairRegion, glasses: Glasses | None, fit: Fit, template: Template, rest: np.ndarray, watch: _Stopwatch
) -> _Made:
    """Hair and glasses, where there are any."""
    with watch.beside("hair"):
        hair = build_hair(region, fit, template, rest)
    with watch.beside("glasses"):
        meshes, materials = wear_glasses(glasses, fit, template, rest)
    grown = [] if hair is None else [hair]
    return [*(mesh for mesh, _ in grown), *meshes], [*(material for _, material in grown), *materials]


def judge(fit: Fit) -> list[str]:
    """Warnings in words when the fit is worse than any that was seen to look like its person."""
    if fit.warped_error <= DOUBTFUL_FIT:
        return []
    return [
        f"The head follows the face's features only to {100 * fit.warped_error:.1f} % of the eye distance: it may not "
        "look like the person; a sharper photo from the front helps."
    ]


def _header(
    portrait: Portrait, fit: Fit, name: str, face: int | None, consent: Consent, settings: AvatarSettings
) -> dict[str, Any]:
    chosen = {
        "face": face,
        "rest": "habitual",
        "texture": settings.texture,
        "glasses": settings.glasses,
        "sides": {side: photo.sha256 for side, photo in portrait.sides.items()},
        "pins": list_pins(portrait),
    }
    models = model_digests(MODELS)
    camera = fit.camera
    return {
        "format": FORMATS["avatar"],
        "id": avatar_id(portrait.sha256, chosen, models, core.__version__, name, consent.as_dict()),
        "name": name,
        "generator": {"version": core.__version__, "models": models},
        "photo": {
            "file": portrait.path.name,
            "sha256": portrait.sha256,
            "width": camera.width,
            "height": camera.height,
        },
        "consent": {**({"statement": NO_CONSENT} if consent == UNKNOWN else consent.as_dict()), "synthetic": True},
        "scores": {"landmark_error": round(fit.error, 5), "warped_landmark_error": round(fit.warped_error, 5)},
        "settings": chosen,
        "warnings": list(portrait.warnings),
        "camera": describe_camera(fit),
        "photo_expression": photo_expression(fit.expression),
    }
