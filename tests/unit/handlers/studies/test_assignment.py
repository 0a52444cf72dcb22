"""Groups and conditions by hash: independent across studies, counts of groups, and conditions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import update_project_master_list
from hippo_gym.sessions.launch import LaunchSettings, task_request
from hippo_gym.sessions.messages import Start, read_start
from hippo_gym.sessions.model import Attempt, new_session
from hippo_gym.sessions.tokens import new_token
from hippo_gym.studies.assignment import (
    as_json,
    by_hash,
    completed,
    condition_files,
    conditions_of_page,
    group,
)
from hippo_gym.studies.projects import MASTER_LIST_KEY, from_entry
from tests.support.moto_world import NOON, SESSION, MotoWorld, entry
from tests.unit.handlers.entries import Context
from tests.unit.handlers.studies.test_registration import PAYLOAD

PEOPLE = [f"worker-{number}" for number in range(4000)]
CONDITIONS = {"partner": ["novice", "expert"], "feedback": ["on", "off"]}


def even(pairs: Counter[Any], cells: int) -> bool:
    """Return whether each cell has its share of 4,000 people, within 5 standard deviations."""
    expected = len(PEOPLE) / cells
    spread = 5 * (expected * (1 - 1 / cells)) ** 0.5
    return len(pairs) == cells and all(abs(number - expected) < spread for number in pairs.values())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (lambda user: group(user, 2, "one"), lambda user: group(user, 2, "two")),
        (lambda user: group(user, 2, "one"), lambda user: group(user, 4, "one")),
        (lambda user: group(user, 3, "one"), lambda user: group(user, 6, "one")),
    ],
    ids=["two studies", "2 and 4 groups", "3 and 6 groups"],
)
def test_salted_groups_are_independent(first: Callable[[str], int], second: Callable[[str], int]) -> None:
    pairs = Counter((first(user), second(user)) for user in PEOPLE)
    cells = len({one for one, _ in pairs}) * len({two for _, two in pairs})
    assert even(pairs, cells)


def test_groups_without_salt_repeat_in_every_study() -> None:
    assert all(group(user, 4) % 2 == group(user, 2) for user in PEOPLE)


def test_crossed_conditions_fill_every_cell_evenly() -> None:
    project = from_entry(entry(conditions=CONDITIONS))
    assert even(Counter(tuple(by_hash(project, user).values()) for user in PEOPLE), 4)


def test_conditions_are_independent_of_groups_and_of_other_studies() -> None:
    one, two = (from_entry(entry(name, conditions=CONDITIONS, groupsBy="study")) for name in ("one", "two"))
    assert even(Counter((by_hash(one, user)["partner"], group(user, 2, one.salt)) for user in PEOPLE), 4)
    assert even(Counter((by_hash(one, user)["partner"], by_hash(two, user)["partner"]) for user in PEOPLE), 4)


def test_a_condition_that_is_added_leaves_the_others() -> None:
    before = from_entry(entry(conditions={"partner": ["novice", "expert"]}))
    after = from_entry(entry(conditions=CONDITIONS))
    for user in PEOPLE[:50]:
        own = {"partner": "someone of an earlier version"}
        assert completed(after, user, own) == own | {"feedback": by_hash(after, user)["feedback"]}
        assert completed(before, user, own) is own


# --- names of pages ---


def test_pages_are_named_in_alphabetical_order_the_most_specific_first() -> None:
    assert [*condition_files("a/quiz.html", {"partner": "expert", "feedback": "on"})] == [
        "a/quiz.feedback=on.partner=expert.html",
        "a/quiz.feedback=on.html",
        "a/quiz.partner=expert.html",
    ]


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,5}[A-Za-z0-9])?", fullmatch=True),
        max_size=4,
    )
)
def test_a_name_of_a_page_says_its_conditions(own: dict[str, str]) -> None:
    found = [conditions_of_page("quiz.html", name) for name in condition_files("quiz.html", own)]
    parts = sorted(own.items())
    assert found == [chosen for size in range(len(parts), 0, -1) for chosen in combinations(parts, size)]


@pytest.mark.parametrize("name", ["quiz.html", "quiz-1.html", "quiz.more.html", "quiz_2.a=b.html", "quiz.a=b.htm"])
def test_other_files_are_no_pages_of_conditions(name: str) -> None:
    assert conditions_of_page("quiz.html", name) is None


# --- the rule of a study ---


def registered(world: MotoWorld) -> Any:
    update_project_master_list.lambda_handler(PAYLOAD, Context())
    return world.json(MASTER_LIST_KEY)["projects"][-1].get("groupsBy")


def test_a_new_study_has_groups_of_its_own(environment: MotoWorld) -> None:
    assert registered(environment) == "study"
    assert registered(environment) == "study"


def test_a_study_of_an_earlier_release_keeps_its_rule(environment: MotoWorld) -> None:
    environment.put(MASTER_LIST_KEY, json.dumps({"projects": [entry(str(PAYLOAD["id"]))]}))
    assert registered(environment) is None


def test_a_study_with_participants_is_not_new(environment: MotoWorld) -> None:
    environment.put(f"{PAYLOAD['id']}/Users/ada", "{}")
    assert registered(environment) is None


def test_a_script_cannot_change_the_rule(environment: MotoWorld) -> None:
    environment.put(MASTER_LIST_KEY, json.dumps({"projects": [entry(str(PAYLOAD["id"]))]}))
    update_project_master_list.lambda_handler({**PAYLOAD, "groupsBy": "study"}, Context())
    assert "groupsBy" not in environment.json(MASTER_LIST_KEY)["projects"][-1]


def test_values_that_yaml_reads_as_true_and_false_are_refused_with_the_fix(environment: MotoWorld) -> None:
    answer = update_project_master_list.lambda_handler(
        {**PAYLOAD, "conditions": {"feedback": [True, False]}}, Context()
    )
    assert answer["statusCode"] == 400
    assert "conditions.feedback[0]: found true; allowed: a text" in answer["body"]
    assert "in quotes, since YAML reads a bare on or off as true or false" in answer["body"]


def test_a_balanced_study_with_too_many_combinations_is_refused(environment: MotoWorld) -> None:
    values = [f"v{number}" for number in range(11)]
    payload = {**PAYLOAD, "conditions": {"a": values, "b": values[:10]}, "assignment": "balanced"}
    answer = update_project_master_list.lambda_handler(payload, Context())
    assert answer == {
        "statusCode": 400,
        "body": "conditions: found 110 combinations; allowed: at most 100 combinations of their values in a balanced "
        "study",
    }


# --- the container ---


def environments_of(message: Start, **changes: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return the variables of every container, and further ones of the study's own."""
    session = new_session(message, from_entry(entry(**changes)), NOON, 60, token=new_token(), upload_token=new_token())
    assert session.launch is not None
    settings = LaunchSettings("b" * 63, ("subnet",), ("group",), "arn", "arn", ("https://" + "o" * 64,))
    launch, session = session.launch, replace(session, trace="Root=1-" + "0" * 90)
    attempt = Attempt(1, "FARGATE", NOON)
    request = task_request(session, launch, attempt, settings, cluster="c", tags={})
    return dict(request.environment), dict(request.study_environment)


