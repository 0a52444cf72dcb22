"""A study's own files: pictures, sound and style sheets of its folder `assets`."""

from __future__ import annotations

from tests.browser.visitors import Visitor

PAGE = """<style>@media screen { .a { background-image: url("assets/a b.png") } }</style>
<link rel="stylesheet" href="assets/css/s.css">
<p class="a" style="list-style-image: url('./assets/c.png')">A</p>
<img id="one" src="assets/one.png" srcset="assets/one.png 1x, ../assets/two.png 2x" alt="">
<audio src="../assets/sound.mp3"></audio>
<video poster="assets/poster.png"><source src="assets/clip.mp4"></video>
<a id="form" href="assets/form.pdf#page=2">The form</a>
<a id="other" href="https://lab.example.org/assets/a.png">Elsewhere</a>
<p id="text">Write assets/one.png here</p>"""

READ = """async ([html, assets]) => {
    const { sanitise } = await import("/modules/sanitise.js");
    const { nodes, css, sheets } = sanitise(html, assets);
    const held = document.implementation.createHTMLDocument("").createElement("div"); // loads nothing
    held.append(...nodes);
    const of = (selector, name) => held.querySelector(selector).getAttribute(name);
    return {
        css, sheets: sheets.map(({ href }) => href),
        style: of(".a", "style"), src: of("#one", "src"), srcset: of("#one", "srcset"), sound: of("audio", "src"),
        poster: of("video", "poster"), source: of("source", "src"), form: of("#form", "href"),
        target: of("#form", "target"),
        other: of("#other", "href"), text: held.querySelector("#text").textContent,
    };
}"""
PLACE = "https://page.example/assets/my_study/0123456789abcdef/"


def test_every_address_of_a_file_begins_where_the_answer_says(visitor: Visitor) -> None:
    visitor.come_to_page("<h1>Hello</h1>")
    found = visitor.page.evaluate(READ, [PAGE, PLACE])
    assert found == {
        "css": [f'@media screen {{ .a {{ background-image: url("{PLACE}a b.png") }} }}'],
        "sheets": [f"{PLACE}css/s.css"],
        "style": f"list-style-image: url('{PLACE}c.png')",
        "src": f"{PLACE}one.png",
        "srcset": f" {PLACE}one.png 1x, {PLACE}two.png 2x",
        "sound": f"{PLACE}sound.mp3",
        "poster": f"{PLACE}poster.png",
        "source": f"{PLACE}clip.mp4",
        "form": f"{PLACE}form.pdf#page=2",
        "target": "_blank",
        "other": "https://lab.example.org/assets/a.png",
        "text": "Write assets/one.png here",
    }


def test_without_files_addresses_stay_as_they_are(visitor: Visitor) -> None:
    visitor.come_to_page("<h1>Hello</h1>")
    found = visitor.page.evaluate(READ, [PAGE, None])
    assert (found["src"], found["sound"], found["sheets"]) == ("assets/one.png", "../assets/sound.mp3", [])
