# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a film is as it should be: somebody who has made fifty does not watch all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.campaign.lips import Seen, Who, find_mouths, find_movement
from core.campaign.said import Name, find_name
from core.delivery import RATE, find_codec, probe, read_frames, read_sound
from core.errors import LikenessError
from core.film.film import Film
from core.progress import Progress, silent
from core.storyboard.storyboard import Storyboard
from core.trust.verification import Verification
from core.trust.verify import verify_file
from core.voice.loudness import measure_loudness, true_peak

LOUDNESS_ROOM, PEAK = 1.0, -0.9  # LU that a film may be off, and dBTP
SOUND_ROOM = 0.1  # seconds by which sound and pictures may differ in length
DARK = 12  # of 255: a film of which no pixel is brighter shows nothing


@dataclass(frozen=True)
class Check:
    """name: of what was looked at. text: what was found, a sentence. is_told: False where it could not be told, which
    is no failure, but has to be looked at."""

    name: str
    is_well: bool
    text: str
    is_told: bool = True


def check_film(
    film: Film, board: Storyboard, names: Mapping[str, str], progress: Progress = silent
) -> tuple[Check, ...]:
    """Look at all that was delivered. names: field -> what the row puts into it, of fields that are said.

    Raises what progress raises.
    """
    paths = [path for path in film.files if path.name in film.verified]
    found: list[Check] = []
    for number, path in enumerate(paths):
        progress(number / len(paths), f"Looking at {path.name}")
        try:
            found += _check_file(path, film, board, number)
            if number == 0:  # they all sound alike
                found += _check_names(film, path, names)
        except LikenessError as error:
            found.append(Check("plays", False, error.message))
    return _worst(found)


def said_fields(board: Storyboard, values: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an unfilled storyboard that somebody says, with what a row has for them; but for those in which it
    has nothing to say, such as a mark of exclamation."""
    from core.storyboard import used_fields
    from core.storyboard.piece import plain_name

    known = {plain_name(name): value for name, value in values.items()}
    lines = [line.text for shot in board.shots for line in shot.lines if line.recording is None]
    said = {name: str(known.get(plain_name(name), "")) for name in sorted(used_fields(tuple(lines)))}
    return {name: value for name, value in said.items() if any(letter.isalnum() for letter in value)}


def _check_file(path: Path, film: Film, board: Storyboard, number: int) -> Iterator[Check]:
    form = board.delivery.formats[number]
    media = probe(path)
    frames = sum(cut.frames for cut in film.cuts)
    mouths = find_mouths(film, form)
    shown, brightest = 0, 0
    for frame in read_frames(path, grey=True):
        brightest = max(brightest, int(frame.max()))
        mouths.look(shown, frame)
        shown += 1
    if shown != frames:
        yield Check("plays", False, f"{path.name} shows {shown} frames instead of {frames}.")
    elif brightest <= DARK and not board.delivery.alpha:
        yield Check("plays", False, f"{path.name} is black throughout.")
    else:
        yield Check("plays", True, f"All {shown} frames are shown.")
    yield _check_length(path, media.seconds, film.duration, float(1 / media.fps))
    yield from _check_sound(path, film, board)
    yield from _check_lips(path, mouths.movements())
    yield _check_signed(path, bool(find_codec(board.delivery.codec).picture))


def _check_length(path: Path, seconds: float, wanted: float, tick: float) -> Check:
    is_well = abs(seconds - wanted) <= tick
    rest = "." if is_well else f", not {wanted:.2f} s."
    return Check("length", is_well, f"{path.name} lasts {seconds:.2f} s{rest}")


def _check_sound(path: Path, film: Film, board: Storyboard) -> Iterator[Check]:
    is_heard = any(cut.said for cut in film.cuts) or board.music is not None
    wave, rate = read_sound(path)
    if abs(len(wave) / rate - film.duration) > SOUND_ROOM:
        text = f"The sound of {path.name} lasts {len(wave) / rate:.2f} s, its pictures {film.duration:.2f} s."
        yield Check("length", False, text)
    loudness, wanted = measure_loudness(wave, rate), board.delivery.loudness
    if math.isinf(loudness):
        yield Check("sound", not is_heard, f"{path.name} is silent.")
        return
    peak = 20 * math.log10(max(true_peak(wave), 1e-9))
    is_well = abs(loudness - wanted) <= LOUDNESS_ROOM and peak <= PEAK
    text = f"It is {loudness:.1f} LUFS loud, its peak is {peak:.1f} dBTP"
    yield Check("sound", is_well, f"{text}." if is_well else f"{text}; wanted are {wanted:g} LUFS and at most -1 dBTP.")


def _check_lips(path: Path, movements: Mapping[Who, Seen]) -> Iterator[Check]:
    """Wrong where somebody is seen to speak long enough, and their lips are still. Where that cannot be told it is said
    so; what is meant to be so does not matter where the same lips can be told in another shot."""
    if not movements:
        yield Check("lips", True, "Nobody is seen to speak.")
    told = {name for (_, name), seen in movements.items() if seen.movement is not None}
    for (shot, name), seen in movements.items():
        if seen.movement is not None and find_movement(seen.movement):
            yield Check("lips", True, "The lips of all who are seen to speak move.")
        elif seen.movement is not None:
            yield Check("lips", False, f"The lips of {name} do not move in {shot}.")
        elif not seen.is_meant or name not in told:
            text = f"Whether the lips of {name} move in {shot} of {path.name} could not be told: {seen.why}."
            yield Check("lips", True, text, is_told=False)


def _check_signed(path: Path, is_folder: bool) -> Check:
    seen = verify_file(path)
    if seen.state != "intact":
        return Check("signed", False, f"{path.name} is {seen.state}: {', '.join(seen.reasons) or 'not signed'}.")
    wrong = [] if is_folder else list(_find_wrong_marks(seen))
    if wrong:
        return Check("signed", False, " ".join(wrong))
    marked = any(mark is not None and mark.payload for mark in (seen.picture, seen.sound))
    return Check("signed", True, f"It is signed{' and marked' if marked else ''}, and as it was signed.")


def _find_wrong_marks(seen: Verification) -> Iterator[str]:
    """Marks that a film claims to have, but that are not found, or are another one's."""
    for part in seen.provenance.marked if seen.provenance is not None else ():
        mark = seen.picture if part == "picture" else seen.sound
        if mark is not None and not mark.payload:
            yield f"The invisible mark is not found in its {part}."
        elif mark is not None and mark.agrees is False:
            yield f"The invisible mark in its {part} is that of another film."


def _check_names(film: Film, path: Path, names: Mapping[str, str]) -> Iterator[Check]:
    sound = read_sound(path) if names else (np.zeros((0, 2), np.float32), RATE)
    for field, value in names.items():
        found: Name = find_name(film.cuts, sound, value)
        yield Check(f"said {field}", found.is_said, found.text)


def _worst(found: list[Check]) -> tuple[Check, ...]:
    """One of each name: what is wrong before what could not be told, and that before what is well; all of the first
    two in one."""
    named: dict[str, Check] = {}
    for check in found:
        before = named.get(check.name)
        if before is None or _weigh(check) > _weigh(before):
            named[check.name] = check
        elif _weigh(check) == _weigh(before) > 0 and check.text not in before.text:
            named[check.name] = replace(before, text=f"{before.text} {check.text}")
    return tuple(named.values())


def _weigh(check: Check) -> int:
    return 2 if not check.is_well else 1 if not check.is_told else 0
