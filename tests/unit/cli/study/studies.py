"""Studies to check: a sound one, and changes to it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hippo_cli.study import Finding, Study, read

PROJECT: dict[str, Any] = {
    "useAWS": True,
    "awsSetup": {
        "bucket": "projects.example",
        "region": "ca-central-1",
        "rootDomain": "example.net",
        "cpu": 2,
        "memory": 10,
    },
    "events": {"startServerStep": 1, "stopServerStep": 3},
    "id": "study_one-2",
    "live": True,
    "maxRuntime": 30,
    "name": "Study one",
    "researcher": "A. Name",
    "steps": {1: "1_consent.html", 2: "game", 3: "3_survey.html", "finalStep": "4_thanks.html"},
    "teamMembers": "A. Name, B. Name",
}
PAGES: dict[str, str] = {
    "1_consent.html": '<p>Hello</p><input name="consent">',
    "3_survey.html": '<textarea name="said"></textarea>',
    "4_thanks.html": "<p>Thanks. You may exit now.</p>",
}
DOCKERFILE = {"Dockerfile": "FROM scratch\n"}


def project(**changes: Any) -> dict[str, Any]:
    """Return the sound project with other keys; Ellipsis removes a key."""
    changed = {**copy.deepcopy(PROJECT), **changes}
    return {key: value for key, value in changed.items() if value is not ...}


def write(folder: Path, config: Mapping[str, Any] | str, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a study; the config is a project, or the file's text."""
    text = config if isinstance(config, str) else yaml.safe_dump({"project": dict(config)}, sort_keys=False)
    for name, content in {**(PAGES | DOCKERFILE if files is None else files), "config.yml": text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "config.yml"


def judged(folder: Path, config: Mapping[str, Any] | str, files: Mapping[str, str | bytes] | None = None) -> Study:
    """Write a study and read it."""
    return read(write(folder, config, files))


def codes(study: Study) -> list[str]:
    """Return the codes of the findings, sorted and without duplicates."""
    return sorted({finding.code for finding in study.findings})


def only(study: Study, code: str) -> Finding:
    """Return the only finding with this code."""
    found = [finding for finding in study.findings if finding.code == code]
    assert len(found) == 1, [str(finding) for finding in study.findings]
    return found[0]
