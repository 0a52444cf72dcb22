"""Tabs of browsers that WebDriver drives: Firefox and WebKitGTK.

`Tab` and `Found` have the names, arguments and waits of the part of Playwright's `Page` and `Locator` that `Visitor`
and `keyboard.py` use. So the same tests run in Chromium, which Playwright drives, and here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal

from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from tests.browser.clock import Clock
from tests.browser.found import Found, Keyboard, Mouse, Query
from tests.browser.website import Site

PATIENCE_SECONDS: Final = 300.0
"""Only ends a test that hangs: other programs may use the cores."""

_NO_STORAGE: Final = 2
"""`network.cookie.cookieBehavior`: block cookies and all other storage. The default is 5."""

_COARSE: Final = 1
"""Of `ui.primaryPointerCapabilities` and `ui.allPointerCapabilities`: a finger."""

_FORCED: Final = {"ui.useAccessibilityTheme": 1, "browser.display.document_color_use": 2}
"""Firefox's preferences in a contrast theme: the system's colours replace those of pages."""

_OF_NETWORK: Final = re.compile("can.t establish a connection to the server|was interrupted while the page was loading")
"""Firefox logs network failures itself; some tests cause them."""

_LEAST_WIDTH: Final = 500
"""Of a window of Firefox or WebKitGTK's MiniBrowser, which has a tool bar. CSS pixels."""

FRAME: Final = "/frame.html"
"""A page of the site with the study in a frame, which may be narrower than a window."""

FRAME_PAGE: Final = "<!doctype html><title>Frame</title><body style='margin: 0'>"

_FRAMED: Final = """
const frame = document.querySelector("iframe") ?? document.body.appendChild(document.createElement("iframe"));
frame.style = "border: 0";
Object.assign(frame, arguments[0]);
return frame;
"""


class Tab:
    """One tab."""

    opens = "tab"
    """What another tab is for the driver."""

    def __init__(self, driver: WebDriver, site: Site | None = None) -> None:
        self.driver = driver
        self.site = site
        self._handle = driver.current_window_handle
        self.keyboard = Keyboard(self)
        self.mouse = Mouse(self)
        self.clock = Clock(self)

    def goto(self, address: str) -> None:
        self.bring_to_front()
        self.driver.get(address)

    def add_init_script(self, script: str) -> None:
        """Run a script before those of the page, in every page that the tab opens from now on."""
        assert self.site is not None
        self.site.before_page.append(script)

    def set_viewport_size(self, size: Mapping[str, int]) -> None:
        """Give the page a window of this size, inside of the browser's own parts. CSS pixels."""
        self._resize(size["width"], size["height"], 1)

    def _resize(self, width: int, height: int, zoom: int) -> None:
        def has_size() -> bool:
            inside = self.driver.execute_script("return [innerWidth, innerHeight]")
            if inside == [width, height]:
                return True
            now = self.driver.get_window_size()
            more = ((width - inside[0]) * zoom, (height - inside[1]) * zoom)
            self.driver.set_window_size(now["width"] + more[0], now["height"] + more[1])
            return False

        self.bring_to_front()
        self.wait_until(has_size, f"the window has {width} by {height} pixels")

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
        return self.run(f"const it = ({script}); return typeof it === 'function' ? it(arguments[0]) : it", argument)

    def get_by_role(self, role: str, *, name: str = "", exact: bool = False) -> Found:
        return Found(self, Query("role", name, exact, role))

    def get_by_label(self, text: str, *, exact: bool = False) -> Found:
        return Found(self, Query("label", text, exact))

    def get_by_text(self, text: str, *, exact: bool = False) -> Found:
        return Found(self, Query("text", text, exact))

    def locator(self, selector: str, *, has_text: str = "") -> Found:
        seen = ":visible" in selector
        return Found(self, Query("css", selector.replace(":visible", ""), exact=True, has=has_text, seen=seen))

    def wait_for_function(self, script: str, *, arg: Any = None) -> None:
        self.wait_until(lambda: bool(self.evaluate(script, arg)), script)

    def wait_for_timeout(self, milliseconds: float) -> None:
        time.sleep(milliseconds / 1000)

    def new_tab(self) -> Tab:
        """Open another tab of the same participant."""
        self.bring_to_front()
        self.driver.switch_to.new_window(self.opens)
        return type(self)(self.driver, self.site)

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


