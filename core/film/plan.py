# SPDX-License-Identifier: GPL-3.0-or-later
"""When everything in a shot happens: what is said, shown and looked at, of the lines as they are spoken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.captions import Caption, make_captions
from core.film.acting import Act, Acted, Placed, part_acts
from core.film.cut import Cut, Said, SaidWord, Timed
from core.film.lines import Spoken
from core.graphics.theme import find_sizes
from core.storyboard.check import seen
from core.storyboard.cues import find_phrase
from core.storyboard.storyboard import Cue, Insert, Shot, Storyboard, Text

# Seconds of silence between two lines: of one performer, and of two, who answer each other sooner.
PAUSE_SAME, PAUSE_OTHER = 0.45, 0.3
# Seconds that a lower third and a title over somebody stand where no cue says it, and when the former comes.
LOWER_THIRD, TITLE, LOWER_THIRD_AT = 5.0, 4.0, 0.4
READABLE = 1.0  # seconds that anything is seen at least


@dataclass(frozen=True)
class Timing:
    """A shot's lines where they are said, and how long it is. acts: performer -> what they do."""

    shot: Shot
    placed: tuple[Placed, ...]
    frames: int
    fps: int
    acts: dict[str, tuple[Act, ...]]

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


def time_shot(shot: Shot, spoken: Sequence[Spoken], fps: int) -> Timing:
    """Lines one after the other, with the pauses between them, and the shot's length in whole frames."""
    placed: list[Placed] = []
    for one in spoken:
        if not placed:
            begin = shot.hold[0]
        else:
            before = placed[-1].spoken.line
            pause = PAUSE_SAME if before.performer == one.line.performer else PAUSE_OTHER
            begin = placed[-1].last + (pause if before.pause is None else before.pause)
        placed.append(Placed(one, begin - one.first))
    said = placed[-1].last + (placed[-1].spoken.line.pause or 0.0) + shot.hold[1] if placed else 0.0
    frames = max(math.ceil(max(said, shot.seconds or 0.0) * fps - 1e-6), 1)
    acts = {
        name: part_acts([one for one in placed if one.spoken.line.performer == name], frames, fps)
        for name in seen(shot)
    }
    return Timing(shot, tuple(placed), frames, fps, acts)


def make_cut(storyboard: Storyboard, timing: Timing, acted: dict[str, Sequence[Acted]], label: str) -> Cut:
    """The cut of a shot."""
    shot, seconds = timing.shot, timing.seconds
    said = tuple(_say(one, acted.get(one.spoken.line.performer, ()), seconds) for one in timing.placed)
    delivery = storyboard.delivery
    return Cut(
        shot=shot,
        frames=timing.frames,
        fps=timing.fps,
        said=said,
        inserts=time_inserts(shot.inserts, said, seconds),
        texts=time_texts(_named(storyboard, shot), said, seconds, bool(seen(shot))),
        burned=shot.captions and "burned" in delivery.captions and any(one.words for one in said),
        label=label,
        logo=storyboard.logo,
        is_draft=delivery.quality == "draft",
    )


def fit_cut(cut: Cut, size: tuple[int, int]) -> Cut:
    """The cut for a picture's shape: where inserts stand above the face, a set's screen would be tiny, so that what it
    shows is drawn there."""
    if not find_sizes(size).is_stacked:
        return cut
    inserts = [
        replace(one, what=replace(one.what, place="right")) if one.what.place == "screen" else one
        for one in cut.inserts
    ]
    return replace(cut, inserts=tuple(inserts))


def find_unseen(cut: Cut) -> list[str]:
    """What the shot has, but nobody would see, in sentences: it begins after the shot, or after its own end."""
    there = [(one.what.kind, one.what.cue, one.what.position) for one in (*cut.inserts, *cut.texts)]
    length = f"that of the shot ({cut.frames / cut.fps:.1f} s)"
    return [
        f"{cut.shot.name}: {_tell(one)} of line {one.position.line} is not seen; it begins after its end, or {length}."
        for one in (*cut.shot.inserts, *cut.shot.texts)
        if (one.kind, one.cue, one.position) not in there
    ]


def find_hurried(cut: Cut) -> list[str]:
    """What is seen too briefly to be read, in sentences."""
    return [
        f"{cut.shot.name}: {_tell(one.what)} of line {one.what.position.line} is seen for {one.end - one.start:.1f} s; "
        "let it begin sooner, or hold the shot longer."
        for one in (*(one for one in cut.inserts if one.what.kind == "slide"), *cut.texts)
        if one.end - one.start < READABLE
    ]


