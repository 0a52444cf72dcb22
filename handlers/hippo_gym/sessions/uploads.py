"""Upload tickets: with one, a session's container stores files without any right in AWS.

A ticket holds forms that the function's own credentials signed (Amazon S3 user guide, "Browser-based
uploads using POST"): one for any key below `{projectId}/Trials/{userId}/{sessionId}/`, and one for
the participant's `progress.json`, with an address to read it. S3 checks keys and sizes. A ticket
works for `LIFETIME`; the container asks for another one as long as its session lives.

docs/decisions/2026-11-30-upload-tickets.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import Clock, to_text
from hippo_gym.sessions import tokens, variables
from hippo_gym.sessions.model import RUNNING, Other, Session
from hippo_gym.sessions.store import SessionStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LIFETIME: Final = timedelta(minutes=15)
"""A leaked ticket, or that of a session that is over, works no longer than this."""

_RENEW_AFTER: Final = timedelta(minutes=5)

MAX_PROGRESS_BYTES: Final = 65_536
"""Limit of `progress.json`, which next to no study needs a kilobyte for."""

_BYTES_PER_MB: Final = 1_000_000


@dataclass(frozen=True)
class UploadTickets:
    """Makes tickets.

    Attributes:
        sessions: the session records.
        s3: signs; its credentials must allow what a ticket allows.
        bucket: the projects bucket.
        clock: the time.
        max_upload_mb: the largest file, in MB of 1,000,000 bytes.
    """

    sessions: SessionStore
    s3: S3Client
    bucket: str
    clock: Clock
    max_upload_mb: int

    def participant(self, request: Any) -> dict[str, Any] | None:
        """Return the environment variables of a warm server's participant; None for anyone else's request.

        The session record of the participant decides them, so that a page chooses nothing.

        Args:
            request: as for `ticket`, of the warm server's own session.

        Returns:
            `{"participant": variables}`, or `{"participant": null}` as long as there is none.

        Raises:
            SessionRecordInvalid: a session's record breaks its schema.
        """
        warm = self._proved(request)
        if warm is None or not warm.is_warm:
            return None
        other = warm.taken_by
        held = None if other is None else self.sessions.live(other.user_id)
        session = None if held is None or other is None or held.session.id != other.session_id else held.session
        has_it = session is not None and session.wanted == RUNNING and session.has_warm
        if session is None or session.launch is None or not has_it or session.seen.warm != Other(warm.user_id, warm.id):
            return {"participant": None}
        return {
            "participant": variables.of_participant(session, session.launch)
            | variables.of_study(session, session.launch)
        }

    def ticket(self, request: Any) -> dict[str, Any] | None:
        """Return the ticket for a request; None if it does not prove that it is of a live session.

        A session that is being stopped still gets tickets: its server stores the last data.

        Args:
            request: the parsed body: `projectId`, `userId`, `sessionId` and `token`.

        Raises:
            SessionRecordInvalid: the session's record breaks its schema.
        """
        session = self._proved(request)
        if session is None:
            return None
        trials = f"{session.project_id}/Trials/{session.user_id}/"
        progress = f"{trials}progress.json"
        address = self.s3.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": progress}, ExpiresIn=_seconds(LIFETIME)
        )
        return {
            "upload": self._form(f"{trials}{session.id}/", self.max_upload_mb * _BYTES_PER_MB, below=True),
            "progress": {**self._form(progress, MAX_PROGRESS_BYTES, below=False), "readUrl": address},
            "expiresAt": to_text(self.clock.now() + LIFETIME),
            "renewAfter": _seconds(_RENEW_AFTER),
        }

    def _proved(self, request: Any) -> Session | None:
        """Return the live session whose upload token a request presents, or None."""
        body: Mapping[str, Any] = request if isinstance(request, Mapping) else {}
        project_id, session_id, user = body.get("projectId"), body.get("sessionId"), body.get("userId")
        known = isinstance(user, str) and schemas.is_valid(schemas.USER_ID, user)
        held = self.sessions.live(str(user).lower()) if known else None
        session = None if held is None else held.session
        admitted = tokens.admits_upload(session, body.get("token"))
        if session is None or not admitted or (session.id, session.project_id) != (session_id, project_id):
            return None
        return session

    def _form(self, key: str, max_bytes: int, *, below: bool) -> dict[str, Any]:
        """Return a form for one key, or for every key below a prefix.

        The client sets the field `key` of a form with a prefix, and `Content-Type` of every form.
        """
        conditions: list[Any] = [["content-length-range", 0, max_bytes], ["starts-with", "$Content-Type", ""]]
        template = f"{key}${{filename}}" if below else key  # boto3 makes the condition on `$key` of it
        form = self.s3.generate_presigned_post(
            self.bucket, template, Conditions=conditions, ExpiresIn=_seconds(LIFETIME)
        )
        fields = {name: value for name, value in form["fields"].items() if not (below and name == "key")}
        return {"url": form["url"], "fields": fields, ("prefix" if below else "key"): key, "maxBytes": max_bytes}


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
