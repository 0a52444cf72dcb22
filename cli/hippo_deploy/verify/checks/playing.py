"""Checks publishing a study, starting a server, resolving its name, and the game connection."""

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
"""The role of the participant who walks through the study to its delayed stop."""

UPDATE: Final = "update_project_master_list"


def published(world: World) -> str:
    """Check that the function publishes the study's projects, and /next serves their pages."""
    target, study = world.target, world.study
    s3 = world.cloud.client("s3")
    for key, body in study.pages().items():
        s3.put_object(Bucket=target.bucket, Key=key, Body=body, ContentType="text/html; charset=utf-8")
    for definition in study.task_definitions(target):
        world.cloud.client("ecs").register_task_definition(**definition)
    for entry in study.entries(target):
        _register(world, entry)
    listed = {entry["id"] for entry in (world.records.object(MASTER_LIST_KEY) or {"projects": []})["projects"]}
    missing = [project for project in study.project_ids if project not in listed]
    if missing:
        raise Failed(f"{target.functions[UPDATE]} answered 200, and {MASTER_LIST_KEY} has no {', '.join(missing)}")
    page = world.page("reader", study.id)
    world.wait(lambda: _is_served(page), "/next serves a published study", world.patience.listed)
    return f"{' and '.join(study.project_ids)} are in the list, and /next serves them"


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
        Failed: the server does not become ready; the text has the deployment's reason.
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
        return "start_server has not written a session record"
    ended = world.records.ended(session)
    if ended is not None:
        return f"the session has ended: {ended.reason}"
    return f"last failure: {session.record['seen'].get('lastFailure') or 'none'}"


def started(world: World) -> str:
    """Check that a participant gets a server, and then the game page."""
    began = world.clock.now()
    _, answer, session = ready(world, PLAYER, world.study.id)
    seconds = (world.clock.now() - began).total_seconds()
    server = answer.get("server") or {}
    world.host = str(server.get("host") or world.host_of(session.user_id))
    world.url = str(server.get("url") or "")
    if int(server.get("port") or 0) != world.study.port:
        raise Failed(f"/next names the port {server.get('port')}, but the study has {world.study.port}")
    return f"{seconds:.0f} s from the first page to the game, on {session.capacity_provider}"


def resolves(world: World) -> str:
    """Check that public resolvers answer the server's name with the task's address."""
    if not world.target.has_public_names:
        domain = world.target.root_domain
        raise NotApplicable(f"{domain} is under a reserved domain, which no public resolver knows (RFC 6761)")
    session = world.sessions[world.study.participant(PLAYER)]
    seen: dict[str, str] = {}

    def look() -> bool:
        seen.update(
            {name: _resolver_fault(dns, world.host, session.public_ip) for name, dns in world.resolvers.items()}
        )
        return all(answer in ("", "unreachable") for answer in seen.values())

    try:
        world.wait(look, "the name resolves to the server", world.patience.resolved)
    except Failed as error:
        wrong = "; ".join(f"{name}: {answer}" for name, answer in seen.items() if answer not in ("", "unreachable"))
        raise Failed(f"{world.host} should be {session.public_ip}; {wrong}") from error
    good = [name for name, answer in seen.items() if not answer]
    if not good:
        raise Unproven("this machine can reach no resolver")
    return f"{world.host} is {session.public_ip} by {', '.join(good)}"


def _resolver_fault(dns: PublicDns, host: str, address: str | None) -> str:
    """Return the fault of a resolver's answer; empty if the answer is right."""
    try:
        found = dns.look_up(host, "A")
    except DnsUnavailable:
        return "unreachable"
    except DnsBroken as error:
        return f"no answer ({error})"
    return "" if found == (address,) else ", ".join(found) or "no such name"


def connected(world: World) -> str:
    """Check that a WebSocket opens to this participant's server, by TLS if it has a certificate."""
    session = world.sessions[world.study.participant(PLAYER)]
    if "/game/" in world.url:
        raise NotApplicable('pages connect through the page\'s own distribution (game_route = "edge")')
    tls = world.target.certificate_arn is not None
    address = world.wait(lambda: world.address_of(world.host), f"{world.host} has an address", world.patience.resolved)
    greeting = world.connect(world.host, address, world.study.port, tls=tls)
    if greeting != f"{GREETING}{session.id}":
        raise Failed(f"{world.host} answers as another server: {greeting!r}, not for the session {session.id}")
    url = f"{'wss' if tls else 'ws'}://{world.host}:{world.study.port}"
    if tls or world.target.emulator is not None:
        return f"{url} is this participant's server"
    return f"{url} is this participant's server, without TLS: a page served by https cannot open it"
