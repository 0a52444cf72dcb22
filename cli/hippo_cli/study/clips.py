"""Whether browsers show a clip, by the first bytes of its file and the codec of its video.

A sample description `stsd` of an MP4 file names the codec by four letters (ISO/IEC 14496-12, 8.5.2).
The video writer of OpenCV chooses `mp4v` by default, and no browser plays that.
"""

from __future__ import annotations

import mmap
from functools import lru_cache
from pathlib import Path
from typing import Final

_BEGINS: Final[dict[str, tuple[tuple[int, bytes], ...]]] = {
    "avif": ((4, b"ftyp"),),
    "gif": ((0, b"GIF8"),),
    "jpeg": ((0, b"\xff\xd8\xff"),),
    "jpg": ((0, b"\xff\xd8\xff"),),
    "mp4": ((4, b"ftyp"),),
    "png": ((0, b"\x89PNG"),),
    "webm": ((0, b"\x1a\x45\xdf\xa3"),),
    "webp": ((0, b"RIFF"), (8, b"WEBP")),
}
"""Ending of a name → what a file of this type has at which byte."""

_CODECS: Final = {
    b"mp4v": "MPEG-4 Part 2",
    b"jpeg": "Motion JPEG",
    b"mjpa": "Motion JPEG",
    b"mjpg": "Motion JPEG",
    b"hev1": "HEVC",
    b"hvc1": "HEVC",
    b"apcn": "ProRes",
    b"apch": "ProRes",
}
"""Codecs that browsers do not play, or not all."""

_AGAIN: Final = "ffmpeg -i {name} -c:v libx264 -pix_fmt yuv420p {stem}-h264.mp4"


@lru_cache(maxsize=1000)
def fault(path: Path, digest: str) -> tuple[str, str] | None:
    """Return what is wrong with a clip, and the fix; None if browsers show it.

    Args:
        path: its file; the ending of its name is one of a clip.
        digest: of its content, by which the answer is kept: a preview asks often.
    """
    del digest
    ending = path.suffix[1:].lower()
    with path.open("rb") as file:
        start = file.read(16)
        if not all(start[at : at + len(sign)] == sign for at, sign in _BEGINS[ending]):
            what = f"{path.name} is not a {ending} file, although its name says so: browsers do not show it"
            return what, "Save it in the format of its name; a new name alone changes no format."
        codec = _codec(file.fileno()) if ending == "mp4" else None
    if codec is None:
        return None
    what = f"{path.name} has the codec {codec}, which not every browser plays"
    return what, f"Convert it to H.264: `{_AGAIN.format(name=path.name, stem=path.stem)}`, and name the new file."


def _codec(number: int) -> str | None:
    """Return the name of the codec of an MP4 file that not every browser plays; None for any other."""
    with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as content:
        at = content.find(b"stsd")
        while at >= 0:
            name = _CODECS.get(content[at + 16 : at + 20])  # after the version, the count, and the entry's size
            if name is not None:
                return name
            at = content.find(b"stsd", at + 4)
    return None
