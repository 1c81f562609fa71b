# SPDX-License-Identifier: GPL-3.0-or-later
"""A `Storyboard` as the text that reads back as the same one. Remarks of the person's are not in it, and not kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path, PurePath
from typing import Any

import yaml

from core.storyboard.cues import write_cue
from core.storyboard.storyboard import Background, Delivery, Line, Music, Performer, Shot, Storyboard
from core.storyboard.values import write_background, write_camera, write_insert, write_text, write_voice


def write_storyboard(storyboard: Storyboard) -> str:
    """The text; paths are written relative to the storyboard's folder where they lie on the same drive."""
    front = yaml.safe_dump(
        _front(storyboard), allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000
    )
    parts = [f"---\n{front}---\n"]
    for scene in storyboard.scenes:
        parts.append(f"\n# {scene.name}\n")
        parts += (f"\n## {shot.name}\n{_shot(shot, storyboard.folder)}" for shot in scene.shots)
    return "".join(parts)


def _front(storyboard: Storyboard) -> dict[str, Any]:
    folder, plain = storyboard.folder, Storyboard("", (), {})
    told: dict[str, Any] = {"title": storyboard.title}
    for name in ("language", "use", "light"):
        if getattr(storyboard, name) != getattr(plain, name):
            told[name] = getattr(storyboard, name)
    told["performers"] = {
        name: _performer(performer, folder) for name, performer in storyboard.performers.items()
    }
    if storyboard.background != Background(set="studio"):
        told["background"] = write_background(storyboard.background, lambda path: _tell(path, folder))
    if storyboard.music is not None:
        told["music"] = _music(storyboard.music, folder)
    if storyboard.logo is not None:
        told["logo"] = _tell(storyboard.logo, folder)
    if storyboard.pronunciations:
        told["pronunciations"] = dict(storyboard.pronunciations)
    return told | _delivery(storyboard.delivery)


def _performer(performer: Performer, folder: Path) -> dict[str, Any]:
    plain = Performer(performer.name)
    told: dict[str, Any] = {}
    for field in fields(Performer):
        value = getattr(performer, field.name)
        if field.name in ("name", "position") or value == getattr(plain, field.name):
            continue
        if isinstance(value, Path):
            value = _tell(value, folder)
        elif field.name == "voice":
            value = write_voice(value, lambda path: _tell(path, folder))
        told[field.name] = dict(value) if isinstance(value, Mapping) else value
    return told


def _music(music: Music, folder: Path) -> str:
    return f"{_tell(music.file, folder)}, {music.level:g} dB, ducked {music.ducked:g} dB"


def _delivery(delivery: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for field in fields(Delivery):
        value = getattr(delivery, field.name)
        if value == getattr(Delivery(), field.name):
            continue
        name = field.name.replace("_", " ")
        if field.name == "thumbnail":
            told[name] = write_cue(value).strip("()")
        else:
            told[name] = (", ".join(value) or "none") if isinstance(value, tuple) else value
    return told


def _shot(shot: Shot, folder: Path) -> str:
    settings = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in _settings(shot, folder))
    said = "\n".join(f"{_how(line, folder)}: {line.text}".rstrip() + "\n" for line in shot.lines)
    bullets = "".join(
        f"- {_with_cue(write_text(text.text), text)}\n" for text in shot.texts if text.kind == "bullet"
    )
    return settings + "".join(f"\n{part}" for part in (said, bullets) if part)


def _settings(shot: Shot, folder: Path) -> Iterator[tuple[str, str]]:
    plain = Shot("")
    if shot.performers:
        yield "performers", ", ".join(shot.performers)
    camera = write_camera(shot.camera)
    if camera != write_camera(plain.camera):
        yield "camera", camera
    if shot.camera.focus:
        yield "focus", ", ".join(f"{name} {write_cue(cue)}".rstrip() for name, cue in shot.camera.focus)
    if shot.background is not None:
        yield "background", write_background(shot.background, lambda path: _tell(path, folder))
    for name in ("light", "looks", "transition"):
        if getattr(shot, name) != getattr(plain, name):
            yield name, getattr(shot, name).replace("_", " ")
    if shot.seconds is not None:
        yield "seconds", f"{shot.seconds:g}"
    if shot.hold != plain.hold:
        yield "hold", f"{shot.hold[0]:g}, {shot.hold[1]:g}"
    if not shot.captions:
        yield "captions", "no"
    for insert in shot.inserts:
        yield insert.kind, _with_cue(write_insert(insert, lambda path: _tell(path, folder)), insert)
    for text in shot.texts:
        if text.kind != "bullet":
            second = f" | {write_text(text.second)}" if text.second else ""
            yield text.kind.replace("_", " "), _with_cue(write_text(text.text) + second, text)


def _how(line: Line, folder: Path) -> str:
    """Who says it, and in brackets how."""
    parts = [line.direction] if line.direction else []
    parts += [line.language] if line.language else []
    parts += [f"pause {line.pause:g}"] if line.pause is not None else []
    parts += [f"recording {_tell(line.recording, folder)}"] if line.recording is not None else []
    return f"{line.performer} ({', '.join(parts)})" if parts else line.performer


def _with_cue(text: str, shown: Any) -> str:
    return f"{text} {write_cue(shown.cue)}".strip()


def _tell(path: Path, folder: Path) -> str:
    try:
        return PurePath(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()
