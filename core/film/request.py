# SPDX-License-Identifier: GPL-3.0-or-later
"""The shot request that the renderer is asked (docs/architecture.md), and the digest of what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.delivery.formats import TITLE_SAFE, picture_size, safe_area
from core.film.acting import Acted, Placed
from core.film.cache import Cache, file_digest, folder_digest
from core.film.cut import Cut, Timed
from core.film.plan import Timing, find_cue
from core.graphics import clear_shares, digest_graphics, slide_picture
from core.storage import write_file
from core.storyboard.check import seen
from core.storyboard.storyboard import Background, Insert, Shot, Storyboard

VIEWER = "viewer"
_FOR_COUNT = ("medium", "medium", "two_shot", "wide")  # camera presets for as many as are seen
_FILES = ("picture", "hdri", "video", "plate")


def make_request(
    cache: Cache, storyboard: Storyboard, timing: Timing, cut: Cut, acted: Mapping[str, Sequence[Acted]], form: str
) -> dict[str, Any]:
    """``shot.json`` of a shot in a format. Pages of slides on the set's screen are drawn into the cache."""
    delivery, shot = storyboard.delivery, timing.shot
    size = picture_size(form, delivery.size)
    return {
        "format": 1,
        "fps": timing.fps,
        "frames": timing.frames,
        "size": list(size),
        "engine": delivery.engine,
        "samples": delivery.samples,
        "seed": 0,
        "performers": [
            _performer(storyboard, timing, name, place, acted.get(name, ())) for place, name in enumerate(seen(shot))
        ],
        "camera": {
            "preset": choose_preset(shot),
            "move": shot.camera.move,
            "subject": shot.camera.subject or _first_speaker(timing),
            "amount": shot.camera.amount,
            "lens": None,
            "focus": [{"subject": name, "start": find_cue(cue, cut.said) or 0.0} for name, cue in shot.camera.focus],
        },
        "light": shot.light or storyboard.light,
        "background": _background(shot.background or storyboard.background),
        "screen": [_screen(cache, one, size) for one in cut.inserts if one.what.place == "screen"],
        "keep_clear": _keep_clear(cut, form, size),
        "safe": [TITLE_SAFE, TITLE_SAFE],
        "alpha": delivery.alpha,
        "film_look": delivery.film_look,
        "motion_blur": delivery.motion_blur,
        "depth_of_field": delivery.depth_of_field,
        "file": "exr" if delivery.codec == "exr" else "png",
    }


