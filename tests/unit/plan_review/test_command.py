"""`python -m plan_review PLAN.json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from plan_review.__main__ import command
from tests.unit.plan_review import deployment as d
from tests.unit.plan_review.plans import change

APP = typer.Typer()
APP.command()(command)


def run(file: Path, *arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(APP, [str(file), *arguments], env={"COLUMNS": "200"})
    return found.exit_code, found.output


def test_the_review_is_made_from_the_json_alone(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    other = {**d.APPLIED[d.INTEGRATION], "integration_uri": f"arn:aws:lambda:r:{d.OTHER_ACCOUNT}:function:x"}
    changes = [change(d.INTEGRATION, d.APPLIED[d.INTEGRATION], other), change(d.TOPIC, *[d.APPLIED[d.TOPIC]] * 2)]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-11-22T12:00:00Z",
        "resource_changes": changes,
        "variables": {"region": {"value": "ca-central-1"}},
        "configuration": {"root_module": {}},
    }
    file.write_text(json.dumps(document))
    code, output = run(file)
    assert code == 0
    assert output.startswith("# Plan: 0 added, 1 changed, 0 replaced, 0 destroyed\n")
    assert f"Account {d.ACCOUNT}, Region ca-central-1. Made 2026-11-22 12:00 UTC with terraform 1.11.4." in output
    assert f"- **Leads elsewhere**: API integration `next step`: to account `{d.OTHER_ACCOUNT}`" in output
    assert "make deploy" not in output
    assert "make deploy ENV=prod" in run(file, "--environment", "prod")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format_version": "1.2", "resource_cha', "it may be half a file"),
        ('{"some": "thing"}', "is JSON, but not of a plan"),
        ('{"format_version": "2.0", "resource_changes": []}', "has format_version 2.0; this release reads version 1."),
        (None, "cannot be read"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text)
    code, output = run(file)
    assert code == 2
    assert words in " ".join(output.replace("│", "").split())
