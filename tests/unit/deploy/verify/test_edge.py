"""The edge route: verify measures what is open, finds each fault, and recommends a route."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hippo_deploy.verify import edge_client, game_server
from hippo_deploy.verify.checks import edge
from hippo_deploy.verify.edge_client import PROTOCOL, Opened
from hippo_deploy.verify.page import Reply
from hippo_deploy.verify.results import Failed, NotApplicable
from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_gym.sessions.probe import ask
from tests.unit.deploy.verify.stage import SESSION, Stage
from tests.unit.deploy.verify.test_game_server import running

KEY = EdgeKey("k1", "K" * 43)
PAGE = "https://study.play.example.net"
CHECKS: tuple[Callable[[Any], str], ...] = (edge.upgraded, edge.quiet, edge.refused, edge.names, edge.utilisation)
GOOD = Opened(f"hippo-verify {SESSION}", {"host": "study", "extensions": "permessage-deflate"}, PROTOCOL, 0.08, 0.5)


class Distribution:
    """CloudFront as this verification sees it."""

    def __init__(self, stage: Stage, real: str) -> None:
        self.stage, self.real = stage, real
        self.made_at: dict[str, Any] = {}
        self.remembers, self.repeats, self.admits_all = 20.0, 0.0, False

    def send(self, url: str, body: Any = None, headers: Any = None) -> Reply:
        path = url.removeprefix(PAGE)
        parts = path.removeprefix("/game/").split(".")
        expired = int(parts[1]) <= self.stage.time.now().timestamp()
        if (parts[5] == parts[5][0] * 43 or expired or not _is_signed(parts)) and not self.admits_all:
            return Reply(403, "", {"x-hippo-refused": "signature"})
        if parts[3] == self.real:
            return Reply(426, "")
        since = self.made_at.get(parts[3])
        waits = self.remembers + (self.repeats if self._is_old(parts) else 0)
        found = since is not None and self.stage.time.now() - since >= timedelta(seconds=waits)
        return Reply(426 if found else 502, "")

    def _is_old(self, parts: list[str]) -> bool:
        return int(parts[1]) - self.stage.time.now().timestamp() < 600 and int(parts[1]) % 2 == 0


def _is_signed(parts: list[str]) -> bool:
    text = ".".join(parts[:5])
    mac = base64.urlsafe_b64encode(hmac.new(KEY.secret.encode(), text.encode(), hashlib.sha256).digest())
    return mac.rstrip(b"=").decode() == parts[5]


class Route53:
    """The zone; a change is in sync at once."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution, self.records = distribution, set[str]()

    def change_resource_record_sets(self, *, HostedZoneId: str, ChangeBatch: Any) -> dict[str, Any]:  # noqa: N803
        (change,) = ChangeBatch["Changes"]
        label = change["ResourceRecordSet"]["Name"].partition(".")[0]
        if change["Action"] == "UPSERT":
            self.records.add(label)
            self.distribution.made_at[label] = self.distribution.stage.time.now()
        else:
            self.records.discard(label)
        return {"ChangeInfo": {"Id": "/change/C1"}}

    def get_change(self, *, Id: str) -> dict[str, Any]:  # noqa: N803
        return {"ChangeInfo": {"Status": "INSYNC"}}


