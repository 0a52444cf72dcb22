"""A study's files are those in its folder: links and paths that leave it are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_cli.main import run
from hippo_cli.preview.stage import Stage
from hippo_cli.study import Study, read
from hippo_cli.study.boundary import outside
from hippo_common.errors import HippoError
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, PROJECT, project, write

SECRET = "<p>secret of this machine</p>"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "1_consent.html").write_text(SECRET)
    (folder / "Dockerfile").write_text("FROM secret\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study").mkdir()
    write(tmp_path / "study", PROJECT)
    return tmp_path / "study"


def codes(study: Study) -> set[str]:
    return {finding.code for finding in study.errors}


def is_refused_everywhere(folder: Path) -> None:
    study = read(folder)
    assert not study.is_valid
    assert SECRET.encode() not in study.pages.values()
    assert run(["validate", str(folder)]) == 1
    stage = Stage(folder)
    assert SECRET.encode() not in stage.study.pages.values()
    assert SECRET not in repr(stage.state("ada"))


def test_a_page_that_is_a_link_out_of_the_folder_is_refused(
    folder: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "1_consent.html").unlink()
    (folder / "1_consent.html").symlink_to(elsewhere / "1_consent.html")
    assert codes(read(folder)) == {"page-outside"}
    is_refused_everywhere(folder)
    assert "1_consent.html:1:1: error: this page leads out of the study's folder, to " in capsys.readouterr().err


def test_a_variant_and_a_folder_that_are_links_are_refused(folder: Path, elsewhere: Path) -> None:
    (folder / "1_consent-1.html").symlink_to("../elsewhere/1_consent.html")
    assert "page-outside" in codes(read(folder))
    is_refused_everywhere(folder)
    (folder / "1_consent-1.html").unlink()
    (folder / "sub").symlink_to(elsewhere)
    write(folder, project(steps={**PROJECT["steps"], 1: "sub/1_consent.html"}))
    assert "page-outside" in codes(read(folder))
    is_refused_everywhere(folder)


@pytest.mark.parametrize("name", ["../elsewhere/1_consent.html", "x/../../elsewhere/1_consent.html", "{absolute}"])
def test_a_name_that_leads_out_of_the_folder_is_refused(folder: Path, elsewhere: Path, name: str) -> None:
    named = name.format(absolute=elsewhere / "1_consent.html")
    write(folder, project(steps={**PROJECT["steps"], 1: named}))
    is_refused_everywhere(folder)


def test_a_config_that_is_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_secret_access_key = x\n")
    (folder / "config.yml").unlink()
    (folder / "config.yml").symlink_to(tmp_path / "credentials")
    with pytest.raises(HippoError, match="leads out of the study's folder"):
        read(folder)


@pytest.mark.parametrize("name", ["Dockerfile", "server/Dockerfile"])
def test_a_dockerfile_that_is_a_link_out_of_the_folder_is_refused(folder: Path, elsewhere: Path, name: str) -> None:
    (folder / "Dockerfile").unlink()
    if "/" in name:
        (folder / "server").symlink_to(elsewhere)
    else:
        (folder / name).symlink_to(elsewhere / "Dockerfile")
    assert codes(read(folder)) == {"dockerfile-outside"}


def test_links_within_the_folder_are_allowed(folder: Path) -> None:
    (folder / "1_consent.html").rename(folder / "page.html")
    (folder / "1_consent.html").symlink_to("page.html")
    study = read(folder)
    assert study.is_valid
    assert study.pages["1_consent.html"] == PAGES["1_consent.html"].encode()


def test_a_study_in_a_folder_that_is_a_link_is_allowed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(folder)
    assert read(tmp_path / "shortcut").is_valid
    assert DOCKERFILE


def test_a_circle_of_links_is_outside(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert outside(tmp_path / "a" / "x", tmp_path) in (None, "a place that cannot be found")
    assert outside(tmp_path / "a\0b", tmp_path) == "a place that cannot be found"
