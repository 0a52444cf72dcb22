"""The files in a study's folder `assets`: pictures, sound, video, style sheets, fonts, documents.

A page's address `assets/picture.png` is the file `assets/picture.png` of the study. `hippo submit`
uploads the files beside the participant page, which has the same origin. So there is a list of the
types that are admitted: none of them runs a script there.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from hippo_cli.study import boundary
from hippo_cli.study.css import imports, urls
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.folder import folded

FOLDER: Final = "assets"
LARGEST: Final = 50_000_000
"""Bytes of one file."""
LARGEST_TOGETHER: Final = 200_000_000
MOST: Final = 1000

CONTENT_TYPES: Final[Mapping[str, str]] = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "flac": "audio/flac",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "vtt": "text/vtt; charset=utf-8",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
}
"""Ending of a name → the type with which the file is served."""

_ADDRESS: Final = re.compile(rf"(?:\.{{1,2}}/)*{FOLDER}/")
_UNREADABLE: Final = re.compile(r"[\x00-\x1f\x7f\\%#?]")


@dataclass(frozen=True)
class Asset:
    """A file to upload.

    Attributes:
        path: on this machine.
        size: bytes.
        digest: SHA-256 of its content, in hexadecimal digits.
    """

    path: Path
    size: int
    digest: str

    @property
    def content_type(self) -> str:
        """Return the type with which the file is served."""
        return CONTENT_TYPES[_ending(self.path.name)]

    def describes(self, content: bytes) -> bool:
        """Return whether this is the content that was read before."""
        return hashlib.sha256(content).hexdigest() == self.digest


def read(folder: Path) -> tuple[dict[str, Asset], list[Finding]]:
    """Return the files of a study to upload, by their names such as `assets/picture.png`; and their faults.

    Args:
        folder: the study's folder.
    """
    found: dict[str, Asset] = {}
    findings: list[Finding] = []
    for path in _paths(folder / FOLDER):
        name = path.relative_to(folder).as_posix()
        fault = _fault(name, path, folder)
        if fault is not None:
            findings.append(fault)
            continue
        try:
            seen = path.stat()
            found[name] = Asset(path, seen.st_size, _digest(path, seen.st_size, seen.st_mtime_ns))
        except OSError as error:
            what, fix = f"this file cannot be read: {error.strerror}", "Give yourself permission to read it."
            findings.append(Finding(Severity.ERROR, "asset-unreadable", Place(name), what, fix))
    findings += _of_all(found)
    findings += _of_sheets(found)
    return found, findings


def digest_of(files: Mapping[str, Asset]) -> str:
    """Return one digest of all files, 16 hexadecimal digits: the name of the folder that they are uploaded to."""
    text = json.dumps(digests_of(files), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def digests_of(files: Mapping[str, Asset]) -> dict[str, str]:
    """Return file → SHA-256 of its content, in hexadecimal digits."""
    return {name: asset.digest for name, asset in files.items()}


def paths(folder: Path) -> list[Path]:
    """Return the paths of all files in the folder `assets` of a study's folder."""
    return list(_paths(folder / FOLDER))


def named_by(address: str) -> str | None:
    """Return the file that an address in a page names, such as `assets/picture.png`; None for any other address."""
    plain = address.strip()
    start = _ADDRESS.match(plain)
    if start is None:
        return None
    return f"{FOLDER}/{unquote(urlsplit(plain[start.end() :]).path)}"


def missing(name: str, known: Collection[str]) -> tuple[str, str] | None:
    """Return what is wrong with the name of a file, and the fix; None if the study has the file.

    Args:
        name: as `named_by` returns it.
        known: the names of the study's files.
    """
    if name in known:
        return None
    near = next((each for each in known if folded(each) == folded(name)), None)
    if near is not None:
        what = f"the study's folder has no file {name}, only {near}: upper and lower case and accents must match"
        return what, f"Write {near}."
    similar = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    fix = f"Write {similar[0]}, if you mean that file; else add the file." if similar else "Add the file."
    return f"the study's folder has no file {name}", fix


def _paths(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.name != "Thumbs.db" and not path.is_dir():
            yield path


def _fault(name: str, path: Path, folder: Path) -> Finding | None:
    place = Place(name)
    target = boundary.outside(path, folder)
    if target is not None:
        what = f"this file leads out of the study's folder, to {target}"
        return Finding(Severity.ERROR, "asset-outside", place, what, boundary.FIX)
    if _UNREADABLE.search(name):
        what = "the name of this file has a sign that addresses use: one of \\ % # ?, or a control character"
        return Finding(Severity.ERROR, "asset-name", place, what, "Rename the file.")
    if _ending(path.name) not in CONTENT_TYPES:
        what = "this file is not uploaded: its name does not end like a picture, sound, video, style sheet, font or PDF"
        return Finding(
            Severity.WARNING, "asset-type", place, what, "Delete it, or save it in an admitted type.", _endings()
        )
    return None


def _of_all(found: Mapping[str, Asset]) -> Iterator[Finding]:
    for name, asset in found.items():
        if asset.size > LARGEST:
            what = f"this file is too large to be uploaded: {asset.size / 1e6:.1f} MB"
            fix = "Make it smaller, or put it on a web server and link to it."
            yield Finding(Severity.ERROR, "asset-too-large", Place(name), what, fix, f"{LARGEST // 1_000_000} MB")
    together = sum(asset.size for asset in found.values())
    if together > LARGEST_TOGETHER or len(found) > MOST:
        what = f"the folder is too large to be uploaded: {len(found)} files, {together / 1e6:.1f} MB"
        fix = "Delete what the pages do not use, or put large files on a web server."
        allowed = f"{MOST} files, {LARGEST_TOGETHER // 1_000_000} MB together"
        yield Finding(Severity.ERROR, "assets-too-large", Place(FOLDER), what, fix, allowed)
    first: dict[str, str] = {}
    for name in found:
        other = first.setdefault(folded(name), name)
        if other != name:
            what = f"{name} and {other} differ only in upper and lower case: many machines treat them as one file"
            yield Finding(Severity.WARNING, "name-case", Place(name), what, "Rename one of them.")


def _of_sheets(files: Mapping[str, Asset]) -> Iterator[Finding]:
    """Yield the files that a style sheet names, and that the study does not have."""
    for name, asset in files.items():
        if not name.endswith(".css") or asset.size > LARGEST:
            continue
        text = asset.path.read_text(encoding="utf-8", errors="replace")
        for found, position in sorted([*urls(text), *imports(text)], key=lambda each: each[1]):
            address = found.strip()
            if not address or re.match(r"[a-z][a-z0-9+.-]*:|//|#", address, re.IGNORECASE):
                continue
            target = _beside(name, unquote(urlsplit(address).path))
            fault = missing(target, files)
            if fault is not None:
                place = Place(name, text.count("\n", 0, position) + 1)
                yield Finding(Severity.WARNING, "asset-missing", place, *fault)


def _beside(sheet: str, address: str) -> str:
    parts: list[str] = [*PurePosixPath(sheet).parts[:-1]]
    for part in PurePosixPath(address).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != "..":
            parts.append(part)
    return "/".join(parts)


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _endings() -> str:
    return ", ".join(f".{ending}" for ending in CONTENT_TYPES)


@lru_cache(maxsize=MOST)
def _digest(path: Path, size: int, changed: int) -> str:
    """Return the SHA-256 of a file; kept for its size and its time of change, because a preview reads often."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
