"""Pages of other systems: the participant's page collects the same fields as `hippo validate` finds."""

from __future__ import annotations

import random
from typing import Any

from hippo_cli.rehearsal import forms
from hippo_cli.study import fields, tree
from tests.browser.visitors import Visitor
from tests.support.other_pages import pages

SHOW_ALL = """async pages => {
    const { StepPage } = await import("/modules/step_page.js");
    const { answersOf, controlsOf, isFaulty } = await import("/modules/fields.js");
    const nothing = () => undefined;
    return Object.fromEntries(Object.entries(pages).map(([file, html]) => {
        const options = { html, sheets: [], userId: "ada", code: null, draft: null, noSubmit: true };
        const page = new StepPage({ ...options, onDraft: nothing, onSubmit: nothing, onFaults: nothing });
        document.body.append(page.element);
        page.shown();
        const inside = page.element.shadowRoot.querySelector(".page");
        const controls = controlsOf(inside);
        controls.forEach(isFaulty);
        for (const control of controls) if (control.type === "checkbox") control.checked = true;
        const found = {
            fields: controls.map((each) => [each.name, each.type, !each.matches(":disabled")]),
            answers: Object.keys(answersOf(inside)),
            text: inside.innerText.trim(),
            attributes: [page.element.lang, page.element.dir],
        };
        page.element.remove();
        return [file, found];
    }));
}"""

SANITISE_ALL = """async pages => {
    const { sanitise } = await import("/modules/sanitise.js");
    const { controlsOf } = await import("/modules/fields.js");
    return pages.map(html => {
        const page = document.createElement("div");
        page.append(...sanitise(html).nodes);
        return controlsOf(page).map((each) => [each.name, !each.matches(":disabled")]);
    });
}"""

PARTS = [
    *[
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<select name=s%>",
        "</select>",
        "<option>",
    ],
    *[
        "<input name=i%>",
        "<textarea name=t%>",
        "</textarea>",
        "<fieldset disabled>",
        "</fieldset>",
        "<legend>",
        "</legend>",
    ],
    *["<noscript>", "</noscript>", "<template>", "</template>", "<svg>", "</svg>", "<foreignObject>", "<math>", "<mi>"],
    *["<iframe>", "</iframe>", "<title>", "</title>", "<style>", "</style>", "<script>", "</script>", "<!--", "-->"],
    *[
        "<form>",
        "</form>",
        "<button name=b%>",
        "</button>",
        "<b>",
        "</b>",
        "text",
        '<p class="',
        '">',
        "<body>",
        "<head>",
    ],
    *["<object>", "<dialog>", "<?php x ?>", "<li>", "<x-y>", "<datalist>", "<summary>", "<caption>", "<colgroup>"],
    *["<xmp>", "</xmp>", "<noembed>", "<image src=x>", "<hr>"],
]

TYPES = {"select": "select-one", "unknown": "text"}


def test_75_pages_have_the_same_fields_here_as_in_validate_and_rehearse(visitor: Visitor) -> None:
    texts = pages()
    visitor.come()
    visitor.sees("About this study")
    visitor.page.route("https://**", lambda route: route.abort())
    visitor.site.may_ask |= {"https://media.example", "https://player.example"}
    visitor.site.may_be_logged += ["net::ERR_FAILED", "404", "Content Security Policy"]
    shown: dict[str, Any] = visitor.page.evaluate(SHOW_ALL, texts)
    for file, text in texts.items():
        found = shown[file]
        read = fields.read(tree.parse(text, file))
        assert found["fields"] == [[each.name, _type(each), each.sends] for each in read], file
        radios = {each.name for each in read if each.kind == "radio"}
        assert set(found["answers"]) - radios - {"_untouched"} == {each.name for each in read if each.sends} - radios, (
            file
        )
        assert set(forms.read(text)) == {each.name for each in read if each.sends}, file
        assert found["text"] or "experiment" in file, file
    assert shown["consent_ar.html"]["attributes"] == ["ar", "rtl"]


def test_broken_pages_have_the_same_fields_here_as_in_validate(visitor: Visitor) -> None:
    chance = random.Random(18)  # noqa: S311
    texts = [_broken(chance) for _ in range(1_000)]
    visitor.come()
    visitor.sees("About this study")
    shown = visitor.page.evaluate(SANITISE_ALL, texts)
    for text, found in zip(texts, shown, strict=True):
        assert found == [[each.name, each.sends] for each in fields.read(tree.parse(text, ""))], text


def _broken(chance: random.Random) -> str:
    parts = chance.choices(PARTS, k=chance.randint(1, 10))
    return "".join(part.replace("%", str(index)) for index, part in enumerate(parts))


def _type(each: fields.Field) -> str:
    if each.kind == "select" and "multiple" in each.element.attributes:
        return "select-multiple"
    return TYPES.get(each.kind, each.kind)
