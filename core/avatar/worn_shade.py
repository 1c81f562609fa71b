# SPDX-License-Identifier: GPL-3.0-or-later
"""The shade that hair, glasses and clothes throw on the skin in even light.

The photo's own such shade is in the skin's colours already, and a scene's light makes it anew: what even light's would
add is taken off, as `light.hollow_gain` does for the skin's own hollows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from core.avatar.light import SKIN_DEEP, SKY_REACH, hollow_gain
from core.avatar.parts import Material, PartMesh
from core.avatar.rays import RayScene, open_sky, triangle_faces, triangulate, vertex_normals
from core.avatar.template import Template
from core.avatar.texture import enlarge
from core.avatar.unwrap import BODY_CHART, Texels

RAYS = 16  # per vertex; their noise goes with the blur
BLUR = 1 / 170  # of the map
# What counts as the brightest skin there is: a percentile of its lightness, and times that.
BRIGHTEST, LUMA = (90, 1.08), np.array([0.299, 0.587, 0.114], np.float32)
SOLID = 128  # alpha from which on a face of a card throws shade


def lift_worn_shade(
    skin: Sequence[Material],
    charts: Mapping[str, Texels],
    template: Template,
    rest: np.ndarray,
    worn: Sequence[PartMesh],
    materials: Mapping[str, Material],
) -> list[Material]:
    """The skin's materials, those of ``charts`` (name -> texels) lightened under what is worn.

    rest: (V, 3) metres; worn: meshes that are no skin, materials: theirs by name.
    """
    first = np.cumsum([0, *(len(mesh.positions) for mesh in worn)])
    solid = [_solid(mesh, materials) + start for mesh, start in zip(worn, first, strict=False)]
    if not sum(map(len, solid)):
        return list(skin)
    scene = RayScene(np.concatenate([mesh.positions for mesh in worn]), np.concatenate(solid))
    faces = triangulate(template.faces)
    rows = np.unique(template.faces[template.region <= BODY_CHART])
    sky = np.ones(len(rest))
    normals = vertex_normals(rest, faces)[rows]
    sky[rows] = open_sky(scene, rest[rows], normals, rays=RAYS, reach=SKY_REACH, lift=SKIN_DEEP)
    shown = [made.image[::16, ::16] @ LUMA for made in skin if made.name in charts and made.image is not None]
    brightest = BRIGHTEST[1] * max(float(np.percentile(light, BRIGHTEST[0])) for light in shown)
    return [_lighten(made, charts[made.name], sky, brightest) if made.name in charts else made for made in skin]


def _lighten(skin: Material, texels: Texels, sky: np.ndarray, brightest: float) -> Material:
    """Lightened by the shade of the sky (V,); what light falls on in the photo all the same gets no lighter than
    ``brightest`` (0..255)."""
    assert skin.image is not None
    colour = np.median(skin.image[::16, ::16].reshape(-1, 3), axis=0) / 255
    gain = cv2.GaussianBlur(texels.paint(hollow_gain(sky, colour)), (0, 0), texels.size * BLUR)
    light = cv2.resize(skin.image, gain.shape[:2], interpolation=cv2.INTER_AREA).astype(np.float32) @ LUMA
    room = np.clip(brightest / np.maximum(light, 1.0) - 1, 0, None)
    gain = 1 + (gain - 1) * np.clip(room / np.maximum(gain @ LUMA - 1, 1e-3), 0, 1)[..., None]
    return replace(skin, image=cv2.multiply(skin.image, enlarge(gain, len(skin.image)), dtype=cv2.CV_8U))


def _solid(mesh: PartMesh, materials: Mapping[str, Material]) -> np.ndarray:
    """Triangles (T, 3) of a mesh, vertex rows, without those whose picture is see-through in their middle."""
    triangles = triangulate(mesh.faces)
    solid = np.ones(len(mesh.faces), bool)
    for number, name in enumerate(mesh.materials):
        image, mine = materials[name].image, mesh.material == number
        if materials[name].kind == "cornea":  # clear lenses
            solid[mine] = False
        elif image is not None and image.shape[2] == 4:
            centre = mesh.uv[mine, :3].mean(axis=1) * [image.shape[1], -image.shape[0]] + [0, image.shape[0]]
            x, y = np.clip(centre.astype(int), 0, np.array(image.shape[1::-1]) - 1).T
            solid[mine] = image[y, x, 3] >= SOLID
    return triangles[solid[triangle_faces(mesh.faces)]]
