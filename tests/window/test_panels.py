# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of every panel, empty and at work, to be looked at (out/window/panel_*.png)."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from first_take import SCRIPT
from session import JOBS, Session

PANELS = ("photo", "avatar", "script", "direction", "perform", "stage", "render", "exchange", "help")


def take_pictures(session: Session, folder: Path, state: str) -> None:
    for name in PANELS:
        session.show_panels(f"LIKENESS_PT_{name}")
        session.panel_picture(folder / f"panel_{name}_{state}.png")


def test_every_panel_is_drawn_in_every_state(installed: Session, photo: Path, pictures: Path) -> None:
    session = installed
    session.show_panels(*(f"LIKENESS_PT_{name}" for name in PANELS))
    session.show_tab()
    take_pictures(session, pictures, "empty")
    ready = (
        "settings = bpy.context.scene.likeness\n"
        f"settings.photo = {str(photo)!r}; settings.name = 'Astronaut'; settings.consent.basis = 'public_domain'\n"
        f"settings.script = {SCRIPT!r}; settings.direction = 'calm but friendly'\n"
    )
    session.evaluate(ready + "str(bpy.ops.likeness.build_avatar())")
    session.show_panels("LIKENESS_PT_job")
    session.panel_picture(pictures / "panel_job_running.png")
    assert session.finish_job().startswith("done")
    take_pictures(session, pictures, "avatar")
    session.evaluate("str(bpy.ops.likeness.perform_script())")
    assert session.finish_job().startswith("done")
    take_pictures(session, pictures, "take")
    for picture in pictures.glob("panel_*.png"):
        assert cv2.imread(str(picture)).std() > 3, f"{picture.name} is empty"


@pytest.mark.parametrize("name", ["console"])
def test_nothing_is_complained_of_in_the_console(session: Session, name: str) -> None:
    for panel in PANELS:
        session.show_panels(f"LIKENESS_PT_{panel}")
    told = session.log.read_text(errors="replace")
    assert "Traceback" not in told and "rna_uiItem" not in told, told
    assert not session.evaluate(f"{JOBS}.is_running()")
