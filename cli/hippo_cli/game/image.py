"""Writes the folder from which Docker builds a game's image, if the study has no Dockerfile.

    .hippo/image/
        Dockerfile            a slim Python, the packages, hippo_play, a user that is not root
        requirements.txt      every package with its version
        hippo_play-….whl      hippo_play as it is installed in the study's Python
        study/config.yml      the game's part of the study's config.yml, and `trial` of the original HIPPO Gym
        study/…               the study's files that the game may read

Only what the game needs is in it, so that a new page or a new date builds no new image.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from hippo_cli.game import files, missing, pins, survey, wheel
from hippo_cli.game.pins import Installed
from hippo_cli.game.python import Python, environment
from hippo_cli.study import boundary
from hippo_cli.study.study import CONFIG_NAMES
from hippo_common.errors import HippoError
from hippo_common.reading import yaml_value

STUDY: Final = "study"
"""The folder of the study's files in the build context."""

_SECONDS: Final = 120.0
_DOCKERFILE: Final = """\
# Written by `hippo submit`. To change it, copy this folder's files beside config.yml first: a study
# with a Dockerfile is built from that one.
FROM python:{python}-slim

ENV PYTHONUNBUFFERED=1 \\
    PYTHONDONTWRITEBYTECODE=1 \\
    SDL_VIDEODRIVER=dummy

WORKDIR /srv/study

# Packages first: Docker reuses their layer while only the game changes.
COPY requirements.txt {wheel} /srv/packages/
RUN pip install --no-cache-dir --requirement /srv/packages/requirements.txt \\
    && pip install --no-cache-dir --no-deps /srv/packages/{wheel} \\
    && useradd --system --no-create-home --shell /usr/sbin/nologin participant

COPY study/ .

USER participant
EXPOSE {port}

# Exec form: Python receives the SIGTERM from ECS, and saves before it exits.
CMD ["python", "-m", "hippo_play", "config.yml", "--host", "0.0.0.0", "--port", "{port}"]
"""


def write(folder: Path, game: Any, python: Python, port: int) -> Path:
    """Write the build context of a study's game; return its Dockerfile.

    Args:
        folder: the study's folder.
        game: the game's part of config.yml.
        python: the Python whose packages the image gets.
        port: that the server listens on.

    Raises:
        HippoError: that Python has no hippo_play, a package cannot be pinned, or a file leads out of
            the study's folder.
    """
    needed = files.needed(folder, game)
    for file in needed:
        elsewhere = boundary.outside(folder / file, folder)
        if elsewhere is not None:
            raise HippoError(f"{folder / file} leads out of the study's folder, to {elsewhere}.", boundary.FIX)
    trial = _trial(folder)
    texts = [game, trial]  # both may have ids of environments
    installed = look(python, pins.texts(texts, folder, needed), folder)
    if installed.play is None:
        reason = missing.without_play(python, folder)
        raise HippoError(reason.what, reason.fix)
    packages = pins.pinned(pins.roots(texts, folder, needed, installed), installed)
    try:
        target = files.private(folder) / "image"
        shutil.rmtree(target, ignore_errors=True)
        (target / STUDY).mkdir(parents=True)
        made = wheel.write(target, installed.play)
        (target / pins.REQUIREMENTS).write_text(packages, "utf-8")
        parts = {"project": {"game": game}, **({} if trial is None else {"trial": trial})}
        written = yaml.safe_dump(parts, allow_unicode=True, sort_keys=True)
        (target / STUDY / "config.yml").write_text(written, "utf-8")
        for file in needed:
            copy = target / STUDY / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / file, copy)
        dockerfile = target / "Dockerfile"
        version = f"{installed.python[0]}.{installed.python[1]}"
        dockerfile.write_text(_DOCKERFILE.format(python=version, wheel=made.name, port=port), "utf-8")
    except OSError as error:
        raise HippoError(f"{error.filename}: {error.strerror}: the image's files cannot be written.") from error
    return dockerfile


def _trial(folder: Path) -> Any:
    """Return `trial` of the study's config.yml, which games of the original HIPPO Gym read; None: it has none."""
    for file in (folder / name for name in CONFIG_NAMES):
        if file.is_file():
            try:
                config = yaml_value(file.read_text("utf-8"))
            except ValueError as error:
                raise HippoError(f"{file} {error}.", "`hippo validate` shows its faults.") from error
            return config.get("trial") if isinstance(config, dict) else None
    return None


def look(python: Python, texts: tuple[str, ...], folder: Path) -> Installed:
    """Return what is installed in a Python.

    Args:
        python: the program.
        texts: that may be ids of environments.
        folder: the study's folder.

    Raises:
        HippoError: it does not run.
    """
    command = [str(python.path), survey.__file__, *texts]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        return Installed.from_json(json.loads(done.stdout))
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise HippoError(
            f"{python.path} does not run as a Python of 3.10 or newer: {error}", "Name another one with --python."
        ) from error
