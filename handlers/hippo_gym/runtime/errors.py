"""The error types, by the person who can act on them and whether a retry helps.

Only `Transient` is worth a retry of the same request; for every other error a person has to change
something first.
"""

from __future__ import annotations


class HippoGymError(Exception):
    """Base of all errors that this product raises on purpose."""


class ParticipantError(HippoGymError):
    """The request of a participant's browser is not valid; the participant sees the text."""


class ResearcherError(HippoGymError):
    """Something that a researcher registered or uploaded is not valid.

    The text says what, and how to fix it.
    """


class OperatorError(HippoGymError):
    """The deployment is wrong (settings, permissions, quotas); the text is for the infra team."""


class Transient(HippoGymError):
    """The same request may succeed later: the caller (SNS, Lambda, a browser) should retry."""


class Conflict(HippoGymError):
    """A conditional write found another version of the object: read it again and decide again."""


class SessionFailed(HippoGymError):
    """A session could not be started; its resources were deleted, and its record says why."""
