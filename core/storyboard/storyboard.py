# SPDX-License-Identifier: GPL-3.0-or-later
"""A storyboard as data: what a film shows and says, scene by scene and shot by shot. How it is written: `read.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Position:
    """Where in the storyboard's text something stands, both from 1."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Cue:
    """When something appears within its shot.

    at: seconds; or word: a word or phrase of what is said, at whose first word it appears (nth: which of several, from
    1). Neither: the shot's beginning, and for bullets spread over what is said. until: seconds, or None for the end.
    """

    at: float | None = None
    word: str = ""
    nth: int = 1
    until: float | None = None
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Performer:
    """Who may appear, under the name by which shots call them.

    avatar: a folder ``NAME.avatar``, or None where person makes one. person: seed and sliders of a synthetic person
    (`core/people`), empty otherwise. look: ``real`` or ``toon`` (the faceless variant). caption and role: the two lines
    of a lower third.
    """

    name: str
    avatar: Path | None = None
    person: Mapping[str, float | str] = field(default_factory=dict)
    voice: str = "auto"
    style: str = ""
    speed: float = 1.0
    direction: str = ""
    look: str = "real"
    caption: str = ""
    role: str = ""
    seed: int = 0
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Line:
    """What one performer says. text: with directions in brackets, as `core/script` reads. pause: seconds after it."""

    performer: str
    text: str
    direction: str = ""
    language: str = ""
    recording: Path | None = None
    pause: float | None = None
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Camera:
    """preset and move: of `blender_addon/shots/cameras.py`; preset "" is one for as many as are seen. subject: a
    performer's name, or "" for who speaks.

    focus: performers between whom a rack focus goes, in order, with the words at which it does.
    """

    preset: str = ""
    move: str = "still"
    subject: str = ""
    amount: float = 1.0
    focus: tuple[tuple[str, Cue], ...] = ()
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Background:
    """One of: a set's name, a colour ``#rrggbb``, a picture, an HDRI, a video, or a plate that the camera is matched to
    (a picture or video of a real place; horizon and lens: of its camera, in degrees of pitch and millimetres)."""

    set: str = ""
    color: str = ""
    picture: Path | None = None
    hdri: Path | None = None
    video: Path | None = None
    plate: Path | None = None
    horizon: float | None = None
    lens: float | None = None
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Insert:
    """A picture, slide or video. kind: ``picture``, ``slide`` or ``video``. page: of a PDF, from 1.

    place: ``full``, ``left``, ``right``, ``corner``, ``screen`` (on the set's screen, in the scene itself).
    """

    kind: str
    file: Path
    page: int = 1
    place: str = "right"
    cue: Cue = Cue()
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Text:
    """kind: ``title``, ``lower_third``, ``bullet``, ``note``. second: the smaller line below."""

    kind: str
    text: str
    second: str = ""
    cue: Cue = Cue()
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Shot:
    """One picture between two cuts. seconds: its least length, else as long as what is said. hold: seconds before the
    first and after the last word. listeners look at who speaks; transition: into it, ``cut`` or ``fade``."""

    name: str
    lines: tuple[Line, ...] = ()
    performers: tuple[str, ...] = ()  # who is seen, from left to right; those who speak where none is named
    camera: Camera = Camera()
    background: Background | None = None  # None: the storyboard's
    light: str = ""  # "": the storyboard's
    inserts: tuple[Insert, ...] = ()
    texts: tuple[Text, ...] = ()
    seconds: float | None = None
    hold: tuple[float, float] = (0.25, 0.4)
    transition: str = "cut"
    captions: bool = True
    looks: str = ""  # ``viewer``, ``each_other``, or "": who is alone in speaking looks at the viewer
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Scene:
    """Shots under one heading; a chapter of the film."""

    name: str
    shots: tuple[Shot, ...]
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Delivery:
    """What files come out. formats: of `core/delivery` (``16:9``); size: ``720p`` to ``2160p``, of the shorter side.

    quality: ``draft`` or ``final``. engine: ``auto``, ``eevee``, ``cycles``, ``workbench``. codec: ``h264``, ``h265``,
    ``av1``, ``prores``, ``png``, ``exr``. captions: any of ``burned``, ``files``. loudness: LUFS. label: the visible
    mark that it is made by AI; without it label_reason says why. alpha: without a background.
    """

    formats: tuple[str, ...] = ("16:9",)
    size: str = "1080p"
    fps: int = 25
    quality: str = "final"
    engine: str = "auto"
    samples: int | None = None
    codec: str = "h264"
    captions: tuple[str, ...] = ("files",)
    loudness: float = -16.0
    label: bool = True
    label_reason: str = ""
    alpha: bool = False
    film_look: bool = False
    motion_blur: bool = False
    depth_of_field: bool = True
    thumbnail: Cue = Cue()
    chapters: bool = True


@dataclass(frozen=True)
class Music:
    """level: dB below the voice where nobody speaks; ducked: further dB while somebody does."""

    file: Path
    level: float = -12.0
    ducked: float = -10.0


@dataclass(frozen=True)
class Storyboard:
    """A film as it is planned. use: of `core.consent.USES`, what it is for. fields: names of ``{fields}`` in it.

    Two that say the same are equal, wherever that stands.
    """

    title: str
    scenes: tuple[Scene, ...]
    performers: Mapping[str, Performer]
    language: str = "en"
    background: Background = Background(set="studio")
    light: str = "three_point"
    music: Music | None = None
    logo: Path | None = None
    use: str = "public"
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery()
    fields: Mapping[str, Position] = field(default_factory=dict, compare=False)  # with the first place of each
    # Of the front matter's values, by their keys, those of a performer by PERFORMER.KEY.
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)
    folder: Path = field(default=Path(), compare=False)  # the storyboard's own, which its paths are relative to
    name: str = field(default="", compare=False)  # of its file, which messages name

    def place(self, key: str, performer: str = "") -> Position:
        """Where a value of the front matter stands, the performer where it is not known, or the text's beginning."""
        if not performer:
            return self.places.get(key, Position(1, 1))
        return self.places.get(f"{performer}.{key}", self.performers[performer].position)

    @property
    def shots(self) -> tuple[Shot, ...]:
        return tuple(shot for scene in self.scenes for shot in scene.shots)
