# SPDX-License-Identifier: GPL-3.0-or-later
"""What a storyboard says behind its colons, read value by value. All raise `Wrong` where one cannot be read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.storyboard import tables
from core.storyboard.cues import take_cue
from core.storyboard.piece import Piece, plain_name
from core.storyboard.problems import Wrong, suggest
from core.storyboard.storyboard import Background, Camera, Cue, Insert, Music, Text

_YES, _NO = ("yes", "on", "true"), ("no", "off", "false")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_TRAILER = re.compile(r"\(([^()]*)\)\s*$")  # what a plate says of its camera
_PARTED = re.compile(r"(?<!\\)\|")
_AMOUNT = re.compile(r"(.*?)\s+(\d+)\s*%")


def read_text(piece: Piece) -> str:
    """What is shown, with \\( \\| and \\\\ as the characters themselves."""
    return re.sub(r"\\([(|\\])", r"\1", piece.text)


def write_text(text: str) -> str:
    """A text that `read_text` and `read_shown` read as it is."""
    return re.sub(r"([(|\\])", r"\\\1", " ".join(text.split()))


def read_number(piece: Piece, least: float = 0.0, most: float = 1e6) -> float:
    """A number; seconds, decibels and the like may have their unit."""
    found = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|db|lufs|mm|°)?", piece.text, re.IGNORECASE)
    if found is None:
        raise Wrong(piece.position, f"“{piece.text}” is no number.", "Write one such as 2.5.")
    value = float(found[1])
    if not least <= value <= most:
        raise Wrong(piece.position, f"{value:g} is too {'small' if value < least else 'large'}.",
                    f"Choose a number from {least:g} to {most:g}.")  # fmt: skip
    return value


def read_whole(piece: Piece, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number."""
    if not re.fullmatch(r"-?\d+", piece.text):
        raise Wrong(piece.position, f"“{piece.text}” is no whole number.", "Write one such as 25.")
    return int(read_number(piece, least, most))


def read_switch(piece: Piece) -> bool:
    """``yes`` or ``no``."""
    if piece.name not in (*_YES, *_NO):
        raise Wrong(piece.position, f"“{piece.text}” is neither yes nor no.", "Write yes or no.")
    return piece.name in _YES


def read_choice(piece: Piece, known: Iterable[str], what: str) -> str:
    """One of the known names. A value with a field in it passes; it is looked at when it is filled."""
    known = tuple(known)
    if piece.has_field:
        return piece.text
    found = next((name for name in known if plain_name(name) == piece.name), None)
    if found is None:
        raise Wrong(piece.position, f"There is no {what} “{piece.text}”.", suggest(piece.text, known))
    return found


def read_file(piece: Piece, folder: Path) -> Path:
    """A path; relative ones are taken from the storyboard's folder."""
    if not piece.text:
        raise Wrong(piece.position, "It names no file.", "Write the file's path.")
    return Path(os.path.normpath(folder / piece.text))


def read_voice(text: str, folder: Path) -> str:
    """A voice's id. ``ada.voice`` is a profile, with ``pocket:`` before it another provider's; relative paths are taken
    from the storyboard's folder."""
    provider, place = _parted_voice(text)
    return f"{provider}:{os.path.normpath(folder / place)}" if place else text


def write_voice(voice: str, tell: Callable[[Path], str]) -> str:
    """As `read_voice` reads it. tell: a path as it is written."""
    provider, place = _parted_voice(voice)
    if not place:
        return voice
    return tell(Path(place)) if provider == "profile" else f"{provider}:{tell(Path(place))}"


def _parted_voice(text: str) -> tuple[str, str]:
    """Provider and path of a folder NAME.voice; two empty ones for other voices."""
    found = re.fullmatch(r"(?:([a-z]\w+):)?(.+\.voice)", text)  # one letter is a drive of Windows
    return (found[1] or "profile", found[2]) if found else ("", "")


def read_camera(piece: Piece, folder: Path) -> Camera:
    """``close-up, push in 150%, on anna``, in any order; the comma before "on" may be missing."""
    camera = Camera(position=piece.position)
    for part in [part for told in piece.split(",") for part in _part_subject(told)]:
        name, amount = part.name, 1.0
        if with_amount := _AMOUNT.fullmatch(part.text):
            name, amount = plain_name(with_amount[1]), int(with_amount[2]) / 100
        if name.startswith("on_"):
            camera = replace(camera, subject=part.cut(3).text)
        elif name in tables.CAMERAS or part.has_field:
            camera = replace(camera, preset=part.text if part.has_field else name)
        elif name.removeprefix("slow_") in tables.MOVES:
            slower = 0.5 if name.startswith("slow_") else 1.0
            camera = replace(camera, move=name.removeprefix("slow_"), amount=amount * slower)
        else:
            known = (*tables.CAMERAS, *tables.MOVES)
            raise Wrong(part.position, f"There is no camera and no move “{part.text}”.", suggest(part.text, known))
    return camera


def _part_subject(piece: Piece) -> list[Piece]:
    """``close-up`` and ``on anna`` of ``close-up on anna``."""
    at = piece.text.find(" on ")
    return [piece] if at < 0 else [piece.cut(0, at), piece.cut(at)]


def write_camera(camera: Camera) -> str:
    """As `read_camera` reads it."""
    parts = [camera.preset.replace("_", " ")] if camera.preset else []
    if camera.move != "still" or camera.amount != 1.0:
        amount = "" if camera.amount == 1.0 else f" {camera.amount:.0%}"
        parts.append(camera.move.replace("_", " ") + amount)
    if camera.subject:
        parts.append(f"on {camera.subject}")
    return ", ".join(parts)


def read_focus(piece: Piece, folder: Path) -> tuple[tuple[str, Cue], ...]:
    """``anna, ben (at "second")``: between whom the focus goes."""
    found = []
    for part in piece.split(","):
        name, cue = take_cue(part)
        found.append((name.text, replace(cue, position=cue.position if cue.position.line else part.position)))
    return tuple(found)


def read_background(piece: Piece, folder: Path) -> Background:
    """A set, ``#rrggbb``, or a file by its kind; ``plate FILE (horizon -3, lens 35)`` matches the camera to it."""
    at = piece.position
    if piece.has_field and not Path(piece.text).suffix:
        return Background(set=piece.text, position=at)  # what it is shows when it is filled
    if piece.text.startswith("#"):
        return Background(color=_color(piece), position=at)
    if piece.text.casefold().startswith("plate "):
        return _plate(piece.cut(6), folder)
    suffix = Path(piece.text).suffix.lower()
    kinds = (("hdri", tables.HDRIS), ("video", tables.VIDEOS), ("picture", tables.PICTURES))
    for kind, suffixes in kinds:
        if suffix in suffixes:
            return replace(Background(position=at), **{kind: read_file(piece, folder)})
    if suffix:
        raise Wrong(at, f"“{piece.text}” is neither a picture nor a video.", "Use a file such as .png, .hdr or .mp4.")
    return Background(set=read_choice(piece, tables.SETS, "set"), position=at)


def _plate(piece: Piece, folder: Path) -> Background:
    trailer = _TRAILER.search(piece.text)
    file = piece.cut(0, trailer.start()) if trailer else piece
    background = Background(plate=read_file(file, folder), position=piece.position)
    for part in piece.cut(trailer.start(1), trailer.end(1)).split(",") if trailer else ():
        name, _, _ = part.text.partition(" ")
        if name not in ("horizon", "lens"):
            raise Wrong(part.position, f"A plate has no {name or 'nothing'}.", "It has horizon and lens.")
        low, high = (-90.0, 90.0) if name == "horizon" else (1.0, 2000.0)
        background = replace(background, **{name: read_number(part.cut(len(name)), low, high)})
    return background


def write_background(background: Background, tell: Callable[[Path], str]) -> str:
    """As `read_background` reads it. tell: a path as it is written."""
    if background.plate is not None:
        camera = {"horizon": background.horizon, "lens": background.lens}
        known = ", ".join(f"{name} {value:g}" for name, value in camera.items() if value is not None)
        return f"plate {tell(background.plate)}" + (f" ({known})" if known else "")
    file = background.picture or background.hdri or background.video
    return background.set or background.color or (tell(file) if file else "")


def _color(piece: Piece) -> str:
    if not _COLOR.fullmatch(piece.text):
        raise Wrong(piece.position, f"“{piece.text}” is no colour.", "Write one such as #00b140.")
    digits = piece.text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def read_insert(kind: str, suffixes: tuple[str, ...]) -> Callable[[Piece, Path], Insert]:
    """A reader of ``FILE page 2, left (at "word")``."""

    def read(piece: Piece, folder: Path) -> Insert:
        rest, cue = take_cue(piece)
        file, *others = rest.split(",")
        insert = Insert(kind, Path(), cue=cue, position=piece.position)
        if page := re.search(r"\s+page\s+(\d+)$", file.text, re.IGNORECASE):
            insert = replace(insert, page=read_whole(file.cut(page.start(1)), 1))
            file = file.cut(0, page.start())
        for part in others:
            insert = replace(insert, place=read_choice(part, tables.PLACES, "place"))
        suffix = Path(file.text).suffix.lower()
        if file.text and suffix not in suffixes and not (file.has_field and not suffix):
            raise Wrong(file.position, f"“{file.text}” is no {kind}.", f"Its name ends with {', '.join(suffixes)}.")
        return replace(insert, file=read_file(file, folder))

    return read


def write_insert(insert: Insert, tell: Callable[[Path], str]) -> str:
    """As `read_insert` reads it, without its cue."""
    page = f" page {insert.page}" if insert.page != 1 else ""
    return f"{tell(insert.file)}{page}, {insert.place}"


def read_shown(kind: str) -> Callable[[Piece, Path], Text]:
    """A reader of ``the text | the smaller line (at 2)``."""

    def read(piece: Piece, folder: Path) -> Text:
        rest, cue = take_cue(piece)
        parted = _PARTED.search(rest.text)
        first = rest.cut(0, parted.start()) if parted else rest
        second = read_text(rest.cut(parted.end())) if parted else ""
        if not first.text and kind != "lower_third":
            raise Wrong(piece.position, f"The {kind.replace('_', ' ')} says nothing.", "Write its text.")
        return Text(kind, read_text(first), second, cue, piece.position)

    return read


def read_music(piece: Piece, folder: Path) -> Music:
    """``bed.mp3, -12 dB, ducked -10 dB``."""
    file, *others = piece.split(",")
    if Path(file.text).suffix.lower() not in tables.SOUNDS and not file.has_field:
        raise Wrong(file.position, f"“{file.text}” is no sound.", f"Its name ends with {', '.join(tables.SOUNDS)}.")
    music = Music(read_file(file, folder))
    for part in others:
        is_ducked = part.text.casefold().startswith("ducked")
        level = read_number(part.cut(6) if is_ducked else part, -80.0, 0.0 if is_ducked else 20.0)
        music = replace(music, ducked=level) if is_ducked else replace(music, level=level)
    return music


def read_hold(piece: Piece, folder: Path) -> tuple[float, float]:
    """``0.3, 0.5``: seconds before the first and after the last word; one number is both."""
    values = [read_number(part, 0.0, 600.0) for part in piece.split(",")]
    if len(values) > 2:
        raise Wrong(piece.position, "It holds before and after, no more.", "Write two numbers.")
    return values[0], values[-1]


def read_names(piece: Piece, folder: Path) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(part.text for part in piece.split(",") if part.text)


# Key of a shot -> the field, and what reads its value. Those in `MANY` may stand several times.
SHOT_KEYS: Mapping[str, tuple[str, Callable[[Piece, Path], Any]]] = {
    "camera": ("camera", read_camera),
    "focus": ("focus", read_focus),
    "light": ("light", lambda piece, _: read_choice(piece, tables.LIGHTS, "light")),
    "background": ("background", read_background),
    "performers": ("performers", read_names),
    "looks": ("looks", lambda piece, _: read_choice(piece, tables.GAZES, "way to look")),
    "seconds": ("seconds", lambda piece, _: read_number(piece, 0.04, 3600.0)),
    "hold": ("hold", read_hold),
    "transition": ("transition", lambda piece, _: read_choice(piece, tables.TRANSITIONS, "transition")),
    "captions": ("captions", lambda piece, _: read_switch(piece)),
    "picture": ("inserts", read_insert("picture", tables.PICTURES)),
    "slide": ("inserts", read_insert("slide", tables.SLIDES)),
    "video": ("inserts", read_insert("video", tables.VIDEOS)),
    "title": ("texts", read_shown("title")),
    "lower_third": ("texts", read_shown("lower_third")),
    "note": ("texts", read_shown("note")),
}
MANY = ("inserts", "texts")
