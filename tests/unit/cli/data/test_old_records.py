"""The derived steps and acceptance of old records match a model of the old system."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.data.designs import Design
from hippo_cli.data.journeys import follow
from hippo_cli.data.records import Record
from hippo_gym.studies.projects import Project, from_entry, step_name
from tests.support.moto_world import entry
from tests.unit.cli.data.field import STUDY, Field

THEN = datetime(2020, 10, 9, 21, 14, 2, tzinfo=UTC)


@dataclass
class OldSystem:
    """A model of the old system: serves the next step, and stays at a game that is not ready."""

    project: Project
    created: datetime = THEN
    now: datetime = THEN
    next_step: int = 1
    ready: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    shown: str | None = None
    answered: list[tuple[str | None, str]] = field(default_factory=list)

    def request(self, method: str, form: dict[str, str] | None = None) -> str:
        body = None if form is None else json.dumps(form)
        self.requests.append(old_event(method, body, self.now))
        if method == "POST":
            self.answered.append((self.shown, body or ""))
        step = self.next_step
        if self.project.is_game(step) and not self.ready:
            self.shown = step_name(step)
            return "wait"
        self.next_step += 1
        self.shown = step_name(step) if step <= max(self.project.steps) else "finalStep"
        return "game" if self.project.is_game(step) else "page"

    def record(self, **changes: Any) -> dict[str, Any]:
        return {"created": str(self.created), "nextStep": self.next_step, "requests": self.requests} | changes


def old_event(method: str, body: str | None, at: datetime) -> dict[str, Any]:
    """Return an event of API Gateway, which the old system stored whole."""
    return {
        "resource": "/next",
        "httpMethod": method,
        "headers": {"User-Agent": "Secret/1.0", "X-Forwarded-For": "203.0.113.9"},
        "multiValueHeaders": {"User-Agent": ["Secret/1.0"]},
        "queryStringParameters": {"projectId": STUDY, "userId": "A2XYZ"},
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {
            "requestTime": at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(at.timestamp() * 1000),
            "identity": {"sourceIp": "203.0.113.9", "userAgent": "Secret/1.0"},
        },
    }


def a_project(*files: str) -> Project:
    return from_entry(entry(STUDY, steps={str(n): file for n, file in enumerate(files, 1)} | {"finalStep": "end.html"}))


def visit(project: Project, waits: list[int], seconds: list[int], posts: int) -> OldSystem:
    """Simulate a browser: it answers pages, polls while the answer is `wait`, and leaves games."""
    old, ticks, games = OldSystem(project), iter(seconds * 100), iter(waits)
    left, answer = next(games, 0), old.request("GET")
    for number in range(posts):
        while answer != "page":
            old.now += timedelta(seconds=next(ticks))
            if answer == "game":
                old.ready, left = False, next(games, 0)
                answer = old.request("GET")
            else:
                left -= 1
                old.ready = left <= 0
                answer = old.request("GET")
        old.now += timedelta(seconds=next(ticks))
        old.ready = left == 0
        answer = old.request("POST", {"number": str(number)})
    return old


@given(
    files=st.lists(st.sampled_from(["a.html", "b.html", "game"]), min_size=1, max_size=6).filter(
        lambda s: s[0] != "game"
    ),
    waits=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    seconds=st.lists(st.integers(1, 90), min_size=1, max_size=9),
    posts=st.integers(0, 8),
)
def test_each_answer_of_an_ordinary_visit_gets_its_step(
    files: list[str], waits: list[int], seconds: list[int], posts: int
) -> None:
    project = a_project(*files)
    old = visit(project, waits, seconds, posts)
    journey = follow(Record("A2XYZ", old.record()), Design(None, project, {}))
    found = [(step_name(answer.position or 0), answer.entry.stored["body"]) for answer in journey.answers]
    assert found == old.answered
    assert [answer.accepted for answer in journey.answers] == [step != "finalStep" for step, _ in old.answered]
    assert all(answer.is_derived for answer in journey.answers)
    assert step_name(journey.position or 0) == old.shown


def test_a_refresh_skipped_a_step_in_the_old_system() -> None:
    old = OldSystem(a_project("a.html", "b.html", "c.html"))
    old.request("GET")
    old.request("GET")
    old.request("POST", {"q": "of b"})
    journey = follow(Record("A2XYZ", old.record()), Design(None, old.project, {}))
    assert [(answer.position, answer.accepted) for answer in journey.answers] == [(2, True)]


def test_the_wait_for_an_old_game_is_from_reaching_it_until_it_was_shown() -> None:
    old = visit(a_project("a.html", "game", "b.html"), [3], [10], 2)
    journey = follow(Record("A2XYZ", old.record()), Design(None, old.project, {}))
    assert journey.seconds_waited == 30
    assert [answer.seconds for answer in journey.answers] == [10, 10]


def test_a_record_continues_an_old_record(field: Field, tmp_path: Path) -> None:
    old = visit(from_entry(field.entry), [2], [10], 1)
    field.put(f"{STUDY}/Users/A2XYZ", json.dumps(old.record()))
    field.get("A2XYZ")
    field.server_is("ready", "a2xyz")
    field.get("A2XYZ")
    field.get("A2XYZ")
    field.post("A2XYZ", {"q": "late"})
    rows = field.answers(tmp_path)
    assert [(row["participant"], row["step"], row["step_derived"]) for row in rows] == [
        ("a2xyz", "1", True),
        ("a2xyz", "3", False),
    ]
    person = field.participants(tmp_path)["a2xyz"]
    assert (person["sent_as"], person["outcome"], person["old_system"]) == ("A2XYZ", "finished", True)


def test_an_old_record_that_was_not_continued_is_exported_under_its_own_id(field: Field, tmp_path: Path) -> None:
    old = visit(from_entry(field.entry), [0], [10], 2)
    field.put(f"{STUDY}/Users/A2XYZ", json.dumps(old.record()))
    person = field.participants(tmp_path)["A2XYZ"]
    assert (person["outcome"], person["last_step"], person["answers"]) == ("finished", "finalStep", 2)
    assert person["created"] == "2020-10-09T21:14:02+00:00"
    assert (person["group"], person["sessions"]) == (None, None)


def test_old_answers_have_no_group(tmp_path: Path, field: Field) -> None:
    field.register(pages={"1_consent-1.html": "other"})
    old = visit(from_entry(field.entry), [0], [10], 1)
    field.put(f"{STUDY}/Users/A2XYZ", json.dumps(old.record()))
    field.get("bob")
    field.post("bob")
    groups = {row["participant"]: (row["groups"], row["page"]) for row in field.answers(tmp_path)}
    assert groups["A2XYZ"] == (None, None)
    assert groups["bob"][0] == 2


def test_a_final_next_step_as_text_is_read(field: Field, tmp_path: Path) -> None:
    old = visit(from_entry(field.entry), [2], [10], 2)
    field.put(f"{STUDY}/Users/A2XYZ", json.dumps(old.record(nextStep="finalStep")))
    assert [row["step"] for row in field.answers(tmp_path)] == ["1", "3"]
