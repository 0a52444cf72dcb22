"""A deployment in memory for the browser: the page's files, and /next answered by the product's own code.

What happens on the way is the tests' to say: requests may be held, cut before or after they were heard, or refused.
"""

from __future__ import annotations

import json
import mimetypes
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import next_step
from hippo_cli.memory_bucket import MemoryBucket
from hippo_gym import http, pages
from hippo_gym.cache import ObjectCache
from hippo_gym.clock import SystemClock
from hippo_gym.errors import ParticipantError
from hippo_gym.messages import Start, Stop
from hippo_gym.pages import Pages
from hippo_gym.participants import Participants, record_key
from hippo_gym.places import Place, Places
from hippo_gym.projects import MASTER_LIST_KEY, Projects, UnknownProject
from hippo_gym.rosters import Rosters
from hippo_gym.session_records import Sessions
from hippo_gym.sessions import Seen, new_session
from hippo_gym.visits import Visits

FRONTEND: Final = Path(__file__).resolve().parents[2] / "frontend"
LOOPBACK: Final = "127.0.0.1"
_MAX_RUNTIME: Final = 60
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://*.localhost:*; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""As a deployment should set it: what the page does must be possible with it."""


@dataclass(frozen=True)
class Asked:
    """One request to /next."""

    method: str
    query: Mapping[str, str]
    body: Any
    at: float

    @property
    def step(self) -> str | None:
        """The step that it names."""
        return self.query.get("step")


@dataclass
class Trouble:
    """What happens to the next requests.

    Attributes:
        count: to how many of them.
        method: of which kind; None takes any.
        heard: the request reaches the API, and its answer is lost.
        status: it is answered so, with a page of HTML that is not ours; None cuts the connection.
        retry_after: seconds, as a header.
    """

    count: int = 1
    method: str | None = None
    heard: bool = False
    status: int | None = None
    retry_after: int | None = None


