"""What other people's pages say on <html>, <body> and in their fields counts."""

# ruff: noqa: E501 - markup of other systems

from __future__ import annotations

from typing import Any

from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.visitors import Visitor

WHOLE = """<html lang="ar" dir="rtl" style="letter-spacing: 3px"><head>
<style>html { font-size: 62.5% } body { font-size: 1.6rem } h1 { font-size: 3rem; margin-top: -1rem } p { color: rgb(1, 2, 3) }
@media (min-width: 10rem) { h1 { padding-top: .5rem } }</style>
<style media="print">p { color: rgb(9, 9, 9); font-size: 4px }</style>
</head><body id="top" class="old" bgcolor="000033" text="FFFFFF" style="text-indent: 5px">
<h1>Title</h1><p>Text</p><div>More</div>
<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup><semantics><mi>y</mi><annotation>TEX</annotation></semantics></math>
<svg width="20" height="20"><defs><g id="g"><rect width="9" height="9"/></g></defs><use href="#g"/><use href="x.svg#g"/></svg>
<img id="slashes" src="//pictures.example/a.png" alt="a">
<object data="a.pdf"><p>Instead of the file</p></object>
</body></html>"""

STYLES = """() => {
    const root = document.querySelector(".step").shadowRoot;
    const of = (selector, ...names) => names.map(name => getComputedStyle(root.querySelector(selector))[name]);
    return {
        page: of(".page", "backgroundColor", "color", "fontSize", "textIndent", "letterSpacing", "direction"),
        h1: of("h1", "fontSize", "marginTop", "paddingTop"),
        p: of("p", "color", "fontSize"),
        div: of("div.page > div", "color"),
        id: root.querySelector(".page").id,
        math: root.querySelector("math").textContent.trim(),
        formula: [...root.querySelector("math").children].map(each => each.localName),
        uses: [...root.querySelectorAll("use")].map(each => each.getAttribute("href")),
        src: root.querySelector("#slashes").getAttribute("src"),
    };
}"""


def test_html_and_body_count_with_their_attributes_and_sizes(visitor: Visitor) -> None:
    visitor.site.may_ask.add("https://pictures.example")
    visitor.page.route("https://pictures.example/**", lambda route: route.fulfill(status=204))
    page = visitor.come_to_page(WHOLE)
    expect(page.get_by_text("Instead of the file")).to_be_visible()
    assert page.evaluate(STYLES) == {
        "page": ["rgb(0, 0, 51)", "rgb(255, 255, 255)", "16px", "5px", "3px", "rtl"],
        "h1": ["30px", "-10px", "5px"],
        "p": ["rgb(1, 2, 3)", "16px"],
        "div": ["rgb(255, 255, 255)"],
        "id": "top",
        "math": "x12y",
        "formula": ["msubsup", "semantics"],
        "uses": ["#g", None],
        "src": "https://pictures.example/a.png",
    }


LINKS = """<h1>Links</h1><a href="2_next.html">Relative</a> <a href="//x.example/">Slashes</a> <a href="">Empty</a>
<a href="tel:+431">Call</a> <svg width="20" height="20"><a href="https://x.example/svg"><text y="9">In SVG</text></a></svg>
<math href="https://x.example/math"><mi>x</mi></math> <a href="#100%">Percent</a> <a href="#old">Old</a>
<p style="height: 3000px"></p><p id="100%">Target</p><p style="height: 3000px"></p><a name="old">Anchor</a>"""


def test_links_leave_no_participant_outside_the_study(visitor: Visitor) -> None:
    page = visitor.come_to_page(LINKS)
    script = """() => [...document.querySelector(".step").shadowRoot.querySelectorAll("a, math")]
        .map(each => [each.textContent, each.getAttribute("href"), each.getAttribute("target")])"""
    assert page.evaluate(script) == [
        ["Relative", "2_next.html", "_blank"],
        ["Slashes", "https://x.example/", "_blank"],
        ["Empty", None, None],
        ["Call", "tel:+431", None],
        ["In SVG", "https://x.example/svg", "_blank"],
        ["x", None, None],
        ["Percent", "#100%", None],
        ["Old", "#old", None],
        ["Anchor", None, None],
    ]
    for link, target in (("Percent", "Target"), ("Old", "Anchor")):
        expect(page.get_by_text(target, exact=True)).not_to_be_in_viewport()
        page.get_by_role("link", name=link).click()
        expect(page.get_by_text(target, exact=True)).to_be_in_viewport()
        page.evaluate("scrollTo(0, 0)")


FIELDS = """<h1>Fields</h1><style>.box { display: none }</style>
<input name="unseen" required style="display: none"><div hidden><select name="later" required><option></select></div>
<input name="gone" required style="visibility: hidden"><input class="box" id="b" type="checkbox" name="styled" required>
<label for="b">Styled</label><details><summary>Closed</summary><label>Inside <input name="inside" required></label></details>"""


@EVERY_BROWSER
def test_a_required_field_that_is_invisible_keeps_no_participant(visitor: Visitor) -> None:
    page = visitor.come_to_page(FIELDS)
    visitor.submit()
    expect(page.locator("p", has_text="2 questions still need an answer")).to_be_visible()
    expect(page.get_by_label("Inside")).to_be_visible()
    page.get_by_role("link", name="Inside").click()
    expect(page.get_by_label("Inside")).to_be_focused()
    page.get_by_label("Inside").fill("x")
    page.get_by_text("Styled", exact=True).click()
    assert visitor.sent() == {"unseen": "", "later": "", "gone": "", "styled": "on", "inside": "x"}


@EVERY_BROWSER
def test_a_prefilled_field_that_was_cleared_stays_empty_after_a_reload(visitor: Visitor) -> None:
    page = visitor.come_to_page(
        '<label>Name <input name="name" value="Anonymous"></label><textarea name="a">b</textarea>'
    )
    page.get_by_label("Name").fill("")
    page.reload()
    expect(visitor.submit_button).to_be_enabled()
    expect(page.get_by_label("Name")).to_have_value("")
    assert visitor.sent() == {"name": "", "a": "b"}


def test_ticked_boxes_of_one_name_are_joined(visitor: Visitor) -> None:
    boxes = "".join(f'<label>{name} <input type="checkbox" name="tools" value="{name}"></label>' for name in "abc")
    page = visitor.come_to_page(
        f'<input type="hidden" name="tools" value="none">{boxes}<input type="checkbox" name="no"><svg><input name="x"></svg>'
    )
    for name in "ac":
        page.get_by_label(name, exact=True).check()
    sent: dict[str, Any] = visitor.sent()
    assert sent == {"tools": "a, c", "no": ""}


CLOBBERING = {
    "<title>T</title><img name=body><img name=title><img name=documentElement><input name=a>": ["a"],
    "<form><input name=childNodes><input name=replaceWith><p><input name=attributes></p></form>": [
        "childNodes",
        "replaceWith",
        "attributes",
    ],
    "<frameset><frame src=x></frameset>": [],
}


def test_names_of_fields_and_images_do_not_mislead_the_sanitiser(visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    script = """async htmls => {
        const { sanitise } = await import("/modules/sanitise.js");
        return htmls.map(html => {
            const page = document.createElement("div");
            page.append(...sanitise(html).nodes);
            return [...page.querySelectorAll("input")].map(input => input.name);
        });
    }"""
    assert visitor.page.evaluate(script, list(CLOBBERING)) == list(CLOBBERING.values())
