"""The link that a participant opens, and the link back at the end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.scenes import COMPLETION
from tests.browser.visitors import Visitor, watch

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


# --- the participant's id ---


def test_the_link_may_name_the_id_in_several_ways(visitor: Visitor) -> None:
    names = ["userId", "PROLIFIC_PID", "workerId", "participant", "userid"]
    for name in names:
        visitor.come(**{"userId": "", name: f"A2{name.replace('_', '')}"})
        visitor.sees("About this study")
    assert [asked.query["userId"] for asked in visitor.site.asked] == [f"A2{name.replace('_', '')}" for name in names]


READ = """async searches => {
    const { readVisit } = await import("/modules/visit.js");
    return searches.map(search => {
        const stored = [];
        const visit = readVisit(search, { get: () => null, set: (key) => stored.push(key) });
        return [visit.projectId, visit.fault ?? (stored.length ? "made" : visit.userId), visit.redirect];
    });
}"""

LINKS = {
    "?projectId=s": ["s", "made", None],
    "?projectId=s?PROLIFIC_PID=5f1": ["s", "5f1", None],
    "?projectId=s&amp;PROLIFIC_PID=5f1": ["s", "5f1", None],
    "?projectId=s&amp;amp;workerId=A2X?assignmentId=3": ["s", "A2X", None],
    "?projectId=s&userId=a&redirect=https://x.example/?cc={code}": ["s", "a", "https://x.example/?cc={code}"],
    "?projectId=s&PROLIFIC_PID=": ["s", "noId", None],
    "?projectId=s&PROLIFIC_PID={{%PROLIFIC_PID%}}": ["s", "noId", None],
    "?projectId=s&PROLIFIC_PID=%7B%7B%25PROLIFIC_PID%25%7D%7D": ["s", "noId", None],
    "?projectId=s&workerId=${workerId}": ["s", "noId", None],
    "?projectId=s&userId=%SURVEY_CODE%": ["s", "noId", None],
    "?projectId=s&userId=%SURVEY_CODE%&participant=7": ["s", "7", None],
    "?projectId=s&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3": ["s", "preview", None],
    "?projectId=s&assignmentId=3X&hitId=3&workerId=A2XYZ": ["s", "A2XYZ", None],
}


def test_links_that_services_and_programs_have_changed_name_the_right_participant(visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    found = visitor.page.evaluate(READ, list(LINKS))
    assert dict(zip(LINKS, found, strict=True)) == LINKS


def test_a_link_without_the_id_that_it_should_have_begins_nothing(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.site.origin}/?projectId=study&PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}")
    visitor.sees("This link does not say who you are")
    visitor.page.goto(f"{visitor.site.origin}/?projectId=study&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE")
    visitor.sees("This is a preview")
    assert visitor.site.asked == []


def test_without_an_id_the_page_makes_one_and_stores_it(visitor: Visitor) -> None:
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


def test_the_links_id_wins_over_the_stored_id(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.consent()
    visitor.sees("How to play")
    visitor.come(userId="another")
    visitor.sees("About this study")


def test_the_next_participant_at_a_shared_computer_can_start_over(context: BrowserContext, visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.consent()
    visitor.sees("How to play")
    page = context.new_page()
    faults = watch(page, visitor.site)
    other = Visitor(page, visitor.site)
    other.come(userId="")
    other.sees("How to play")
    page.get_by_role("button", name="I am a different person").click()
    other.sees("About this study")
    assert len(visitor.site.study.participants()) == 2
    assert faults == []


def test_opening_the_link_in_another_browser_does_not_skip_the_game(visitor: Visitor) -> None:
    """A GET without a step after `show_game_page` would complete the game."""
    visitor.site.study.bring("ada", "3")
    visitor.come()
    visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


# --- the end ---

ALLOWED = [
    f"https://{host}"
    for host in (
        "x.example",
        "evil.example",
        "notprolific.com",
        "prolific.com.evil.example",
        "app.prolific.com",
        "workersandbox.mturk.com",
    )
]
"""Origins in the settings that a link's `redirect` may name."""


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
def test_the_links_redirect_is_used_if_the_study_has_none(
    visitor: Visitor, redirect: str, label: str, address: str
) -> None:
    visitor.site.settings["allow"] = ALLOWED
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
def test_the_link_back_names_its_target(visitor: Visitor, redirect: str, label: str) -> None:
    visitor.site.settings["allow"] = ALLOWED
    visitor.come_to("finalStep", redirect=redirect)
    expect(visitor.page.get_by_role("link", name=f"Go back to {label}", exact=True)).to_be_visible()


def test_the_studys_redirect_wins_over_the_links(visitor: Visitor) -> None:
    visitor.site.settings["allow"] = ALLOWED
    visitor.site.study.change(completion=COMPLETION)
    visitor.come_to("finalStep", redirect="https://x.example/")
    link = visitor.page.get_by_role("link", name="Go back to Prolific")
    expect(link).to_have_attribute("href", "https://app.prolific.com/submissions/complete?cc=C1A2B3C4")


def test_a_redirect_that_is_not_a_web_address_is_ignored(visitor: Visitor) -> None:
    visitor.site.settings["allow"] = ["https://x.example"]
    visitor.site.study.bring("ada", "finalStep")
    others = ("javascript:alert(1)", "data:text/html,x", "//x.example", "ftp://x.example", "https://[x")
    for redirect in (*others, "http://x.example/", "https://y.example/", "https://x.example:444/"):
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


def test_a_participant_who_declines_gets_the_code_for_declining(visitor: Visitor) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "declined.html"}}
    visitor.site.study.change(completion=COMPLETION, exits=exits)
    visitor.come()
    visitor.page.get_by_label("I do not agree").check()
    visitor.page.get_by_label("Your initials").fill("AB")
    visitor.submit()
    visitor.sees("Thank you for reading")
    expect(visitor.page.get_by_text("NOCONSENT")).to_be_visible()
