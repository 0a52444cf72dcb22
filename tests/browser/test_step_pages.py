"""Researchers' pages: sanitised, and with their own styles."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import studies
from tests.browser.visitors import Visitor

# --- what is removed ---

HOSTILE = [
    "<script>window.hurt = 1</script>",
    '<img src="x" onerror="window.hurt = 1">',
    '<svg onload="window.hurt = 1"><script>window.hurt = 1</script><rect width="9" height="9"/></svg>',
    '<a href="javascript:window.hurt = 1">click</a>',
    '<a href=" java\nscript:window.hurt = 1">click</a>',
    '<svg><a xlink:href="javascript:window.hurt = 1"><text y="20">click</text></a></svg>',
    '<svg><animate onbegin="window.hurt = 1" attributeName="x" dur="1s"/></svg>',
    '<svg><set attributeName="href" to="javascript:window.hurt = 1"/></svg>',
    '<math><mtext><img src="x" onerror="window.hurt = 1"></mtext></math>',
    '<iframe srcdoc="<script>parent.hurt = 1</script>"></iframe>',
    '<iframe src="javascript:parent.hurt = 1"></iframe>',
    '<object data="data:text/html,<script>parent.hurt = 1</script>"></object>',
    '<embed src="data:text/html,<script>parent.hurt = 1</script>">',
    '<form action="javascript:window.hurt = 1"><button type="button">click</button></form>',
    '<button formaction="javascript:window.hurt = 1" type="button">click</button>',
    '<details open ontoggle="window.hurt = 1"><summary>click</summary></details>',
    '<input autofocus onfocus="window.hurt = 1" name="a">',
    '<template><img src="x" onerror="window.hurt = 1"></template>',
    '<noscript><p title="</noscript><img src=x onerror=window.hurt=1>">x</p></noscript>',
    '<meta http-equiv="refresh" content="0; url=javascript:window.hurt=1">',
    '<base href="https://attacker.example/">',
    '<link rel="import" href="https://attacker.example/x.html">',
    '<x-unknown onclick="window.hurt = 1">click</x-unknown>',
    '<style>@import url("https://attacker.example/x.css"); p { color: red }</style><p>x</p>',
    '<p style="behavior: url(x)" onpointerenter="window.hurt = 1">click</p>',
    "<marquee onstart='window.hurt = 1'>click</marquee>",
    '<video><source onerror="window.hurt = 1" src="x"></video>',
]


@pytest.mark.parametrize("policy", [True, False], ids=["with a content policy", "without"])
def test_a_page_runs_no_code(visitor: Visitor, policy: bool) -> None:
    # Chromium reports event handlers and base addresses during parsing, before they are removed.
    visitor.site.may_be_logged += ["violates the following Content Security Policy directive", "@import rules are not"]
    visitor.site.has_policy = policy
    page = visitor.come_to_page("<h1>Hostile</h1>" + "\n".join(HOSTILE))
    for place in page.get_by_text("click", exact=True).all():
        if place.is_visible():
            place.dispatch_event("click")
            place.dispatch_event("pointerenter")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hurt") is None
    left = page.locator(".step").locator(
        "script, iframe, object, embed, template, form form, meta, base, link, marquee"
    )
    assert left.count() == 0
    handlers = """() => [...document.querySelector(".step").shadowRoot.querySelectorAll("*")]
        .flatMap(element => element.getAttributeNames()).filter(name => name.startsWith("on"))"""
    assert page.evaluate(handlers) == []
    assert page.url.startswith(visitor.site.origin)
    visitor.site.asked.clear()
    visitor.submit()
    visitor.sees("Your thoughts")


def test_the_content_of_forms_and_unknown_elements_stays(visitor: Visitor) -> None:
    page = visitor.come_to_page(
        '<form><p>Inside</p><label>Name <input name="name"></label></form><x-new>Also inside</x-new>'
    )
    expect(page.get_by_text("Also inside")).to_be_visible()
    page.get_by_label("Name").fill("Ada")
    assert visitor.sent() == {"name": "Ada"}


def test_buttons_that_delete_answers_are_removed(visitor: Visitor) -> None:
    page = visitor.come_to_page(
        '<input type="reset"><button type="reset">Clear</button><input type="file" name="f"><p>x</p>'
    )
    expect(page.locator(".page input, .page button[type=reset]")).to_have_count(0)


def test_links_open_another_tab_and_links_inside_the_page_work(visitor: Visitor) -> None:
    html = (
        '<a href="https://example.org/more">More</a> <a href="#end">Down</a>'
        + "<p>x</p>" * 80
        + '<p id="end">The end</p>'
    )
    page = visitor.come_to_page(html)
    more = page.get_by_role("link", name="More")
    assert (more.get_attribute("target"), more.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    page.get_by_role("link", name="Down").click()
    expect(page.get_by_text("The end", exact=True)).to_be_in_viewport()
    assert "#" not in page.url


# --- styles ---

LOUD = """<style>
  * { letter-spacing: 3px; } body { background: rgb(1, 2, 3); color: white; } p { color: rgb(9, 99, 9); }
  footer, #footer, header { display: none; } :root { --x: 7px; } html { font-family: monospace; }
  h1 { padding: var(--x); }
  @media (min-width: 1px) { body p.inner { margin-left: 33px; } }
