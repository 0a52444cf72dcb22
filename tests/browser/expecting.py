"""`expect` of Playwright for what Playwright drives, and the part of it that the tests use for the other browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

from playwright.sync_api import Locator
from playwright.sync_api import expect as of_playwright
from playwright.sync_api._generated import LocatorAssertions
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.found import Found

_TEXT: Final = "return arguments[0].textContent.replace(/\\s+/g, ' ').trim()"

_FOCUSED: Final = """
let focused = document.activeElement;
while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
return focused === arguments[0];
"""

_DESCRIPTION: Final = """
const named = (arguments[0].getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
const texts = named.map((id) => arguments[0].getRootNode().getElementById(id).textContent.replace(/\\s+/g, " ").trim());
return texts.join(" ") || arguments[0].title;
"""

_IN_WINDOW: Final = """
const { top, bottom, left, right } = arguments[0].getBoundingClientRect();
return bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
"""


def expect(found: Locator | Found) -> LocatorAssertions:
    """Return what waits until a claim about an element is true."""
    return cast("LocatorAssertions", Claims(found)) if isinstance(found, Found) else of_playwright(found)


class Claims:
    """Has the methods of Playwright's `LocatorAssertions` that the tests use."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def to_be_visible(self, timeout: float | None = None) -> None:
        self._found.wait_for()

    def to_be_hidden(self) -> None:
        self._found.wait_for("hidden")

    def to_have_count(self, count: int) -> None:
        self._wait(lambda elements: len(elements) == count, f"there are {count}", least=0)

    def to_be_enabled(self) -> None:
        self._is("return !arguments[0].disabled", True)

    def to_be_focused(self) -> None:
        self._is(_FOCUSED, True)

    def to_be_in_viewport(self) -> None:
        self._is(_IN_WINDOW, True)

    def not_to_be_in_viewport(self) -> None:
        self._is(_IN_WINDOW, False)

    def to_have_text(self, text: str | list[str]) -> None:
        texts = text if isinstance(text, list) else [text]
        self._wait(lambda elements: [self._run(_TEXT, each) for each in elements] == texts, f"the texts are {texts}")

    def to_contain_text(self, text: str) -> None:
        self._wait(lambda elements: text in self._run(_TEXT, elements[0]), f"the text has {text!r}")

    def to_have_value(self, value: str) -> None:
        self._is("return arguments[0].value", value)

    def to_have_js_property(self, name: str, value: Any) -> None:
        self._is("return arguments[0][arguments[1]]", value, name)

    def to_have_attribute(self, name: str, value: str | re.Pattern[str]) -> None:
        self._is("return arguments[0].getAttribute(arguments[1])", value, name)

    def not_to_have_attribute(self, name: str, value: str) -> None:
        script = "return arguments[0].getAttribute(arguments[1])"
        self._wait(lambda elements: self._run(script, elements[0], name) != value, f"{name} is not {value}")

    def to_have_accessible_description(self, text: str) -> None:
        self._is(_DESCRIPTION, text)

    def to_have_css(self, name: str, value: str) -> None:
        self._is("return getComputedStyle(arguments[0]).getPropertyValue(arguments[1])", value, name)

    def _is(self, script: str, value: Any, *arguments: Any) -> None:
        def is_it(elements: list[WebElement]) -> bool:
            found = self._run(script, elements[0], *arguments)
            return bool(value.search(found or "")) if isinstance(value, re.Pattern) else bool(found == value)

        self._wait(is_it, f"{script} {arguments} is {value!r}")

    def _run(self, script: str, *arguments: Any) -> Any:
        return self._found.tab.driver.execute_script(script, *arguments)

    def _wait(self, claim: Callable[[list[WebElement]], bool], what: str, *, least: int = 1) -> None:
        def attempt() -> bool:
            elements = self._found.elements()
            return len(elements) >= least and claim(elements)

        self._found.tab.wait_until(attempt, f"{self._found.query}: {what}")
