# SPDX-License-Identifier: GPL-3.0-or-later
"""Fonts for every writing system: those that Blender brings along, read when a text needs them."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import skia

from core.graphics.system import system_fonts
from core.models import ROOT

VARIABLE = "SPEAKING_LIKENESS_FONTS"  # names a folder of fonts
WEIGHTS = (400, 500, 600, 700)
PLAIN = "Inter"
# How names of Unicode's characters begin -> how the file's name does, without spaces. Characters of none of these are
# looked for in MORE, in that order.
SCRIPTS: Mapping[str, str] = {
    "ARABIC": "NotoSansArabic", "EXTENDED ARABIC-INDIC": "NotoSansArabic", "HEBREW": "NotoSansHebrew",
    "DEVANAGARI": "NotoSansDevanagari", "BENGALI": "NotoSansBengali", "GURMUKHI": "NotoSansGurmukhi",
    "GUJARATI": "NotoSansGujarati", "TAMIL": "NotoSansTamil", "TELUGU": "NotoSansTelugu", "KANNADA": "NotoSansKannada",
    "MALAYALAM": "NotoSansMalayalam", "THAI": "NotoSansThai", "MYANMAR": "NotoSansMyanmar", "KHMER": "NotoSansKhmer",
    "JAVANESE": "NotoSansJavanese", "ARMENIAN": "NotoSansArmenian", "GEORGIAN": "NotoSansGeorgian",
    "ETHIOPIC": "NotoSansEthiopic", "CJK": "NotoSansCJK", "HIRAGANA": "NotoSansCJK", "KATAKANA": "NotoSansCJK",
    "HANGUL": "NotoSansCJK", "BOPOMOFO": "NotoSansCJK", "IDEOGRAPHIC": "NotoSansCJK", "FULLWIDTH": "NotoSansCJK",
}  # fmt: skip
MORE = ("DejaVuSans", "NotoSansSymbols", "NotoSansSymbols2", "NotoSansMath", "NotoEmoji", "NotoSansCJK")
EMOJI, FIRST_EMOJI = "NotoEmoji", 0x1F300
_BLENDERS = (
    ".venv/blender*/lib/python*/site-packages/bpy/*/datafiles/fonts",
    "/usr/share/blender/*/datafiles/fonts",
    "/Applications/Blender.app/Contents/Resources/*/datafiles/fonts",
    "C:/Program Files/Blender Foundation/*/*/datafiles/fonts",
)
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs", "Mn", "Me")  # categories that need no glyph of their own


class Fonts:
    """A set of fonts to write with; holds those that were needed so far. warnings: what could not be written."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.warnings: list[str] = []
        self._files = _list_files(folder)
        self._provider = skia.textlayout.TypefaceFontProvider()
        self._faces: dict[str, skia.Typeface] = {}  # in the order in which they are tried
        self._asked: set[str] = set()
        self._missing: set[str] = set()
        self._lent: dict[str, skia.Typeface] = {}  # letter -> the system's font that it was borrowed from
        self._plain_read = False
        self.collection = skia.textlayout.FontCollection()
        self.collection.setDefaultFontManager(self._provider)
        self._read_plain()

    @property
    def families(self) -> list[str]:
        """Names for a text's style, the first tried first."""
        return list(self._faces)

    def prepare(self, text: str) -> None:
        """Read the fonts that a text needs; what no font has is told once in `warnings`."""
        for letter in sorted(set(text) - self._asked):
            self._asked.add(letter)
            if unicodedata.category(letter) in _INVISIBLE and not _script(letter):
                continue
            if not self._find(letter):
                self._missing.add(letter)
        missing = "".join(sorted(letter for letter in set(text) & self._missing))
        sentence = f"No font has “{missing}”, so it is drawn as boxes. Give a folder of fonts that have it."
        if missing and sentence not in self.warnings:
            self.warnings.append(sentence)

    def covers(self, text: str) -> bool:
        """Whether each letter has a glyph."""
        self.prepare(text)
        return not set(text) & self._missing

    @functools.cached_property
    def digest(self) -> str:
        """Of names and contents of all files that there are to write with: 16 hex digits."""
        files = ((name, path, path.stat()) for name, path in self._files.items())
        told = [(name, _digest(path, found.st_size, found.st_mtime_ns)) for name, path, found in files]
        return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:16]

    def borrowed(self, text: str) -> list[str]:
        """Which of the system's fonts a text is drawn with: names and digests, the same wherever the fonts are."""
        self.prepare(text)
        found = [self._lent.get(letter) or self._face_of(letter) for letter in set(text)]
        lent = list(self._lent.values())
        return sorted({_identify(face) for face in found if face is not None and any(face is one for one in lent)})

    def _face_of(self, letter: str) -> skia.Typeface | None:
        return next((face for face in self._faces.values() if face.unicharToGlyph(ord(letter))), None)

    def _find(self, letter: str) -> bool:
        if self._face_of(letter) is not None:
            return True
        script = _script(letter)
        return any(self._read(name) and self._faces[name].unicharToGlyph(ord(letter))
                   for name in ((script,) if script else ()) + MORE) or self._borrow(letter)  # fmt: skip

    def _read_plain(self) -> None:
        if not self._read(PLAIN):
            self._read("DejaVuSans")

    def _read(self, name: str) -> bool:
        if name in self._faces:
            return True
        named = re.compile(rf"{name}((-|Regular).*)?")
        path = next((path for stem, path in self._files.items() if named.fullmatch(stem)), None)
        face = _read_face(path) if path else None
        if face is None:
            return False
        for one in _weigh(face):
            self._provider.registerTypeface(one, name)
        bold = self._files.get(f"{name}-Bold")
        if bold and (heavy := _read_face(bold)):
            self._provider.registerTypeface(heavy, name)
        self._faces[name] = face
        return True

    def _borrow(self, letter: str) -> bool:
        """From the system's own fonts."""
        style = skia.FontStyle.Normal()
        face = system_fonts().matchFamilyStyleCharacter("", style, [], ord(letter))
        if face is None or not face.unicharToGlyph(ord(letter)):
            return False
        name = face.getFamilyName()
        self._provider.registerTypeface(face, name)
        self._faces.setdefault(name, face)
        self._lent[letter] = face
        return True


