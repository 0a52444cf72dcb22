"""What a tab of Firefox or WebKitGTK shows, found as by Playwright's `Locator`; its keyboard, mouse and fingers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_MOUSE, POINTER_TOUCH
from selenium.webdriver.common.actions.key_input import KeyInput
from selenium.webdriver.common.actions.mouse_button import MouseButton
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

if TYPE_CHECKING:
    from tests.browser.webdriver import Tab

_NAMED_KEYS: Final = {
    "Tab": Keys.TAB,
    "Enter": Keys.ENTER,
    "Escape": Keys.ESCAPE,
    "Space": " ",
    "End": Keys.END,
    "Alt": Keys.ALT,
    "Home": Keys.HOME,
    "Shift": Keys.SHIFT,
    "Meta": Keys.META,
    "ArrowLeft": Keys.ARROW_LEFT,
    "ArrowRight": Keys.ARROW_RIGHT,
    "ArrowUp": Keys.ARROW_UP,
    "ArrowDown": Keys.ARROW_DOWN,
}

_FIND: Final = r"""
const [{ kind, name, exact, role, has, seen }] = arguments;
const ROLES = { button: "button, [role=button]", heading: "h1, h2, h3, h4, h5, h6", link: "a[href]",
  radio: "input[type=radio]", slider: "input[type=range]", textbox: "input:not([type]), input[type=text], textarea",
  group: "fieldset, [role=group]", img: "img, [role=img]", alert: "[role=alert]", status: "[role=status]",
  region: "[role=region], section[aria-label]", alertdialog: "[role=alertdialog]" };
const flat = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const isIt = (text) => exact ? flat(text) === name : flat(text).toLowerCase().includes(name.toLowerCase());
const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects()[0];
const nameOf = (element) => element.getAttribute("aria-label")
  ?? element.getRootNode().getElementById(element.getAttribute("aria-labelledby") ?? "")?.textContent
  ?? element.labels?.[0]?.textContent ?? element.textContent;
const found = [];
const look = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) look(element.shadowRoot);
    if (/^(SCRIPT|STYLE|NOSCRIPT|HEAD|TITLE)$/.test(element.nodeName)) continue;
    const isOne = {
      role: () => element.matches(ROLES[role]) && isIt(nameOf(element)),
      css: () => element.matches(name) && flat(element.textContent).includes(has),
      label: () => [...(element.labels ?? [])].some((label) => isIt(label.textContent))
        || (element.matches("input, select, textarea") && isIt(element.getAttribute("aria-label"))),
      text: () => isIt(element.textContent) && ![...element.children].some((child) => isIt(child.textContent)),
    }[kind];
    if (isOne() && (!seen || isSeen(element))) found.push(element);
  }
};
look(document);
return found;
"""

_CAN_BE_USED: Final = "return !arguments[0].disabled && arguments[0].ariaDisabled !== 'true'"

_MOST_TYPED: Final = 1000
"""Characters. Longer texts are not typed key by key, at which drivers hang."""

_PASTE: Final = """
arguments[0].value = arguments[1];
arguments[0].dispatchEvent(new Event("input", { bubbles: true }));
"""

_BOX: Final = "const { x, y, width, height } = arguments[0].getBoundingClientRect(); return { x, y, width, height };"


@dataclass(frozen=True)
class Query:
    """What to look for. kind: role, label, text or css; has: a text within; seen: visible elements only."""

    kind: str
    name: str
    exact: bool
    role: str = ""
    has: str = ""
    seen: bool = True


class Found:
    """What a tab shows by a role, a label, a text or a selector: looked for at each use, until it can be used."""

    def __init__(self, tab: Tab, query: Query, index: int = 0) -> None:
        self.tab = tab
        self.query = query
        self._index = index

    @property
    def first(self) -> Found:
        return self

    def all(self) -> list[Found]:
        return [Found(self.tab, self.query, index) for index in range(self.count())]

    def count(self) -> int:
        return len(self.elements())

    def elements(self, *, seen: bool | None = None) -> list[WebElement]:
        """Return what matches now. seen: visible elements only."""
        query = self.query if seen is None else replace(self.query, seen=seen)
        return list(self.tab.run(_FIND, vars(query)) or [])

    def wait_for(self, state: Literal["visible", "hidden"] = "visible") -> None:
        """Wait until it is visible, or until nothing is."""
        wants = state == "visible"
        self.tab.wait_until(lambda: bool(self.elements(seen=True)) == wants, f"{self.query} is {state}")

    def is_visible(self) -> bool:
        element = self.elements()[self._index]
        return bool(self.tab.run("return arguments[0].checkVisibility({ visibilityProperty: true })", element))

    # --- what a participant does with it ---

    def click(self, trial: bool = False, button: Literal["left", "right"] = "left") -> None:
        """Click when it can be used. trial: only wait for that."""

        def press(element: WebElement) -> None:
            if button == "right":
                ActionChains(self.tab.driver).context_click(element).perform()
            elif not trial:
                element.click()

        self._use(press)

    def dblclick(self) -> None:
        self._use(lambda element: ActionChains(self.tab.driver).double_click(element).perform())

    def hover(self) -> None:
        self._use(lambda element: ActionChains(self.tab.driver).move_to_element(element).perform())

    def tap(self) -> None:
        """Touch it with a finger, and lift the finger."""
        self.click(trial=True)
        fingers = Fingers(self.tab)
        fingers.put(1, self)
        fingers.lift(1)

    def check(self) -> None:
        self._use(lambda element: None if element.is_selected() else element.click())

    def fill(self, text: str) -> None:
        def write(element: WebElement) -> None:
            element.clear()
            if len(text) > _MOST_TYPED:
                self.tab.driver.execute_script(_PASTE, element, text)
                return
            if text:
                element.send_keys(text.replace("\n", Keys.ENTER))

        self._use(write)

    def press(self, key: str) -> None:
        self.focus()
        self.tab.keyboard.press(key)

    def focus(self) -> None:
        self.evaluate("(element) => element.focus()")

    def select_option(self, value: str) -> None:
        find = "return [...arguments[0].options].find((option) => option.value === arguments[1])"
        self._use(lambda element: self.tab.driver.execute_script(find, element, value).click())

    def scroll_into_view_if_needed(self) -> None:
        self.evaluate("(element) => element.scrollIntoView({ block: 'nearest', inline: 'nearest' })")

    # --- what it is ---

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Return the value of a function of the element and the argument."""
        run = f"return ({script})(arguments[0], arguments[1])"
        return self._use(lambda element: self.tab.driver.execute_script(run, element, argument), any_state=True)

    def dispatch_event(self, kind: str) -> None:
        self.evaluate("(it, kind) => it.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }))", kind)

    def bounding_box(self) -> dict[str, float] | None:
        elements = self.elements(seen=True)
        return dict(self.tab.run(_BOX, elements[self._index])) if elements else None

    def get_attribute(self, name: str) -> str | None:
        value = self.evaluate("(element, name) => element.getAttribute(name)", name)
        return None if value is None else str(value)

    def inner_text(self) -> str:
        return str(self.evaluate("(element) => element.innerText"))

    def input_value(self) -> str:
        return str(self.evaluate("(element) => element.value"))

    def is_checked(self) -> bool:
        return bool(self.evaluate("(element) => element.checked"))

    def _use(self, use: Callable[[WebElement], Any], *, any_state: bool = False) -> Any:
        """Use the element once it is there. any_state: also while it is disabled."""
        used: list[Any] = []

        def attempt() -> bool:
            elements = self.elements()
            if len(elements) <= self._index:
                return False
            element = elements[self._index]
            if not any_state and not self.tab.driver.execute_script(_CAN_BE_USED, element):
                return False
            used.append(use(element))
            return True

        self.tab.wait_until(attempt, f"{self.query} can be used")
        return used[0]


