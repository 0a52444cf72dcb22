"""A participant who meets a cold next_step waits for as little as can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HANDLERS = Path(__file__).parents[3] / "handlers"
CONVERGING = {
    "wiring.session_functions",
    *(f"sessions.{name}" for name in ("converge", "plan", "start", "stop", "sweep")),
    *(f"sessions.resources.{name}" for name in ("dns", "fargate", "schedules")),
}
"""What the functions need that bring sessions up and down, and next_step does not."""

LOOK = """
import json, sys
import next_step
from hippo_gym.runtime import aws_clients, schemas
print(json.dumps({
    "modules": [name.removeprefix("hippo_gym.") for name in sys.modules if name.startswith("hippo_gym.")],
    "clients": aws_clients._client.cache_info().currsize,
    "validators": schemas._validator.cache_info().currsize,
}))
"""


def imported(**environment: str) -> dict[str, Any]:
    """Import next_step in a process of its own, and tell what is there then."""
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HANDLERS), "AWS_REGION": "ca-central-1"} | environment
    told["AWS_DEFAULT_REGION"] = told["AWS_REGION"]
    done = subprocess.run([sys.executable, "-c", LOOK], env=told, capture_output=True, text=True, check=True)
    looked: dict[str, Any] = json.loads(done.stdout)
    return looked


def test_next_step_imports_nothing_of_what_converges_sessions() -> None:
    assert CONVERGING.isdisjoint(imported()["modules"])


def test_in_lambda_clients_and_validators_are_made_at_import() -> None:
    looked = imported(AWS_LAMBDA_FUNCTION_NAME="HIPPO_Gym_next_step")
    assert (looked["clients"], looked["validators"]) == (2, 5)


def test_anywhere_else_no_client_is_made_at_import() -> None:
    assert imported()["clients"] == 0
