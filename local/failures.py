"""What goes wrong with the local cloud, said in one sentence that a person can act on."""

from __future__ import annotations


class LocalCloudError(Exception):
    """The local cloud cannot do what was asked; the message says why and what to do."""
