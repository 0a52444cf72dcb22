"""The game's connection on the local cloud: a certificate that renews itself, then the edge route.

One cloud for the whole file, on which Terraform applies the settings one after the other, as a team
does that changes from one way to the other.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from hippo_certificates import wiring
from hippo_certificates.renewal import Report
from hippo_certificates.settings import RenewCertificateSettings
from hippo_deploy import first_certificate
from hippo_gym.runtime import settings
from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_gym.sessions.probe import Asked, ask
from local import deployment, participants, researcher, study
from local.cloud import Cloud
from local.edge import route
from local.participants import Persona, Surroundings, Visit
from local.places import REPOSITORY
from local.player import Seat, play
from tests.support import pebble
from tests.support.local_deployment import HANG_SECONDS, STUDY, LocalDeployment
from tests.support.moved_clock import MovedClock, dates, pebble_on
from tests.support.pebble import Pebble

LIFE: Final = timedelta(days=90)
FIFTH: Final = LIFE / 5
"""With less left the alarm `certificate` goes off."""

_NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME (OpenSSL, X509_VERIFY_PARAM_set_flags(3)): OpenSSL has no moved clock."""

BUNDLE: Final = REPOSITORY / "build" / "hippo_certificates-local.zip"


@dataclass
class Stage:
    """A deployment on a cloud of its own; terraform has applied `applied`, besides the usual settings."""

    cloud: Cloud
    folder: Path
    researcher: dict[str, str]
    applied: dict[str, Any] = field(default_factory=dict)

    @property
    def lab(self) -> LocalDeployment:
        return LocalDeployment(self.cloud)

    def apply(self, **changes: Any) -> None:
        self.applied |= changes
        terraform = deployment.terraform_run(self.cloud, changes=self.applied)
        terraform.apply()
        self.cloud.remember(outputs=terraform.outputs())

    def submit(self) -> None:
        """Submit the example with `hippo`: its task definition names what the deployment gives to containers."""
        researcher.submit(self.researcher, study.EXAMPLE)

    def walk(self, user_id: str, tls: ssl.SSLContext | None = None) -> Visit:
        """Walk a participant through the whole study, with the game."""
        around = Surroundings(self.cloud.next_url, STUDY, self.lab.root_domain, self.lab.inspector.address_of, tls=tls)
        return participants.walk(Persona(user_id, user_id), around)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("connection")
    cloud = Cloud(folder / "cloud", ephemeral=True)
    try:
        deployment.deploy(cloud)
        made = Stage(cloud, folder, researcher.environment(cloud, researcher.make_researcher(cloud)))
        with made.lab.without_timed_sweeps():
            yield made
    finally:
        cloud.stop()


# --- the certificate


@dataclass
class Certified:
    """The deployment with a certificate of `ca`, on a clock that tests move."""

    stage: Stage
    ca: Pebble
    clock: MovedClock

    @cached_property
    def settings(self) -> RenewCertificateSettings:
        """The deployed function's own."""
        client, name = (
            self.stage.cloud.client("lambda"),
            self.stage.cloud.outputs["function_names"]["renew_certificate"],
        )
        variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return settings.load(RenewCertificateSettings, variables)

    @cached_property
    def clients(self) -> dict[str, Any]:
        """Clients with the deployed function's role."""
        role = self.stage.lab.credentials_of("renew_certificate")
        return {name: self.stage.cloud.client(name, role) for name in ("secretsmanager", "s3", "route53")}

    def scheduled_run(self) -> Report:
        """Do what the rule's event does, with the function's settings and role, by the moved clock."""
        return wiring.renewal(self.settings, lambda: 600.0, self.clock, self.clients.__getitem__).run()

    def trusting(self) -> ssl.SSLContext:
        """Return what a browser checks that trusts only this CA; on a moved clock the test checks the dates."""
        context = ssl.create_default_context(cadata=self.ca.root)
        if self.clock.ahead:
            context.verify_flags |= _NO_CHECK_TIME
        return context


@pytest.fixture
def certified(stage: Stage) -> Iterator[Certified]:
    if pebble.PROGRAM is None:
        pytest.skip(pebble.MISSING)
    build = [sys.executable, "build.py", "--local"]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    clock = MovedClock()
    zone = str(stage.cloud.outputs["hosted_zone_id"])
    with ExitStack() as open_until_the_end:
        enter = open_until_the_end.enter_context
        resolver = enter(pebble.name_server(pebble.texts_of_zone(stage.cloud.client("route53"), zone)))
        ca = enter(pebble_on(clock, enter(pebble.running(stage.folder, resolver, life=LIFE))))
        acme = {"directory": ca.directory, "email": "team@example.net", "trusted_roots": ca.trusted.read_text()}
        stage.apply(session_certificate={"acme": acme}, certificate_bundle_path=str(BUNDLE))
        yield Certified(stage, ca, clock)


