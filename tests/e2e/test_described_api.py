"""schemathesis sends what schemas/openapi.json describes, and what it does not, to the deployed API.

`make fuzz-http FUZZ_EXAMPLES=1000` sends more. tests/fuzz sends much more, and worse, to the functions in one process.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.local_deployment import STUDY, LocalDeployment
from tests.support.openapi import DOCUMENT

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FOUND: list[Any] = list(schemathesis.openapi.from_dict(DOCUMENT).get_all_operations())
OPERATIONS = {f"{found.ok().method} {found.ok().path}": found.ok() for found in FOUND}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_a_described_one(lab: LocalDeployment, operation: str, mode: GenerationMode) -> None:
    if mode is GenerationMode.NEGATIVE and operation in {"get /start", "get /stop"}:
        pytest.skip("has no parameters that could be wrong")

    @given(OPERATIONS[operation].as_strategy(generation_mode=mode), st.booleans(), st.sampled_from(("Ada", "ben")))
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def send(case: Any, of_the_study: bool, user: str) -> None:
        if of_the_study and "projectId" in case.query:
            case.query |= {"projectId": STUDY, "userId": user}
        case.call_and_validate(base_url=lab.cloud.api_url, checks=CHECKS)

    send()


def test_a_status_that_is_not_described_is_found(lab: LocalDeployment) -> None:
    operation = replace(OPERATIONS["get /start"], path="/next")  # 400 there, and only 405 is described for /start
    with pytest.raises(FailureGroup, match=r"(?i)undocumented"):
        operation.Case().call_and_validate(base_url=lab.cloud.api_url, checks=[status_code_conformance])