</style><h1>Loud</h1><p class="inner">Text</p>"""


def test_a_pages_style_applies_only_inside_the_page(visitor: Visitor) -> None:
    page = visitor.come_to_page(LOUD)
    text = page.get_by_text("Text", exact=True)
    expect(text).to_have_css("color", "rgb(9, 99, 9)")
    expect(text).to_have_css("margin-left", "33px")
    expect(text).to_have_css("letter-spacing", "3px")
    expect(page.get_by_role("heading", name="Loud")).to_have_css("padding-top", "7px")
    expect(page.locator(".page")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(page.locator("body")).not_to_have_css("background-color", "rgb(1, 2, 3)")
    expect(page.locator("#footer")).to_be_visible()
    expect(page.locator("#footer")).to_have_css("letter-spacing", "normal")


def test_the_products_style_does_not_reach_into_a_page(visitor: Visitor) -> None:
    page = visitor.come_to_page('<style>.notice { color: rgb(1, 1, 1) }</style><div class="notice loading">Mine</div>')
    mine = page.get_by_text("Mine")
    expect(mine).to_have_css("color", "rgb(1, 1, 1)")
    expect(mine).to_have_css("border-top-width", "0px")


def test_the_links_css_is_used(visitor: Visitor) -> None:
    page = visitor.page
    css = "body { background: rgb(4, 5, 6) } .hippo-submit { background: rgb(7, 8, 9) }"
    page.route(f"{visitor.site.origin}/study-own.css", lambda route: route.fulfill(content_type="text/css", body=css))
    visitor.come_to_page("<h1>Plain</h1>", css=f"{visitor.site.origin}/study-own.css")
    expect(page.locator(".page")).to_have_css("background-color", "rgb(4, 5, 6)")
    expect(visitor.submit_button).to_have_css("background-color", "rgb(7, 8, 9)")


def test_the_answers_css_is_used(visitor: Visitor) -> None:
    page = visitor.page
    page.route(
        f"{visitor.site.origin}/answer.css",
        lambda route: route.fulfill(content_type="text/css", body="h1 { color: rgb(4, 5, 6) }"),
    )
    visitor.site.scripted = [{"page": "<h1>Plain</h1>", "css": f"{visitor.site.origin}/answer.css", "step": "1"}]
    visitor.come()
    expect(page.get_by_role("heading", name="Plain")).to_have_css("color", "rgb(4, 5, 6)")


def test_a_css_that_fails_to_load_does_not_block_the_page(visitor: Visitor) -> None:
    page = visitor.come_to_page("<h1>Plain</h1>", css=f"{visitor.site.origin}/none.css")
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()


ELSEWHERE = "https://styles.example"
"""Origin of a study's style sheet: the deployed content policy allows <link>, but no `fetch`."""

