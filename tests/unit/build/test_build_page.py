"""What `build_page.py` writes: the page's files, small, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import pytest

import build_page
from build_page import PageError

SOURCES = {
    "index.html": '<!doctype html>\n<html lang="en">\n  <body>\n    <p>Two  spaces</p>\n  </body>\n</html>\n',
    "page.css": "/* why */\nbody { margin: 0 auto; }\n",
    "settings.json": '{ "api": "" }\n',
    "README.md": "for maintainers\n",
    "modules/types.d.ts": "export {};\n",
    "modules/one.js": "// why\nexport const one = `a\n  ${1 + 1} // kept`;\n/** @param {string} text */\n"
    'export const of = (text) => text.replace(/[/"]/g, " // ");\n',
}
MADE = {
    "index.html": '<!doctype html>\n<html lang="en">\n<body>\n<p>Two  spaces</p>\n</body>\n</html>\n',
    "page.css": "body{margin:0 auto}\n",
    "settings.json": '{ "api": "" }\n',
    "modules/one.js": "export const one=`a\n  ${1 + 1} // kept`;export const of=(text)=>"
    'text.replace(/[/"]/g," // ");\n',
}


def _checkout(root: Path) -> Path:
    for name, text in SOURCES.items():
        path = root / "frontend" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _read(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_page_has_no_comments_and_no_files_for_maintainers(tmp_path: Path) -> None:
    built = build_page.build_page(_checkout(tmp_path))
    assert _read(built.folder) == MADE
    assert built.folder == tmp_path / "build" / "page"
    assert (built.files, built.size) == (4, sum(len(text.encode()) for text in MADE.values()))


def test_a_second_build_replaces_the_first(tmp_path: Path) -> None:
    root = _checkout(tmp_path)
    former = build_page.build_page(root).folder
    (former / "modules" / "removed.js").write_text("")
    assert _read(build_page.build_page(root).folder) == MADE
    assert [path.name for path in (root / "build").iterdir()] == ["page"]


def test_an_incomplete_checkout_changes_nothing(tmp_path: Path) -> None:
    root = _checkout(tmp_path)
    build_page.build_page(root)
    (root / "frontend" / "index.html").unlink()
    with pytest.raises(PageError, match=r"frontend/index\.html is missing: run this from a complete checkout"):
        build_page.build_page(root)
    assert _read(root / "build" / "page") == MADE


def test_the_page_of_this_checkout_builds(tmp_path: Path) -> None:
    (tmp_path / "frontend").symlink_to(build_page.ROOT / "frontend")
    built = build_page.build_page(tmp_path)
    assert {"index.html", "page.css", "modules/main.js", "modules/game/game.js"} <= set(_read(built.folder))
    assert built.size < built.source * 0.75