class Keyboard:
    """Presses keys in a tab. Without pauses of a mouse, at which WebKitGTK's driver hangs."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def press(self, key: str) -> None:
        """Press and release a key. key: Playwright's name, with `Shift+` before it or not."""
        *held, last = key.split("+")
        for name in held:
            self.down(name)
        self.down(last)
        self.up(last)
        for name in held:
            self.up(name)

    def down(self, key: str) -> None:
        self._act("create_key_down", key)

    def up(self, key: str) -> None:
        self._act("create_key_up", key)

    def type(self, text: str) -> None:
        for letter in text:
            self.press("Enter" if letter == "\n" else letter)

    def _act(self, action: str, key: str) -> None:
        self._tab.bring_to_front()
        code = _NAMED_KEYS.get(key, key)
        assert len(code) == 1, f"{key}: add it to _NAMED_KEYS"
        keyboard = KeyInput("keyboard")
        getattr(keyboard, action)(code)
        actions = ActionBuilder(self._tab.driver, keyboard=keyboard)
        actions.devices = [keyboard]
        actions.perform()


class Mouse:
    """The mouse over a tab of Firefox."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def move(self, x: float, y: float) -> None:
        """Move to a place in the window. CSS pixels."""
        self._act(lambda mouse: mouse.create_pointer_move(x=round(x), y=round(y)))

    def down(self) -> None:
        self._act(press)

    def up(self) -> None:
        self._act(release)

    def click(self, x: float, y: float) -> None:
        self.move(x, y)
        self.down()
        self.up()

    def _act(self, add: Callable[[PointerInput], object]) -> None:
        act(self._tab, PointerInput(POINTER_MOUSE, "mouse"), add)  # type: ignore[no-untyped-call]


class Fingers:
    """Several fingers on a touch screen of Firefox; between two calls each stays where it is."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def put(self, finger: int, on: Found, x: float = 0.5, y: float = 0.5) -> None:
        """Put a finger on an element. x and y: 0 to 1, within the element."""
        on.scroll_into_view_if_needed()
        box = on.bounding_box()
        assert box is not None
        at = (round(box["x"] + x * box["width"]), round(box["y"] + y * box["height"]))

        def touch(pointer: PointerInput) -> None:
            pointer.create_pointer_move(duration=50, x=at[0], y=at[1])
            press(pointer)

        self._act(finger, touch)

    def lift(self, finger: int) -> None:
        self._act(finger, release)

    def _act(self, finger: int, add: Callable[[PointerInput], object]) -> None:
        act(self._tab, PointerInput(POINTER_TOUCH, f"finger {finger}"), add)  # type: ignore[no-untyped-call]


def press(pointer: PointerInput) -> None:
    pointer.create_pointer_down(button=MouseButton.LEFT)  # type: ignore[no-untyped-call]


def release(pointer: PointerInput) -> None:
    pointer.create_pointer_up(MouseButton.LEFT)  # type: ignore[no-untyped-call]


def act(tab: Tab, pointer: PointerInput, add: Callable[[PointerInput], object]) -> None:
    """Perform the actions of one pointer; all others stay as they are."""
    tab.bring_to_front()
    add(pointer)
    actions = ActionBuilder(tab.driver, mouse=pointer)
    actions.devices = [pointer]
    actions.perform()
