"""Every statement of a policy in terraform/ has a `sid`, which says what the statement is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from local.places import REPOSITORY

_DOCUMENT = re.compile(r'^data "aws_iam_policy_document" "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_STATEMENT = re.compile(r'^  (?:dynamic "statement"|statement) \{\n(.*?)^  \}', re.MULTILINE | re.DOTALL)
_SID = re.compile(r"^(?:    |      )sid +=", re.MULTILINE)


def _documents() -> Iterator[tuple[str, str]]:
    for file in sorted((REPOSITORY / "terraform").rglob("*.tf")):
        if ".terraform" not in file.parts:
            for name, body in _DOCUMENT.findall(file.read_text("utf-8")):
                yield f"{file.relative_to(REPOSITORY)} {name}", body


_DOCUMENTS = dict(_documents())


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_every_statement_has_a_sid(document: str) -> None:
    statements = _STATEMENT.findall(_DOCUMENTS[document])
    without = [statement for statement in statements if not _SID.search(statement)]
    assert not without, f"{document}: give this statement a sid:\n{without[0]}"


def test_statements_are_found() -> None:
    assert sum(len(_STATEMENT.findall(body)) for body in _DOCUMENTS.values()) > 100
