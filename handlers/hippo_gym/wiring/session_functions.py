"""Assembles what start_server, stop_server and sweep_sessions call, once per warm function.

next_step has its own module, so that its cold start does not import this one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from hippo_gym.runtime import aws_clients, schemas, tracing
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.emf import meter
from hippo_gym.runtime.settings import StartServerSettings, StopServerSettings, SweepSessionsSettings
from hippo_gym.sessions import messages
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.converge import Lifecycle
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.edge_keys import EdgeKeys
from hippo_gym.sessions.launch import LaunchSettings
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.probe import EdgeProbe
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.start import SessionStarter
from hippo_gym.sessions.stop import SessionStopper
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.sweep import Sweeper
from hippo_gym.sessions.warm_pool import WarmPool
from hippo_gym.sessions.warm_servers import WarmServers
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.task_limits import TaskLimits

_CLIENTS: Final = (
    aws_clients.s3,
    aws_clients.sns,
    aws_clients.ecs,
    aws_clients.ec2,
    aws_clients.route53,
    aws_clients.scheduler,
)
_SCHEMAS: Final = (
    schemas.START_MESSAGE,
    schemas.STOP_MESSAGE,
    schemas.MASTER_LIST_ENVELOPE,
    schemas.PROJECT,
    schemas.SESSION_RECORD,
)


def prepare() -> None:
    """Make the clients and validators before the first message."""
    for make in _CLIENTS:
        make()
    for schema in _SCHEMAS:
        schemas.prepare(schema)


@cache
def starting(settings: StartServerSettings) -> SessionStarter:
    """Assemble what start_server calls."""
    launch = LaunchSettings(
        bucket=settings.bucket,
        subnets=settings.subnet,
        security_groups=settings.security_group,
        stop_topic_arn=settings.stop_server_topic_arn,
        scheduler_role_arn=settings.scheduler_role_arn,
        page_origins=settings.page_origins,
        limits=TaskLimits(settings.max_task_cpu, settings.max_task_memory),
        route=settings.game_route,
        edge=_edge(settings),
        edge_security_groups=settings.edge_security_group,
    )
    lifecycle = replace(_lifecycle(settings), launch=launch)
    projects, max_runtime = _uncached_projects(settings), settings.max_runtime
    admitted, max_warm = settings.admitted_task_families, settings.max_warm
    return SessionStarter(
        projects,
        lifecycle.sessions,
        lifecycle,
        max_runtime,
        tracing.current,
        admitted_families=admitted,
        max_warm=max_warm,
    )


@cache
def stopping(settings: StopServerSettings) -> SessionStopper:
    """Assemble what stop_server calls."""
    lifecycle = _lifecycle(settings)
    return SessionStopper(_uncached_projects(settings), lifecycle.sessions, lifecycle)


@cache
def sweeping(settings: SweepSessionsSettings) -> Sweeper:
    """Assemble what sweep_sessions calls."""
    lifecycle = _lifecycle(settings)
    minimum_age = timedelta(seconds=settings.minimum_age_seconds)
    bucket = Bucket(aws_clients.s3(), settings.bucket)
    ask, max_warm = lifecycle.ask_for_start, settings.max_warm
    servers = WarmServers(bucket, lifecycle.sessions, lifecycle.clock)
    pool = WarmPool(bucket, servers, lifecycle.places, lifecycle.clock, ask, max_warm)
    return Sweeper(lifecycle.sessions, lifecycle, bucket, minimum_age, warm=pool)


def _edge(settings: StartServerSettings) -> EdgeProbe | None:
    clock = SystemClock()
    keys = EdgeKeys(aws_clients.ssm, settings.deployment_name, clock)
    return EdgeProbe(Edge(settings.edge_url, keys.newest), clock) if settings.edge_url else None


def _lifecycle(settings: StopServerSettings) -> Lifecycle:
    def ask_for_start(message: Start) -> None:
        messages.publish(aws_clients.sns(), settings.start_server_topic_arn, message)

    clock = SystemClock()
    bucket = Bucket(aws_clients.s3(), settings.bucket)
    ask = ask_for_start if settings.start_server_topic_arn else None
    zone, root, deployment = settings.hosted_zone_id, settings.root_domain, settings.deployment_name
    sessions = SessionStore(bucket, clock)
    return Lifecycle(
        sessions=sessions,
        fargate=Fargate(aws_clients.ecs(), aws_clients.ec2()),
        dns=Dns(aws_clients.route53(), zone, root, deployment, settings.reserved_names),
        schedules=Schedules(aws_clients.scheduler(), clock),
        clock=clock,
        deployment=deployment,
        shared_cluster=settings.shared_cluster or None,
        ask_for_start=ask,
        places=Places(bucket, clock, settings.max_sessions, ask, settings.max_line),
        meter=meter,
        warm=WarmServers(bucket, sessions, clock),
    )


def _uncached_projects(settings: StopServerSettings) -> Projects:
    return Projects(ObjectCache(Bucket(aws_clients.s3(), settings.bucket), SystemClock(), seconds=0))
