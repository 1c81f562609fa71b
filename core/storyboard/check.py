# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a storyboard names is there: performers, files, pages, words at which something appears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from core.consent import USES
from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.script import parse_script
from core.script.tags import blank_tags
from core.script.words import divide_words
from core.storyboard import tables
from core.storyboard.cues import find_phrase
from core.storyboard.piece import FIELD, plain_name
from core.storyboard.problems import Problem, suggest
from core.storyboard.storyboard import Background, Cue, Performer, Position, Shot, Storyboard
from core.storyboard.voices import check_voices

Problems = Iterator[Problem]


def check(storyboard: Storyboard) -> Problems:
    """All that is wrong with what a storyboard names. What has a field in it is looked at when it is filled."""
    yield from _check_film(storyboard)
    yield from _check_background(storyboard.background)
    yield from check_voices(storyboard)
    if not storyboard.shots:
        yield Problem(Position(1, 1), "It has no shots.", "Write ## and a name, and below it what is said.")
    for shot in storyboard.shots:
        for look in (_check_names, _check_lines, _check_times, _check_files, _check_cues):
            yield from look(storyboard, shot)


def _check_film(storyboard: Storyboard) -> Problems:
    place = storyboard.place
    yield from _check_language(storyboard.language, place("language"))
    yield from _known(storyboard.light, tables.LIGHTS, "light", place("light"))
    for key, file in (("music", storyboard.music.file if storyboard.music else None), ("logo", storyboard.logo)):
        yield from _check_media(file, place(key), kind="sound" if key == "music" else "picture")
    yield from _check_delivery(storyboard)
    yield from _check_size(storyboard.delivery.size, place("size"))
    if not storyboard.delivery.label and not storyboard.delivery.label_reason.strip():
        hint = "Write label reason: and why no label is needed; it is kept in the film's credentials."
        yield Problem(place("label"), "The label that says it is made by AI is off, but not why.", hint)
    yield from _check_shot_names(storyboard)
    yield from _check_performers(storyboard)


def _check_delivery(storyboard: Storyboard) -> Problems:
    """What was filled from a row; else it was looked at when it was read."""
    delivery = storyboard.delivery
    for key, known in _CHOICES.items():
        asked = getattr(delivery, key)
        for one in asked if isinstance(asked, tuple) else (asked,):
            yield from _known(one, known, key.removesuffix("s"), storyboard.place(key))
    yield from _known(storyboard.use, tuple(USES), "use", storyboard.place("use"))


_CHOICES = {
    "formats": tables.FORMATS, "quality": tables.QUALITIES, "engine": tables.ENGINES, "codec": tables.CODECS,
    "captions": tables.CAPTIONS,
}  # fmt: skip


def _check_size(size: str, at: Position) -> Problems:
    if size in tables.SIZES:
        return
    from core.delivery.formats import FORMATS, picture_size  # takes long to load

    try:
        picture_size(next(iter(FORMATS)), size)
    except LikenessError as error:
        yield Problem(at, error.message, error.hint)


def _check_shot_names(storyboard: Storyboard) -> Problems:
    names = Counter(shot.name for shot in storyboard.shots)
    for shot in storyboard.shots:
        if names[shot.name] > 1:
            told = f"There are {names[shot.name]} shots “{shot.name}”."
            yield Problem(shot.position, told, "Give each a name of its own.")


def _check_performers(storyboard: Storyboard) -> Problems:
    used = {name for shot in storyboard.shots for name in seen(shot)}
    for performer in storyboard.performers.values():
        name = performer.name
        if performer.avatar is not None:
            at = storyboard.place("avatar", name)
            yield from _there(performer.avatar, at, lambda path: (path / "avatar.json").is_file(), "avatar")
        elif name in used and not performer.person:
            hint = "Write avatar: and its folder, or person: and a seed."
            yield Problem(performer.position, f"{name} is shown, but has no avatar.", hint)
        yield from _check_person(performer, storyboard.place("person", name))
        yield from _known(performer.look, tables.LOOKS, "look", storyboard.place("look", name))


