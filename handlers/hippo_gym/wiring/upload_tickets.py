"""Assembles what issue_upload_ticket calls, once per warm function."""

from __future__ import annotations

from functools import cache

from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.settings import IssueUploadTicketSettings
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.uploads import UploadTickets
from hippo_gym.storage.bucket import Bucket


@cache
def tickets(settings: IssueUploadTicketSettings) -> UploadTickets:
    """Assemble what issue_upload_ticket calls."""
    clock = SystemClock()
    sessions = SessionStore(Bucket(aws_clients.s3(), settings.bucket), clock)
    return UploadTickets(sessions, aws_clients.s3_signer(), settings.bucket, clock, settings.max_upload_mb)
