"""The container's program, by real connections with and without TLS; the study's AWS requests."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hippo_deploy.verify import game_server, study, world
from hippo_deploy.verify.results import Failed
from tests.unit.deploy.verify.stage import SESSION, Stage

HOST = "p1.play.example.net"


def certificate(host: str) -> tuple[str, str]:
    """Make a self-signed certificate for a name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem).decode(), private.decode()


@contextmanager
def running(**environment: str) -> Iterator[int]:
    """Run the program like a container; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *game_server.command(port)[1:]],
        env={"PATH": os.environ["PATH"], "HIPPO_LISTEN_ADDRESS": "127.0.0.1", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "listening" in process.stdout.readline()
        yield port
    finally:
        process.terminate()
        try:
            assert process.wait(timeout=300) == 0, "SIGTERM ends it immediately"
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def test_the_server_sends_its_session_id() -> None:
    with running(HIPPO_SESSION_ID=SESSION) as port:
        assert world.accepts("127.0.0.1", port)
        for _ in range(2):  # after a silent connection, and after another participant
            greeting = world.connect(HOST, "127.0.0.1", port, tls=False)
            assert greeting == f"{game_server.GREETING}{SESSION}"


def test_the_server_uses_tls_with_the_secret_from_ecs(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, key = certificate(HOST)
    trusting = ssl.create_default_context(cadata=chain)
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    with running(HIPPO_SESSION_ID=SESSION, SSL_FULLCHAIN_PEM=chain, SSL_PRIVKEY_PEM=key) as port:
        assert world.connect(HOST, "127.0.0.1", port, tls=True) == f"{game_server.GREETING}{SESSION}"
        with pytest.raises(Failed, match=r"certificate of other\.play\.example\.net is not valid"):
            world.connect("other.play.example.net", "127.0.0.1", port, tls=True)


def test_a_self_signed_certificate_is_a_failure() -> None:
    chain, key = certificate(HOST)
    with running(SSL_FULLCHAIN_PEM=chain, SSL_PRIVKEY_PEM=key) as port:
        with pytest.raises(Failed, match="self-signed"):
            world.connect(HOST, "127.0.0.1", port, tls=True)
        with pytest.raises(Failed, match="does not answer as a WebSocket server"):
            world.connect(HOST, "127.0.0.1", port, tls=False)


def test_a_port_without_a_listener_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert not world.accepts("127.0.0.1", port)
    with pytest.raises(Failed, match="does not answer"):
        world.connect(HOST, "127.0.0.1", port, tls=False)


def test_the_study_sends_the_same_requests_as_a_researcher_s_study() -> None:
    stage = Stage(certificate_arn="arn:secret", max_runtime_minutes=3)
    made = study.new(image="x/python:3", port=8080)
    definition = made.task_definition(stage.target, made.id)
    (container,) = definition["containerDefinitions"]
    assert {each["name"]: each["valueFrom"] for each in container["secrets"]} == {
        "SSL_FULLCHAIN_PEM": "arn:secret:fullchain::",
        "SSL_PRIVKEY_PEM": "arn:secret:privkey::",
    }
    assert definition["tags"] == [
        {"key": "hippo-gym:deployment", "value": stage.target.name},
        {"key": "hippo-gym:project", "value": made.id},
    ]
    assert definition["executionRoleArn"] == stage.target.execution_role_arn
    first, second = made.entries(stage.target)
    assert (first["maxRuntime"], second["maxRuntime"]) == (3, 3), "no longer than the deployment allows"
    assert first["events"]["stopDelay"] == 1
    assert (first["ecsTask"], second["ecsTask"]) == made.project_ids
    assert study.new().id != study.new().id
