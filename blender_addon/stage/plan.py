# SPDX-License-Identifier: GPL-3.0-or-later
"""Which engine, size and samples a clip is rendered with, and why."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from .. import compat
from ..errors import LikenessError
from ..words import tell

ENGINES = ("auto", "eevee", "cycles", "workbench")
# Drawing "devices" that are a program on the processor.
SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software")


@dataclass(frozen=True)
class RenderPlan:
    """engine: ``eevee``, ``cycles`` or ``workbench``; size in pixels (even, as H.264 wants); subdivision: the
    most levels that meshes may be subdivided; device: what renders, in words; reason: why this plan, one
    sentence for the report."""

    engine: str
    width: int
    height: int
    samples: int
    subdivision: int
    device: str
    reason: str


@dataclass(frozen=True)
class Quality:
    """Longer side in pixels, samples, and the most levels of subdivision."""

    size: int
    samples: int
    subdivision: int


# As many levels of subdivision as the modifiers say.
ALL = 6
# (engine, has hardware). Without hardware: what 2 cores render in about 1.5 s (Cycles), 4 s (EEVEE, whose
# first frame takes 20 s more) and 0.3 s (Workbench) a frame; one level of subdivision would add 0.4 s there
# and is not seen at this size.
QUALITIES: dict[tuple[str, bool], Quality] = {
    ("eevee", True): Quality(1080, 64, ALL),
    ("eevee", False): Quality(400, 4, 0),
    ("cycles", True): Quality(1080, 128, ALL),
    ("cycles", False): Quality(400, 8, 0),
    ("workbench", True): Quality(1080, 16, ALL),
    ("workbench", False): Quality(512, 8, 0),
}
# From this size on (longer side), subdivision is seen: it is used on any machine.
SUBDIVIDED_SIZE = 720
# Without any graphics hardware: the decent engine that is fastest on processors alone.
SOFTWARE_ENGINE = "cycles"


def plan_render(engine: str = "auto", size: tuple[int, int] | None = None, samples: int | None = None) -> RenderPlan:
    """Settle on an engine and on what it can do on this machine.

    size: (width, height), or None for a square that this machine renders in bearable time.

    Raises LikenessError: ``engine_unknown``, ``size_invalid``.
    """
    if engine not in ENGINES:
        raise LikenessError(
            "engine_unknown",
            tell("There is no render engine {engine}.", engine=engine),
            tell("Choose from {names}.", names=", ".join(ENGINES)),
        )
    renderer = compat.gpu_renderer()
    drawn = renderer is not None and not any(name in renderer.lower() for name in SOFTWARE_RENDERERS)
    compute = find_compute_device()
    chosen, reason = _choose_engine(engine, drawn, compute)
    if chosen == "cycles":
        hardware, device = compute is not None, compute.name if compute else "CPU"
    else:
        hardware, device = drawn, renderer or "no graphics device"
    quality = QUALITIES[chosen, hardware]
    width, height = size or (quality.size, quality.size)
    if not (16 <= width <= 8192 and 16 <= height <= 8192):
        raise LikenessError(
            "size_invalid",
            tell("A picture of {width} x {height} pixels cannot be rendered.", width=width, height=height),
            "Choose between 16 and 8192 pixels.",
        )
    return RenderPlan(
        engine=chosen,
        width=width - width % 2,
        height=height - height % 2,
        samples=samples or quality.samples,
        subdivision=ALL if max(width, height) >= SUBDIVIDED_SIZE else quality.subdivision,
        device=device,
        reason=reason,
    )


def _choose_engine(engine: str, drawn: bool, compute: ComputeDevice | None) -> tuple[str, str]:
    if engine != "auto":
        return engine, "It was asked for."
    if drawn:
        return "eevee", "A graphics device draws EEVEE in real time."
    if compute is not None:
        return "cycles", "Nothing draws EEVEE on this machine's graphics device, but Cycles computes on it."
    return SOFTWARE_ENGINE, "There is no graphics device; this is the fastest engine that still shades skin."


@dataclass(frozen=True)
class ComputeDevice:
    """A graphics device that Cycles computes on; kind is Cycles' own (``CUDA``, ``METAL``, ...)."""

    kind: str
    name: str


def find_compute_device() -> ComputeDevice | None:
    """The first graphics device that Cycles offers, the one switched on in the preferences before others."""
    addon = bpy.context.preferences.addons.get("cycles")
    if addon is None:
        return None
    preferences = addon.preferences
    kinds = [kind for kind, *_ in preferences.get_device_types(bpy.context) if kind != "NONE"]
    kinds.sort(key=lambda kind: kind != preferences.compute_device_type)
    for kind in kinds:
        for name, device_kind, *_ in preferences.get_device_list(kind):
            if device_kind == kind:
                return ComputeDevice(kind, name)
    return None