READABLE = {"Access-Control-Allow-Origin": "*"}
NOT_READABLE = {"Access-Control-Allow-Origin": "https://another.example"}


def _come_with_style(visitor: Visitor, address: str) -> Page:
    """Open a study whose entry names a style sheet."""
    visitor.site.scripted = [{"page": "<h1>Plain</h1>", "css": None, "style": address, "step": "1"}]
    visitor.come()
    return visitor.page


def _serve_elsewhere(visitor: Visitor, headers: dict[str, str], css: str) -> str:
    visitor.site.may_ask.add(ELSEWHERE)
    visitor.site.settings["allow"] = [ELSEWHERE]
    visitor.page.route(
        f"{ELSEWHERE}/styles/*.css", lambda route: route.fulfill(content_type="text/css", headers=headers, body=css)
    )
    return f"{ELSEWHERE}/styles/own.css"


@pytest.mark.parametrize("way", ["by the link", "by the answer", "by the page"])
def test_a_css_from_another_origin_applies_only_inside_the_page(visitor: Visitor, way: str) -> None:
    css = "body { background: rgb(4, 5, 6) } html { letter-spacing: 3px } h1 { color: rgb(7, 8, 9) }"
    address = _serve_elsewhere(visitor, READABLE, css)
    html = "<h1>Plain</h1>" if way != "by the page" else f'<link rel="stylesheet" href="{address}"><h1>Plain</h1>'
    if way == "by the answer":
        visitor.site.scripted = [{"page": html, "css": address, "step": "1"}]
    page = visitor.page
    visitor.come() if visitor.site.scripted else visitor.come_to_page(html, css=address if way == "by the link" else "")
    expect(page.get_by_role("heading", name="Plain")).to_have_css("color", "rgb(7, 8, 9)")
    expect(page.locator(".page")).to_have_css("background-color", "rgb(4, 5, 6)")
    expect(page.locator(".page")).to_have_css("letter-spacing", "3px")
    expect(page.locator("#footer")).to_have_css("letter-spacing", "normal")


def test_addresses_in_a_css_from_another_origin_are_relative_to_it(visitor: Visitor) -> None:
    css = """body { background-image: url(../ground.svg) }
        h1 { background-image: url('data:image/gif;base64,R0lGODlh') }
        @font-face { font-family: Own; src: url(own.woff2) } h1 { font-family: Own }"""
    address = _serve_elsewhere(visitor, READABLE, css)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.route(f"{ELSEWHERE}/**/*.woff2", lambda route: route.abort())
    visitor.page.route(
        f"{ELSEWHERE}/*.svg", lambda route: route.fulfill(content_type="image/svg+xml", body="<svg></svg>")
    )
    page = _come_with_style(visitor, address)
    expect(page.locator(".page")).to_have_css("background-image", f'url("{ELSEWHERE}/ground.svg")')
    heading = page.get_by_role("heading", name="Plain")
    expect(heading).to_have_css("background-image", 'url("data:image/gif;base64,R0lGODlh")')
    page.wait_for_timeout(200)
    assert {url for url in asked if url.endswith(".woff2")} == {f"{ELSEWHERE}/styles/own.woff2"}


def test_a_css_without_cors_is_used_unscoped(visitor: Visitor) -> None:
    visitor.site.may_be_logged.append("blocked by CORS policy")
    address = _serve_elsewhere(visitor, NOT_READABLE, "h1 { color: rgb(7, 8, 9) }")
    page = _come_with_style(visitor, address)
    expect(page.get_by_role("heading", name="Plain")).to_have_css("color", "rgb(7, 8, 9)")


