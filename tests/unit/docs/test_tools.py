"""A document whose commands need another program than `make` names that program in its text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.docs.documents import DOCUMENTS, ROOT, commands, prose

TOOLS = {
    "AWS CLI v2": r"\baws [a-z][a-z0-9-]+ [a-z]",
    "jq": r"(?<!-)\bjq -?\S",
    "dig": r"\bdig (?:\+|[A-Z]|@|[a-z0-9-]+\.)",
    "GNU date": r"\bdate (?:-u?d|--date)",
    "OpenSSL": r"\bopenssl [a-z]",
    "GitHub CLI": r"\bgh [a-z]+ ",
    "certbot": r"\bcertbot (?:certonly|renew)",
}
"""What the text must say, and how a command that needs the program looks."""


def missing(text: str) -> set[str]:
    """Return the programs that a document's commands need and its text does not name."""
    used, said = commands(text), prose(text)
    return {name for name, looks in TOOLS.items() if re.search(looks, used) and name not in said}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_names_the_programs_of_its_commands(path: Path) -> None:
    made = "modules" in path.parts or "reference" in path.parts  # from the descriptions of variables and commands
    if not made and path.name != "CHANGELOG.md" and "decisions" not in path.parts:
        assert missing(path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# A\n\n    aws sts get-caller-identity\n", {"AWS CLI v2"}),
        ("# A\n\nThis needs the AWS CLI v2.\n\n    aws sts get-caller-identity | jq -r .Account\n", {"jq"}),
        ("# A\n\n```sh\ndate -ud '-1 hour'\n```\n", {"GNU date"}),
        ("Check it with `dig SOA play.example.net`.\n", {"dig"}),
        ("The word aws or jq in a sentence needs nothing.\n", set()),
    ],
)
def test_a_program_that_is_not_named_is_found(text: str, names: set[str]) -> None:
    assert missing(text) == names
