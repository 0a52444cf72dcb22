"""Keys, certificate requests and certificates, in PEM."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class NotUsable(ValueError):
    """A certificate that a server cannot use; the text says why."""


@dataclass(frozen=True)
class KeyPair:
    """A certificate with its chain, the server's own certificate first, and its key; both PEM."""

    fullchain: str
    privkey: str


@dataclass(frozen=True)
class Certificate:
    """What a certificate says.

    Attributes:
        names: its DNS names, in lower case.
        begins, ends: UTC; it is valid between them.
        serial: its serial number.
        renewal_id: its name in the CA's renewal information (RFC 9773, 4.1); None if the
            certificate lacks the extension that names the CA's key.
    """

    names: frozenset[str]
    begins: datetime
    ends: datetime
    serial: int
    renewal_id: str | None


def read(pair: KeyPair) -> Certificate:
    """Read a certificate and check that the key is its own.

    Raises:
        NotUsable: one of the two is not PEM, or they do not belong together.
    """
    try:
        certificate = x509.load_pem_x509_certificates(pair.fullchain.encode())[0]
        key = serialization.load_pem_private_key(pair.privkey.encode(), password=None)
        own = _public(key.public_key()) == _public(certificate.public_key())
        extensions = certificate.extensions
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotUsable(f"fullchain or privkey is not in PEM: {error}") from error
    if not own:
        raise NotUsable("privkey is not the key of the first certificate in fullchain")
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound as error:
        raise NotUsable("the certificate names no host (subjectAltName)") from error
    return Certificate(
        frozenset(name.lower() for name in names),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.serial_number,
        _renewal_id(certificate),
    )


def make_key() -> str:
    """Make the key of a new certificate: ECDSA P-256, which browsers and Python's ssl take; PEM."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def make_request(key: str, names: Sequence[str]) -> bytes:
    """Return a certificate request (DER) for `names`, signed with a key that `make_key` made."""
    private = serialization.load_pem_private_key(key.encode(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise NotUsable("the key of a certificate request must be an elliptic-curve key")
    wanted = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(wanted, critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _public(key: object) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    content: bytes = key.public_bytes(encoding, form)  # type: ignore[attr-defined]
    return content


def _renewal_id(certificate: x509.Certificate) -> str | None:
    """Return base64url(key id of the CA) "." base64url(serial, a DER integer's content)."""
    try:
        issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None
    serial = certificate.serial_number
    content = serial.to_bytes(serial.bit_length() // 8 + 1, "big")  # one bit more: the sign
    return None if issuer is None else f"{_base64(issuer)}.{_base64(content)}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
