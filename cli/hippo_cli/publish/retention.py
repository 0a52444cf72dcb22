"""Which participants' data a study's retention removes, and when; what it keeps of clients.

The sweeper removes the data (`hippo_gym.retention`). It also waits for what a container stored
later, and for participants with a server, so that some data goes later than this says, and none
earlier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hippo_cli.deployment import Deployment
from hippo_gym.storage.bucket import Bucket


@dataclass(frozen=True)
class Outlook:
    """What a study's retention will remove.

    Attributes:
        days: the retention; None: the data stays.
        from_study: the study's entry says it, and not the deployment.
        last_activity: participant → the time of their last stored request.
    """

    days: int | None
    from_study: bool
    last_activity: Mapping[str, datetime]

    def due_by(self, moment: datetime) -> int:
        """Return how many participants' data is due until a time."""
        return sum(at <= moment for at in self.due().values())

    def due(self) -> dict[str, datetime]:
        """Return participant → when their data is due; empty without a retention."""
        if self.days is None:
            return {}
        return {user: at + timedelta(days=self.days) for user, at in self.last_activity.items()}

    def by_month(self, now: datetime) -> dict[str, int]:
        """Return month, such as 2026-12 → how many participants' data is due in it, after `now`."""
        return dict(sorted(Counter(f"{at:%Y-%m}" for at in self.due().values() if at > now).items()))


def days_of(entry: Mapping[str, Any], deployment: Deployment) -> int | None:
    """Return the retention of a study in days; None: the data stays."""
    days = entry.get("retainDays", deployment.retain_days)
    return int(days) if isinstance(days, int | float) else None  # an entry may have been written by hand


def outlook(deployment: Deployment, entry: Mapping[str, Any]) -> Outlook:
    """Read when each participant of a study was last active; one S3 call for each 1,000."""
    prefix = f"{entry['id']}/Users/"
    last: dict[str, datetime] = {}
    for found in Bucket(deployment.client("s3"), deployment.bucket).listed(prefix):
        user = found.key.removeprefix(prefix).lower()
        if user and "/" not in user:
            last[user] = max(found.modified, last.get(user, found.modified))
    return Outlook(days_of(entry, deployment), "retainDays" in entry, last)


def newly_due(deployment: Deployment, before: Mapping[str, Any] | None, after: Mapping[str, Any], now: datetime) -> int:
    """Return how many participants' data a change of a study makes due at once.

    Args:
        deployment: the deployment.
        before: the published entry; None for a new study, which may have data from before.
        after: the entry that replaces it.
        now: the time.
    """
    old, new = days_of(before or {}, deployment), days_of(after, deployment)
    if new is None or (before is not None and old is not None and old <= new):
        return 0
    there = outlook(deployment, after)
    were_due = Outlook(old, from_study=True, last_activity=there.last_activity).due_by(now) if before else 0
    return there.due_by(now) - were_due


def rows(entry: Mapping[str, Any], deployment: Deployment) -> list[list[str]]:
    """Return label and text of what a study keeps, and how long."""
    days = days_of(entry, deployment)
    kept = "until it is removed by hand" if days is None else f"{days:,} days after a participant's last activity"
    return [
        ["Addresses", _chosen(entry.get("keepAddresses"), deployment.keep_addresses)],
        ["Browsers", _chosen(entry.get("keepBrowser"), deployment.keep_browser)],
        ["Data stays", kept + _source("retainDays" in entry)],
    ]


def _chosen(own: Any, default: str | None) -> str:
    return str(own) if own is not None else (default or "as the deployment says") + _source(default is None)


def _source(from_study: bool) -> str:
    return "" if from_study else " (the deployment's default)"
