"""The files of a study's steps: missing files, variants and ambiguous names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.memory_bucket import MemoryBucket
from hippo_cli.study import Study
from hippo_cli.study.pages import groups
from hippo_gym.participants.pages import Pages
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.studies.assignment import Assigned, group
from hippo_gym.studies.object_cache import ObjectCache
from tests.unit.cli.study.studies import codes, judged, only, project

EXIT = "You may exit now"


def survey(tmp_path: Path, files: list[str] | dict[str, Any], **steps: str) -> Study:
    """A study of `page.html` at step 1, with these files and no server."""
    named = dict.fromkeys(files, "<p>Hello</p>") if isinstance(files, list) else files
    all_steps: dict[Any, str] = {
        1: "page.html",
        **{int(key[1:]): file for key, file in steps.items()},
        "finalStep": "end.html",
    }
    config = project(steps=all_steps, events=..., awsSetup=...)
    return judged(tmp_path, config, {"end.html": EXIT, **named})


def test_a_missing_page_is_an_error_at_its_step(tmp_path: Path) -> None:
    finding = only(survey(tmp_path, []), "page-missing")
    assert finding.where == "project.steps.1"
    assert "page.html" in (tmp_path / "config.yml").read_text().splitlines()[finding.line - 1]


@pytest.mark.parametrize("there", ["Page.html", "pages/page.html", "pgae.html"])
def test_the_error_for_a_missing_page_names_a_similar_one(tmp_path: Path, there: str) -> None:
    assert there in only(survey(tmp_path, [there]), "page-missing").fix


def test_names_are_compared_exactly_on_every_file_system(tmp_path: Path) -> None:
    study = survey(tmp_path, ["Page.html"])
    assert "upper and lower case" in only(study, "page-missing").what
    assert "page.html" not in study.pages


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["page.html"], []),
        (["page.html", "page-1.html"], []),
        (["page-0.html", "page-1.html"], []),
        (["page.html", "page-0.html", "page-1.html", "page-2.html"], []),
        (["page-1.html"], []),
        (["page.html", "page-2.html"], ["variant-not-shown"]),
        (["page-0.html", "page-2.html"], ["variant-not-shown"]),
        (["page.html", "page-0.html", "page-3.html"], ["variant-not-shown"]),
        (["page.html", "page-9.html"], ["variant-not-found"]),
        (["page-9.html"], ["variant-not-found"]),
        (["page.html", "page-01.html"], ["variant-name"]),
        (["page.html", "page_1.html"], ["variant-name"]),
        (["page.html", "page-1.htm"], ["variant-name"]),
        (["page.html", "page-two.html", "pages-1.html"], []),
    ],
)
def test_variants_are_complete(tmp_path: Path, files: list[str], found: list[str]) -> None:
    assert codes(survey(tmp_path, files)) == found


def test_a_variant_with_a_wrong_number_gets_a_free_number(tmp_path: Path) -> None:
    assert only(survey(tmp_path, ["page.html", "page-5.html"]), "variant-not-found").fix == "Rename it to page-1.html."
    assert survey(tmp_path, ["page-0.html"]).errors


@given(has_base=st.booleans(), numbers=st.sets(st.integers(0, 8), max_size=5))
def test_the_used_variants_are_those_that_participants_see(has_base: bool, numbers: set[int]) -> None:
    names = ["page.html"] * has_base + [f"page-{number}.html" for number in sorted(numbers)]
    bucket = MemoryBucket({f"study/{name}": name.encode() for name in names})
    pages = Pages(ObjectCache(bucket, SystemClock(), 0))
    users = [f"user-{number}" for number in range(40)]
    seen = [pages.find("study", None, "page.html", Assigned(user)) for user in users]
    shown = groups("page.html", names)
    assert seen == [shown[group(user, len(shown))] if shown else None for user in users]


def test_a_page_that_is_another_steps_variant_is_an_error(tmp_path: Path) -> None:
    study = survey(tmp_path, ["page.html", "page-1.html"], _2="page-1.html")
    assert only(study, "page-is-variant").where == "project.steps.2"
    assert not study.is_valid


def test_names_that_differ_only_in_case_give_a_warning(tmp_path: Path) -> None:
    study = survey(tmp_path, ["page.html", "Page.html"], _2="Page.html")
    if len([path for path in tmp_path.iterdir() if path.name.lower() == "page.html"]) == 2:
        assert codes(study) == ["name-case"]
    else:
        assert not study.is_valid


def test_an_unused_numbered_page_gives_a_warning(tmp_path: Path) -> None:
    assert codes(survey(tmp_path, ["page.html", "2_quiz.html", "notes.html"])) == ["page-unused"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"caf\xe9", "page-encoding"),
        (b"\xff\xfe<\x00p\x00", "page-encoding"),
        ("<p>Hello</p>".encode("utf-16-le"), "page-encoding"),
        ("<p>Größe</p>".encode("utf-16-be"), "page-encoding"),
        (b"<p>x</p>\x00", None),
        (b" \n", "page-empty"),
        (b"x" * 1_500_000, "page-large"),
        (b'"' * 2_500_000, "page-too-large"),
        (b"\xef\xbb\xbfHello", None),
    ],
)
def test_a_page_can_be_read_and_served(tmp_path: Path, content: bytes, found: str | None) -> None:
    assert codes(survey(tmp_path, {"page.html": content})) == ([found] if found else [])


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"page.html": EXIT}, ["exit-early"]),
        ({"page.html": f"<input name=a>\n{EXIT}"}, ["exit-with-fields"]),
        ({"page.html": "a", "end.html": "bye"}, ["no-exit"]),
        ({"page.html": "a", "end.html": f"<input name=a> {EXIT}"}, ["exit-with-fields"]),
        ({"page.html": "a", "end.html": f"<input type=hidden name=a> {EXIT}"}, []),
    ],
)
def test_only_the_last_page_hides_the_submit_button(tmp_path: Path, files: dict[str, str], found: list[str]) -> None:
    assert codes(survey(tmp_path, files)) == found


def test_an_early_exit_has_its_line(tmp_path: Path) -> None:
    finding = only(survey(tmp_path, {"page.html": f"a\nb\n{EXIT}"}), "exit-early")
    assert (finding.file, finding.line) == ("page.html", 3)


def test_utf_16_without_a_mark_is_called_by_its_name(tmp_path: Path) -> None:
    finding = only(survey(tmp_path, {"page.html": "<p>Hello</p>".encode("utf-16-le")}), "page-encoding")
    assert ("UTF-16" in finding.what, "UTF-8" in finding.fix) == (True, True)
