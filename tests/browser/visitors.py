"""A participant's actions in the browser."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request

from tests.browser import studies
from tests.browser.expecting import expect
from tests.browser.website import Site


class Visitor:
    """One participant in one tab: of Playwright, or a `webdriver.Tab`, where methods with `expect` do not work."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site

    def come(self, **query: str) -> None:
        """Open the study's link."""
        self.page.goto(self.site.link(**query))

    @property
    def submit_button(self) -> Locator:
        return self.page.get_by_role("button", name="Submit")

    def sees(self, heading: str) -> None:
        self.page.get_by_role("heading", name=heading, exact=True).first.wait_for()

    def reads(self, text: str, *, exact: bool = False) -> None:
        """Wait until a text is visible."""
        self.page.get_by_text(text, exact=exact).first.wait_for()

    def submit(self) -> None:
        self.submit_button.click()

    def consent(self) -> None:
        """Answer the first page of `studies.five_steps`."""
        self.sees("About this study")
        self.page.get_by_label("I agree").check()
        self.page.get_by_label("Your initials").fill("AB")
        self.submit()

    def read_instructions(self) -> None:
        self.sees("How to play")
        self.submit()

    def come_to_page(self, html: str, **query: str) -> Page:
        """Open a study whose first page is this one."""
        studies.one_page(self.site.study, html)
        self.come(**query)
        expect(self.submit_button).to_be_enabled()
        return self.page

    def sent(self) -> dict[str, Any]:
        """Submit the page of `come_to_page`, and return the stored answers."""
        self.submit()
        self.sees("Your thoughts")
        return self.site.study.answers("ada")[0][1]

    def come_to(self, step: str, **query: str) -> None:
        """Open the link as a participant who is at this step already."""
        self.site.study.bring("ada", step)
        self.come(**query)

    def come_to_game(self, **query: str) -> None:
        """Come to a game that shows a figure or a control."""
        self.come_to("3", **query)
        self.can_play()

    def can_play(self) -> None:
        """Wait until the server has sent the controls: the page ignores earlier keys."""
        self.is_connected()
        self.page.locator(".all-controls:visible, .figures dd:visible, .screen[style]").first.wait_for()

    def is_connected(self) -> None:
        self.reads("Connected", exact=True)

    def can_submit(self) -> None:
        """Wait until the page accepts a click: it ignores the end of a double click on the page before."""
        self.submit_button.click(trial=True)

    def look_again(self) -> None:
        """Return to the tab from another one: the page repeats its request immediately."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def fill_survey(self) -> None:
        self.sees("Your thoughts")
        self.page.get_by_label("Your age").fill("44")
        self.page.get_by_label("How was it?").select_option("good")
        self.page.get_by_label("Keys").check()
        self.page.get_by_label("Anything else?").fill("It was fun.\nReally.")

    def answer_survey(self) -> None:
        self.fill_survey()
        self.submit()


class Watched(Protocol):
    """The server of a watched page."""

    @property
    def origin(self) -> str: ...

    @property
    def may_ask(self) -> set[str]:
        """Other origins that the page may request."""

    @property
    def may_be_logged(self) -> list[str]:
        """Texts that are expected in the browser's console."""


def watch(page: Page, site: Watched) -> list[str]:
    """Collect a tab's faults: errors, content policy violations, and requests to other origins."""
    faults: list[str] = []

    def logged(message: ConsoleMessage) -> None:
        # The browser logs network failures itself; some tests cause them.
        of_network = message.text.startswith(("Failed to load resource", "WebSocket connection"))
        of_slowness = "was preloaded using link preload but not used within a few seconds" in message.text
        allowed = of_network or of_slowness or any(text in message.text for text in site.may_be_logged)
        if message.type in ("error", "warning") and not allowed:
            faults.append(f"{message.type}: {message.text}")

    def requested(request: Request) -> None:
        address = urlsplit(request.url)
        allowed = {site.origin, *site.may_ask}
        own = address.scheme in ("data", "blob") or f"{address.scheme}://{address.netloc}" in allowed
        if not own and not (address.hostname or "").endswith(".localhost"):
            faults.append(f"request to another origin: {request.url}")

    def failed(error: Error) -> None:
        if not any(text in str(error) for text in site.may_be_logged):
            faults.append(str(error))

    page.on("console", logged)
    page.on("pageerror", failed)
    page.on("request", requested)
    return faults
