# SPDX-License-Identifier: GPL-3.0-or-later
"""Shoulders and chest: of the NASA portrait that scikit-image ships."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fitted_person import CHIN, Person, seen_by_camera

from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.landmarks import eye_distance
from core.avatar.rays import triangulate
from core.avatar.torso import TORSO_BONES, shape_torso


@pytest.fixture(scope="module")
def person(nasa_person: Person) -> Person:
    return nasa_person


def test_shoulders_move_to_the_outline_and_the_head_stays(person: Person) -> None:
    template = person.template
    head = np.unique(template.faces[template.region == 0])
    assert np.array_equal(person.rest[head], person.bare[head])
    skin, iod = triangulate(template.faces), eye_distance(person.portrait.landmarks)
    chin = person.portrait.landmarks[CHIN, :2]
    rows = slice(int(chin[1] + 0.8 * iod) // 3, int(chin[1] + 3.2 * iod) // 3)
    columns = slice(int(chin[0] - 3.9 * iod) // 3, int(chin[0] + 3.9 * iod) // 3)
    photo = person.portrait.matte[::3, ::3][rows, columns] > 0.5

    def overlap(shape: np.ndarray) -> float:
        seen = seen_by_camera(person, shape, skin)[rows, columns]
        return float((seen & photo).sum() / (seen | photo).sum())

    assert overlap(person.rest) > max(0.95, overlap(person.bare) + 0.01)


def test_the_torso_stays_a_body_with_depth(person: Person) -> None:
    template = person.template
    columns = [template.bone_names.index(bone) for bone in TORSO_BONES]
    body = np.intersect1d(
        np.unique(template.faces[template.region == 1]),
        np.flatnonzero(template.weights[:, columns].sum(axis=1) > 0.9),
    )
    move = np.linalg.norm(person.rest[body] - person.bare[body], axis=1)
    assert 0.005 < move.max() < 0.15
    shape = person.rest[body]
    assert np.ptp(shape[:, 1]) > 0.3 * np.ptp(shape[:, 0]) > 0.1
    # Each side follows its own outline, but no shoulder is twice the other.
    assert abs(shape[:, 0].max() + shape[:, 0].min()) < 0.06


def test_drawn_shoulders_have_no_ridges(person: Person) -> None:
    template = person.template
    faces = template.faces[template.region == 1]
    ends = np.concatenate([faces[:, [k, (k + 1) % 4]] for k in range(4)])
    ends = ends[person.bare[ends[:, 0], 2] > person.bare[template.joints["neck"], 2].mean() - 0.12]
    move = person.rest - person.bare
    length = np.linalg.norm(person.bare[ends[:, 0]] - person.bare[ends[:, 1]], axis=1)
    strain = np.linalg.norm(move[ends[:, 0]] - move[ends[:, 1]], axis=1) / np.maximum(length, 0.004)
    # Drawn at the outline alone: 1.3.
    assert np.percentile(strain, 98) < 1.15


def test_where_the_photo_ends_at_the_chin_the_shoulders_keep_the_templates_width(person: Person) -> None:
    matte = person.portrait.matte.copy()
    matte[int(person.portrait.landmarks[CHIN, 1]) :] = 0
    cut = replace(person.portrait, matte=matte)
    shaped = shape_torso(cut, person.fit, person.template, person.bare, find_hair_region(cut))
    assert np.allclose(shaped[:, 0], person.bare[:, 0])


def test_hair_over_the_shoulders_is_no_shoulder_line(person: Person) -> None:
    canvas, portrait = person.region.canvas, person.portrait
    x, y = np.meshgrid(np.arange(canvas.shape[1]), np.arange(canvas.shape[0]))
    chin = canvas.landmarks[CHIN]
    hair = (y > chin[1]) & (np.abs(x - chin[0]) > 1.2 * canvas.iod) & (y < chin[1] + 1.8 * canvas.iod)
    # The person is everywhere, so that the photo shows no outline but the hair's.
    everywhere = replace(portrait, matte=np.ones_like(portrait.matte))
    region = HairRegion(canvas, hair.astype(np.float32))
    shaped = shape_torso(everywhere, person.fit, person.template, person.bare, region)
    assert np.allclose(shaped[:, 0], person.bare[:, 0])


def test_the_shoulders_of_a_large_photo_take_little_memory(person: Person) -> None:
    times = 8
    matte = cv2.resize(person.portrait.matte, None, fx=times, fy=times)
    camera = person.fit.camera
    wide = replace(camera, focal=camera.focal * times, cx=camera.cx * times, cy=camera.cy * times)
    portrait, fit = replace(person.portrait, matte=matte), replace(person.fit, camera=wide)
    canvas = replace(
        person.region.canvas, scale=person.region.canvas.scale / times, origin=person.region.canvas.origin * times
    )
    tracemalloc.start()
    shaped = shape_torso(portrait, fit, person.template, person.bare, HairRegion(canvas, person.region.hair))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < matte.nbytes
    assert np.abs(shaped - person.rest).max() < 0.002
