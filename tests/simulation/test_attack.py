"""Ten thousand ids in ten minutes against a deployment with every default."""

from __future__ import annotations

import pytest

from tests.simulation.attack import attack, default

pytestmark = pytest.mark.simulation


def test_ten_thousand_ids_cost_no_lab_its_budget_and_no_participant_their_game() -> None:
    attacked = attack(10_000)

    assert attacked.most_servers <= default("max_sessions"), attacked.lines()
    assert not attacked.simulation.monitor.violations, attacked.lines()
    assert all(browser.finished and not browser.refused for browser in attacked.inside), attacked.lines()
    assert attacked.late.told_to_come_back, attacked.lines()
    assert attacked.late.finished, attacked.lines()
    assert sum(attacked.bill.values()) < 20.0, attacked.lines()
    assert not attacked.simulation.lambdas.dead_letters, attacked.lines()
