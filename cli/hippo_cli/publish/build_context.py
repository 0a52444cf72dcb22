"""The build context of an image, and the image's tag.

The tag is a digest of the build context, the Dockerfile's name and the platform. If the repository
holds an image with this tag, the context is unchanged, and `hippo` does not build or push again.
The digest does not cover the base image of a `FROM` line: to get a newer one, change the
Dockerfile, if only a comment.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_cli.publish import secrets
from hippo_cli.study.boundary import outside
from hippo_common.errors import HippoError

PLATFORMS: Final = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
"""A task definition's `cpuArchitecture` → Docker's platform name."""

_MAX_LISTED: Final = 5
_NEVER_COUNTED: Final = frozenset({".git", "__pycache__", ".DS_Store"})
"""Files that tools create and delete, and that do not affect the image."""


@dataclass(frozen=True)
class BuildContext:
    """A folder to build an image from.

    Attributes:
        dockerfile: path of the Dockerfile, in the context's folder.
        platform: Docker's name of the platform.
        files: number of files in the context.
        tag: the image's tag.
    """

    dockerfile: Path
    platform: str
    files: int
    tag: str

    @property
    def folder(self) -> Path:
        """Return the folder to pass to Docker."""
        return self.dockerfile.parent


def read(dockerfile: Path, architecture: str, allowed: Collection[str] = ()) -> BuildContext:
    """Read a build context.

    Args:
        dockerfile: path of the Dockerfile, in the context's folder.
        architecture: a task definition's `cpuArchitecture`.
        allowed: the files that look like secrets and may be in the image, by their paths.

    Raises:
        HippoError: a file cannot be read, leads out of the folder or looks like a secret, or Docker
            cannot build for the architecture.
    """
    platform = PLATFORMS.get(architecture)
    if platform is None:
        raise HippoError(f"Images are built for {' or '.join(PLATFORMS)}, not for {architecture}.")
    digest, files = hashlib.sha256(f"{platform}\n{dockerfile.name}\n".encode()), 0
    try:
        names = sorted(_files(dockerfile.parent, _ignored(dockerfile)))
        _refuse_links(dockerfile, names)
        _refuse_secrets(dockerfile.parent, names, allowed)
        for name in names:
            digest.update(f"{name}\0{_fingerprint(dockerfile.parent / name)}\n".encode("utf-8", "surrogateescape"))
            files += 1
    except OSError as error:
        raise HippoError(
            f"{error.filename}: {error.strerror}: `hippo` has to read every file of the image.",
            "Make the file readable, or add it to .dockerignore if the image does not need it.",
        ) from error
    return BuildContext(dockerfile, platform, files, f"context-{digest.hexdigest()[:16]}")


def _refuse_links(dockerfile: Path, names: Sequence[str]) -> None:
    folder = dockerfile.parent
    for name in dict.fromkeys((dockerfile.name, *names)):
        target = outside(folder / name, folder) if (folder / name).is_symlink() else None
        if target is not None:
            raise HippoError(
                f"{folder / name} leads out of the folder of the image, to {target}.",
                "Replace it with a copy of the file, or add it to .dockerignore if the image does not need it.",
            )


def _refuse_secrets(folder: Path, names: Sequence[str], allowed: Collection[str]) -> None:
    found = {name: why for name in names if name not in allowed and (why := _why_secret(folder / name, name))}
    if found:
        listed = "; ".join(f"{name} {why}" for name, why in list(found.items())[:_MAX_LISTED])
        more = f"; and {len(found) - _MAX_LISTED} more" if len(found) > _MAX_LISTED else ""
        raise HippoError(
            f"{folder} holds files that look like secrets, and everyone who can pull the image could read them: "
            f"{listed}{more}.",
            "Add them to .dockerignore, or name each file that the image needs under awsSetup.allowInImage in "
            "config.yml.",
        )


def _why_secret(path: Path, name: str) -> str | None:
    def beginning() -> bytes:
        if path.is_symlink() or not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(secrets.READ_BYTES)

    return secrets.look(name, beginning)


def _files(folder: Path, ignored: Callable[[str], bool]) -> Iterator[str]:
    for place, below, names in os.walk(folder):
        here = Path(place).relative_to(folder)
        links = [name for name in below if (Path(place) / name).is_symlink()]
        below[:] = [name for name in below if name not in _NEVER_COUNTED and name not in links]
        for name in (*names, *links):
            path = (here / name).as_posix()
            if name not in _NEVER_COUNTED and not ignored(path):
                yield path


def _fingerprint(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    with path.open("rb") as file:
        return f"{'x' if executable else '-'} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _ignored(dockerfile: Path) -> Callable[[str], bool]:
    """Read `.dockerignore` as Docker does: the last pattern that matches decides."""
    rules = [(re.compile(_expression(pattern)), not negated) for negated, pattern in _patterns(dockerfile)]

    def ignored(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        verdicts = [verdict for rule, verdict in rules if any(rule.fullmatch(place) for place in above)]
        return bool(verdicts) and verdicts[-1] and path != dockerfile.name

    return ignored


def _patterns(dockerfile: Path) -> Iterator[tuple[bool, str]]:
    for file in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), dockerfile.with_name(".dockerignore")):
        if file.is_file():
            for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines():
                text = "" if line.startswith("#") else line.strip()
                negated = text.startswith("!")
                pattern = text.removeprefix("!").strip().removeprefix("./").strip("/")
                if pattern:
                    yield negated, pattern
            return


def _expression(pattern: str) -> str:
    """Translate a pattern of Go's filepath.Match, with Docker's `**`, into a regular expression."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|\\.|[^\\]", pattern, re.DOTALL)
    return "".join(
        parts[piece]
        if piece in parts
        else piece
        if piece.startswith("[") and len(piece) > 1
        else re.escape(piece.removeprefix("\\"))
        for piece in pieces
    )
