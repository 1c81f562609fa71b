# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped into the viewport: what Blender does with a drop, in a real window."""

from __future__ import annotations

from pathlib import Path

from first_take import agree
from session import Session


def drop(session: Session, path: Path, operator: str) -> None:
    """What Blender calls when a file is let go over the 3D View and the person picks our entry of its menu.

    With one handler for the file Blender calls it at once; with several it asks by a menu, which is passed over here.
    """
    session.evaluate(
        "window = bpy.context.window_manager.windows[0]\n"
        "area = next(a for a in window.screen.areas if a.type == 'VIEW_3D')\n"
        "region = next(r for r in area.regions if r.type == 'WINDOW')\n"
        "with bpy.context.temp_override(window=window, area=area, region=region):\n"
        f"    done = bpy.ops.likeness.{operator}('INVOKE_DEFAULT', filepath={str(path)!r})\n"
        "str(done)"
    )


def test_a_dropped_photo_asks_whose_face_it_is_and_is_built(session: Session, photo: Path, pictures: Path) -> None:
    handlers = session.evaluate(
        "[h.bl_import_operator for h in bpy.types.FileHandler.__subclasses__() if '.png' in h.bl_file_extensions]"
    )
    assert "likeness.drop_photo" in handlers
    drop(session, photo, "drop_photo")
    session.picture(pictures / "dropped.png")
    agree(session)
    assert session.finish_job().startswith("done")
    assert session.evaluate("[o.name for o in bpy.data.objects if o.type == 'ARMATURE']") == ["astronaut"]
