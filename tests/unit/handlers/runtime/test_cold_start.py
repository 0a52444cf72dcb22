"""The cold start of next_step, for which a participant waits, does as little as possible."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HANDLERS = Path(__file__).parents[4] / "handlers"
CONVERGING = {
    "wiring.session_functions",
    *(f"sessions.{name}" for name in ("converge", "plan", "start", "stop", "sweep")),
    *(f"sessions.resources.{name}" for name in ("dns", "fargate", "schedules")),
}
"""Modules that the session functions need and next_step does not."""

MADE = {
    "next_step": 2,
    "start_server": 6,
    "stop_server": 6,
    "sweep_sessions": 6,
    "send_start_server_message": 1,
    "send_stop_server_message": 1,
    "update_project_master_list": 1,
    "issue_upload_ticket": 2,
}
"""How many clients each function needs."""

LOOK = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from hippo_gym.runtime import aws_clients, schemas
print(json.dumps({
    "modules": [name.removeprefix("hippo_gym.") for name in sys.modules if name.startswith("hippo_gym.")],
    "libraries": [name for name in ("jsonschema", "referencing") if name in sys.modules],
    "clients": aws_clients._client.cache_info().currsize,
    "validators": schemas._quick_check.cache_info().currsize,
}))
"""


def imported(entry_file: str = "next_step", **environment: str) -> dict[str, Any]:
    """Import an entry file in a new process; return its modules, clients and validators."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HANDLERS), "AWS_REGION": "ca-central-1"} | environment
    variables["AWS_DEFAULT_REGION"] = variables["AWS_REGION"]
    done = subprocess.run(
        [sys.executable, "-c", LOOK, entry_file], env=variables, capture_output=True, text=True, check=True
    )
    looked: dict[str, Any] = json.loads(done.stdout)
    return looked


def test_next_step_imports_no_module_that_converges_sessions() -> None:
    assert CONVERGING.isdisjoint(imported()["modules"])


def test_a_valid_request_needs_no_jsonschema_whose_import_takes_a_fifth_of_the_cold_start() -> None:
    assert "jsonschema" not in imported(AWS_LAMBDA_FUNCTION_NAME="next_step")["libraries"]


def test_in_lambda_clients_and_validators_are_made_at_import() -> None:
    looked = imported(AWS_LAMBDA_FUNCTION_NAME="HIPPO_Gym_next_step")
    assert (looked["clients"], looked["validators"]) == (2, 5)


@pytest.mark.parametrize(("entry_file", "clients"), MADE.items())
def test_in_lambda_every_function_makes_its_clients_at_import(entry_file: str, clients: int) -> None:
    assert imported(entry_file, AWS_LAMBDA_FUNCTION_NAME=f"HIPPO_Gym_{entry_file}")["clients"] == clients


@pytest.mark.parametrize("entry_file", ["start_server", "stop_server", "sweep_sessions"])
def test_in_lambda_session_functions_make_their_validators_at_import(entry_file: str) -> None:
    assert imported(entry_file, AWS_LAMBDA_FUNCTION_NAME=f"HIPPO_Gym_{entry_file}")["validators"] == 5


@pytest.mark.parametrize("entry_file", MADE)
def test_outside_lambda_no_client_is_made_at_import(entry_file: str) -> None:
    assert imported(entry_file)["clients"] == 0
