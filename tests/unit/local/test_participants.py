"""Simulated participants against a small /next and the example's own server, both on loopback."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.rehearsal.next_client import NextClient, VisitError
from hippo_play.blocks import prepare
from hippo_play.connection.leaving import Ending
from hippo_play.connection.server import GameServer
from hippo_play.recording import Record
from hippo_play.settings import Settings
from local import participants
from local.participants import Habit, Persona, Surroundings, Visit, walk
from local.player import Dialect, GameError, Seat, play
from tests.unit.examples.playing import block_of

USER_ID = "A1B2"
PAGES = {
    "1": '<input type="checkbox" name="consent" value="yes" required>',
    "2": "<p>Instructions</p>",
    "3": "game",
    "4": '<input type="number" name="age" min="18" max="99">',
    "finalStep": "<p>You may exit now</p>",
}
STEPS = list(PAGES)


@dataclass
class Study:
    """A /next for one participant, with the rules of docs/architecture.md and optional faults."""

    polls_until_ready: int = 1
    skips_on_refresh: bool = False
    at: int = 0
    game_shown: bool = False
    polls: int = 0
    answered: dict[str, Any] = field(default_factory=dict)
    spelled: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, method: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        with self.lock:
            self.spelled.add(query["userId"])
            step = query.get("step")
            here = STEPS[self.at]
            if method == "POST" and step in (None, here) and here != "finalStep":
                assert here not in self.answered
                self.answered[here] = body
                self.at += 1
            elif method == "GET" and step is None and (self.game_shown or self.skips_on_refresh):
                self.at += 1
                self.game_shown = False
            return self.serve()

    def serve(self) -> dict[str, Any]:
        here = STEPS[self.at]
        page = PAGES[here]
        if page == "game":
            self.polls += 1
            self.game_shown = self.polls > self.polls_until_ready
            page = "show_game_page" if self.game_shown else "wait"
        else:
            self.game_shown = False
        return {"page": page, "css": None, "step": here}


@dataclass
class LocalStudy:
    study: Study
    next_url: str
    game_port: int

    def around(self, **changes: Any) -> Surroundings:
        given: dict[str, Any] = {
            "next_url": self.next_url,
            "project_id": "grid_world",
            "root_domain": "hippo.test",
            "resolve": {"a1b2.hippo.test": "127.0.0.1"}.__getitem__,
            "port": self.game_port,
        }
        return Surroundings(**(given | changes))


@pytest.fixture
def game_port(tmp_path: Path) -> Iterator[int]:
    """The port of the example's server, which runs in a thread."""
    settings = Settings.from_environment(
        {"HIPPO_LISTEN_ADDRESS": "127.0.0.1", "PORT": "0", "HIPPO_USER_ID": "a1b2", "HIPPO_PROJECT_ID": "grid_world"}
    )
    tables = prepare([block_of("grid_world")], {}, project_id="grid_world", participant="a1b2")
    server = GameServer(settings, tables, Record(tmp_path, "p", None))
    loop = asyncio.new_event_loop()
    ports: queue.Queue[int] = queue.Queue()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve(ports.put)))
    thread.start()
    yield ports.get(timeout=300)
    if not loop.is_closed():
        loop.call_soon_threadsafe(server.finish, Ending.TERMINATED)
    thread.join(60)
    loop.close()
    for table in tables:
        table.close()


@pytest.fixture
def world(game_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStudy]:
    monkeypatch.setattr(participants, "_POLL_SECONDS", 0.05)
    study = Study()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(urllib.parse.parse_qsl(url.query))
            text = json.dumps(study.handle(self.command, query, json.loads(body) if body else None)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield LocalStudy(study, f"http://127.0.0.1:{http.server_port}/next", game_port)
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("habit", Habit)
def test_a_participant_with_any_habit_completes_the_study(world: LocalStudy, habit: Habit, dialect: Dialect) -> None:
    visit = walk(Persona("Ada", USER_ID, habit, dialect), world.around())
    assert visit.steps == STEPS
    assert visit.faults == []
    assert visit.answers["1"] == world.study.answered["1"] == {"consent": "yes"}
    assert visit.answers["4"] == world.study.answered["4"]
    assert visit.play is not None
    assert visit.play.done
    assert visit.play.frames > 1


def test_the_habit_of_changing_case_uses_lower_and_upper_case_ids(world: LocalStudy) -> None:
    walk(Persona("Ada", USER_ID, Habit.CHANGES_CASE), world.around())
    assert world.study.spelled == {"a1b2", "A1B2"}


def test_a_refresh_that_skips_a_step_is_a_fault(world: LocalStudy) -> None:
    world.study.skips_on_refresh = True
    visit = Visit(Persona("Ada", USER_ID, Habit.REFRESHES))
    with pytest.raises(VisitError):
        walk(visit.persona, world.around(), visit)
    assert visit.faults


def test_on_playing_is_called_while_the_participant_is_connected(world: LocalStudy) -> None:
    seen: list[str] = []
    walk(Persona("Ada", USER_ID), world.around(on_playing=lambda visit: seen.append(visit.steps[-1])))
    assert seen == ["3"]


def test_a_server_that_never_becomes_ready_ends_the_visit(world: LocalStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participants, "_READY_SECONDS", 0.2)
    world.study.polls_until_ready = 10_000
    with pytest.raises(VisitError, match="step 3: no server within"):
        walk(Persona("Ada", USER_ID), world.around())


def test_a_game_page_without_a_dns_record_ends_the_visit(world: LocalStudy) -> None:
    def resolve(host: str) -> str:
        raise LookupError(f"the zone has no A record for {host}")

    with pytest.raises(VisitError, match=r"no A record for a1b2\.hippo\.test"):
        walk(Persona("Ada", USER_ID), world.around(resolve=resolve))


def test_a_missing_answer_ends_the_visit() -> None:
    with pytest.raises(VisitError, match="GET was not answered"):
        NextClient("http://127.0.0.1:1/next", "p", "u").get()


def test_a_port_without_a_listener_is_a_game_error() -> None:
    with pytest.raises(GameError, match="does not answer as a game server"):
        play(Seat("127.0.0.1", "u.hippo.test", "u", "p", port=1))
