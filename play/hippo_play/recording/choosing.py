"""Which way a container has to the projects bucket."""

from __future__ import annotations

from typing import Final

import boto3
from botocore.config import Config

from ..settings import Settings
from .store import BucketStore, Store
from .tickets import TicketStore

# Short: `Record` retries itself, and after SIGTERM little time is left.
_TIMEOUTS: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


def proof_of(settings: Settings) -> dict[str, str] | None:
    """Return what proves to HIPPO Gym whose container this is; None without a session."""
    project_id, user_id, session_id = settings.project_id, settings.user_id, settings.session_id
    if not (settings.upload_token and project_id and user_id and session_id):
        return None
    return {"projectId": project_id, "userId": user_id, "sessionId": session_id, "token": settings.upload_token}


def bucket_store(settings: Settings) -> Store | None:
    """Return the bucket by upload tickets, or else by the container's role; None without a bucket."""
    proof = proof_of(settings)
    if settings.upload_url and proof is not None:
        return TicketStore(settings.upload_url, proof)
    if settings.bucket is None:
        return None
    return BucketStore(boto3.client("s3", config=_TIMEOUTS), settings.bucket)
