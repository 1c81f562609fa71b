# SPDX-License-Identifier: GPL-3.0-or-later
"""From a storyboard to delivered files, each step out of the cache where nothing changed that it depends on."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from core.delivery import find_codec, picture_size
from core.errors import LikenessError
from core.film.acting import Acted, act_out, find_seed
from core.film.blender import Blender, Renderer, find_blender
from core.film.cache import Cache
from core.film.cast import ask_consent, ask_voices, doubt_consent, gather_cast
from core.film.cut import Cut
from core.film.film import Film, FilmOptions, choose
from core.film.finish import Whole, finish, mix
from core.film.lines import Spoken, speak_line
from core.film.plan import Timing, find_hurried, find_unseen, fit_cut, make_cut, time_shot
from core.film.provenance import identify, make_provenance
from core.film.request import digest_request, make_request, write_request
from core.film.segments import Style, find_fades, is_markable, make_segment
from core.graphics import find_fonts, label_text
from core.progress import Progress, silent, span
from core.storyboard import read_storyboard
from core.storyboard.problems import located
from core.storyboard.storyboard import Storyboard
from core.trust.credentials import mark_payload
from core.trust.findable import tell_unmarked

T = TypeVar("T")
# How far the whole is when each step ends.
CAST, SPOKEN, ACTED, FILMED = 0.05, 0.12, 0.25, 0.95
PLATE_SHARE = 0.75  # of a shot in a format: rendered, then drawn over


def make_film(
    storyboard: Path,
    out: Path,
    options: FilmOptions = FilmOptions(),  # noqa: B008 (frozen)
    progress: Progress = silent,
    renderer: Renderer | None = None,
) -> Film:
    """Make a film of a storyboard: ``NAME_16x9.mp4`` and what belongs to it for each format, in the folder ``out``.

    Whatever was made before and still holds is reused; a killed run goes on where it was. renderer: what makes plates,
    else a Blender of its own, started when a plate is missing.

    Raises StoryboardInvalid; LikenessError ``storyboard_unfilled`` where a storyboard has fields, but no row came
    along; as `ask_consent`, `speak_line`, `act_out`, `Blender`, `make_segment` and `finish` do; what progress raises.
    """
    begin = time.monotonic()
    board = choose(read_storyboard(storyboard, options.row), options)
    _require_filled(board)
    if options.blender is not None and renderer is None:
        find_blender(options.blender)  # told before anything takes long
    name = options.name or Path(storyboard).stem
    cache = Cache(options.cache or Path(out) / f"{name}.cache")
    making = _Making(cache, board, options, Path(out), name)
    try:
        film = making.run(progress, renderer)
    finally:
        if making.blender is not None:
            making.blender.close()
    cache.clean(options.cache_bytes)
    progress(1.0, "Done")
    return replace(film, seconds=time.monotonic() - begin)


def prepare_shot(
    storyboard: Path, shot: str, out: Path, options: FilmOptions = FilmOptions(), progress: Progress = silent  # noqa: B008
) -> tuple[Path, tuple[str, ...]]:
    """Speak and perform one shot as `make_film` would, into the same cache, and write its request ``shot.json``.

    Nothing is rendered, so that no consent is needed yet, as of a draft. Returns the request, and what has to be told.
    Raises as `make_film` does until it renders.
    """
    board = choose(read_storyboard(storyboard, options.row), replace(options, shots=(shot,)))
    _require_filled(board)
    board = replace(board, delivery=replace(board.delivery, quality="draft"))
    name = options.name or Path(storyboard).stem
    making = _Making(Cache(options.cache or Path(out) / f"{name}.cache"), board, options, Path(out), name)
    request = making.prepare(progress)
    return request, tuple(dict.fromkeys(making.warnings))


def _require_filled(storyboard: Storyboard) -> None:
    if storyboard.fields:
        name, place = next(iter(storyboard.fields.items()))
        raise LikenessError(
            "storyboard_unfilled",
            f"{storyboard.name}, line {place.line}, column {place.column}: nothing says what {{{name}}} is.",
            f"Give a value for each field, such as --set {name}=VALUE, or make a campaign of a table.",
        )


@dataclass(frozen=True)
class _Planned:
    """All that is known of a film's shots before they are rendered."""

    spoken: list[list[Spoken]]
    consents: Sequence[Mapping[str, Any]]
    timings: Sequence[Timing]
    acted: Sequence[Mapping[str, Sequence[Acted]]]
    cuts: tuple[Cut, ...]


