"""The link that a participant comes with, and where they are sent at the end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.scenes import COMPLETION
from tests.browser.visitors import Visitor, watch

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


# --- who it is ---


def test_the_id_may_come_under_several_names(visitor: Visitor) -> None:
    names = ["userId", "PROLIFIC_PID", "workerId", "participant", "userid"]
    for name in names:
        visitor.come(**{"userId": "", name: f"A2{name.replace('_', '')}"})
        visitor.sees("About this study")
    assert [asked.query["userId"] for asked in visitor.site.asked] == [f"A2{name.replace('_', '')}" for name in names]


def test_without_an_id_one_is_made_and_kept(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.sees("About this study")
    visitor.page.reload()
    visitor.sees("About this study")
    (made,) = visitor.site.study.participants()
    assert re.fullmatch(UUID4, made)
    expect(visitor.page.get_by_text(made)).to_be_visible()


def test_another_study_gets_another_id(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.sees("About this study")
    visitor.site.study.change(id="study-2")
    visitor.site.study.bucket.put("study-2/consent.html", b"<h1>Another study</h1>")
    visitor.come(userId="", projectId="study-2")
    visitor.sees("Another study")
    first, second = {asked.query["userId"] for asked in visitor.site.asked}
    assert first != second


def test_the_id_of_the_link_is_stronger_than_the_one_that_is_kept(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.consent()
    visitor.sees("How to play")
    visitor.come(userId="somebody-else")
    visitor.sees("About this study")


def test_the_next_person_at_a_shared_computer_can_start_anew(context: BrowserContext, visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.consent()
    visitor.sees("How to play")
    page = context.new_page()
    faults = watch(page, visitor.site)
    other = Visitor(page, visitor.site)
    other.come(userId="")
    other.sees("How to play")
    page.get_by_role("button", name="I am somebody else").click()
    other.sees("About this study")
    assert len(visitor.site.study.participants()) == 2
    assert faults == []


def test_somebody_at_the_game_who_comes_with_another_browser_does_not_skip_it(visitor: Visitor) -> None:
    """A plain GET after the game's page was shown would leave the game."""
    visitor.site.study.bring("ada", "3")
    visitor.come()
    visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


# --- the end ---


@pytest.mark.parametrize(
    ("redirect", "label", "address"),
    [
        (
            "https://x.example/done?id={userId}%26p={projectId}",
            "Go back to x.example",
            "https://x.example/done?id=ada&p=study",
        ),
        ("https://x.example/?cc={code}", "Go back to x.example", "https://x.example/?cc=C1A2B3C4"),
    ],
)
def test_the_links_redirect_is_the_way_back_if_the_study_has_none(
    visitor: Visitor, redirect: str, label: str, address: str
) -> None:
    visitor.site.study.change(completion={"codes": COMPLETION["codes"]})
    visitor.come_to("finalStep", redirect=redirect)
    expect(visitor.page.get_by_role("link", name=label)).to_have_attribute("href", address)


@pytest.mark.parametrize(
    ("redirect", "label"),
    [
        ("https://evil.example/%5C@app.prolific.com/", "evil.example"),
        ("https://evil.example%5C@app.prolific.com/", "evil.example"),
        ("https://app.prolific.com@evil.example/", "evil.example"),
        ("https://notprolific.com/", "notprolific.com"),
        ("https://prolific.com.evil.example/", "prolific.com.evil.example"),
        ("https://APP.Prolific.com/x", "Prolific"),
        ("https://workersandbox.mturk.com/", "Mechanical Turk"),
    ],
)
def test_the_way_back_says_where_it_leads(visitor: Visitor, redirect: str, label: str) -> None:
    visitor.come_to("finalStep", redirect=redirect)
    expect(visitor.page.get_by_role("link", name=f"Go back to {label}", exact=True)).to_be_visible()


def test_the_studys_redirect_is_stronger(visitor: Visitor) -> None:
    visitor.site.study.change(completion=COMPLETION)
    visitor.come_to("finalStep", redirect="https://x.example/")
    link = visitor.page.get_by_role("link", name="Go back to Prolific")
    expect(link).to_have_attribute("href", "https://app.prolific.com/submissions/complete?cc=C1A2B3C4")


def test_a_redirect_that_is_no_web_address_is_left_out(visitor: Visitor) -> None:
    visitor.site.study.bring("ada", "finalStep")
    for redirect in ("javascript:alert(1)", "data:text/html,x", "//x.example", "ftp://x.example", "https://[x"):
        visitor.come(redirect=redirect)
        visitor.sees("Thank you")
        expect(visitor.page.get_by_role("link")).to_have_count(0)


def test_the_code_can_be_copied(context: BrowserContext, visitor: Visitor) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.site.study.change(completion=COMPLETION)
    visitor.come_to("finalStep")
    visitor.page.get_by_role("button", name="Copy").click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == "C1A2B3C4"


def test_whoever_declines_gets_the_code_of_that(visitor: Visitor) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "declined.html"}}
    visitor.site.study.change(completion=COMPLETION, exits=exits)
    visitor.come()
    visitor.page.get_by_label("I do not agree").check()
    visitor.page.get_by_label("Your initials").fill("AB")
    visitor.submit()
    visitor.sees("Thank you for reading")
    expect(visitor.page.get_by_text("NOCONSENT")).to_be_visible()
