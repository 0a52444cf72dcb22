"""Histories of a deployment for hypothesis: participants, researchers, operators, containers, AWS and attackers."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import ModuleType
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import issue_upload_ticket
import next_step
import send_start_server_message
import send_stop_server_message
import start_server
import stop_server
import sweep_sessions
import update_project_master_list
from hippo_gym.studies import versions
from tests.fuzz import events, invariants, values
from tests.fuzz.aws import Aws, use
from tests.fuzz.invariants import Violation
from tests.support.simulated_world.functions import START_TOPIC, STOP_TOPIC

_BEHIND: Final[Mapping[str, ModuleType]] = {
    "/next": next_step,
    "/": next_step,
    "/start": send_start_server_message,
    "/stop": send_stop_server_message,
    "/trials": issue_upload_ticket,
    START_TOPIC: start_server,
    STOP_TOPIC: stop_server,
}
_SECONDS: Final = {"next_step": 10.0, "start_server": 300.0, "stop_server": 30.0, "sweep_sessions": 60.0}

SEEDS: Final = st.integers(0, 2**32 - 1)
USERS: Final = st.sampled_from(events.USERS)
PROJECTS: Final = st.sampled_from(events.PROJECTS)
PATHS: Final = st.sampled_from(("/next", "/next", "/next", "/", "/start", "/stop", "/trials"))

count: Final = Counter[str]()
"""Events by function, of this process."""


@dataclass
class Context:
    """Lambda's context: the time that is left passes with the virtual clock."""

    aws: Aws
    deadline: float
    function_name: str = "function"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:ca-central-1:123456789012:function:function"
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        """Return the rest of the function's time."""
        return int((self.deadline - self.aws.kernel.seconds) * 1000)


class Deployment:
    """One deployment: sends events to its functions, and checks every invariant after each."""

    def __init__(self) -> None:
        self.aws = Aws()
        use(self.aws)
        self.aws.s3.watchers.append(self._written)
        self.faults: list[Violation] = []
        for study in events.STUDIES:
            self._submit(dict(study))

    def _submit(self, study: dict[str, Any]) -> None:
        """Publish a study: `study` as scripts of the original do, the others with a version, as `hippo` does."""
        files = {file for file in (*study["steps"].values(), "9_declined.html") if file not in (None, "game")}
        pages = {file: f"<p>{file}</p>".encode() for file in files}
        folder = study["id"]
        if study["id"] != "study":
            study["version"] = versions.version_of(study, pages)
            folder = versions.folder(study["id"], study["version"])
            digests = {file: versions.digest_of(page) for file, page in pages.items()}
            self.aws.s3.put(f"{folder}/project.json", json.dumps({**study, versions.DIGESTS: digests}))
        for file, page in pages.items():
            self.aws.s3.put(f"{folder}/{file}", page.decode())
        answer = self.invoke(update_project_master_list, study)
        invariants.require(answer["statusCode"] == 200, answer["body"])

    def _written(self, key: str, before: bytes | None, after: bytes | None) -> None:
        if "/Users/" in key and not key.startswith("_"):  # a project in a damaged message may be named Users
            try:
                invariants.check_record(key, before, after)
            except Violation as violation:
                self.faults.append(violation)  # the function would catch it

    def invoke(self, function: ModuleType, event: Any) -> Any:
        """Invoke a function, and return its answer; None if it raised what it may raise."""
        name = function.__name__
        count[name] += 1
        self.aws.begin()
        context = Context(self.aws, self.aws.kernel.seconds + _SECONDS.get(name, 10.0))
        event = json.loads(json.dumps(event))  # Lambda passes what JSON can hold
        answer = None
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                answer = function.lambda_handler(event, context)
            except Exception as error:
                if not invariants.may_raise(name, error):
                    raise Violation(f"{name} raised {error!r} for {str(event)[:2000]}") from error
        if self.faults:
            raise self.faults[0]
        invariants.check_sessions(self.aws)
        return answer

    def request(self, path: str, event: dict[str, Any]) -> dict[str, Any]:
        """Send a request, and return its answer."""
        function = _BEHIND[path]
        answer: dict[str, Any] = self.invoke(function, event)
        invariants.check_answer(path, _method(event), answer)
        projects, users = _named(event)
        if self._is_as_tools_make_it(projects):
            invariants.check_number_of_calls(self.aws.calls, users)
        invariants.check_keys(function.__name__, self.aws.calls, projects, users)
        return answer

    def _is_as_tools_make_it(self, projects: list[str]) -> bool:
        """Return whether `hippo` or a script of the original could have registered these studies.

        A study with a version that is not stored, or with newer keys and without a version, costs up
        to nine reads more: of pages that are looked for in two folders.
        """
        listed = json.loads(self.aws.s3.objects["project_master_list.json"].body)["projects"]
        for entry in listed:
            if entry["id"] not in projects:
                continue
            if entry.get("version") is None:
                made = entry.get("access", "open") != "signed" and "conditions" not in entry
            else:
                made = f"{versions.folder(entry['id'], entry['version'])}/project.json" in self.aws.s3.objects
            if not made:
                return False
        return True

    def message(self, topic: str, event: dict[str, Any]) -> None:
        """Send an SNS event to the function behind a topic."""
        function = _BEHIND[topic]
        self.invoke(function, event)
        invariants.check_keys(function.__name__, self.aws.calls, [], [])

    def record(self, project: str, user: str) -> bytes | None:
        """Return a participant's record."""
        stored = self.aws.s3.objects.get(f"{project}/Users/{user.lower()}")
        return None if stored is None else stored.body


