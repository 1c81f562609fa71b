# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and phones of the take that plays as markers on the scene's timeline, and what a person did with them.

Markers carry no properties (in Blender 5), so ours are told by their names: ``/p/`` a phone (``/p?/`` one that
was heard with doubt), ``“word”`` a word. Those
of one kind are made in order, and Blender keeps that order, so a moved marker is still known.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import bpy

from .record import UNSURE, Change, Phone, Record, add_phone, move_boundary, remove_phone, set_phone

PHONES, WORDS = "PHONES", "WORDS"
# How a marker of each kind is called, and what of its name is the phone's or the word's.
FORMS = {PHONES: ("/{}/", re.compile(r"/([^/]*)/")), WORDS: ("“{}”", re.compile(r"“(.*)”"))}
PAUSE = "·"  # stands for a phone that is silence
DOUBT = "?"  # behind a phone that may be another one


def show_markers(scene: bpy.types.Scene, record: Record | None, start: float, kinds: Collection[str]) -> None:
    """Let the timeline have markers of these kinds for a record, at the frames where phones and words begin."""
    hide_markers(scene)
    for kind in FORMS:
        if record is not None and kind in kinds:
            for frame, name in _expected(scene, record, start, kind):
                scene.timeline_markers.new(name, frame=frame)


def hide_markers(scene: bpy.types.Scene) -> None:
    """Take our markers away; the artist's stay."""
    for marker in [m for m in scene.timeline_markers if any(form.fullmatch(m.name) for _, form in FORMS.values())]:
        scene.timeline_markers.remove(marker)


def read_changes(scene: bpy.types.Scene, record: Record, start: float) -> list[Change]:
    """What was done to the markers: moved (a boundary), renamed (another phone), deleted, added (a phone).

    Each change goes on from the one before; the last one's record has them all. Without markers of a kind nothing of
    that kind has changed.
    """
    changes: list[Change] = []

    def now() -> Record:
        return changes[-1].record if changes else record

    seen = _seen(scene, PHONES)
    if seen:
        _read_phones(scene, record, start, seen, changes)
    fps = scene.render.fps / scene.render.fps_base
    for number, ((frame, _), (expected, _)) in enumerate(
        zip(_seen(scene, WORDS), _expected(scene, record, start, WORDS), strict=False)
    ):
        first = next((n for n, phone in enumerate(now().phones) if phone.word == number), 0)
        if frame != expected and first:
            changes.append(move_boundary(now(), first, (frame - start) / fps))
    return changes


def _read_phones(
    scene: bpy.types.Scene, record: Record, start: float, seen: list[tuple[int, str]], changes: list[Change]
) -> None:
    fps = scene.render.fps / scene.render.fps_base
    expected = _expected(scene, record, start, PHONES)
    kept, gone = _match(seen, expected)

    def now() -> Record:
        return changes[-1].record if changes else record

    for number, (frame, name) in kept.items():
        if name != expected[number][1]:
            changes.append(set_phone(now(), number, _symbol(name), ""))
        if frame != expected[number][0] and number:
            changes.append(move_boundary(now(), number, (frame - start) / fps))
    for number in reversed(gone):
        changes.append(remove_phone(now(), number))
    for frame, name in seen[len(kept) :]:
        changes.append(add_phone(now(), (frame - start) / fps, _symbol(name), ""))


def _match(
    seen: list[tuple[int, str]], expected: list[tuple[int, str]]
) -> tuple[dict[int, tuple[int, str]], list[int]]:
    """Number of a phone -> its marker, and the numbers whose markers were deleted. Added markers come last."""
    missing = len(expected) - len(seen)
    if missing <= 0:
        return dict(enumerate(seen[: len(expected)])), []
    kept: dict[int, tuple[int, str]] = {}
    gone: list[int] = []
    place = 0
    for number, (frame, name) in enumerate(expected):
        rest = len(seen) - place
        is_there = place < len(seen) and (seen[place] == (frame, name) or len(gone) == missing)
        if is_there or rest >= len(expected) - number:
            kept[number] = seen[place]
            place += 1
        else:
            gone.append(number)
    return kept, gone


def _expected(scene: bpy.types.Scene, record: Record, start: float, kind: str) -> list[tuple[int, str]]:
    """Frame and name of every marker of a kind, as `show_markers` makes them."""
    fps = scene.render.fps / scene.render.fps_base
    form, _ = FORMS[kind]
    entries = record.phones if kind == PHONES else record.words
    return [
        (
            round(start + entry.start * fps),
            form.format(_name(entry) if isinstance(entry, Phone) else entry.text),
        )
        for entry in entries
    ]


def _seen(scene: bpy.types.Scene, kind: str) -> list[tuple[int, str]]:
    """Frame and name of every marker of a kind on the timeline, in the order in which they were made."""
    _, form = FORMS[kind]
    return [(marker.frame, marker.name) for marker in scene.timeline_markers if form.fullmatch(marker.name)]


def _name(phone: Phone) -> str:
    return (phone.phone or PAUSE) + (DOUBT if phone.confidence < UNSURE else "")


def _symbol(name: str) -> str:
    phone = FORMS[PHONES][1].fullmatch(name)[1].strip().removesuffix(DOUBT)
    return "" if phone == PAUSE else phone
