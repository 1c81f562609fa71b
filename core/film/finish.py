# SPDX-License-Identifier: GPL-3.0-or-later
"""From segments to delivered files: sound, film, captions, thumbnail, credentials, and a look at whether they hold."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.captions import Caption
from core.delivery import (
    Chapter,
    SoundPart,
    find_codec,
    join_captions,
    join_film,
    mix_sound,
    probe,
    write_caption_files,
)
from core.delivery.sound import PEAK
from core.errors import LikenessError
from core.film.cache import Cache, digest_of, file_digest, unwritable
from core.film.cut import Cut
from core.film.lock import locked
from core.film.plan import find_cue
from core.film.poster import write_poster
from core.progress import Progress
from core.storage import read_json, write_json
from core.storyboard.storyboard import Storyboard
from core.trust.credentials import Provenance, sign_file
from core.trust.findable import has_sound_mark, tell_unheard
from core.trust.sequence import sign_sequence
from core.trust.sound_mark import mark_sound, measure_heard
from core.trust.verify import verify_file
from core.voice.loudness import normalise

VIDEO_GAIN = -6.0  # dB, of the sound of a video beside somebody


@dataclass(frozen=True)
class Whole:
    """A film's shots in their order, in any format. starts: seconds at which each begins."""

    storyboard: Storyboard
    cuts: tuple[Cut, ...]

    @property
    def starts(self) -> list[float]:
        ends = np.cumsum([cut.frames / cut.fps for cut in self.cuts])
        return [0.0, *ends[:-1].tolist()]

    @property
    def seconds(self) -> float:
        return sum(cut.frames / cut.fps for cut in self.cuts)

    @property
    def captions(self) -> tuple[Caption, ...]:
        return join_captions(
            (start, [caption for said in cut.said for caption in said.captions])
            for start, cut in zip(self.starts, self.cuts, strict=True)
            if cut.shot.captions
        )

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """One a scene; none where there is but one."""
        if not self.storyboard.delivery.chapters or len(self.storyboard.scenes) < 2:
            return ()
        starts = dict(zip((cut.shot.name for cut in self.cuts), self.starts, strict=True))
        return tuple(Chapter(starts[scene.shots[0].name], scene.name) for scene in self.storyboard.scenes)

    @property
    def poster(self) -> float:
        """The second that stands for the film: its cue's, else the middle of the first sentence that is said."""
        cue = self.storyboard.delivery.thumbnail
        if cue.at is not None:
            return min(cue.at, self.seconds - 1e-3)
        for start, cut in zip(self.starts, self.cuts, strict=True):
            found = find_cue(cue, cut.said) if cue.word else None
            if found is not None:
                return start + found
        for start, cut in zip(self.starts, self.cuts, strict=True):
            if cut.said and cut.said[0].words:
                return start + cut.said[0].words[0].end
        return self.seconds / 3


def mix(whole: Whole, payload: int) -> tuple[np.ndarray, int]:
    """The film's sound with its mark, the same in all formats."""
    parts = []
    for start, cut in zip(whole.starts, whole.cuts, strict=True):
        for said in cut.said:
            early = max(-(start + said.start), 0.0)
            parts.append(SoundPart(said.speech / "speech.wav", start + said.start + early, offset=early))
        for one in cut.inserts:
            if one.what.kind == "video" and probe(one.what.file).has_sound:
                length = one.end - one.start
                parts.append(SoundPart(one.what.file, start + one.start, VIDEO_GAIN, length, is_speech=False))
    storyboard = whole.storyboard
    loudness = storyboard.delivery.loudness
    wave, rate = mix_sound(parts, whole.seconds, storyboard.music, loudness)
    # The mark makes a second of speech up to 0.4 LU louder.
    return normalise(mark_sound(wave, rate, payload), rate, loudness, PEAK), rate


@dataclass(frozen=True)
class Finished:
    """files: film, captions, thumbnail. state: of `core.trust.verify`. warnings: marks that cannot be found."""

    files: tuple[Path, ...]
    state: str
    was_made: bool
    warnings: tuple[str, ...] = ()


def finish(
    cache: Cache,
    whole: Whole,
    segments: Sequence[Path],
    sound: tuple[np.ndarray, int],
    film: Path,
    provenance: Provenance,
    progress: Progress,
) -> Finished:
    """Join, sign and verify a film, and what lies beside it. What is there already and did not change stays.

    film: where it goes, with its suffix. Raises LikenessError as `join_film`, `sign_file` and others do, and
    ``film_unverified``.
    """
    of = tell_film(whole, segments, sound, film, provenance)
    known = _known(cache, of, film)
    if known is not None:
        return known
    lock = cache.place("film", f".{film.name}.lock")
    try:
        film.parent.mkdir(parents=True, exist_ok=True)
        lock.parent.mkdir(parents=True, exist_ok=True)
        with locked(lock, progress):  # two that make the same film at once would write into one another's
            known = _known(cache, of, film)
            if known is not None:
                return known
            done = _deliver(whole, segments, sound, film, provenance, progress)
            _note(cache, of, done)
    except OSError as error:
        raise unwritable(film.parent, error) from error
    return done


