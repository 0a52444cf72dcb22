"""An attack on a deployment with every default, at the pace of ten thousand ids in ten minutes.

`make soak SOAK_ARGS="--seeds 0 --attack 10000"` sends all of them.
"""

from __future__ import annotations

import pytest

from tests.simulation.attack import attack

pytestmark = pytest.mark.simulation


def test_an_attack_costs_no_lab_its_budget_and_no_participant_their_game() -> None:
    attacked = attack(300, minutes=0.3, honest=4)
    assert attacked.faults() == [], attacked.lines()
