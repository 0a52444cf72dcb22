"""A whole study on the local cloud: the real API across origins, real containers, the example's game."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from local import study
from local.cloud import Cloud
from local.inspection import Inspector
from local.places import REPOSITORY
from tests.browser import deployment, relay
from tests.browser.deployment import Site, Study
from tests.browser.visitors import watch

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("local cloud")]

STUDY = "mountain_car"
READY_SECONDS = 60_000  # milliseconds, until a server is ready


class Stage:
    """One deployment, with the page on a port of its own."""

    def __init__(self, cloud: Cloud, site: Site) -> None:
        self.cloud = cloud
        self.site = site
        self.inspector = Inspector(cloud)

    def link(self, user_id: str) -> str:
        return f"{self.site.origin}/?projectId={STUDY}&userId={user_id}"

    def answers(self, user_id: str) -> list[tuple[str, dict[str, Any]]]:
        requests = self.inspector.participant(STUDY, user_id)["requests"]
        return [(entry["step"], json.loads(entry["body"])) for entry in requests if entry.get("accepted")]

    def trials(self, user_id: str) -> list[str]:
        """What the game's server has recorded."""
        keys = self.inspector.keys(f"{STUDY}/Trials/{user_id}/")
        s3, bucket = self.cloud.client("s3"), self.cloud.outputs["bucket"]
        return [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]

    def kill_server(self, user_id: str) -> None:
        """The participant's task is taken away."""
        arn = self.inspector.live_session(user_id)["seen"]["attempt"]["taskArn"]
        self.cloud.fargate.interrupt(arn)


@pytest.fixture(scope="module")
def stage(local_cloud: Future[Cloud]) -> Iterator[Stage]:
    cloud = local_cloud.result()
    study.deploy_study(cloud, REPOSITORY / "examples" / STUDY)
    with relay.running(Inspector(cloud).address_of) as port, deployment.serve(Study()) as site:
        site.settings = {"api": cloud.next_url, "server": f"ws://127.0.0.1:{port}/{{host}}:{{port}}"}
        site.may_ask.add(cloud.state.gateway_url)
        yield Stage(cloud, site)


@pytest.fixture
def tab(context: BrowserContext, stage: Stage) -> Iterator[Page]:
    page = context.new_page()
    faults = watch(page, stage.site)
    yield page
    assert faults == [], faults


def _consent(page: Page) -> None:
    page.get_by_label("Yes, I have read this page").check()
    page.get_by_label("Yes", exact=True).check()
    _submit(page)


def _submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def _come_to_game(page: Page) -> None:
    """From the instructions to the game, by way of the quiz."""
    _submit(page)
    page.get_by_label("When the car is at the flag, or after ten seconds").check()
    page.get_by_label("It rolls, with its engine off").check()
    page.get_by_label("Whenever I like what the car has just done").check()
    _submit(page)
    expect(page.get_by_text("Connected", exact=True)).to_be_visible(timeout=READY_SECONDS)


def _answer_survey(page: Page) -> None:
    for name in ("felt_in_control", "got_better", "judging_was_easy", "would_trust"):
        page.locator(f"[name={name}][value='4']").check()
    page.get_by_label("I do not remember").check()
    page.get_by_label("How did you try to get the car up?").fill("I swung it.")
    page.get_by_label("Your age, in years").fill("44")
    page.get_by_label("How often do you play video games?").select_option("weekly")
    page.get_by_label("Driven a real car").check()
    page.get_by_label("What did you play with?").fill("keyboard")


def test_a_participant_takes_part_from_consent_to_thanks(
    stage: Stage, tab: Page, screenshot: Callable[[Page, str], None]
) -> None:
    tab.goto(stage.link("eve"))
    expect(tab.get_by_role("heading", name="Driving up a hill")).to_be_visible()
    assert tab.evaluate("performance.now()") < 2000, "milliseconds to the first page"
    screenshot(tab, "study-1-consent")
    _consent(tab)
    expect(tab.get_by_text("Step 2 of 6")).to_be_visible()
    screenshot(tab, "study-2-instructions")
    _come_to_game(tab)
    tab.get_by_role("button", name="Start").click()
    for key in ("ArrowLeft", "ArrowRight", "ArrowLeft"):
        tab.keyboard.down(key)
        tab.wait_for_timeout(400)
        tab.keyboard.up(key)
    tab.get_by_role("button", name="Good").click()
    screenshot(tab, "study-3-game")
    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text("Step 5 of 6")).to_be_visible()
    _answer_survey(tab)
    screenshot(tab, "study-4-survey")
    _submit(tab)
    expect(tab.get_by_text("Your completion code: C1A2B3C4")).to_be_visible()
    screenshot(tab, "study-5-thanks")
    answers = stage.answers("eve")
    assert [step for step, _ in answers] == ["1", "2", "3", "4", "5"]
    assert answers[0][1] == {"consent": "yes", "of_age": "yes", "share_data": ""}
    assert {"age": "44", "plays_games": "weekly", "strategy": "I swung it."}.items() <= answers[4][1].items()
    trials = "".join(stage.trials("eve"))
    for event in ('"event": "pressed"', '"event": "feedback"', '"browser": "Chrome"'):
        assert event in trials, trials[:2000]


def test_a_server_that_is_taken_away_during_the_game_comes_back(stage: Stage, tab: Page) -> None:
    tab.goto(stage.link("rob"))
    _consent(tab)
    _come_to_game(tab)
    tab.get_by_role("button", name="Start").click()
    stage.kill_server("rob")
    expect(tab.get_by_text("The connection to the game is interrupted.").first).to_be_visible()
    expect(tab.get_by_role("heading", name="The game is being started again")).to_be_visible(timeout=20_000)
    expect(tab.get_by_text("Connected", exact=True)).to_be_visible(timeout=READY_SECONDS)
    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text("Step 5 of 6")).to_be_visible()
    assert [step for step, _ in stage.answers("rob")] == ["1", "2", "3", "4"]


def test_whoever_declines_reads_why_and_gets_the_code(stage: Stage, tab: Page) -> None:
    tab.goto(stage.link("dan"))
    tab.get_by_label("No, I do not want to take part").check()
    tab.get_by_label("Yes", exact=True).check()
    _submit(tab)
    expect(tab.get_by_text("C5D6E7F8")).to_be_visible()
    tab.reload()
    expect(tab.get_by_text("C5D6E7F8")).to_be_visible()


def test_an_unknown_study_is_told(stage: Stage, tab: Page) -> None:
    tab.goto(stage.link("eve").replace(STUDY, "nope"))
    expect(tab.get_by_role("heading", name="This study is not open")).to_be_visible()
