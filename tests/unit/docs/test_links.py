"""No document has a broken link, and no file cites a file that is not in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from references import site
from tests.unit.workflows.files import targets

ROOT = Path(__file__).resolve().parents[3]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_every_link_of_a_document_leads_to_a_file(tmp_path: Path) -> None:
    site.prepare(ROOT, tmp_path / "docs")
    assert (tmp_path / "docs" / "README.md").is_file()
    assert (tmp_path / "docs" / "schemas" / "project.schema.json").is_file()


def repository(folder: Path, text: str) -> Path:
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "README.md").write_text("# Part\n", "utf-8")
    (folder / "data.json").write_text("{}", "utf-8")
    (folder / "README.md").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("link", ["gone.md", "part/gone.md", "../outside.md", "gone/", "gone.md#anchor"])
def test_a_broken_link_is_reported_with_its_document(tmp_path: Path, link: str) -> None:
    (tmp_path / "outside.md").write_text("", "utf-8")
    root = repository(tmp_path / "root", f"[text]({link})\n")
    with pytest.raises(site.LinkBroken, match=re.escape(f"README.md: {link.partition('#')[0]}")):
        site.prepare(root, tmp_path / "docs")


def test_a_link_to_a_folder_leads_to_its_readme(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", "[a](part) [b](part/#part) [c](data.json) [d](https://example.net/x)\n")
    site.prepare(root, tmp_path / "docs")
    text = (tmp_path / "docs" / "README.md").read_text("utf-8")
    assert text == "[a](part/README.md) [b](part/README.md#part) [c](data.json) [d](https://example.net/x)\n"
    assert (tmp_path / "docs" / "data.json").is_file()


def test_code_is_not_searched_for_links(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", "`[a](gone.md)`\n\n```python\n[b](gone.md)\n```\n")
    site.prepare(root, tmp_path / "docs")


CITED = re.compile(r"(?<![\w/.-])((?:docs|schemas)/[\w/.-]+\.(?:md|json|svg))\b")


def test_every_file_that_the_sources_cite_is_in_the_repository() -> None:
    missing = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in tracked()
        if path.suffix in {".py", ".md", ".tf", ".js", ".yml", ".toml", ".html"} and "tests" not in path.parts
        for name in CITED.findall(path.read_text("utf-8"))
        if not (ROOT / name).exists()
    }
    assert missing == set()


ELSEWHERE = re.compile(
    r"\b(?:DESIGN|COMPATIBILITY|HOUSE|GAMES|STYLE|AWS" + r"_FACTS)\.md|AWS" + r"_FACTS|\.\./shared\b|/work/"
)
"""Documents and folders that are not part of the repository."""


def test_no_file_cites_a_document_outside_the_repository() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {match[0]}"
        for path in tracked()
        if path != Path(__file__) and path.suffix not in {".png", ".zip", ".onnx"}
        for match in ELSEWHERE.finditer(path.read_text("utf-8", errors="ignore"))
    ]
    assert found == []


def test_make_docs_counts_a_warning_as_an_error() -> None:
    """MkDocs counts only the warnings that it shows: with --quiet, --strict has no effect."""
    recipe = targets()["docs"]
    assert "mkdocs build --strict" in recipe
    assert not re.search(r"mkdocs build[^\n#]*(--quiet|-q)\b", recipe)
