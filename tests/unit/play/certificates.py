"""Makes a certificate for `*.play.example.net`, like a team's own: a chain and its key, as PEM."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

NAME = "u1.play.example.net"
"""A participant's server."""


@dataclass(frozen=True)
class Certificate:
    """A server's certificate with its issuer's, its key, and its key as ACM exports it: with a passphrase."""

    fullchain: str
    privkey: str
    locked: str

    @property
    def trust(self) -> ssl.SSLContext:
        """The TLS context of a browser that trusts the issuer."""
        return ssl.create_default_context(cadata=self.fullchain)


def make(domain: str = "*.play.example.net") -> Certificate:
    """Make an issuer and a certificate issued by it."""
    issuer, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _issue("The lab's issuer", issuer, "The lab's issuer", issuer)
    certificate = _issue(
        domain, server, "The lab's issuer", issuer, x509.SubjectAlternativeName([x509.DNSName(domain)])
    )
    chain = "".join(each.public_bytes(Encoding.PEM).decode() for each in (certificate, authority))
    return Certificate(chain, _pem(server, NoEncryption()), _pem(server, BestAvailableEncryption(b"a passphrase")))


def _issue(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    names: x509.SubjectAlternativeName | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if names is None:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, SHA256())


def _pem(key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()
