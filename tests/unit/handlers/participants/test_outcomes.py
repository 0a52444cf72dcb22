"""How a participation begins and ends: opening times, rosters, exits, codes, progress."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.studies import registration
from hippo_gym.studies.exits import Completion
from hippo_gym.studies.projects import from_entry
from tests.support.moto_world import MotoWorld, entry
from tests.unit.handlers.studies.test_registration import PAYLOAD

EXITS = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "declined.html"}}
PLAIN: dict[str, Any] = {"steps": {"1": "1.html", "2": "2.html", "finalStep": "end.html"}, "start": None, "stop": None}
CODES = {"finished": "C1", "refused": "C2", "serverFailed": "C3"}


def consent_study(world: MotoWorld, **changes: Any) -> MotoWorld:
    world.register(entry(**PLAIN, exits=EXITS, **changes))
    world.put("study/declined.html", "<p>declined</p>")
    return world


def answer(world: MotoWorld, **fields: Any) -> dict[str, Any]:
    return world.post(body=json.dumps(fields), step="1")


# --- exits ---


def test_an_answer_that_is_an_exit_ends_the_study(world: MotoWorld) -> None:
    consent_study(world).get()
    shown = answer(world, consent="no")
    assert (shown["page"], shown["step"]) == ("<p>declined</p>", "finalStep")


def test_a_participant_who_took_an_exit_stays_there(world: MotoWorld) -> None:
    consent_study(world).get()
    answer(world, consent="no")
    assert [world.get()["page"], world.post()["page"]] == ["<p>declined</p>", "<p>declined</p>"]


def test_any_other_answer_continues_the_study(world: MotoWorld) -> None:
    consent_study(world).get()
    assert answer(world, consent="yes")["step"] == "2"


@pytest.mark.parametrize("body", ["{}", "[]", "null", '"no"', "no", "{", '{"consent": null}', '{"consent": ["no"]}'])
def test_a_body_without_the_field_continues_the_study(world: MotoWorld, body: str) -> None:
    consent_study(world).get()
    assert world.post(body=body, step="1")["step"] == "2"


@pytest.mark.parametrize("body", ["{}", '{"consent": null}', '{"consent": ["no"]}', '{"consent": {}}'])
def test_a_missing_answer_matches_no_exit(world: MotoWorld, body: str) -> None:
    exits = {"refused": EXITS["refused"] | {"values": ["None", "null", "", "['no']", "{}"]}}
    world.register(entry(**PLAIN, exits=exits))
    world.get()
    assert world.post(body=body, step="1")["step"] == "2"


@pytest.mark.parametrize(("sent", "step"), [(17, "finalStep"), (1.5, "finalStep"), (18, "2")])
def test_a_number_may_be_an_exit(world: MotoWorld, sent: float, step: str) -> None:
    world.register(entry(**PLAIN, exits={"young": EXITS["refused"] | {"field": "age", "values": ["17", "1.5"]}}))
    world.get()
    assert answer(world, age=sent)["step"] == step


@pytest.mark.parametrize(("sent", "step"), [(False, "finalStep"), (True, "2"), ("false", "finalStep")])
def test_a_checkbox_may_be_an_exit(world: MotoWorld, sent: object, step: str) -> None:
    exits = {"refused": EXITS["refused"] | {"values": ["false"]}}
    world.register(entry(**PLAIN, exits=exits))
    world.get()
    assert answer(world, consent=sent)["step"] == step


def test_the_field_decides_at_its_own_step_only(world: MotoWorld) -> None:
    consent_study(world).get()
    answer(world, consent="yes")
    assert world.post(body='{"consent": "no"}', step="2")["step"] == "finalStep"
    assert world.record()["outcome"] is None


def test_the_record_names_the_exit(world: MotoWorld) -> None:
    consent_study(world).get()
    answer(world, consent="no")
    assert (world.record()["outcome"], world.record()["requests"][-1]["accepted"]) == ("refused", True)


def test_an_answer_that_comes_twice_takes_its_exit_once(world: MotoWorld) -> None:
    consent_study(world).get()
    answer(world, consent="no")
    assert answer(world, consent="yes")["step"] == "finalStep"
    assert world.record()["outcome"] == "refused"


def test_an_exit_stops_a_server_that_was_started_early(world: MotoWorld) -> None:
    world.register(entry(exits=EXITS))
    world.get()
    world.received("start")
    answer(world, consent="no")
    assert len(world.received("stop")) == 1


def test_an_exit_without_its_page_says_so(world: MotoWorld) -> None:
    world.register(entry(**PLAIN, exits=EXITS))
    world.get()
    assert answer(world, consent="no")["notice"] == "pageMissing"


# --- the last page: code and redirect ---


@pytest.mark.parametrize(("consent", "code"), [("yes", "C1"), ("no", "C2")])
def test_the_last_page_brings_the_code_of_the_outcome(world: MotoWorld, consent: str, code: str) -> None:
    consent_study(world, completion={"codes": CODES}).get()
    answer(world, consent=consent)
    shown = world.post(step="2") if consent == "yes" else world.get()
    assert (shown["completion"]["code"], shown["completion"]["redirect"]) == (code, None)


def test_pages_before_the_last_bring_no_code(world: MotoWorld) -> None:
    assert "completion" not in consent_study(world, completion={"codes": CODES}).get()


def test_the_outcome_is_shown_without_codes_too(world: MotoWorld) -> None:
    consent_study(world).get()
    assert answer(world, consent="no")["completion"] == {"outcome": "refused", "code": None, "redirect": None}


def test_the_redirect_holds_code_and_ids_as_the_participant_spells_them(world: MotoWorld) -> None:
    redirect = "https://example.org/done?cc={code}&who={userId}&study={projectId}"
    consent_study(world, completion={"codes": {"refused": "A B&C"}, "redirect": redirect}).get("A2XYZ")
    shown = world.post("A2XYZ", body='{"consent": "no"}', step="1")
    assert shown["completion"]["redirect"] == "https://example.org/done?cc=A%20B%26C&who=A2XYZ&study=study"


def test_without_the_code_that_it_needs_there_is_no_redirect() -> None:
    completion = Completion({"finished": "C1"}, "https://example.org/?cc={code}")
    assert completion.redirect_for(None, "ada", "study") is None


def test_a_redirect_without_a_code_needs_none() -> None:
    assert Completion({}, "https://example.org/").redirect_for(None, "ada", "study") == "https://example.org/"


# --- who may begin ---


@pytest.mark.parametrize(
    ("times", "notice"),
    [
        ({"opensAt": "2026-11-22T12:00:01+00:00"}, "notOpen"),
        ({"opensAt": "2026-11-22T13:00:00+01:00"}, None),
        ({"closesAt": "2026-11-22T12:00:00+00:00"}, "closed"),
        ({"closesAt": "2026-11-22T12:00:01Z"}, None),
    ],
)
def test_new_participants_are_admitted_between_opening_and_closing(
    world: MotoWorld, times: dict[str, str], notice: str | None
) -> None:
    world.register(entry(**PLAIN, **times))
    assert world.get().get("notice") == notice


def test_a_refused_participant_has_no_record(world: MotoWorld) -> None:
    world.register(entry(**PLAIN, opensAt="2026-12-01T08:00:00+00:00"))
    assert "It opens on 1 December 2026 at 08:00 UTC" in world.get()["page"]
    assert world.keys("study/Users/") == []


def test_a_participant_who_has_begun_finishes_after_the_closing(world: MotoWorld) -> None:
    world.register(entry(**PLAIN))
    world.get()
    world.register(entry(**PLAIN, closesAt="2026-11-22T12:00:00+00:00"))
    assert world.post(step="1")["step"] == "2"


# --- progress ---


def test_progress_counts_the_steps_and_the_last_page(world: MotoWorld) -> None:
    world.register(entry(**PLAIN, progress={"1": "Consent", "finalStep": "Thanks"}))
    shown = [world.get()["progress"], world.post(step="1")["progress"], world.post(step="2")["progress"]]
    assert shown == [
        {"at": 1, "of": 3, "label": "Consent"},
        {"at": 2, "of": 3, "label": None},
        {"at": 3, "of": 3, "label": "Thanks"},
    ]


def test_a_study_may_show_no_progress(world: MotoWorld) -> None:
    world.register(entry(**PLAIN, progress=False))
    assert "progress" not in world.get()


# --- what is registered ---


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"exits": {"finished": EXITS["refused"]}}, "exits"),
        ({"exits": {"refused": {"step": 1, "values": ["no"], "page": "a.html"}}}, "exits.refused.field"),
        ({"exits": {"refused": EXITS["refused"] | {"values": [False]}}}, "exits.refused.values[0]"),
        ({"exits": {"refused": EXITS["refused"] | {"page": "game"}}}, "exits.refused.page"),
        ({"completion": {"redirect": "http://example.org"}}, "completion.redirect"),
        ({"completion": {"redirect": "https://example.org/{name}"}}, "completion.redirect"),
        ({"completion": {"code": "C1"}}, "completion.code"),
        ({"opensAt": "tomorrow"}, "opensAt"),
        ({"opensAt": "2026-13-01T08:00:00Z"}, "opensAt"),
        ({"opensAt": "2026-12-02T08:00:00Z", "closesAt": "2026-12-01T08:00:00Z"}, "closesAt"),
        ({"mostParticipants": 0}, "mostParticipants"),
        ({"progress": True}, "progress"),
        ({"progress": {"first": "x"}}, "progress.first"),
    ],
)
def test_a_contradictory_entry_is_refused_with_its_path(changes: dict[str, Any], path: str) -> None:
    assert [fault.path for fault in registration.read_payload(PAYLOAD | changes).faults] == [path]


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"exits": {"refused": EXITS["refused"] | {"step": 9}}}, "exits.refused: step 9 has no page"),
        ({"completion": {"codes": {"declined": "C1"}}}, "completion.codes: declined is no outcome"),
        ({"completion": {"redirect": "https://example.org/{code}"}}, "has none for 'finished'"),
    ],
)
def test_what_is_probably_not_intended_is_warned_of(changes: dict[str, Any], warning: str) -> None:
    assert any(warning in given for given in registration.read_payload(PAYLOAD | changes).warnings)


def test_a_whole_number_of_a_step_may_be_written_as_a_float() -> None:
    exits = {"refused": EXITS["refused"] | {"step": 1.0}}
    assert registration.read_payload(PAYLOAD | {"exits": exits}).warnings == ()


def test_the_first_matching_exit_is_taken() -> None:
    exits = {"young": {"step": 1, "field": "age", "values": ["17"], "page": "young.html"}} | EXITS
    taken = from_entry(entry(**PLAIN, exits=exits)).exit_at(1, {"age": "17", "consent": "no"})
    assert taken is not None
    assert taken.outcome == "young"
