"""How long to wait before the next try: a pause that doubles with each try, up to a limit."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

_MAX_DOUBLINGS: Final = 30  # keeps the power small; every `longest` in use is reached far earlier


@dataclass(frozen=True)
class Backoff:
    """Exponential back-off.

    Attributes:
        first: seconds before the second try.
        longest: the longest pause in seconds.
    """

    first: float
    longest: float

    def limit(self, tries: int) -> float:
        """Return the longest pause, in seconds, after this number of tries.

        0 or less counts as 1.
        """
        return min(self.first * 2.0 ** min(max(tries - 1, 0), _MAX_DOUBLINGS), self.longest)

    def jittered(self, tries: int, least: float = 0.0) -> float:
        """Return a random pause, in seconds, between `least` and the limit ("full jitter")."""
        return random.uniform(least, self.limit(tries))  # noqa: S311 - jitter, not a secret
