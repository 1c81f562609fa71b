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


@contextmanager
def planned(scene: bpy.types.Scene, plan: RenderPlan) -> Iterator[None]:
    """The scene renders PNG pictures as planned inside, and as the artist left it outside."""
    keeper = _Keeper()
    try:
        render = scene.render
        keeper.set(render, "engine", ENGINE_IDS[plan.engine])
        keeper.set(render, "resolution_x", plan.width)
        keeper.set(render, "resolution_y", plan.height)
        keeper.set(render, "resolution_percentage", 100)
        keeper.set(render, "use_border", False)
        keeper.set(render, "use_file_extension", True)
        keeper.set(render, "filepath", render.filepath)
        if not render.use_simplify:  # the artist's own limit stays
            keeper.set(render, "use_simplify", True)
            keeper.set(render, "simplify_subdivision_render", plan.subdivision)
        _set_picture(keeper, render.image_settings)
        SETTERS[plan.engine](keeper, scene, plan.samples)
        yield
    finally:
        keeper.restore()


class _Keeper:
    """Remembers what it overwrites, and puts it back in reverse order."""

    def __init__(self) -> None:
        self._old: list[tuple[bpy.types.bpy_struct, str, object]] = []

    def set(self, owner: bpy.types.bpy_struct, name: str, value: object) -> None:
        self._old.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def restore(self) -> None:
        for owner, name, value in reversed(self._old):
            setattr(owner, name, value)
        self._old.clear()


def _set_picture(keeper: _Keeper, settings: bpy.types.ImageFormatSettings) -> None:
    if hasattr(settings, "media_type"):
        keeper.set(settings, "media_type", "IMAGE")
    keeper.set(settings, "file_format", "PNG")
    keeper.set(settings, "color_mode", "RGB")
    keeper.set(settings, "color_depth", "8")
    keeper.set(settings, "compression", 15)


def _set_eevee(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    keeper.set(scene.eevee, "taa_render_samples", samples)


def _set_cycles(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    """Few bounces and the denoiser: a head under soft lamps needs no more; same seed on all frames, so that
    what noise is left stands still."""
    cycles = scene.cycles
    for name, value in (
        ("samples", samples),
        ("use_adaptive_sampling", False),
        ("use_denoising", True),
        ("denoiser", "OPENIMAGEDENOISE"),
        ("denoising_input_passes", "RGB_ALBEDO_NORMAL"),
        ("denoising_prefilter", "FAST"),
        ("max_bounces", 3),
        ("diffuse_bounces", 1),
        ("glossy_bounces", 1),
        ("transmission_bounces", 0),
        ("transparent_max_bounces", 12),
        ("caustics_reflective", False),
        ("caustics_refractive", False),
        ("seed", 0),
        ("use_animated_seed", False),
    ):
        keeper.set(cycles, name, value)
    keeper.set(scene.render, "use_persistent_data", True)
    device = find_compute_device()
    if device is None:
        keeper.set(cycles, "device", "CPU")
        return
    preferences = bpy.context.preferences.addons["cycles"].preferences
    keeper.set(preferences, "compute_device_type", device.kind)
    for entry in preferences.devices:
        if entry.type == device.kind:
            keeper.set(entry, "use", True)
    keeper.set(cycles, "device", "GPU")


def _set_workbench(keeper: _Keeper, scene: bpy.types.Scene, samples: int) -> None:
    allowed = max((n for n in WORKBENCH_SAMPLES if n <= samples), default=WORKBENCH_SAMPLES[0])
    keeper.set(scene.display, "render_aa", str(allowed))


SETTERS = {"eevee": _set_eevee, "cycles": _set_cycles, "workbench": _set_workbench}