def environment_of(message: Start, **changes: Any) -> dict[str, str]:
    return environments_of(message, **changes)[0]


def test_a_start_message_carries_groups_and_conditions() -> None:
    sent = Start("study", "ada", SESSION, NOON, None, {2: 1}, {"partner": "expert"})
    assert read_start(sent.payload()) == sent
    found = environment_of(sent)
    assert (json.loads(found["HIPPO_GROUP"]), json.loads(found["HIPPO_CONDITIONS"])) == (
        {"2": 1},
        {"partner": "expert"},
    )


def test_a_start_by_hand_computes_conditions_except_in_a_balanced_study() -> None:
    message = Start("study", "ada", SESSION, NOON)
    project = from_entry(entry(conditions=CONDITIONS))
    found = environment_of(message, conditions=CONDITIONS)
    assert found["HIPPO_CONDITIONS"] == as_json(by_hash(project, "ada"))
    assert "HIPPO_CONDITIONS" not in environment_of(message, conditions=CONDITIONS, assignment="balanced")


def test_the_largest_variables_of_six_containers_fit_into_the_overrides_of_a_task() -> None:
    values = {f"{letter}{'n' * 29}": ["v" * 30, "w" * 30] for letter in "abcdef"}
    user, project = "u" * 48, "p" * 63
    message = Start(project, user, SESSION, NOON, None, {2: 1, 3: 2, 4: 3, 12: 11}, {})
    variables, own = environments_of(message, id=project, conditions=values, access="signed")
    assert "HIPPO_SESSION_TOKEN" in variables
    assert own.keys() == {"HIPPO_ACCESS", "HIPPO_PAGE_ORIGINS", "HIPPO_UPLOAD_TOKEN", "HIPPO_IDLE_MINUTES"}
    containers = [
        {"name": "n" * 20, "environment": [{"name": key, "value": value} for key, value in given.items()]}
        for given in (variables | own, *(variables for _ in range(5)))
    ]
    assert len(json.dumps({"containerOverrides": containers}, separators=(",", ":"))) <= 8192
    assert {*product(values)} == {(name,) for name in json.loads(variables["HIPPO_CONDITIONS"])}
