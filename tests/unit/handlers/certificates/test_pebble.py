"""renew_certificate against a real CA: Pebble, which looks up every challenge in the (moto) hosted zone."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_certificates import certificates, wiring
from hippo_certificates.certificates import KeyPair
from hippo_certificates.renewal import Renewal
from hippo_certificates.settings import RenewCertificateSettings
from hippo_gym.runtime.clock import SystemClock
from hippo_play import tls
from tests.support import pebble

pytestmark = pytest.mark.skipif(pebble.PROGRAM is None, reason=pebble.MISSING)

REGION = "ca-central-1"
ROOT = "play.example.net"


class QuickClock(SystemClock):
    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.1))


@dataclass
class World:
    ca: pebble.Pebble
    settings: RenewCertificateSettings
    clients: dict[str, Any]

    def renewal(self) -> Renewal:
        return wiring.renewal(self.settings, lambda: 600.0, QuickClock(), self.clients.__getitem__)

    def secret(self) -> KeyPair:
        found = self.renewal().vault.certificate()
        assert found is not None
        return found.pair

    def texts(self) -> list[str]:
        return pebble.texts_of_zone(self.clients["route53"], self.settings.hosted_zone_id)(f"_acme-challenge.{ROOT}")


def client_of(name: str) -> Any:
    return boto3.client(name, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        clients: dict[str, Any] = {name: client_of(name) for name in ("route53", "secretsmanager", "s3")}
        zone = clients["route53"].create_hosted_zone(Name=ROOT, CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
        names = ("certificate", "account")
        certificate, account = (clients["secretsmanager"].create_secret(Name=name)["ARN"] for name in names)
        clients["s3"].create_bucket(Bucket="projects", CreateBucketConfiguration={"LocationConstraint": REGION})
        resolver = pebble.name_server(pebble.texts_of_zone(clients["route53"], zone))
        with resolver as address, pebble.running(tmp_path, address) as ca:
            settings = RenewCertificateSettings(
                zone,
                ROOT,
                certificate,
                account,
                ca.directory,
                acme_email="team@example.net",
                acme_trusted_roots=ca.trusted.read_text(),
                copy_to_bucket="projects",
            )
            yield World(ca, settings, clients)


def test_a_first_run_leads_to_a_server_that_browsers_trust_and_the_next_runs_change_nothing(world: World) -> None:
    report = world.renewal().run()

    pair = world.secret()
    assert (report.outcome, report.reason) == ("renewed", "there is no certificate yet")
    assert certificates.read(pair).names == {f"*.{ROOT}", ROOT}
    assert world.texts() == []
    handshake(pair, world.ca.root, f"anna.{ROOT}")
    stored = world.clients["s3"].get_object(Bucket="projects", Key="SSL/privkey.pem")["Body"].read()
    assert stored.decode() == pair.privkey

    assert world.renewal().run().outcome == "kept"
    assert world.secret() == pair


def test_a_second_certificate_uses_the_same_account(world: World) -> None:
    world.renewal().run()
    first, account = world.secret(), world.renewal().vault.account()
    world.clients["secretsmanager"].put_secret_value(SecretId=world.settings.certificate_secret, SecretString="{}")

    assert world.renewal().run().outcome == "renewed"
    assert world.secret() != first
    assert world.renewal().vault.account() == account


def handshake(pair: KeyPair, root: str, name: str) -> None:
    """Shake hands with the context of hippo_play, as a browser that trusts the CA would."""
    server_context = tls.context({"SSL_FULLCHAIN_PEM": pair.fullchain, "SSL_PRIVKEY_PEM": pair.privkey})
    assert server_context is not None
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cadata=root).wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    for _ in range(10):
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue
    assert done == {client, server}
    assert client.version() == "TLSv1.3"
