# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work in Blender: it goes on under the person's hands, and ends well whatever they do meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from addon import draw, require_core_python, tick_until, why_not
from small_avatar import write_small_avatar

from blender_addon.engine import jobs
from blender_addon.errors import LikenessError
from blender_addon.rig.assemble import is_rig

LONG_SCRIPT = "The sun was warm and the sea was calm, so we walked along the beach until evening. " * 80


@pytest.fixture
def window(addon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a window: jobs return at once, and a timer (here `tick_until`) carries them on."""
    monkeypatch.setattr(jobs, "_has_timers", lambda: True)


@pytest.fixture
def core_python(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real core."""
    python = require_core_python()
    monkeypatch.setenv("SPEAKING_LIKENESS_CORE_PYTHON", str(python))
    return python


@pytest.fixture
def speaker(window: None, avatar_folder: Path, core_python: Path, tmp_path: Path) -> bpy.types.Object:
    """An avatar in a saved file, with a long script."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.context.scene.likeness.script = LONG_SCRIPT
    return bpy.context.view_layer.objects.active


def count_to(last: int, closed: list[str]) -> Iterator[tuple[float, str]]:
    try:
        for number in range(1, last + 1):
            yield number / last, f"Step {number}"
    finally:
        closed.append("closed")


def start_counting(last: int, closed: list[str], undo: bool = False) -> jobs.Job:
    steps = [jobs.walk(lambda: count_to(last, closed))]
    return jobs.start("Count", steps, lambda results, job: "Counted.", undo)


def state() -> str:
    job = jobs.current()
    assert job is not None
    return job.state


def strips() -> int:
    (armature,) = [obj for obj in bpy.context.scene.objects if is_rig(obj)]
    data = armature.animation_data
    return sum(len(track.strips) for track in data.nla_tracks) if data else 0


def test_a_job_goes_on_tick_by_tick(window: None) -> None:
    job = start_counting(4, closed := [])
    assert (job.state, job.fraction) == ("running", 0.0)
    assert bpy.app.timers.is_registered(jobs._tick)
    jobs._tick()
    assert (job.fraction, job.text) == (0.25, "Step 1")
    tick_until(lambda: not jobs.is_running())
    assert (job.state, job.message) == ("done", "Counted.")
    assert closed == ["closed"]


def test_the_timer_ends_with_the_job(window: None) -> None:
    start_counting(1, [])
    assert jobs._tick() is not None
    assert jobs._tick() is None


def test_a_second_job_is_refused_while_one_is_at_work(window: None) -> None:
    start_counting(5, [])
    with pytest.raises(LikenessError) as caught:
        start_counting(1, [])
    assert caught.value.code == "busy"
    assert "Count is still at work." in why_not(bpy.ops.likeness.forget_job)
    tick_until(lambda: not jobs.is_running())
    bpy.ops.likeness.forget_job()
    assert jobs.current() is None


def test_the_cross_cancels(window: None) -> None:
    start_counting(1000, closed := [])
    jobs._tick()
    assert bpy.ops.likeness.cancel_job() == {"FINISHED"}
    tick_until(lambda: not jobs.is_running())
    assert state() == "cancelled"
    assert closed == ["closed"]
    assert "nothing was changed" in draw(bpy.types.LIKENESS_PT_job).text


@pytest.mark.parametrize("away", ["undo", "load"])
def test_work_on_the_scene_lets_go_when_the_scene_is_taken_away(window: None, away: str) -> None:
    """A generator that renders holds a scene; after an undo that reference would crash Blender."""
    bpy.ops.ed.undo_push(message="One")
    bpy.context.scene.frame_end = 77
    bpy.ops.ed.undo_push(message="Two")
    start_counting(1000, closed := [])
    jobs._tick()
    bpy.ops.ed.undo() if away == "undo" else bpy.ops.wm.read_homefile(use_empty=True)
    assert closed == ["closed"]
    assert state() == "cancelled"


def test_what_is_applied_is_one_named_undo_step(window: None) -> None:
    bpy.ops.ed.undo_push(message="Before")

    def apply(results: object, job: jobs.Job) -> str:
        bpy.context.scene.frame_end = 1234
        return "Done."

    jobs.start("Build Avatar", [jobs.walk(lambda: iter([(1.0, "")]))], apply)
    tick_until(lambda: not jobs.is_running())
    assert bpy.context.scene.frame_end == 1234
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_end != 1234


def test_a_bug_while_applying_is_told_and_the_next_job_works(window: None, capfd) -> None:
    def apply(results: object, job: jobs.Job) -> str:
        raise ZeroDivisionError("a bug")

    jobs.start("Build Avatar", [jobs.walk(lambda: iter([(1.0, "")]))], apply)
    tick_until(lambda: not jobs.is_running())
    job = jobs.current()
    assert (job.state, job.error.code) == ("failed", "internal_error")
    assert "a bug" in draw(bpy.types.LIKENESS_PT_job).text
    assert "ZeroDivisionError" in capfd.readouterr().err
    start_counting(1, [])
    tick_until(lambda: not jobs.is_running())
    assert state() == "done"


def test_in_background_the_operator_waits_and_raises(addon: None) -> None:
    assert start_counting(3, []).state == "done"

    def apply(results: object, job: jobs.Job) -> str:
        raise LikenessError("no_luck", "It did not work.", "Try again.")

    with pytest.raises(LikenessError) as caught:
        jobs.start("Build Avatar", [jobs.walk(lambda: iter([(1.0, "")]))], apply)
    assert caught.value.code == "no_luck"


def test_cancelled_speech_leaves_scene_and_disk_as_they_were(speaker, tmp_path: Path) -> None:
    bpy.ops.likeness.perform_script()
    tick_until(lambda: jobs.current().fraction > 0)
    bpy.ops.likeness.cancel_job()
    tick_until(lambda: not jobs.is_running())
    assert state() == "cancelled"
    assert strips() == 0
    assert not list((tmp_path / "likeness").glob("*"))


def test_a_killed_core_is_told_in_the_panel_and_the_next_job_starts_another(speaker) -> None:
    bpy.ops.likeness.perform_script()
    tick_until(lambda: jobs.current().fraction > 0)
    os.kill(jobs.core().pid, signal.SIGKILL)
    tick_until(lambda: not jobs.is_running())
    assert jobs.current().error.code == "core_died"
    assert "in the midst of its work" in draw(bpy.types.LIKENESS_PT_job).text
    assert strips() == 0
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.likeness.perform_script()
    tick_until(lambda: not jobs.is_running())
    assert state() == "done", jobs.current().error
    assert strips() > 0


def test_a_result_is_not_put_into_another_file(speaker, tmp_path: Path) -> None:
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.likeness.perform_script()
    bpy.ops.wm.read_homefile(use_empty=True)
    tick_until(lambda: not jobs.is_running())
    job = jobs.current()
    assert job.state == "done"
    assert "not put into it" in draw(bpy.types.LIKENESS_PT_job).text.replace("  ", " ")
    assert list((tmp_path / "likeness").glob("*.performance"))


def test_an_avatar_that_was_deleted_meanwhile_is_missed_in_words(speaker, tmp_path: Path) -> None:
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.likeness.perform_script()
    bpy.data.objects.remove(bpy.context.view_layer.objects.active)
    tick_until(lambda: not jobs.is_running())
    assert jobs.current().error.code == "rig_gone"
    assert ".performance" in jobs.current().error.hint


def test_the_avatar_is_found_again_after_undo_and_renaming(speaker, tmp_path: Path) -> None:
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.ed.undo_push(message="One")
    speaker.name = "Somebody else"
    bpy.ops.ed.undo_push(message="Two")
    bpy.ops.likeness.perform_script()
    bpy.ops.ed.undo()
    tick_until(lambda: not jobs.is_running())
    assert state() == "done", jobs.current().error
    assert strips() > 0


def test_a_take_is_put_on_its_own_avatar_though_another_is_selected(speaker, tmp_path: Path) -> None:
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.likeness.perform_script()
    (tmp_path / "other").mkdir()
    bpy.ops.likeness.import_avatar(directory=str(write_small_avatar(tmp_path / "other", "Other")))
    tick_until(lambda: not jobs.is_running())
    other = bpy.context.view_layer.objects.active
    assert other != speaker
    assert other.animation_data is None or not any(track.strips for track in other.animation_data.nla_tracks)
    assert any(track.strips for track in speaker.animation_data.nla_tracks)


def test_unregistering_in_the_midst_of_work_ends_the_core(
    avatar_folder: Path, core_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import blender_addon

    monkeypatch.setattr(jobs, "_has_timers", lambda: True)
    blender_addon.register()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.context.scene.likeness.script = LONG_SCRIPT
    bpy.ops.likeness.perform_script()
    tick_until(lambda: jobs.current().fraction > 0)
    pid = jobs.core().pid
    blender_addon.unregister()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not bpy.app.timers.is_registered(jobs._tick)
