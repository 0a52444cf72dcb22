"""Checks a Dockerfile: the files that it copies are there, and it exposes the server's port."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hippo_cli import carried
from hippo_cli.study.findings import Finding, Place, Severity

_COPY: Final = re.compile(r"(?:COPY|ADD)\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_EXPOSE: Final = re.compile(r"EXPOSE\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_UNKNOWN: Final = re.compile(r"[$*?\[]|^<<|^[a-z+]+://|^git@", re.IGNORECASE)
"""Sources whose files only Docker knows: variables, patterns, texts in the Dockerfile, addresses."""


def judge(path: Path, folder: Path, port: int) -> Iterator[Finding]:
    """Yield the faults of a Dockerfile that show without building it.

    Args:
        path: the Dockerfile; its folder is the build context.
        folder: the study's folder, for the places.
        port: the port at which participants connect.
    """
    file = path.relative_to(folder).as_posix()
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return  # reported where it is read for the image
    exposed: list[tuple[int, str]] = []
    for line, instruction in _instructions(text):
        if (found := _COPY.fullmatch(instruction)) is not None:
            yield from _of_copy(Place(file, line), found["rest"], path.parent)
        elif (found := _EXPOSE.fullmatch(instruction)) is not None:
            exposed += [(line, word) for word in found["rest"].split()]
    ports = {word.partition("/")[0] for _, word in exposed}
    if not exposed or str(port) in ports or any("$" in word or "-" in word for word in ports):
        return
    what = f"participants connect to port {port}, and this Dockerfile exposes {', '.join(sorted(ports))}"
    fix = f"Let the server listen at port {port}, and write `EXPOSE {port}`; or set `port:` in config.yml."
    yield Finding(Severity.WARNING, "port-not-exposed", Place(file, exposed[0][0]), what, fix)


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each instruction; a backslash continues a line."""
    begun = 0
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not parts and not line.strip()):
            continue
        begun = begun if parts else number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield begun, " ".join(parts).strip()
            parts = []


def _of_copy(place: Place, rest: str, context: Path) -> Iterator[Finding]:
    words = rest.split()
    flags = [word for word in words if word.startswith("--")]
    if any(flag.startswith("--from") for flag in flags):
        return  # from another stage or image
    for source in _sources(rest, words[len(flags) :])[:-1]:
        if _UNKNOWN.search(source) or source.startswith(carried.PACKAGE):
            continue
        if not (context / source.lstrip("/")).exists():
            what = f"the build copies {source}, and the Dockerfile's folder has no such file"
            yield Finding(Severity.ERROR, "copy-missing", place, what, "Add it, or correct its path.")


def _sources(rest: str, words: list[str]) -> list[str]:
    """Return the sources and the target of COPY, also in its form as a list of JSON."""
    start = rest.find("[")
    if words and words[0].startswith("[") and start >= 0:
        try:
            listed = json.loads(rest[start:])
        except ValueError:
            return []
        return [word for word in listed if isinstance(word, str)] if isinstance(listed, list) else []
    return words
