# SPDX-License-Identifier: GPL-3.0-or-later
"""Who signs: the person's own certificate chain and key, or a local one that says itself that nobody verified it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import LikenessError
from core.trust.places import CERTIFICATE_VARIABLE, KEY_VARIABLE, config_folder, read_preferences

LOCAL_NAME = "Speaking Likeness local (self-signed), not verified by anybody"
LOCAL_ORGANISATION = "Nobody: made on the computer that made the file"
LOCAL_FILE = "local_identity.pem"  # key and certificate in one, so that two processes never mix theirs
YEARS = 10
WORDS = 32  # bytes of each half of an ES256 signature
# What C2PA lets sign: one of these has to be among the extended key usages.
USAGES = (
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.TIME_STAMPING,
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing
    x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1"),  # C2PA's own, claim signing
)


@dataclass(frozen=True)
class Credential:
    """A certificate chain, its own certificate first, as PEM, and the private key of the first."""

    chain: str
    key: ec.EllipticCurvePrivateKey
    is_local: bool

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.chain.encode())[0]

    @property
    def name(self) -> str:
        return common_name(self.certificate)

    def sign(self, data: bytes) -> bytes:
        """ES256 as COSE has it: both numbers, one after the other."""
        first, second = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return first.to_bytes(WORDS, "big") + second.to_bytes(WORDS, "big")


def find_credential(certificate: Path | None = None, key: Path | None = None) -> Credential:
    """The one of the files that are given, else of the environment or preferences, else this computer's own.

    Raises LikenessError ``certificate_unreadable``, ``certificate_expired``, ``certificate_unfit`` (not ES256, or not
    for signing), ``key_mismatch``, ``file_missing``, ``output_unwritable``.
    """
    if certificate is None and key is None:
        preferences = read_preferences()
        certificate, key = preferences.certificate, preferences.key
    if certificate is None and key is None:
        return local_credential()
    if certificate is None or key is None:
        raise LikenessError(
            "certificate_unreadable",
            f"There is a {'key without its certificate' if certificate is None else 'certificate without its key'}.",
            f"Name both files, in {CERTIFICATE_VARIABLE} and {KEY_VARIABLE} or in the preferences.",
        )
    return read_credential(certificate, key)


def read_credential(certificate: Path, key: Path, is_local: bool = False) -> Credential:
    """The chain and key of two PEM files. Raises LikenessError as `find_credential` does."""
    chain = _read_chain(certificate)
    private = _read_key(key)
    own = chain[0]
    if own.public_key() != private.public_key():
        raise LikenessError(
            "key_mismatch",
            f"The key {key.name} is not that of the certificate {certificate.name}.",
            "Name the key that the certificate was made for.",
        )
    _require_fit(own, certificate.name)
    for one in chain:
        _require_valid(one, certificate.name)
    return Credential("".join(map(_pem, chain)), private, is_local)


def local_credential() -> Credential:
    """This computer's own, made the first time, and anew once it has expired.

    Raises LikenessError ``output_unwritable``, and as `find_credential` does where its files were damaged.
    """
    path = config_folder() / LOCAL_FILE
    if path.is_file():
        try:
            return read_credential(path, path, is_local=True)
        except LikenessError as error:
            if error.code != "certificate_expired":
                raise LikenessError(error.code, error.message, f"Delete {path}; it is made anew.") from error
    _write_secret(path, _make_local())
    return read_credential(path, path, is_local=True)


def common_name(certificate: x509.Certificate) -> str:
    """What a certificate's holder is called."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _make_local() -> bytes:
    """A key and its certificate, as PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, LOCAL_NAME),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, LOCAL_ORGANISATION),
        ]
    )
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    public = private.public_key()
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(digital_signature=True, **usage), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(private, hashes.SHA256())
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + _pem(made).encode()


def _write_secret(path: Path, content: bytes) -> None:
    """A file that only its owner may read, from its first byte on."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise LikenessError(
            "output_unwritable",
            f"The local certificate cannot be kept in {path.parent}: {error.strerror or error}.",
            "Make that folder writable, or name another one in SPEAKING_LIKENESS_CONFIG.",
        ) from error


def _read_chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise LikenessError(
            "certificate_unreadable",
            f"{path.name} holds no certificate as PEM.",
            "Name a PEM file with your certificate first, then those that issued it.",
        ) from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(_read(path), None)
    except TypeError as error:
        raise LikenessError(
            "certificate_unreadable",
            f"The key {path.name} is locked by a password.",
            "Name a key without one, that only you may read.",
        ) from error
    except ValueError as error:
        raise LikenessError(
            "certificate_unreadable", f"{path.name} holds no private key as PEM.", "Name the PEM file with the key."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise LikenessError(
            "certificate_unfit",
            f"The key {path.name} is not one of the curve P-256, which signing by ES256 needs.",
            "Ask for a certificate with such a key.",
        )
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise LikenessError("file_missing", f"There is no file {path}.", "Check where your certificate is.") from error
    except OSError as error:
        raise LikenessError(
            "certificate_unreadable", f"{path} may not be read: {error.strerror}.", "Check its permissions."
        ) from error


def _require_valid(certificate: x509.Certificate, name: str) -> None:
    now = datetime.now(UTC)
    until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if since <= now <= until:
        return
    when = f"expired on {until:%Y-%m-%d}" if now > until else f"is not valid before {since:%Y-%m-%d}"
    raise LikenessError(
        "certificate_expired",
        f"The certificate “{common_name(certificate)}” in {name} {when}.",
        "Name a certificate that is valid today.",
    )


def _require_fit(certificate: x509.Certificate, name: str) -> None:
    """C2PA wants a certificate that may sign, and says for what."""
    reason = ""
    with contextlib.suppress(x509.ExtensionNotFound):
        if not certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            reason = "it may not sign"
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if not any(usage in USAGES for usage in usages):
            reason = "it is not for signing content"
    except x509.ExtensionNotFound:
        reason = "it does not say that it is for signing content"
    with contextlib.suppress(x509.ExtensionNotFound):
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            reason = "it is one that issues others"
    if reason:
        raise LikenessError(
            "certificate_unfit",
            f"The certificate “{common_name(certificate)}” in {name} cannot sign a film: {reason}.",
            "Ask for one with the extended key usage emailProtection or documentSigning, and put it first in the file.",
        )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def is_signed_by(chain: str, signature: bytes, data: bytes) -> bool:
    """Whether the key of a chain's first certificate (PEM) made this signature. Raises ValueError where it is none."""
    key = x509.load_pem_x509_certificates(chain.encode())[0].public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(signature) != 2 * WORDS:
        return False
    numbers = (int.from_bytes(signature[:WORDS], "big"), int.from_bytes(signature[WORDS:], "big"))
    try:
        key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
