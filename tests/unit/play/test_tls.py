"""The server uses TLS with a certificate from texts or files."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage

from hippo_play import tls
from hippo_play.settings import Settings, SettingsError
from tests.unit.play import certificates
from tests.unit.play.certificates import NAME, Certificate
from tests.unit.play.serving import Served, serving
from tests.unit.play.virtual_time import run

Variables = dict[str, str]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return certificates.make()


def texts(certificate: Certificate) -> Variables:
    return {"SSL_FULLCHAIN_PEM": certificate.fullchain, "SSL_PRIVKEY_PEM": certificate.privkey}


def files(certificate: Certificate, folder: Path) -> Variables:
    (folder / "fullchain.pem").write_text(certificate.fullchain)
    (folder / "privkey.pem").write_text(certificate.privkey)
    return {"SSL_FULLCHAIN": str(folder / "fullchain.pem"), "SSL_PRIVKEY": str(folder / "privkey.pem")}


async def greet(served: Served, certificate: Certificate) -> None:
    """Connect to the server's name as a browser that trusts the issuer, and receive the welcome."""
    address = f"wss://{NAME}:{served.server.port}"
    async with connect(address, host="127.0.0.1", ssl=certificate.trust, proxy=None) as connection:
        await connection.send(json.dumps({"action": "start", "userId": "u1", "projectId": "rail"}))
        assert "UI" in json.loads(await connection.recv())


async def _shake_hands(served: Served, certificate: Certificate) -> None:
    async with connect(f"wss://{NAME}:{served.server.port}", host="127.0.0.1", ssl=certificate.trust, proxy=None):
        pass  # without a hello it takes no seat


def test_a_browser_connects_to_the_servers_name(certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, variables=texts(certificate)) as served:
            await greet(served, certificate)

    run(test)


def test_the_certificate_may_come_from_files(certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, variables=files(certificate, tmp_path)) as served:
            await greet(served, certificate)

    run(test)


def test_renewed_files_are_used_and_open_connections_go_on(certificate: Certificate, tmp_path: Path) -> None:
    renewed = certificates.make()

    async def test() -> None:
        async with serving(tmp_path, variables=files(certificate, tmp_path)) as served:
            address = f"wss://{NAME}:{served.server.port}"
            async with connect(address, host="127.0.0.1", ssl=certificate.trust, proxy=None) as before:
                await before.send(json.dumps({"action": "start", "userId": "u1", "projectId": "rail"}))
                (tmp_path / "privkey.pem").write_text(renewed.privkey)
                await asyncio.sleep(2 * tls.LOOK_SECONDS)
                await _shake_hands(served, certificate)  # the chain of the new key is not there yet
                (tmp_path / "fullchain.pem").write_text(renewed.fullchain)
                await asyncio.sleep(2 * tls.LOOK_SECONDS)
                await _shake_hands(served, renewed)
                await (await before.ping())

    run(test)


def test_the_texts_win_over_files_in_the_image(certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        given = files(certificates.make(), tmp_path) | texts(certificate)
        async with serving(tmp_path, variables=given) as served:
            await greet(served, certificate)

    run(test)


def test_with_a_certificate_the_server_refuses_connections_without_tls(
    certificate: Certificate, tmp_path: Path
) -> None:
    async def test() -> None:
        async with serving(tmp_path, variables=texts(certificate)) as served:
            with pytest.raises((InvalidMessage, ConnectionError)):
                await connect(f"ws://127.0.0.1:{served.server.port}", proxy=None)

    run(test)


def test_port_checks_are_answered_and_not_logged(
    certificate: Certificate, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with serving(tmp_path, variables=texts(certificate)) as served:
            _, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(1)

    run(test)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_no_file_with_the_key_remains(
    certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert Settings.from_environment(texts(certificate)).tls
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pair", [texts, None], ids=["texts", "files"])
@pytest.mark.parametrize("half", [0, 1], ids=["chain", "key"])
def test_half_a_pair_is_an_error_that_names_the_missing_variable(
    certificate: Certificate,
    tmp_path: Path,
    pair: Callable[[Certificate], Variables] | None,
    half: int,
) -> None:
    given = list((pair(certificate) if pair else files(certificate, tmp_path)).items())
    other = given[1 - half][0]
    with pytest.raises(SettingsError, match=f"{other} is not set: TLS needs both SSL_FULLCHAIN"):
        Settings.from_environment(dict([given[half]]))


def test_a_missing_file_is_named(certificate: Certificate, tmp_path: Path) -> None:
    given = files(certificate, tmp_path) | {"SSL_PRIVKEY": str(tmp_path / "nothing")}
    with pytest.raises(SettingsError, match="SSL_PRIVKEY must name a file"):
        Settings.from_environment(given)


@pytest.mark.parametrize("key", ["another's", "with a passphrase", "a chain", "no PEM"])
def test_a_key_that_does_not_match_the_certificate_is_an_error(certificate: Certificate, key: str) -> None:
    keys = {
        "another's": certificates.make().privkey,
        "with a passphrase": certificate.locked,
        "a chain": certificate.fullchain,
        "no PEM": "secret",
    }
    with pytest.raises(SettingsError, match="SSL_FULLCHAIN_PEM and SSL_PRIVKEY_PEM are no") as raised:
        Settings.from_environment(texts(certificate) | {"SSL_PRIVKEY_PEM": keys[key]})
    assert keys[key] not in str(raised.value)
