"""Which deployments an environment's state may have: the table of hippo_deploy.ownership.judging, row by row."""

from __future__ import annotations

import json

import pytest

from hippo_deploy.environments import Environment
from hippo_deploy.ownership import judging, state
from hippo_deploy.ownership.records import Recorded
from hippo_deploy.ownership.state import State

STAGING = Environment("staging")
OURS = "s3://states/hippo-gym/staging/terraform.tfstate"
THEIRS = "s3://states/hippo-gym/prod/terraform.tfstate"
NAME = "HIPPO_Gym"

EMPTY = State(OURS)
HOLDS = State(OURS, owned=frozenset({NAME}), described=frozenset({NAME}), resources=90)
HOLDS_OLDER = State(OURS, described=frozenset({NAME}), resources=90)
HOLDS_OTHER_THINGS = State(OURS, resources=4)


@pytest.mark.parametrize(
    ("recorded", "held"),
    [
        pytest.param(Recorded(), EMPTY, id="a first deployment"),
        pytest.param(Recorded(), HOLDS_OTHER_THINGS, id="half of a first deployment by an older release"),
        pytest.param(Recorded(owned=True, state=OURS), HOLDS, id="half of a first deployment"),
        pytest.param(Recorded(owned=True, state=OURS), EMPTY, id="a first apply that was killed before it wrote state"),
        pytest.param(Recorded(described=True, owned=True, state=OURS), HOLDS, id="its own"),
        pytest.param(Recorded(described=True, owned=True), HOLDS, id="its own, deployed by terraform without make"),
        pytest.param(Recorded(described=True), HOLDS_OLDER, id="its own, from a release without the owner's record"),
        pytest.param(Recorded(described=True, owned=True, state=OURS), HOLDS_OLDER, id="the first upgrade was killed"),
    ],
)
def test_an_environment_may_have(recorded: Recorded, held: State) -> None:
    assert judging.judge(STAGING, NAME, recorded, held) is None


@pytest.mark.parametrize(
    ("recorded", "held", "reason", "fix"),
    [
        pytest.param(
            Recorded(described=True, owned=True, state=THEIRS),
            EMPTY,
            f"belongs to the state {THEIRS}; the state of staging, {OURS}, does not hold it",
            'name of its own in terraform/environments/staging.tfvars: name = "HIPPO_Gym_staging"',
            id="another environment's",
        ),
        pytest.param(
            Recorded(owned=True, state=THEIRS),
            EMPTY,
            f"belongs to the state {THEIRS}",
            'name = "HIPPO_Gym_staging"',
            id="another environment's, half made",
        ),
        pytest.param(
            Recorded(described=True, owned=True),
            EMPTY,
            "belongs to another state",
            'name = "HIPPO_Gym_staging"',
            id="of a state that is not known",
        ),
        pytest.param(
            Recorded(described=True),
            EMPTY,
            "belongs to another state",
            'name = "HIPPO_Gym_staging"',
            id="of an older release's state",
        ),
        pytest.param(
            Recorded(described=True),
            HOLDS_OTHER_THINGS,
            "belongs to another state",
            "This state holds 4 resources: first remove what belongs to the other state",
            id="of an older release's state, which took over its topics",
        ),
        pytest.param(
            Recorded(described=True, owned=True, state=THEIRS),
            HOLDS,
            f"holds the deployment HIPPO_Gym, which belongs to the state {THEIRS}",
            f"make plan ENV=staging TAKE_OVER={THEIRS}",
            id="a copied or moved state",
        ),
        pytest.param(
            Recorded(described=True, owned=True, state=OURS),
            EMPTY,
            "the state is lost, or was replaced",
            "Restore an earlier version of the state",
            id="a lost state",
        ),
    ],
)
def test_an_environment_may_not_have(recorded: Recorded, held: State, reason: str, fix: str) -> None:
    refusal = judging.judge(STAGING, NAME, recorded, held)
    assert refusal is not None
    assert reason in refusal.reason
    assert fix in refusal.fix
    assert "docs/environments.md" in refusal.fix


@pytest.mark.parametrize(
    ("recorded", "held", "imported"),
    [
        (Recorded(), EMPTY, False),
        (Recorded(owned=True, state=OURS), EMPTY, True),
        (Recorded(owned=True, state=OURS), HOLDS, False),
        (Recorded(described=True), HOLDS_OLDER, False),
    ],
)
def test_a_plan_imports_the_record_that_the_state_lacks(recorded: Recorded, held: State, imported: bool) -> None:
    assert judging.must_import(NAME, recorded, held) is imported


def test_a_state_says_which_deployments_it_holds() -> None:
    def parameter(name: str) -> dict[str, object]:
        return {"mode": "managed", "type": "aws_ssm_parameter", "instances": [{"attributes": {"name": name}}]}

    document = {
        "version": 4,
        "resources": [
            parameter("/hippo-gym/HIPPO_Gym/owner"),
            parameter("/hippo-gym/HIPPO_Gym"),
            parameter("/hippo-gym/older"),
            parameter("/elsewhere/owner"),
            {"mode": "managed", "type": "aws_sqs_queue", "instances": [{}, {}]},
            {"mode": "data", "type": "aws_region", "instances": [{}]},
        ],
    }
    found = state.parse(OURS, json.dumps(document))
    assert found == State(OURS, frozenset({"HIPPO_Gym"}), frozenset({"HIPPO_Gym", "older"}), resources=6)
    assert state.parse(OURS, "") == EMPTY
