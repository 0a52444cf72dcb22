"""`hippo validate` on a study's language and own texts: the place, and what to do."""

from __future__ import annotations

from pathlib import Path

from hippo_cli.study.findings import Severity
from tests.unit.cli.study.studies import codes, judged, only, project


def test_an_unknown_key_is_an_error_at_its_line_that_names_the_nearest_key(tmp_path: Path) -> None:
    study = judged(tmp_path, project(texts={"submitt": "Weiter"}))
    finding = only(study, "unknown-key")
    assert (finding.severity, finding.fix) == (Severity.ERROR, "Rename it to `submit`.")
    lines = (tmp_path / "config.yml").read_text().splitlines()
    assert "submitt" in lines[(finding.place.line or 0) - 1]


def test_an_unknown_placeholder_is_an_error_that_names_the_one_that_is_meant(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, project(texts={"step": "{at} von {off}"})), "not-allowed")
    assert finding.fix == "Write `{of}`."


def test_html_a_missing_placeholder_and_a_language_without_texts_are_warnings(tmp_path: Path) -> None:
    study = judged(tmp_path, project(language="nl", texts={"waitTitle": "<b>Wacht</b>", "step": "Stap {at}"}))
    found = [finding for finding in study.findings if finding.severity is Severity.WARNING]
    assert len(found) == 3
    assert all(finding.place.line for finding in found)
    assert {"language", "texts"} == {finding.what.split()[0].split(".")[0] for finding in found}


def test_a_study_in_german_with_a_text_of_its_own_has_no_finding(tmp_path: Path) -> None:
    wording = {"language": "de", "contact": "a@example.org", "texts": {"submit": "Weiter", "notice.full": "Voll."}}
    assert codes(judged(tmp_path, project(**wording))) == []
