# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless renderer: a request becomes pictures and faces, whole or not at all; what stands is used again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Vector
from small_avatar import write_png, write_small_avatar, write_small_performance

from blender_addon.errors import LikenessError
from blender_addon.rig.assemble import is_rig
from blender_addon.rig.looking import eyes_of, looked_at
from blender_addon.shots import holding
from blender_addon.shots.holding import held
from blender_addon.shots.plates import fit_lens
from blender_addon.shots.request import parse_request
from blender_addon.shots.shot import Stage
from blender_addon.stage import has_film_look
from blender_addon.takes import list_takes, take_start

ADDON = Path(__file__).resolve().parents[2] / "blender_addon"
SIZE = (64, 48)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An avatar and a performance, for all tests of this file."""
    folder = tmp_path_factory.mktemp("shots")
    write_small_avatar(folder)
    write_small_performance(folder)
    return folder


def shot(folder: Path, names: tuple[str, ...] = ("anna",), **changes: Any) -> dict[str, Any]:
    performers = [
        {
            "name": name,
            "avatar": str(folder / "Small.avatar"),
            "place": place,
            "takes": [{"performance": str(folder / "small.performance"), "start": 0.2}] if place == 0 else [],
        }
        for place, name in enumerate(names)
    ]
    return {
        "format": 1,
        "fps": 25,
        "frames": 2,
        "size": list(SIZE),
        "engine": "workbench",
        "performers": performers,
        "camera": {"preset": "medium", "move": "still"},
        "light": "three_point",
        "background": {"set": "studio"},
        **changes,
    }


def render(stage: Stage, out: Path, request: dict[str, Any]) -> dict[str, Any]:
    out.mkdir(parents=True, exist_ok=True)
    (out / "shot.json").write_text(json.dumps(request), encoding="utf-8")
    return stage.render(out / "shot.json", out)


def picture(path: Path) -> np.ndarray:
    """(H, W, C) values of a file as they are stored, top row first; EXR's alpha is multiplied into its colours."""
    image = bpy.data.images.load(str(path))
    try:
        image.colorspace_settings.name = "Non-Color"
        image.alpha_mode = "CHANNEL_PACKED"
        pixels = np.empty(image.size[0] * image.size[1] * image.channels, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(image.size[1], image.size[0], image.channels)[::-1]
    finally:
        bpy.data.images.remove(image)


def linear(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.fixture
def stage() -> Stage:
    return Stage(bpy.context.scene)


def test_pictures_faces_and_plate_are_written_and_kept(stage, folder, tmp_path):
    out = tmp_path / "one"
    answer = render(stage, out, shot(folder))
    assert (answer["frames"], answer["rendered"], answer["engine"]) == (2, 2, "workbench")
    assert json.loads((out / "plate.json").read_text()) == answer
    assert sorted(path.name for path in out.iterdir()) == [
        "000001.png",
        "000002.png",
        "faces.npz",
        "plate.json",
        "shot.json",
    ]
    with np.load(out / "faces.npz") as faces:
        assert faces.files == ["anna"] and faces["anna"].shape == (2, 4) and faces["anna"].dtype == np.float32
        left, top, right, bottom = faces["anna"][0]
    assert 0.05 <= left < right <= 0.95 and 0.05 <= top < bottom <= 0.95
    seen, empty = picture(out / "000001.png"), picture(out / "000001.png")[:4, :4].mean(axis=(0, 1))
    inside = seen[round(top * 48) + 2 : round(bottom * 48) - 2, round(left * 64) + 2 : round(right * 64) - 2]
    assert np.abs(inside - empty).max(axis=2).mean() > 0.05, "somebody is where the faces say"

    (out / "000002.png").unlink()
    first = (out / "000001.png").stat()
    assert render(stage, out, shot(folder))["rendered"] == 1
    assert (out / "000001.png").stat().st_mtime_ns == first.st_mtime_ns
    assert [obj for obj in bpy.data.objects if is_rig(obj)] == list(stage.cast.playing)
    assert len(stage.cast.playing) == 1


def test_one_renderer_at_a_time_writes_into_a_folder(stage, folder, tmp_path):
    """As of a core that was killed, whose Blender still renders a frame when the next one begins."""
    told = []
    (tmp_path / "shot.json").write_text(json.dumps(shot(folder)), encoding="utf-8")

    class Stopped(Exception):
        pass

    def stop(fraction: float, text: str) -> None:
        told.append(text)
        if text.startswith("Waiting"):
            raise Stopped

    (tmp_path / "out").mkdir()
    with held(tmp_path / "out", lambda: None), pytest.raises(Stopped):
        stage.render(tmp_path / "shot.json", tmp_path / "out", stop)
    assert told[-1] == "Waiting for another Blender that renders the same"
    assert not list((tmp_path / "out").glob("*.png"))


def test_a_folder_is_free_again_when_its_holder_is_killed(tmp_path):
    program = (
        "import importlib.util, pathlib, sys, time\n"
        "spec = importlib.util.spec_from_file_location('holding', sys.argv[1])\n"
        "holding = importlib.util.module_from_spec(spec); spec.loader.exec_module(holding)\n"
        "with holding.held(pathlib.Path(sys.argv[2]), lambda: None):\n    print('held', flush=True); time.sleep(60)\n"
    )
    asked = [sys.executable, "-c", program, holding.__file__, str(tmp_path)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        waited = []

        def wait() -> None:
            waited.append(1)
            other.kill()

        with held(tmp_path, wait):
            assert waited and [path.name for path in tmp_path.iterdir()] == [holding.FILE]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell a process that its parent ended")
def test_a_renderer_ends_with_who_started_it_also_within_a_frame():
    """Its parent is killed while it does not read its questions."""
    program = (
        "import importlib.util, sys, time\n"
        "spec = importlib.util.spec_from_file_location('renderer', sys.argv[1])\n"
        "renderer = importlib.util.module_from_spec(spec); spec.loader.exec_module(renderer)\n"
        "renderer.end_with_parent(); print('rendering', flush=True); time.sleep(60)\n"
    )
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    asked = [sys.executable, "-c", parent, program, str(ADDON / "shots" / "__main__.py")]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout.readline() == "rendering\n"
        started.kill()
        begin = time.monotonic()
        assert started.stdout.read() == ""  # once the renderer, which has it too, is gone
        assert time.monotonic() - begin < 20


def test_what_stands_is_kept_and_who_is_not_seen_waits(stage, folder, tmp_path, monkeypatch):
    render(stage, tmp_path / "a", shot(folder, ("anna", "ben"), frames=1, camera={"preset": "two_shot"}))
    rigs = [obj for obj in bpy.data.objects if is_rig(obj)]
    assert len(rigs) == 2
    actions = {action.name for action in bpy.data.actions}
    from blender_addon import takes

    monkeypatch.setattr(takes, "apply_performance", None)  # nothing is put on again
    answer = render(stage, tmp_path / "b", shot(folder, frames=1, camera={"preset": "close_up", "subject": "anna"}))
    assert answer["rendered"] == 1
    assert {action.name for action in bpy.data.actions} == actions
    assert [obj for obj in bpy.data.objects if is_rig(obj)] == rigs
    assert [obj for obj in bpy.context.scene.objects if is_rig(obj)] == rigs[:1]
    assert list_takes(rigs[0]) == ("Line 1",) and take_start(rigs[0], "Line 1") == 6


def test_who_is_not_the_subject_is_not_seen(stage, folder, tmp_path):
    render(stage, tmp_path, shot(folder, ("anna", "ben"), frames=1, camera={"preset": "medium", "subject": "ben"}))
    with np.load(tmp_path / "faces.npz") as faces:
        assert np.isnan(faces["anna"]).all() and not np.isnan(faces["ben"]).any()


def test_a_performer_looks_at_one_and_then_at_another(stage, folder):
    # Alone in the picture ben looks at anna herself; in a two-shot performers cheat (test_shot_cameras.py).
    found = shot(folder, ("anna", "ben"), frames=30, camera={"preset": "medium", "subject": "ben"})
    found["performers"][1] |= {"takes": [], "looks_at": "viewer", "turns": [{"start": 0.6, "looks_at": "anna"}]}
    _, rigs, _ = stage.set_up(parse_request(found), "workbench")
    scene, ben = bpy.context.scene, rigs["ben"]
    misses = {}
    for frame in (10, 28):
        scene.frame_set(frame)
        eye = ben.pose.bones["eye_left"]
        ahead = (ben.matrix_world @ eye.matrix).to_3x3() @ Vector((0, 0, 1))
        goals = {"viewer": scene.camera.matrix_world.translation, "anna": eyes_of(rigs["anna"])}
        misses[frame] = {name: ahead.angle(goal - eyes_of(ben)) for name, goal in goals.items()}
    assert misses[10]["viewer"] < 0.15 < misses[10]["anna"]
    assert misses[28]["anna"] < 0.2 < misses[28]["viewer"]
    assert looked_at(rigs["anna"]) == scene.camera


def test_edges_of_alpha_have_no_background_in_them(stage, folder, tmp_path):
    """The same picture over green as it was rendered, and put over green afterwards; light aside, they are one."""
    plain = {"frames": 1, "engine": "cycles", "samples": 8, "depth_of_field": False}
    render(stage, tmp_path / "clear", shot(folder, **plain, alpha=True))
    render(stage, tmp_path / "green", shot(folder, **plain, background={"color": "#00b140"}))
    render(stage, tmp_path / "float", shot(folder, **plain, alpha=True, file="exr"))
    clear, over = picture(tmp_path / "clear" / "000001.png"), picture(tmp_path / "green" / "000001.png")
    assert clear.shape == (*SIZE[::-1], 4)
    alpha = clear[..., 3]
    edge = (alpha > 0.1) & (alpha < 0.9)
    assert edge.sum() > 20 and alpha.max() == 1.0 and (alpha == 0.0).mean() > 0.2
    colors = clear[edge][:, :3]
    body = clear[alpha == 1.0][:, :3]
    assert (colors[:, 1] - colors[:, 0]).max() <= (body[:, 1] - body[:, 0]).max() + 0.05, "no green"
    put = alpha[..., None] * linear(clear[..., :3]) + (1 - alpha[..., None]) * linear(np.array([0, 0xB1, 0x40]) / 255)
    away = np.abs(put - linear(over[..., :3]))
    assert away[edge].mean() < 0.02 and away[alpha == 0.0].mean() < 0.01
    exr = picture(tmp_path / "float" / "000001.exr")
    assert exr.shape[2] == 4
    np.testing.assert_allclose(exr[edge][:, :3], (linear(clear[..., :3]) * alpha[..., None])[edge], atol=0.02)


def test_nothing_flickers_where_nothing_moves(stage, folder, tmp_path):
    still = shot(folder, frames=2, engine="cycles", samples=4)
    still["performers"][0]["takes"] = []
    render(stage, tmp_path, still)
    one, other = (picture(tmp_path / f"00000{n}.png") for n in (1, 2))
    assert np.abs(one - other).max() <= 0.5 / 255


def test_a_plate_lies_behind_as_it_is(stage, folder, tmp_path):
    shades = np.zeros((96, 128, 3), dtype=np.uint8)
    shades[..., 0], shades[..., 2] = np.arange(128) * 2, (np.arange(96) * 2)[:, None]
    write_png(tmp_path / "plate.png", shades)
    background = {"plate": str(tmp_path / "plate.png"), "horizon": -2.0, "lens": 40.0}
    found = shot(folder, frames=1, background=background, light="matched", camera={"preset": "medium", "move": "orbit"})
    answer = render(stage, tmp_path / "out", found)
    assert any("stands still" in warning for warning in answer["warnings"])
    seen = picture(tmp_path / "out" / "000001.png")
    np.testing.assert_allclose(seen[:6, :, 0], np.tile(np.arange(64) * 4 + 1, (6, 1)) / 255, atol=0.012)
    assert bpy.context.scene.camera.data.lens == pytest.approx(40.0)
    render(stage, tmp_path / "film", {**found, "film_look": True})
    assert has_film_look(bpy.context.scene)
    render(stage, tmp_path / "after", shot(folder, frames=1))
    assert not has_film_look(bpy.context.scene)
    assert abs(picture(tmp_path / "after" / "000001.png")[2, :, 0] - seen[2, :, 0]).max() > 0.2, "it is gone again"


def test_a_plates_lens_is_that_of_the_part_that_is_seen():
    assert fit_lens(35.0, (1920, 1080), (1920, 1080)) == pytest.approx(35.0)
    assert fit_lens(35.0, (3000, 2000), (1500, 1000)) == pytest.approx(35.0)
    # a high picture shows the middle 607 of 1920 columns and all 1080 rows, which its longer side then is
    assert fit_lens(36.0, (1920, 1080), (1080, 1920)) == pytest.approx(36.0 * 1920 / 1080)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"performers": [{"name": "anna", "avatar": "/nowhere/X.avatar"}]}, "avatar_missing"),
        ({"camera": {"preset": "portrait"}}, "camera_unknown"),
        ({"camera": {"move": "jump"}}, "camera_unknown"),
        ({"camera": {"subject": "zoe"}}, "performer_unknown"),
        ({"background": {"picture": "/nowhere/x.png"}}, "picture_missing"),
        ({"background": {"plate": "/nowhere/x.png"}}, "picture_missing"),
        ({"background": {}, "size": [0, 10]}, "size_invalid"),
        ({"engine": "povray"}, "engine_unknown"),
        ({"frames": 0}, "request_invalid"),
        ({"fps": "fast"}, "request_invalid"),
        ({"file": "gif"}, "request_invalid"),
        ({"format": 2}, "too_new"),
        ({"keep_clear": {"middle": 0.5}}, "request_invalid"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(stage, folder, tmp_path, change, code):
    with pytest.raises(LikenessError) as caught:
        render(stage, tmp_path, shot(folder, **change))
    assert caught.value.code == code and caught.value.message.endswith(".") and caught.value.hint
    assert not list(tmp_path.glob("*.png")) and not (tmp_path / "plate.json").exists()


def test_the_process_answers_with_nothing_but_lines_of_json(folder, tmp_path):
    """As it is installed: the package has another name, and no core beside it."""
    package = tmp_path / "speaking_likeness"
    shutil.copytree(ADDON, package, ignore=shutil.ignore_patterns("__pycache__", "translations"))
    shutil.copytree(ADDON / "translations", package / "translations", ignore=shutil.ignore_patterns("??.py"))
    questions = ["no json"]
    for name, changes in (("bad", {"camera": {"preset": "portrait"}}), ("good", {"frames": 1})):
        (tmp_path / f"{name}.json").write_text(json.dumps(shot(folder, **changes)), encoding="utf-8")
        questions.append(json.dumps({"request": str(tmp_path / f"{name}.json"), "out": str(tmp_path / name)}))
    done = subprocess.run(
        [sys.executable, str(package / "shots" / "__main__.py")],
        input="\n".join(questions) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    ends = [line for line in lines if "progress" not in line]
    assert [line["error"]["code"] for line in ends[:2]] == ["bad_request", "camera_unknown"]
    assert ends[2]["answer"]["frames"] == 1 and (tmp_path / "good" / "000001.png").is_file()
    assert all(0.0 <= line["progress"] <= 1.0 and line["text"] for line in lines if "progress" in line)
