"""Tabs of browsers that WebDriver drives: Firefox and WebKitGTK.

`Tab` and `Found` have the names, arguments and waits of the part of Playwright's `Page` and `Locator` that `Visitor`
and `keyboard.py` use. So the same tests run in Chromium, which Playwright drives, and here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from selenium.common.exceptions import JavascriptException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

PATIENCE_SECONDS: Final = 300.0
"""Only ends a test that hangs: other programs may use the cores."""

_NAMED_KEYS: Final = {
    "Tab": Keys.TAB,
    "Enter": Keys.ENTER,
    "Space": " ",
    "ArrowLeft": Keys.ARROW_LEFT,
    "ArrowRight": Keys.ARROW_RIGHT,
    "ArrowUp": Keys.ARROW_UP,
    "ArrowDown": Keys.ARROW_DOWN,
}

_FIND: Final = r"""
const [kind, name, exact, role] = arguments;
const ROLES = { button: "button, [role=button]", heading: "h1, h2, h3, h4, h5, h6", link: "a[href]" };
const flat = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const isIt = (text) => exact ? flat(text) === name : flat(text).toLowerCase().includes(name.toLowerCase());
const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects()[0];
const found = [];
const look = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) look(element.shadowRoot);
    if (/^(SCRIPT|STYLE|NOSCRIPT|HEAD|TITLE)$/.test(element.nodeName)) continue;
    const isOne = {
      role: () => element.matches(ROLES[role]) && isIt(element.ariaLabel ?? element.textContent),
      css: () => element.matches(name),
      label: () => [...(element.labels ?? [])].some((label) => isIt(label.textContent)),
      text: () => isIt(element.textContent) && ![...element.children].some((child) => isIt(child.textContent)),
    }[kind];
    if (isOne() && isSeen(element)) found.push(element);
  }
};
look(document);
return found[0] ?? null;
"""

_CAN_BE_USED: Final = "return !arguments[0].disabled && arguments[0].ariaDisabled !== 'true'"

_NO_STORAGE: Final = 2
"""`network.cookie.cookieBehavior`: block cookies and all other storage. The default is 5."""


class Found:
    """What a tab shows by a role, a label or a text: looked for at each use, until it is visible."""

    def __init__(self, tab: Tab, kind: str, name: str, exact: bool, role: str = "") -> None:
        self._tab = tab
        self._query = (kind, name, exact, role)

    @property
    def first(self) -> Found:
        return self

    def wait_for(self, state: Literal["visible", "hidden"] = "visible") -> None:
        """Wait until it is visible, or until nothing is."""
        wants = state == "visible"
        self._tab.wait_until(lambda: (self._now() is not None) == wants, f"{self._query} is {state}")

    def click(self, trial: bool = False) -> None:
        """Click when it can be used. trial: only wait for that."""
        self._use(lambda element: None if trial else element.click())

    def dblclick(self) -> None:
        self._use(lambda element: ActionChains(self._tab.driver).double_click(element).perform())

    def tap(self) -> None:
        """Touch it with a finger, and lift the finger."""

        def touch(element: WebElement) -> None:
            self._tab.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            finger = PointerInput(POINTER_TOUCH, "finger")  # type: ignore[no-untyped-call]
            actions = ActionBuilder(self._tab.driver, mouse=finger, duration=50)
            actions.pointer_action.move_to(element).pointer_down().pointer_up()  # type: ignore[no-untyped-call]
            actions.perform()

        self._use(touch)

    def check(self) -> None:
        self._use(lambda element: None if element.is_selected() else element.click())

    def fill(self, text: str) -> None:
        def write(element: WebElement) -> None:
            element.clear()
            element.send_keys(text.replace("\n", Keys.ENTER))

        self._use(write)

    def select_option(self, value: str) -> None:
        find = "return [...arguments[0].options].find((option) => option.value === arguments[1])"
        self._use(lambda element: self._tab.driver.execute_script(find, element, value).click())

    def input_value(self) -> str:
        return str(self._use(lambda element: self._tab.driver.execute_script("return arguments[0].value", element)))

    def is_checked(self) -> bool:
        return bool(self._use(lambda element: element.is_selected()))

    def _now(self) -> WebElement | None:
        found = self._tab.run(_FIND, *self._query)
        return found if isinstance(found, WebElement) else None

    def _use(self, use: Callable[[WebElement], Any]) -> Any:
        used: list[Any] = []

        def attempt() -> bool:
            element = self._now()
            if element is None or not self._tab.driver.execute_script(_CAN_BE_USED, element):
                return False
            used.append(use(element))
            return True

        self._tab.wait_until(attempt, f"{self._query} can be used")
        return used[0]


class Keyboard:
    """Presses keys in a tab."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def press(self, key: str) -> None:
        """Press and release a key. key: Playwright's name, with `Shift+` before it or not."""
        self._tab.bring_to_front()
        *held, last = key.split("+")
        actions = ActionChains(self._tab.driver)
        if held:
            actions.key_down(Keys.SHIFT)
        actions.send_keys(_NAMED_KEYS[last])
        if held:
            actions.key_up(Keys.SHIFT)
        actions.perform()

    def type(self, text: str) -> None:
        self._tab.bring_to_front()
        ActionChains(self._tab.driver).send_keys(text.replace("\n", Keys.ENTER)).perform()


