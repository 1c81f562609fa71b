# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of Argos Translate, offline: ``.argosmodel`` files, or folders with what is in them.

A package has ``metadata.json``, ``model/`` (a network of CTranslate2) and ``sentencepiece.model``, or ``bpe.model``.
Files are read out of the zip as they are; nothing is unpacked.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from core.errors import LikenessError
from core.translation.bpe import BytePairs
from core.translation.translator import Pair, match_pair, refuse_pair

FOLDER = Path("~/.local/share/argos-translate/packages")  # where Argos Translate puts its own
FOLDER_VARIABLE = "SPEAKING_LIKENESS_ARGOS"  # names one more folder
PIVOT = "en"
_BEAM, _LENGTH_PENALTY = 4, 0.2  # as the packages are made for
_SUFFIX = ".argosmodel"


class Pieces(Protocol):
    """Text as the pieces that a network knows, and back."""

    def encode(self, text: str) -> list[str]: ...

    def decode(self, pieces: Sequence[str]) -> str: ...


@dataclass(frozen=True)
class Package:
    """path: of the zip or folder. prefix: piece that every translation is to begin with; mostly empty."""

    path: Path
    pair: Pair
    prefix: str


class ArgosTranslator:
    """A Translator."""

    name = "argos"
    is_online = False
    is_literal = False

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = folders_to_search() if folders is None else tuple(folders)

    def pairs(self) -> tuple[Pair, ...]:
        """Those of the packages, and those that two of them give by way of English."""
        direct = tuple(self._packages())
        through = [
            (first, last)
            for first, middle in direct
            for again, last in direct
            if middle == again == PIVOT and first != last and (first, last) not in direct
        ]
        return (*direct, *through)

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Raises LikenessError ``pair_missing`` and ``translator_damaged``."""
        packages = self._packages()
        way = _find_way(tuple(packages), source, target)
        if not way:
            hint = f"Put a package {source}_{target}{_SUFFIX} into {' or '.join(map(str, self._folders))}."
            refuse_pair(self.name, self.pairs(), source, target, hint)
        told = tuple(texts)
        for pair in way:
            told = _translate(packages[pair], told)
        return told

    def _packages(self) -> dict[Pair, Package]:
        """By their languages; of several the last by name. What is no package is passed over."""
        found: dict[Pair, Package] = {}
        for folder in self._folders:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
            for package in filter(None, map(_read_package, paths)):
                found[package.pair] = package
        return found


def folders_to_search() -> tuple[Path, ...]:
    """Where packages may lie; later ones win."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    return (FOLDER.expanduser(), *([Path(named).expanduser()] if named else []))


def _find_way(pairs: Sequence[Pair], source: str, target: str) -> tuple[Pair, ...]:
    """One pair, two by way of English, or none."""
    direct = match_pair(pairs, source, target)
    if direct is not None:
        return (direct,)
    there, onwards = match_pair(pairs, source, PIVOT), match_pair(pairs, PIVOT, target)
    return (there, onwards) if there is not None and onwards is not None else ()


def _read_package(path: Path) -> Package | None:
    try:
        told = json.loads(_read_files(path, "metadata.json")["metadata.json"])
        if told.get("type", "translate") != "translate":
            return None
        return Package(path, (str(told["from_code"]), str(told["to_code"])), str(told.get("target_prefix") or ""))
    except (AttributeError, KeyError, OSError, ValueError, zipfile.BadZipFile):
        return None


def _read_files(path: Path, *starts: str) -> dict[str, bytes]:
    """Of the files of a package whose names begin so: name within the package -> bytes."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        named = [(file.relative_to(path).as_posix(), file) for file in files]
        return {name: file.read_bytes() for name, file in named if name.startswith(starts)}
    if path.suffix != _SUFFIX:
        return {}
    with zipfile.ZipFile(path) as archive:  # everything lies in one folder of the package's name
        named = [(name.partition("/")[2], name) for name in archive.namelist()]
        return {short: archive.read(name) for short, name in named if short.startswith(starts) and name[-1] != "/"}


def _translate(package: Package, texts: Sequence[str]) -> tuple[str, ...]:
    """Raises LikenessError ``translator_damaged``."""
    try:
        network, pieces = _load(package)
        encoded = [pieces.encode(text) for text in texts]
        results = network.translate_batch(
            encoded,
            target_prefix=[[package.prefix]] * len(encoded) if package.prefix else None,
            beam_size=_BEAM,
            length_penalty=_LENGTH_PENALTY,
            replace_unknowns=True,
            max_batch_size=32,
        )
    except (KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        message = f"The Argos package {package.path.name} cannot be used: {why}."
        raise LikenessError("translator_damaged", message, "Fetch the package again.") from error
    told = [pieces.decode(result.hypotheses[0]).strip() for result in results]
    return tuple(text.removeprefix(package.prefix).strip() for text in told)


@cache
def _load(package: Package) -> tuple[Any, Pieces]:
    """The network and what divides its texts."""
    import ctranslate2

    files = _read_files(package.path, "model/", "sentencepiece.model", "bpe.model")
    model = {name.removeprefix("model/"): io.BytesIO(data) for name, data in files.items() if name[:6] == "model/"}
    network = ctranslate2.Translator(package.path.name, files=model)
    return network, _divider(files)


def _divider(files: Mapping[str, bytes]) -> Pieces:
    if "bpe.model" in files:
        return BytePairs(files["bpe.model"].decode("utf-8"))
    return _SentencePieces(files["sentencepiece.model"])


class _SentencePieces:
    def __init__(self, model: bytes) -> None:
        import sentencepiece

        self._model: Any = sentencepiece.SentencePieceProcessor(model_proto=model)  # pyright: ignore[reportCallIssue]

    def encode(self, text: str) -> list[str]:
        return self._model.encode(text, out_type=str)

    def decode(self, pieces: Sequence[str]) -> str:
        return "".join(pieces).replace("▁", " ")
