"""Assembles what sweep_sessions calls after a sweep, once per warm function."""

from __future__ import annotations

from functools import cache

from hippo_gym.retention.looking import Look
from hippo_gym.retention.removing import Remover
from hippo_gym.retention.rounds import Rounds
from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.emf import meter
from hippo_gym.runtime.settings import SweepSessionsSettings
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.past_versions import PastVersions


@cache
def rounds(settings: SweepSessionsSettings) -> Rounds:
    """Assemble what goes through the studies."""
    s3, clock = aws_clients.s3(), SystemClock()
    bucket = Bucket(s3, settings.bucket)
    remover = Remover(bucket, PastVersions(s3, settings.bucket), SessionStore(bucket, clock), clock)
    return Rounds(remover, Look(s3, remover), settings.retain_days, meter)
