# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether something may be rendered: consent, its uses, revocations, the policy. Every film passes here first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.consent import USES, check_record, is_recorded
from core.errors import LikenessError
from core.storage import read_json
from core.trust.binding import fits_id, is_bound, require_given
from core.trust.policy import is_accepted
from core.trust.registry import Revoked, find_revoked, known_revocations
from core.trust.verification import SHORT

QUALITIES = ("draft", "final")
# Use -> uses that allow it too: who may show a film to everybody may show it to fewer.
ALLOWED_BY: Mapping[str, tuple[str, ...]] = {"private": ("internal", "public"), "internal": ("public",)}
AUDIENCES = frozenset(("private", "internal", "public", "commercial"))
FOLDERS = ("profile", "chatterbox", "pocket")  # providers whose voices are somebody's, as PROVIDER:FOLDER


@dataclass(frozen=True)
class Likeness:
    """Somebody who is shown or heard. kind: ``avatar``, ``voice`` or ``recording``. ids: by any of which it may be
    revoked. consent: its record as JSON. folder: where it lies, with a list of revocations beside it perhaps. is_bound:
    whether an exchanged record would be noticed."""

    kind: str
    name: str
    ids: tuple[str, ...]
    consent: Mapping[str, Any]
    folder: Path | None = None
    is_bound: bool = True

    @property
    def title(self) -> str:
        """What sentences call it."""
        return tell_title(self.kind, self.name, self.ids)


def tell_title(kind: str, name: str, ids: Sequence[str]) -> str:
    """Kind, name, and the beginning of the id: there may be several of one name."""
    own = ids[0] if ids and ids[0] != name else ""
    return f"{kind} “{name}”" + (f" ({own[:SHORT]})" if own else "")


