# SPDX-License-Identifier: GPL-3.0-or-later
"""What was rendered in Blender leaves signed, labelled and marked, or not at all; first storyboards; prepared shots."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.delivery import probe, read_frames
from core.errors import LikenessError
from core.jobs import JOBS
from core.progress import silent
from core.storage import write_wave
from core.trust.policy import accept_policy
from core.trust.verify import verify_file

ADA = {"kind": "avatar", "name": "Ada", "ids": ["00ff"], "consent": {"subject": "Ada", "basis": "self"}}
SIZE, FRAMES = 256, 12


def ask(method: str, **params) -> dict:
    job = JOBS[method]
    return job.run(silent, **{name: param.default for name, param in job.params.items()} | params)


def refuse(code: str, method: str, **params) -> None:
    with pytest.raises(LikenessError) as raised:
        ask(method, **params)
    assert raised.value.code == code and raised.value.hint


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A still face in the middle, a tone beside it, and a person who accepted the policy."""
    accept_policy()
    folder = tmp_path / "pictures"
    folder.mkdir()
    x, y = np.meshgrid(np.linspace(60, 200, SIZE), np.linspace(60, 200, SIZE))
    frame = np.stack((x, y, np.full_like(x, 120)), axis=-1).astype(np.uint8)
    for number in range(1, FRAMES + 1):
        Image.fromarray(frame).save(folder / f"{number:06d}.png")
    np.savez(folder / "faces.npz", Ada=np.tile(np.float32([0.2, 0.0, 0.8, 0.7]), (FRAMES, 1)))
    tone = np.sin(np.arange(24000) * 0.05).astype(np.float32) * 0.2
    write_wave(folder / "sound.wav", tone, 48000)
    return folder


def test_a_clip_is_labelled_beside_the_face_and_signed_with_its_consent(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips" / "Ada.mp4"
    made = ask(
        "finish_clip", pictures=pictures, sound=pictures / "sound.wav", out=out, fps=23.976, shown=json.dumps([ADA])
    )
    [unheard] = made["warnings"]
    assert unheard.startswith("The invisible mark in the sound of Ada.mp4 cannot be found: less than about 4 s are")
    assert made["state"] == "intact" and [path.name for path in out.parent.iterdir()] == ["Ada.mp4"]
    found = probe(out)
    assert found.frames == FRAMES and found.has_sound and float(found.fps) == pytest.approx(23.976, abs=1e-3)
    told = verify_file(out, marks=False).as_dict()
    assert told["state"] == "intact" and "Ada" in json.dumps(told)
    frame = next(iter(read_frames(out, 24, 0.1)))
    drawn = np.abs(frame.astype(int) - np.asarray(Image.open(pictures / "000001.png")).astype(int)).max(axis=2) > 40
    face = drawn[: int(0.7 * SIZE), int(0.2 * SIZE) : int(0.8 * SIZE)]
    assert drawn.sum() > 300 and face.sum() < 0.02 * face.size


def test_what_is_too_small_for_a_mark_says_so_and_what_is_long_enough_has_both(pictures: Path, tmp_path: Path) -> None:
    shown = json.dumps([ADA])
    for path in pictures.glob("*.png"):
        Image.open(path).resize((128, 128)).save(path)
    small = ask("finish_clip", pictures=pictures, out=tmp_path / "small.mp4", fps=24.0, shown=shown)
    [told] = small["warnings"]
    assert told.startswith("small.mp4 has no invisible mark in its pictures: 128 x 128 is too small, 256 pixels")
    seen = verify_file(tmp_path / "small.mp4")
    assert seen.provenance is not None and seen.provenance.marked == ()
    assert any("made without an invisible mark in its picture" in text for text in seen.warnings)

    rng = np.random.default_rng(1)
    for path in pictures.glob("*.png"):
        noise = np.clip(rng.normal(120, 25, (320, 320, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(noise).save(path)
    wave = rng.normal(0, 0.1, 6 * 48000) * np.repeat(rng.uniform(0.1, 1, 60), 4800)
    write_wave(pictures / "long.wav", wave.astype(np.float32), 48000)
    long = ask(
        "finish_clip", pictures=pictures, sound=pictures / "long.wav", out=tmp_path / "long.mp4", fps=2.0, shown=shown
    )
    assert long["warnings"] == []
    seen = verify_file(tmp_path / "long.mp4")
    assert seen.picture is not None and seen.picture.agrees and seen.sound is not None and seen.sound.agrees
    assert not any("mark" in text for text in seen.warnings)


def test_nobody_is_shown_without_consent_policy_or_a_reason(pictures: Path, monkeypatch, tmp_path: Path) -> None:
    nobody = json.dumps([{**ADA, "consent": {}}])
    refuse("consent_missing", "check_clip", shown=nobody)
    assert ask("check_clip", shown=nobody, quality="draft")["consents"] == []
    refuse("label_reason_missing", "check_clip", shown=json.dumps([ADA]), label=False)
    assert ask("check_clip", shown=json.dumps([ADA]), label=False, label_reason="A film about labels")["consents"]
    refuse("bad_params", "check_clip", shown="{")
    out = tmp_path / "no.mp4"
    refuse("consent_missing", "finish_clip", pictures=pictures, out=out, fps=24.0, shown=nobody)
    assert not out.exists()
    monkeypatch.setenv("SPEAKING_LIKENESS_CONFIG", str(tmp_path / "other"))
    refuse("policy_not_accepted", "check_clip", shown=json.dumps([ADA]))


def test_a_script_becomes_a_storyboard_that_reads_back(tmp_path: Path) -> None:
    avatar = tmp_path / "Ada.avatar"
    avatar.mkdir()
    (avatar / "avatar.json").write_text(json.dumps({"format": 1, "id": "00ff", "name": "Ada"}))
    out = tmp_path / "film.md"
    who = json.dumps([{"name": "Ada: Lovelace", "avatar": str(avatar)}])
    asked = {"out": out, "title": "Hello: a film", "performers": who, "script": "# Hello.\n\n- How are\nyou?"}
    assert ask("write_storyboard", **asked)["shots"] == 2
    told = ask("check_storyboard", storyboard=out)
    assert told["problems"] == [] and told["title"] == "Hello: a film"
    assert [shot["performers"] for shot in told["scenes"][0]["shots"]] == [["Ada Lovelace"]] * 2
    refuse("file_exists", "write_storyboard", **asked)
    refuse("storyboard_empty", "write_storyboard", **asked | {"out": tmp_path / "b.md", "script": " "})
