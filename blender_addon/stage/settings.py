# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene's render settings, set for one render and given back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .. import compat
from .plan import RenderPlan, find_compute_device

ENGINE_IDS = {"eevee": compat.eevee_engine(), "cycles": "CYCLES", "workbench": "BLENDER_WORKBENCH"}
# Workbench takes one of these numbers of samples.
WORKBENCH_SAMPLES = (5, 8, 11, 16, 32)
# Up to so many lamps Cycles is faster without its light tree (a quarter of the time with the studio's three).
FEW_LAMPS = 8


@contextmanager
def planned(scene: bpy.types.Scene, plan: RenderPlan) -> Iterator[None]:
    """The scene renders PNG pictures as planned inside, and as the artist left it outside."""
    keeper = _Keeper()
    try:
        keeper.set(
            scene.render,
            engine=ENGINE_IDS[plan.engine],
            resolution_x=plan.width,
            resolution_y=plan.height,
            resolution_percentage=100,
            use_border=False,
            use_file_extension=True,
            filepath=scene.render.filepath,
        )
        if not scene.render.use_simplify:  # the artist's own limit stays
            keeper.set(scene.render, use_simplify=True, simplify_subdivision_render=plan.subdivision)
        keeper.set(
            scene.render.image_settings,
            **compat.picture_settings("PNG"),
            color_mode="RGB",
            color_depth="8",
            compression=15,
        )
        SETTERS[plan.engine](keeper, scene, plan.samples)
        yield
    finally:
        keeper.restore()


class _Keeper:
    """Remembers what it overwrites, and puts it back in the same order: a file format needs its media type first."""

    def __init__(self) -> None:
        self._old: list[tuple[bpy.types.bpy_struct, str, object]] = []

    def set(self, owner: bpy.types.bpy_struct, **values: object) -> None:
        """Set properties; all old values are read before the first changes, since one may change another."""
        self._old += [(owner, name, getattr(owner, name)) for name in values]
        for name, value in values.items():
            setattr(owner, name, value)

    def restore(self) -> None:
        for owner, name, value in self._old:
            setattr(owner, name, value)
        self._old.clear()


def _set_eevee(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    keeper.set(scene.eevee, taa_render_samples=samples)


def _set_cycles(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    """Few bounces and the denoiser: a head under soft lamps needs no more; same seed on all frames, so that
    what noise is left stands still."""
    keeper.set(
        scene.cycles,
        samples=samples,
        use_adaptive_sampling=False,
        use_denoising=True,
        denoiser="OPENIMAGEDENOISE",
        denoising_input_passes="RGB_ALBEDO_NORMAL",
        denoising_prefilter="FAST",
        max_bounces=3,
        diffuse_bounces=1,
        glossy_bounces=1,
        transmission_bounces=0,
        transparent_max_bounces=12,
        caustics_reflective=False,
        caustics_refractive=False,
        seed=0,
        use_animated_seed=False,
        use_light_tree=sum(obj.type == "LIGHT" for obj in scene.objects) > FEW_LAMPS,
    )
    keeper.set(scene.render, use_persistent_data=True)
    device = find_compute_device()
    if device is None:
        keeper.set(scene.cycles, device="CPU")
        return
    preferences = bpy.context.preferences.addons["cycles"].preferences
    keeper.set(preferences, compute_device_type=device.kind)
    for entry in preferences.devices:
        if entry.type == device.kind:
            keeper.set(entry, use=True)
    keeper.set(scene.cycles, device="GPU")


def _set_workbench(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    allowed = max((n for n in WORKBENCH_SAMPLES if n <= samples), default=WORKBENCH_SAMPLES[0])
    keeper.set(scene.display, render_aa=str(allowed))


SETTERS = {"eevee": _set_eevee, "cycles": _set_cycles, "workbench": _set_workbench}
