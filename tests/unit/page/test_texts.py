"""The participant page's texts: one catalogue, the same in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

FRONTEND: Final = Path(__file__).parents[3] / "frontend"
PLURALS: Final = {
    "en": {"one", "other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "de": {"one", "other"},
    "es": {"one", "other"},
    "fr": {"one", "other"},
    "zh": {"other"},
}
"""The plural categories of Intl.PluralRules for the counts that the page shows; Spanish and French
have `many` for millions only.
"""

FILES: Final = {"first page": "{}.js", "later": "{}_later.js", "device": "{}_device.js"}

NOT_FOR_PARTICIPANTS: Final = {"debug.js"}
"""With ?debug=1: for researchers."""

KEYS_BY_NAME: Final = {
    *("controls", "feedback", "training", "steps", "start", "pause", "reset", "stop", "good", "bad"),
    *("trainOnline", "trainOffline", "undo", "redo", "brightness", "contrast", "saturation", "hue"),
    *("left", "right", "up", "down", "leftUp", "rightUp", "leftDown", "rightDown", "fire"),
    *("leftPicture", "rightPicture"),
}
"""Texts whose key is the name of a control: no literal `text("…")` names them."""

SHOWN: Final = re.compile(
    r"""(?:\b(?:button|announce|notice|showBanner|showSlow|group|pressButton|holdButton|setTitle|setState|cover|prompt)\(
        |textContent\ =|"aria-label":|\b(?:alt|title|placeholder):|make\([^,()]*,\ \{[^{}]*\},)\s*["`]\s*[^"`\s$]""",
    re.VERBOSE,
)
SENTENCE: Final = re.compile(r"""["`][^"`\n]*(?:[A-Z][a-z]+(?: [a-z]+){2,}|[a-z]{2,} [a-z]{2,}\.)[^"`\n]*["`]""")


def catalogue(name: str) -> dict[str, Any]:
    """Read a file of texts: what follows the first equals sign at the end of a line is JSON."""
    text = (FRONTEND / "texts" / name).read_text(encoding="utf-8")
    body = re.search(r"^(?:export const TEXTS|globalThis\.hippoTexts) = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    assert body is not None, name
    read: dict[str, Any] = json.loads(body[1], object_pairs_hook=_once)
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), f"a key comes twice: {keys}"
    return dict(pairs)


def placeholders(text: str | dict[str, str]) -> set[str]:
    """Return the placeholders of a text, of all its plural forms together."""
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


@pytest.mark.parametrize("language", PLURALS)
@pytest.mark.parametrize("file", FILES.values())
def test_every_language_has_the_same_texts_with_the_same_placeholders(language: str, file: str) -> None:
    english, other = catalogue(file.format("en")), catalogue(file.format(language))
    assert list(other) == list(english)
    assert {key: placeholders(other[key]) for key in other} == {key: placeholders(english[key]) for key in english}
    assert all(
        text.strip() for value in other.values() for text in ([value] if isinstance(value, str) else value.values())
    )


@pytest.mark.parametrize("language", PLURALS)
@pytest.mark.parametrize("file", FILES.values())
def test_texts_with_a_count_have_every_plural_form_of_their_language(language: str, file: str) -> None:
    counted = {key: value for key, value in catalogue(file.format(language)).items() if not isinstance(value, str)}
    assert {key: set(forms) for key, forms in counted.items()} == dict.fromkeys(counted, PLURALS[language])
    assert all("count" in placeholders(forms) for forms in counted.values())


def test_the_texts_before_a_language_is_loaded_are_there_in_every_language() -> None:
    first = catalogue("first.js")
    assert set(first) == set(PLURALS)
    assert {tuple(texts) for texts in first.values()} == {tuple(first["en"])}


def test_no_text_has_two_places() -> None:
    keys = [*catalogue("first.js")["en"], *(key for file in FILES.values() for key in catalogue(file.format("en")))]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("language", sorted(set(PLURALS) - {"en"}))
def test_a_translation_says_that_no_speaker_has_reviewed_it(language: str) -> None:
    for file in FILES.values():
        head = (FRONTEND / "texts" / file.format(language)).read_text(encoding="utf-8").splitlines()[1]
        assert "not yet reviewed by a speaker" in head or "reviewed by " in head, head


def _modules() -> dict[str, str]:
    """Return the code of each module, without comments."""
    found = {}
    for path in sorted((FRONTEND / "modules").rglob("*.js")):
        if path.name not in NOT_FOR_PARTICIPANTS:
            code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            found[path.name] = re.sub(r"(?m)(?<![:\"'`])//.*$", "", code)
    return found


def test_every_text_of_the_catalogue_is_used_and_every_used_one_is_there() -> None:
    known = {*catalogue("first.js")["en"], *(key for file in FILES.values() for key in catalogue(file.format("en")))}
    used, named = set(KEYS_BY_NAME), set()
    for code in _modules().values():
        for call in re.findall(r"\btext\(((?:[^()]|\([^()]*\))*)\)", code):
            named |= set(re.findall(r'"(\w+)"', re.sub(r"\{[^}]*\}|[=!]== \"[^\"]*\"|startsWith\([^)]*\)", "", call)))
        used |= set(re.findall(r"\btexts\.(\w+)", code))
    assert named - known == set(), "no such text"
    assert known - used - named - {"loading"} == set(), "no module shows these"


@pytest.mark.parametrize("name", _modules())
def test_modules_hold_no_words_for_participants(name: str) -> None:
    code = _modules()[name]
    shown = [match.group() for pattern in (SHOWN, SENTENCE) for match in pattern.finditer(code)]
    allowed = (
        "not loaded",
        "cannot be loaded",
        "Project ID Not Found",
        "You may exit now",
        "a part of the page could not be loaded",
    )
    assert [text for text in shown if not any(each in text for each in allowed)] == []


@pytest.mark.parametrize(
    "code",
    [
        'show(button("Go", act))',
        'make("p", {}, "Hello")',
        'const words = "Please wait a moment.";',
        'made.textContent = "Set";',
        'make("img", { alt: "Left" })',
        "announce(`Sent ${count}`)",
    ],
)
def test_words_in_a_module_are_found(code: str) -> None:
    assert SHOWN.search(code) or SENTENCE.search(code)


def test_style_sheets_hold_no_words() -> None:
    for path in FRONTEND.glob("*.css"):
        content = re.findall(
            r"(?<![\w-])content:[^;]*", re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        )
        assert [each for each in content if re.search(r'"[^"]*[A-Za-z]{3}[^"]*"', each.replace("\\00a0", ""))] == []
