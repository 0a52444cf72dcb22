"""`make references`: writes every document that differs from its source, and prints its path."""

from __future__ import annotations

import sys
from pathlib import Path

from references.documents import documents

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the documents that have changed."""
    for path, text in documents(ROOT).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT).as_posix()}\n")


if __name__ == "__main__":
    main()
