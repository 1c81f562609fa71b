# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that finish what was rendered inside Blender."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.jobs.param import bad_params
from core.progress import Progress

if TYPE_CHECKING:
    from core.trust.gate import Likeness


def check_clip(
    progress: Progress, shown: str, use: str, quality: str, label: bool, label_reason: str
) -> dict[str, Any]:
    """Refuse a clip before it is rendered. shown: who is shown and heard, a list of objects as JSON."""
    from core.film.clip import require_clip

    return {"consents": [dict(one) for one in require_clip(read_shown(shown), use, quality, label, label_reason)]}


def finish_clip(
    progress: Progress,
    pictures: Path,
    sound: Path | None,
    out: Path,
    fps: float,
    shown: str,
    title: str | None,
    fonts: Path | None,
    **choices: Any,
) -> dict[str, Any]:
    """Pictures and sound to a labelled, marked, signed MP4. fps: as Blender has it, such as 29.97."""
    from core.film.clip import Clip, finish_clip

    rate = Fraction(fps).limit_denominator(1001)
    clip = Clip(pictures, sound, rate, read_shown(shown), title or out.stem, **choices)
    done = finish_clip(clip, out, fonts, progress)
    return {"file": str(out), "state": done.state, "warnings": list(done.warnings)}


def read_shown(text: str) -> tuple[Likeness, ...]:
    """Who is shown and heard: ``{"kind", "name", "ids", "consent"}`` each. Raises LikenessError ``bad_params``.

    A voice that is a profile's is read from its folder, where that is still there.
    """
    try:
        found = json.loads(text or "[]")
        return tuple(filter(None, map(_read_one, found)))
    except (ValueError, AttributeError, TypeError) as error:
        raise bad_params("shown must be a list of objects as JSON.", f"It was {text!r}."[:200]) from error


def _read_one(entry: dict[str, Any]) -> Likeness | None:
    from core.trust.gate import Likeness, read_voice, voice_folder

    kind, name = str(entry.get("kind", "avatar")), str(entry.get("name", ""))
    consent = {key: value for key, value in dict(entry.get("consent") or {}).items() if key != "synthetic"}
    folder = voice_folder(name) if kind == "voice" else None
    if folder is not None and (folder / "voice.json").is_file():
        return read_voice(name)
    if kind == "voice" and folder is None and not consent:
        return read_voice(name)  # a voice of nobody
    return Likeness(kind, name, tuple(map(str, entry.get("ids", ()))), consent)
