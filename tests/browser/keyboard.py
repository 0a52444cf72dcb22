"""A participant without a mouse."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

_MAX_STOPS: Final = 60

_FROM_THE_START: Final = """() => {
    const start = document.createElement("button");
    document.body.prepend(start);
    start.focus();
    start.remove();
}"""

_FOCUSED: Final = """() => {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    if (!focused || focused === document.body) return null;
    const style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    const textOf = (element) => (element.labels?.[0] ?? element).textContent.trim();
    const nameOf = (element) => element.getAttribute("aria-label") ?? textOf(element);
    const isSame = (other) => other.type === "radio" && other.name === focused.name;
    return {
        name: nameOf(focused),
        group: focused.type === "radio" ? [...focused.form.elements].filter(isSame).map(nameOf) : [],
        checked: focused.checked ?? false,
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        seen: box.bottom > 0 && box.top < innerHeight,
    };
}"""


def focused(page: Page) -> dict[str, Any] | None:
    """Return name and visibility of the focused element, also inside a step page, or None."""
    found = page.evaluate(_FOCUSED)
    return None if found is None else dict(found)


def focused_name(page: Page) -> str:
    found = focused(page)
    return "" if found is None else str(found["name"])


def tab_stops(page: Page) -> list[dict[str, Any]]:
    """Return the elements that Tab reaches in turn, from the start to the end of the page."""
    page.evaluate(_FROM_THE_START)
    stops: list[dict[str, Any]] = []
    for _ in range(_MAX_STOPS):
        page.keyboard.press("Tab")
        found = focused(page)
        if found is None:
            return stops
        stops.append(found)
    raise AssertionError(f"Tab does not leave the page: {stops}")


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until the element of this name has the focus."""
    for _ in range(_MAX_STOPS):
        page.keyboard.press(key)
        if focused_name(page) == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Move to an element by Tab, and press a key there."""
    tab_to(page, name)
    page.keyboard.press(key)


def press_back(page: Page, name: str) -> None:
    """Move back to an element by Shift+Tab, and press Enter there."""
    tab_to(page, name, "Shift+Tab")
    page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Move to a field by Tab, and type."""
    tab_to(page, name)
    page.keyboard.type(text)


def choose(page: Page, option: str) -> None:
    """Move to the next radio buttons with this option by Tab, and choose it by the arrow keys."""
    for _ in range(_MAX_STOPS):
        page.keyboard.press("Tab")
        found = focused(page)
        if found is not None and option in found["group"]:
            break
    else:
        raise AssertionError(f"Tab does not reach the choice of {option!r}")
    for _ in found["group"]:
        if focused_name(page) == option:
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    now = focused(page)
    assert now is not None
    assert (now["name"], now["checked"]) == (option, True)
