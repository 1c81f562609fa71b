# SPDX-License-Identifier: GPL-3.0-or-later
"""The neck's sides lie on the photo's outline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fitted_person import CHIN, Person, dress, seen_by_camera

from core.avatar.cloth_mask import ClothMask, find_cloth
from core.avatar.landmarks import eye_distance, load_landmark_points
from core.avatar.neck import follow_neck, neck_share
from core.avatar.rays import triangulate


@pytest.fixture(scope="module")
def person(nasa_person: Person) -> Person:
    return nasa_person


def _overlap(person: Person, posed: np.ndarray, mask: ClothMask) -> float:
    """Of head and bare skin in the rows between the mouth and the chin, where jaw and neck make the outline."""
    portrait, template = person.portrait, person.template
    iod, chin = eye_distance(portrait.landmarks), portrait.landmarks[CHIN, :2]
    rows = slice(int(chin[1] - 0.55 * iod) // 3, int(chin[1] + 0.1 * iod) // 3)
    columns = slice(max(int(chin[0] - 1.6 * iod) // 3, 0), int(chin[0] + 1.6 * iod) // 3)
    cloth = mask.cloth[::3, ::3][rows, columns] > 0.5
    photo = (portrait.matte[::3, ::3][rows, columns] > 0.5) & ~cloth
    seen = seen_by_camera(person, posed, triangulate(template.faces[template.region <= 1]))[rows, columns] & ~cloth
    return float((seen & photo).sum() / (seen | photo).sum())


def test_the_neck_moves_to_the_outline(portraits: Path) -> None:
    person = dress(portraits / "gallego.jpg")
    mask = find_cloth(person.portrait, person.region)
    moved = follow_neck(person.portrait, person.fit, person.template, person.region, mask)
    before, after = (_overlap(person, fit.posed, mask) for fit in (person.fit, moved))
    assert after > max(0.97, before + 0.02)


def test_face_ears_and_crown_stay(person: Person) -> None:
    mask = find_cloth(person.portrait, person.region)
    fit = follow_neck(person.portrait, person.fit, person.template, person.region, mask)
    move = np.linalg.norm(fit.posed - person.fit.posed, axis=1)
    assert 0.0005 < move.max() < 0.031
    assert np.allclose(fit.posed - person.fit.posed, fit.neutral - person.fit.neutral)
    template = person.template
    eyes = template.positions[template.joints["eye_left"], 2].mean()
    assert move[template.positions[:, 2] > eyes - 0.03].max() == 0.0
    points = load_landmark_points()
    assert np.abs(points.on(fit.posed) - points.on(person.fit.posed)).max() < 0.002
    assert neck_share(template).max() == 1.0


def test_without_a_matte_the_neck_stays(person: Person) -> None:
    cut = replace(person.portrait, matte=np.zeros_like(person.portrait.matte))
    nothing = ClothMask(np.zeros_like(cut.matte), np.zeros_like(cut.matte))
    fit = follow_neck(cut, person.fit, person.template, person.region, nothing)
    assert np.array_equal(fit.posed, person.fit.posed)
