"""A replay as an MP4 file, with the ffmpeg that the package imageio-ffmpeg carries.

The pictures keep their times, pauses longer than 2 seconds shortened to that. Keys, judgements and the
score are a track of subtitles, which players show and hide.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hippo_cli.replay.finding import COULD_NOT
from hippo_cli.replay.playing import Film
from hippo_common.errors import HippoError

RATE: Final = 30  # pictures per second of the video
LONGEST_PAUSE: Final = 2.0  # seconds
_LAST: Final = 1.0  # seconds that an episode's last picture stands


def check(path: Path) -> None:
    """Check that this machine can write the video.

    Raises:
        HippoError: the library is missing, or the name does not end in .mp4.
    """
    if path.suffix.lower() != ".mp4":
        raise HippoError(f"{path} is not the name of an MP4 file.", "Write one, such as --video ada.mp4.", COULD_NOT)
    if find_spec("imageio_ffmpeg") is None:
        raise HippoError(
            "Videos need the library imageio-ffmpeg, which is not installed.",
            "Run `pip install 'hippo-gym-aws[video]'`. It carries ffmpeg: no other program is needed.",
            COULD_NOT,
        )


def steps_of(text: str) -> tuple[int, int]:
    """Read the first and the last step of a part of an episode, such as 40-90.

    Raises:
        HippoError: the text names none.
    """
    found = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise HippoError(
            f"{text} does not name the steps of a video.", "Write the first and the last: --steps 40-90.", COULD_NOT
        )
    return int(found[1]), int(found[2])


def write(film: Film, path: Path, steps: tuple[int, int] | None = None) -> float:
    """Write the video; return its length in seconds.

    Args:
        film: the replay.
        path: the file to write.
        steps: the first and the last step of each episode to show; None: all.

    Raises:
        HippoError: there is no picture, or ffmpeg cannot write the file.
    """
    shown = list(_shown(film, steps))
    if not shown:
        fix = None if steps is None else "Name steps that the episode has, or leave --steps out."
        raise HippoError("There is no picture to make a video of.", fix, COULD_NOT)
    ffmpeg = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    part = path.with_name(f".{path.name}.part.mp4")
    try:
        with TemporaryDirectory() as folder:
            subtitles = Path(folder) / "keys.srt"
            subtitles.write_text("".join(_subtitles(shown)), encoding="utf-8")
            # Players need even sizes, and a picture may have others.
            fit = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
            command = [
                *(ffmpeg, "-loglevel", "error", "-y", "-f", "image2pipe", "-c:v", "mjpeg", "-framerate", str(RATE)),
                *("-i", "-", "-i", str(subtitles), "-map", "0:v", "-map", "1:s", "-c:s", "mov_text"),
                *("-vf", fit, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(part)),
            ]
            _run(command, film, shown, path)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return sum(frames for _, frames, _ in shown) / RATE


def _run(command: list[str], film: Film, shown: list[tuple[int, int, str]], path: Path) -> None:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = b""
    with process:
        try:
            if process.stdin is not None:
                for number, frames, _ in shown:
                    picture = film.picture(number) or b""
                    for _ in range(frames):
                        process.stdin.write(picture)
                process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and its status says so
        errors = b"" if process.stderr is None else process.stderr.read()
    if process.returncode != 0:
        last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["ffmpeg failed"]
        raise HippoError(f"{path} cannot be written: {last[0]}.", "Name another file with --video.", COULD_NOT)


def _shown(film: Film, steps: tuple[int, int] | None) -> Iterator[tuple[int, int, str]]:
    """Yield each picture's number, the number of frames that it stands, and its subtitle."""
    for episode in film.episodes:
        moments = [moment for moment in episode["moments"] if "picture" in moment]
        owed = 0.0
        for at, moment in enumerate(moments):
            if steps is not None and not steps[0] <= moment["step"] <= steps[1]:
                continue
            until = moments[at + 1]["seconds"] if at + 1 < len(moments) else moment["seconds"] + _LAST
            owed += min(until - moment["seconds"], LONGEST_PAUSE) * RATE
            frames = int(owed)
            owed -= frames
            if frames:
                yield moment["picture"], frames, _subtitle(episode, moment, until)


def _subtitle(episode: dict[str, Any], moment: dict[str, Any], until: float) -> str:
    start = moment["seconds"]
    keys = [key["key"] for key in episode["keys"] if key["from"] < until and key["to"] > start]
    judged = [found["value"] for found in episode["feedback"] if start <= found["seconds"] < until]
    parts = [f"episode {episode['episode']}, step {moment['step']}, score {moment['score']:g}"]
    parts += [" ".join(keys)] if keys else []
    parts += [f"feedback {value:+g}" for value in judged]
    return "   ".join(parts)


def _subtitles(shown: list[tuple[int, int, str]]) -> Iterator[str]:
    start, frames, number = 0, 0, 0
    for at, (_, its_frames, text) in enumerate(shown):
        frames += its_frames
        if at + 1 == len(shown) or shown[at + 1][2] != text:
            number += 1
            yield f"{number}\n{_clock(start)} --> {_clock(frames)}\n{text}\n\n"
            start = frames


def _clock(frames: int) -> str:
    thousandths = frames * 1000 // RATE
    seconds, thousandths = divmod(thousandths, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{thousandths:03}"
