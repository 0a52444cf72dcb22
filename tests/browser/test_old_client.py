"""A client of earlier years, `old_client.html`, works as before."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.game_server import GameServer
from tests.browser.website import Site

PAGE = Path(__file__).parent / "old_client.html"


def test_an_old_client_takes_part_from_consent_to_thanks(context: BrowserContext, site: Site, game: GameServer) -> None:
    study = site.study
    study.servers_are_quick = False
    page = context.new_page()
    page.clock.install()
    site.files["/old"] = PAGE.read_text()
    page.goto(f"{site.origin}/old?projectId=study&userId=OLD&server=ws://127.0.0.1:{game.port}")
    expect(page.get_by_text("About this study")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("There is no hurry.")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Please wait")).to_be_visible()
    for _ in range(2):
        with page.expect_response(re.compile(r"/next\?")):
            page.clock.fast_forward(30_000)
    study.make_ready("old")
    page.clock.fast_forward(30_000)
    expect(page.get_by_text("The game", exact=True)).to_be_visible()
    game.wait_for_connection()
    game.send("done")
    expect(page.get_by_text("Your thoughts")).to_be_visible()
    for _ in range(3):  # the client continues to poll
        with page.expect_response(re.compile(r"/next\?")):
            page.clock.fast_forward(30_000)
    expect(page.get_by_text("Your thoughts")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    assert all(asked.step is None for asked in site.asked)
    assert [step for step, _ in study.answers("old")] == ["1", "2", "4"]


def test_an_old_client_reads_its_error_page_for_an_unknown_study(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    site.files["/old"] = PAGE.read_text()
    page.goto(f"{site.origin}/old?projectId=nope&userId=old")
    expect(page.get_by_text("Error")).to_be_visible()
