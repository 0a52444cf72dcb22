"""The view while a participant's server starts, and while the participant is in line."""

from __future__ import annotations

from playwright.sync_api import expect

from hippo_gym.sessions.model import Seen
from tests.browser.visitors import Visitor


def test_the_wait_is_described_and_announced(visitor: Visitor) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.come_to("3")
    page = visitor.page
    expect(page.get_by_text("This usually takes about a minute.")).to_be_visible()
    visitor.site.study.see("ada", Seen(dns_ip="127.0.0.1"))
    visitor.look_again()
    expect(page.get_by_role("heading", name="Almost ready")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("About half a minute to go.")
    visitor.site.study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()


def test_the_line_moves_up_until_the_game_begins(visitor: Visitor) -> None:
    study = visitor.site.study
    study.servers_are_quick = False
    study.bring("ada", "2")
    study.put_in_line("ada", 1)
    visitor.come_to("3")
    page = visitor.page
    expect(page.get_by_text("1 person is before you.").first).to_be_visible()
    study.move_up("ada", gone=0)
    visitor.look_again()
    expect(page.get_by_text("You are next.").first).to_be_visible()
    study.move_up("ada", gone=1)
    visitor.look_again()
    visitor.sees("Your game is starting")
    study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()
