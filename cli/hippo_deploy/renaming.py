"""A plan that moves the sessions' names: another root_domain, or another hosted zone.

The functions look for a session's name under the domain and in the zone of their settings, and their roles allow no
other. So after such a change they find no name of a session that was started before: its participant is sent to a name
that does not exist, and its two records stay in the old zone, where they keep Terraform from deleting it. `make deploy`
therefore refuses such a plan while sessions are live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from hippo_common.words import count
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket

LiveUsers = Callable[[str, str], Iterable[str]]
"""Returns the participants with a live session, by the deployment's Region and projects bucket."""


@dataclass(frozen=True)
class Move:
    """Where the sessions' names move: the settings before and after, and the deployment's Region and bucket."""

    before: str
    after: str
    region: str
    bucket: str


def move_in(document: Mapping[str, Any]) -> Move | None:
    """Return how a plan (`terraform show -json`) moves the sessions' names; None if they stay, or there are none."""
    changes = document.get("output_changes") or {}
    had = (document.get("prior_state") or {}).get("values", {}).get("outputs", {})
    if "bucket" not in had or "region" not in had:
        return None
    for name in ("root_domain", "hosted_zone_id"):
        change = changes.get(name, {})
        before, after = change.get("before"), change.get("after")
        if before is not None and before != after:
            return Move(f"{name} {before}", str(after or "a new zone"), had["region"]["value"], had["bucket"]["value"])
    return None


def refuse_while_live(environment: Environment, document: Mapping[str, Any], live_users: LiveUsers) -> None:
    """Refuse to apply a plan that moves the sessions' names while sessions are live.

    Raises:
        DeployError: a session is live.
    """
    move = move_in(document)
    live = sum(1 for _ in live_users(move.region, move.bucket)) if move else 0
    if move is None or not live:
        return
    raise DeployError(
        f"This plan changes {move.before} to {move.after} while {count(live, 'session is', 'sessions are')} live. "
        "Their participants would lose their servers, and their DNS records would stay under the old name. Nothing "
        "was applied.",
        "Close the studies with `hippo close`, wait until `hippo sessions` shows none, or end them with `hippo stop`; "
        f"then run make deploy ENV={environment.name} again.",
    )


def live_users(region: str, bucket: str) -> Iterable[str]:
    """Return the participants who have a live session now."""
    return SessionStore(Bucket(boto3.client("s3", region_name=region), bucket), SystemClock()).live_users()
