"""The preview serves the study from its folder with the functions' own rules."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.preview.stage import Stage
from hippo_common.errors import HippoError
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.studies.assignment import group
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, PROJECT, project, write

USER = "preview"


def next_page(stage: Stage, body: dict[str, Any] | None = None, user: str = USER) -> dict[str, Any]:
    """Return the response to a participant's page: to a submit if it has a body."""
    query = {"projectId": stage.study.id, "userId": user}
    method, text = ("GET", None) if body is None else ("POST", json.dumps(body))
    return stage.next(HttpRequest(str(uuid.uuid4()), method, query, {}, text, gateway_answers_cors=True))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(write(tmp_path, PROJECT))


def test_a_participant_walks_through_all_steps(stage: Stage) -> None:
    assert "Hello" in next_page(stage)["page"]
    assert next_page(stage, {"consent": "yes"})["page"] == "show_game_page"
    assert 'name="said"' in next_page(stage)["page"]
    assert "Thanks" in next_page(stage, {"said": "much"})["page"]
    assert "Thanks" in next_page(stage)["page"]


def test_answers_are_listed_as_stored(stage: Stage) -> None:
    next_page(stage)
    next_page(stage, {"consent": "yes"})
    state = stage.state(USER)
    assert state["answers"] == [{"step": "1", "fields": {"consent": "yes"}}]
    assert state["at"] == "2"


def test_a_participant_at_the_game_without_a_server_waits_first(tmp_path: Path) -> None:
    stage = Stage(write(tmp_path, project(events={"startServerStep": None, "stopServerStep": 3})))
    next_page(stage)
    assert next_page(stage, {})["page"] == "wait"
    assert next_page(stage)["page"] == "show_game_page"


def test_the_game_can_be_played_again(stage: Stage) -> None:
    for _ in range(2):
        stage.go_to(USER, "2")
        shown = [next_page(stage)["page"] for _ in range(2)]
        assert "show_game_page" in shown
        stage.go_to(USER, "finalStep")
        next_page(stage)


def test_the_bar_moves_a_participant_to_any_step(stage: Stage) -> None:
    for step, text in (("3", "said"), ("1", "Hello"), ("finalStep", "Thanks")):
        stage.go_to(USER, step)
        assert text in next_page(stage)["page"]
        assert stage.state(USER)["at"] == step


@pytest.mark.parametrize("step", ["9", "0", "nonsense", ""])
def test_a_missing_step_is_refused(stage: Stage, step: str) -> None:
    with pytest.raises(HippoError, match="no step"):
        stage.go_to(USER, step)


def test_starting_over_deletes_the_answers(stage: Stage) -> None:
    next_page(stage)
    next_page(stage, {"consent": "yes"})
    stage.start_over(USER)
    assert "Hello" in next_page(stage)["page"]
    assert stage.state(USER)["answers"] == []


def test_a_group_is_shown_by_a_participant_in_it(tmp_path: Path) -> None:
    variants = {f"1_consent-{number}.html": f"<p>Group {number}</p>" for number in range(3)}
    files = {name: page for name, page in PAGES.items() if name != "1_consent.html"} | variants | DOCKERFILE
    stage = Stage(write(tmp_path, PROJECT, files))
    for number in range(3):
        user = stage.user_in_groups({3: number})
        assert f"Group {number}" in next_page(stage, user=user)["page"]
        state = stage.state(user)
        assert state["groups"] == {"3": number}
        assert state["steps"][0]["file"] == f"1_consent-{number}.html"


def test_a_participant_is_in_one_group_of_each_number(stage: Stage) -> None:
    user = stage.user_in_groups({2: 1, 3: 2})
    assert (group(user, 2, str(PROJECT["id"])), group(user, 3, str(PROJECT["id"]))) == (1, 2)


def test_a_condition_is_shown_by_a_participant_who_has_it(tmp_path: Path) -> None:
    conditions = {"partner": ["novice", "expert"], "feedback": ["on", "off"]}
    files = PAGES | DOCKERFILE | {"1_consent.partner=expert.html": "<p>An expert</p>"}
    stage = Stage(write(tmp_path, project(conditions=conditions, assignment="balanced"), files))
    for value in conditions["partner"]:
        user = stage.user_in_groups({}, {"partner": value, "feedback": "off"})
        state = stage.state(user)
        assert (state["conditions"], state["values"]) == ({"feedback": "off", "partner": value}, conditions)
        assert ("An expert" in next_page(stage, user=user)["page"]) is (value == "expert")
        assert state["steps"][0]["file"] == ("1_consent.partner=expert.html" if value == "expert" else "1_consent.html")


def test_groups_without_a_participant_are_refused(stage: Stage) -> None:
    with pytest.raises(HippoError):
        stage.user_in_groups({2: 5})


def test_a_change_is_shown_and_participants_stay_at_their_steps(tmp_path: Path, stage: Stage) -> None:
    stage.go_to(USER, "3")
    (tmp_path / "3_survey.html").write_text("<p>Changed</p>")
    stage.reload()
    assert "Changed" in next_page(stage)["page"]
    assert stage.changes == 1


def test_a_missing_page_looks_as_participants_would_see_it(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "1_consent.html").unlink()
    stage.reload()
    assert "is missing" in next_page(stage)["page"]
    assert [finding["code"] for finding in stage.state(USER)["findings"]] == ["page-missing"]


def test_a_broken_config_shows_its_faults_until_it_is_fixed(tmp_path: Path, stage: Stage) -> None:
    sound = (tmp_path / "config.yml").read_text()
    (tmp_path / "config.yml").write_text("project: {id: a b}")
    stage.reload()
    assert "cannot be shown yet" in next_page(stage)["page"]
    state = stage.state(USER)
    assert state["steps"] == []
    assert state["findings"]
    (tmp_path / "config.yml").write_text(sound)
    stage.reload()
    assert "Hello" in next_page(stage)["page"]


def test_a_config_that_is_missing_for_a_moment_keeps_the_study(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "config.yml").unlink()
    stage.reload()
    assert "Hello" in next_page(stage)["page"]
    assert "does not exist" in stage.state(USER)["trouble"]


def test_a_closed_or_limited_study_is_shown(tmp_path: Path) -> None:
    stage = Stage(write(tmp_path, project(live=False, maxSessions=1)))
    for user in ("ada", "bob"):
        assert "Hello" in next_page(stage, user=user)["page"]
        assert next_page(stage, {}, user=user)["page"] == "show_game_page"


def test_an_invalid_user_id_is_refused(stage: Stage) -> None:
    assert "refused" in next_page(stage, user="a b")["page"]


def test_an_exit_shows_its_page_and_the_bar_leads_back(tmp_path: Path) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}}
    files = PAGES | DOCKERFILE | {"9_declined.html": "<p>Declined. You may exit now.</p>"}
    stage = Stage(write(tmp_path, project(exits=exits), files))
    next_page(stage)
    assert "Declined" in next_page(stage, {"consent": "no"})["page"]
    assert stage.state(USER)["steps"][-1]["file"] == "9_declined.html"
    stage.go_to(USER, "finalStep")
    assert "Thanks" in next_page(stage)["page"]


def test_a_study_s_language_and_words_are_shown_and_change_with_config_yml(tmp_path: Path) -> None:
    stage = Stage(write(tmp_path, project(language="de", texts={"submit": "Weiter"})))
    answer = next_page(stage)
    assert (answer["language"], answer["texts"]) == ("de", {"submit": "Weiter"})
    write(tmp_path, project(language="ar"))
    stage.reload()
    assert next_page(stage)["language"] == "ar"