def digest_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a plate depends on: the request, with contents in the place of paths."""
    performers = [
        {
            **performer,
            "avatar": folder_digest(Path(performer["avatar"])),
            # An act's folder is called by the digest of what it was made of.
            "takes": [{**take, "performance": Path(take["performance"]).parent.name} for take in performer["takes"]],
        }
        for performer in request["performers"]
    ]
    background = {key: file_digest(Path(value)) if key in _FILES else value
                  for key, value in request["background"].items()}  # fmt: skip
    screen = [{**one, "picture": file_digest(Path(one["picture"]))} for one in request["screen"]]
    return {**request, "performers": performers, "background": background, "screen": screen}


def write_request(request: Mapping[str, Any], path: Path) -> Path:
    """Raises LikenessError ``output_unwritable``."""
    return write_file(path, (json.dumps(request, indent=1, ensure_ascii=False) + "\n").encode())


def _performer(
    storyboard: Storyboard, timing: Timing, name: str, place: int, acted: Sequence[Acted]
) -> dict[str, Any]:
    performer = storyboard.performers[name]
    looks, turns = find_looks(timing, name)
    return {
        "name": name,
        "avatar": _place(performer.avatar),
        "look": performer.look,
        "place": place,
        "takes": [{"performance": _place(done.folder), "start": round(done.act.start, 4)} for done in acted],
        "looks_at": looks,
        "turns": [{"start": round(start, 4), "looks_at": other} for start, other in turns],
    }


def find_looks(timing: Timing, name: str) -> tuple[str, list[tuple[float, str]]]:
    """Whom a performer looks at in the beginning, and from which second on at whom else.

    Who listens looks at who speaks. Who speaks looks at the viewer, in a conversation at who spoke before, or will.
    """
    others = [other for other in seen(timing.shot) if other != name]
    speakers = list(dict.fromkeys(one.spoken.line.performer for one in timing.placed))
    talks = timing.shot.looks == "each_other" or (not timing.shot.looks and len(speakers) > 1)
    if not others or timing.shot.looks == VIEWER or not (talks or speakers):
        return VIEWER, []
    looks: list[tuple[float, str]] = []
    for number, one in enumerate(timing.placed):
        target = _target(timing.placed, number, name, others) if talks or one.spoken.line.performer != name else VIEWER
        if not looks or looks[-1][1] != target:
            looks.append((max(one.first - 0.2, 0.0), target))  # eyes are there a moment before
    if not looks:
        return others[0] if talks else VIEWER, []
    return looks[0][1], looks[1:]


def _target(placed: Sequence[Placed], number: int, name: str, others: Sequence[str]) -> str:
    speaker = placed[number].spoken.line.performer
    if speaker != name:
        return speaker if speaker in others else VIEWER
    near = [*reversed(placed[:number]), *placed[number + 1 :]]
    return next((one.spoken.line.performer for one in near if one.spoken.line.performer in others), others[0])


def choose_preset(shot: Shot) -> str:
    """How much is seen of whom: as the shot says, else one alone, or all of several."""
    if shot.camera.preset:
        return shot.camera.preset
    count = 1 if shot.camera.subject else len(seen(shot))
    return _FOR_COUNT[min(count, len(_FOR_COUNT) - 1)]


def _first_speaker(timing: Timing) -> str:
    """Whom the camera is on where nobody is named: who speaks first, if they are seen."""
    speaker = timing.placed[0].spoken.line.performer if timing.placed else ""
    return speaker if speaker in seen(timing.shot) else ""


def _place(path: Path | None) -> str:
    """A path as the renderer finds it, whose working folder may be another."""
    return str(path.absolute()) if path is not None else ""


def _background(background: Background) -> dict[str, Any]:
    told: dict[str, Any] = {name: _place(path) for name in _FILES if (path := getattr(background, name)) is not None}
    told |= {name: value for name in ("set", "color") if (value := getattr(background, name))}
    told |= {name: value for name in ("horizon", "lens") if (value := getattr(background, name)) is not None}
    return told


def _screen(cache: Cache, one: Timed[Insert], size: tuple[int, int]) -> dict[str, Any]:
    insert = one.what
    picture = insert.file
    if insert.file.suffix.lower() == ".pdf":
        of = {
            "pdf": file_digest(insert.file), "page": insert.page, "size": list(size), "drawn": digest_graphics(),
        }  # fmt: skip
        folder, _ = cache.make("screen", of, lambda folder: _draw(insert, size, folder))
        picture = next(path for path in folder.iterdir() if path.suffix == ".png")
    return {"picture": _place(picture), "start": round(one.start, 4), "end": round(one.end, 4)}


def _draw(insert: Insert, size: tuple[int, int], folder: Path) -> None:
    slide_picture(insert, size, folder)


def _keep_clear(cut: Cut, form: str, size: tuple[int, int]) -> dict[str, float]:
    """What is drawn over the picture, and what the apps of phones draw over it."""
    left, top, right, bottom = safe_area(form)
    covered = {"left": left, "top": top, "right": 1.0 - right, "bottom": 1.0 - bottom}
    texts = [one.what for one in cut.texts]
    drawn = clear_shares([one.what for one in cut.inserts], cut.burned, size, texts, bool(cut.label), bool(cut.logo))
    return {side: max(share, drawn.get(side, 0.0)) for side, share in covered.items()}