def _method(event: Mapping[str, Any]) -> object:
    """Return the method of a request, as far as its event has the form of one."""
    context = event.get("requestContext")
    context = context if isinstance(context, dict) else {}
    http = context.get("http")
    described = http.get("method") if isinstance(http, dict) else None
    return described or event.get("httpMethod") or context.get("httpMethod")


def _named(event: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ids of projects and participants that an event names, in its query or its body."""
    named: dict[str, list[object]] = {"projectId": [], "userId": []}
    for place in ("queryStringParameters", "multiValueQueryStringParameters"):
        given = event.get(place)
        for name, found in named.items():
            value = given.get(name) if isinstance(given, dict) else None
            found += value if isinstance(value, list) else [value]
    for name, found in named.items():
        found += _in_body(event, name)
    return (
        invariants.ids(map(_as_text, named["projectId"])),
        invariants.ids(map(_as_text, named["userId"]), users=True),
    )


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _in_body(event: Mapping[str, Any], name: str) -> list[object]:
    text: str | bytes = str(event.get("body"))
    try:
        body = json.loads(base64.b64decode(text) if event.get("isBase64Encoded") else text)
    except (ValueError, RecursionError):
        return []
    return [body.get(name)] if isinstance(body, dict) else []


class Machine(RuleBasedStateMachine):
    """A history: what happens, in which order, is hypothesis's choice."""

    @initialize()
    def deploy(self) -> None:
        """Make a new deployment."""
        self.at = Deployment()

    @rule(user=USERS, project=PROJECTS, method=st.sampled_from(("GET", "POST")), kind=st.integers(0, 15), seed=SEEDS)
    def visit(self, user: str, project: str, method: str, kind: int, seed: int) -> None:
        """A participant's page asks or answers, mostly as it should."""
        random = Random(seed)  # noqa: S311 - must be repeatable
        before = self.at.record(project, user)
        query = {"projectId": project, "userId": user}
        if kind & 1:
            query["step"] = "current" if kind & 8 else str(invariants.step_of(before) or "1")
        if kind & 2:
            query["here"] = "1"
        if kind == 15:
            query["step"] = values.text(random)
        body = values.form(random) if method == "POST" else None
        if method == "POST" and kind in (4, 12):
            body = random.choice(values.BODIES)()
        headers = {} if kind in (5, 6) else {"Hippo-Proof": events.proof(project, user)}
        shape = random.choice(events.SHAPES)
        answer = self.at.request("/next", events.request(shape, method, "/next", query, body, headers))
        after, shown = self.at.record(project, user), json.loads(answer["body"])
        if method == "POST" and answer["statusCode"] == 200:
            sent = None if body is None else body.encode("utf-8", "replace").decode()
            invariants.check_acknowledged(sent, before, after, shown)

    @rule(path=PATHS, seed=SEEDS)
    def attack(self, path: str, seed: int) -> None:
        """Anyone on the internet sends anything."""
        self.at.request(path, events.hostile_request(Random(seed), path))  # noqa: S311

    @rule(which=st.integers(0, 50), again=st.booleans())
    def deliver(self, which: int, again: bool) -> None:
        """SNS delivers a message, in any order, once or twice."""
        queue = self.at.aws.queue
        if not queue:
            return
        topic, text = queue[which % len(queue)]
        if not again:
            del queue[which % len(queue)]
        self.at.message(topic, {"Records": [{"Sns": {"Message": text}}]})

    @rule(topic=st.sampled_from((START_TOPIC, STOP_TOPIC)), seed=SEEDS)
    def wrong_message(self, topic: str, seed: int) -> None:
        """A message that no function sends arrives."""
        random = Random(seed)  # noqa: S311
        kind = "start" if topic == START_TOPIC else random.choice(("stop", "task"))
        self.at.message(topic, events.hostile_message(random, kind))

    @rule(user=USERS, project=PROJECTS, stop=st.booleans())
    def operate(self, user: str, project: str, stop: bool) -> None:
        """An operator starts or stops a participant's server."""
        path = "/stop" if stop else "/start"
        body = json.dumps({"projectId": project, "userId": user})
        self.at.request(path, events.request("v2", "POST", path, None, body))

    @rule(which=st.integers(0, 5), seed=SEEDS)
    def ask_for_a_ticket(self, which: int, seed: int) -> None:
        """A container asks for an upload ticket; some sign with the token of another one."""
        live = [json.loads(self.at.aws.s3.objects[key].body) for key in self.at.aws.s3.keys("_sessions/live/")]
        if not live:
            return
        session, random = live[which % len(live)], Random(seed)  # noqa: S311
        body: Any = {name: session[name] for name in ("projectId", "userId", "sessionId")}
        body["token"] = random.choice(live).get("uploadToken")
        right = body["token"] == session.get("uploadToken")
        damage = random.randrange(2)
        body = values.damaged(random, body, damage)
        answer = self.at.request("/trials", events.request("v2", "POST", "/trials", None, json.dumps(body)))
        if answer["statusCode"] == 200:
            ticket = json.loads(answer["body"])
            folder = f"{session['projectId']}/Trials/{session['userId']}/"
            invariants.require(right, "a ticket for a wrong token")
            invariants.require(ticket["upload"]["prefix"] == f"{folder}{session['sessionId']}/", "a ticket of another")
            invariants.require(ticket["progress"]["key"] == f"{folder}progress.json", "a form of another participant")

    @rule(seed=SEEDS)
    def register(self, seed: int) -> None:
        """A researcher's script registers or changes a study."""
        payload = events.payload(Random(seed))  # noqa: S311
        answer = self.at.invoke(update_project_master_list, payload)
        status = answer["statusCode"]
        invariants.require(status in (200, 400, 403, 409, 503), f"the registration answers {status}")
        invariants.check_number_of_calls(self.at.aws.calls, [])
        projects = invariants.ids([payload.get("id")] if isinstance(payload, dict) else [])
        invariants.check_keys("update_project_master_list", self.at.aws.calls, projects, [])
        for fault in answer["body"].splitlines():
            fault.encode("utf-8")

    @rule(dry=st.booleans(), seed=SEEDS)
    def sweep(self, dry: bool, seed: int) -> None:
        """The rule of every five minutes, or an operator, invokes the sweeper."""
        event = {"dryRun": True} if dry else {"source": "aws.events", "detail": {}}
        self.at.invoke(sweep_sessions, event if seed % 4 else values.damaged(Random(seed), event))  # noqa: S311
        invariants.check_keys("sweep_sessions", self.at.aws.calls, [], [])

    @rule(seconds=st.sampled_from((1.0, 5.0, 20.0, 120.0, 900.0, 7200.0)))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.at.aws.advance(seconds)
        invariants.check_sessions(self.at.aws)

    @rule(which=st.integers(0, 5))
    def end_a_task(self, which: int) -> None:
        """A container exits, or AWS takes its host."""
        living = list(self.at.aws.ecs.living.values())
        if living:
            self.at.aws.lives.lose_host(living[which % len(living)])
