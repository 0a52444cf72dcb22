"""A study in another language: the whole walk in Arabic, right to left, and in German with words of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import additions
from tests.browser.accessibility import violations
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.conftest import PATIENCE_MS
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer, picture
from tests.browser.scenes import COMPLETION
from tests.browser.visitors import Visitor
from tests.browser.website import Site, Trouble
from tests.unit.page.test_texts import PLURALS, catalogue

GERMAN: Final = catalogue("de.js") | catalogue("de_later.js")
ARABIC: Final = catalogue("ar.js") | catalogue("ar_later.js")

OWN: Final = {
    "submit": "Weiter bitte",
    "waitTitle": "Der Roboter wacht auf",
    "good": "<b>Prima</b>",
    "faults": "Noch {count}!",
    "start": "Los",
}


LINES: Final = """(button) => {
    const range = document.createRange();
    range.selectNodeContents(button);
    return range.getClientRects().length;
}"""


def texts_loaded(page: Page) -> set[str]:
    """Return the files of texts that the page has loaded."""
    names = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    return {match[1] for name in names if (match := re.search(r"/texts/(\w+\.js)", name))}


@pytest.fixture
def speaking(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that makes a browser with a language and a window."""
    made: list[BrowserContext] = []

    def make(locale: str, **options: Any) -> BrowserContext:
        made.append(browser.new_context(locale=locale, reduced_motion="reduce", **options))
        made[-1].set_default_timeout(PATIENCE_MS)
        return made[-1]

    yield make
    for context in made:
        context.close()


def of_button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def walk(visitor: Visitor, game: GameServer, texts: dict[str, Any], look: Callable[[Page, str], None]) -> None:
    """Take a participant through the study; every text of the product is one of `texts`."""
    page, study = visitor.page, visitor.site.study
    study.servers_are_quick = False
    visitor.come()
    visitor.sees("About this study")
    of_button(page, texts["submit"]).click()
    fault = texts["answerMissing"]
    expect(page.get_by_text(fault).first).to_be_visible()
    look(page, "faults")
    page.get_by_label("I agree").check()
    page.get_by_label("Your initials").fill("AB")
    of_button(page, texts["submit"]).click()
    visitor.sees("How to play")
    of_button(page, texts["submit"]).click()
    visitor.sees(texts["waitTitle"])
    expect(page.get_by_text(texts["waitKeepOpen"])).to_be_visible()
    look(page, "wait")
    study.make_ready("ada")
    visitor.look_again()
    expect(page.get_by_text(texts["connected"], exact=True)).to_be_visible()
    game.send({"UI": ["left", "right", "up", "down", "fire", "start", "pause", "good", "bad"]})
    expect(of_button(page, texts["start"])).to_be_visible()
    expect(of_button(page, texts["good"])).to_be_visible()
    expect(of_button(page, texts["left"])).to_be_visible()
    left, right = (of_button(page, texts[side]).bounding_box() for side in ("left", "right"))
    assert left["x"] < right["x"], "left is left in every language"
    for name in ("good", "bad"):
        inside = of_button(page, texts[name]).evaluate("(button) => button.scrollWidth <= button.clientWidth")
        assert inside, f"the words of {name} are wider than its button"
        assert of_button(page, texts[name]).evaluate(LINES) == 1, f"the word of {name} is broken"
    look(page, "game")
    game.send("done")
    visitor.sees("Your thoughts")
    page.get_by_label("Your age").fill("44")
    page.get_by_label("How was it?").select_option("good")
    of_button(page, texts["submit"]).click()
    visitor.sees(texts["codeTitle"])
    expect(of_button(page, texts["copy"])).to_be_visible()
    look(page, "end")


