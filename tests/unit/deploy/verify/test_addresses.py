"""API, certificates and page: verify finds each fault of an address."""

from __future__ import annotations

import json

import pytest

from hippo_deploy.verify.checks import addresses
from hippo_deploy.verify.page import Page, Reply
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from tests.unit.deploy.verify.stage import API, SITE, Stage

REFUSES = Reply(400, json.dumps("There is no such study."))
PAGE = Reply(200, '<script type="module" src="main.js"></script>')
SETTINGS = Reply(200, json.dumps({"api": f"{API}/next"}))
BAD_CERTIFICATE = Failed("the certificate of api.play.example.net is not valid: certificate has expired")


def works(stage: Stage) -> None:
    own, aws = API, str(stage.target.execute_api_url)
    stage.web.answers |= {own: REFUSES, aws: REFUSES, f"{SITE}/": PAGE, f"{SITE}/settings.json": SETTINGS}


def test_an_api_and_a_page_that_answer_pass(stage: Stage) -> None:
    works(stage)
    assert "api.play.example.net" in addresses.api(stage.world)
    assert "study.play.example.net" in addresses.tls(stage.world)
    assert f"{API}/next" in addresses.website(stage.world)


@pytest.mark.parametrize("broken", [API, "https://abc123.execute-api.ca-central-1.amazonaws.com"])
@pytest.mark.parametrize(
    "answer",
    [Reply(403, '{"message":"Forbidden"}'), Reply(500, "{}"), Reply(400, '{"message":"Bad"}'), Failed("no such name")],
)
def test_an_api_that_does_not_answer_like_next_step_fails(stage: Stage, broken: str, answer: Reply | Failed) -> None:
    works(stage)
    stage.web.answers[broken] = answer
    with pytest.raises(Failed):
        addresses.api(stage.world)


def test_an_invalid_certificate_fails(stage: Stage) -> None:
    works(stage)
    stage.web.answers[API] = BAD_CERTIFICATE
    with pytest.raises(Failed, match="has expired"):
        addresses.tls(stage.world)


def test_an_address_without_tls_fails() -> None:
    stage = Stage(website_url="http://study.play.example.net")
    works(stage)
    with pytest.raises(Failed, match="not https"):
        addresses.tls(stage.world)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        (f"{SITE}/", Reply(403, "<Error>AccessDenied</Error>")),
        (f"{SITE}/", Reply(200, "<h1>Another page</h1>")),
        (f"{SITE}/settings.json", Reply(200, '{"api": "https://elsewhere.example/next"}')),
        (f"{SITE}/settings.json", Reply(404, "")),
    ],
)
def test_another_page_fails(stage: Stage, address: str, answer: Reply) -> None:
    works(stage)
    stage.web.answers[address] = answer
    with pytest.raises(Failed):
        addresses.website(stage.world)


def test_the_page_check_does_not_apply_if_the_outputs_have_no_page() -> None:
    stage = Stage(website_url=None)
    with pytest.raises(NotApplicable, match="website is not set"):
        addresses.website(stage.world)


def test_without_the_outputs_a_missing_page_is_unproven() -> None:
    stage = Stage(website_url=None, complete=False)
    with pytest.raises(Unproven):
        addresses.website(stage.world)


def test_the_tls_check_does_not_apply_on_an_emulator() -> None:
    stage = Stage(emulator="http://127.0.0.1:4566")
    with pytest.raises(NotApplicable, match="plain HTTP"):
        addresses.tls(stage.world)


def page(stage: Stage) -> Page:
    return stage.world.page("player", stage.world.study.id)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, '{"page": "<p>welcome", "step": "1"}'),
        Reply(200, '{"page": "<p>welcome", "step": "1"}', {"access-control-allow-origin": "https://other.example"}),
        Reply(200, '{"page": "x", "notice": "pageMissing"}', {"access-control-allow-origin": "*"}),
        Reply(502, '{"message": "Internal Server Error"}'),
        Reply(200, "not JSON"),
    ],
)
def test_an_answer_that_a_browser_could_not_use_fails(stage: Stage, answer: Reply) -> None:
    stage.web.answers[API] = answer
    with pytest.raises(Failed):
        page(stage).ask()


def test_an_answer_that_a_browser_can_use_is_returned(stage: Stage) -> None:
    stage.web.answers[API] = Reply(200, '{"page": "<p>welcome", "step": "1"}', {"access-control-allow-origin": SITE})
    assert page(stage).ask()["step"] == "1"
