"""Checks of the edge route: what AWS's documentation leaves open is measured on this account.

docs/connection.md lists the questions. With game_route = "direct" none of them applies.
"""

from __future__ import annotations

import json
import secrets
import statistics
from datetime import timedelta
from typing import Any, Final

from hippo_deploy.verify.edge_client import PROTOCOL
from hippo_deploy.verify.game_server import GREETING
from hippo_deploy.verify.results import Failed, NotApplicable
from hippo_deploy.verify.world import World
from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey, parameter_name, read_keys

ROLE: Final = "player"
QUIET_SECONDS: Final = 45.0
"""Longer than the function's readTimeout of 30 s, and shorter than a minute, after which the container closes."""

_HANDSHAKES: Final = 5
_REMEMBERED: Final = 330.0
"""Longest wait for a name that an edge has asked for too early."""

_MEASURED: Final = ("upgrades", "refusals", "quiet sockets", "names", "compute time")

_FROM_THE_EDGE: Final = frozenset({502, 503, 504})


def upgraded(world: World) -> str:
    """Check that the function runs on an upgrade, and that the handshake arrives whole."""
    url = _url(world)
    opened = world.open_through(url, 0.5)
    session = world.sessions[world.study.participant(ROLE)]
    if opened.greeting != f"{GREETING}{session.id}":
        raise Failed(f"the path leads to another server: {opened.greeting!r}, not to the session {session.id}")
    if opened.protocol != PROTOCOL:
        raise Failed(f"the sub-protocol did not arrive; the server saw {dict(opened.headers)}")
    world.measured.add("upgrades")
    extensions = "with" if opened.headers.get("extensions") else "without"
    return f"upgraded, {extensions} extensions; the Host that arrives is {opened.headers.get('host')}"


def quiet(world: World) -> str:
    """Check that a socket lives on although its server is quiet, and how long a handshake takes."""
    url = _url(world)
    times = sorted(world.open_through(url, 0.5).handshake for _ in range(_HANDSHAKES))
    world.open_through(url, QUIET_SECONDS)
    world.measured.add("quiet sockets")
    milliseconds = [round(1000 * each) for each in (statistics.median(times), times[-1])]
    return (
        f"a socket survived {QUIET_SECONDS:.0f} s without a byte from its server; "
        f"handshakes took {milliseconds[0]} ms, at most {milliseconds[1]} ms of {_HANDSHAKES}"
    )


def refused(world: World) -> str:
    """Check what is refused, how an error of CloudFront looks, and that the port is closed to this machine."""
    url, key = _url(world), _key(world)
    origin, path = _split(url)
    session = world.sessions[world.study.participant(ROLE)]
    forged = path_of(_server(world, _label(path)), EdgeKey(key.id, "X" * 43), _soon(world))
    expired = path_of(_server(world, _label(path)), key, world.clock.now() - timedelta(minutes=1))
    for name, each in (("forged", forged), ("expired", expired)):
        reply = world.http.send(f"{origin}{each}")
        if reply.status != 403 or "x-hippo-refused" not in reply.headers:
            raise Failed(f"a path that is {name} was answered {reply.status}, not refused by the function")
    answers = world.http.send(f"{origin}{path}").status
    missing = world.http.send(f"{origin}{path_of(_server(world, _new_label()), key, _soon(world))}").status
    if answers in _FROM_THE_EDGE or missing not in _FROM_THE_EDGE:
        raise Failed(f"a server that runs is answered {answers}, and a name that does not exist {missing}")
    if session.public_ip and world.accepts(session.public_ip, world.study.port):
        raise Failed(f"port {world.study.port} of {session.public_ip} is open to this machine, not to CloudFront alone")
    world.measured.add("refusals")
    return f"forged and expired paths: 403; a running server: {answers}; a missing name: {missing}; the port: closed"


