"""What a study's servers have used, and its list price.

Hours, sizes and prices are computed as for `hippo sessions` (`hippo_cli.servers`), so both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.servers.tasks import TaskDefinition, TaskDefinitions, seconds_run
from hippo_common.prices import NOTHING, SPOT, Cost, basis
from hippo_gym.sessions.model import Session

_HOUR: Final = 3600.0


@dataclass(frozen=True)
class Usage:
    """What the servers on one kind of capacity have used.

    Attributes:
        capacity: Spot or on demand.
        servers: the number of servers that had a task.
        hours: the hours that they ran.
        vcpu_hours, gb_hours: the use of the servers whose size is known.
        unknown: the number of servers of unknown size, because their task definition is gone.
        cost: None if the price table has no price for the Region.
    """

    capacity: str
    servers: int
    hours: float
    vcpu_hours: float
    gb_hours: float
    unknown: int
    cost: Cost | None


@dataclass(frozen=True)
class Costs:
    """What all servers of a study have used.

    Attributes:
        usage: the use by capacity; empty if no task ever ran.
        basis: a sentence on where the amounts come from.
    """

    usage: tuple[Usage, ...]
    basis: str

    @property
    def total(self) -> Cost | None:
        """Return the total cost; None if no price or no size is known."""
        known = [usage.cost for usage in self.usage if usage.cost is not None]
        return sum(known, NOTHING) if known else None


def count(deployment: Deployment, sessions: Sequence[Session]) -> Costs:
    """Add up what servers have used.

    Args:
        deployment: the deployment, whose task definitions have the servers' sizes.
        sessions: ended sessions.
    """
    definitions = TaskDefinitions(deployment)
    sizes = _sizes(definitions, sessions)
    on_spot: dict[bool, list[tuple[Session, TaskDefinition | None]]] = {True: [], False: []}
    for session in sessions:
        if seconds_run(session, session.ended_at or session.updated_at) > 0 and session.seen.attempt is not None:
            is_spot = session.seen.attempt.capacity_provider == SPOT
            on_spot[is_spot].append((session, sizes.get(_name(session))))
    usage = tuple(
        _usage("Spot" if is_spot else "on demand", those, definitions) for is_spot, those in on_spot.items() if those
    )
    return Costs(usage, basis(deployment.region))


def _sizes(definitions: TaskDefinitions, sessions: Sequence[Session]) -> dict[str, TaskDefinition | None]:
    """Read each task definition once.

    Return none if AWS denies it; then the report shows only hours.
    """
    one_each = {_name(session): session for session in sessions}
    try:
        return {name: definitions.of(session) for name, session in one_each.items()}
    except ClientError:
        return {}


def _name(session: Session) -> str:
    return session.launch.task_definition if session.launch is not None else ""


def _usage(
    capacity: str, sessions: Sequence[tuple[Session, TaskDefinition | None]], definitions: TaskDefinitions
) -> Usage:
    hours = vcpu_hours = gb_hours = 0.0
    unknown = 0
    cost: Cost | None = None
    for session, definition in sessions:
        ended = session.ended_at or session.updated_at
        ran = seconds_run(session, ended) / _HOUR
        hours += ran
        if definition is None:
            unknown += 1
            continue
        vcpu_hours += ran * definition.vcpu
        gb_hours += ran * definition.gb
        own = definitions.cost_of(session, ended)
        cost = cost if own is None else own + (cost or NOTHING)
    return Usage(capacity, len(sessions), hours, vcpu_hours, gb_hours, unknown, cost)
