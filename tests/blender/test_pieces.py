# SPDX-License-Identifier: GPL-3.0-or-later
"""A result goes into the scene in pieces: what the person does between two of them leaves nothing half-made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from addon import draw, tick_until
from pauses import time_ticks

from blender_addon import compat
from blender_addon.engine import jobs, pieces, runner
from blender_addon.engine.estimate import Estimate, tell_left
from blender_addon.engine.process import Finished
from blender_addon.rig.assemble import RIG_ID, is_rig, rig_parts
from blender_addon.rig.made import HALF_MADE
from blender_addon.takes import curves
from blender_addon.takes.keys import fit_keys

MOST_SECONDS = 0.1  # what the interface may be held up for


class Answered:
    """A request that the core has answered at once."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.outcome = Finished(result)

    def poll(self) -> None: ...

    def cancel(self) -> None: ...


@pytest.fixture(autouse=True)
def fits_take_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere but in the tests (conftest.py): what is cancelled here has to be still at work."""
    monkeypatch.setattr(curves, "fit_keys", fit_keys)


@pytest.fixture
def window(
    addon: None, avatar_folder: Path, performance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a window, with a core that answers at once, and only one piece in a tick."""
    answers = {
        "build_avatar": {"avatar": str(avatar_folder)},
        "speak": {},
        "record": {},
        "perform": {"performance": str(performance_folder), "moves": {}},
    }
    monkeypatch.setattr(jobs, "_has_timers", lambda: True)
    monkeypatch.setattr(jobs, "ask", lambda method, *_: jobs.Step(lambda on_event: Answered(answers[method])))
    monkeypatch.setattr(runner, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr("blender_addon.operators.photo.why_no_core", lambda: "")
    monkeypatch.setattr("blender_addon.operators.speak.why_no_core", lambda: "")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.context.scene.likeness.photo = str(avatar_folder / "albedo.png")
    bpy.context.scene.likeness.script = "Hello."
    bpy.ops.ed.undo_push(message="Begin")


def half_made() -> list[bpy.types.Collection]:
    return [collection for collection in bpy.data.collections if HALF_MADE in collection]


def rigs() -> list[bpy.types.Object]:
    return [obj for obj in bpy.data.objects if is_rig(obj)]


def begin_building() -> jobs.Job:
    """A job whose avatar is half in the file."""
    bpy.ops.likeness.build_avatar()
    tick_until(lambda: half_made() and len(bpy.data.materials) > 2)
    assert jobs.is_running() and not any(is_rig(obj) for obj in bpy.context.scene.objects)
    return jobs.current()


def ended() -> jobs.Job:
    tick_until(lambda: not jobs.is_running())
    return jobs.current()


def assert_nothing_is_left() -> None:
    assert not half_made() and not rigs()
    for kind in ("objects", "armatures", "meshes", "materials", "images"):
        assert not len(getattr(bpy.data, kind)), kind


def assert_one_whole_rig() -> None:
    assert not half_made()
    (rig,) = rigs()
    assert rig.name in bpy.context.scene.objects and bpy.context.view_layer.objects.active == rig
    assert len([obj for obj in bpy.context.scene.objects if obj.get(RIG_ID) == rig[RIG_ID]]) == 9
    assert not [mesh for mesh in bpy.data.meshes if not mesh.users]


def test_an_avatar_comes_in_many_pieces_as_one_undo_step(window: None) -> None:
    begin_building()
    assert ended().state == "done", jobs.current().error
    assert_one_whole_rig()
    rig = rigs()[0]
    rig["jawOpen"] = 0.5
    rig.update_tag()
    bpy.context.view_layer.update()
    head = rig_parts(rig)["head"]
    assert head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys.key_blocks["jawOpen"].value > 0.4
    bpy.ops.ed.undo()
    assert_nothing_is_left()


def test_cancelling_between_the_pieces_leaves_nothing(window: None) -> None:
    begin_building()
    bpy.ops.likeness.cancel_job()
    assert ended().state == "cancelled"
    assert_nothing_is_left()
    assert "nothing was changed" in draw(bpy.types.LIKENESS_PT_job).text


def test_a_file_that_is_saved_between_the_pieces_holds_nothing_of_them(window: None, tmp_path: Path) -> None:
    begin_building()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"), copy=True)
    assert ended().state == "done"
    assert_one_whole_rig()
    with bpy.data.libraries.load(str(tmp_path / "saved.blend")) as (there, _):
        assert not there.objects and not there.meshes and not there.images and not there.collections


def test_undo_between_the_pieces_loses_nothing(window: None) -> None:
    bpy.context.scene.frame_end = 77
    bpy.ops.ed.undo_push(message="Mine")
    begin_building()
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_end != 77
    assert_nothing_is_left()
    assert ended().state == "done"
    assert_one_whole_rig()


def test_undoing_to_a_step_of_the_person_in_between_brings_nothing_half_made(window: None) -> None:
    begin_building()
    bpy.context.scene.frame_end = 77
    bpy.ops.ed.undo_push(message="Mine")
    assert ended().state == "done"
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_end == 77
    assert not half_made() and not rigs() and not len(bpy.context.scene.objects)


def test_another_file_between_the_pieces_gets_nothing(window: None) -> None:
    begin_building()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert_nothing_is_left()
    job = ended()
    assert job.state == "done" and ".avatar" in job.message
    assert "not put into it" in draw(bpy.types.LIKENESS_PT_job).text.replace("  ", " ")
    assert_nothing_is_left()


def test_a_scene_that_goes_between_the_pieces_is_missed_in_words(window: None) -> None:
    begin_building()
    old = bpy.context.scene
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    bpy.data.scenes.remove(old)
    assert ended().error.code == "scene_gone"
    assert not half_made() and not rigs() and not len(bpy.data.materials)


def test_what_the_person_makes_meanwhile_stays(window: None) -> None:
    begin_building()
    cube = bpy.data.objects.new("Mine", bpy.data.meshes.new("Mine"))
    bpy.context.scene.collection.objects.link(cube)
    bpy.ops.likeness.cancel_job()
    ended()
    assert list(bpy.data.objects) == [cube] and [mesh.name for mesh in bpy.data.meshes] == ["Mine"]


def test_quitting_between_the_pieces_leaves_nothing(window: None) -> None:
    begin_building()
    jobs.unregister()
    assert_nothing_is_left()
    jobs.register()


@pytest.fixture
def speaker(window: None, avatar_folder: Path) -> bpy.types.Object:
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.ops.ed.undo_push(message="Avatar")
    return bpy.context.view_layer.objects.active


def takes_of(rig: bpy.types.Object) -> int:
    data = rig.animation_data
    return sum(len(track.strips) for track in data.nla_tracks) if data else 0


def begin_performing() -> None:
    bpy.ops.likeness.perform_script()
    tick_until(lambda: jobs.current().text == "Putting It into the Scene")
    assert jobs.is_running()


def test_a_take_is_put_on_whole_or_not_at_all(speaker: bpy.types.Object) -> None:
    begin_performing()
    while jobs.is_running():
        assert takes_of(speaker) == 0 or len(compat.editor_strips(bpy.context.scene.sequence_editor)) == 1
        jobs._tick()
    assert takes_of(speaker) > 0
    bpy.ops.ed.undo()
    assert takes_of(rigs()[0]) == 0


def test_a_take_survives_undo_and_is_cancelled_whole(speaker: bpy.types.Object) -> None:
    bpy.context.scene.frame_end = 77
    bpy.ops.ed.undo_push(message="Mine")
    begin_performing()
    bpy.ops.ed.undo()
    assert ended().state == "done", jobs.current().error
    assert takes_of(rigs()[0]) > 0
    bpy.ops.ed.undo()
    begin_performing()
    bpy.ops.likeness.cancel_job()
    assert ended().state == "cancelled"
    assert takes_of(rigs()[0]) == 0


def test_a_take_whose_avatar_is_deleted_meanwhile_is_told(speaker: bpy.types.Object) -> None:
    begin_performing()
    bpy.data.objects.remove(speaker)
    job = ended()
    assert job.error.code == "rig_gone" and ".performance" in job.error.hint


def test_no_tick_is_long(window: None) -> None:
    """With the small avatar; tests/window measures a real one in a real window."""
    bpy.ops.likeness.build_avatar()
    assert max(time_ticks().busy) < MOST_SECONDS
    bpy.ops.likeness.perform_script()
    assert max(time_ticks().busy) < MOST_SECONDS


def test_pieces_run_in_a_row_and_beside(window: None) -> None:
    def work() -> Iterator[None]:
        yield
        return (yield from pieces.beside(lambda: 6 * 7))

    assert pieces.run(work()) == 42
    with pytest.raises(ZeroDivisionError):
        pieces.run(pieces.beside(lambda: 1 / 0))


def test_time_left_is_told_when_there_is_enough_to_go_by() -> None:
    estimate = Estimate()
    assert estimate.seconds_left(0.0) is None
    for second in range(11):
        estimate.see(second / 50, 100.0 + second)
        left = estimate.seconds_left(100.0 + second)
        assert left is None if second < 3 else left == pytest.approx(50 - second, abs=1.0)
    assert estimate.seconds_left(120.0) > 40.0  # it stands still: the end moves away


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (2.0, "a few seconds left"),
        (18.0, "about 20 s left"),
        (57.0, "about 55 s left"),
        (58.0, "about 1 min left"),
        (200.0, "about 3 min left"),
        (7000.0, "about 2 h left"),
    ],
)
def test_time_left_in_words(seconds: float | None, said: str) -> None:
    assert tell_left(seconds) == said