class Refusal(LikenessError):
    """Why somebody may not be shown or heard. about: who."""

    def __init__(self, about: Likeness, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.about = about


def require_renderable(
    avatars: Iterable[Path],
    voices: Iterable[str],
    consents: Iterable[Mapping[str, Any]],
    use: str,
    quality: str,
) -> tuple[Mapping[str, Any], ...]:
    """Raise where this may not be rendered; else the consents that it is rendered by, for its `Provenance`.

    avatars: folders ``NAME.avatar``. voices: ids as `core.voice` has them; those of nobody need no consent. consents:
    records of who is heard in recordings, with ``voice`` saying whose; an empty one is a recording without consent.
    use: of `core.consent.USES`. quality: ``draft`` or ``final``.

    Raises LikenessError ``policy_not_accepted``, ``revoked``, ``use_refused``, ``consent_missing`` (drafts need none),
    ``consent_unreadable``, ``consent_incomplete`` and ``consent_swapped`` (a record that somebody changed),
    ``file_missing`` and ``file_damaged`` of what is to be read.
    """
    shown = [*read_shown(avatars, voices), *map(_recording, consents)]
    for refusal in find_refusals(shown, use, quality):
        raise refusal
    named = [{**({one.kind: one.name} if one.kind != "recording" else {}), **one.consent} for one in shown]
    found: list[Mapping[str, Any]] = []
    for one, record in zip(shown, named, strict=True):
        if is_recorded(one.consent) and record not in found:
            found.append(record)
    return tuple(found)


def read_shown(avatars: Iterable[Path], voices: Iterable[str]) -> list[Likeness]:
    """Who is shown, and who is heard, as `require_renderable` has them, which says what is raised."""
    return [*map(read_avatar, avatars), *filter(None, map(read_voice, voices))]


def tell_unbound(shown: Iterable[Likeness]) -> list[str]:
    """What is to be told of consents that earlier versions recorded: they hold, but may have been exchanged."""
    return [
        f"The consent of the {one.title} does not say what it was given for, as earlier versions wrote it: nobody "
        f"would notice that it was exchanged. Make the {one.kind} anew to have that noticed."
        for one in shown
        if not one.is_bound
    ]


def find_refusals(shown: Iterable[Likeness], use: str, quality: str) -> Iterator[LikenessError]:
    """Why something may not be rendered, the weightiest first."""
    if quality not in QUALITIES or use not in USES:
        wrong, known = (quality, QUALITIES) if quality not in QUALITIES else (use, tuple(USES))
        raise LikenessError("bad_params", f"“{wrong}” is none of {', '.join(known)}.", "Choose one of them.")
    if not is_accepted():
        yield LikenessError(
            "policy_not_accepted",
            "The usage policy was not accepted yet, or it has changed.",
            "Read and accept it in the add-on, or with: python -m core policy --accept",
        )
    everybody = list(shown)
    revoked = known_revocations(one.folder for one in everybody if one.folder)
    for one in everybody:
        for check in CHECKS:
            refusal = check(one, use, quality, revoked)
            if refusal is not None:
                yield refusal


def read_avatar(folder: Path) -> Likeness:
    """An avatar's folder. Raises LikenessError ``file_missing``, ``file_damaged``."""
    said = _read(Path(folder) / "avatar.json")
    photo = said.get("photo")
    ids = (said.get("id"), photo.get("sha256") if isinstance(photo, dict) else None)
    consent = _consent(said)
    is_nobody = photo is None and consent.get("basis") == "synthetic"
    known = is_bound(consent) or is_nobody or fits_id(said)
    return Likeness("avatar", str(said.get("name") or folder.stem), _ids(*ids), consent, Path(folder), known)


def read_voice(voice: str) -> Likeness | None:
    """A voice's id; None where it is nobody's. Raises LikenessError ``file_missing``, ``file_damaged``."""
    folder = voice_folder(voice)
    if folder is None:
        return Likeness("voice", voice, (voice,), {"basis": "synthetic"}) if voice and voice != "auto" else None
    said = _read(folder / "voice.json")
    sample = said.get("sample")
    ids = _ids(sample.get("sha256") if isinstance(sample, dict) else None)
    consent = _consent(said)
    return Likeness("voice", str(said.get("name") or folder.stem), ids, consent, folder, is_bound(consent))


def voice_folder(voice: str) -> Path | None:
    """Where a voice lies whose id says a path or a name in the folder of profiles; None where it is nobody's."""
    provider, _, place = voice.partition(":")
    if provider not in FOLDERS or not place:
        return None
    if (Path(place) / "voice.json").is_file():
        return Path(place)
    from core.voice.profile_provider import find_folder  # takes long to load

    return find_folder(place)


def _recording(record: Mapping[str, Any]) -> Likeness:
    return Likeness("recording", str(record.get("voice") or record.get("speaker") or "a recording"), (), record)


def _refuse_revoked(one: Likeness, use: str, quality: str, revoked: Mapping[str, Revoked]) -> LikenessError | None:
    entry = find_revoked(one.ids, revoked)
    if entry is None:
        return None
    why = f": {entry.reason.rstrip('.')}" if entry.reason else ""
    since = f" on {entry.date}" if entry.date else ""
    return Refusal(
        one,
        "revoked",
        f"The {one.title} was revoked{since}{why}.",
        "It can no longer be shown; choose another one.",
    )


def _refuse_forged(one: Likeness, use: str, quality: str, revoked: Mapping[str, Revoked]) -> LikenessError | None:
    try:
        check_record(one.consent)
    except LikenessError as error:
        return LikenessError(
            error.code,
            f"The {one.kind} “{one.name}” keeps a consent that nobody can have recorded so: {error.message}",
            f"Make the {one.kind} anew with a consent record. {error.hint}",
        )
    return None


def _refuse_swapped(one: Likeness, use: str, quality: str, revoked: Mapping[str, Revoked]) -> LikenessError | None:
    try:
        require_given(one.kind, one.title, one.consent, one.ids, one.folder)
    except LikenessError as error:
        return Refusal(one, error.code, error.message, error.hint)
    return None


def _refuse_use(one: Likeness, use: str, quality: str, revoked: Mapping[str, Revoked]) -> LikenessError | None:
    uses = [name for name in one.consent.get("uses", ()) if isinstance(name, str)]
    named = [name for name in uses if name in AUDIENCES] if use in AUDIENCES else uses
    if not named or use in named or any(wider in named for wider in ALLOWED_BY.get(use, ())):
        return None
    allowed = "; ".join(f"{name}: {USES.get(name, 'unknown')}" for name in named)
    return Refusal(
        one,
        "use_refused",
        f"The consent for the {one.title} does not include the use “{use}”, only {allowed}.",
        "Name another use in the storyboard, or ask the person and record the consent anew.",
    )


def _refuse_unknown(one: Likeness, use: str, quality: str, revoked: Mapping[str, Revoked]) -> LikenessError | None:
    if quality == "draft" or is_recorded(one.consent):
        return None
    return Refusal(
        one,
        "consent_missing",
        f"No consent is recorded for the {one.title}, so there is no final render.",
        "Record who agreed and on what basis, or render a draft, which carries a large mark.",
    )


CHECKS: tuple[Callable[[Likeness, str, str, Mapping[str, Revoked]], LikenessError | None], ...] = (
    _refuse_revoked, _refuse_forged, _refuse_swapped, _refuse_use, _refuse_unknown,
)  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    said = read_json(path)
    if not isinstance(said, dict):
        raise LikenessError("file_damaged", f"{path} is not what it should be.", "Make it again.")
    return said


def _consent(said: Mapping[str, Any]) -> Mapping[str, Any]:
    record = said.get("consent")
    if isinstance(record, str):  # of the first avatars
        return {"statement": record}
    return {key: value for key, value in record.items() if key != "synthetic"} if isinstance(record, dict) else {}


def _ids(*found: Any) -> tuple[str, ...]:
    return tuple(one for one in found if isinstance(one, str) and one)