class Study:
    """One study, and what its participants did."""

    def __init__(self, root_domain: str = "localhost") -> None:
        self.clock = SystemClock()
        self.bucket = MemoryBucket()
        self.sessions = Sessions(self.bucket, self.clock)
        self.entry: dict[str, Any] = {}
        self.published: list[Start | Stop] = []
        self.servers_are_quick = True
        """A server that is asked for is ready at once."""
        self._root_domain = root_domain
        self._places = Places(self.bucket, self.clock, most=1)
        self._lock = threading.RLock()

    def register(self, entry: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Put an entry of the master list, and its pages."""
        self.entry = dict(entry)
        self.bucket.put(MASTER_LIST_KEY, json.dumps({"projects": [self.entry]}).encode())
        for name, text in files.items():
            self.bucket.put(f"{self.entry['id']}/{name}", text.encode())

    def change(self, **changes: Any) -> None:
        """Change keys of the entry."""
        self.register({**self.entry, **changes}, {})

    def visits(self) -> Visits:
        objects = ObjectCache(self.bucket, self.clock, 0)
        return Visits(
            projects=Projects(objects),
            participants=Participants(self.bucket),
            sessions=self.sessions,
            places=self._places,
            rosters=Rosters(self.bucket, self.clock),
            pages=Pages(objects),
            publish=self._publish,
            clock=self.clock,
            root_domain=self._root_domain,
        )

    def answer(self, request: http.HttpRequest) -> tuple[int, Any]:
        """Answer as the function does."""
        with self._lock:
            try:
                return 200, self.visits().serve(request)
            except UnknownProject:
                return 400, next_step.NOT_FOUND
            except ParticipantError as error:
                return 400, str(error)
            except Exception:  # noqa: BLE001 - as the function does
                return 200, {"page": pages.try_again(), "css": None, "retry": True}

    def bring(self, user_id: str, step: str) -> None:
        """Take a participant to a step, as if they had come there by themselves."""
        for _ in range(20):
            answer = self.look(user_id)
            if answer["step"] == step:
                return
            answers = {"consent": "yes", "initials": "AB"} if answer["step"] == "1" else {}
            self.answer(_request(self.entry["id"], user_id, "POST", answers))
        raise AssertionError(f"{user_id} does not come to step {step}")

    def look(self, user_id: str) -> dict[str, Any]:
        """Ask where a participant is, as another tab of theirs would."""
        _, answer = self.answer(_request(self.entry["id"], user_id, "GET", None))
        return dict(answer)

    # --- servers ---

    def see(self, user_id: str, seen: Seen) -> None:
        """Something was seen of a participant's server."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        self.sessions.save(held, replace(held.session, seen=seen))

    def make_ready(self, user_id: str) -> None:
        self.see(user_id, Seen(ready_at=self.clock.now()))

    def lose_server(self, user_id: str) -> None:
        """AWS took the task away; a new one is on its way."""
        self.see(user_id, Seen(lost_at=self.clock.now()))

    def put_in_line(self, user_id: str, ahead: int) -> None:
        """All places are taken, and others came before."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        session = replace(held.session, counted=True, admitted_at=None, seen=Seen())
        self.sessions.save(held, session)
        for number in range(ahead + 1):  # the first takes the only place
            self._places.ask(Place(f"other-{number}", session.project_id, f"other-{number}", _LONG_AGO))
        self._places.ask(Place(session.id, session.project_id, user_id, session.requested_at))

    def move_up(self, user_id: str, *, gone: int) -> None:
        """The next in line goes in."""
        self._places.give_back(f"other-{gone}")
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        if self._places.ledger().ahead(held.session.id) is None:
            self.sessions.save(held, held.session.admitted(self.clock.now()))

    def _publish(self, message: Start | Stop) -> None:
        self.published.append(message)
        held = self.sessions.live(message.user_id)
        if isinstance(message, Stop):
            if held is not None:
                self.sessions.end(held)
        elif held is None:
            project, now = Projects(ObjectCache(self.bucket, self.clock, 0)).find(message.project_id), self.clock.now()
            session = new_session(message, project, now, _MAX_RUNTIME)
            seen = Seen(ready_at=now) if self.servers_are_quick else Seen()
            self.sessions.claim(replace(session, seen=seen))

    # --- what was kept ---

    def record(self, user_id: str) -> dict[str, Any]:
        """The participant's record."""
        stored = self.bucket.get(record_key(self.entry["id"], user_id.lower()))
        assert stored is not None, f"{user_id} has no record"
        return dict(stored.json())

    def answers(self, user_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Every form that was taken, with its step."""
        requests = self.record(user_id)["requests"]
        return [(entry["step"], json.loads(entry["body"])) for entry in requests if entry.get("accepted")]

    def all_bodies(self, user_id: str) -> list[dict[str, Any]]:
        """Every form that was kept, taken or not."""
        return [json.loads(entry["body"]) for entry in self.record(user_id)["requests"] if entry["body"]]

    def participants(self) -> list[str]:
        prefix = f"{self.entry['id']}/Users/"
        return [key.removeprefix(prefix) for key in self.bucket.keys(prefix)]


def _request(project_id: str, user_id: str, method: str, answers: Mapping[str, str] | None) -> http.HttpRequest:
    query = {"projectId": project_id, "userId": user_id} | ({"step": "none"} if method == "GET" else {})
    body = None if answers is None else json.dumps(answers)
    return http.HttpRequest(str(uuid.uuid4()), method, query, {}, body, gateway_answers_cors=True)


@dataclass
class Site:
    """The page's files and /next on one loopback port."""

    study: Study
    asked: list[Asked] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    scripted: list[dict[str, Any]] = field(default_factory=list)
    """Answers that are given in place of the API's, in turn; the last one stays."""
    settings: dict[str, Any] = field(default_factory=lambda: {"api": "/next"})
    delay: float = 0.0
    """Seconds that each answer of /next takes."""
    gate: threading.Event | None = None
    """Requests of /next that come while it is there are heard, and answered once it is set."""
    files: dict[str, str] = field(default_factory=dict)
    """Further pages, by path."""
    may_ask: set[str] = field(default_factory=set)
    """Other origins that the page may ask: the API's, if it is elsewhere."""
    has_policy: bool = True
    may_be_logged: list[str] = field(default_factory=list)
    """What a test expects in the browser's console."""
    port: int = 0

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def link(self, **query: str) -> str:
        """The page's address."""
        given = {"projectId": self.study.entry["id"], "userId": "ada", **query}
        return f"{self.origin}/?" + "&".join(f"{name}={value}" for name, value in given.items() if value)

    def posts(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "POST"]

    def next(self, event: Mapping[str, Any]) -> tuple[int, Any]:
        if self.scripted:
            return 200, self.scripted.pop(0) if len(self.scripted) > 1 else self.scripted[0]
        return self.study.answer(http.read_request(event))

    def trouble_for(self, method: str) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.count > 0 and trouble.method in (None, method):
                trouble.count -= 1
                return trouble
        return None


@contextmanager
def serve(study: Study) -> Iterator[Site]:
    """Serve a study until the block ends."""
    site = Site(study)
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(site))
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        if site.gate is not None:
            site.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def _serve(self) -> None:
            address = urlsplit(self.path)
            try:
                if address.path == "/next":
                    self._next(dict(parse_qsl(address.query, keep_blank_values=True)))
                elif address.path == "/settings.json":
                    self._send(200, "application/json", json.dumps(site.settings).encode())
                elif address.path in site.files:
                    self._send(200, "text/html; charset=utf-8", site.files[address.path].encode())
                else:
                    self._file(unquote(address.path).lstrip("/") or "index.html")
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def _next(self, query: dict[str, str]) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            site.asked.append(Asked(self.command, query, json.loads(body) if body else None, time.monotonic()))
            trouble = site.trouble_for(self.command)
            event = {
                "httpMethod": self.command,
                "queryStringParameters": query,
                "headers": dict(self.headers.items()),
                "body": body or None,
            }
            if trouble is not None:
                if trouble.heard:
                    site.next(event)
                if trouble.status is None:
                    self.close_connection = True
                    return
                more = {} if trouble.retry_after is None else {"Retry-After": str(trouble.retry_after)}
                self._send(trouble.status, "text/html", b"<h1>Bad gateway</h1>", more)
                return
            status, value = site.next(event)
            time.sleep(site.delay)
            if site.gate is not None:
                site.gate.wait(30)
            self._send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())

        def _file(self, name: str) -> None:
            path = (FRONTEND / name).resolve()
            if not path.is_file() or not path.is_relative_to(FRONTEND):
                self._send(404, "text/plain", b"There is nothing here.")
                return
            kind = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(path.suffix) or mimetypes.guess_type(name)[0]
            has_policy = path.suffix == ".html" and site.has_policy
            policy = CONTENT_SECURITY_POLICY.replace("connect-src", " ".join(["connect-src", *sorted(site.may_ask)]))
            more = {"Content-Security-Policy": policy} if has_policy else {}
            self._send(200, kind or "application/octet-stream", path.read_bytes(), more)

        def _send(self, status: int, kind: str, content: bytes, more: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Cache-Control": "no-cache", **(more or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
