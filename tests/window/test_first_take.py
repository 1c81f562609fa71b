# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody new makes a talking avatar by mouse and keyboard, in a real window."""

from __future__ import annotations

from pathlib import Path

from first_take import take_the_way
from session import Session


def test_from_an_empty_scene_to_a_playing_take_by_mouse_and_keyboard(
    session: Session, photo: Path, pictures: Path
) -> None:
    way = take_the_way(session, photo, pictures)
    assert way.presses <= 8
    started = session.evaluate("bpy.context.scene.frame_current")
    session.wait_until(f"bpy.context.scene.frame_current != {started}")
    assert session.evaluate("[o.name for o in bpy.context.scene.objects if 'likeness_id' in o or o.type == 'ARMATURE']")
