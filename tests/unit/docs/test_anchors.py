"""Every anchor of a document that code, Terraform, a workflow or another document points to exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.docs.documents import ROOT, anchors, commands, headings

_READ = {".py", ".tf", ".md", ".yml", ".tfvars", ".hcl", ".js", ".html", ".toml", ".json"}
_POINTER = re.compile(r"(?<![\w/.-])((?:\.{1,2}/)*[\w./-]*?\w\.md)#([\w-]+)")
_TITLE = re.compile(r"\b(docs/[\w/-]+\.md),\s+\"?([A-Z][^\"`;()\n]+)")
_OWN = re.compile(r"\]\(#([^)\s]+)\)")
_INVENTED = {"tests/unit/docs/test_links.py", "tests/unit/docs/test_anchors.py"}
"""They hold wrong pointers on purpose."""


def broken(text: str, file: Path, root: Path = ROOT) -> list[str]:
    """Return the pointers of a file that lead to no heading.

    A pointer is a path from the repository's root (`docs/operate.md#anchor`), from the file's own folder
    (`operate.md#anchor`), or, in a document, `#anchor` alone. Code may also write the heading itself: the path, a
    comma, and the heading or its beginning.
    """
    found = []
    for name, anchor in _POINTER.findall(text):
        targets = [path for path in (file.parent / name, root / name, root / "docs/reference" / name) if path.is_file()]
        if not targets or anchor not in anchors(targets[0].read_text("utf-8")):
            found.append(f"{name}#{anchor}")
    for name, title in _TITLE.findall(text) if file.suffix != ".md" else []:
        page = root / name
        words = title.partition(". ")[0].strip(" .")
        if not page.is_file() or not any(one.startswith(words) for one in headings(page.read_text("utf-8"))):
            found.append(f"{name}, {words}")
    if file.suffix == ".md":
        own = anchors(text)
        found += [f"#{anchor}" for anchor in _OWN.findall(text) if anchor not in own]
    return found


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    return [ROOT / name for name in listed.splitlines() if name not in _INVENTED]


def test_every_anchor_exists() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): faults
        for path in tracked()
        if path.suffix in _READ and path.is_file() and (faults := broken(path.read_text("utf-8"), path))
    }
    assert found == {}


ANCHOR = re.compile(r'\banchor\s+= "([\w-]+)"')


def test_every_alarm_s_anchor_is_an_entry() -> None:
    """Terraform makes the link from `runbook_url`, "#alarm-" and this anchor."""
    named = {
        anchor
        for path in (ROOT / "terraform/modules/monitoring").glob("*.tf")
        for anchor in ANCHOR.findall(path.read_text("utf-8"))
    }
    [page] = set(
        re.findall(
            r'default += "(docs/\w+\.md)"', (ROOT / "terraform/modules/monitoring/variables.tf").read_text("utf-8")
        )
    )
    entries = anchors((ROOT / page).read_text("utf-8"))
    assert len(named) > 10
    assert {f"alarm-{anchor}" for anchor in named} <= entries


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("cli/a.py", '"docs/guide.md#gone"', "docs/guide.md#gone"),
        ("terraform/a.tf", "# docs/guide.md#gone", "docs/guide.md#gone"),
        ("docs/other.md", "[a](guide.md#gone)", "guide.md#gone"),
        ("docs/other.md", "[a](../README.md#gone)", "../README.md#gone"),
        ("docs/other.md", "# Title\n\n[a](#gone)", "#gone"),
        ("cli/a.py", '"docs/missing.md#the-title"', "docs/missing.md#the-title"),
        ("cli/a.py", '"docs/guide.md, The tittle"', "docs/guide.md, The tittle"),
        ("terraform/a.tf", '# docs/guide.md, "Another title"', "docs/guide.md, Another title"),
    ],
)
def test_a_wrong_anchor_is_found(tmp_path: Path, name: str, text: str, fault: str) -> None:
    for file, content in {"docs/guide.md": "# The title\n", "README.md": "# Read me\n", name: text}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content, "utf-8")
    assert broken(text, tmp_path / name, tmp_path) == [fault]


def test_a_right_anchor_is_not() -> None:
    text = "# One: `two` (three)\n\n## Again\n\n## Again\n\n[x](#one-two-three) [y](#again-1)\n"
    assert broken(text, ROOT / "docs" / "a.md") == []


def test_code_in_a_document_is_found() -> None:
    assert commands("text `a b`\n\n    c d\n\n```sh\ne f\n```\n").split() == [
        "```sh",
        "e",
        "f",
        "```",
        "c",
        "d",
        "a",
        "b",
    ]
