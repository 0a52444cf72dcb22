"""Make `build/page/`: the files of `frontend/` as a deployment uploads them, without comments and white space.

`build.py` calls it; `python build_page.py` makes the folder alone. `frontend/` needs no build: the page
works from there as well, for self-hosting, `hippo preview` and the local cloud.

The same sources give the same bytes: rjsmin and rcssmin are pinned, and each file depends on its source
only. Names stay as they are, so an error in a participant's browser names the module and the function.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent

NOT_SHIPPED: Final = frozenset({".md", ".ts"})
"""Suffixes of the files for maintainers."""

_NEEDED: Final = "index.html"


class PageError(Exception):
    """The page cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class BuiltPage:
    """The files that were written. `source` and `size` are their bytes before and after."""

    folder: Path
    files: int
    source: int
    size: int


def build_page(root: Path) -> BuiltPage:
    """Make `root/build/page/` from `root/frontend/`, replacing a former one when all files are written.

    Raises:
        PageError: frontend/ is incomplete, or the minifiers are not installed; the folder is then unchanged.
    """
    source = root / "frontend"
    if not (source / _NEEDED).is_file():
        raise PageError(f"frontend/{_NEEDED} is missing: run this from a complete checkout")
    small = _minifiers()
    found = {path.relative_to(source): path.read_bytes() for path in sorted(source.rglob("*")) if _is_shipped(path)}
    made = {name: _smaller(small.get(name.suffix), content) for name, content in found.items()}
    folder = root / "build" / "page"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".page-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "page"
        for name, content in made.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        if folder.exists():
            folder.rename(Path(scratch) / "former")
        fresh.rename(folder)
    return BuiltPage(folder, len(made), sum(map(len, found.values())), sum(map(len, made.values())))


def _is_shipped(path: Path) -> bool:
    return path.is_file() and path.suffix not in NOT_SHIPPED and not path.name.startswith(".")


def _smaller(minify: Callable[[str], str] | None, content: bytes) -> bytes:
    return content if minify is None else (minify(content.decode("utf-8")).strip() + "\n").encode()


def _minifiers() -> Mapping[str, Callable[[str], str]]:
    """Return what makes the files of each suffix smaller.

    Raises:
        PageError: a package is missing.
    """
    try:
        import rcssmin
        import rjsmin
    except ModuleNotFoundError as error:
        raise PageError(
            f"the package {error.name} is missing, which makes the page's files small: run make setup"
        ) from error
    return {".js": rjsmin.jsmin, ".css": rcssmin.cssmin, ".html": _html}


def _html(text: str) -> str:
    """Without the white space at the beginning of lines; the page has no <pre>."""
    return re.sub(r"\n\s*", "\n", text)


def main() -> int:
    """Make the page; return the exit code: 0, or 1 with the reason on standard error."""
    try:
        page = build_page(ROOT)
    except (PageError, OSError) as error:
        sys.stderr.write(f"build_page.py: {error}\n")
        return 1
    sys.stdout.write(f"build/page: {page.files} files, {page.size:,} bytes of {page.source:,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