def test_a_study_in_german_with_words_of_its_own(
    site: Site, game: GameServer, speaking: Callable[..., BrowserContext], screenshot: Callable[[Page, str], None]
) -> None:
    site.study.change(language="de", texts=OWN, completion=COMPLETION)
    page = speaking("de-DE", viewport={"width": 1280, "height": 800}).new_page()
    visitor = Visitor(page, site)
    looked = []

    def look(shown: Page, name: str) -> None:
        looked.append(shown.evaluate("[document.documentElement.lang, document.documentElement.dir]"))
        screenshot(shown, f"languages/de-{name}")
        if name == "faults":
            expect(shown.get_by_text("Noch 2!").first).to_be_visible()

    walk(visitor, game, GERMAN | OWN, look)
    assert looked == [["de", "ltr"]] * len(looked)
    assert texts_loaded(page) == {"first.js", "de.js", "de_later.js"}, "one language"


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (360, 640, "dark")])
def test_a_study_in_arabic_runs_from_right_to_left(
    site: Site,
    game: GameServer,
    speaking: Callable[..., BrowserContext],
    screenshot: Callable[[Page, str], None],
    width: int,
    height: int,
    scheme: str,
) -> None:
    site.study.change(language="ar", completion=COMPLETION)
    page = speaking("ar", viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    found: list[Any] = []

    def look(shown: Page, name: str) -> None:
        screenshot(shown, f"languages/ar-{name}-{width}-{scheme}")
        assert shown.evaluate("document.documentElement.dir") == "rtl"
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        found.extend(violations(shown))
        if name == "faults":
            step, submit = (shown.locator(each).first.bounding_box() for each in (".step", ".hippo-submit"))
            assert step is not None
            assert submit is not None
            assert submit["x"] + submit["width"] > step["x"] + step["width"] * 0.8, "the button is at the right"

    walk(Visitor(page, site), game, ARABIC, look)
    assert found == []
    assert texts_loaded(page) == {"first.js", "ar.js", "ar_later.js"}


@pytest.mark.browsers("firefox", "webkit")
def test_a_study_in_arabic_is_taken_in_every_browser(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(language="ar", completion=COMPLETION)

    def look(shown: Page, name: str) -> None:
        assert shown.evaluate("document.documentElement.dir") == "rtl"
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    walk(visitor, game, ARABIC, look)


LONG_WORD: Final = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_TEXTS: Final = {
    **dict.fromkeys(
        ("waitTitle", "waitUsual", "waitKeepOpen", "connected", "feedback", "controls", "howToPlay"), LONG_WORD
    ),
    **dict.fromkeys(("start", "pause", "stop", "good", "bad", "stopQuestion", "stopWarning", "endGame"), LONG_WORD),
    **dict.fromkeys(("keepPlaying", "codeTitle", "copy"), LONG_WORD),
}
CUT: Final = """() => [document.documentElement, ...document.querySelectorAll("main :is(section, div, button, li)")]
    .filter((it) => getComputedStyle(it).display !== "inline" && !it.matches(".unseen, .label"))
    .filter((it) => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
    .map((it) => `${it.nodeName} ${it.className}: ${it.textContent.slice(0, 20)}`)"""


@EVERY_BROWSER
def test_long_words_of_a_study_are_broken(engine: str, visitor: Visitor, game: GameServer) -> None:
    page, study = visitor.page, visitor.site.study
    label = {**study.entry["progress"], "3": LONG_WORD[:60]}
    study.change(language="de", texts=LONG_TEXTS, progress=label, completion={"codes": {"finished": LONG_WORD}})
    study.servers_are_quick = False
    game.welcome = [{"UI": ["left", "right", "start", "pause", "stop", "good", "bad"], "Instructions": [LONG_WORD]}]
    game.welcome += [{"frame": picture((9, 9, 9)), "frameId": 1, "display": {LONG_WORD: LONG_WORD}}]
    found: dict[str, Any] = {}

    def look(name: str) -> None:
        for width, height in ((1366, 650), (500 if engine == "webkit" else 360, 640)):
            page.set_viewport_size({"width": width, "height": height})
            found[f"{name} {width}"] = page.evaluate(CUT)

    visitor.come_to("3")
    visitor.sees(LONG_WORD)
    look("wait")
    study.make_ready("ada")
    visitor.look_again()
    page.locator("[data-control=good]:visible").wait_for()
    look("game")
    page.locator("[data-control=stop]").click()
    page.locator("dialog:visible").wait_for()
    look("question")
    study.bring("ada", "finalStep")
    visitor.come()
    page.locator(".completion:visible").wait_for()
    look("end")
    assert found == {name: [] for name in found}


def catalogue_of(language: str) -> dict[str, Any]:
    return catalogue(f"{language}.js") | catalogue(f"{language}_later.js") | catalogue(f"{language}_device.js")


@pytest.mark.parametrize("language", ["ar", "de"])
def test_what_the_device_lacks_is_said_in_the_study_s_language(
    language: str, site: Site, speaking: Callable[..., BrowserContext], screenshot: Callable[[Page, str], None]
) -> None:
    """The texts are loaded beside devices.js; no other language's are."""
    texts = catalogue_of(language)
    site.study.change(language=language, requires={"minWidth": 4000, "sound": True, "gamepad": True})
    page = speaking(language, viewport={"width": 360, "height": 640}).new_page()
    Visitor(page, site).come()
    page.get_by_label("I agree").check()
    page.get_by_label("Your initials").fill("AB")
    of_button(page, texts["submit"]).click()
    expect(page.get_by_role("region", name=texts["device"])).to_be_visible()
    width = page.evaluate("new Intl.NumberFormat(document.documentElement.lang).format(4000)")
    expect(page.get_by_text(texts["needWidth"].split("{found}")[0])).to_contain_text(width)
    expect(page.get_by_text(texts["needGamepad"])).to_be_visible()
    of_button(page, texts["playBeeps"]).click()
    expect(page.get_by_text(texts["beepsHeard"])).to_be_visible()
    screenshot(page, f"languages/{language}-device")
    of_button(page, texts["deviceCannot"]).click()
    of_button(page, texts["notLeave"]).click()
    expect(of_button(page, texts["deviceCannot"])).to_be_visible()
    assert {name for name in texts_loaded(page) if "device" in name} == {f"{language}_device.js"}
    assert violations(page) == []


@pytest.mark.parametrize("language", ["ar", "de"])
def test_what_the_game_says_and_asks_is_in_the_study_s_language(
    language: str,
    site: Site,
    game: GameServer,
    speaking: Callable[..., BrowserContext],
    screenshot: Callable[[Page, str], None],
) -> None:
    texts = catalogue_of(language)
    site.study.change(language=language)
    page = speaking(language, viewport={"width": 1366, "height": 650}).new_page()
    page.clock.install()
    game.welcome = additions.welcome(additions.ARROWS, controls=("start", "pause", "stop"))
    Visitor(page, site).come_to("3")
    expect(of_button(page, texts["start"])).to_be_visible()
    caption = page.locator(".caption")
    for number, (phase, key) in enumerate([("ready", "gameReady"), ("between", "roundOver"), ("paused", "gamePaused")]):
        game.send({"status": {"phase": phase, "round": number, "pictures": True}})
        expect(caption).to_have_text(texts[key].replace("{start}", texts["start"]))
    screenshot(page, f"languages/{language}-caption")
    for number in (7, 8):
        game.send({"status": {"phase": "running", "round": number, "pictures": True}})
    written = page.evaluate("(8).toLocaleString(document.documentElement.lang)")
    expect(caption).to_have_text(texts["round"].replace("{round}", written))
    of_button(page, texts["stop"]).click()
    expect(page.get_by_role("alertdialog", name=texts["stopQuestion"])).to_contain_text(texts["stopWarning"])
    screenshot(page, f"languages/{language}-stop")
    of_button(page, texts["keepPlaying"]).click()
    page.clock.fast_forward(10_500)
    expect(page.get_by_text(texts["pictureStill"]).first).to_be_visible()
    expect(of_button(page, texts["reconnect"])).to_be_visible()
    screenshot(page, f"languages/{language}-still")
    of_button(page, texts["stop"]).click()
    of_button(page, texts["endGame"]).click()
    game.wait_for(lambda message: message.get("command") == "stop")


def test_without_an_answer_the_page_speaks_the_browser_s_language(
    site: Site, speaking: Callable[..., BrowserContext]
) -> None:
    page = speaking("fr-CA").new_page()
    site.troubles.append(Trouble(1000, status=503))
    page.goto(site.link())
    expect(page.get_by_role("heading", name=catalogue("first.js")["fr"]["unreachable"])).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_a_study_in_another_language_than_the_browser_s(site: Site, speaking: Callable[..., BrowserContext]) -> None:
    """The first texts of both are loaded on the first visit, and only the study's on the next one."""
    site.study.change(language="es")
    page = speaking("en-GB").new_page()
    submit = catalogue("es.js")["submit"]
    page.goto(site.link())
    expect(of_button(page, submit)).to_be_visible()
    assert {"de.js", "fr.js", "ar.js", "zh.js", "en_later.js"}.isdisjoint(texts_loaded(page))
    page.reload()
    expect(of_button(page, submit)).to_be_visible()
    assert texts_loaded(page) - {"es_later.js"} == {"first.js", "es.js"}


@pytest.mark.parametrize("language", sorted(PLURALS))
def test_the_counts_of_every_language_have_the_forms_that_the_browser_asks_for(visitor: Visitor, language: str) -> None:
    visitor.come()
    rules = "new Intl.PluralRules(language)"
    asked = f"(language) => [...new Set([...Array(200).keys()].map((count) => {rules}.select(count)))]"
    assert set(visitor.page.evaluate(asked, language)) == PLURALS[language]


def test_a_text_with_html_is_shown_as_text(visitor: Visitor) -> None:
    visitor.site.study.change(texts={"submit": "<img src=x onerror=alert(1)> On"})
    visitor.come()
    expect(visitor.page.get_by_role("button", name="<img src=x onerror=alert(1)> On")).to_be_visible()


@EVERY_BROWSER
def test_after_five_minutes_a_participant_reads_that_they_may_leave_and_whom_to_write_to(visitor: Visitor) -> None:
    study = visitor.site.study
    study.change(contact="a@example.org", researcher=None)
    study.servers_are_quick = False
    visitor.page.clock.install()
    visitor.come_to("3")
    visitor.sees("Your game is starting")
    expect(visitor.page.get_by_text("Please keep this page open")).to_be_visible()
    visitor.page.clock.fast_forward(310_000)
    expect(visitor.page.get_by_text("You need not wait here.")).to_contain_text("write to a@example.org")


@EVERY_BROWSER
def test_a_crash_in_mid_game_is_announced_as_one(visitor: Visitor, game: GameServer) -> None:
    study = visitor.site.study
    visitor.come_to_game()
    study.servers_are_quick = False
    study.crash("ada")
    game.stop()
    visitor.sees("The game stopped unexpectedly")
    expect(visitor.page.get_by_text("It is starting again. Your answers are kept.")).to_be_visible()


@EVERY_BROWSER
def test_a_game_that_does_not_come_ends_with_one_thing_to_do(visitor: Visitor) -> None:
    """With a code, the participant hands it in; without one, they come back later."""
    study = visitor.site.study
    study.change(completion=COMPLETION)
    study.servers_are_quick = False
    study.bring("ada", "3")
    study.wait_since_long("ada")
    visitor.come()
    visitor.sees("The game could not be started")
    expect(visitor.page.get_by_text("SERVER77")).to_be_visible()
    expect(visitor.page.get_by_text("later")).to_have_count(0)
    assert study.record("ada")["outcome"] == "serverFailed"
    study.change(completion={"codes": {"finished": "C1"}})
    study.bring("ben", "3")
    study.wait_since_long("ben")
    visitor.come(userId="ben", redirect=f"{visitor.site.origin}/back")
    visitor.sees("The game could not be started")
    expect(visitor.page.get_by_text("Open the same link later")).to_be_visible()
    expect(visitor.page.locator(".completion")).to_have_count(0)
