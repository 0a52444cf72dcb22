"""Rate limits: AWS throttles by token buckets, each shared by one or several operations.

A call may need a token of several buckets. Sources of the numbers: "Amazon ECS API throttling",
"AWS Fargate throttling quotas", "Route 53 quotas" (docs/aws-limits).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final


class TokenBucket:
    """Holds at most `burst` tokens, gains `rate` per second; no token: a throttle."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._tokens = burst
        self._at = 0.0

    def holds(self, now: float) -> bool:
        """Return whether the bucket has a token."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens >= 1.0

    def take(self, now: float) -> bool:
        """Take a token; return False if the bucket has none."""
        if not self.holds(now):
            return False
        self._tokens -= 1.0
        return True


@dataclass(frozen=True)
class Rate:
    """Size of one bucket: `burst` tokens, `rate` per second."""

    burst: float
    rate: float


CLUSTER_CHANGES: Final = "ECS cluster changes"
TASK_CHANGES: Final = "ECS RunTask and StopTask"
TASK_READS: Final = "ECS DescribeTasks and ListTasks"
CLUSTER_READS: Final = "ECS DescribeClusters"
FARGATE_LAUNCHES: Final = "Fargate on-demand launches"
SPOT_LAUNCHES: Final = "Fargate spot launches"
ROUTE_53: Final = "Route 53 all operations"

RATES: Final[dict[str, Rate]] = {
    CLUSTER_CHANGES: Rate(20, 1),
    TASK_CHANGES: Rate(100, 40),
    TASK_READS: Rate(100, 20),
    CLUSTER_READS: Rate(50, 20),
    FARGATE_LAUNCHES: Rate(100, 20),
    SPOT_LAUNCHES: Rate(100, 20),
    ROUTE_53: Rate(50, 10),
    "Route 53 ChangeResourceRecordSets": Rate(50, 10),
    "Route 53 ListResourceRecordSets": Rate(50, 10),
    "Route 53 GetChange": Rate(50, 10),
    "EC2 DescribeNetworkInterfaces": Rate(100, 20),
    "Scheduler CreateSchedule": Rate(250, 250),
    "Scheduler changes": Rate(250, 250),
}
"""By bucket. EC2's is the default of unfiltered describe calls ("Request throttling for the Amazon EC2 API")."""

OF_SERVICE: Final[dict[str, str]] = {"route53": ROUTE_53}
"""Service → bucket that all its operations share, beside each operation's own."""

BUCKET_OF: Final[dict[str, str]] = {
    "ecs.create_cluster": CLUSTER_CHANGES,
    "ecs.delete_cluster": CLUSTER_CHANGES,
    "ecs.put_cluster_capacity_providers": CLUSTER_CHANGES,
    "ecs.update_cluster": CLUSTER_CHANGES,
    "ecs.run_task": TASK_CHANGES,
    "ecs.stop_task": TASK_CHANGES,
    "ecs.describe_tasks": TASK_READS,
    "ecs.list_tasks": TASK_READS,
    "ecs.describe_clusters": CLUSTER_READS,
    "ecs.list_clusters": CLUSTER_READS,
    "ec2.describe_network_interfaces": "EC2 DescribeNetworkInterfaces",
    "route53.change_resource_record_sets": "Route 53 ChangeResourceRecordSets",
    "route53.list_resource_record_sets": "Route 53 ListResourceRecordSets",
    "route53.get_change": "Route 53 GetChange",
    "scheduler.create_schedule": "Scheduler CreateSchedule",
    "scheduler.update_schedule": "Scheduler changes",
    "scheduler.delete_schedule": "Scheduler changes",
    "scheduler.get_schedule": "Scheduler changes",
    "scheduler.list_schedules": "Scheduler changes",
}


@dataclass
class Limits:
    """The buckets of one account and Region, with counts.

    Attributes:
        enforced: False allows every call.
        throttles: refused calls, by bucket.
        calls: all calls, by bucket.
    """

    enforced: bool = True
    rates: dict[str, Rate] = field(default_factory=lambda: dict(RATES))
    throttles: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    _buckets: dict[str, TokenBucket] = field(default_factory=dict)

    def admits(self, bucket: str, now: float) -> bool:
        """Take a token of a bucket; return False if the call is throttled."""
        return self.admits_all((bucket,), now)

    def admits_all(self, buckets: Iterable[str], now: float) -> bool:
        """Take a token of each bucket, or of none; return False if the call is throttled."""
        names = list(buckets)
        for name in names:
            self.calls[name] += 1
        held = [(name, self._bucket(name)) for name in names if self.enforced and name in self.rates]
        for name, bucket in held:
            if not bucket.holds(now):
                self.throttles[name] += 1
                return False
        for _, bucket in held:
            bucket.take(now)
        return True

    def _bucket(self, name: str) -> TokenBucket:
        if name not in self._buckets:
            rate = self.rates[name]
            self._buckets[name] = TokenBucket(rate.burst, rate.rate)
        return self._buckets[name]
