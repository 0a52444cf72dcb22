"""Finds and deletes a session's resources by name, no matter which function made them.

Cluster and schedule are named after the session, tasks carry its id as `startedBy`, and a TXT
record names it beside the DNS name. So a takedown needs no stored list of resources. A deployment
may use one shared cluster instead of one per session; the session's record says which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import Cause, cause_of
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.edge import label_of_attempt
from hippo_gym.sessions.model import EDGE, Session
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.dns_labels import label_of
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules

HOLD_TAG: Final = "hippo-gym:hold"
"""The sweeper skips a cluster or task that has a tag of this key, whatever its value."""

_LISTED: Final = timedelta(seconds=30)
"""ListTasks, which is eventually consistent, shows a task whose ARN is not recorded after this
time.
"""


@dataclass(frozen=True)
class Found:
    """A session that a listing of AWS's resources found.

    Attributes:
        user_id: the label of its DNS name, or None without one.
        on_hold: an operator has tagged its cluster or one of its tasks, so the sweeper skips it.
    """

    user_id: str | None = None
    on_hold: bool = False


@dataclass(frozen=True)
class Resources:
    """The resources of one deployment's sessions.

    Attributes:
        deployment: clusters and schedules are named `{deployment}-{session id}`.
        shared_cluster: the cluster of sessions without their own, or None.
    """

    fargate: Fargate
    dns: Dns
    schedules: Schedules
    deployment: str
    shared_cluster: str | None = None

    def name(self, session_id: str) -> str:
        """Return the name of a session's cluster and schedule.

        EventBridge Scheduler allows 64 characters.
        """
        return f"{self.deployment}-{session_id}"

    def cluster_of(self, session: Session) -> str:
        """Return the cluster in which a session's tasks run."""
        shared = session.launch.cluster if session.launch is not None else None
        return shared or self.name(session.id)

    def with_listed_tasks(self, session: Session) -> Session:
        """Return the session with every task that ECS lists for it added to `other_tasks`.

        Record them before StopTask: afterwards ListTasks does not return them (`Fargate.running`).
        """
        listed = self.fargate.running(self.cluster_of(session), session.id)
        unnamed = tuple(arn for arn in listed if arn not in session.tasks)
        return replace(session, seen=replace(session.seen, other_tasks=session.seen.other_tasks + unnamed))

    def stop_tasks(self, session: Session) -> None:
        """Call StopTask for every task that the session's record names."""
        for arn in session.tasks:
            self.fargate.stop_task(self.cluster_of(session), arn, session.reason or "stopped")

    def withdraw(self, session: Session) -> None:
        """Stop a session's tasks and delete its DNS name and schedule.

        The order matters: the task costs money; the name must not lead to another participant's
        server; the schedule goes last, because it publishes a stop message if this function crashes
        before.
        """
        self.stop_tasks(session)
        self.withdraw_name(session)
        self.schedules.delete(self.name(session.id))

    def label(self, session: Session) -> str:
        """Return the DNS label of a session's server: of the participant, or on the edge route of the attempt."""
        at_edge = session.launch is not None and session.launch.route == EDGE
        return (label_of_attempt(session) if at_edge else None) or label_of(session.user_id, self.dns.reserved)

    def withdraw_name(self, session: Session) -> None:
        """Delete the DNS name of a session's server; nothing if the name is not the session's."""
        self.dns.withdraw(self.label(session), session.id)

    def finish(self, session: Session, since: timedelta) -> bool:
        """Delete the cluster of a withdrawn session; False if a later call has to do it.

        Args:
            session: wanted stopped, and withdrawn.
            since: the time that has passed since it was withdrawn.

        ECS refuses to delete the session's own cluster until each task in it is STOPPED. A shared
        cluster stays; there the session is over once its task is STOPPED. When ECS throttles
        cluster calls (one a second for the whole account), the sweeper deletes the empty cluster,
        which costs nothing.
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
        """Return whether every task is STOPPED.

        A task that ECS does not show may be too new to be shown.
        """
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
        """Delete the resources of a session without a record.

        Return False while a task has not stopped yet: a later call deletes the rest.

        Args:
            session_id: the session's id.
            user_id: the label of its DNS name, if one was found.
            reason: ECS keeps it on each task that is stopped.
        """
        for cluster in filter(None, (self.shared_cluster, self.name(session_id))):
            for arn in self.fargate.running(cluster, session_id):
                self.fargate.stop_task(cluster, arn, reason)
        if user_id is not None:
            self.dns.withdraw(user_id, session_id)
        self.schedules.delete(self.name(session_id))
        return self.fargate.delete_cluster(self.name(session_id))

    def sessions(self) -> dict[str, Found]:
        """List clusters, schedules, tasks in the shared cluster and DNS names by session id.

        Returns:
            the part of each name after the deployment's prefix, which may not be a session's id →
            what was found.
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
