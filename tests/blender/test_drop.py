# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped into a 3D View; Esc and the status bar while a job is at work."""

from __future__ import annotations

import types
from pathlib import Path

import bpy
import pytest
from addon import Drawn, Layout, tick_until
from small_avatar import write_small_avatar
from test_pieces import window  # noqa: F401 (a fixture)

from blender_addon.engine import jobs
from blender_addon.operators.job import is_for_job
from blender_addon.panels.job import draw_status
from blender_addon.rig.assemble import is_rig

pytestmark = pytest.mark.usefixtures("window")


def area(kind: str) -> types.SimpleNamespace:
    return types.SimpleNamespace(area=types.SimpleNamespace(type=kind))


def test_files_are_taken_over_3d_views_only() -> None:
    for handler in (bpy.types.LIKENESS_FH_photo, bpy.types.LIKENESS_FH_sound):
        assert handler.poll_drop(area("VIEW_3D")) and not handler.poll_drop(area("SEQUENCE_EDITOR"))
        assert not handler.poll_drop(types.SimpleNamespace(area=None))
        name = handler.bl_import_operator
        assert "filepath" in getattr(bpy.ops.likeness, name.split(".")[1]).get_rna_type().properties
    assert {".jpg", ".png", ".webp"} <= set(bpy.types.LIKENESS_FH_photo.bl_file_extensions.split(";"))
    assert set(bpy.types.LIKENESS_FH_sound.bl_file_extensions.split(";")) == {".wav", ".mp3", ".flac", ".ogg"}


def test_a_dropped_photo_is_chosen_and_built(tmp_path: Path, avatar_folder: Path) -> None:
    photo = tmp_path / "Ada.png"
    photo.write_bytes((avatar_folder / "albedo.png").read_bytes())
    assert bpy.ops.likeness.drop_photo(filepath=str(photo)) == {"FINISHED"}
    settings = bpy.context.scene.likeness
    assert (settings.photo, settings.name) == (str(photo), "Ada")
    assert jobs.current().title == "Build Avatar"
    tick_until(lambda: not jobs.is_running())
    assert sum(map(is_rig, bpy.context.scene.objects)) == 1


def test_a_dropped_photo_is_kept_where_it_cannot_be_built_yet(avatar_folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("blender_addon.operators.photo.why_no_core", lambda: "Set up the core first.")
    bpy.context.scene.likeness.photo = ""
    bpy.ops.likeness.drop_photo(filepath=str(avatar_folder / "hair.png"))
    assert bpy.context.scene.likeness.photo == str(avatar_folder / "hair.png")
    assert jobs.current() is None


def test_a_dropped_sound_is_chosen_and_spoken_with_where_there_is_an_avatar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, performance_folder: Path
) -> None:
    sound = next(tmp_path.rglob("*.wav"))
    bpy.ops.likeness.drop_sound(filepath=str(sound))
    settings = bpy.context.scene.likeness
    assert settings.recording == str(sound) and jobs.current() is None
    folder = tmp_path / "other"
    folder.mkdir()
    bpy.ops.likeness.import_avatar(directory=str(write_small_avatar(folder)))
    settings.recording_consent.basis, settings.recording_consent.subject = "self", "Ada"
    bpy.ops.likeness.drop_sound(filepath=str(sound))
    assert settings.recording_consent.subject == "Ada"  # the same file: what was said of it stays
    assert jobs.current().title == "Speak with Recording"


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    for operator in (bpy.ops.likeness.drop_photo, bpy.ops.likeness.drop_sound):
        with pytest.raises(RuntimeError, match="There is no file"):
            operator(filepath=str(tmp_path / "gone.png"))


def where(playing: bool = False, modal: tuple[str, ...] = ("LIKENESS_OT_watch_job",)) -> types.SimpleNamespace:
    """A context whose left half is a 3D View."""
    place = types.SimpleNamespace
    areas = [place(type=kind, x=x, y=0, width=100, height=100) for kind, x in (("VIEW_3D", 0), ("OUTLINER", 100))]
    screen = place(areas=areas, is_animation_playing=playing)
    return place(screen=screen, window=place(screen=screen, modal_operators=[place(bl_idname=name) for name in modal]))


def test_esc_is_for_the_job_only_over_a_3d_view_that_nothing_else_listens_to() -> None:
    over = types.SimpleNamespace(mouse_x=50, mouse_y=50)
    assert is_for_job(where(), over)
    assert not is_for_job(where(), types.SimpleNamespace(mouse_x=150, mouse_y=50))
    assert not is_for_job(where(playing=True), over)
    assert not is_for_job(where(modal=("TRANSFORM_OT_translate", "LIKENESS_OT_watch_job")), over)


def test_the_status_bar_shows_the_job_with_its_cross() -> None:
    drawn = Drawn()
    header = types.SimpleNamespace(layout=Layout(drawn))
    draw_status(header, bpy.context)
    assert not drawn.texts and draw_status in bpy.types.STATUSBAR_HT_header.draw._draw_funcs
    bpy.ops.likeness.build_avatar()
    jobs.current().seconds_left = 20.0
    draw_status(header, bpy.context)
    assert drawn.texts == ["Build Avatar: about 20 s left"] and drawn.operators == ["likeness.cancel_job"]
