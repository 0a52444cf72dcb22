"""The index of docs/decisions, from the heading and the date of each file.

A file is named `YYYY-MM-DD-slug.md`. Its first line is `# <the choice>`.
"""

from __future__ import annotations

import re
from pathlib import Path

from references import markdown

_NAME = re.compile(r"^(\d{4}-\d{2}-\d{2})-[a-z0-9-]+\.md$")


def index(folder: Path) -> str:
    """Return the text of README.md in the folder, newest decision first.

    Raises:
        ValueError: a file's name or first line is not in the form above.
    """
    rows = []
    for path in folder.glob("*.md"):
        if path.name == "README.md":
            continue
        named = _NAME.match(path.name)
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if named is None or not first.startswith("# "):
            raise ValueError(f"{path}: name it YYYY-MM-DD-slug.md and begin it with `# ` and the choice")
        rows.append((named[1], first.removeprefix("# "), path.name))
    rows.sort(key=lambda row: row[1].lower())
    rows.sort(key=lambda row: row[0], reverse=True)
    return (
        "\n".join(
            (
                markdown.notice("the files of this folder"),
                "# Decisions\n",
                "Why the system is as it is: one file per decision, with the choice, the reason, and what was",
                "rejected. To record one, add `YYYY-MM-DD-slug.md` and run `make references`.\n",
                markdown.table(("Date", "Decision"), ((date, f"[{choice}]({name})") for date, choice, name in rows)),
            )
        ).rstrip()
        + "\n"
    )
