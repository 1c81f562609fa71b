# SPDX-License-Identifier: GPL-3.0-or-later
"""What a delivered file says of itself: what it was made of, by whose consent, by which software, how it is marked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.consent import BASES, NO_CONSENT
from core.errors import LikenessError

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# IPTC's words for how a picture came about -> what they mean here.
SOURCE_TYPES: Mapping[str, str] = {
    "compositeSynthetic": "a composite of which at least a part is synthetic",
    "trainedAlgorithmicMedia": "made by software alone: nothing that a camera or microphone took is in it",
}
# Kind of ingredient -> whether it is the real thing, as a camera or microphone took it.
KINDS: Mapping[str, bool] = {
    "photo": True, "recording": True, "picture": True, "video": True, "backdrop": True, "music": True,
    "avatar": False, "voice": False, "script": False, "person": False, "slide": False,
}  # fmt: skip
# Those that are seen or heard themselves; of the others something was made.
PLACED = frozenset(("picture", "video", "backdrop", "music", "slide", "recording"))
DOCUMENTS = frozenset(("avatar.json", "voice.json"))  # which are called as their folders are
MARKABLE = ("picture", "sound")


@dataclass(frozen=True)
class Ingredient:
    """What something was made of. kind: of `KINDS`. sha256: of the file. id: an avatar's, or a voice's."""

    kind: str
    name: str
    sha256: str = ""
    id: str = ""


@dataclass(frozen=True)
class Provenance:
    """All that is signed.

    consents: records of `core.consent.Consent` as JSON, each with whose it is under ``avatar`` or ``voice``, as
    `blender_addon/stage/marking.py` has them. source_type: of `SOURCE_TYPES`; ``""`` leaves it to the ingredients.
    label: what the visible mark says; ``""`` where there is none, then label_reason says why. identifier: hex digits of
    the film; the watermark's payload is its first 32 bits. marked: which of `MARKABLE` carry the watermark. edits: what
    was done, in words, in order. use: of `core.consent.USES`. quality: ``draft`` or ``final``. credit: who gets it.
    """

    title: str
    ingredients: tuple[Ingredient, ...] = ()
    consents: tuple[Mapping[str, Any], ...] = ()
    source_type: str = ""
    label: str = ""
    label_reason: str = ""
    identifier: str = ""
    marked: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    use: str = ""
    quality: str = "final"
    credit: str = ""
    description: str = ""

    @property
    def payload(self) -> int | None:
        """The watermark's 32 bits; None where nothing carries it."""
        return mark_payload(self.identifier) if self.marked and self.identifier else None

    @property
    def digital_source_type(self) -> str:
        """IPTC's address for how this came about."""
        return IPTC + (self.source_type or source_type_of(self.ingredients))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON of what is known; `read_provenance` reads it."""
        said = asdict(self) | {"ingredients": [_known(asdict(one)) for one in self.ingredients]}
        return _known({key: list(value) if isinstance(value, tuple) else value for key, value in said.items()})


def mark_payload(identifier: str) -> int:
    """The first 32 bits of an identifier in hex digits."""
    return int(identifier[:8].ljust(8, "0"), 16)


def source_type_of(ingredients: Iterable[Ingredient]) -> str:
    """Synthetic throughout unless something real was taken in, as it may have been where nothing is known."""
    known = list(ingredients)
    people = {one.id for one in known if one.kind == "person"}
    is_real = any(KINDS[one.kind] or (one.kind == "avatar" and one.id not in people) for one in known)
    return "compositeSynthetic" if is_real or not known else "trainedAlgorithmicMedia"


def ingredient_of(kind: str, path: Path, id: str = "") -> Ingredient:
    """A file with its name and hash. Raises LikenessError ``file_missing``."""
    try:
        with Path(path).open("rb") as file:
            name = Path(path).parent.stem if Path(path).name in DOCUMENTS else Path(path).name
            return Ingredient(kind, name, hashlib.file_digest(file, "sha256").hexdigest(), id)
    except OSError as error:
        raise LikenessError(
            "file_missing", f"The {kind} {path} cannot be read.", "Check the path: its hash is part of the credentials."
        ) from error


def text_ingredient(kind: str, name: str, text: str) -> Ingredient:
    """A text, such as the script, with the hash of its UTF-8."""
    return Ingredient(kind, name, hashlib.sha256(text.encode()).hexdigest())


def read_provenance(entry: Any) -> Provenance:
    """Of plain JSON, as `Provenance.as_dict` writes it. Raises LikenessError ``provenance_unreadable``."""
    known = {field.name for field in fields(Provenance)}
    if not isinstance(entry, dict) or not isinstance(entry.get("title"), str):
        raise _unreadable("it has no title")
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise _unreadable(f"it has no entry “{unknown[0]}”")
    lists = {name: entry.get(name, []) for name in ("ingredients", "consents", "marked", "edits")}
    if not all(isinstance(value, list | tuple) for value in lists.values()):
        raise _unreadable("ingredients, consents, marked and edits are lists")
    texts = {key: value for key, value in entry.items() if key not in lists}
    if not all(isinstance(value, str) for value in (*texts.values(), *lists["marked"], *lists["edits"])):
        raise _unreadable("its other entries are texts")
    if not all(isinstance(one, dict) for one in lists["consents"]):
        raise _unreadable("a consent is a JSON object")
    provenance = Provenance(
        **texts,
        ingredients=tuple(map(_read_ingredient, lists["ingredients"])),
        consents=tuple(lists["consents"]),
        marked=tuple(lists["marked"]),
        edits=tuple(lists["edits"]),
    )
    _check(provenance)
    return provenance


def _read_ingredient(entry: Any) -> Ingredient:
    try:
        ingredient = Ingredient(**entry)
    except TypeError as error:
        raise _unreadable("an ingredient has kind, name, sha256 and id") from error
    if ingredient.kind not in KINDS:
        raise _unreadable(f"“{ingredient.kind}” is no kind of ingredient ({', '.join(KINDS)})")
    return ingredient


def _check(provenance: Provenance) -> None:
    if provenance.source_type not in ("", *SOURCE_TYPES):
        raise _unreadable(f"“{provenance.source_type}” is no source type ({', '.join(SOURCE_TYPES)})")
    if any(part not in MARKABLE for part in provenance.marked):
        raise _unreadable(f"what is marked is {' or '.join(MARKABLE)}")
    if not all(digit in "0123456789abcdef" for digit in provenance.identifier):
        raise _unreadable("its identifier is not in hex digits")


def tell_consent(record: Mapping[str, Any]) -> str:
    """A record in a sentence, with whose it is."""
    whose = record.get("avatar") or record.get("voice") or ""
    people = " and ".join(dict.fromkeys(filter(None, (record.get("subject"), record.get("speaker")))))
    basis = BASES.get(str(record.get("basis", "")), "")
    uses = f"for {', '.join(record['uses'])}" if record.get("uses") else ""
    statement = record.get("statement", "")
    said = f"“{statement}”" if statement and statement != NO_CONSENT else ""
    facts = ", ".join(filter(None, (people, basis, record.get("date"), uses, said))) or "no consent was recorded"
    return f"{whose}: {facts}" if whose else facts


def _known(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value not in ("", [], (), None)}


def _unreadable(reason: str) -> LikenessError:
    return LikenessError(
        "provenance_unreadable",
        f"What the file should say of itself cannot be read: {reason}.",
        f"It is a JSON object with {', '.join(field.name for field in fields(Provenance))}.",
    )
