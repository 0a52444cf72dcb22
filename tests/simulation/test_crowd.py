"""A crowd under AWS's default rate limits: every session gets ready or is refused.

`make soak` runs 1,000 participants within ten minutes; these tests run fewer, at the same pace and
faster.
"""

from __future__ import annotations

import pytest

from tests.simulation.measure import CLUSTER_PER_SESSION, SHARED_CLUSTER, Crowd, measure

pytestmark = pytest.mark.simulation

_MODES = (CLUSTER_PER_SESSION, SHARED_CLUSTER)


@pytest.mark.parametrize("mode", _MODES)
def test_a_class_that_starts_within_a_minute_gets_ready(mode: str) -> None:
    measured = measure(Crowd(participants=60, minutes=1.0, cluster_mode=mode))
    assert len(measured.waits) == 60, "\n".join(measured.lines())
    assert measured.percentile(0.95) < 180.0, "\n".join(measured.lines())
    assert not measured.violations, "\n".join(measured.lines())


@pytest.mark.parametrize("mode", _MODES)
def test_a_crowd_is_served_or_refused_and_leaves_no_resources(mode: str) -> None:
    measured = measure(Crowd(participants=200, minutes=2.0, cluster_mode=mode))
    assert measured.neither == 0, "\n".join(measured.lines())
    assert not measured.violations, "\n".join(measured.lines())


def test_a_full_quota_refuses_with_a_reason() -> None:
    measured = measure(Crowd(participants=40, minutes=1.0, vcpus=6.0))
    assert measured.neither == 0, "\n".join(measured.lines())
    assert len(measured.waits) >= 12, "\n".join(measured.lines())
    assert all("vCPU" in reason for reason in measured.failed), "\n".join(measured.lines())
    assert not measured.violations, "\n".join(measured.lines())