class Other:
    """SSM and CloudFront."""

    used = 31

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        return {"Parameter": {"Value": json.dumps({"keys": [{"id": KEY.id, "secret": KEY.secret}]})}}

    def describe_function(self, **_: Any) -> dict[str, Any]:
        return {"ETag": "E1"}

    def test_function(self, *, EventObject: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert json.loads(EventObject)["request"]["uri"].startswith("/game/")
        return {"TestResult": {"ComputeUtilization": str(self.used)}}


class Lab:
    """A deployment on the edge route without a fault."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.world = stage, stage.world
        session = stage.plays("player")
        label = f"{session.id}-1"
        self.distribution = Distribution(stage, label)
        self.route53, self.other = Route53(self.distribution), Other()
        stage.clients.instead |= {"route53": self.route53, "ssm": self.other, "cloudfront": self.other}
        until = stage.time.now() + timedelta(hours=1)
        self.world.http = self.distribution
        self.world.url = PAGE.replace("http", "ws") + path_of(EdgeServer(label, 5000, until, "t"), KEY, until)
        self.opened: Opened = GOOD
        self.world.open_through = lambda url, quiet: self._open(quiet)

    def _open(self, quiet: float) -> Opened:
        return replace(self.opened, quiet=quiet)


@pytest.fixture
def lab(stage: Stage) -> Lab:
    return Lab(stage)


def test_an_account_where_everything_works_is_recommended_the_edge(lab: Lab) -> None:
    found = [check(lab.world) for check in CHECKS]
    assert "the Host that arrives is study" in found[0]
    assert "31 %" in found[4]
    assert 'recommended: game_route = "edge"' in edge.recommendation(lab.world)
    assert lab.route53.records == set(), "the name of the test is gone"


def test_with_one_measurement_missing_direct_is_recommended(lab: Lab) -> None:
    edge.upgraded(lab.world)
    with pytest.raises(Failed, match='recommended: game_route = "direct", because refusals and'):
        edge.recommendation(lab.world)


@pytest.mark.parametrize("check", [*CHECKS, edge.recommendation])
def test_a_direct_deployment_has_nothing_to_measure(stage: Stage, check: Callable[[Any], str]) -> None:
    stage.world.url = "wss://ada.play.example.net:5000"
    with pytest.raises(NotApplicable):
        check(stage.world)


def test_a_path_to_another_server_fails(lab: Lab) -> None:
    lab.opened = replace(GOOD, greeting="hippo-verify 20261122-1111111111111111")
    with pytest.raises(Failed, match="leads to another server"):
        edge.upgraded(lab.world)


def test_a_lost_sub_protocol_fails(lab: Lab) -> None:
    lab.opened = replace(GOOD, protocol=None)
    with pytest.raises(Failed, match="sub-protocol"):
        edge.upgraded(lab.world)


def test_an_edge_that_admits_forged_paths_fails(lab: Lab) -> None:
    lab.distribution.admits_all = True
    with pytest.raises(Failed, match="forged was answered"):
        edge.refused(lab.world)


def test_a_port_that_is_open_to_this_machine_fails(lab: Lab) -> None:
    lab.world.accepts = lambda *_: True
    with pytest.raises(Failed, match="open to this machine"):
        edge.refused(lab.world)


def test_a_name_that_stays_missing_fails_and_is_removed(lab: Lab) -> None:
    lab.distribution.remembers = 10_000
    with pytest.raises(Failed, match="asked for too early"):
        edge.names(lab.world)
    assert lab.route53.records == set()


def test_how_long_a_missing_name_is_remembered_is_measured(lab: Lab) -> None:
    assert "a missing name is remembered for 20 s" in edge.names(lab.world)


def test_a_function_near_its_limit_fails(lab: Lab) -> None:
    lab.other.used = 93
    with pytest.raises(Failed, match="93 %"):
        edge.utilisation(lab.world)


def test_a_missing_key_says_what_makes_it(lab: Lab) -> None:
    def missing(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")

    lab.other.get_parameter = missing  # type: ignore[method-assign]
    with pytest.raises(Failed, match="make deploy"):
        edge.refused(lab.world)


@pytest.fixture
def server() -> Iterator[int]:
    with running(HIPPO_GAME_ROUTE="edge", SSL_FULLCHAIN_PEM="not used", HIPPO_SESSION_ID=SESSION) as port:
        yield port


def test_the_verification_s_server_says_which_headers_arrived(server: int) -> None:
    opened = edge_client.open_through(f"ws://127.0.0.1:{server}/game/k.1.5000.x.y.z", 0.2)
    assert opened.greeting == f"{game_server.GREETING}{SESSION}"
    assert opened.protocol == PROTOCOL
    assert opened.headers["host"] == f"127.0.0.1:{server}"
    assert opened.headers["version"] == "13"


def test_the_verification_s_server_answers_a_plain_get(server: int) -> None:
    assert ask(f"http://127.0.0.1:{server}/game/k.1.5000.x.y.z").status == 426
