"""Where a path of a study really leads: a study's files are those in its folder, and no others.

A study is often a copy of another one, from a person or a repository. A link in it, such as
`1_consent.html -> ~/.aws/credentials`, would publish a file of this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FIX: Final = "Replace it with a copy of the file, in the study's folder."


def outside(path: Path, folder: Path) -> str | None:
    """Return where a path leads if that is outside of a folder, links resolved; None if it is inside.

    A link that leads in a circle, or whose target cannot be followed, is outside.
    """
    try:
        target = path.resolve()
        return None if target.is_relative_to(folder.resolve()) else str(target)
    except (OSError, RuntimeError, ValueError):  # a circle of links, a name that the system refuses
        return "a place that cannot be found"
