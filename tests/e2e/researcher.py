"""A researcher who runs `hippo` as a separate process, with the researcher policy only."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local import researcher
from local.cloud import Cloud
from local.places import LOCAL_IMAGE_PREFIX, REPOSITORY
from local.study import EXAMPLE

IMAGE = f"{LOCAL_IMAGE_PREFIX}{(EXAMPLE / 'server').relative_to(REPOSITORY)}"


@dataclass(frozen=True)
class Run:
    """The output and exit status of a run of `hippo`."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The parsed output of a run with --json."""
        return json.loads(self.out)


class Researcher:
    """An IAM user with the researcher policy."""

    def __init__(self, cloud: Cloud, name: str = "e2e") -> None:
        self._cloud = cloud
        self._credentials = researcher.make_researcher(cloud, name)
        self._variables = researcher.environment(cloud, self._credentials)

    def client(self, service: str) -> Any:
        """Return a boto3 client with the researcher's credentials."""
        return self._cloud.client(service, self._credentials)

    def hippo(self, *arguments: str, fails: bool = False) -> Run:
        """Run the command; fail if its success is not as expected by `fails`."""
        done = researcher.run_hippo(self._variables, *arguments)
        assert bool(done.returncode) == fails, f"hippo {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return Run(done.returncode, done.stdout, done.stderr)

    def submit(self, folder: Path) -> str:
        """Submit a study with the example's container; return its version."""
        self.hippo("submit", str(folder), "--image", IMAGE, "--yes")
        project_id = yaml.safe_load((folder / "config.yml").read_text())["project"]["id"]
        return str(self.hippo("show", project_id, "--json").json["entry"]["version"])


def copy_of_example(folder: Path, project_id: str, **changes: Any) -> Path:
    """Copy the example study under another id, with keys of its project changed."""
    pages = shutil.ignore_patterns("server", "README.md")
    shutil.copytree(EXAMPLE, folder, ignore=pages, dirs_exist_ok=True)
    configure(folder, id=project_id, game=None, **changes)  # the game is in the image, not in the folder
    return folder


def configure(folder: Path, **changes: Any) -> None:
    """Change keys of a study's project; None removes a key."""
    config = yaml.safe_load((folder / "config.yml").read_text())
    config["project"] |= changes
    config["project"] = {key: value for key, value in config["project"].items() if value is not None}
    (folder / "config.yml").write_text(yaml.safe_dump(config))


def rewrite(page: Path, text: str) -> None:
    """Append a paragraph to a page."""
    page.write_text(f"{page.read_text()}\n<p>{text}</p>\n")


def rows(path: Path) -> list[Mapping[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