def _note(cache: Cache, of: dict[str, Any], done: Finished) -> None:
    """What was delivered, so that it is known again."""
    digests = {path.name: _digest(path) for path in done.files}

    def write(folder: Path) -> None:
        said = {"state": done.state, "files": digests, "warnings": list(done.warnings)}
        write_json(folder / "film.json", said)

    shutil.rmtree(cache.place("film", digest_of("film", of)), ignore_errors=True)
    cache.make("film", of, write)


def _deliver(
    whole: Whole,
    segments: Sequence[Path],
    sound: tuple[np.ndarray, int],
    film: Path,
    provenance: Provenance,
    progress: Progress,
) -> Finished:
    """All files of a film, and what verifying it said."""
    delivery = whole.storyboard.delivery
    part = film.with_name(f".{film.stem}.new{film.suffix}")
    shown = whole.captions if "files" in delivery.captions else ()
    language = whole.storyboard.language
    try:
        progress(0.0, "Joining the shots")
        join_film(segments, *sound, part, delivery.codec, whole.chapters, shown, whole.storyboard.title, language)
        progress(0.5, "Signing")
        signed, warnings = _claim(part, film.name, sound, provenance)
        is_folder = bool(find_codec(delivery.codec).picture)
        (sign_sequence if is_folder else sign_file)(part, signed)
        progress(0.7, "Verifying")
        state = _verify(part, film)
        _put(part, film)
    except BaseException:
        _remove(part)
        raise
    files = [film, *write_caption_files(shown, film)]
    fps = whole.cuts[0].fps
    poster = film.with_name(f"{film.stem}.jpg")
    files.append(write_poster(segments, whole.starts, fps, whole.poster, poster, provenance))
    return Finished(tuple(files), state, True, warnings)


def _claim(
    part: Path, name: str, sound: tuple[np.ndarray, int], provenance: Provenance
) -> tuple[Provenance, tuple[str, ...]]:
    """What a film says of its marks: only of those that can be found; and what has to be told of the others."""
    payload, (wave, rate) = provenance.payload, sound
    if payload is None or "sound" not in provenance.marked or has_sound_mark(part, wave, rate, payload):
        return provenance, ()
    told = (tell_unheard(name),) if measure_heard(wave, rate) else ()
    return replace(provenance, marked=tuple(one for one in provenance.marked if one != "sound")), told


def tell_film(
    whole: Whole, segments: Sequence[Path], sound: tuple[np.ndarray, int], film: Path, provenance: Provenance
) -> dict[str, Any]:
    """All that a delivered film depends on, as plain JSON."""
    import hashlib

    return {
        "name": film.name,
        "segments": [segment.parent.name for segment in segments],
        "sound": hashlib.sha256(sound[0].tobytes()).hexdigest(),
        "captions": [[one.start, one.end, list(one.lines)] for one in whole.captions],
        "kinds": list(whole.storyboard.delivery.captions),
        "chapters": [[one.start, one.title] for one in whole.chapters],
        "poster": whole.poster,
        "provenance": provenance.as_dict(),
    }


def _known(cache: Cache, of: dict[str, Any], film: Path) -> Finished | None:
    """The film as it was delivered before, if nobody touched it."""
    digest = digest_of("film", of)
    if not cache.has("film", digest):
        return None
    said = read_json(cache.place("film", digest) / "film.json")
    files = {film.with_name(name): content for name, content in said["files"].items()}
    if not all(path.exists() and _digest(path) == content for path, content in files.items()):
        return None
    cache.used.add(("film", digest))
    return Finished(tuple(files), said["state"], False, tuple(said.get("warnings", ())))


def _digest(path: Path) -> str:
    """Of a file, or of the list that signs a folder of pictures."""
    return file_digest(path / "credentials.json" if path.is_dir() else path)


def _verify(part: Path, film: Path) -> str:
    # Without a search for the marks, which were put in just now: where little of a picture is seen it takes long.
    found = verify_file(part, marks=False)
    if found.state != "intact":
        why = "; ".join(found.reasons) or found.state
        raise LikenessError(
            "film_unverified", f"{film.name} does not verify after it was signed: {why}.", "Make it again; report it."
        )
    return found.state


def _put(part: Path, film: Path) -> None:
    if film.is_dir():
        shutil.rmtree(film)
    part.replace(film)


def _remove(part: Path) -> None:
    """Nothing half done stays."""
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            part.unlink()