class WebKitTab(Tab):
    """A window of WebKitGTK's MiniBrowser, whose driver opens tabs in the background, where nothing is drawn.

    Windows narrower than its tool bar are frames, as the driver has no zoom.
    """

    opens = "window"

    _framed: Mapping[str, int] | None = None

    def set_viewport_size(self, size: Mapping[str, int]) -> None:
        if self._framed is None and size["width"] >= _LEAST_WIDTH:
            super().set_viewport_size(size)
        elif self._framed is None:
            self.bring_to_front()
            assert self.driver.current_url == "about:blank", "set the size before the page is opened"
            self._framed = size
        else:
            self._framed = size
            self.driver.switch_to.window(self._handle)
            self.driver.execute_script(_FRAMED, dict(size))

    def goto(self, address: str) -> None:
        super().goto(address)
        if self._framed is None:
            return
        assert self.site is not None
        self.driver.switch_to.window(self._handle)
        self.driver.get(f"{self.site.origin}{FRAME}")
        self.driver.execute_script(_FRAMED, {**self._framed, "src": address})

    def bring_to_front(self) -> None:
        super().bring_to_front()
        if self._framed is not None and self.driver.current_url.endswith(FRAME):
            self.driver.switch_to.frame(0)


class FirefoxTab(Tab):
    """A tab of Firefox, whose driver's own `back` goes to entries that its button skips."""

    _zoom = 1

    def goto(self, address: str) -> None:
        super().goto(address)
        if self._zoom != 1:
            self._set_zoom()  # a navigation resets it

    def emulate_media(self, *, forced_colors: Literal["active", "none"]) -> None:
        prefer(self.driver, _FORCED if forced_colors == "active" else dict.fromkeys(_FORCED))

    def set_viewport_size(self, size: Mapping[str, int]) -> None:
        """Windows that are narrower than Firefox allows are wider ones, with zoom."""
        self._zoom = -(-_LEAST_WIDTH // size["width"])
        self._set_zoom()
        self._resize(size["width"], size["height"], self._zoom)

    def _set_zoom(self) -> None:
        self.bring_to_front()
        with self.driver.context("chrome"):  # type: ignore[attr-defined] # Firefox's driver has it
            self.driver.execute_script("gBrowser.selectedBrowser.fullZoom = arguments[0]", self._zoom)

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


def prefer(driver: WebDriver, preferences: Mapping[str, int | None]) -> None:
    """Set Firefox's preferences; None: as by default."""
    set_all = """for (const [name, value] of Object.entries(arguments[0])) {
        if (value === null) Services.prefs.clearUserPref(name);
        else Services.prefs.setIntPref(name, value);
    }"""
    with driver.context("chrome"):  # type: ignore[attr-defined] # Firefox's driver has it
        driver.execute_script(set_all, dict(preferences))


class Browser:
    """A running browser with one window."""

    tab_type: type[Tab] = Tab

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self._first = driver.current_window_handle

    def answers(self) -> bool:
        """Return whether the browser still obeys."""
        try:
            self.driver.switch_to.window(self._first)
        except (WebDriverException, HTTPError, OSError):
            return False
        return True

    @contextmanager
    def tab(self, site: Site | None = None, width: int = 1280, height: int = 900) -> Iterator[Tab]:
        """Open a tab, and close it and all others at the end. width, height: of the window, in CSS pixels."""
        self.driver.switch_to.window(self._first)
        if self.tab_type.opens == "tab":
            self.driver.set_window_size(width, height)
        self.driver.switch_to.new_window(self.tab_type.opens)
        if self.tab_type.opens == "window":
            self.driver.set_window_size(width, height)
        try:
            yield self.tab_type(self.driver, site)
        finally:
            for handle in self.driver.window_handles:
                if handle != self._first:
                    self.driver.switch_to.window(handle)
                    self.driver.close()
            self.driver.switch_to.window(self._first)

    @contextmanager
    def fingers_only(self) -> Iterator[None]:
        """Have a touch screen and no mouse until the block ends, if the driver can do that."""
        yield

    def faults(self, origin: str) -> list[str]:
        """Return the errors that the browser has logged about pages of an origin; WebKitGTK's driver has no log."""
        return []


class WebKit(Browser):
    """WebKitGTK's MiniBrowser."""

    tab_type = WebKitTab


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

    @contextmanager
    def fingers_only(self) -> Iterator[None]:
        """Have a touch screen and no mouse until the block ends."""
        names = [f"ui.{kind}PointerCapabilities" for kind in ("primary", "all")]
        prefer(self.driver, dict.fromkeys(names, _COARSE))
        try:
            yield
        finally:
            prefer(self.driver, dict.fromkeys(names))

    def faults(self, origin: str) -> list[str]:
        """Return errors of the scripts of an origin, and violations of its content policy, and forget them."""
        script = """
            const all = Services.console.getMessageArray();
            Services.console.reset();
            return all.filter((it) => it instanceof Ci.nsIScriptError && it.sourceName.startsWith(arguments[0]))
                .filter((it) => !(it.flags & Ci.nsIScriptError.warningFlag)).map((it) => it.errorMessage);"""
        messages = [str(message) for message in self._run_as_browser(script, origin)]
        return [message for message in messages if not _OF_NETWORK.search(message)]

    def _run_as_browser(self, script: str, *arguments: Any) -> Any:
        with self.driver.context("chrome"):  # type: ignore[attr-defined] # Firefox's driver has it
            return self.driver.execute_script(script, *arguments)
