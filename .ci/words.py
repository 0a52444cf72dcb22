"""Finds words that strangers have to decode, in every text file of the repository: `python .ci/words.py`.

Prints one line per find, with a replacement, and exits with 1 if there is one. CONTRIBUTING.md says why.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

REPLACEMENTS: Final[Mapping[str, str]] = {
    r"told": "shown, logged, given, passed, reported",
    r"tells? whether": "return whether",
    r"whoever|whosoever": "the person who …, everyone who …, or name the role",
    r"somebody|someone's": "a participant, a person, another writer: name who",
    r"(?<![\"`])nobody|no one": "no participant, no person, nothing: name who",
    r"anybody": "anyone on the internet, any participant: name who",
    r"anew": "again",
    r"mend(?:s|ed|ing)?": "fix, repair, correct",
    r"let be": "skip, keep, ignore",
    r"but for(?! (?:a|an|each|every|example|now)\b)": "except",
    r"for ever": "permanently, without end",
}
"""Pattern of a banned word → what to write instead."""

NOT_PROSE: Final = re.compile(
    r"(^requirements/.*\.txt|^handlers/requirements\.txt|package-lock\.json|\.svg|\.png|/data/.*\.json)$"
)
"""Files that programs write."""

LISTS: Final = frozenset({Path(".ci/words.py"), Path("CONTRIBUTING.md")})
"""Files that list the banned words."""

_BANNED: Final = re.compile(
    "|".join(rf"(?P<w{number}>\b(?:{pattern})\b)" for number, pattern in enumerate(REPLACEMENTS)), re.IGNORECASE
)
_INSTEAD: Final = list(REPLACEMENTS.values())


def finds(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line number, the word and its replacements for each banned word of a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in _BANNED.finditer(line):
            group = match.lastgroup or "w0"
            yield number, match.group(), _INSTEAD[int(group[1:])]


def files() -> Iterator[Path]:
    """Yield the text files that git tracks, without those that programs write."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, encoding="utf-8", check=True).stdout
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        if path not in LISTS and not NOT_PROSE.search(name) and path.is_file():
            yield path


def main() -> int:
    """Print every find; return the exit status."""
    found = 0
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, word, instead in finds(text):
            found += 1
            sys.stdout.write(f"{path}:{number}: {word!r}: write {instead}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
