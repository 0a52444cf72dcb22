"""Measures the game view: what is in the window, beside what, and with which bars."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

WINDOWS: Final = [(1280, 800), (1366, 650), (1280, 633), (1536, 730)]
PHONES: Final = [(360, 640), (390, 844), (740, 360)]
"""Sizes of windows. CSS pixels."""

LEAST_HEIGHT: Final = 140
"""Of the picture. CSS pixels."""

_BOXES: Final = """() => [
    ...document.querySelectorAll(".screen, .bar, .figures :is(dd, span, progress), .all-controls :is(button, input)"),
].map((element) => {
    const { left, top, right, bottom, height } = element.getBoundingClientRect();
    const name = element.getAttribute("aria-label") ?? (element.textContent || element.className);
    const kind = element.matches(".screen") ? "screen" : element.closest(".all-controls") ? "control" : "status";
    return { name: name.trim(), kind, left, top, right, bottom, height };
})"""

_BARS: Final = """() => {
    const screen = document.querySelector(".screen");
    const outer = screen.getBoundingClientRect(), inner = document.querySelector("canvas").getBoundingClientRect();
    const border = parseFloat(getComputedStyle(screen).borderTopWidth);
    const [right, bottom] = [outer.right - inner.right, outer.bottom - inner.bottom];
    return [inner.left - outer.left, inner.top - outer.top, right, bottom].map((gap) => gap - border);
}"""
"""Black bars around the picture. CSS pixels."""


def check_game(page: Page, width: int, height: int) -> list[dict[str, Any]]:
    """Check that picture, status and controls are in the window together; return the boxes of the controls."""
    boxes = page.evaluate(_BOXES)
    (screen,), status, controls = (
        [box for box in boxes if box["kind"] == kind] for kind in ("screen", "status", "control")
    )
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    outside = [
        box for box in boxes if box["left"] < 0 or box["top"] < 0 or box["right"] > width or box["bottom"] > height
    ]
    assert outside == [], (width, height)
    assert len(status) > 1, "the bar and its figures"
    assert controls, "the controls"
    bars = page.evaluate(_BARS)
    assert all(abs(bar) <= 1 for bar in bars), bars
    assert screen["height"] >= LEAST_HEIGHT, (width, height)
    apart = [box for box in controls if box["left"] >= screen["right"] or box["top"] >= screen["bottom"]]
    assert apart == controls, "a control covers the picture"
    return list(controls)
