"""The clock of a tab of Firefox or WebKitGTK: it runs as usual, and a test can set it forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.browser.webdriver import Tab

_VERY_LONG: Final = 1_000_000
"""Seconds."""

_CLOCK: Final = """{
    const { setInterval: every, Date: Then } = window;
    const measured = performance.now.bind(performance);
    const timers = new Map();
    let [ahead, last] = [0, 0];
    const now = () => measured() + ahead;
    const add = (act, delay, more, pause) => {
        timers.set((last += 1), { due: now() + (delay || 0), act: () => act(...more), pause });
        return last;
    };
    const run = () => {
        for (const [id, timer] of [...timers].sort(([, one], [, other]) => one.due - other.due)) {
            if (timer.due > now() || !timers.has(id)) continue;
            if (timer.pause === undefined) timers.delete(id);
            else timer.due = now() + timer.pause;
            timer.act();
        }
    };
    window.setTimeout = (act, delay, ...more) => add(act, delay, more);
    window.setInterval = (act, pause, ...more) => add(act, pause, more, pause);
    window.clearTimeout = window.clearInterval = (id) => timers.delete(id);
    performance.now = now;
    window.Date = class extends Then {
        constructor(...given) {
            super(...(given.length ? given : [Then.now() + ahead]));
        }
        static now = () => Then.now() + ahead;
    };
    window.setForward = (milliseconds) => {
        ahead += milliseconds;
        run();
    };
    every(run, 5);
}"""


class Clock:
    """Has the methods of Playwright's `Clock` that the tests use."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def install(self) -> None:
        """Use this clock in every page that the tab opens from now on."""
        self._tab.driver.set_script_timeout(_VERY_LONG)  # WebKit's driver measures it by this clock
        self._tab.add_init_script(_CLOCK)

    def fast_forward(self, milliseconds: float) -> None:
        self._tab.evaluate("(milliseconds) => window.setForward(milliseconds)", milliseconds)

    run_for = fast_forward
