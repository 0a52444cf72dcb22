"""What can go wrong, by who can act on it and whether a retry helps.

Only `Transient` is worth a retry of the same request; everything else needs somebody to change something first.
"""

from __future__ import annotations


class HippoGymError(Exception):
    """Base of all errors that this product raises on purpose."""


class ParticipantError(HippoGymError):
    """The request of a participant's browser cannot be served; its text is shown to them."""


class ResearcherError(HippoGymError):
    """Something that a researcher registered or uploaded is wrong; its text says what and how to mend it."""


class OperatorError(HippoGymError):
    """The deployment is wrong (settings, permissions, quotas); its text is for whoever runs it."""


class Transient(HippoGymError):
    """It did not work now and may work later: the caller (SNS, Lambda, a browser) should come again."""


class Conflict(HippoGymError):
    """A conditional write found another version of the object: read it again and decide again."""


class SessionFailed(HippoGymError):
    """A session could not be started; everything of it was taken down, and its record says why."""
