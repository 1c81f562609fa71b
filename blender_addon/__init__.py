# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking Likeness for Blender: register and unregister.

Nothing is imported before `register`, so that any Python can use, and test, the parts which know no bpy.
"""


def register() -> None:
    """Make the classes known to Blender, in the order in which they need each other."""
    import bpy

    from . import menus, operators, panels, preferences, properties
    from .engine import jobs
    from .operators import appended, pins, timeline
    from .panels import preview

    for cls in (*properties.CLASSES, *preferences.CLASSES, *operators.CLASSES, *panels.CLASSES, *menus.CLASSES):
        bpy.utils.register_class(cls)
    properties.attach()
    preview.register()
    jobs.register()
    pins.WATCH.register()
    timeline.WATCH.register()
    appended.register()
    menus.register()


def unregister() -> None:
    """Stop what is at work, then take everything away in reverse."""
    import bpy

    from . import menus, operators, panels, preferences, properties
    from .engine import jobs
    from .operators import appended, pins, timeline
    from .panels import preview

    menus.unregister()
    appended.unregister()
    timeline.WATCH.unregister()
    pins.WATCH.unregister()
    jobs.unregister()
    preview.unregister()
    properties.detach()
    for cls in reversed(
        (*properties.CLASSES, *preferences.CLASSES, *operators.CLASSES, *panels.CLASSES, *menus.CLASSES)
    ):
        bpy.utils.unregister_class(cls)
