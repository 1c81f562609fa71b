# SPDX-License-Identifier: GPL-3.0-or-later
"""Content Credentials: a file is signed with what it says of itself, whole or not at all. Nothing is ever fetched."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import c2pa

from core.errors import LikenessError
from core.trust.boxes import copy_with_xmp, hash_head
from core.trust.certificate import Credential, find_credential
from core.trust.manifest import MIMES, make_manifest, settings
from core.trust.provenance import Ingredient, Provenance, ingredient_of, mark_payload, text_ingredient
from core.trust.stills import make_xmp

__all__ = ["Ingredient", "Provenance", "ingredient_of", "mark_payload", "sign_beside", "sign_file", "text_ingredient"]

ELSEWHERE = "application/octet-stream"  # a file that only has bytes
WORKS = frozenset(("Valid", "Trusted"))


def sign_file(path: Path, provenance: Provenance, credential: Credential | None = None) -> Path:
    """Sign an MP4, MOV, PNG, JPEG or WAV in place, its XMP included; a failure leaves it as it was. Returns ``path``.

    An earlier signature is replaced. credential: as `find_credential` gives it, the default. Raises LikenessError
    ``file_missing``, ``format_unsigned`` (no place for a signature), ``file_damaged``, ``signing_failed``,
    ``output_unwritable`` and as `find_credential` does.
    """
    path = Path(path)
    require_signable(path)
    credential = credential or find_credential()
    described, signed = _part(path, "xmp"), _part(path, "signed")
    try:
        copy_with_xmp(path, described, make_xmp(provenance, path.suffix))
        manifest = make_manifest(provenance, hash_head(described))
        with described.open("rb") as source, signed.open("w+b") as target:
            _sign(manifest, MIMES[path.suffix.lower()], source, target, credential)
        _require_valid(signed)
        signed.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LikenessError(
            "output_unwritable", f"{path} cannot be signed: {reason}.", "Look for room on the disk, and permissions."
        ) from error
    finally:
        for part in (described, signed):
            with contextlib.suppress(OSError):
                part.unlink()
    return path


def require_signable(path: Path) -> None:
    """Raise LikenessError ``file_missing`` or ``format_unsigned``."""
    if path.suffix.lower() not in MIMES:
        raise LikenessError(
            "format_unsigned",
            f"A file such as {path.name} has no place for a signature.",
            f"Deliver {', '.join(suffix[1:].upper() for suffix in MIMES if suffix != '.jpeg')} instead.",
        )
    if not path.is_file():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of what is to be signed.")


def sign_beside(content: bytes, provenance: Provenance, credential: Credential | None = None) -> bytes:
    """The manifest of a file that has no place for it, to be kept beside it as ``NAME.c2pa``.

    Raises LikenessError ``signing_failed`` and as `find_credential` does.
    """
    credential = credential or find_credential()
    source, target = io.BytesIO(content), io.BytesIO()
    return _sign(make_manifest(provenance), ELSEWHERE, source, target, credential, embed=False)


def _sign(
    manifest: dict[str, object],
    mime: str,
    source: BinaryIO,
    target: BinaryIO,
    credential: Credential,
    embed: bool = True,
) -> bytes:
    with (
        _told(),
        c2pa.Context.from_json(settings()) as context,
        c2pa.Signer.from_callback(credential.sign, c2pa.C2paSigningAlg.ES256, credential.chain, None) as signer,
        c2pa.Builder(json.dumps(manifest), context) as builder,
    ):
        if not embed:
            builder.set_no_embed()
        return bytes(builder.sign(signer, mime, source, target))


def _require_valid(path: Path) -> None:
    """Nothing is delivered that does not verify."""
    with (
        _told(),
        path.open("rb") as file,
        c2pa.Context.from_json(settings()) as context,
        c2pa.Reader(MIMES[path.suffix.lower()], file, context=context) as reader,
    ):
        state = reader.get_validation_state()
    if state not in WORKS:
        raise _failed(f"the signed file reads back as {state}")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What c2pa raises, in a sentence."""
    try:
        yield
    except c2pa.C2paError as error:
        raise _failed(str(error).splitlines()[0]) from error


def _failed(reason: str) -> LikenessError:
    return LikenessError(
        "signing_failed",
        f"The Content Credentials could not be signed: {reason}.",
        "The file is as it was; make it again, and check your certificate.",
    )


def _part(path: Path, step: str) -> Path:
    return path.with_name(f".{path.stem}.{step}.{os.getpid()}{path.suffix}")