@functools.lru_cache(maxsize=512)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _identify(face: skia.Typeface) -> str:
    """A font by its name and its head, which holds a checksum of the whole file: to read that would take long."""
    head = face.copyTableData(int.from_bytes(b"head", "big"))
    told = bytes(head) if head is not None else b""
    return f"{face.getFamilyName()} {hashlib.sha256(told).hexdigest()[:16]}"


def find_fonts(folder: Path | None = None) -> Fonts:
    """The fonts of a folder (``datafiles/fonts`` of a Blender, or any with font files), else of a Blender found here.

    Where there is none, or its files cannot be read, matplotlib's DejaVu Sans stands in, which the warnings say.
    """
    places = [Path(folder)] if folder else list(_guess_folders())
    place = next((place for place in places if _list_files(place)), None)
    fonts = Fonts(place)
    if PLAIN not in fonts.families:
        why = "brotli is not installed" if place and not importlib.util.find_spec("brotli") else "none was found"
        fonts.warnings.append(
            f"Blender's fonts cannot be used because {why}; only Latin, Greek, Cyrillic and Arabic are sure to be "
            "drawn. Set up the core again, or give the folder datafiles/fonts of Blender."
        )
    return fonts


def _guess_folders() -> Iterable[Path]:
    if named := os.environ.get(VARIABLE):
        yield Path(named)
    for pattern in _BLENDERS:
        anchor = Path(pattern).anchor
        base = Path(anchor) if anchor else ROOT
        if base.is_dir():
            yield from sorted(base.glob(pattern[len(anchor) :]), reverse=True)
    if program := shutil.which("blender"):
        yield from sorted(Path(program).resolve().parent.glob("*/datafiles/fonts"), reverse=True)


def _list_files(folder: Path | None) -> dict[str, Path]:
    """Name without spaces and suffix -> file; matplotlib's own last."""
    spec = importlib.util.find_spec("matplotlib")
    own = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" if spec and spec.origin else None
    files: dict[str, Path] = {}
    for place in (folder, own):
        for path in sorted(place.iterdir()) if place and place.is_dir() else ():
            if path.suffix.lower() in (".ttf", ".otf", ".ttc", ".woff2"):
                files.setdefault(path.stem.replace(" ", ""), path)
    return files


def _script(letter: str) -> str:
    if ord(letter) >= FIRST_EMOJI and unicodedata.category(letter) == "So":
        return EMOJI
    name = unicodedata.name(letter, "")
    return next((file for start, file in SCRIPTS.items() if name.startswith(start)), "")


@functools.lru_cache(maxsize=64)
def _read_face(path: Path) -> skia.Typeface | None:
    system_fonts()  # before skia looks for them by itself
    data = _unpack(path) if path.suffix.lower() == ".woff2" else path.read_bytes()
    return skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(data)) if data else None


def _unpack(path: Path) -> bytes | None:
    """A WOFF2 file as the OpenType font that it holds, which is all that skia reads."""
    if not importlib.util.find_spec("brotli"):
        return None
    from fontTools.ttLib.woff2 import decompress

    out = io.BytesIO()
    with path.open("rb") as file:
        decompress(file, out)
    return out.getvalue()


def _weigh(face: skia.Typeface) -> list[skia.Typeface]:
    """A variable font in our weights; any other as it is (skia thickens it where more is asked for)."""
    position = skia.FontArguments.VariationPosition
    axes = {axis.tag: axis for axis in face.getVariationDesignParameters()}
    weight = int.from_bytes(b"wght", "big")
    if weight not in axes:
        return [face]
    made = []
    for value in WEIGHTS:
        arguments = skia.FontArguments()
        place = position(position.Coordinates([position.Coordinate(weight, float(value))]))
        arguments.setVariationDesignPosition(place)
        made.append(face.makeClone(arguments))
    return made
