"""Parts of a study that do not fit each other, and a Dockerfile that does not fit the study."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.study import Severity, read
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, codes, judged, only, project, write

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
CODE = '<p>Code:</p>\n<span class="x COMPLETION_CODE"></span> You may exit now'
FINISHED = {"completion": {"codes": {"finished": "A"}}}
ONE_OF_AN_EXIT = {"completion": {"codes": {"refused": "B"}}}
REFUSED = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}}


@pytest.mark.parametrize(
    ("closes", "found"),
    [
        ("2026-12-01T09:00:00+01:00", ["closed"]),
        ("2026-11-30T23:00:00Z", ["closed"]),
        ("2026-12-01T08:00:01Z", []),
    ],
)
def test_a_closing_time_that_is_over_is_a_warning(tmp_path: Path, closes: str, found: list[str]) -> None:
    assert codes(read(write(tmp_path, project(closesAt=closes)), now=NOW)) == found


def test_a_label_of_a_step_that_does_not_exist_is_a_warning_at_its_line(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, project(progress={"1": "A", "7": "B", "finalStep": "C"})), "label-without-step")
    assert (finding.where, finding.fix) == ("project.progress.7", "Name one of its steps: 1, 2, 3, finalStep.")


@pytest.mark.parametrize(
    ("changes", "files", "found"),
    [
        ({}, {"4_thanks.html": CODE}, ("code-missing", "4_thanks.html", 2, "'finished'")),
        (ONE_OF_AN_EXIT, {"4_thanks.html": CODE}, ("code-missing", "4_thanks.html", 2, "")),
        (FINISHED, {"4_thanks.html": CODE}, None),
        (FINISHED, {"9_declined.html": CODE}, ("code-missing", "9_declined.html", 2, "'refused'")),
        (FINISHED, {"3_survey.html": CODE[:-17]}, ("code-early", "3_survey.html", 2, "")),
    ],
)  # fmt: skip
def test_a_place_for_a_code_that_stays_empty_is_a_warning(
    tmp_path: Path, changes: dict[str, Any], files: dict[str, str], found: tuple[str, str, int, str] | None
) -> None:
    consent = '<input type="radio" name="consent" value="no">'
    pages = {**PAGES, **DOCKERFILE, "1_consent.html": consent, "9_declined.html": "You may exit now", **files}
    study = judged(tmp_path, project(exits=REFUSED, **changes), pages)
    if found is None:
        assert study.findings == ()
        return
    finding = only(study, found[0])
    assert (finding.severity, finding.file, finding.line) == (Severity.WARNING, *found[1:3])
    assert found[3] in finding.what


@pytest.mark.parametrize("text", ["<p>Thanks. You may exit now.</p>", "<p>Thanks</p>"])
def test_one_page_for_the_last_number_and_the_final_step_is_a_warning(tmp_path: Path, text: str) -> None:
    steps = {1: "1_consent.html", 2: "game", 3: "3_survey.html", 4: "4_thanks.html", "finalStep": "4_thanks.html"}
    study = judged(tmp_path, project(steps=steps), {**PAGES, **DOCKERFILE, "4_thanks.html": text})
    assert study.is_valid
    assert only(study, "final-twice").where == "project.steps.4"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("COPY game.py /app/", []),
        ("COPY . /app", []),
        ("COPY --chown=app missing.py other.txt /app/", ["copy-missing"]),
        ('COPY ["missing file.py", "/app/"]', ["copy-missing"]),
        ("COPY \\\n  game.py \\\n  missing.py \\\n  /app/", ["copy-missing"]),
        ("COPY --from=build /out /app", []),
        ("ADD https://x.example/a.tar.gz /app", []),
        ("COPY hippo_play-*.whl $FILES *.py /app/", []),
        ("COPY <<EOF /app/x", []),
        ("# COPY missing.py /app/", []),
        ("EXPOSE 5000", []),
        ("EXPOSE 8080/tcp", ["port-not-exposed"]),
        ("EXPOSE 8080 5000/tcp", []),
        ("EXPOSE $PORT", []),
        ("EXPOSE 4000-6000", []),
    ],
)
def test_a_dockerfile_that_does_not_fit_is_reported(tmp_path: Path, lines: str, found: list[str]) -> None:
    files = {**PAGES, "Dockerfile": f"FROM scratch\n\n{lines}\n", "game.py": ""}
    study = judged(tmp_path, project(), files)
    assert codes(study) == found
    assert [finding.line for finding in study.findings] in ([], [3], [3, 3])


def test_the_port_of_config_yml_is_the_one_to_expose(tmp_path: Path) -> None:
    files = {**PAGES, "Dockerfile": "FROM scratch\nEXPOSE 5000\n"}
    finding = only(judged(tmp_path, project(port=6000), files), "port-not-exposed")
    assert ("6000" in finding.what, "5000" in finding.what) == (True, True)


def test_a_dockerfile_is_not_checked_if_the_command_names_an_image(tmp_path: Path) -> None:
    config = write(tmp_path, project(), {**PAGES, "Dockerfile": "FROM scratch\nCOPY missing /app\n"})
    assert codes(read(config, has_image=True)) == []
