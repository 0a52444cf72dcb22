"""The output `protected_resources` finds each resource block with prevent_destroy in the root's sources."""

from __future__ import annotations

import re

import pytest

from local.places import REPOSITORY
from plan_review.protection import RECORD

TERRAFORM = REPOSITORY / "terraform"


def expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of the output, for a block and for the setting in it; Go's syntax is Python's here."""
    text = (TERRAFORM / "outputs.tf").read_text("utf-8")
    output = text[text.index(f'output "{RECORD}"') :]
    found = re.findall(r'(?:regexall|regex)\("((?:[^"\\]|\\.)*)"', output)
    block, setting = (one.replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "\n") for one in found)
    return re.compile(block), re.compile(setting)


def protected(text: str) -> list[str]:
    block, setting = expressions()
    return [f"{type_}.{name}" for type_, name, body in block.findall(text) if setting.search(body)]


def test_no_resource_block_is_missed() -> None:
    block, _ = expressions()
    files = [*TERRAFORM.glob("*.tf"), *TERRAFORM.glob("modules/*/*.tf")]
    texts = [file.read_text("utf-8") for file in files]
    assert sum(len(block.findall(text)) for text in texts) == sum(text.count('\nresource "') for text in texts)
    assert {file.relative_to(TERRAFORM).parts[:-1] for file in files if protected(file.read_text("utf-8"))} == {
        ("modules", "projects_bucket")
    }


@pytest.mark.parametrize(
    ("lifecycle", "expected"),
    [
        ("prevent_destroy = true", ["aws_s3_bucket.this"]),
        ("prevent_destroy=true # the data", ["aws_s3_bucket.this"]),
        ("prevent_destroy = false", []),
        ("# prevent_destroy = true", []),
        ("create_before_destroy = true", []),
    ],
)
def test_a_block_is_protected_by_the_setting_only(lifecycle: str, expected: list[str]) -> None:
    other = 'resource "aws_sns_topic" "t" {\n  name = "t"\n}\n'
    text = f'resource "aws_s3_bucket" "this" {{\n  bucket = "b"\n\n  lifecycle {{\n    {lifecycle}\n  }}\n}}\n\n{other}'
    assert protected(text) == expected
