"""A study is published, a participant's server comes up, its name resolves, and the game connection opens."""

from __future__ import annotations

import json
from typing import Any, Final

from hippo_deploy.preflight.public_dns import DnsBroken, DnsUnavailable, PublicDns
from hippo_deploy.verify.game_server import GREETING
from hippo_deploy.verify.page import GAME, Page
from hippo_deploy.verify.records import Session
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from hippo_deploy.verify.study import GAME_STEP
from hippo_deploy.verify.world import World
from hippo_gym.studies.projects import MASTER_LIST_KEY

PLAYER: Final = "player"
"""The participant who walks through the study to its delayed stop."""

UPDATE: Final = "update_project_master_list"


def published(world: World) -> str:
    """The function takes the study's projects, they stand in the list, and /next serves their pages."""
    target, study = world.target, world.study
    s3 = world.cloud.client("s3")
    for key, body in study.pages().items():
        s3.put_object(Bucket=target.bucket, Key=key, Body=body, ContentType="text/html; charset=utf-8")
    made = world.cloud.client("ecs").register_task_definition(**study.task_definition(target))["taskDefinition"]
    world.revision = f"{made['family']}:{made['revision']}"
    for entry in study.entries(target):
        _register(world, entry)
    listed = {entry["id"] for entry in (world.records.object(MASTER_LIST_KEY) or {"projects": []})["projects"]}
    missing = [project for project in study.project_ids if project not in listed]
    if missing:
        raise Failed(f"{target.functions[UPDATE]} answered 200, and {MASTER_LIST_KEY} has no {', '.join(missing)}")
    page = world.page("reader", study.id)
    world.wait(lambda: _is_served(page), "/next serves a study that was published", world.patience.listed)
    return f"{' and '.join(study.project_ids)} stand in the list, and /next serves them"


def _register(world: World, entry: dict[str, Any]) -> None:
    function = world.target.functions[UPDATE]
    answer = world.cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(entry).encode("utf-8"))
    reply = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(reply, dict) or reply.get("statusCode") != 200:
        raise Failed(f"{function} refuses {entry['id']}: {reply}")


def _is_served(page: Page) -> bool:
    try:
        return "welcome" in page.ask()["page"]
    except Failed:
        return False


def ready(world: World, role: str, project_id: str) -> tuple[Page, dict[str, Any], Session]:
    """Walk a participant to the game and wait for their server; return page, last answer and session.

    Raises:
        Failed: the server does not become ready; the text says what the deployment says about it.
    """
    page = world.page(role, project_id)
    answer = page.walk_to_game()
    user_id = page.user_id

    def look() -> dict[str, Any] | None:
        session = world.live(user_id)
        if session is not None and session.record.get("failed"):
            raise Failed(f"the server cannot be started: {session.reason}")
        shown = page.ask(GAME_STEP)
        return shown if shown["page"] == GAME else None

    if answer["page"] != GAME:
        try:
            answer = world.wait(look, "the server is ready", world.patience.ready)
        except Failed as error:
            raise Failed(f"{error}; {_state(world, user_id)}") from error
    session = world.wait(lambda: _ready(world, user_id), "the session's record says ready", world.patience.noted)
    return page, answer, session


def _ready(world: World, user_id: str) -> Session | None:
    found = world.live(user_id)
    return found if found is not None and found.is_ready else None


def _state(world: World, user_id: str) -> str:
    session = world.live(user_id) or world.sessions.get(user_id)
    if session is None:
        return "start_server has made no record of a session"
    ended = world.records.ended(session)
    if ended is not None:
        return f"the session has ended: {ended.reason}"
    return f"last failure: {session.record['seen'].get('lastFailure') or 'none'}"


def started(world: World) -> str:
    """A participant asks for a server, and is shown the game once it is ready."""
    began = world.clock.now()
    _, answer, session = ready(world, PLAYER, world.study.id)
    seconds = (world.clock.now() - began).total_seconds()
    server = answer.get("server") or {}
    world.host = str(server.get("host") or world.host_of(session.user_id))
    if int(server.get("port") or 0) != world.study.port:
        raise Failed(f"/next names the port {server.get('port')}, and the study says {world.study.port}")
    return f"{seconds:.0f} s from the first page to the game, on {session.capacity_provider}"


def resolves(world: World) -> str:
    """Public resolvers answer the server's name with the task's address."""
    if not world.target.has_public_names:
        domain = world.target.root_domain
        raise NotApplicable(f"{domain} is under a reserved domain, which no public resolver knows (RFC 6761)")
    session = world.sessions[world.study.participant(PLAYER)]
    seen: dict[str, str] = {}

    def look() -> bool:
        seen.update({name: _asked(dns, world.host, session.public_ip) for name, dns in world.resolvers.items()})
        return all(answer in ("", "unreachable") for answer in seen.values())

    try:
        world.wait(look, "the name leads to the server", world.patience.resolved)
    except Failed as error:
        wrong = "; ".join(f"{name}: {answer}" for name, answer in seen.items() if answer not in ("", "unreachable"))
        raise Failed(f"{world.host} should be {session.public_ip}; {wrong}") from error
    good = [name for name, answer in seen.items() if not answer]
    if not good:
        raise Unproven("no resolver can be reached from this machine")
    return f"{world.host} is {session.public_ip} by {', '.join(good)}"


def _asked(dns: PublicDns, host: str, address: str | None) -> str:
    """Return what is wrong with a resolver's answer; nothing if it is right."""
    try:
        found = dns.look_up(host, "A")
    except DnsUnavailable:
        return "unreachable"
    except DnsBroken as error:
        return f"no answer ({error})"
    return "" if found == (address,) else ", ".join(found) or "no such name"


def connected(world: World) -> str:
    """A WebSocket opens to the server's name, with TLS if there is a certificate, and it is this participant's."""
    session = world.sessions[world.study.participant(PLAYER)]
    tls = world.target.certificate_arn is not None
    address = world.wait(lambda: world.address_of(world.host), f"{world.host} has an address", world.patience.resolved)
    said = world.connect(world.host, address, world.study.port, tls=tls)
    if said != f"{GREETING}{session.id}":
        raise Failed(f"{world.host} answers as another server: {said!r}, not for the session {session.id}")
    url = f"{'wss' if tls else 'ws'}://{world.host}:{world.study.port}"
    if tls or world.target.emulator is not None:
        return f"{url} is this participant's server"
    return f"{url} is this participant's server, without TLS: a page served by https cannot open it"