HOSTILE_CSS = """@import "https://styles.example/styles/imported.css";
    @font-face { font-family: Own; src: url(https://styles.example/styles/own.woff2) }
    @counter-style own { system: cyclic; symbols: "WRITTEN"; suffix: "" }
    body { background-image: url(https://styles.example/styles/seen.svg); color: rgb(1, 2, 3); font-family: Own }
    h1 { --there: u\\72l(https://styles.example/styles/seen.svg); background: var(--there); color: rgb(7, 8, 9) }
    h1 { border-image: image-set("https://styles.example/styles/seen.svg" 1x); text-overflow: "WRITTEN" }
    h1::before { content: "WRITTEN"; display: block }
    li { list-style: "WRITTEN" }
    @media all { h1::after { content: "WRITTEN" } h1 { letter-spacing: 3px } }
    @layer own { h1 { margin-top: 7px; cursor: url(https://styles.example/styles/seen.svg), auto } }
    .page { & h1 { padding-top: 5px; mask: url(https://styles.example/styles/seen.svg) } }
    @keyframes own { from { background-image: url(https://styles.example/styles/seen.svg) } }
    h1 { animation: own 1s }"""


def test_a_css_that_a_link_names_loads_nothing_and_writes_nothing(visitor: Visitor) -> None:
    address = _serve_elsewhere(visitor, READABLE, HOSTILE_CSS)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.come_to_page("<h1>Plain</h1><ul><li>One</li></ul>", css=address)
    heading = page.get_by_role("heading", name="Plain")
    expect(heading).to_have_css("color", "rgb(7, 8, 9)")
    expect(heading).to_have_css("letter-spacing", "3px")
    expect(heading).to_have_css("padding-top", "5px")
    for part in ("::before", "::after"):
        assert heading.evaluate(f"(it) => getComputedStyle(it, '{part}').content") == "none"
    assert "WRITTEN" not in page.get_by_text("One").evaluate("(it) => getComputedStyle(it).listStyleType")
    page.wait_for_timeout(200)
    assert [url for url in asked if url.startswith(ELSEWHERE)] == [address]


@pytest.mark.parametrize(
    "css", ["https://other.example/styles/own.css", "http://styles.example/styles/own.css", "//styles.example/own.css"]
)
def test_a_css_of_a_host_that_the_settings_do_not_name_is_not_loaded(visitor: Visitor, css: str) -> None:
    visitor.site.settings["allow"] = [ELSEWHERE]
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.come_to_page("<h1>Plain</h1>", css=css)
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    assert not [url for url in asked if url.split("?")[0].endswith("own.css")]


CLOBBERING = """<form><input name="childNodes"><input name="localName"><input name="replaceWith"><input name="remove">
    <input name="attributes"><input name="nodeType"><input name="querySelectorAll" value="q"></form>
    <form name="body"></form><form name="querySelectorAll"></form><form name="title"></form>
    <img name="documentElement" alt=""><img name="head" alt=""><img name="body" alt=""><h1>Still here</h1>
    <input name="submit"><input name="reportValidity"><input name="getElementById"><input name="__proto__" value="p">
    <input id="main"><input id="footer"><script>document.title = "run"</script><p onclick="x()">Text</p>"""


