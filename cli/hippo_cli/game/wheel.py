"""hippo_play as a wheel: for a study's own environment, and for the image.

`hippo` carries a copy of the package, because it may be installed apart from it. A wheel of pure
Python is a zip file with a list of its files (packaging.python.org, "Binary distribution format").
The same package gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hippo_cli import carried
from hippo_cli.carried import PACKAGE
from hippo_common.errors import HippoError

_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold."""

_PERMISSIONS: Final = 0o100644 << 16
_SKIPPED: Final = "__pycache__"


def write(folder: Path, package: Path | None = None) -> Path:
    """Write hippo_play as a wheel; return its path. An identical file is not written again.

    Args:
        folder: where to write it; created if missing.
        package: the package's folder; None: the copy that `hippo` carries.

    Raises:
        HippoError: this installation of `hippo` carries no copy, or the folder cannot be written.
    """
    project = carried.project()
    package = package or carried.folder() / PACKAGE
    version = str(project["version"])
    name = f"{PACKAGE}-{version}-py3-none-any.whl"
    about = f"{PACKAGE}-{version}.dist-info"
    files = {f"{PACKAGE}/{file}": (package / file).read_bytes() for file in _files(package)}
    files[f"{about}/METADATA"] = _metadata(project).encode()
    files[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: hippo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{file},{_digest(content)},{len(content)}\n" for file, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files.items():
                entry = zipfile.ZipInfo(file, _TIME)
                entry.external_attr, entry.compress_type = _PERMISSIONS, zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        unfinished.replace(path)
    except OSError as error:
        raise HippoError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def requirements() -> tuple[str, ...]:
    """Return what hippo_play requires, as in its pyproject.toml."""
    return tuple(map(str, carried.project()["dependencies"]))


def _files(package: Path) -> list[str]:
    found = [path for path in package.rglob("*") if path.is_file() and _SKIPPED not in path.parts]
    return sorted(path.relative_to(package).as_posix() for path in found)


def _metadata(project: dict[str, Any]) -> str:
    return "\n".join([*_headers(project), ""])


def _headers(project: dict[str, Any]) -> Iterator[str]:
    yield from ("Metadata-Version: 2.3", "Name: hippo-play", f"Version: {project['version']}")
    yield f"Summary: {project['description']}"
    yield f"Requires-Python: {project['requires-python']}"
    dependencies, extras = project["dependencies"], project.get("optional-dependencies", {})
    if isinstance(dependencies, list):
        yield from (f"Requires-Dist: {each}" for each in dependencies)
    if isinstance(extras, dict):
        for extra, packages in extras.items():
            yield f"Provides-Extra: {extra}"
            yield from (f"Requires-Dist: {each}; extra == '{extra}'" for each in packages)


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