def _tell(one: Insert | Text) -> str:
    return f"the {one.kind.replace('_', ' ')} “{one.text if isinstance(one, Text) else one.file.name}”"


def _say(one: Placed, acted: Sequence[Acted], seconds: float) -> Said:
    speech, start = one.spoken.speech, one.start
    performance = next((done.folder for done in acted if any(one is other for other in done.act.placed)), Path())
    words = tuple(
        SaidWord(max(word.start + start, 0.0), min(word.end + start, seconds), word.text) for word in speech.words
    )
    captions = tuple(
        moved for caption in make_captions(speech) if (moved := _move(caption, start, seconds)).end > moved.start
    )
    return Said(one.spoken.line, start, start + speech.duration, one.spoken.folder, performance, speech.language,
                words, captions)  # fmt: skip


def _move(caption: Caption, start: float, seconds: float) -> Caption:
    return replace(caption, start=max(caption.start + start, 0.0), end=min(caption.end + start, seconds))


def find_cue(cue: Cue, said: Sequence[Said]) -> float | None:
    """The second at which a cue is; None where it names no time, or a word that is not said."""
    if cue.at is not None:
        return cue.at
    nth = cue.nth
    for one in said if cue.word else ():
        texts = [word.text for word in one.words]
        count = 1
        while (index := find_phrase(texts, cue.word, count, one.language)) is not None:
            if nth == 1:
                return one.words[index].start
            nth, count = nth - 1, count + 1
    return None


def time_inserts(inserts: Sequence[Insert], said: Sequence[Said], seconds: float) -> tuple[Timed[Insert], ...]:
    """Each from its cue, else from the shot's beginning, until its end or the next one's in the same place."""
    starts = [find_cue(one.cue, said) or 0.0 for one in inserts]
    timed = []
    for number, (insert, start) in enumerate(zip(inserts, starts, strict=True)):
        later = [
            other for index, other in enumerate(starts)
            if inserts[index].place == insert.place and (other, index) > (start, number)
        ]  # fmt: skip
        end = min([insert.cue.until if insert.cue.until is not None else seconds, seconds, *later])
        if end > start:
            timed.append(Timed(insert, start, end))
    return tuple(timed)


def time_texts(
    texts: Sequence[Text], said: Sequence[Said], seconds: float, is_over_somebody: bool
) -> tuple[Timed[Text], ...]:
    """Each from its cue; bullets without one are spread over what is said."""
    bullets = iter(spread_bullets([text for text in texts if text.kind == "bullet"], said, seconds))
    timed = []
    for text in texts:
        start = next(bullets) if text.kind == "bullet" else find_cue(text.cue, said)
        end = seconds
        if text.kind == "lower_third":
            start = LOWER_THIRD_AT if start is None else start
            end = start + LOWER_THIRD
        elif text.kind == "title" and is_over_somebody:
            end = (start or 0.0) + TITLE
        end = min(text.cue.until if text.cue.until is not None else end, seconds)
        if end > (start or 0.0):
            timed.append(Timed(text, start or 0.0, end))
    return tuple(timed)


def spread_bullets(bullets: Sequence[Text], said: Sequence[Said], seconds: float) -> list[float]:
    """When each bullet appears: those without a cue evenly between the others, each where a word begins."""
    words = [word for one in said for word in one.words]
    first, last = (words[0].start, words[-1].end) if words else (0.0, seconds)
    known = {index: at for index, bullet in enumerate(bullets) if (at := find_cue(bullet.cue, said)) is not None}
    places = [-1, *sorted(known), len(bullets)] if 0 not in known else [*sorted(known), len(bullets)]
    times = [first if place < 0 else known.get(place, last) for place in places]
    # Where the first one has no cue it comes with the first word: the stretch then begins at index 0.
    places = [max(place, 0) for place in places]
    spread = np.interp(np.arange(len(bullets)), places, times) if bullets else np.zeros(0)
    starts = np.array([word.start for word in words])
    return [
        known[index] if index in known else float(starts[np.abs(starts - at).argmin()] if len(starts) else at)
        for index, at in enumerate(spread)
    ]


def _named(storyboard: Storyboard, shot: Shot) -> tuple[Text, ...]:
    """The shot's texts; a lower third that says nothing, or a performer's name, says their two lines."""
    return tuple(_introduce(storyboard, shot, text) if text.kind == "lower_third" else text for text in shot.texts)


def _introduce(storyboard: Storyboard, shot: Shot, text: Text) -> Text:
    name = text.text or next(iter(seen(shot)), "")
    performer = storyboard.performers.get(name)
    if performer is None or text.second:
        return text
    return replace(text, text=performer.caption or performer.name, second=performer.role)
