# SPDX-License-Identifier: GPL-3.0-or-later
"""What hair, glasses and clothes shade in even light is taken off the skin, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from core.avatar.parts import Material, PartMesh
from core.avatar.template import Template, load_template
from core.avatar.unwrap import HEAD_CHART, Texels, rasterise, unwrap
from core.avatar.worn_shade import lift_worn_shade

SKIN = Material("skin", "skin", np.full((512, 512, 3), 120, np.uint8))


@pytest.fixture(scope="module")
def head() -> tuple[Template, Texels]:
    template = load_template()
    return template, rasterise(template, unwrap(template), HEAD_CHART, 256)


def brim(template: Template, alpha: int) -> tuple[PartMesh, Material]:
    """A board that stands out over the forehead, 4 cm over the eyes, with a picture of one alpha."""
    eyes = np.mean([template.positions[template.joints[f"eye_{s}"]].mean(axis=0) for s in ("left", "right")], axis=0)
    corners = eyes + np.array([[-0.15, -0.2, 0.04], [0.15, -0.2, 0.04], [0.15, 0.0, 0.04], [-0.15, 0.0, 0.04]])
    picture = np.full((8, 8, 4), alpha, np.uint8)
    uv = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], float)
    mesh = PartMesh(
        "hair", corners, np.array([[0, 1, 2, 3]]), uv, np.zeros(1, int), ("hair",), np.ones((4, 1))
    )
    return mesh, Material("hair", "hair", picture)


def lifted(head: tuple[Template, Texels], alpha: int) -> tuple[float, float]:
    """Brightness of the skin under the brim, and of the chin."""
    template, texels = head
    mesh, material = brim(template, alpha)
    (made,) = lift_worn_shade([SKIN], {"skin": texels}, template, template.positions, [mesh], {"hair": material})
    assert made.image is not None
    at = texels.paint(template.positions - mesh.positions.mean(axis=0))
    front = (at[..., 1] < 0.12) & (np.abs(at[..., 0]) < 0.02)
    under, chin = front & (np.abs(at[..., 2] + 0.015) < 0.01), front & (np.abs(at[..., 2] + 0.15) < 0.01)
    assert under.sum() > 20 and chin.sum() > 20
    shown = made.image[::2, ::2, 0]
    return float(np.median(shown[under])), float(np.median(shown[chin]))


def test_skin_under_a_brim_is_lightened_and_the_chin_is_not(head: tuple[Template, Texels]) -> None:
    under, chin = lifted(head, 255)
    assert under > 128
    assert chin < under - 6 and chin < 124


def test_what_is_see_through_throws_no_shade(head: tuple[Template, Texels]) -> None:
    assert lifted(head, 0) == (120.0, 120.0)


def test_nothing_worn_changes_nothing(head: tuple[Template, Texels]) -> None:
    template, texels = head
    (made,) = lift_worn_shade([SKIN], {"skin": texels}, template, template.positions, [], {})
    assert made is SKIN


def test_what_is_the_lightest_of_all_skin_under_a_brim_stays_as_it_is(head: tuple[Template, Texels]) -> None:
    template, texels = head
    mesh, material = brim(template, 255)
    at = texels.paint(template.positions - mesh.positions.mean(axis=0))
    under = (at[..., 1] < 0.12) & (np.abs(at[..., 0]) < 0.02) & (np.abs(at[..., 2] + 0.015) < 0.01)
    lit = np.where(under, 200, 120).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    skin = Material("skin", "skin", np.dstack([lit] * 3))
    (made,) = lift_worn_shade([skin], {"skin": texels}, template, template.positions, [mesh], {"hair": material})
    assert made.image is not None
    assert abs(float(np.median(made.image[::2, ::2, 0][under])) - 200) <= 1