def _check_person(performer: Performer, at: Position) -> Problems:
    if not performer.person:
        return
    from core.people.sliders import check_sliders  # takes long to load

    for name, value in performer.person.items():
        if isinstance(value, str) and FIELD.search(value):
            continue
        try:
            if name != "seed":
                check_sliders({name: value})
            elif not (isinstance(value, (int, float)) and value == int(value) >= 0):
                yield Problem(at, f"The seed “{value}” is no whole number.", "Write one such as 21.")
        except LikenessError as error:
            yield Problem(at, error.message, error.hint)


def seen(shot: Shot) -> tuple[str, ...]:
    """Who is seen in a shot, from left to right: those who speak, where nobody is named."""
    return shot.performers or tuple(dict.fromkeys(line.performer for line in shot.lines))


def _check_names(storyboard: Storyboard, shot: Shot) -> Problems:
    named = [(name, shot.position) for name in shot.performers]
    named += [(name, cue.position) for name, cue in shot.camera.focus]
    named += [(shot.camera.subject, shot.camera.position)] if shot.camera.subject else []
    for name, at in named:
        if name not in storyboard.performers and not FIELD.search(name):
            yield Problem(at, f"There is no performer “{name}”.", suggest(name, storyboard.performers))
    for name, at in named[len(shot.performers) :]:
        if name in storyboard.performers and name not in seen(shot):
            yield Problem(at, f"{name} is not seen in this shot.", "Name who is seen by performers:.")
    yield from _known(shot.camera.preset, tables.CAMERAS, "camera", shot.camera.position)
    for what, name, known in (
        ("light", shot.light, tables.LIGHTS), ("way to look", shot.looks, tables.GAZES),
        ("transition", shot.transition, tables.TRANSITIONS),
    ):  # fmt: skip
        yield from _known(name, known, what, shot.position)
    for insert in shot.inserts:
        yield from _known(insert.place, tables.PLACES, "place", insert.position)


def _check_lines(storyboard: Storyboard, shot: Shot) -> Problems:
    for line in shot.lines:
        if line.recording is not None:
            yield from _there(line.recording, line.position, Path.is_file)
        code = line.language or storyboard.language
        problems = list(_check_language(code, line.position)) if line.language else []
        yield from problems
        if not line.text:
            if line.recording is None:
                yield Problem(line.position, f"{line.performer} says nothing.", "Write it behind the colon.")
        elif not problems and not FIELD.search(code):
            try:
                parse_script(FIELD.sub(r"\1", line.text), code)
            except LikenessError as error:
                if error.code != "language_unknown":
                    yield Problem(line.position, error.message, error.hint)


def _check_times(storyboard: Storyboard, shot: Shot) -> Problems:
    if shot.lines:
        return
    if shot.seconds is None:
        hint = "Write what is said in it, or how long it is: seconds: 4"
        yield Problem(shot.position, f"Nothing says how long the shot “{shot.name}” is.", hint)
    for text in shot.texts:
        if text.kind == "bullet" and text.cue.at is None and not text.cue.word:
            hint = 'Write what is said meanwhile, or a time: - Signed (at 2.5)'
            yield Problem(text.position, "Nothing is said while this bullet appears.", hint)


def _check_files(storyboard: Storyboard, shot: Shot) -> Problems:
    if shot.background is not None:
        yield from _check_background(shot.background)
    for insert in shot.inserts:
        yield from _check_media(insert.file, insert.position, insert.page, "video" if insert.kind == "video" else "")


def _check_media(file: Path | None, at: Position, page: int = 1, kind: str = "") -> Problems:
    """Whether a file is there, and a picture, page, video or sound by its head: better told now than when half of the
    film is rendered. kind: what it has to be; as its name says where that is empty."""
    problems = list(_there(file, at, Path.is_file))
    yield from problems
    if file is None or problems or FIELD.search(str(file)):
        return
    if file.suffix.lower() == ".pdf":
        yield from _check_page(file, page, at)
        return
    kind = kind or ("picture" if file.suffix.lower() in tables.PICTURES else "video")
    try:
        is_such = _LOOKS[kind](file)
    except (OSError, ValueError):  # av's errors are such
        is_such = False
    if not is_such:
        yield Problem(at, f"{file.name} cannot be read as a {kind}.", _SAVE[kind])


