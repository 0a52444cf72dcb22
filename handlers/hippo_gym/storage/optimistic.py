"""Compare-and-swap on one object: read, change, write, and repeat if another writer was faster.

update  applies a change to an object until a conditional write succeeds
tries   the loop behind it, for callers that read more than one object
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Final, Generic, TypeVar

from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, Transient
from hippo_gym.storage.bucket import Bucket, StoredObject

_BACKOFF: Final = Backoff(first=0.1, longest=0.4)
"""One of the writers wins each race, so a crowd of writers with longer pauses leaves the object
idle between writes.
"""

_ONE_TRY: Final = 0.5  # seconds that a read and a write take at most, as a rule

Result = TypeVar("Result")


@dataclass(frozen=True)
class Change(Generic[Result]):
    """The result of a change.

    Attributes:
        result: what `update` returns.
        value: the JSON value to write; None writes nothing.
    """

    result: Result
    value: Any = None


def update(
    bucket: Bucket,
    key: str,
    change: Callable[[StoredObject | None], Change[Result]],
    clock: Clock,
    seconds_left: Callable[[], float],
    backoff: Backoff = _BACKOFF,
) -> Result:
    """Apply a change to an object; apply it to the new version each time another writer was faster.

    Args:
        bucket: holds the object.
        key: of the object.
        change: receives the stored object, or None; must have no side effects, because it may run
            several times.
        clock: waits between tries.
        seconds_left: no try begins that does not fit into these seconds.
        backoff: the pauses between tries.

    Raises:
        Transient: other writers were faster until the time was up; nothing was written.
    """
    for _ in tries(clock, seconds_left, backoff):
        stored = bucket.get(key)
        changed = change(stored)
        if changed.value is None:
            return changed.result
        try:
            if stored is None:
                bucket.create_json(key, changed.value)
            else:
                bucket.replace_json(key, changed.value, stored.etag)
        except Conflict:
            continue
        return changed.result
    raise Transient(f"other writers changed {key} each time before this write; nothing was written, try again")


def tries(clock: Clock, seconds_left: Callable[[], float], backoff: Backoff = _BACKOFF) -> Iterator[None]:
    """Yield once per try, the first time immediately, then after a pause with full jitter.

    Args:
        clock: waits.
        seconds_left: iteration ends when the pause and one more try do not fit into these seconds.
        backoff: the pauses.
    """
    for number in count(1):
        yield
        pause = backoff.jittered(number)
        if seconds_left() < pause + _ONE_TRY:
            return
        clock.sleep(pause)


def for_seconds(clock: Clock, seconds: float) -> Callable[[], float]:
    """Return a function that returns how many of these seconds are left."""
    end = clock.now() + timedelta(seconds=seconds)
    return lambda: (end - clock.now()).total_seconds()
