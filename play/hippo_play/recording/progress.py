"""Where a participant is in the game, so that a second server can go on there.

One small object, `{projectId}/Trials/{userId}/progress.json`: an upload ticket is for this key, and
the task role may list nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """Where a participant is.

    Attributes:
        block: name of the block.
        seed: of the block's first episode.
        episode: that is played, or is next; from 1.
        score: of the episodes before it.
        over: every block is over.
        step: the study's step at which the block before this one ended; None if no page named it.
    """

    block: str
    seed: int
    episode: int
    score: float
    over: bool = False
    step: str | None = None

    def as_json(self) -> bytes:
        """Return it as stored."""
        return json.dumps(asdict(self)).encode()


def read(content: bytes) -> Progress:
    """Read what was stored.

    Raises:
        ValueError: it is no progress of this version.
    """
    found: Any = json.loads(content)
    kinds: dict[str, type | tuple[type, ...]] = {
        "block": str,
        "seed": int,
        "episode": int,
        "score": (int, float),
        "over": bool,
    }
    if not isinstance(found, dict) or not all(isinstance(found.get(name), kind) for name, kind in kinds.items()):
        raise ValueError("the stored progress is of another version")
    step = found.get("step")
    return Progress(**{name: found[name] for name in kinds}, step=step if isinstance(step, str) else None)
