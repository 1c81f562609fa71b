# SPDX-License-Identifier: GPL-3.0-or-later
"""The head template: MakeHuman/MPFB2's CC0 base mesh, cut to a bust; `template_source` makes its file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.models import model_path

# Height of the template's eyes above the floor once in metres.
EYE_HEIGHT = 1.6


@dataclass(frozen=True)
class Template:
    """The bust. Metres, Blender axes (Z up, faces -Y, +X the subject's left), eyes at EYE_HEIGHT.

    positions: (V, 3) neutral; every other vertex array shares its rows.
    faces: (F, 4) of the skin mesh (bust with mouth cavity and eye sockets), uv_faces: (F, 4) rows of uv.
    region: (F,) 0 head chart, 1 body chart, 2 mouth cavity, 3 eye sockets.
    parts: part name -> (n, 4) faces; part_uv: part name -> (n, 4, 2).
    slider_names, slider_low, slider_high, slider_deltas: (S,), (S,), (S,), (S, V, 3).
    key_deltas: (52, V, 3) in ARKIT_CHANNELS order.
    bone_names, weights: (B,), (V, B).
    joints: joint name -> rows of the vertices whose mean is the joint.
    """

    positions: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray
    region: np.ndarray
    parts: Mapping[str, np.ndarray]
    part_uv: Mapping[str, np.ndarray]
    slider_names: tuple[str, ...]
    slider_low: np.ndarray
    slider_high: np.ndarray
    slider_deltas: np.ndarray
    key_deltas: np.ndarray
    bone_names: tuple[str, ...]
    weights: np.ndarray
    joints: Mapping[str, np.ndarray]


@functools.lru_cache(maxsize=1)
def load_template() -> Template:
    """The template from the registry's verified file (about 0.2 s, once a process)."""
    with np.load(model_path("head_template"), allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}

    def group(prefix: str) -> dict[str, np.ndarray]:
        return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}

    def deltas(name: str) -> np.ndarray:
        dense = np.zeros((len(arrays[name + "_offsets"]) - 1, len(arrays["positions"]), 3), np.float32)
        for row, (start, end) in enumerate(
            zip(arrays[name + "_offsets"][:-1], arrays[name + "_offsets"][1:], strict=True)
        ):
            dense[row, arrays[name + "_rows"][start:end]] = arrays[name + "_values"][start:end]
        return dense

    return Template(
        positions=arrays["positions"].astype(np.float64),
        faces=arrays["faces"],
        uv=arrays["uv"],
        uv_faces=arrays["uv_faces"],
        region=arrays["region"],
        parts=group("part/"),
        part_uv=group("part_uv/"),
        slider_names=tuple(arrays["slider_names"].tolist()),
        slider_low=arrays["slider_low"],
        slider_high=arrays["slider_high"],
        slider_deltas=deltas("slider"),
        key_deltas=deltas("key"),
        bone_names=tuple(arrays["bone_names"].tolist()),
        weights=arrays["weights"],
        joints=group("joint/"),
    )


def eyeball(template: Template, positions: np.ndarray, side: str) -> tuple[np.ndarray, float]:
    """Centre (3,) and radius of the eye ``left`` or ``right`` in positions (V, 3), a sphere in the template."""
    points = positions[np.unique(template.parts[f"eye_{side}"])]
    # |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in the centre and the last term.
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))
