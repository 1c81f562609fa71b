# SPDX-License-Identifier: GPL-3.0-or-later
"""Small films, stills and sounds, certificates, and folders as results have them, for the tests of trust."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import soundfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from core.trust.provenance import Ingredient, Provenance

ID, PHOTO = "0123456789abcdef", "ab" * 32
CONSENT = {"avatar": "Ada", "subject": "Ada & <B>", "basis": "written", "date": "2026-11-01", "uses": ["public"]}
PROVENANCE = Provenance(
    "A film “of” Ada",
    (
        Ingredient("photo", "ada.jpg", PHOTO),
        Ingredient("avatar", "Ada", "12" * 32, ID),
        Ingredient("voice", "hibari:jenny"),
        Ingredient("script", "words", "cd" * 32),
        Ingredient("slide", "page.png", "ef" * 32),
    ),
    (CONSENT,),
    label="AI-generated",
    identifier="89abcdef01234567",
    edits=("Colours were graded",),
    use="public",
)
CODECS = {".mp4": ("libx264", "yuv420p"), ".mov": ("prores_ks", "yuv422p10le")}


def make_file(path: Path, size: int = 64, frame: np.ndarray | None = None, wave: np.ndarray | None = None) -> Path:
    """A small file of the kind that its name says. frame: what it shows; wave: at 16 kHz, what is heard in a WAV."""
    if frame is None:
        frame = np.random.default_rng(5).integers(0, 255, (size, size, 3), np.uint8)
    if path.suffix in CODECS:
        codec, form = CODECS[path.suffix]
        with av.open(str(path), "w") as film:
            stream = film.add_stream(codec, 25)
            stream.width, stream.height, stream.pix_fmt = frame.shape[1], frame.shape[0], form
            for _ in range(4):
                film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
            film.mux(stream.encode())
    elif path.suffix == ".wav":
        soundfile.write(path, np.zeros(4000) if wave is None else wave, 16000, subtype="PCM_16")
    else:
        Image.fromarray(frame).save(path, quality=90)
    return path


def write_json(path: Path, said: object) -> Path:
    """A document, with the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def make_avatar(folder: Path, consent: dict | None = None, id: str = ID, photo: str = PHOTO, name: str = "Ada") -> Path:
    """A folder NAME.avatar of which only the document is there."""
    entry = {"format": 1, "id": id, "name": name, "photo": {"file": "ada.jpg", "sha256": photo}}
    write_json(folder / "avatar.json", {**entry, "consent": {**(consent or {}), "synthetic": True}})
    return folder


def make_voice(folder: Path, consent: dict | None = None) -> Path:
    """A folder NAME.voice of which only the document is there."""
    entry = {"format": 1, "name": "Ada", "sample": {"sha256": "5a" * 32, "file": None}, "consent": consent or {}}
    write_json(folder / "voice.json", entry)
    return folder


class Authority:
    """Somebody who issues certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("Test authority")
        self.certificate = _certify(self.key, self.name, self, self.name, True, 10)

    def issue(self, folder: Path, days: int = 10, usage: bool = True) -> tuple[Path, Path]:
        """A chain and its key as files. days: until it expires, may be past. usage: it says that it is for signing."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = _certify(key, _name("Studio Ada"), self, self.name, False, days, usage)
        chain, secret = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(_pem(own) + _pem(self.certificate))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return chain, secret

    @property
    def pem(self) -> bytes:
        return _pem(self.certificate)


def _name(common: str) -> x509.Name:
    texts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "Tests"))
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in texts])


def _certify(key, name, issuer, issued_by, is_authority, days, usage=True) -> x509.Certificate:
    now = datetime.now(UTC)
    no = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
                        "decipher_only"), False)  # fmt: skip
    signs = x509.KeyUsage(digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority, **no)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if usage and not is_authority:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return builder.sign(issuer.key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
