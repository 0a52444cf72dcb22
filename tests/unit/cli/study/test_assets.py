"""The folder `assets` of a study: which files are uploaded, and what is wrong with the addresses of pages."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hippo_cli.study import Study, assets, read
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, PROJECT, project, write

PICTURE = b"\x89PNG picture"


def study(folder: Path, page: str, files: dict[str, bytes | str], **changes: object) -> Study:
    """Read a study whose first page is `page`, with files in its folder `assets`."""
    named = {f"assets/{name}": content for name, content in files.items()}
    return read(write(folder, project(**changes), PAGES | DOCKERFILE | named | {"1_consent.html": page}))


def codes(found: Study) -> list[tuple[str, str]]:
    return [(finding.code, finding.file) for finding in found.findings]


def test_files_are_found_in_all_folders_below(tmp_path: Path) -> None:
    found = study(tmp_path, "<p>a</p>", {"a.png": PICTURE, "sounds/b c.mp3": b"b"})
    assert {name: (each.size, each.digest, each.content_type) for name, each in found.assets.items()} == {
        "assets/a.png": (len(PICTURE), hashlib.sha256(PICTURE).hexdigest(), "image/png"),
        "assets/sounds/b c.mp3": (1, hashlib.sha256(b"b").hexdigest(), "audio/mpeg"),
    }
    assert found.is_valid


def test_the_entry_names_the_digest_of_names_and_contents(tmp_path: Path) -> None:
    first = study(tmp_path / "1", "<p>a</p>", {"a.png": PICTURE}).entry["assets"]
    same = study(tmp_path / "2", "<p>b</p>", {"a.png": PICTURE}).entry["assets"]
    changed = study(tmp_path / "3", "<p>a</p>", {"a.png": PICTURE + b"!"}).entry["assets"]
    renamed = study(tmp_path / "4", "<p>a</p>", {"b.png": PICTURE}).entry["assets"]
    assert first == same
    assert len({first, changed, renamed}) == 3


def test_a_study_without_files_has_no_digest_even_if_config_yml_names_one(tmp_path: Path) -> None:
    assert "assets" not in read(write(tmp_path, project(assets="9b1f0c2d3e4a5b67"))).entry


@pytest.mark.parametrize(
    "html",
    [
        '<img src="assets/a.png">',
        '<img src="./assets/a.png?x=1#y">',
        '<img src="../assets/a.png">',
        '<img srcset="assets/a.png 1x, assets/b%20c.png 2x">',
        '<a href="assets/a.png">a</a>',
        '<p style="background: url(assets/a.png)">a</p>',
        '<style>p { background: url("assets/b c.png") }</style><p>a</p>',
        '<link rel="stylesheet" href="assets/s.css"><p>a</p>',
        '<audio src="assets/a.png"></audio><video poster="assets/a.png"><source src="assets/a.png"></video>',
    ],
)
def test_every_way_to_name_a_file_is_known(tmp_path: Path, html: str) -> None:
    files: dict[str, bytes | str] = {"a.png": PICTURE, "b c.png": PICTURE, "s.css": "p { color: red }"}
    assert codes(study(tmp_path / "with", html, files)) == []
    without = study(tmp_path / "without", html, {})
    assert {code for code, _ in codes(without)} == {"html-asset-missing"}
    assert not without.is_valid


def test_a_name_in_other_case_is_reported_with_the_right_one(tmp_path: Path) -> None:
    (fault,) = study(tmp_path, '<p>a</p>\n<img src="assets/A.PNG">', {"a.png": PICTURE}).errors
    assert (fault.place.line, fault.fix) == (2, "Write assets/a.png.")
    assert "upper and lower case" in fault.what


def test_a_similar_name_is_proposed(tmp_path: Path) -> None:
    (fault,) = study(tmp_path, '<img src="assets/pcture.png">', {"picture.png": PICTURE}).errors
    assert fault.fix.startswith("Write assets/picture.png,")


def test_another_relative_address_is_told_where_files_belong(tmp_path: Path) -> None:
    (fault,) = study(tmp_path, '<img src="images/a.png">', {}).warnings
    assert "put the file into the folder `assets`" in fault.fix


@pytest.mark.parametrize("style", ["assets/s.css", "https://lab.example.org/s.css"])
def test_the_studys_style_sheet_may_be_one_of_its_files(tmp_path: Path, style: str) -> None:
    assert codes(study(tmp_path, "<p>a</p>", {"s.css": "p { color: red }"}, style=style)) == []


def test_a_style_sheet_of_the_study_that_is_missing_is_an_error(tmp_path: Path) -> None:
    (fault,) = study(tmp_path, "<p>a</p>", {"s.css": "p { color: red }"}, style="assets/t.css").errors
    assert (fault.code, fault.where) == ("style-missing", "project.style")


def test_a_style_sheet_that_names_a_missing_file_is_reported_with_its_line(tmp_path: Path) -> None:
    sheet = "p { color: red }\np { background: url(../a.png) }\n@font-face { src: url('fonts/f.woff2') }"
    (fault,) = study(tmp_path, "<p>a</p>", {"css/s.css": sheet, "a.png": PICTURE}).warnings
    assert (fault.code, fault.file, fault.place.line) == ("asset-missing", "assets/css/s.css", 3)


@pytest.mark.parametrize("name", ["page.html", "script.js", "notes.docx", "program", "m.mjs", "x.xhtml", "s.swf"])
def test_a_file_that_could_run_a_script_or_is_unknown_is_not_uploaded(tmp_path: Path, name: str) -> None:
    found = study(tmp_path, "<p>a</p>", {name: b"x"})
    assert (codes(found), dict(found.assets)) == ([("asset-type", f"assets/{name}")], {})


@pytest.mark.parametrize("name", [".DS_Store", ".git/config", "Thumbs.db"])
def test_files_that_systems_make_are_ignored(tmp_path: Path, name: str) -> None:
    found = study(tmp_path, "<p>a</p>", {name: b"x"})
    assert (codes(found), dict(found.assets)) == ([], {})


@pytest.mark.parametrize("name", ["50%.png", "what?.png", "a#b.png"])
def test_a_name_that_an_address_cannot_have_is_an_error(tmp_path: Path, name: str) -> None:
    assert codes(study(tmp_path, "<p>a</p>", {name: PICTURE})) == [("asset-name", f"assets/{name}")]


def test_a_link_out_of_the_folder_is_an_error(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    path = write(tmp_path / "study", PROJECT)
    (tmp_path / "study" / "assets").mkdir()
    (tmp_path / "study" / "assets" / "a.png").symlink_to(secret)
    found = read(path)
    assert (codes(found), dict(found.assets)) == ([("asset-outside", "assets/a.png")], {})


def test_files_that_are_too_large_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "LARGEST", 10)
    monkeypatch.setattr(assets, "LARGEST_TOGETHER", 15)
    found = study(tmp_path, "<p>a</p>", {"a.png": b"x" * 11, "b.png": b"x" * 9})
    assert codes(found) == [("assets-too-large", "assets"), ("asset-too-large", "assets/a.png")]
