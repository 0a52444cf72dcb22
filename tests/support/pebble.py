"""Pebble, Let's Encrypt's small CA for tests, on loopback; and a name server that answers from a hosted zone.

Pebble looks up each challenge at that name server, so a certificate exists only if the TXT records
were really in the zone.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM: Final = shutil.which("pebble")
MISSING: Final = "Pebble is not installed (Debian: apt-get install pebble)"
_HANGS: Final = 300.0

Texts = Callable[[str], list[str]]
"""Name, in lower case without a final dot → its TXT values."""


@dataclass(frozen=True)
class Pebble:
    """A running Pebble: its directory, a file with the roots of that address, and the issuing root (PEM).

    `issuer_key` is the key (PEM) of the intermediate that signs certificates.
    """

    directory: str
    trusted: Path
    root: str
    issuer_key: str


def texts_of_zone(route53: Any, hosted_zone_id: str) -> Texts:
    """Return what answers TXT questions from a hosted zone of Route 53."""

    def answer(name: str) -> list[str]:
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=hosted_zone_id)
        records = [record for page in pages for record in page["ResourceRecordSets"]]
        found = [one for one in records if one["Type"] == "TXT" and one["Name"].rstrip(".").lower() == name]
        return [value["Value"] for record in found for value in record["ResourceRecords"]]

    return answer


@contextmanager
def name_server(texts: Texts) -> Iterator[str]:
    """Answer TXT questions on a free UDP port of loopback; yield its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                question, sender = server.recvfrom(4096)
                if not question:
                    return
                server.sendto(_answered(question, texts), sender)

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.sendto(b"", server.getsockname())
            serving.join(_HANGS)


def _answered(question: bytes, texts: Texts) -> bytes:
    asked = dns.message.from_wire(question)
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.AA
    name = asked.question[0].name
    if asked.question[0].rdtype == dns.rdatatype.TXT:
        values = texts(name.to_text(omit_final_dot=True).lower())
        if values:
            answer.answer.append(dns.rrset.from_text(name, 1, "IN", "TXT", *values))
    return answer.to_wire()


@contextmanager
def running(
    folder: Path, resolver: str, environment: Mapping[str, str] | None = None, life: timedelta | None = None
) -> Iterator[Pebble]:
    """Run Pebble in `folder` with its own certificate.

    Args:
        folder: for its files.
        resolver: address of the name server.
        environment: adds Pebble's settings.
        life: of a certificate; None is Pebble's own, five years.
    """
    assert PROGRAM is not None, MISSING
    key, certificate = _own_certificate(folder)
    ports = _free_ports(4)
    settings = {
        "listenAddress": f"127.0.0.1:{ports[0]}",
        "managementListenAddress": f"127.0.0.1:{ports[1]}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": ports[2],
        "tlsPort": ports[3],
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
    }
    if life is not None:
        settings["certificateValidityPeriod"] = int(life.total_seconds())
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}), "utf-8")
    command = [PROGRAM, "-config", str(folder / "pebble.json"), "-dnsserver", resolver]
    log = (folder / "pebble.log").open("wb")
    chosen = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "20", "PEBBLE_AUTHZREUSE": "0"} | dict(
        environment or {}
    )
    with log, subprocess.Popen(command, env=chosen, stdout=log, stderr=log) as process:
        try:
            management = f"https://127.0.0.1:{ports[1]}"
            root = _when_ready(process, f"{management}/roots/0", certificate)
            issuer_key = _when_ready(process, f"{management}/intermediate-keys/0", certificate)
            yield Pebble(f"https://127.0.0.1:{ports[0]}/dir", certificate, root, issuer_key)
        finally:
            process.kill()


def _when_ready(process: subprocess.Popen[bytes], address: str, trusted: Path) -> str:
    context = ssl.create_default_context(cafile=str(trusted))
    end = datetime.now(UTC) + timedelta(seconds=_HANGS)
    pause = threading.Event()
    while datetime.now(UTC) < end:
        assert process.poll() is None, "Pebble ended: see pebble.log"
        try:
            with urllib.request.urlopen(address, context=context, timeout=_HANGS) as answer:  # noqa: S310 - our address
                return str(answer.read().decode())
        except OSError:
            pause.wait(0.05)
    raise AssertionError("Pebble does not answer")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _own_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pebble")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    paths = folder / "pebble.key", folder / "pebble.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths[0].write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    paths[1].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(encoding))
    return paths
