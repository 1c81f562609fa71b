# SPDX-License-Identifier: GPL-3.0-or-later
"""Who appears in a film: their avatars, which synthetic people get made, and what was agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.consent import read_consent
from core.film.cache import Cache
from core.film.lines import Spoken
from core.progress import Progress, span
from core.storage import read_json
from core.storyboard.check import seen
from core.storyboard.problems import located
from core.storyboard.storyboard import Performer, Position, Storyboard
from core.trust.gate import Likeness, Refusal, read_avatar, read_shown, require_renderable, tell_unbound

CONSENT = ".consent.json"  # behind a recording's name: the record of who speaks in it


def gather_cast(cache: Cache, storyboard: Storyboard, progress: Progress) -> tuple[Storyboard, list[str]]:
    """The storyboard with an avatar for everybody who is seen, and the names of those who were made now."""
    names = [name for name in storyboard.performers if any(name in seen(shot) for shot in storyboard.shots)]
    performers = dict(storyboard.performers)
    made = []
    for number, name in enumerate(names):
        if performers[name].avatar is None:
            part = span(progress, number / len(names), (number + 1) / len(names))
            with located(storyboard.name, storyboard.place("person", name)):
                avatar, was_made = _make_person(cache, performers[name], part)
            performers[name] = replace(performers[name], avatar=avatar)
            made += [name] if was_made else []
    return replace(storyboard, performers=performers), made


def _make_person(cache: Cache, performer: Performer, progress: Progress) -> tuple[Path, bool]:
    from core.people import make_person  # takes long to load

    sliders = {key: value for key, value in performer.person.items() if key != "seed"}
    seed = int(performer.person.get("seed", 0))
    folder = f"{performer.name}.avatar"

    def write(entry: Path) -> None:
        make_person(entry / folder, seed, sliders, performer.name, progress)

    place, was_made = cache.make("person", {"seed": seed, "sliders": sliders, "name": performer.name}, write, progress)
    return place / folder, was_made


def shown(storyboard: Storyboard) -> tuple[Path, ...]:
    """The avatars that are seen, each once."""
    names = dict.fromkeys(name for shot in storyboard.shots for name in seen(shot))
    found = (storyboard.performers[name].avatar for name in names)
    return tuple(dict.fromkeys(avatar for avatar in found if avatar is not None))


def ask_consent(storyboard: Storyboard, voices: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
    """The consents by which a film is rendered. voices: ids of those who speak.

    Raises LikenessError as `require_renderable` does, with the place where it is named: in a draft too where somebody
    was revoked.
    """
    heard = tuple(dict.fromkeys(voice for voice in voices if voice != "recording"))
    for avatar in shown(storyboard):
        with located(storyboard.name, _place(storyboard, Likeness("avatar", "", (), {}, avatar))):
            read_avatar(avatar)
    try:
        return require_renderable(
            shown(storyboard), heard, _recordings(storyboard), storyboard.use, storyboard.delivery.quality
        )
    except Refusal as refusal:
        with located(storyboard.name, _place(storyboard, refusal.about)):
            raise


def doubt_consent(storyboard: Storyboard, voices: Iterable[str]) -> list[str]:
    """What is to be told of the consents that `ask_consent` found sufficient."""
    return tell_unbound(read_shown(shown(storyboard), dict.fromkeys(voice for voice in voices if voice != "recording")))


def _place(storyboard: Storyboard, about: Likeness) -> Position:
    """Where a storyboard names somebody who is shown or heard; where it does not, the position is none."""
    for performer in storyboard.performers.values():
        if about.kind == "avatar" and performer.avatar is not None and performer.avatar == about.folder:
            return storyboard.place("person" if performer.person else "avatar", performer.name)
        folder = performer.voice.partition(":")[2]
        is_its = Path(folder) == about.folder if about.folder is not None else performer.voice == about.name
        if about.kind == "voice" and is_its:
            return storyboard.place("voice", performer.name)
    lines = (line for shot in storyboard.shots for line in shot.lines)
    heard = (line for line in lines if line.recording is not None and line.recording.name == about.name)
    return next((line.position for line in heard), Position())


def ask_voices(spoken: Iterable[Sequence[Spoken]]) -> list[str]:
    """The ids of the voices that are heard."""
    return list(dict.fromkeys(one.voice for lines in spoken for one in lines))


def _recordings(storyboard: Storyboard) -> list[Mapping[str, Any]]:
    """The consents of who is heard in recordings: a record beside each, else the avatar's where it names a speaker."""
    found: dict[Path, Mapping[str, Any]] = {}
    for shot in storyboard.shots:
        for line in shot.lines:
            if line.recording is not None and line.recording not in found:
                found[line.recording] = {"voice": line.recording.name, **_record(line.recording, storyboard, line)}
    return list(found.values())


def _record(recording: Path, storyboard: Storyboard, line: Any) -> Mapping[str, Any]:
    beside = recording.with_name(recording.stem + CONSENT)
    if beside.is_file():
        return read_consent(beside).as_dict()
    avatar = storyboard.performers[line.performer].avatar
    record = read_json(avatar / "avatar.json").get("consent", {}) if avatar is not None else {}
    return record if isinstance(record, dict) and record.get("speaker") else {}
