# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking Likeness for Blender: register and unregister.

Nothing is imported before `register`, so that any Python can use, and test, the parts which know no bpy.
"""

from __future__ import annotations

from typing import Any


def _classes() -> tuple[type, ...]:
    """In the order in which they need each other."""
    from . import menus, operators, panels, preferences, properties

    return (*properties.CLASSES, *preferences.CLASSES, *operators.CLASSES, *panels.CLASSES, *menus.CLASSES)


def _watchers() -> tuple[Any, ...]:
    """What listens to Blender or draws into it: each has ``register`` and ``unregister``."""
    from . import menus, translations
    from .engine import jobs
    from .operators import appended, comparison, pins, timeline
    from .panels import job, preview

    return (translations, preview, job, jobs, pins.WATCH, comparison, timeline.WATCH, appended, menus)


def register() -> None:
    """Make the classes known to Blender, and begin to listen."""
    import bpy

    from . import properties

    for cls in _classes():
        bpy.utils.register_class(cls)
    properties.attach()
    for watcher in _watchers():
        watcher.register()


def unregister() -> None:
    """Stop what is at work, then take everything away in reverse."""
    import bpy

    from . import properties

    for watcher in reversed(_watchers()):
        watcher.unregister()
    properties.detach()
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)
