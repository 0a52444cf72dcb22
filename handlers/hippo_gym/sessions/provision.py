"""The AWS calls of the steps that bring a session up, each safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.launch import LaunchSettings, next_attempt, session_tags, task_request
from hippo_gym.sessions.messages import Stop
from hippo_gym.sessions.model import EDGE, Seen, Session
from hippo_gym.sessions.plan import Plan, Step, World
from hippo_gym.sessions.resources.all import Resources
from hippo_gym.sessions.resources.fargate import LaunchRefused


@dataclass(frozen=True)
class Provisioner:
    """Brings sessions up; the attributes are those of `Lifecycle`."""

    resources: Resources
    clock: Clock
    launch: LaunchSettings | None

    def take(self, planned: Plan, world: World, session: Session) -> Seen:
        """Make the calls of a step, and return the new observations.

        Raises:
            NameTaken: the DNS name has records that this deployment did not write.
            TaskDefinitionMissing, TaskTooLarge: the project's task definition is not registered, or
                larger than the deployment allows.
            ClientError, BotoCoreError: a call failed.
        """
        seen = session.seen
        if planned.step is not Step.WAIT:
            logger.info(planned.step.value, session_id=session.id, reason=planned.reason or None)
        match planned.step:
            case Step.MAKE_SCHEDULE:
                self._make_schedule(session)
                return replace(seen, schedule=True)
            case Step.MAKE_CLUSTER:
                self._make_cluster(session)
                return replace(seen, cluster=True)
            case Step.BEGIN_ATTEMPT:
                return replace(seen, attempt=next_attempt(session, self.clock.now()))
            case Step.RUN_TASK:
                return self._run_task(session)
            case Step.GIVE_UP_ATTEMPT:
                return self._end_attempt(session, planned.reason)
            case Step.PUBLISH_ADDRESS if world.public_ip is not None:
                ip = world.public_ip
                change = self.resources.dns.publish(self.resources.label(session), ip, session.id)
                return replace(seen, public_ip=ip, dns_ip=ip, dns_change=change, dns_in_sync=False)
            case Step.NOTE_READY:
                running_at = None if world.task is None else world.task.started_at
                in_sync = not session.has_warm  # its own name is not published yet
                ready_at = self.clock.now()
                return replace(seen, dns_in_sync=in_sync, ready_at=ready_at, running_at=running_at or seen.running_at)
            case _:
                return replace(seen, dns_in_sync=seen.dns_in_sync or world.in_sync)

    def _make_schedule(self, session: Session) -> None:
        settings = self._settings()
        stop = Stop(session.project_id, session.user_id, session.id, reason="time is up")
        self.resources.schedules.create(
            self.resources.name(session.id),
            session.stop_at,
            settings.stop_topic_arn,
            settings.scheduler_role_arn,
            stop,
        )

    def _make_cluster(self, session: Session) -> None:
        name, tags = self.resources.name(session.id), session_tags(self.resources.deployment, session)
        self.resources.fargate.create_cluster(name, tags)

    def _run_task(self, session: Session) -> Seen:
        seen, attempt, launch = session.seen, session.seen.attempt, session.launch
        if attempt is None or launch is None:
            return seen
        request = task_request(
            session,
            launch,
            attempt,
            self._settings(),
            cluster=self.resources.cluster_of(session),
            tags=session_tags(self.resources.deployment, session),
        )
        try:
            task_arn = self.resources.fargate.run_task(request)
        except LaunchRefused as error:
            failure = f"{attempt.capacity_provider}: {error}"
            logger.warning("the launch was refused", session_id=session.id, reason=failure)
            return replace(seen, attempt=replace(attempt, over=True), last_failure=failure)
        return replace(seen, attempt=replace(attempt, task_arn=task_arn, not_before=self.clock.now()))

    def _end_attempt(self, session: Session, reason: str) -> Seen:
        """Stop a lost or stuck task and clear everything recorded about it except its ARN.

        The task may still be stopping, so a takedown needs the ARN.
        """
        seen, attempt = session.seen, session.seen.attempt
        if attempt is None:
            return seen
        if attempt.task_arn is not None:
            self.resources.fargate.stop_task(self.resources.cluster_of(session), attempt.task_arn, reason)
        if session.launch is not None and session.launch.route == EDGE:
            self.resources.withdraw_name(session)  # the next attempt has another name
        return Seen(
            schedule=seen.schedule,
            cluster=seen.cluster,
            attempt=replace(attempt, over=True),
            other_tasks=seen.other_tasks if session.has_warm else session.tasks,  # its own takedown stops a warm one
            lost_at=self.clock.now() if seen.ready_at is not None else seen.lost_at,
            last_failure=f"{attempt.capacity_provider}: {reason}",
        )

    def _settings(self) -> LaunchSettings:
        assert self.launch is not None, "converge leaves these steps to a lifecycle with launch settings"  # noqa: S101
        return self.launch
