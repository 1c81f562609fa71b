# SPDX-License-Identifier: GPL-3.0-or-later
"""What a film says of itself: all that it was made of, with hashes, and what was done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.film.cast import shown
from core.film.lines import Spoken
from core.storage import read_json
from core.storyboard.storyboard import Background, Storyboard
from core.trust.credentials import Ingredient, Provenance, ingredient_of, text_ingredient
from core.trust.gate import voice_folder

EDITS = (
    "The script was spoken by a synthetic voice, or recordings were aligned with it",
    "Animated likenesses were performed from it and rendered in Blender",
    "Titles, pictures and captions were drawn over it",
)


STILL_EDITS = ("A frame of the film that this picture stands for was taken out of it, and made smaller",)
_HEARD = ("voice", "recording", "music")  # kinds of ingredients that no picture has


def describe_still(film: Provenance, is_marked: bool) -> Provenance:
    """What a picture out of a film says of itself: what is seen in it, and nothing of what is heard in the film."""
    return replace(
        film,
        ingredients=tuple(one for one in film.ingredients if one.kind not in _HEARD),
        edits=(*(edit for edit in film.edits if edit != EDITS[0]), *STILL_EDITS),
        marked=("picture",) if is_marked else (),
    )


def identify(storyboard: Storyboard) -> str:
    """Hex digits of a film. The same for all rows of a table, so that they can share what they have in common."""
    avatars = sorted(str(read_json(avatar / "avatar.json").get("id", "")) for avatar in shown(storyboard))
    return hashlib.sha256("|".join((storyboard.name, *avatars)).encode()).hexdigest()[:32]


def make_provenance(
    storyboard: Storyboard,
    spoken: Sequence[Sequence[Spoken]],
    consents: Sequence[Mapping[str, Any]],
    identifier: str,
    marked: Iterable[str],
    label: str,
) -> Provenance:
    """Raises LikenessError ``file_missing``."""
    lines = "\n".join(line.text for shot in storyboard.shots for line in shot.lines)
    ingredients = [*_avatars(storyboard), *_voices(spoken), *_files(storyboard)]
    if lines:
        ingredients.append(text_ingredient("script", storyboard.name or storyboard.title, lines))
    delivery = storyboard.delivery
    return Provenance(
        title=storyboard.title,
        ingredients=tuple(dict.fromkeys(ingredients)),
        consents=tuple(consents),
        label=label,
        label_reason="" if label else delivery.label_reason,
        identifier=identifier,
        marked=tuple(marked),
        edits=EDITS,
        use=storyboard.use,
        quality=delivery.quality,
    )


def _avatars(storyboard: Storyboard) -> Iterator[Ingredient]:
    for folder in shown(storyboard):
        said = read_json(folder / "avatar.json")
        photo = said.get("photo") or {}
        avatar = ingredient_of("avatar", folder / "avatar.json", str(said.get("id", "")))
        yield replace(avatar, name=str(said.get("name") or folder.stem))
        if photo.get("sha256"):
            yield Ingredient("photo", str(photo.get("file", "photo")), str(photo["sha256"]))
        else:
            yield Ingredient("person", str(said.get("name", folder.stem)), id=str(said.get("id", "")))


def _voices(spoken: Sequence[Sequence[Spoken]]) -> Iterator[Ingredient]:
    for one in (one for lines in spoken for one in lines):
        if one.line.recording is not None:
            yield ingredient_of("recording", one.line.recording)
            continue
        folder = voice_folder(one.voice)
        if folder is not None and (folder / "voice.json").is_file():
            provider, _, place = one.voice.partition(":")
            yield ingredient_of("voice", folder / "voice.json", f"{provider}:{Path(place).name}")
        else:
            yield Ingredient("voice", one.voice, id=one.voice)


def _files(storyboard: Storyboard) -> Iterator[Ingredient]:
    for shot in storyboard.shots:
        for insert in shot.inserts:
            yield ingredient_of(insert.kind, insert.file)
        yield from _backdrop(shot.background or storyboard.background)
    if storyboard.music is not None:
        yield ingredient_of("music", storyboard.music.file)
    if storyboard.logo is not None:
        yield ingredient_of("picture", storyboard.logo)


def _backdrop(background: Background) -> Iterator[Ingredient]:
    for file in (background.picture, background.hdri, background.video, background.plate):
        if file is not None:
            yield ingredient_of("backdrop", file)
