"""Every page that a participant can see, and the way to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from hippo_gym.sessions.model import EndedBy, Seen
from tests.browser import additions, studies
from tests.browser.expecting import expect
from tests.browser.game_server import ALL_MOVES, GameServer, picture
from tests.browser.visitors import Visitor
from tests.browser.website import Site, Trouble

Scene = Callable[[Visitor, GameServer], None]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    SCENES[function.__name__] = function
    return function


# --- pages of a study ---


@scene
def consent(visitor: Visitor, game: GameServer) -> None:
    visitor.come()
    visitor.sees("About this study")


@scene
def faults(visitor: Visitor, game: GameServer) -> None:
    visitor.come()
    visitor.page.get_by_label("Your initials").fill("A")
    visitor.submit()
    expect(visitor.page.locator("p", has_text="2 questions still need an answer")).to_be_visible()


@scene
def every_fault(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_page(studies.EVERY_FAULT)
    visitor.submit()
    expect(visitor.page.locator("p", has_text="13 questions still need an answer")).to_be_visible()


@scene
def instructions(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to("2")
    visitor.sees("How to play")


@scene
def survey(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to("4")
    visitor.fill_survey()


@scene
def sending(visitor: Visitor, game: GameServer) -> None:
    visitor.page.clock.install()
    visitor.come()
    visitor.sees("About this study")
    visitor.site.gate = threading.Event()
    visitor.consent()
    visitor.page.clock.fast_forward(5000)
    expect(visitor.page.get_by_text("Still sending.")).to_be_visible()


@scene
def not_sent(visitor: Visitor, game: GameServer) -> None:
    visitor.come()
    visitor.site.troubles.append(Trouble(100, "POST"))
    visitor.consent()
    expect(visitor.page.get_by_text("Your answers could not be sent yet.").first).to_be_visible()


@scene
def welcome_back(visitor: Visitor, game: GameServer) -> None:
    visitor.come(userId="")
    visitor.consent()
    visitor.sees("How to play")
    visitor.page.evaluate("sessionStorage.clear()")
    visitor.come(userId="")
    expect(visitor.page.get_by_text("Welcome back").first).to_be_visible()


@scene
def device(visitor: Visitor, game: GameServer) -> None:
    requires = {"keyboard": True, "minWidth": 4000, "ping": 5000, "sound": True, "gamepad": True}
    visitor.site.study.change(requires=requires)
    visitor.come()
    visitor.consent()
    visitor.reads("A gamepad: connect it")
    visitor.page.get_by_role("button", name="Play the beeps").click()
    visitor.page.get_by_role("button", name="I cannot do this").click()


@scene
def screened_out(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(
        requires={"gamepad": True}, completion={"codes": {"finished": "C1A2B3C4", "screenedOut": "NODEVICE"}}
    )
    visitor.come()
    visitor.consent()
    visitor.page.get_by_role("button", name="I cannot do this").click()
    visitor.page.get_by_role("button", name="Leave the study").click()
    visitor.sees("This study needs another device")
    visitor.sees("Your completion code")


# --- waiting ---


def _wait(visitor: Visitor) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.come_to("3")
    visitor.sees("Your game is starting")


@scene
def starting(visitor: Visitor, game: GameServer) -> None:
    _wait(visitor)


@scene
def almost_ready(visitor: Visitor, game: GameServer) -> None:
    _wait(visitor)
    visitor.site.study.see("ada", Seen(dns_ip="127.0.0.1"))
    visitor.look_again()
    expect(visitor.page.get_by_role("heading", name="Almost ready")).to_be_visible()


@scene
def in_line(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.site.study.bring("ada", "2")
    visitor.site.study.put_in_line("ada", 3)
    visitor.come_to("3")
    visitor.sees("You are in line")
    expect(visitor.page.get_by_text("3 people are before you.")).to_be_visible()


@scene
def restarting(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.study.lose_server("ada")
    game.stop()
    visitor.sees("The game stopped unexpectedly")


# --- the game ---


@scene
def playing(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.send({"frame": picture((60, 120, 90), (600, 400)), "frameId": 2, "inputBudget": 60, "usedInputBudget": 12})
    game.send({"display": {"Score": 12, "Round": "1 of 3", "Steps": 40}})
    expect(visitor.page.get_by_text("1 of 3")).to_be_visible()


@scene
def every_control(visitor: Visitor, game: GameServer) -> None:
    controls = [*ALL_MOVES, "start", "pause", "stop", "reset", "good", "bad", "trainOnline", "trainOffline", "undo"]
    controls += ["fpsUp", "fpsDown", "fpsSet", "brightness", "contrast", "saturation", "hue", "redo", "askForHelp"]
    frame = picture((60, 120, 90), (600, 400))
    game.welcome = [{"UI": controls, "frame": frame, "frameId": 1, "imageL": frame, "imageR": frame}]
    visitor.come_to_game()
    expect(visitor.page.get_by_role("button", name="Ask for help")).to_be_visible()


@scene
def own_keys(visitor: Visitor, game: GameServer) -> None:
    judged = {"name": "feedback", "kind": "binary", "label": "Judge what has just happened"}
    game.welcome = additions.welcome([*additions.TAXI, additions.key("ArrowUp", "p", label="Both")], [judged])
    visitor.come_to_game()
    expect(visitor.page.get_by_role("button", name="Drop off")).to_be_visible()


@scene
def every_input(visitor: Visitor, game: GameServer) -> None:
    inputs: list[dict[str, Any]] = [
        {"name": "good", "kind": "binary", "label": "Was that good?"},
        {"name": "sure", "kind": "scale", "label": "How sure are you?", "leastLabel": "not", "mostLabel": "very"},
        {"name": "who", "kind": "choice", "label": "Who plays?", "options": ["A person", "A robot", "I do not know"]},
        {"name": "why", "kind": "text", "label": "What made you think so?"},
        {"name": "where", "kind": "click", "label": "Click where the car should go."},
    ]
    game.welcome = additions.welcome([], inputs)
    visitor.come_to_game()
    visitor.page.get_by_role("button", name="A robot").click()
    game.wait_for(lambda message: message.get("value") == "A robot")


@scene
def lost(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.close()
    game.stop()
    expect(visitor.page.get_by_text("The connection to the game is interrupted.").first).to_be_visible()


@scene
def game_over_offline(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.troubles.append(Trouble(100))
    game.send("done")
    expect(visitor.page.get_by_text("The game is over. The connection is interrupted")).to_be_visible()


@scene
def elsewhere(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.close(4000)
    visitor.sees("The game is open in another window")


@scene
def debug(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game(debug="true")
    expect(visitor.page.get_by_text('"UI"').first).to_be_visible()


# --- the end ---


def _finish(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to("4")
    visitor.answer_survey()


@scene
def thanks(visitor: Visitor, game: GameServer) -> None:
    _finish(visitor, game)
    visitor.sees("Thank you")


COMPLETION = {
    "codes": {"finished": "C1A2B3C4", "refused": "NOCONSENT", "serverFailed": "SERVER77"},
    "redirect": "https://app.prolific.com/submissions/complete?cc={code}",
}


@scene
def completed(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(completion=COMPLETION)
    _finish(visitor, game)
    expect(visitor.page.get_by_role("link", name="Go back to Prolific")).to_be_visible()


@scene
def declined(visitor: Visitor, game: GameServer) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "declined.html"}}
    visitor.site.study.change(completion=COMPLETION, exits=exits)
    visitor.come()
    visitor.page.get_by_label("I do not agree").check()
    visitor.page.get_by_label("Your initials").fill("AB")
    visitor.submit()
    visitor.sees("Thank you for reading")


# --- nothing to take part in ---


@scene
def server_failed(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.site.study.change(completion=COMPLETION)
    visitor.site.study.bring("ada", "3")
    visitor.site.study.fail_servers("ada")
    visitor.come()
    visitor.sees("The game could not be started")
    visitor.sees("Your completion code")


@scene
def still_there(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.bring("ada", "3")
    visitor.site.study.end_server("ada", EndedBy.TIME)
    visitor.come()
    visitor.sees("Are you still there?")


def _at(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


@scene
def not_open(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(opensAt=_at(2))
    visitor.come()
    visitor.sees("This study is not open yet")


@scene
def closed(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(closesAt=_at(-2))
    visitor.come()
    visitor.sees("This study has closed")


@scene
def full(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(mostParticipants=1)
    visitor.site.study.fill("another")
    visitor.come()
    visitor.sees("This study is full")


@scene
def study_broken(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(steps={})
    visitor.come()
    visitor.sees("This study is not available right now")


@scene
def page_missing(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.bucket.remove("study/consent.html")
    visitor.come()
    visitor.sees("This page is missing")


@scene
def unknown_study(visitor: Visitor, game: GameServer) -> None:
    visitor.come(projectId="nope")
    visitor.sees("This study is not open")


@scene
def bad_id(visitor: Visitor, game: GameServer) -> None:
    visitor.come(userId="ada@example.org")
    visitor.sees("The ID in your link is not valid")


@scene
def incomplete_link(visitor: Visitor, game: GameServer) -> None:
    visitor.page.goto(visitor.site.origin)
    visitor.sees("This link is not complete")


@scene
def unreachable(visitor: Visitor, game: GameServer) -> None:
    visitor.site.troubles.append(Trouble(100))
    visitor.come()
    visitor.sees("The study cannot be reached")


@scene
def offline(visitor: Visitor, game: GameServer) -> None:
    _block_api(visitor.page, visitor.site)
    visitor.page.add_init_script("Object.defineProperty(navigator, 'onLine', {value: false})")
    visitor.come()
    visitor.sees("You are offline")


@scene
def broken(visitor: Visitor, game: GameServer) -> None:
    visitor.site.may_be_logged.append("no shadow")
    visitor.page.add_init_script("Element.prototype.attachShadow = () => { throw new Error('no shadow'); }")
    visitor.come()
    visitor.sees("Something went wrong on this page")


@scene
def broken_behind_a_page(visitor: Visitor, game: GameServer) -> None:
    visitor.site.may_be_logged.append("no shadow")
    visitor.come()
    visitor.sees("About this study")
    visitor.page.evaluate("""() => {
        const error = new Error("no shadow");
        error.stack = `Error: no shadow at ${location.origin}/modules/study.js`;
        Promise.reject(error);
    }""")
    expect(visitor.page.get_by_text("Something went wrong on this page")).to_be_visible()


def _block_api(page: Page, site: Site) -> None:
    page.route(f"{site.origin}/next?*", lambda route: route.abort("internetdisconnected"))
