# SPDX-License-Identifier: GPL-3.0-or-later
"""A fitted person with hair and shoulders, as the tests of both look at them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.avatar.fit import Fit, fit_portrait, normalise
from core.avatar.hair import build_hair
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.keys import scale_keys
from core.avatar.landmarks import load_landmark_points
from core.avatar.parts import Material, PartMesh
from core.avatar.rays import RayScene
from core.avatar.rest import rest_pose
from core.avatar.template import Template, load_template
from core.avatar.torso import shape_torso
from core.portrait import Portrait, load_portrait

CHIN = 152


@dataclass(frozen=True)
class Person:
    """A fitted portrait, its rest pose before and after the torso was shaped, and its hair."""

    portrait: Portrait
    fit: Fit
    template: Template
    bare: np.ndarray
    rest: np.ndarray
    region: HairRegion
    hair: PartMesh
    material: Material


@functools.lru_cache(maxsize=8)
def dress(photo: Path) -> Person:
    """The person in a photo."""
    portrait, template = load_portrait(photo), load_template()
    return dress_fit(portrait, normalise(fit_portrait(portrait, template), template))


def dress_fit(portrait: Portrait, fit: Fit) -> Person:
    """The person to whom a head was fitted."""
    template = load_template()
    keys = scale_keys(template, fit.neutral, load_landmark_points())
    bare = rest_pose(template, fit.neutral, keys, fit.expression)
    region = find_hair_region(portrait)
    rest = shape_torso(portrait, fit, template, bare, region)
    built = build_hair(region, fit, template, rest)
    assert built is not None
    return Person(portrait, fit, template, bare, rest, region, *built)


def shared_person(name: str) -> Person:
    """One of ../shared/data, by its path without ".jpg"."""
    photo = Path(__file__).parents[3] / "shared" / "data" / f"{name}.jpg"
    if not photo.exists():
        pytest.skip("the project's shared photos are not here")
    return dress(photo)


def seen_by_camera(person: Person, positions: np.ndarray, triangles: np.ndarray, step: int = 3) -> np.ndarray:
    """(H / step, W / step) bool: pixels of the photo that the mesh covers."""
    height, width = person.portrait.matte.shape
    x, y = np.meshgrid(np.arange(0, width, step) + 0.5, np.arange(0, height, step) + 0.5)
    camera = person.fit.camera
    rays = np.stack([(x.ravel() - camera.cx) / camera.focal, (y.ravel() - camera.cy) / camera.focal], axis=1)
    rays = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    local = positions @ person.fit.rotation.T + person.fit.translation
    return (RayScene(local, triangles).cast(np.zeros_like(rays), rays).triangle >= 0).reshape(x.shape)


def opacity(person: Person, start: np.ndarray, away: np.ndarray) -> np.ndarray:
    """How much (N,) of what is behind the hair its layers hide from rays (N, 3), by the picture's alpha."""
    image = person.material.image
    assert image is not None
    # The material shows a mask of 0.08 as nothing and one of 0.75 as all (blender_addon/rig/materials.py).
    alpha = np.clip((image[..., 3] / 255.0 - 0.08) / 0.67, 0, 1)
    scene = RayScene(person.hair.positions, person.hair.faces[:, :3])
    start, clear, live = start.copy(), np.ones(len(start)), np.arange(len(start))
    for _ in range(8):
        hits = scene.cast(start[live], away[live])
        met = hits.triangle >= 0
        live = live[met]
        uv = np.einsum("nk,nkd->nd", hits.barycentric[met], person.hair.uv[hits.triangle[met], :3])
        at = (np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1) * alpha.shape[::-1]).astype(int)
        clear[live] *= 1 - alpha[at[:, 1], at[:, 0]]
        start[live] += (hits.distance[met] + 1e-5)[:, None] * away[live]
    return 1 - clear
