# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties and handlers."""

from __future__ import annotations

from collections.abc import Callable

import bpy

# Options of a property that holds a path; 4.5 began to ask which may start with ``//``.
PATH_OPTIONS = {"ANIMATABLE"} | ({"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set())

# Our languages -> what Blender calls them. A bare language also serves its countries (fr: fr_FR); Chinese does not,
# or the traditional one would get simplified letters. zh_CN was its name before 4.0, and is that of some builds.
LOCALES: dict[str, tuple[str, ...]] = {
    "es": ("es",),
    "zh": ("zh_HANS", "zh_CN"),
    "ar": ("ar",),
    "fr": ("fr",),
    "de": ("de",),
}


def listen(name: str, handler: Callable[..., None]) -> None:
    """Call a function at one of Blender's events; nothing where this Blender does not tell of it."""
    handlers = getattr(bpy.app.handlers, name, None)
    if handlers is not None and handler not in handlers:
        handlers.append(handler)


def tells_of(name: str) -> bool:
    """Whether this Blender has an event."""
    return hasattr(bpy.app.handlers, name)


def stop_listening(name: str, handler: Callable[..., None]) -> None:
    """Call it no longer. (Loading the factory settings has done so already.)"""
    handlers = getattr(bpy.app.handlers, name, ())
    if handler in handlers:
        handlers.remove(handler)