class Tab:
    """One tab."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self._handle = driver.current_window_handle
        self.keyboard = Keyboard(self)

    def goto(self, address: str) -> None:
        self.bring_to_front()
        self.driver.get(address)

    def reload(self) -> None:
        self.bring_to_front()
        self.driver.refresh()

    def go_back(self) -> None:
        """Press the browser's Back button. WebKitGTK's command is what its button does."""
        self.bring_to_front()
        self.driver.back()

    def go_forward(self) -> None:
        self.bring_to_front()
        self.driver.forward()

    @property
    def url(self) -> str:
        self.bring_to_front()
        return self.driver.current_url

    def wait_for_url(self, address: str) -> None:
        """Wait until the address ends as this one does after `**`."""
        self.wait_until(lambda: self.url.endswith(address.removeprefix("**")), f"the address is {address}")

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Return the value of an expression, or of a function that gets the argument."""
        is_function = script.startswith(("(", "async "))
        return self.run(f"return ({script})(arguments[0])" if is_function else f"return ({script})", argument)

    def get_by_role(self, role: str, *, name: str, exact: bool = False) -> Found:
        return Found(self, "role", name, exact, role)

    def get_by_label(self, text: str, *, exact: bool = False) -> Found:
        return Found(self, "label", text, exact)

    def get_by_text(self, text: str, *, exact: bool = False) -> Found:
        return Found(self, "text", text, exact)

    def locator(self, selector: str) -> Found:
        return Found(self, "css", selector.replace(":visible", ""), exact=True)

    def new_tab(self) -> Tab:
        """Open another tab of the same participant."""
        self.bring_to_front()
        self.driver.switch_to.new_window("tab")
        return type(self)(self.driver)

    def close(self) -> None:
        self.bring_to_front()
        self.driver.close()

    def bring_to_front(self) -> None:
        self.driver.switch_to.window(self._handle)

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what the script returns; None while the page is being replaced by another."""
        self.bring_to_front()
        try:
            return self.driver.execute_script(script, *arguments)
        except JavascriptException as error:
            if "document" in str(error).lower() and "unload" in str(error).lower():
                return None
            raise

    def wait_until(self, attempt: Callable[[], bool], what: str) -> None:
        """Repeat an attempt until it succeeds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if attempt():
                    return
            except StaleElementReferenceException:
                pass  # the page has replaced it
            time.sleep(0.05)
        raise AssertionError(f"not within {PATIENCE_SECONDS:g} s: {what}; shown: {self.run('return document.title')}")


class FirefoxTab(Tab):
    """A tab of Firefox, whose driver's own `back` goes to entries that its button skips."""

    def go_back(self) -> None:
        self._press("back-button")

    def go_forward(self) -> None:
        self._press("forward-button")

    def _press(self, button: str) -> None:
        self.bring_to_front()
        with self.driver.context("chrome"):  # type: ignore[attr-defined] # Firefox's driver has it

            def press() -> bool:
                script = "const it = document.getElementById(arguments[0]); it.click(); return !it.disabled"
                return bool(self.driver.execute_script(script, button))

            self.wait_until(press, f"{button} can be pressed")


class Browser:
    """A running browser with one window."""

    tab_type: type[Tab] = Tab

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self._first = driver.current_window_handle

    @contextmanager
    def tab(self, width: int = 1280, height: int = 900) -> Iterator[Tab]:
        """Open a tab, and close it and all others at the end. width, height: of the window, in CSS pixels."""
        self.driver.switch_to.window(self._first)
        self.driver.set_window_size(width, height)
        self.driver.switch_to.new_window("tab")
        try:
            yield self.tab_type(self.driver)
        finally:
            for handle in self.driver.window_handles:
                if handle != self._first:
                    self.driver.switch_to.window(handle)
                    self.driver.close()
            self.driver.switch_to.window(self._first)

    def faults(self, origin: str) -> list[str]:
        """Return the errors that the browser has logged about pages of an origin; WebKitGTK's driver has no log."""
        return []


class WebKit(Browser):
    """WebKitGTK's MiniBrowser."""


class Firefox(Browser):
    """Firefox."""

    tab_type = FirefoxTab

    @contextmanager
    def without_storage(self) -> Iterator[None]:
        """Block cookies and all other storage until the block ends."""
        self._run_as_browser("Services.prefs.setIntPref('network.cookie.cookieBehavior', arguments[0])", _NO_STORAGE)
        try:
            yield
        finally:
            self._run_as_browser("Services.prefs.clearUserPref('network.cookie.cookieBehavior')")

    def faults(self, origin: str) -> list[str]:
        """Return errors of the scripts of an origin, and violations of its content policy, and forget them."""
        script = """
            const all = Services.console.getMessageArray();
            Services.console.reset();
            return all.filter((it) => it instanceof Ci.nsIScriptError && it.sourceName.startsWith(arguments[0]))
                .filter((it) => !(it.flags & Ci.nsIScriptError.warningFlag)).map((it) => it.errorMessage);"""
        return [str(message) for message in self._run_as_browser(script, origin)]

    def _run_as_browser(self, script: str, *arguments: Any) -> Any:
        with self.driver.context("chrome"):  # type: ignore[attr-defined] # Firefox's driver has it
            return self.driver.execute_script(script, *arguments)
