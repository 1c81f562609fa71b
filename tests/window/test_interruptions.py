# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does in the middle of long work, in a real window: cancel, undo, delete, save, load, quit."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from first_take import SCRIPT
from session import JOBS, Session, wait_for

RIGS = "[o.name for o in bpy.data.objects if o.type == 'ARMATURE']"


def begin_building(session: Session, photo: Path) -> None:
    session.evaluate(
        "settings = bpy.context.scene.likeness\n"
        f"settings.photo = {str(photo)!r}; settings.name = 'Astronaut'; settings.consent.basis = 'public_domain'\n"
        "str(bpy.ops.likeness.build_avatar())"
    )
    session.wait_until(f"{JOBS}.current().fraction > 0.1")


def test_escape_over_the_viewport_cancels_and_nothing_is_lost(
    session: Session, photo: Path, pictures: Path
) -> None:
    before = session.evaluate("sorted(o.name for o in bpy.data.objects)")
    begin_building(session, photo)
    left, bottom, width, height = session.region("WINDOW")
    session.ask("key", kind="ESC", x=left + width // 3, y=bottom + height // 2)
    assert session.finish_job(20.0).startswith("cancelled")
    session.picture(pictures / "cancelled.png")
    assert session.evaluate("sorted(o.name for o in bpy.data.objects)") == before
    assert session.evaluate("bpy.context.scene.likeness.photo") == str(photo)


def test_the_cross_cancels(session: Session, photo: Path) -> None:
    begin_building(session, photo)
    (cross,) = (b for b in session.buttons(at=0.832, depth=70) if "cancel_job" in b.what)
    session.press(cross)
    assert session.finish_job(20.0).startswith("cancelled")


@pytest.mark.parametrize("act", ["save", "undo", "load"])
def test_work_goes_on_or_is_kept(session: Session, photo: Path, tmp_path: Path, act: str) -> None:
    acts = {
        "save": f"str(bpy.ops.wm.save_as_mainfile(filepath={str(tmp_path / 'Проект ünï.blend')!r}))",
        "undo": "bpy.ops.ed.undo_push(message='x')\nstr(bpy.ops.ed.undo())",
        "load": "str(bpy.ops.wm.read_homefile())",
    }
    begin_building(session, photo)
    session.evaluate(
        "import contextlib\nw = bpy.context.window_manager.windows[0]\n"
        "override = bpy.context.temp_override(window=w, area=w.screen.areas[0])\noverride.__enter__()\n" + acts[act]
    )
    told = session.finish_job()
    assert told.startswith("done"), told
    rigs = session.evaluate(RIGS)
    assert rigs == ([] if act == "load" else ["Astronaut"])


def test_quitting_in_the_middle_leaves_no_process_behind(session: Session, photo: Path) -> None:
    begin_building(session, photo)
    child = session.evaluate(f"{JOBS}.core().pid")
    session.evaluate(f"settings.script = {SCRIPT!r}\nTrue")
    session.evaluate("bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.2)\nTrue")
    wait_for(lambda: session.process.poll() is not None, 20.0, "Blender did not quit")
    time.sleep(1.0)
    assert child and not Path(f"/proc/{child}").exists()