@dataclass
class _Making:
    """One run: what it is made of, and what it came to."""

    cache: Cache
    board: Storyboard
    options: FilmOptions
    out: Path
    name: str
    blender: Blender | None = None
    reused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    made: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    warnings: list[str] = field(default_factory=list)
    plates: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def run(self, progress: Progress, renderer: Renderer | None) -> Film:
        planned = self._plan(span(progress, 0.0, ACTED))
        identifier = self.options.identifier or identify(self.board)
        whole = Whole(self.board, planned.cuts)
        segments = self._film(planned, identifier, renderer, span(progress, ACTED, FILMED))
        files, states = self._finish(whole, planned, identifier, segments, span(progress, FILMED, 1.0))
        return Film(files, whole.seconds, 0.0, _plain(self.reused), _plain(self.made),
                    tuple(dict.fromkeys(self.warnings)), states, planned.cuts, _plain(self.plates))  # fmt: skip

    def prepare(self, progress: Progress) -> Path:
        """The request of the first shot in the first format, for which everything but its pictures is made."""
        planned = self._plan(progress)
        form = self.board.delivery.formats[0]
        cut = fit_cut(planned.cuts[0], picture_size(form, self.board.delivery.size))
        request = make_request(self.cache, self.board, planned.timings[0], cut, planned.acted[0], form)

        def write(folder: Path) -> None:
            write_request(request, folder / "shot.json")

        entry, _ = self.cache.make("request", {"request": digest_request(request)}, write, progress)
        return entry / "shot.json"

    def _plan(self, progress: Progress) -> _Planned:
        """All speeches and performances, and when everything is."""
        self.board, people = gather_cast(self.cache, self.board, span(progress, 0.0, CAST / ACTED))
        self.made[""] += [f"person {name}" for name in people]
        ask_consent(self.board, ())  # before anything takes long; the voices are known a little later
        spoken = self._speak(span(progress, CAST / ACTED, SPOKEN / ACTED))
        consents = ask_consent(self.board, ask_voices(spoken))
        self.warnings += doubt_consent(self.board, ask_voices(spoken))
        timings = [
            time_shot(shot, lines, self.board.delivery.fps)
            for shot, lines in zip(self.board.shots, spoken, strict=True)
        ]
        acted = self._act(timings, span(progress, SPOKEN / ACTED, 1.0))
        label = label_text(self.board.language) if self.board.delivery.label else ""
        cuts = tuple(make_cut(self.board, timing, acts, label) for timing, acts in zip(timings, acted, strict=True))
        self.warnings += [sentence for cut in cuts for sentence in (*find_unseen(cut), *find_hurried(cut))]
        return _Planned(spoken, consents, timings, acted, cuts)

    def _speak(self, progress: Progress) -> list[list[Spoken]]:
        count, done = max(sum(len(shot.lines) for shot in self.board.shots), 1), 0
        spoken: list[list[Spoken]] = []
        for shot in self.board.shots:
            spoken.append([])
            for line in shot.lines:
                part = span(progress, done / count, (done + 1) / count)
                with located(self.board.name, line.position):
                    one = speak_line(self.cache, self.board, line, self.options.online, part)
                self._tell(shot.name, "speech", one.was_made)
                self.warnings += [f"{shot.name}: {text}" for text in one.speech.warnings]
                spoken[-1].append(one)
                done += 1
        return spoken

    def _act(self, timings: Sequence[Timing], progress: Progress) -> list[dict[str, Sequence[Acted]]]:
        count, done = max(sum(len(acts) for timing in timings for acts in timing.acts.values()), 1), 0
        found: list[dict[str, Sequence[Acted]]] = []
        for timing in timings:
            found.append({})
            for name, acts in timing.acts.items():
                performed = []
                performer = self.board.performers[name]
                seed = find_seed(performer, timing.placed)
                for act in acts:
                    part = span(progress, done / count, (done + 1) / count)
                    with located(self.board.name, timing.shot.position):
                        performed.append(act_out(self.cache, act, performer, seed, part))
                    self._tell(timing.shot.name, "performance", performed[-1].was_made)
                    done += 1
                found[-1][name] = performed
        return found

    def _film(
        self, planned: _Planned, identifier: str, renderer: Renderer | None, progress: Progress
    ) -> dict[str, list[Path]]:
        """Format -> segments. Shot by shot, in all formats: what stands in the scene is used again."""
        delivery, cuts = self.board.delivery, planned.cuts
        fonts = find_fonts(self.options.fonts)
        fades = find_fades([cut.shot.transition for cut in cuts])
        frames = sum(cut.frames for cut in cuts) * len(delivery.formats)
        segments: dict[str, list[Path]] = {form: [] for form in delivery.formats}
        done = 0
        for timing, whole, acts, dark in zip(planned.timings, cuts, planned.acted, fades, strict=True):
            for form in delivery.formats:
                cut = fit_cut(whole, picture_size(form, delivery.size))
                part = span(progress, done / frames, (done + cut.frames) / frames)
                said = _said(part, f"{cut.shot.name}, {form}")
                with located(self.board.name, timing.shot.position):
                    request = make_request(self.cache, self.board, timing, cut, acts, form)
                    plate = self._render(request, cut, form, renderer, span(said, 0.0, PLATE_SHARE))
                    segment, was_made = make_segment(
                        self.cache, cut, plate, self._style(form, identifier), dark, fonts,
                        span(said, PLATE_SHARE, 1.0),
                    )  # fmt: skip
                self._tell(cut.shot.name, f"segment {form}", was_made)
                segments[form].append(segment)
                done += cut.frames
        self.warnings += fonts.warnings
        return segments

    def _style(self, form: str, identifier: str) -> Style:
        delivery = self.board.delivery
        size = picture_size(form, delivery.size)
        return Style(form, size, delivery, mark_payload(identifier) if is_markable(delivery, size) else None)

    def _render(
        self, request: Mapping[str, Any], cut: Cut, form: str, renderer: Renderer | None, progress: Progress
    ) -> Path:
        def write(folder: Path) -> None:
            path = write_request(request, folder / "shot.json")
            answer = (renderer or self._start()).render(path, folder, progress)
            self.warnings += [f"{cut.shot.name}: {text}" for text in answer.get("warnings", ())]

        plate, was_made = self.cache.make("plate", digest_request(request), write, progress, resumes=True)
        self._tell(cut.shot.name, f"plate {form}", was_made)
        self.plates[form].append(plate)
        return plate

    def _start(self) -> Blender:
        if self.blender is None:
            self.blender = Blender(self.options.blender)
        return self.blender

    def _finish(
        self,
        whole: Whole,
        planned: _Planned,
        identifier: str,
        segments: Mapping[str, Sequence[Path]],
        progress: Progress,
    ) -> tuple[tuple[Path, ...], dict[str, str]]:
        delivery = self.board.delivery
        progress(0.0, "Mixing the sound")
        sound = mix(whole, mark_payload(identifier))
        files: list[Path] = []
        states: dict[str, str] = {}
        for number, form in enumerate(delivery.formats):
            film = self.out / f"{self.name}_{form.replace(':', 'x')}{find_codec(delivery.codec).suffix}"
            style = self._style(form, identifier)
            marked = ("picture", "sound") if style.payload is not None else ("sound",)
            label = whole.cuts[0].label
            provenance = make_provenance(
                self.board, planned.spoken, planned.consents, identifier, marked, label
            )
            part = span(progress, (number + 1) / (len(delivery.formats) + 1), 1.0)
            done = finish(self.cache, whole, segments[form], sound, film, provenance, part)
            self._tell("", film.name, done.was_made)
            self.warnings += filter(None, (tell_unmarked(film.name, style.size, delivery.codec == "exr"),))
            self.warnings += done.warnings
            files += done.files
            states[film.name] = done.state
        return tuple(files), states

    def _tell(self, shot: str, what: str, was_made: bool) -> None:
        told = (self.made if was_made else self.reused)[shot]
        if what not in told:
            told.append(what)


def _said(progress: Progress, where: str) -> Progress:
    """A Progress that also says which shot it is."""

    def report(fraction: float, text: str) -> None:
        progress(fraction, f"{where}: {text}")

    return report


def _plain(told: Mapping[str, list[T]]) -> dict[str, tuple[T, ...]]:
    return {shot: tuple(what) for shot, what in told.items() if what}
