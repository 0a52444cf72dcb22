"""Conditions of a participant: in the record, in the pages, and in the message to the servers."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from hippo_gym.runtime import schemas
from hippo_gym.studies.assignment import by_hash, group
from hippo_gym.studies.balance import cells_key
from hippo_gym.studies.projects import MASTER_LIST_KEY, from_entry
from hippo_gym.studies.versions import entry_key, folder, to_keep
from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.interposed import Interposed, client_error, counted

CONDITIONS = {"partner": ["novice", "expert"], "feedback": ["on", "off"]}
STEPS = {"1": "quiz.html", "2": "end.html"}
VERSION = "0123456789abcdef"


def study(world: MotoWorld, **changes: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"conditions": CONDITIONS, "steps": STEPS, "start": None, "stop": None}
    made = entry(**(defaults | changes))
    world.register(made)
    return made


def versioned(world: MotoWorld, pages: dict[str, str], **changes: Any) -> dict[str, Any]:
    """Store a version of the study as `hippo submit` does."""
    made = study(world, version=VERSION, **changes)
    for name, text in pages.items():
        world.put(f"{folder('study', VERSION)}/{name}", text)
    world.put(entry_key("study", VERSION), json.dumps(to_keep(made, {n: t.encode() for n, t in pages.items()})))
    return made


def event(user: str) -> dict[str, Any]:
    return http_event("GET", {"projectId": "study", "userId": user})


def test_a_participant_keeps_the_values_of_their_first_request(world: MotoWorld) -> None:
    made = study(world)
    world.get()
    first = world.record()["conditions"]
    assert first == by_hash(from_entry(made), "ada")
    study(world, conditions={"partner": ["a", "b"], "feedback": ["c", "d"]})
    world.post()
    assert world.record()["conditions"] == first
    assert schemas.faults(schemas.PARTICIPANT_RECORD, world.record()) == ()


def test_a_study_without_conditions_writes_no_new_key(world: MotoWorld) -> None:
    world.register(entry(steps=STEPS, start=None, stop=None))
    world.get()
    assert not {"conditions", "groups", "assignedBy"} & set(world.record())


def test_a_participant_of_before_the_conditions_gets_them_once(world: MotoWorld) -> None:
    study(world, conditions={})
    world.get()
    made = study(world)
    world.clock.advance(minutes=1)
    world.post()
    assert world.record()["conditions"] == by_hash(from_entry(made), "ada")


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        (["{f}.{p}", "{f}", "{p}", ""], "{f}.{p}"),
        (["{f}", "{p}", ""], "{f}"),
        (["{p}", ""], "{p}"),
        (["{other}", ""], ""),
        (["{p}"], "{p}"),
    ],
)
def test_the_most_specific_page_is_shown(world: MotoWorld, there: list[str], shown: str) -> None:
    own = by_hash(from_entry(entry(conditions=CONDITIONS)), "ada")
    other = next(value for value in CONDITIONS["partner"] if value != own["partner"])
    parts = {"f": f"feedback={own['feedback']}", "p": f"partner={own['partner']}", "other": f"partner={other}"}
    names = {part: f"quiz.{part.format(**parts)}.html" if part else "quiz.html" for part in there}
    versioned(world, dict(zip(names.values(), names.values(), strict=True)) | {"end.html": "end"})
    assert world.get()["page"] == names[shown]


def test_a_page_of_conditions_goes_before_groups_and_is_none(world: MotoWorld) -> None:
    own = by_hash(from_entry(entry(conditions=CONDITIONS)), "ada")
    name = f"quiz.partner={own['partner']}.html"
    made = versioned(world, {name: "mine", "quiz.html": "0", "quiz-1.html": "1", "end.html": "end"}, groupsBy="study")
    other = next(f"user{number}" for number in range(99) if by_hash(from_entry(made), f"user{number}") != own)
    while by_hash(from_entry(made), other)["partner"] == own["partner"]:
        other += "x"
    assert (world.get()["page"], world.get(other)["page"]) == ("mine", str(group(other, 2, "study")))


def test_the_answer_shows_no_condition(world: MotoWorld) -> None:
    study(world)
    text = json.dumps(world.get())
    assert not any(word in text for word in (*CONDITIONS, "novice", "expert"))


@pytest.mark.parametrize("assignment", ["hash", "balanced"])
def test_a_warm_step_makes_no_more_calls_with_conditions(world: MotoWorld, assignment: str) -> None:
    versioned(world, {"quiz.html": "quiz", "b.html": "b", "end.html": "end"}, assignment=assignment)
    visits = world.visits()
    for user in ("bea", "ada"):
        world.request(event(user), visits)
    with counted("s3", "sns") as calls:
        world.request(event("ada"), visits)
    assert calls == {"s3.GetObject": 1, "s3.PutObject": 1}


def test_a_cold_step_asks_only_for_pages_of_conditions_that_the_version_has(world: MotoWorld) -> None:
    many = {name: ["x", "y"] for name in "abcdef"}
    own = by_hash(from_entry(entry(conditions=many)), "ada")
    name = f"quiz.c={own['c']}.html"
    versioned(world, {name: "mine", "quiz.html": "quiz", "end.html": "end"}, conditions=many)
    with counted("s3") as calls:
        page = world.request(event("ada"), world.visits())["page"]
    list_record_names_page = 4
    assert (page, calls) == ("mine", {"s3.GetObject": list_record_names_page, "s3.PutObject": 1})


# --- the servers ---


def test_the_start_message_has_groups_and_conditions(world: MotoWorld) -> None:
    pages = {"quiz.html": "0", "quiz-1.html": "1", "end.html": "a", "end-0.html": "b", "end-1.html": "c"}
    versioned(world, pages, start=1, groupsBy="study")
    world.get()
    (message,) = world.received("start")
    assert message["conditions"] == world.record()["conditions"]
    assert message["groups"] == {"2": group("ada", 2, "study"), "3": group("ada", 3, "study")}


def test_the_groups_in_the_message_are_those_of_the_pages(world: MotoWorld) -> None:
    versioned(world, {"quiz-0.html": "0", "quiz-1.html": "1", "quiz-2.html": "2", "end.html": "x"}, start=1)
    for number in range(8):
        page = world.get(f"user{number}")["page"]
        (message,) = world.received("start")
        assert message["groups"] == {"3": int(page)}


# --- balanced ---


def test_a_balanced_study_fills_its_cells_in_turn(world: MotoWorld) -> None:
    versioned(world, {"quiz.html": "0", "quiz-1.html": "1", "end.html": "x"}, assignment="balanced")
    pages = Counter(world.get(f"user{number}")["page"] for number in range(8))
    records = [world.record(f"user{number}") for number in range(8)]
    assert Counter((*record["conditions"].values(), record["groups"]["2"]) for record in records) == Counter(
        (feedback, partner, own) for feedback in ("on", "off") for partner in ("novice", "expert") for own in (0, 1)
    )
    assert pages == {"0": 4, "1": 4}
    assert {record["assignedBy"] for record in records} == {"balanced"}
    assert [schemas.faults(schemas.PARTICIPANT_RECORD, record) for record in records] == [()] * 8


def test_who_finishes_is_counted_and_who_takes_an_exit_gives_the_place_back(world: MotoWorld) -> None:
    leaving = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "end.html"}}
    study(world, assignment="balanced", exits=leaving)
    world.get("ada")
    world.get("ben")
    for _ in STEPS:
        world.post("ada")
    world.post("ben", body='{"consent": "no"}')
    cells = world.json(cells_key("study"))["cells"].values()
    assert (sum(len(cell["finished"]) for cell in cells), sum(len(cell["inside"]) for cell in cells)) == (1, 0)


def test_a_participant_is_served_by_hash_while_the_balance_cannot_be_written(world: MotoWorld) -> None:
    made = study(world, assignment="balanced")
    real = world.clients.s3

    def put(real_put: Any, **arguments: Any) -> Any:
        if arguments["Key"] == cells_key("study"):
            raise client_error("SlowDown")
        return real_put(**arguments)

    visits = world.visits(Interposed(real, put_object=put))
    assert "quiz.html" in world.request(event("ada"), visits)["page"]
    assert (world.record()["assignedBy"], world.record()["conditions"]) == (
        "hash",
        by_hash(from_entry(made), "ada"),
    )


def test_a_broken_balance_stops_nobody_and_stays_as_it_is(world: MotoWorld) -> None:
    study(world, assignment="balanced")
    world.put(cells_key("study"), "broken")
    assert "quiz.html" in world.get()["page"]
    assert (world.record()["assignedBy"], world.text(cells_key("study"))) == ("hash", "broken")


def test_the_rule_of_groups_is_the_study_s_also_for_an_earlier_version(world: MotoWorld) -> None:
    versioned(world, {"quiz.html": "0", "quiz-1.html": "1", "end.html": "x"}, conditions={})
    first = world.get()["page"]
    listed = world.json(MASTER_LIST_KEY)["projects"][0]
    world.put(MASTER_LIST_KEY, json.dumps({"projects": [listed | {"version": "f" * 16, "groupsBy": "study"}]}))
    world.clock.advance(minutes=1)
    assert (first, world.get()["page"]) == (str(group("ada", 2)), str(group("ada", 2, "study")))
