"""The error of the local cloud, whose message is one sentence that a person can act on."""

from __future__ import annotations


class LocalCloudError(Exception):
    """The local cloud cannot do something; the message says why and what to do."""
