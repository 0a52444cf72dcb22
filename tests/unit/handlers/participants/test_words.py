"""The texts of the API's pages: the same in every language, a study's own, and read only when needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from hippo_gym.participants import pages, words
from hippo_gym.studies.wording import Wording

LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "zh")
PLURALS: Final = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "zh": {"other"},
} | {language: {"one", "other"} for language in ("de", "en", "es", "fr")}
HANDLERS: Final = Path(words.__file__).parents[2]


def every_page(wording: Wording) -> dict[str, str]:
    """Return every page of the catalogue."""
    opens = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
    plain = [
        *(pages.thanks, pages.page_missing, pages.server_failed, pages.still_there, pages.elsewhere, pages.closed),
        *(pages.full, pages.proof_needed, pages.other_browser, pages.link_needed, pages.link_expired, pages.come_back),
    ]
    made = {make.__name__: make(wording) for make in plain}
    made |= {f"in_line {ahead}": pages.in_line(wording, ahead) for ahead in (0, 1, 2, 3, 11, 100)}
    return made | {
        "not_open": pages.not_open(wording, opens),
        "server_failed_for_good": pages.server_failed_for_good(wording, "C3"),
    }


def test_there_is_a_catalogue_of_every_language() -> None:
    assert words.languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_placeholders(language: str) -> None:
    def shape(texts: str | dict[str, str]) -> set[str]:
        forms = [texts] if isinstance(texts, str) else texts.values()
        return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}

    english, other = words.catalogue("en"), words.catalogue(language)
    assert list(other) == list(english)
    assert {key: shape(text) for key, text in other.items()} == {key: shape(text) for key, text in english.items()}  # type: ignore[arg-type]
    assert all(set(text) == PLURALS[language] for text in other.values() if not isinstance(text, str))
    assert len(str(other["notice.months"]).split(",")) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_language_and_fills_in_every_placeholder(language: str) -> None:
    wording = Wording(language, researcher="A. Name", contact="a@example.org")
    english = every_page(Wording(researcher="A. Name", contact="a@example.org"))
    for name, page in every_page(wording).items():
        assert not re.search(r"[{}]", page), name
        assert (page == english[name]) == (language == "en"), name
        assert page.startswith("<h1>" if language == "en" else f'<div lang="{language}"'), name
        assert (' dir="rtl"' in page) == (language == "ar"), name


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {"en"}))
def test_a_translation_says_that_no_speaker_has_reviewed_it(language: str) -> None:
    read = json.loads((HANDLERS / "hippo_gym" / "participants" / "texts" / f"{language}.json").read_text("utf-8"))
    assert "not yet reviewed by a speaker" in read["about"]


@pytest.mark.parametrize(
    ("language", "count", "category"),
    [
        *(("ar", 0, "zero"), ("ar", 1, "one"), ("ar", 2, "two"), ("ar", 3, "few"), ("ar", 10, "few")),
        *(("ar", 11, "many"), ("ar", 99, "many"), ("ar", 100, "other"), ("ar", 103, "few"), ("ar", 111, "many")),
        *(("fr", 0, "one"), ("fr", 1, "one"), ("fr", 2, "other"), ("en", 0, "other"), ("de", 1, "one")),
        *(("es", 2, "other"), ("zh", 1, "other")),
    ],
)
def test_plural_forms_are_those_of_cldr(language: str, count: int, category: str) -> None:
    assert words.plural(language, count) == category


def test_a_study_replaces_a_text_and_its_html_is_shown_as_text() -> None:
    wording = Wording("de", {"notice.full": "Wir sind <b>voll</b>.", "notice.inLineAhead": "Noch {count}."})
    assert "Wir sind &lt;b&gt;voll&lt;/b&gt;." in pages.full(wording)
    assert "Diese Studie ist voll" in pages.full(wording)
    assert "Noch 3." in pages.in_line(wording, 3)


def test_a_language_without_a_catalogue_gets_english_and_is_named() -> None:
    assert pages.full(Wording("nl")).startswith('<div lang="nl"><h1>This study is full')
    assert pages.full(Wording("he")).startswith('<div lang="he" dir="rtl">')


def test_a_region_has_the_texts_of_its_language() -> None:
    assert pages.full(Wording("de-AT")).startswith('<div lang="de-AT"><h1>Diese Studie ist voll')


@pytest.mark.parametrize(
    ("researcher", "contact", "shown"),
    [
        (None, None, "the researcher who invited you"),
        ("A. Name", None, "A. Name"),
        (None, "a@example.org", "a@example.org"),
        ("A. Name", "a@example.org", "A. Name (a@example.org)"),
    ],
)
def test_a_page_names_whom_to_write_to(researcher: str | None, contact: str | None, shown: str) -> None:
    assert f"write to {shown}." in pages.closed(Wording(researcher=researcher, contact=contact))


def test_a_cold_start_reads_no_texts() -> None:
    look = (
        "import builtins, io, sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import next_step\n"
        "print([name for name in opened if name.endswith('.json') and 'texts' in name.rpartition('handlers')[2]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env={"PYTHONPATH": str(HANDLERS), "AWS_REGION": "ca-central-1", "AWS_DEFAULT_REGION": "ca-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
