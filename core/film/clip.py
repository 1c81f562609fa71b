# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip that an artist rendered in Blender, finished as films are: labelled, marked, encoded, signed, verified."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from core.consent import is_recorded
from core.delivery import Encoder, join_film, read_picture, read_sound
from core.errors import LikenessError
from core.film.cut import Cut, Faces
from core.graphics import compose, draw_cut, find_fonts, label_text
from core.progress import Progress, silent
from core.storage import read_npz
from core.storyboard.storyboard import Shot
from core.trust.credentials import Ingredient, Provenance, mark_payload, sign_file
from core.trust.findable import has_sound_mark, tell_unheard, tell_unmarked
from core.trust.gate import Likeness, find_refusals
from core.trust.picture_mark import LEAST_SIDE, PictureMarker
from core.trust.sound_mark import mark_sound, measure_heard
from core.trust.verify import verify_file

EDITS = (
    "Animated likenesses were performed and rendered in Blender",
    "The label was drawn over it, and it was encoded",
)
DRAWN, SIGNED = 0.85, 0.95  # how far the whole is when each step ends


@dataclass(frozen=True)
class Clip:
    """What is to be finished.

    pictures: a folder with ``000001.png`` and on, and ``faces.npz`` as the renderer writes it, where faces are known.
    sound: a wave file, or None. shown: who is shown and heard. use, quality: as `Provenance` has them. label_reason:
    why there is no label; empty where there is one. language: of the label.
    """

    pictures: Path
    sound: Path | None
    fps: Fraction
    shown: tuple[Likeness, ...]
    title: str
    use: str = "public"
    quality: str = "final"
    label: bool = True
    label_reason: str = ""
    language: str = "en"


def require_clip(
    shown: Sequence[Likeness], use: str, quality: str, label: bool, label_reason: str
) -> tuple[Mapping[str, Any], ...]:
    """Raise where this may not be rendered, before anything is; else the consents that it is rendered by.

    Raises LikenessError as `require_renderable` does, and ``label_reason_missing``.
    """
    for refusal in find_refusals(shown, use, quality):
        raise refusal
    if not label and not label_reason.strip():
        raise LikenessError(
            "label_reason_missing",
            "The visible label is turned off, but nothing says why.",
            "Write the reason, which is signed with the clip, or leave the label on.",
        )
    named = [{one.kind if one.kind == "avatar" else "voice": one.name, **one.consent} for one in shown]
    return tuple(record for record, one in zip(named, shown, strict=True) if is_recorded(one.consent))


@dataclass(frozen=True)
class FinishedClip:
    """state: of `core.trust.verify`. warnings: invisible marks that it does not have, or that cannot be found."""

    state: str
    warnings: tuple[str, ...] = ()


def finish_clip(clip: Clip, out: Path, fonts: Path | None = None, progress: Progress = silent) -> FinishedClip:
    """Write the clip to ``out`` as MP4, whole or not at all.

    Raises LikenessError as `require_clip`, `read_picture`, `Encoder`, `join_film` and `sign_file` do, ``film_empty``
    and ``film_unverified``; what progress raises.
    """
    consents = require_clip(clip.shown, clip.use, clip.quality, clip.label, clip.label_reason)
    pictures = sorted(clip.pictures.glob("[0-9]*.png"))
    if not pictures:
        raise LikenessError("film_empty", f"{clip.pictures} has no pictures.", "Render the clip again.")
    provenance = make_provenance(clip, consents)
    payload = mark_payload(provenance.identifier)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.stem}.", dir=out.parent) as room:
        segment, whole = Path(room) / "segment.mp4", Path(room) / out.name
        size = _encode(clip, pictures, payload, segment, fonts, progress)
        progress(DRAWN, "Marking the sound")
        wave, rate = read_sound(clip.sound) if clip.sound is not None else (None, 48000)
        wave = None if wave is None else mark_sound(wave, rate, payload)
        join_film([segment], wave, rate, whole, "h264", title=clip.title, language=clip.language)
        progress(SIGNED, "Signing")
        unmarked = tell_unmarked(out.name, size)
        is_heard = wave is not None and measure_heard(wave, rate) > 0
        is_sound_marked = wave is not None and has_sound_mark(whole, wave, rate, payload)
        marked = (*(() if unmarked else ("picture",)), *(("sound",) if is_sound_marked else ()))
        sign_file(whole, replace(provenance, marked=marked))
        state = _verify(whole, out.name)
        whole.replace(out)
    progress(1.0, "Done")
    unheard = tell_unheard(out.name) if is_heard and not is_sound_marked else ""
    return FinishedClip(state, tuple(filter(None, (unmarked, unheard))))


def _verify(whole: Path, name: str) -> str:
    found = verify_file(whole, marks=False)
    if found.state != "intact":
        raise LikenessError(
            "film_unverified",
            f"{name} does not verify after it was signed: {'; '.join(found.reasons) or found.state}.",
            "Render it again; report it.",
        )
    return found.state


def make_provenance(clip: Clip, consents: Sequence[Mapping[str, Any]]) -> Provenance:
    """What the clip says of itself; its identifier is of its name and whom it shows."""
    ingredients = [
        Ingredient("avatar" if one.kind == "avatar" else "voice", one.name, id=one.ids[0] if one.ids else "")
        for one in clip.shown
    ]
    ids = sorted(one for likeness in clip.shown for one in likeness.ids)
    return Provenance(
        title=clip.title,
        ingredients=tuple(dict.fromkeys(ingredients)),
        consents=tuple(consents),
        label=label_text(clip.language) if clip.label else "",
        label_reason="" if clip.label else clip.label_reason.strip(),
        identifier=hashlib.sha256("|".join((clip.title, *ids)).encode()).hexdigest()[:32],
        edits=EDITS,
        use=clip.use,
        quality=clip.quality,
    )


def _encode(
    clip: Clip, pictures: Sequence[Path], payload: int, out: Path, fonts: Path | None, progress: Progress
) -> tuple[int, int]:
    """The pictures with label and marks as one segment; how large they are: the smallest have no invisible mark."""
    height, width = read_picture(pictures[0]).shape[:2]
    size = (width, height)
    faces = clip.pictures / "faces.npz"
    label = label_text(clip.language) if clip.label else ""
    fps = max(round(clip.fps), 1)
    cut = Cut(Shot("clip"), len(pictures), fps, (), (), (), False, label, None, clip.quality == "draft")
    boxes: Mapping[str, np.ndarray] = read_npz(faces) if faces.is_file() else {}
    layers = draw_cut(cut, size, Faces(boxes), find_fonts(fonts))
    marker = PictureMarker(size, payload) if min(size) >= LEAST_SIDE else None
    with Encoder(out, "h264", size, clip.fps, quality=clip.quality) as film:
        for number, picture in enumerate(pictures):
            progress(DRAWN * number / len(pictures), f"Marking frame {number + 1} of {len(pictures)}")
            frame = compose(np.ascontiguousarray(read_picture(picture)[..., :3]), layers, number / fps)
            film.write(marker.mark(frame) if marker is not None else frame)
    return size