def test_a_game_is_played_over_wss_today_and_200_days_later_and_no_person_touches_the_certificate(
    certified: Certified,
) -> None:
    stage, cloud = certified.stage, certified.stage.cloud

    # --- the deploy: what `make deploy` does after terraform
    looked = first_certificate.look(cloud.outputs, cloud.client("lambda", read_timeout=first_certificate.SECONDS))
    assert looked is not None
    assert looked.good, looked.text
    stage.submit()
    first = stage.walk("anna", certified.trusting()).play
    assert first is not None
    assert first.done
    assert first.certificate is not None
    assert {name for _, name in first.certificate["subjectAltName"]} == {"*.hippo.test", "hippo.test"}

    # --- 200 days, in which the rule runs the function
    events = cloud.client("events")
    (rule,) = events.list_rules(NamePrefix=f"{cloud.outputs['name']}_renew_certificate")["Rules"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert (rule["State"], rule["ScheduleExpression"]) == ("ENABLED", "rate(6 hours)")
    assert target["Arn"].endswith(cloud.outputs["function_names"]["renew_certificate"])
    renewed = []
    for day in (*range(3, 200, 3), 200):  # the unit tests of the renewal run it every six hours
        certified.clock.ahead = timedelta(days=day)
        report = certified.scheduled_run()
        assert report.daysLeft > FIFTH.days, day
        renewed += [day] * (report.outcome == "renewed")
    assert renewed == [60, 120, 180]

    # --- and a participant plays as on the first day
    last = stage.walk("ben", certified.trusting()).play
    assert last is not None
    assert last.done
    assert last.certificate is not None
    begins, ends = dates(last.certificate)
    assert begins <= certified.clock.now() < ends
    assert last.certificate["serialNumber"] != first.certificate["serialNumber"]
    assert certified.clock.now() > dates(first.certificate)[1], "the first one would be refused by now"


# --- the edge route


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_game_is_played_through_the_page_s_address_and_by_no_other_way(stage: Stage) -> None:
    cloud = stage.cloud
    page = route.use(cloud, **stage.applied)
    assert cloud.serve_page() == page
    stage.submit()
    lab = stage.lab
    client = lab.walk_to_game("cleo")
    lab.wait_for(lambda: client.get("3").shows_game, "the server is ready, asked through the edge")
    server = client.get("3").more["server"]
    assert server["url"].startswith(f"{page.replace('http', 'ws')}/game/")

    # --- the port is closed to everyone else
    public = lab.inspector.address_of(server["host"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((public, server["port"]), timeout=HANG_SECONDS)
    (task,) = (each for each in cloud.fargate.tasks() if each["address"] == public)
    assert not any("SSL" in name for each in task["containers"] for name in each["environment"])

    # --- the function refuses what the deployment did not sign; sent directly, the server does
    path = urlsplit(server["url"]).path
    key_id, _, port, label, *_ = path.removeprefix("/game/").split(".")
    store = route.stores(cloud).get_key(KvsARN=cloud.outputs["game_key_store_arn"], Key=key_id)
    key, now = EdgeKey(key_id, store["Value"]), datetime.now(UTC)
    own = EdgeServer(label, int(port), now + timedelta(hours=1), server["token"])
    other = replace(own, label="20261130-0123456789abcdef-1", token="another session's token")
    refused = {
        "forged": path_of(replace(own, token="a guess"), EdgeKey(key_id, "x" * 43), own.until),
        "expired": path_of(own, key, now - timedelta(seconds=1)),
        "another session's": path_of(other, key, own.until).replace(other.label, label),
    }
    for kind, each in refused.items():
        assert ask(page + each) == Asked(403, refused=True), kind
        assert ask(f"http://{task['listens']}:{port}{each}") == Asked(403, refused=True), kind
    assert ask(f"http://{task['listens']}:{port}{path_of(other, key, own.until)}") == Asked(403, refused=True)

    # --- the page's own path leads to the game
    at = urlsplit(server["url"])
    played = play(Seat(str(at.hostname), server["url"], "cleo", STUDY, int(at.port or 0)))
    assert played.done
    assert played.frames > 0
    assert client.get().step == "4"
