# SPDX-License-Identifier: GPL-3.0-or-later
"""Words, phones and feelings of the take that plays as markers on the timeline, and what a person did with them.

Markers carry no properties (in Blender 5), so ours are told by their names: ``/p/`` a phone (``/p?/`` one that
was heard with doubt), ``“word”`` a word, ``‹joy›`` a feeling and ``‹·›`` where one ends and no other begins. Those
of one kind are made in order, and Blender keeps that order, so a moved marker is still known.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import bpy

from ..directing import FEELINGS as CATEGORIES
from .feelings import Track, add_feeling, move_feeling, remove_feeling
from .record import UNSURE, Change, Phone, Record, add_phone, move_boundary, remove_phone, set_phone

PHONES, WORDS, FEELINGS = "PHONES", "WORDS", "FEELINGS"
# How a marker of each kind is called, and what of its name is the phone's or the word's.
FORMS = {
    PHONES: ("/{}/", re.compile(r"/([^/]*)/")),
    WORDS: ("“{}”", re.compile(r"“(.*)”")),
    FEELINGS: ("‹{}›", re.compile(r"‹(.*)›")),
}
PAUSE = "·"  # stands for a phone that is silence, and for the end of a feeling
ADDED_STRENGTH = 0.7  # of a feeling that begins as a marker
DOUBT = "?"  # behind a phone that may be another one


def show_markers(
    scene: bpy.types.Scene, record: Record | None, start: float, kinds: Collection[str], track: Track = ()
) -> None:
    """Let the timeline have markers of these kinds for a record and an emotion track, where each entry begins."""
    hide_markers(scene)
    marks: list[tuple[int, str]] = []
    for kind in (PHONES, WORDS):
        if record is not None and kind in kinds:
            marks += _expected(scene, record, start, kind)
    if FEELINGS in kinds:
        marks += [(mark.frame, mark.name) for mark in _feeling_marks(scene, track, start)]
    for frame, name in marks:
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


def read_feeling_markers(scene: bpy.types.Scene, record: Record, track: Track, start: float) -> Track:
    """The emotion track with what was done to its markers: moved, renamed, deleted, added; itself where nothing was.

    Raises LikenessError as `add_feeling` does.
    """
    seen, expected = _seen(scene, FEELINGS), _feeling_marks(scene, track, start)
    if not seen:
        return track
    fps = scene.render.fps / scene.render.fps_base
    kept, gone = _match(seen, [(mark.frame, mark.name) for mark in expected])
    for place, (frame, name) in kept.items():
        mark, seconds = expected[place], (frame - start) / fps
        category = _category(name)
        if category is not None and not mark.is_end and name != mark.name:
            own = replace(track[mark.number], category=category)
            track = (*track[: mark.number], own, *track[mark.number + 1 :])
        if frame != mark.frame:
            track = move_feeling(track, record, mark.number, *((None, seconds) if mark.is_end else (seconds, None)))
    for mark in (expected[place] for place in reversed(gone)):
        if mark.is_end:  # nothing ends it, so it lasts until the next one
            last = [feeling.start for feeling in track[mark.number + 1 :]][:1] or [record.duration]
            track = move_feeling(track, record, mark.number, None, last[0])
        else:
            track = remove_feeling(track, mark.number)
    for frame, name in seen[len(kept) :]:
        category = _category(name)
        if category is not None:
            track, _ = add_feeling(track, record, (frame - start) / fps, category, ADDED_STRENGTH)
    return track


@dataclass(frozen=True)
class _Mark:
    """A marker of a feeling: where it begins, or where it ends and no other begins."""

    frame: int
    name: str
    number: int
    is_end: bool


def _feeling_marks(scene: bpy.types.Scene, track: Track, start: float) -> list[_Mark]:
    fps, (form, _) = scene.render.fps / scene.render.fps_base, FORMS[FEELINGS]
    marks = []
    for number, feeling in enumerate(track):
        begin, end = round(start + feeling.start * fps), round(start + feeling.end * fps)
        marks.append(_Mark(begin, form.format(feeling.category), number, False))
        following = track[number + 1] if number + 1 < len(track) else None
        if following is None or round(start + following.start * fps) > end:
            marks.append(_Mark(end, form.format(PAUSE), number, True))
    return marks


def _category(name: str) -> str | None:
    category = FORMS[FEELINGS][1].fullmatch(name)[1].strip().lower()
    return category if category in CATEGORIES else None


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
