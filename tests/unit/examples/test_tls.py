"""Both example servers use TLS with a certificate from texts or files."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import ModuleType

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage

import grid_world_server.settings
import mountain_car_server.settings
from tests.unit.examples import certificates, mountain_car, test_grid_world_server
from tests.unit.examples.certificates import NAME, Certificate
from tests.unit.examples.mountain_car import Served
from tests.unit.examples.test_grid_world_server import Served as GridServed

Serving = Callable[[Path, dict[str, str]], AbstractAsyncContextManager[Served | GridServed]]
Variables = dict[str, str]

PROJECTS = {"grid_world": grid_world_server.settings, "mountain_car": mountain_car_server.settings}
SERVING: dict[str, Serving] = {
    "grid_world": lambda folder, given: test_grid_world_server.serving(**given),
    "mountain_car": lambda folder, given: mountain_car.serving(folder, **given),
}


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return certificates.make()


@pytest.fixture(params=PROJECTS)
def project(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(project: str) -> ModuleType:
    return PROJECTS[project]


def texts(certificate: Certificate) -> Variables:
    return {"SSL_FULLCHAIN_PEM": certificate.fullchain, "SSL_PRIVKEY_PEM": certificate.privkey}


def files(certificate: Certificate, folder: Path) -> Variables:
    (folder / "fullchain.pem").write_text(certificate.fullchain)
    (folder / "privkey.pem").write_text(certificate.privkey)
    return {"SSL_FULLCHAIN": str(folder / "fullchain.pem"), "SSL_PRIVKEY": str(folder / "privkey.pem")}


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 120))


async def greet(served: Served | GridServed, project: str, certificate: Certificate) -> None:
    """Connect to the server's name as a browser that trusts the issuer, and receive the welcome."""
    address = f"wss://{NAME}:{served.server.port}"
    async with connect(address, host="127.0.0.1", ssl=certificate.trust, proxy=None) as connection:
        await connection.send(json.dumps({"action": "start", "userId": "u1", "projectId": project}))
        assert "UI" in json.loads(await connection.recv())


def test_a_browser_connects_to_the_servers_name(project: str, certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        async with SERVING[project](tmp_path, texts(certificate)) as served:
            await greet(served, project, certificate)

    run(test)


def test_the_certificate_may_come_from_files(project: str, certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        async with SERVING[project](tmp_path, files(certificate, tmp_path)) as served:
            await greet(served, project, certificate)

    run(test)


def test_the_texts_win_over_files_in_the_image(project: str, certificate: Certificate, tmp_path: Path) -> None:
    async def test() -> None:
        given = files(certificates.make(), tmp_path) | texts(certificate)
        async with SERVING[project](tmp_path, given) as served:
            await greet(served, project, certificate)

    run(test)


def test_with_a_certificate_the_server_refuses_connections_without_tls(
    project: str, certificate: Certificate, tmp_path: Path
) -> None:
    async def test() -> None:
        async with SERVING[project](tmp_path, texts(certificate)) as served:
            with pytest.raises((InvalidMessage, ConnectionError)):
                await connect(f"ws://127.0.0.1:{served.server.port}", proxy=None)

    run(test)


def test_port_checks_are_answered_and_not_logged(
    project: str, certificate: Certificate, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with SERVING[project](tmp_path, texts(certificate)) as served:
            _, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.2)

    run(test)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_no_file_with_the_key_remains(
    settings: ModuleType, certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert settings.Settings.from_environment(texts(certificate)).tls
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pair", [texts, None], ids=["texts", "files"])
@pytest.mark.parametrize("half", [0, 1], ids=["chain", "key"])
def test_half_a_pair_is_an_error_that_names_the_missing_variable(
    settings: ModuleType,
    certificate: Certificate,
    tmp_path: Path,
    pair: Callable[[Certificate], Variables] | None,
    half: int,
) -> None:
    given = list((pair(certificate) if pair else files(certificate, tmp_path)).items())
    other = given[1 - half][0]
    with pytest.raises(settings.SettingsError, match=f"{other} is not set: TLS needs both SSL_FULLCHAIN"):
        settings.Settings.from_environment(dict([given[half]]))


def test_a_missing_file_is_named(settings: ModuleType, certificate: Certificate, tmp_path: Path) -> None:
    given = files(certificate, tmp_path) | {"SSL_PRIVKEY": str(tmp_path / "nothing")}
    with pytest.raises(settings.SettingsError, match="SSL_PRIVKEY must name a file"):
        settings.Settings.from_environment(given)


@pytest.mark.parametrize("key", ["another's", "with a passphrase", "a chain", "no PEM"])
def test_a_key_that_does_not_match_the_certificate_is_an_error(
    settings: ModuleType, certificate: Certificate, key: str
) -> None:
    keys = {
        "another's": certificates.make().privkey,
        "with a passphrase": certificate.locked,
        "a chain": certificate.fullchain,
        "no PEM": "secret",
    }
    with pytest.raises(settings.SettingsError, match="SSL_FULLCHAIN_PEM and SSL_PRIVKEY_PEM are no") as raised:
        settings.Settings.from_environment(texts(certificate) | {"SSL_PRIVKEY_PEM": keys[key]})
    assert keys[key] not in str(raised.value)
