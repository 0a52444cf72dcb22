"""Every answer that completed a step is in an export once, with its time on the step.

The real `hippo_gym.participants.visits` makes the histories: answers, refreshes, double clicks,
late and repeated requests, and servers that start and end. The expected values come from outside:
the participant's position before and after each request, and the content of each response; never
from the marks that the export itself uses.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.moto_api._internal import moto_api_backend

from hippo_gym.studies.projects import FINAL, GAME, step_name, step_position
from tests.support.moto_world import http_event
from tests.unit.cli.data.field import STUDY, Field, csv_rows, json_lines

USERS = ("ada", "bob")
FORMS: st.SearchStrategy[Any] = st.sampled_from(
    [{}, {"q": "yes"}, {"": "x"}, {"a": "1", "b": ""}, {"n": 3, "list": [1, 2], "no": None}, ["odd"], "text", None]
)
ACTIONS = st.one_of(
    st.tuples(st.just("post"), FORMS, st.sampled_from(["", "", "here", "behind"])),
    st.tuples(st.just("get"), st.none(), st.sampled_from(["", "", "here", "behind"])),
    st.tuples(st.just("repeat"), st.none(), st.just("")),
    st.tuples(st.just("server"), st.sampled_from(["starting", "ready", "ready", "gone"]), st.just("")),
    st.tuples(st.just("pass"), st.floats(0, 90_000), st.just("")),
)
HISTORIES = st.lists(st.tuples(st.sampled_from(USERS), ACTIONS), max_size=40)
STUDIES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"steps": {"1": "game", "2": "end.html", "finalStep": "thanks.html"}, "start": None, "stop": None},
        {"steps": {"1": "a.html", "2": "game", "3": "b.html", "5": "game", "6": "c.html"}, "start": 2, "stop": 6},
        {"steps": {"1": "a.html", "2": "b.html", "3": "c.html", "finalStep": None}, "start": None, "ecsTask": None},
        {"exits": {"refused": {"step": 1, "field": "a", "values": ["1"], "page": "bye.html"}}},
    ]
)


@dataclass
class Observed:
    """The observations of one participant from outside."""

    position: int = 0
    arrived: dict[int, datetime] = field(default_factory=dict)
    shown: dict[int, datetime] = field(default_factory=dict)
    answered: list[tuple[int, Any, float]] = field(default_factory=list)
    posts: int = 0
    wait_is_unsure: bool = False
    last_event: dict[str, Any] | None = None


class Watched:
    """A study with an observer of every request."""

    def __init__(self, **changes: Any) -> None:
        self.field = Field(**changes)
        self.seen = {user: Observed() for user in USERS}

    def act(self, user: str, action: str, what: Any, names: str) -> None:
        seen = self.seen[user]
        if action == "pass":
            self.field.passes(seconds=what)
        elif action == "server":
            self.field.server_is(what, user)
        elif action == "repeat":
            if seen.last_event is not None:
                self._send(user, seen.last_event, is_repeated=True)
        else:
            query = {"projectId": STUDY, "userId": user}
            if names and seen.position:
                query["step"] = step_name(seen.position) if names == "here" else "1"
            body = None if action == "get" else json.dumps(what)
            seen.last_event = http_event(action.upper(), query, body)
            self._send(user, seen.last_event)

    def _send(self, user: str, event: dict[str, Any], *, is_repeated: bool = False) -> None:
        seen, now = self.seen[user], self.field.clock.now()
        before, posts_before = seen.position, self._posts(user)
        page = self.field.serve(event)["page"]
        seen.position = step_position(self.field.record(user)["step"]) or 0
        seen.arrived.setdefault(seen.position, now)
        seen.posts += self._posts(user) - posts_before
        is_post = event["requestContext"]["http"]["method"] == "POST"
        if page == "show_game_page":
            # The record does not store what was shown. The requests of a normal browser imply it, except a refresh
            # that names its step, an answer to the game, or a repeated request.
            is_first_poll = seen.position not in seen.shown and before == seen.position
            is_refresh = not is_first_poll and "step" in event["queryStringParameters"]
            seen.wait_is_unsure |= is_repeated or is_refresh or (is_post and before == seen.position)
            seen.shown.setdefault(seen.position, now)
        if is_post and before not in (0, seen.position):
            form = json.loads(event["body"])
            seen.answered.append((before, form, round((now - seen.arrived[before]).total_seconds(), 3)))

    def _posts(self, user: str) -> int:
        try:
            record = self.field.record(user)
        except self.field.s3.exceptions.NoSuchKey:
            return 0
        return sum(entry["httpMethod"] == "POST" for entry in record["requests"])


def rows_for(form: Any) -> list[tuple[str | None, str | None]]:
    """Return the rows of an answer: one for each field, one for an answer without fields."""
    if isinstance(form, dict) and form:
        return [(name, as_text(value)) for name, value in form.items()]
    return [(None, None if form in ({}, None) else as_text(form))]


def as_text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


@settings(max_examples=60)
@given(changes=STUDIES, history=HISTORIES)
def test_counted_rows_equal_counted_answers(changes: dict[str, Any], history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("hippo_common.parallel.THREADS", 2)
        moto_api_backend.reset()
        watched = Watched(**changes)
        for user, (action, what, names) in history:
            watched.act(user, action, what, names)
        done = watched.field.export(Path(folder))
        rows = csv_rows(Path(folder) / "answers.csv")
        expected = Counter(
            (user, step_name(position), name or "", value or "", seconds)
            for user, seen in watched.seen.items()
            for position, form, seconds in seen.answered
            for name, value in rows_for(form)
        )
        found = Counter(
            (row["participant"], row["step"], row["field"], row["value"], float(row["seconds"])) for row in rows
        )
        assert found == expected
        assert done.answers == sum(len(seen.answered) for seen in watched.seen.values())
        assert done.files["answers.csv"] == len(rows)
        assert {row["accepted"] for row in rows} <= {"true"}
        check_participants(watched, Path(folder))


def check_participants(watched: Watched, folder: Path) -> None:
    """Check that --all exports every POST, and that each summary matches the observations."""
    done = watched.field.export(folder, form=_jsonl(), every=True)
    came = {user: seen for user, seen in watched.seen.items() if seen.position}
    assert done.answers == sum(seen.posts for seen in came.values())
    people = {row["participant"]: row for row in json_lines(folder / "participants.jsonl")}
    assert set(people) == set(came)
    games = {int(number) for number, file in watched.field.entry["steps"].items() if file == GAME}
    for user, seen in came.items():
        row = people[user]
        assert row["last_step"] == step_name(seen.position)
        outcome = watched.field.record(user)["outcome"]
        assert (row["outcome"] in {"finished", outcome}) == (seen.position == FINAL)
        assert outcome is None or row["outcome"] == outcome
        assert row["answers"] == len(seen.answered)
        assert row["answers"] + row["answers_not_accepted"] == seen.posts
        waited = [(seen.shown[game] - seen.arrived[game]).total_seconds() for game in games & set(seen.shown)]
        if not seen.wait_is_unsure:
            assert row["seconds_waited"] == (pytest.approx(sum(waited), abs=0.01) if waited else None)


def _jsonl() -> Any:
    from hippo_cli.data.files import Format

    return Format.JSONL