def names(world: World) -> str:
    """Measure how long an edge remembers a missing name, and whether it repeats an error by path."""
    origin, _ = _split(_url(world))
    key = _key(world)
    session = world.sessions[world.study.participant(ROLE)]
    label = _new_label()
    server = _server(world, label)
    same = path_of(server, key, _soon(world))
    if world.http.send(f"{origin}{same}").status not in _FROM_THE_EDGE:
        raise Failed(f"{label}.{world.target.root_domain} is answered before it exists")
    record = _record(world, label, str(session.public_ip))
    route53 = world.cloud.client("route53")
    change = _change(route53, world, "UPSERT", record)
    try:
        world.wait(
            lambda: route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC" or None,
            "the name of a test is in sync",
            world.patience.resolved,
        )
        began, found = world.clock.now(), dict[str, float]()

        def look() -> bool:
            passed = (world.clock.now() - began).total_seconds()
            fresh = path_of(server, key, world.clock.now() + timedelta(seconds=60 + passed))
            for name, path in (("fresh", fresh), ("same", same)):
                if name not in found and world.http.send(f"{origin}{path}").status not in _FROM_THE_EDGE:
                    found[name] = passed
            return len(found) == 2

        world.wait(look, "the edge finds a name that it asked for too early", _REMEMBERED)
    finally:
        _change(route53, world, "DELETE", record)
    world.measured.add("names")
    repeated = found["same"] - found["fresh"]
    error = f"a path's error {repeated:.0f} s longer" if repeated > 2 else "no error by path"
    return f"a missing name is remembered for {found['fresh']:.0f} s, and {error}; so no name is used a second time"


def utilisation(world: World) -> str:
    """Measure how much of its compute time the function uses, by CloudFront's own test of it."""
    path = _split(_url(world))[1]
    cloudfront = world.cloud.client("cloudfront")
    name = f"{world.target.name}_game"
    etag = cloudfront.describe_function(Name=name, Stage="LIVE")["ETag"]
    request = {"method": "GET", "uri": path, "querystring": {}, "headers": {}, "cookies": {}}
    about = {"version": "1.0", "context": {"eventType": "viewer-request"}, "viewer": {"ip": "203.0.113.1"}}
    event = about | {"request": request}
    tested = cloudfront.test_function(Name=name, IfMatch=etag, Stage="LIVE", EventObject=json.dumps(event).encode())
    used = int(tested["TestResult"].get("ComputeUtilization") or 0)
    if used >= 80:
        raise Failed(f"the function uses {used} % of its compute time: CloudFront throttles functions near 100 %")
    world.measured.add("compute time")
    return f"the function uses {used} % of its compute time"


def recommendation(world: World) -> str:
    """Say which default this account's measurements recommend, and what no verification can prove."""
    _url(world)
    missing = [name for name in _MEASURED if name not in world.measured]
    if missing:
        raise Failed(f'recommended: game_route = "direct", because {" and ".join(missing)} did not pass')
    return (
        'recommended: game_route = "edge". Two questions need days: whether sockets are cut when CloudFront updates an '
        "edge (pages reconnect), and how the bytes of a WebSocket are billed (Cost Explorer, by usage type)"
    )


def _url(world: World) -> str:
    """Return the address that /next named for the player.

    Raises:
        NotApplicable: the deployment's pages connect to their servers directly.
    """
    if "/game/" not in world.url:
        raise NotApplicable('game_route is "direct": no path leads through the page\'s distribution')
    return world.url


def _split(url: str) -> tuple[str, str]:
    """Return the page's origin, for http, and the path."""
    origin, _, path = url.partition("/game/")
    return origin.replace("ws", "http", 1), f"/game/{path}"


def _label(path: str) -> str:
    return path.split(".")[3]


def _new_label() -> str:
    return f"verify-{secrets.token_hex(8)}"


def _soon(world: World) -> Any:
    return world.clock.now() + timedelta(minutes=10)


def _server(world: World, label: str) -> EdgeServer:
    """Return a server of this name; the container of the verification checks no proof."""
    return EdgeServer(label, world.study.port, _soon(world), "no session's token")


def _key(world: World) -> EdgeKey:
    keys = read_keys(world.cloud.client("ssm"), parameter_name(world.target.name))
    if not keys:
        raise Failed(f"{parameter_name(world.target.name)} does not exist: make deploy makes the first key")
    return keys[0]


def _record(world: World, label: str, address: str) -> dict[str, Any]:
    name = f"{label}.{world.target.root_domain}"
    return {"Name": name, "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": address}]}


def _change(route53: Any, world: World, action: str, record: dict[str, Any]) -> str:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    answer = route53.change_resource_record_sets(HostedZoneId=world.target.hosted_zone_id, ChangeBatch=batch)
    return str(answer["ChangeInfo"]["Id"])
