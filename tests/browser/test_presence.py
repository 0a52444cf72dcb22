"""The page says that the participant is there, warns before a server ends, and asks whether they still are."""

from __future__ import annotations

from playwright.sync_api import expect

from hippo_gym.sessions.model import EndedBy
from hippo_gym.sessions.presence import PREFIX, here_key
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor

ATTEND = """async () => {
    const { attend } = await import("/modules/presence.js");
    window.beats = 0;
    window.stub = {
        answer: { heartbeat: { every: 1, endsAfter: 121 } },
        view: { kind: "game", isConnected: false },
        memory: { step: "3" },
        api: { ask: () => (window.beats += 1) },
    };
    attend(window.stub);
}"""


def test_only_a_click_starts_another_server_and_the_game_goes_on(visitor: Visitor, game: GameServer) -> None:
    study = visitor.site.study
    study.bring("ada", "3")
    study.end_server("ada", EndedBy.TIME)
    before = len(study.published)
    visitor.come()
    visitor.sees("Are you still there?")
    expect(visitor.page.get_by_text("The time for your game was up")).to_be_visible()
    visitor.page.reload()
    visitor.sees("Are you still there?")
    assert len(study.published) == before
    visitor.page.get_by_role("button", name="I am here").click()
    visitor.is_connected()
    assert len(study.published) == before + 1


def test_a_page_at_the_game_is_heard(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    session = visitor.site.study.record("ada")["session"]["id"]
    assert list(visitor.site.study.bucket.keys(PREFIX)) == [here_key(session)]


def test_a_page_without_a_connection_warns_and_one_with_it_sends_heartbeats(visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    page = visitor.page
    page.evaluate(ATTEND)
    expect(page.get_by_role("region").get_by_text("your game closes in about two minutes")).to_be_visible(
        timeout=60_000
    )
    assert page.evaluate("window.beats") == 0
    page.get_by_role("button", name="I am here").click()
    assert page.evaluate("window.beats") == 1
    page.evaluate("window.stub.view.isConnected = true")
    page.evaluate("() => new Promise((done) => (window.stub.api.ask = done))")  # the next heartbeat
