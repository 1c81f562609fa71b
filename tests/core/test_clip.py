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
    assert made["state"] == "intact" and [path.name for path in out.parent.iterdir()] == ["Ada.mp4"]
    found = probe(out)
    assert found.frames == FRAMES and found.has_sound and float(found.fps) == pytest.approx(23.976, abs=1e-3)
    told = verify_file(out, marks=False).as_dict()
    assert told["state"] == "intact" and "Ada" in json.dumps(told)
    frame = next(iter(read_frames(out, 24, 0.1)))
    drawn = np.abs(frame.astype(int) - np.asarray(Image.open(pictures / "000001.png")).astype(int)).max(axis=2) > 40
    face = drawn[: int(0.7 * SIZE), int(0.2 * SIZE) : int(0.8 * SIZE)]
    assert drawn.sum() > 300 and face.sum() < 0.02 * face.size


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
