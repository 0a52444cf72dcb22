"""A study's language, its own texts, and whom participants may write to: what registration allows."""

from __future__ import annotations

from typing import Any

import pytest

from hippo_gym.participants import words
from hippo_gym.studies import own_texts
from hippo_gym.studies.projects import from_entry
from hippo_gym.studies.registration import read_payload
from tests.support.moto_world import entry


def faults(**changes: Any) -> list[str]:
    return [str(fault) for fault in read_payload(entry(**changes)).faults]


def warned(**changes: Any) -> list[str]:
    """Return the warnings that these keys bring."""
    found = read_payload(entry(**changes))
    assert found.faults == ()
    return [text for text in found.warnings if text not in read_payload(entry()).warnings]


def test_the_keys_reach_the_project() -> None:
    project = from_entry(entry(language="de-AT", texts={"submit": "Weiter"}, contact="a@example.org", researcher="A"))
    wording = project.wording
    assert (wording.language, wording.base, wording.texts) == ("de-AT", "de", {"submit": "Weiter"})
    assert wording.whom_to_write_to == "A (a@example.org)"


def test_a_study_without_the_keys_is_english() -> None:
    assert from_entry(entry()).wording.language == "en"
    assert not {"language", "texts", "contact"} & set(read_payload(entry(language=None, texts=None)).entry)


@pytest.mark.parametrize("key", ["language", "texts", "contact"])
@pytest.mark.parametrize("value", [7, "", ["de"], {"submit": ""}, "x" * 2000])
def test_another_kind_of_value_is_a_fault_that_names_its_place(key: str, value: Any) -> None:
    (fault, *_) = faults(**{key: value})
    assert fault.startswith(key)


@pytest.mark.parametrize("language", ["DE", "german", "de_AT", "de\n", "../de", "d"])
def test_a_language_is_a_tag(language: str) -> None:
    assert faults(language=language)[0].startswith("language: ")


def test_an_unknown_key_is_a_fault_that_names_the_nearest_one() -> None:
    (fault,) = faults(texts={"submitt": "Weiter"})
    assert fault.startswith("texts.submitt: found an unknown key")
    assert "did you mean 'submit'?" in fault


def test_an_unknown_placeholder_is_a_fault() -> None:
    (fault,) = faults(texts={"step": "{at} von {off}"})
    assert fault == "texts.step: found the placeholder {off}; allowed: {at}, {of} (did you mean '{of}'?)"


def test_a_placeholder_that_a_text_leaves_out_is_a_warning_but_a_count_may_be_left_out() -> None:
    assert warned(texts={"step": "Schritt {at}", "lineAhead": "Bald."}) == [
        "texts.step lacks {of}: participants do not see it"
    ]


@pytest.mark.parametrize("text", ["<b>On</b>", "On<br>", "A &amp; B", {"one": "<i>1</i>", "other": "2"}])
def test_html_is_a_warning(text: Any) -> None:
    assert warned(texts={"faults": text}) == ["texts.faults looks like HTML: participants see its tags as text"]


@pytest.mark.parametrize("text", ["a < b", "1 > 0", "this & that", "<3"])
def test_signs_are_no_html(text: str) -> None:
    assert warned(texts={"submit": text}) == []


def test_forms_by_plural_category_need_other() -> None:
    assert faults(texts={"faults": {"one": "1", "few": "2"}})[0].startswith("texts.faults: ")
    assert warned(texts={"faults": {"one": "Noch eine", "other": "Noch {count}"}}) == []


def test_a_language_without_texts_is_a_warning_that_counts_what_is_missing() -> None:
    (text,) = warned(language="nl", texts={"submit": "Verder"})
    assert f"{len(own_texts.placeholders()) - 1} texts" in text
    assert "ar, de, en, es, fr, zh" in text


def test_a_language_without_texts_whose_study_has_every_text_is_fine() -> None:
    whole = {key: " ".join(f"{{{name}}}" for name in names) or "x" for key, names in own_texts.placeholders().items()}
    assert warned(language="nl", texts=whole) == []


def test_a_region_is_a_warning_that_names_its_language() -> None:
    assert warned(language="pt-BR")
    assert warned(language="de-AT") == ["language 'de-AT' has the texts of 'de'"]


@pytest.mark.parametrize("language", own_texts.languages())
def test_a_language_of_the_product_is_fine(language: str) -> None:
    assert warned(language=language) == []


def test_the_page_and_the_api_have_the_same_languages() -> None:
    assert own_texts.languages() == words.languages()


def test_an_entry_with_a_text_that_this_release_does_not_know_is_served() -> None:
    """A newer release may have written it."""
    assert from_entry(entry(texts={"aTextOfTomorrow": "x"})).wording.texts == {"aTextOfTomorrow": "x"}
