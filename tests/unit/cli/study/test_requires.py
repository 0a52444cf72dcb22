"""`hippo validate` checks what a study requires of the device, with a fix that fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.study.studies import judged, project

CODES = {"codes": {"finished": "C1"}}


@pytest.mark.parametrize(
    ("changes", "code", "fix"),
    [
        ({"requires": {"mouse": True}}, "unknown-key", "Delete it."),
        ({"requires": {"keyboard": True}}, "start-tested", "Set it to the step after it."),
        (
            {"requires": {"keyboard": True}, "completion": CODES},
            "code-missing",
            "Add a code for `screenedOut` under `codes:`.",
        ),
    ],
)
def test_a_fault_of_requires_has_its_fix(tmp_path: Path, changes: dict[str, Any], code: str, fix: str) -> None:
    found = judged(tmp_path, project(**changes)).findings
    assert fix in [finding.fix for finding in found if finding.code == code]


def test_a_study_with_requires_and_a_code_for_it_is_sound(tmp_path: Path) -> None:
    codes = {"codes": {"finished": "C1", "screenedOut": "C2"}}
    events = {"startServerStep": 2, "stopServerStep": 3}
    found = judged(tmp_path, project(requires={"ping": 300}, completion=codes, events=events)).findings
    assert found == judged(tmp_path / "without", project(completion=CODES, events=events)).findings
