# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties and handlers."""

from __future__ import annotations

from collections.abc import Callable

import bpy

# Options of a property that holds a path; 4.5 began to ask which may start with ``//``.
PATH_OPTIONS = {"ANIMATABLE"} | ({"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set())


def listen(name: str, handler: Callable[..., None]) -> None:
    """Call a function at one of Blender's events; nothing where this Blender does not tell of it."""
    handlers = getattr(bpy.app.handlers, name, None)
    if handlers is not None and handler not in handlers:
        handlers.append(handler)


def stop_listening(name: str, handler: Callable[..., None]) -> None:
    """Call it no longer. (Loading the factory settings has done so already.)"""
    handlers = getattr(bpy.app.handlers, name, ())
    if handler in handlers:
        handlers.remove(handler)