def _is_picture(file: Path) -> bool:
    from PIL import Image

    Image.open(file).close()
    return True


def _has_stream(kind: str) -> Callable[[Path], bool]:
    def look(file: Path) -> bool:
        import av

        with av.open(str(file)) as film:
            return any(stream.type == kind for stream in film.streams)

    return look


_LOOKS = {"picture": _is_picture, "video": _has_stream("video"), "sound": _has_stream("audio")}
_SAVE = {"picture": "Save it as PNG or JPEG.", "video": "Save it as MP4.", "sound": "Save it as WAV or MP3."}


def _check_page(file: Path, page: int, at: Position) -> Problems:
    import pypdfium2  # takes long to load, and is not needed without a PDF

    try:
        document = pypdfium2.PdfDocument(file)
    except (pypdfium2.PdfiumError, OSError) as error:
        yield Problem(at, f"{file.name} cannot be read as a PDF: {str(error).rstrip('.')}.", "Export it again.")
        return
    count = len(document)
    document.close()
    if page > count:
        yield Problem(at, f"{file.name} has no page {page}.", f"It has {count} page{'s' if count > 1 else ''}.")


def _check_background(background: Background) -> Problems:
    at = background.position
    if background.set:
        yield from _known(background.set, tables.SETS, "set", at)
    for file in (background.picture, background.video, background.plate):
        yield from _check_media(file, at)
    yield from _there(background.hdri, at, Path.is_file)


def _check_cues(storyboard: Storyboard, shot: Shot) -> Problems:
    said = [(words_of(line.text, line.language or storyboard.language), line) for line in shot.lines]
    is_open = any(FIELD.search(line.text + line.language) for line in shot.lines) or FIELD.search(storyboard.language)
    for cue in cues_of(shot):
        if not cue.word:
            continue
        count = sum(count_phrase(words, cue.word, line.language or storyboard.language) for words, line in said)
        if count >= cue.nth or (is_open and not count) or FIELD.search(cue.word):
            continue
        told = f"is said {count} times" if count > 1 else "is said once" if count else "is not said"
        words = [word for found, _ in said for word in found]
        hint = "Choose one of them." if count else suggest(cue.word, words) if len(words) <= 200 else ""
        if hint.startswith("There are"):
            hint = "Choose words of what is said in this shot."
        yield Problem(cue.position, f"“{cue.word}” {told} in the shot “{shot.name}”.", hint)


def cues_of(shot: Shot) -> tuple[Cue, ...]:
    """All cues of a shot."""
    shown = (*shot.inserts, *shot.texts)
    return (*(one.cue for one in shown), *(cue for _, cue in shot.camera.focus))


def words_of(text: str, language: str) -> tuple[str, ...]:
    """The words of a line as they are written, without its directions."""
    try:
        return divide_words(blank_tags(text), find_language(language).code)
    except LikenessError:
        return tuple(blank_tags(text).split())


def count_phrase(words: tuple[str, ...], phrase: str, language: str) -> int:
    """How often a phrase is said in a line."""
    try:
        find_language(language)
    except LikenessError:
        return 0
    count = 0
    while find_phrase(words, phrase, count + 1, language) is not None:
        count += 1
    return count


def _check_language(code: str, at: Position) -> Problems:
    if FIELD.search(code):
        return
    try:
        find_language(code)
    except LikenessError as error:
        yield Problem(at, error.message, error.hint)


def _known(name: str, known: tuple[str, ...], what: str, at: Position) -> Problems:
    """Names that were filled from a row; others were looked at when they were read."""
    if name and not FIELD.search(name) and plain_name(name) not in known:
        yield Problem(at, f"There is no {what} “{name}”.", suggest(name, known))


def _there(file: Path | None, at: Position, is_there: Callable[[Path], bool], what: str = "file") -> Problems:
    if file is not None and not FIELD.search(str(file)) and not is_there(file):
        yield Problem(at, f"There is no {what} {file.name or file}.", f"It was looked for as {file}.")
