# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of somebody new, from an empty scene to a take that plays, by mouse and keyboard alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from session import JOBS, ROW, Button, Counted, Session

SCRIPT = "Hello. This is a talking avatar, made from one photo."
BASES = ("none", "self", "written", "licensed", "public_domain", "synthetic")


@dataclass(frozen=True)
class Way:
    """presses and seconds of the way; pauses: the longest of Blender's main thread while the avatar was built, s."""

    presses: int
    scrolls: int
    seconds: float
    pauses: tuple[float, ...]


def choose_photo(session: Session, photo: Path) -> None:
    """By the file browser, which opens in the photo's folder as if it was the last one used."""
    session.press(session.find("likeness.choose_photo"))
    session.wait_until("len(bpy.context.window_manager.windows) > 1")
    session.evaluate(
        "browser = bpy.context.window_manager.windows[1].screen.areas[0]\n"
        f"browser.spaces.active.params.directory = {str(photo.parent).encode()!r}\nTrue"
    )
    session.ask("wait", seconds=1.0)
    rows = session.evaluate(
        "{r.type: (r.x, r.y, r.width, r.height) for r in browser.regions if r.type in ('WINDOW', 'EXECUTE')}"
    )
    left, bottom, _, height = rows["WINDOW"]
    session.press_in(1, left + 100, bottom + height - 39)  # the first file
    left, bottom, width, height = rows["EXECUTE"]
    session.press_in(1, left + width - 72, bottom + height // 2)  # the button at the right end
    session.wait_until("len(bpy.context.window_manager.windows) == 1")


def agree(session: Session, basis: str = "public_domain") -> None:
    """In the dialog "Whose face is it?": choose a basis, and confirm."""
    session.ask("wait", seconds=0.5)
    chosen, *_ = session.blue()
    session.press(Button(chosen.x, round(chosen.y - ROW * BASES.index(basis)), basis))
    assert session.evaluate("bpy.context.scene.likeness.consent.basis") == basis
    session.press(session.blue()[-1])
    session.wait_until(f"{JOBS}.current() is not None")


def take_the_way(session: Session, photo: Path, pictures: Path) -> Way:
    """Photo, consent, script, take, playback."""
    session.counted = Counted()
    choose_photo(session, photo)
    session.picture(pictures / "way_1_whose_face.png")
    session.ask("gaps", on=True)
    agree(session)
    session.picture(pictures / "way_2_building.png")
    assert session.finish_job().startswith("done"), session.finish_job()
    pauses = session.ask("gaps", on=False)
    assert session.evaluate("round(area.spaces.active.region_3d.view_distance, 2)") < 2  # it sees the face
    session.picture(pictures / "way_3_built.png")
    session.type(session.find("likeness.script"), SCRIPT)
    session.press(session.find("likeness.perform_script"))
    assert session.finish_job().startswith("done"), session.finish_job()
    session.picture(pictures / "way_4_performed.png")
    session.press(session.find("likeness.play_take"))
    session.wait_until("bpy.context.window_manager.windows[0].screen.is_animation_playing")
    counted = session.counted
    way = Way(counted.presses, counted.scrolls, counted.seconds, tuple(pause[1] for pause in pauses))
    session.picture(pictures / "way_5_playing.png")
    return way