def test_fields_and_images_with_the_names_of_properties_break_nothing(visitor: Visitor) -> None:
    visitor.site.may_be_logged.append("Executing inline event handler violates")  # reported while it is parsed
    page = visitor.come_to_page(CLOBBERING)
    expect(page.get_by_role("heading", name="Still here")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_contain_text("ada")
    assert page.title() != "run"
    assert page.locator(".page form, .page script, .page [onclick]").count() == 0
    assert page.locator(".page").get_by_role("textbox").count() == 13
    answers = visitor.sent()
    assert {"childNodes", "localName", "replaceWith", "remove", "attributes", "submit", "__proto__"} <= answers.keys()
    assert (answers["querySelectorAll"], answers["__proto__"]) == ("q", "p")


def test_sheets_apply_in_link_order_not_in_order_of_arrival(visitor: Visitor) -> None:
    held: list[Route] = []
    page, origin = visitor.page, visitor.site.origin
    page.route(f"{origin}/first.css", lambda route: held.append(route))
    page.route(
        f"{origin}/second.css", lambda route: route.fulfill(content_type="text/css", body="h1 { color: rgb(2, 2, 2) }")
    )
    visitor.site.scripted = [{"page": "<h1>Plain</h1>", "css": f"{origin}/second.css", "step": "1"}]
    with page.expect_response(f"{origin}/second.css"):
        page.goto(visitor.site.link(css=f"{origin}/first.css"), wait_until="commit")
    page.wait_for_timeout(100)
    held[0].fulfill(content_type="text/css", body="h1 { color: rgb(1, 1, 1); margin-top: 7px }")
    expect(page.get_by_role("heading", name="Plain")).to_have_css("margin-top", "7px")
    expect(page.get_by_role("heading", name="Plain")).to_have_css("color", "rgb(2, 2, 2)")


OLD_SAFARI = """
    window.CSSStyleSheet = class { constructor() { throw new TypeError("Illegal constructor"); } };
    delete ShadowRoot.prototype.adoptedStyleSheets;
    delete Document.prototype.adoptedStyleSheets;
"""


def test_a_browser_without_constructable_sheets_shows_the_same(visitor: Visitor) -> None:
    page = visitor.page
    page.add_init_script(OLD_SAFARI)
    css = f"{visitor.site.origin}/own.css"
    page.route(css, lambda route: route.fulfill(content_type="text/css", body="body { margin-left: 9px }"))
    visitor.come_to_page(LOUD, css=css)
    text = page.get_by_text("Text", exact=True)
    expect(text).to_have_css("color", "rgb(9, 99, 9)")
    expect(text).to_have_css("margin-left", "33px")
    expect(page.get_by_role("heading", name="Loud")).to_have_css("padding-top", "7px")
    expect(page.locator(".page")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(page.locator(".page")).to_have_css("margin-left", "9px")
    expect(visitor.submit_button).to_have_css("min-width", "176px")  # study.css
    expect(page.locator("#footer")).to_have_css("letter-spacing", "normal")


ON_WHITE = {
    "<h1>No colours</h1>": False,
    "<style>h1 { color: #111 }</style><h1>x</h1>": True,
    '<h1 style="background: #eee">x</h1>': True,
    "<style>@media (prefers-color-scheme: dark) { h1 { color: #eee } }</style><h1>x</h1>": False,
    "<style>h1 { border-color: red }</style><h1>The background: of this study, and its color: blue</h1>": False,
}


def test_a_page_with_its_own_colours_is_white_in_dark_mode(visitor: Visitor) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    visitor.come_to_page(next(iter(ON_WHITE)))
    script = """async htmls => {
        const { StepPage } = await import("/modules/step_page.js");
        return htmls.map(html => {
            const { element } = new StepPage({ html, sheets: [], userId: "", code: null, draft: null, noSubmit: true });
            document.body.append(element);
            return getComputedStyle(element).backgroundColor === "rgb(255, 255, 255)";
        });
    }"""
    assert visitor.page.evaluate(script, list(ON_WHITE)) == list(ON_WHITE.values())


# --- texts with a function ---


@pytest.mark.parametrize("html", ["<p>You may exit now</p>", "<p>x</p><!-- You may exit now -->"])
def test_you_may_exit_now_hides_submit(visitor: Visitor, html: str) -> None:
    studies.one_page(visitor.site.study, f"<h1>The end</h1>{html}")
    visitor.come()
    visitor.sees("The end")
    expect(visitor.submit_button).to_be_hidden()


def test_the_id_and_the_code_are_filled_in(visitor: Visitor) -> None:
    html = (
        '<h1>Take this</h1><span class="MTURK_CODE">-</span> <span class="x COMPLETION_CODE">-</span> You may exit now'
    )
    study = visitor.site.study
    study.change(completion={"codes": {"finished": "C123"}})
    study.bucket.put("study/thanks.html", html.encode())
    study.bring("AdA-9", "finalStep")
    visitor.come(userId="AdA-9")
    visitor.sees("Take this")
    expect(visitor.page.get_by_text("AdA-9 C123")).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="Your completion code")).to_have_count(0)
