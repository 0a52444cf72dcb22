#!/usr/bin/env python3
"""Refuses a release whose parts disagree: .ci/release.py TAG VERSION, where VERSION is what `hippo` says it is.

The tag is `v` and the version of pyproject.toml; `hippo` is of that version; CHANGELOG.md has a section for it with
a date and at least one entry; CITATION.cff and schemas/openapi.json name it. Every disagreement is shown at once.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path


def main(tag: str, program: str, root: Path) -> int:
    """Write what disagrees and return the exit status."""
    found = list(faults(tag, program, root))
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    return 1 if found else 0


def faults(tag: str, program: str, root: Path) -> Iterator[str]:
    """Yield what keeps the tag from being released, a sentence each."""
    version = tag.removeprefix("v")
    if not re.fullmatch(r"v\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", tag):
        yield f"The tag {tag} is not of the form v1.2.3 or v1.2.3rc1."
        return
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if project != version:
        yield f"The tag is {tag}, but pyproject.toml says version {project}."
    if program != version:
        yield f"The tag is {tag}, but `hippo --version` (hippo_cli.__version__) says {program}."
    citation = re.search(r'^version: "?([^"\s]+)"?$', (root / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    if citation is None or citation[1] != version:
        yield f"The tag is {tag}, but CITATION.cff says {citation[1] if citation else 'nothing'}."
    described = json.loads((root / "schemas" / "openapi.json").read_text("utf-8"))["info"]["version"]
    if described != version:
        yield f"The tag is {tag}, but schemas/openapi.json says version {described}."
    yield from _undescribed(version, (root / "CHANGELOG.md").read_text("utf-8"))


def _undescribed(version: str, changelog: str) -> Iterator[str]:
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    for section in sections:
        heading, _, text = section.partition("\n")
        if not heading.startswith(f"[{version}]"):
            continue
        if not re.fullmatch(rf"\[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}", heading.strip()):
            yield f"CHANGELOG.md: write the heading as `## [{version}] - YYYY-MM-DD`."
        if not re.search(r"^- \S", text, re.MULTILINE):
            yield f"CHANGELOG.md: the section of {version} has no entry."
        return
    yield f"CHANGELOG.md has no section for {version}: move what is Unreleased below `## [{version}] - YYYY-MM-DD`."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path.cwd()))
