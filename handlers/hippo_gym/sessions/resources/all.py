"""A session's resources, by name: taking them down, whoever made them and however much was made.

Cluster and schedule are named after the session, tasks are marked with it, the DNS name says whose it is. So nothing
has to be remembered to take everything down. A deployment may keep one shared cluster instead of one a session; a
session's record says which it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import Cause, cause_of
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.model import Session
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules

HOLD_TAG: Final = "hippo-gym:hold"
"""A cluster or task with a tag of this key, whatever its value, is let be by the sweeper."""

_LISTED: Final = timedelta(seconds=30)
"""After so long ListTasks, which is eventually consistent, shows a task whose ARN nobody has written down."""


@dataclass(frozen=True)
class Found:
    """What was found of a session.

    Attributes:
        user_id: the label of its DNS name, if there is one.
        on_hold: an operator has tagged its cluster or a task of it, for the sweeper to let it be.
    """

    user_id: str | None = None
    on_hold: bool = False


@dataclass(frozen=True)
class Resources:
    """What one deployment's sessions are made of.

    Attributes:
        deployment: clusters and schedules are named `{deployment}-{session id}`.
        shared_cluster: the cluster of sessions that have none of their own, or None.
    """

    fargate: Fargate
    dns: Dns
    schedules: Schedules
    deployment: str
    shared_cluster: str | None = None

    def name(self, session_id: str) -> str:
        """Return the name that a session's cluster and schedule share: at most 64 characters for the scheduler."""
        return f"{self.deployment}-{session_id}"

    def cluster_of(self, session: Session) -> str:
        """Return the cluster that a session's tasks run in."""
        shared = session.launch.cluster if session.launch is not None else None
        return shared or self.name(session.id)

    def with_listed_tasks(self, session: Session) -> Session:
        """Return a session whose record names each task of it that ECS lists, as those that are to be stopped must be.

        ListTasks shows a task no more from the moment that it is asked to stop (fargate.py, `running`).
        """
        listed = self.fargate.running(self.cluster_of(session), session.id)
        unnamed = tuple(arn for arn in listed if arn not in session.tasks)
        return replace(session, seen=replace(session.seen, other_tasks=session.seen.other_tasks + unnamed))

    def stop_tasks(self, session: Session) -> None:
        """Ask every task that a session's record names to stop."""
        for arn in session.tasks:
            self.fargate.stop_task(self.cluster_of(session), arn, session.reason or "stopped")

    def withdraw(self, session: Session) -> None:
        """Stop a session's tasks and delete its DNS name and schedule.

        In this order: the task is what costs money; the name must not lead to somebody else's next server; the
        schedule is the last to call for help while any of that stands.
        """
        self.stop_tasks(session)
        self.dns.withdraw(session.user_id, session.id)
        self.schedules.delete(self.name(session.id))

    def finish(self, session: Session, since: timedelta) -> bool:
        """Delete the cluster of a session that was withdrawn; False if that has to wait.

        Args:
            session: wanted stopped, and withdrawn.
            since: how long ago it was withdrawn.

        A cluster of its own cannot be deleted while a task is short of STOPPED. A shared one stays; there the session
        is over once its task has stopped. When cluster calls are throttled (one a second for the whole account), an
        empty cluster, which costs nothing, is left to the sweeper.
        """
        cluster = self.cluster_of(session)
        if cluster != self.name(session.id):
            return self._is_stopped(session, cluster, since)
        try:
            return self.fargate.delete_cluster(cluster)
        except ClientError as error:
            if cause_of(error) is not Cause.THROTTLED:
                raise
            logger.warning("the cluster is left to the sweeper", cluster=cluster, reason=str(error))
            return False

    def _is_stopped(self, session: Session, cluster: str, since: timedelta) -> bool:
        """Tell whether no task of a session is short of STOPPED; one that ECS does not show may be too new for it."""
        attempt = session.seen.attempt
        if attempt is None:
            return True
        shown = self.fargate.describe(cluster, session.tasks)
        if any(task.status != "STOPPED" for task in shown.values()):
            return False
        if attempt.task_arn in shown:
            return True
        return since >= _LISTED and not self.fargate.running(cluster, session.id)

    def clear(self, session_id: str, user_id: str | None, reason: str) -> bool:
        """Take down what is left of a session without a record; False while a task has not stopped yet.

        Args:
            session_id: whose resources they are.
            user_id: the label of its DNS name, if one was found.
            reason: kept on the tasks that are stopped.
        """
        for cluster in filter(None, (self.shared_cluster, self.name(session_id))):
            for arn in self.fargate.running(cluster, session_id):
                self.fargate.stop_task(cluster, arn, reason)
        if user_id is not None:
            self.dns.withdraw(user_id, session_id)
        self.schedules.delete(self.name(session_id))
        return self.fargate.delete_cluster(self.name(session_id))

    def sessions(self) -> dict[str, Found]:
        """List what there is, by the names that session ids may follow: clusters, schedules, shared tasks, DNS names.

        Returns:
            what follows the deployment's prefix (not each is a session's id) → what was found.
        """
        prefix = self.name("")
        clusters = list(self.fargate.clusters(prefix))
        held = {name.removeprefix(prefix) for name in self.fargate.with_tag(clusters, HOLD_TAG)}
        names = {name.removeprefix(prefix) for name in (*clusters, *self.schedules.names(prefix))}
        if self.shared_cluster is not None:
            starters = self.fargate.starters(self.shared_cluster, HOLD_TAG)
            names |= set(starters)
            held |= {starter for starter, tagged in starters.items() if tagged}
        users = {owned.session_id: owned.label for owned in self.dns.owned()}
        return {name: Found(users.get(name), name in held) for name in names | set(users)}
