"""Prepares build/docs, the folder from which MkDocs builds the site: `python -m references.site`.

The documents are in several folders of the repository and link to each other and to other files by
relative paths, so that they read well on GitHub. build/docs mirrors a part of the repository: each
document, and each file to which a document links. MkDocs then checks every link.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

_DOCUMENTS: Final = (
    "*.md",
    "docs/**/*.md",
    "examples/*/README.md",
    "frontend/README.md",
    "schemas/README.md",
    "terraform/examples/**/README.md",
    "terraform/modules/*/README.md",
)
_LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_CODE: Final = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


class LinkBroken(Exception):
    """A document links to a file that does not exist, or to a folder without a README."""


def prepare(root: Path, folder: Path) -> None:
    """Fill the folder with the documents of the repository, and the files to which they link.

    Raises:
        LinkBroken: some links lead to no file; the text has a line for each.
    """
    shutil.rmtree(folder, ignore_errors=True)
    documents = [path for pattern in _DOCUMENTS for path in sorted(root.glob(pattern))]
    broken: list[str] = []
    for document in documents:
        name = document.relative_to(root)
        text, linked, missing = _resolved(document, root)
        _write(folder / name, text.encode())
        broken += [f"{name.as_posix()}: {link}" for link in missing]
        for file in linked:
            if file not in documents:
                _write(folder / file.relative_to(root), file.read_bytes())
    if broken:
        raise LinkBroken("\n".join(broken))


def _resolved(document: Path, root: Path) -> tuple[str, list[Path], list[str]]:
    """Return a document with resolved links, the files to which it links, and its broken links."""
    linked: list[Path] = []
    missing: list[str] = []

    def resolve(match: re.Match[str]) -> str:
        target = (document.parent / match[1]).resolve()
        found = target / "README.md" if target.is_dir() else target
        if not found.is_file() or not found.is_relative_to(root):
            missing.append(match[0])
            return match[0]
        linked.append(found)
        return f"{match[1].rstrip('/')}/README.md{match[2] or ''}" if target.is_dir() else match[0]

    text = "".join(part if code else _LINK.sub(resolve, part) for code, part in _parts(document.read_text("utf-8")))
    return text, linked, missing


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a document, each with whether it is code, which contains no links."""
    for number, part in enumerate(_CODE.split(text)):
        yield number % 2 == 1, part


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main() -> None:
    """Prepare build/docs, or exit with a list of the broken links."""
    try:
        prepare(ROOT, ROOT / "build" / "docs")
    except LinkBroken as error:
        sys.exit(f"These links lead to no file:\n{error}")


if __name__ == "__main__":
    main()
